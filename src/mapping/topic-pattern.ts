/** Topics as a mapping names them: `tele/+device/SENSOR`. `+` is one level, `+name` gives it a name, `#` at the end is any number. */
import { invalid } from '../base/fault.ts'
import { quote } from '../base/path.ts'

export interface TopicPattern {
  readonly text: string
  /** @returns the named levels; undefined when it does not fit */
  match(topic: readonly string[]): ReadonlyMap<string, string> | undefined
}

/** @throws Fault invalid */
export function compileTopic(text: string): TopicPattern {
  const levels = text.split('/')
  const rest = levels.indexOf('#')
  if (levels.includes(''))
    throw invalid(`the topic ${quote(text)} has an empty level: it is below the folder, without a slash at its ends.`)
  if (rest >= 0 && rest < levels.length - 1) throw invalid(`in the topic ${quote(text)} the # must be the last level.`)
  if (levels.some((level) => level !== '#' && level.includes('#')))
    throw invalid(`in the topic ${quote(text)} the # must be a level of its own.`)
  const fixed = rest < 0 ? levels : levels.slice(0, rest)
  return {
    text,
    match: (topic) => {
      if (rest < 0 ? topic.length !== fixed.length : topic.length < fixed.length) return undefined
      const names = new Map<string, string>()
      for (const [at, level] of fixed.entries()) {
        const given = topic[at] ?? ''
        if (level.startsWith('+')) {
          if (level.length > 1) names.set(level.slice(1), given)
        } else if (level !== given) return undefined
      }
      return names
    },
  }
}
