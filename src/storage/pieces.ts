/** What all storages of pieces have in common: names, so that a piece keeps its own when it moves, and the limit of sizes. */
import { randomBytes } from 'node:crypto'
import { Fault } from '../base/fault.ts'

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

/** @param limit bytes */
export const tooLarge = (limit: number): Fault =>
  new Fault('too_large', `The file is larger than ${limit} bytes, the most that this server takes (its setting MAX_FILE_SIZE).`)
