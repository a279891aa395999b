/** Names of pieces, the same in every storage, so that a piece keeps its name when it moves. */
import { randomBytes } from 'node:crypto'

const PATH = /^[0-9a-f]{2}\/[0-9a-f]+$/

/** A name that no other piece has: of 128 random bits. */
export function newPath(): string {
  const name = randomBytes(16).toString('hex')
  return `${name.slice(0, 2)}/${name.slice(2)}`
}

export const isPath = (text: string): boolean => PATH.test(text)

export function requirePath(path: string): string {
  if (!isPath(path)) throw new Error(`no path of this storage: ${path}`)
  return path
}
