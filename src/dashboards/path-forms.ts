/** Paths as dashboards write them: absolute, below the dashboard's folder, or below a variable's, `$house/temperature`. */
import { quote } from '../base/path.ts'

const MAX_LENGTH = 500

/**
 * What is wrong with a path, as half a sentence.
 * @param variables names that it may begin with
 * @param hasStars whether `*` and `**` may stand for names
 */
export function pathProblem(path: string, variables: readonly string[], hasStars: boolean): string | undefined {
  if (path.length > MAX_LENGTH) return `the path is longer than ${MAX_LENGTH} characters`
  const text = requirePlainPath(path)
  const levels = text.replace(/^\//, '').split('/')
  if (text !== '/' && levels.includes('')) return `${quote(path)} has an empty level`
  for (const [at, level] of levels.entries()) {
    if (level === '..') return `${quote(path)} leads upwards: write the whole path, beginning with /`
    if (!hasStars && level.includes('*')) return `${quote(path)} has a star, and here one thing is named`
    const [, name] = /^\$(\w+)$/.exec(level) ?? []
    if (name === undefined) continue
    if (at > 0 || text.startsWith('/')) return `${quote(path)}: a variable stands at the beginning of a path`
    if (!variables.includes(name))
      return `there is no variable ${quote(name)}; known: ${variables.length === 0 ? 'none' : variables.join(', ')}`
  }
  if (levels.filter((level) => level === '**').length > 1) return `${quote(path)} has ** more than once`
  return undefined
}

/** Without blanks around it and the slash at its end. */
export const requirePlainPath = (path: string): string => {
  const text = path.trim()
  return text.length > 1 ? text.replace(/(?<!\/)\/+$/, '') : text
}

/** Puts the names of chosen folders in the place of `$house` in texts that people read. */
export const fillIn = (text: string, names: ReadonlyMap<string, string>): string =>
  names.size === 0 ? text : text.replaceAll(/\$(\w+)/g, (whole, name: string) => names.get(name) ?? whole)
