/** What the visitor wants to see values in: the page says it. */
import { isUnitSystem, type UnitSystem } from '../../../src/base/units.ts'

/** undefined: as they are stored. */
export function unitSystem(): UnitSystem | undefined {
  const chosen = document.documentElement.dataset['units']
  return isUnitSystem(chosen) ? chosen : undefined
}
