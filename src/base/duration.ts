/** Durations as people write them: `90s`, `12h`, `7d`, `2y`. */
import { DAY, HOUR, MINUTE, SECOND, type Micros } from './time.ts'

export const DURATION_FORMS = 'a number with a unit, 90s, 30m, 12h, 7d, 2w or 1y (365 days), or of seconds alone'

const UNITS: Readonly<Record<string, Micros>> = { '': SECOND, s: SECOND, m: MINUTE, h: HOUR, d: DAY, w: 7 * DAY, y: 365 * DAY }

/** Undefined when the text is not a duration. */
export function parseDuration(text: string): Micros | undefined {
  const [, number, unit] = /^(\d{1,12}(?:\.\d{1,6})?) ?([smhdwy]?)$/.exec(text.trim()) ?? []
  const length = unit === undefined ? undefined : UNITS[unit]
  return number === undefined || length === undefined ? undefined : Math.round(Number(number) * length)
}

/** `90s`, `5m`, `2h`, `3d`: the largest unit that leaves a whole number. */
export function formatDuration(time: Micros): string {
  for (const [unit, name] of [
    [DAY, 'd'],
    [HOUR, 'h'],
    [MINUTE, 'm'],
  ] as const)
    if (time >= unit && time % unit === 0) return `${time / unit}${name}`
  return `${time / SECOND}s`
}
