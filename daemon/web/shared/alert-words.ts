/** The condition of an alert in words, with its limits as a visitor sees values. */
import { convertDifference, convertShown, shownUnits, type UnitSystem } from '../../../src/base/units.ts'
import { writeLimits } from '../../../src/wire/alert-words.ts'
import { formatValue } from './format.ts'

/**
 * Of what `describeRule` says, and what the history keeps of it, in which limits are as values are stored: `above 30 for 5m` of a sequence
 * in °C is `above 86 °F for 5m` to those who read °F, and `above 30 °C for 5m` to others.
 */
export function shownCondition(condition: string, own: { units?: string | undefined } | undefined, system: UnitSystem | undefined): string {
  const { units, conversion } = shownUnits(system, { units: own?.units })
  if (units === undefined || units === '') return condition
  return writeLimits(condition, {
    limit: (value) => formatValue(convertShown(conversion, Number(value)), { units }),
    bare: (value) => formatValue(convertShown(conversion, Number(value))),
    change: (value) => formatValue(convertDifference(conversion, Number(value)), { units }),
  })
}
