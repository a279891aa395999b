/** Values as a visitor wants to see them: in the units that they chose, or as they are stored. */
import { convertShown, shownUnits, type UnitSystem } from '../../../src/base/units.ts'
import { formatValue } from './format.ts'

/** A number of a sequence, with its unit. @param value as it is stored @param system undefined: as it is stored */
export function showNumber(
  value: number,
  own: { readonly decimals?: number | undefined; readonly units?: string | undefined },
  system: UnitSystem | undefined,
): string {
  const { units, decimals, conversion } = shownUnits(system, own)
  return formatValue(convertShown(conversion, value), { decimals, units })
}
