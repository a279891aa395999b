/** The condition of an alert in words has its limits as bare numbers: here they get units. */

const NUMBER = String.raw`-?[\d.]+(?:e[+-]?\d+)?`
const LIMIT = new RegExp(`^(above|below) (${NUMBER})`)
const RANGE = new RegExp(`^(outside) (${NUMBER}) to (${NUMBER})`)
const CHANGE = new RegExp(`^((?:rising|falling) by more than) (${NUMBER})`)

/** How the numbers of a condition are written: a limit with its unit, one whose unit follows, and a difference with its unit. */
export interface LimitWriting {
  readonly limit: (text: string) => string
  readonly bare: (text: string) => string
  readonly change: (text: string) => string
}

/** Writes the numbers of a condition, such as `above 8 for 5m` or `outside 2 to 8`, in another way. */
export const writeLimits = (condition: string, { limit, bare, change }: LimitWriting): string =>
  condition
    .replace(LIMIT, (_, side: string, value: string) => `${side} ${limit(value)}`)
    .replace(RANGE, (_, side: string, low: string, high: string) => `${side} ${bare(low)} to ${limit(high)}`)
    .replace(CHANGE, (_, words: string, by: string) => `${words} ${change(by)}`)

/** `8 C`: units as they are stored, since messages may have room for the plainest characters alone. */
export const withUnits = (value: number | string, units: string | null | undefined): string =>
  units === undefined || units === null || units === '' ? String(value) : `${value} ${units}`

/** A condition with its limits in the units in which values are stored: `above 8 C for 5m`. */
export function conditionWithUnits(condition: string, units: string | null | undefined): string {
  const write = (value: string): string => withUnits(value, units)
  return writeLimits(condition, { limit: write, bare: (value) => value, change: write })
}
