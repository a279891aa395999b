/** What topics and topic filters may look like. MQTT 5, section 4.7. */
import { MAX_PATH_LEVELS } from '../../../src/base/path.ts'

export function isTooDeep(topic: string): boolean {
  let levels = 1
  for (let at = topic.indexOf('/'); at >= 0; at = topic.indexOf('/', at + 1)) levels++
  return levels > MAX_PATH_LEVELS + 1
}

/** What is wrong with a topic filter, if it is none. MQTT 5, section 4.7. */
export function problemOf(filter: string): string | undefined {
  if (filter === '') return 'an empty topic filter'
  if (isTooDeep(filter)) return 'the topic filter has too many levels'
  const levels = filter.split('/')
  if (levels.some((level, at) => level.includes('#') && (level !== '#' || at < levels.length - 1)))
    return '# stands for whole levels, and at the end of a topic filter'
  if (levels.some((level) => level.includes('+') && level !== '+')) return '+ stands for a whole level of a topic filter'
  return undefined
}
