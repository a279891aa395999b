/** Options that are durations. */
import { DURATION_FORMS, parseDuration } from '../../src/base/duration.ts'
import { invalid } from '../../src/base/fault.ts'
import { SECOND } from '../../src/base/time.ts'

export { DURATION_FORMS } from '../../src/base/duration.ts'

/** A duration as people write it, in seconds. @throws Fault invalid naming the option */
export function durationOption(text: string, option: string): number {
  const duration = parseDuration(text)
  if (duration === undefined) throw invalid(`${option} is not a duration: ${JSON.stringify(text)}. Write ${DURATION_FORMS}.`)
  return duration / SECOND
}

export const optionalDuration = (text: string | undefined, option: string): number | undefined =>
  text === undefined ? undefined : durationOption(text, option)
