import { invalid } from '../src/fault.ts'

export const DURATION_FORMS = 'a number with a unit, 90s, 30m, 12h or 7d, or of seconds alone'

const UNITS: Record<string, number> = { '': 1, s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 }

/** A length of time as people write it, in seconds. @throws Fault invalid naming the option */
export function durationOption(text: string, option: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?) ?([smhdw]?)$/.exec(text.trim()) ?? []
  const seconds = number === undefined || unit === undefined ? undefined : UNITS[unit]
  if (seconds === undefined) throw invalid(`${option} is not a duration: ${JSON.stringify(text)}. Write ${DURATION_FORMS}.`)
  return Number(number) * seconds
}

export const optionalDuration = (text: string | undefined, option: string): number | undefined => (text === undefined ? undefined : durationOption(text, option))
