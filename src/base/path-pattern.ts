/** Patterns of paths below a folder: `*` stands for anything within a name, `**` for any number of levels. */

/** Maximum length of a pattern, and of its levels. */
const MAX_LENGTH = 200
const MAX_LEVELS = 20

/** What is wrong with a pattern, after "is"; undefined for a good one. */
export function patternProblem(pattern: string): string | undefined {
  if (pattern === '') return 'empty'
  if (pattern.length > MAX_LENGTH) return `longer than ${MAX_LENGTH} characters`
  const levels = pattern.split('/')
  if (levels.length > MAX_LEVELS) return `deeper than ${MAX_LEVELS} levels`
  if (levels.some((level) => level === ''))
    return 'written with an empty level: it is relative to the folder, such as */temperature or **/temperature'
  if (levels.filter((level) => level === '**').length > 2) return 'written with more than two **'
  return undefined
}

/** @param names of the levels below the folder */
export const fitsPattern = (pattern: string, names: readonly string[]): boolean => fitsLevels(pattern.split('/'), names)

function fitsLevels(levels: readonly string[], names: readonly string[]): boolean {
  const [level, ...rest] = levels
  if (level === undefined) return names.length === 0
  if (level === '**') {
    for (let skipped = 0; skipped <= names.length; skipped++) if (fitsLevels(rest, names.slice(skipped))) return true
    return false
  }
  const [name, ...below] = names
  return name !== undefined && fitsName(level, name) && fitsLevels(rest, below)
}

/** Looks at each character once, and goes back to the last star only. */
function fitsName(level: string, name: string): boolean {
  let [at, star, from] = [0, -1, 0]
  for (let place = 0; place < name.length; ) {
    if (level[at] === '*') [star, from] = [at++, place]
    else if (level[at] === name[place]) [at, place] = [at + 1, place + 1]
    else if (star >= 0) [at, place] = [star + 1, ++from]
    else return false
  }
  while (level[at] === '*') at++
  return at === level.length
}
