/**
 * Names of objects: pieces are `PREFIX/pieces/ab/cdef…`, put aside `PREFIX/trash/ab-cdef…`, and no longer wanted
 * `PREFIX/removed/ab-cdef…`.
 */
import { isPath, requirePath } from '../pieces.ts'

export const PIECES = 'pieces/'
export const TRASH = 'trash/'
export const REMOVED = 'removed/'

/** Parts that are not empty, with slashes between them. */
export const joinPath = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join('/')

/** Below the prefix. */
export const keyOf = (path: string): string => `${PIECES}${requirePath(path)}`

export const asideKeyOf = (folder: typeof TRASH | typeof REMOVED, path: string): string => `${folder}${requirePath(path).replace('/', '-')}`

/** The path of a piece for its key below the prefix, in any of the three folders; undefined for other keys. */
export function pathOf(key: string): string | undefined {
  const path = key.startsWith(PIECES) ? key.slice(PIECES.length) : key.replace(/^(?:trash|removed)\//, '').replace('-', '/')
  return isPath(path) ? path : undefined
}
