/** What a page shows after resources got other names or places. No DOM. */
import { escapePath } from './paths.ts'

export interface Move {
  readonly from: string
  readonly to: string
}

/** The path as it is now: also when a folder above it moved. */
export const movedPath = (path: string, { from, to }: Move): string =>
  path === from || path.startsWith(`${from}/`) ? `${to}${path.slice(from.length)}` : path

/** The address of a resource's page after a move, with the others that it shows (`with`); undefined when it stays. */
export function movedAddress(path: string, search: string, move: Move): string | undefined {
  const query = new URLSearchParams(search)
  const others = query.getAll('with')
  const moved = others.map((other) => movedPath(other, move))
  const next = movedPath(path, move)
  if (next === path && moved.every((other, at) => other === others[at])) return undefined
  query.delete('with')
  for (const other of moved) query.append('with', other)
  const text = query.toString()
  return `${escapePath(next)}${text === '' ? '' : `?${text}`}`
}
