/** The condition of an alert in words, with its limits as a visitor sees values. */
import { convertDifference, convertShown, shownUnits, type UnitSystem } from '../../../src/base/units.ts'
import { formatValue } from './format.ts'

const NUMBER = String.raw`-?[\d.]+(?:e[+-]?\d+)?`
const LIMIT = new RegExp(`^(above|below) (${NUMBER})`)
const RANGE = new RegExp(`^outside (${NUMBER}) to (${NUMBER})`)
const CHANGE = new RegExp(`^((?:rising|falling) by more than) (${NUMBER})`)

/**
 * Of what `describeRule` says, and what the history keeps of it, in which limits are as values are stored: `above 30 for 5m` of a sequence
 * in °C is `above 86 °F for 5m` to those who read °F, and `above 30 °C for 5m` to others.
 */
export function shownCondition(condition: string, own: { units?: string | undefined } | undefined, system: UnitSystem | undefined): string {
  const { units, conversion } = shownUnits(system, { units: own?.units })
  if (units === undefined || units === '') return condition
  const tell = (limit: string): string => formatValue(convertShown(conversion, Number(limit)), { units })
  return condition
    .replace(LIMIT, (_, side: string, limit: string) => `${side} ${tell(limit)}`)
    .replace(RANGE, (_, low: string, high: string) => `outside ${formatValue(convertShown(conversion, Number(low)))} to ${tell(high)}`)
    .replace(CHANGE, (_, words: string, by: string) => `${words} ${formatValue(convertDifference(conversion, Number(by)), { units })}`)
}
