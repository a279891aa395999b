/**
 * Paths of resources: `/organization/folder/name`. A name is any Unicode text in NFC without control characters, slashes or backslashes,
 * and is not empty, `.` or `..`. A new one has no characters that are not seen either; labs of earlier versions may hold such names, which
 * stay usable.
 */
import { invalid } from './fault.ts'
import { findHidden } from './hidden-text.ts'
import { quote } from './quote.ts'

export { quote }

/** Maximum length of a name in UTF-8 bytes: the limit of common file systems, so that a folder can be copied to disk. */
export const MAX_NAME_BYTES = 255
/** Maximum length of a path in UTF-8 bytes, and its maximum number of levels. */
export const MAX_PATH_BYTES = 2_000
export const MAX_PATH_LEVELS = 32

const FORBIDDEN = /[\u0000-\u001f\u007f-\u009f/\\\u2028\u2029]/
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

/** What is wrong with a new name, as the end of a sentence; undefined if it is valid. */
export function newNameProblem(name: string): string | undefined {
  const problem = nameProblem(name)
  if (problem !== undefined) return problem
  const hidden = findHidden(name)
  return hidden === undefined ? undefined : `holds a character that is not seen (${hidden}), so that it looks like another name`
}

/** What is wrong with a name that may be an old one; as {@link newNameProblem}. */
export function nameProblem(name: string): string | undefined {
  if (name === '') return 'is empty'
  if (name === '.' || name === '..') return 'may not be "." or ".."'
  if (name.trim() !== name) return 'may not begin or end with white space'
  if (FORBIDDEN.test(name)) return 'may not hold slashes, backslashes or control characters'
  if (LONE_SURROGATE.test(name)) return 'is not well-formed Unicode'
  if (name.normalize('NFC') !== name) return 'must be in Unicode normal form C (NFC)'
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) return `is longer than ${MAX_NAME_BYTES} bytes`
  return undefined
}

/** Throws `invalid` unless `name` may name a new resource. */
export function requireName(name: string, field = 'name'): string {
  const problem = newNameProblem(name)
  if (problem !== undefined) throw invalid(`${field} ${problem}: ${quote(name)}`)
  return name
}

/** For names of people and organizations, which are no parts of paths. @throws Fault invalid for characters that are not seen */
export function requireSeen(text: string, field: string): string {
  const hidden = findHidden(text)
  if (hidden !== undefined) throw invalid(`${field} may not hold a character that is not seen (${hidden}): ${quote(text)}.`)
  return text
}

/**
 * The names in an absolute path, outermost first; one slash at the end is allowed. `/` alone gives an empty list.
 * @throws Fault invalid, naming the field
 */
export function splitPath(path: string, field = 'path'): string[] {
  if (!path.startsWith('/')) throw invalid(`${field} must begin with a slash: ${quote(path)}`)
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) throw invalid(`${field} is longer than ${MAX_PATH_BYTES} bytes`)
  const trimmed = path.endsWith('/') ? path.slice(1, -1) : path.slice(1)
  if (trimmed === '') return []
  const names = trimmed.split('/')
  if (names.length > MAX_PATH_LEVELS) throw invalid(`${field} has more than ${MAX_PATH_LEVELS} levels: ${quote(path)}`)
  for (const name of names) {
    const problem = nameProblem(name)
    if (problem !== undefined) throw invalid(`${field} has a part that ${problem}: ${quote(path)}`)
  }
  return names
}

export const joinPath = (folder: string, name: string): string => (folder === '/' ? `/${name}` : `${folder}/${name}`)

/** The folder and the name of an absolute path: `/a/b/c` → `['/a/b', 'c']`, `/a` → `['/', 'a']`. */
export function splitLast(path: string): [folder: string, name: string] {
  const at = path.lastIndexOf('/')
  return [at <= 0 ? '/' : path.slice(0, at), path.slice(at + 1)]
}
