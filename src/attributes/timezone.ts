/** The time zone of an organization, in which its pages show times. An attribute of its folder: an IANA name. */
import { invalid } from '../base/fault.ts'
import { quote } from '../base/path.ts'

/** IANA's longest name has 32 characters. */
const LONGEST = 100

/**
 * The zone as it is stored; null for none ('' or null).
 * @throws Fault invalid
 */
export function checkTimezone(given: unknown): string | null {
  if (given === '' || given === null) return null
  if (typeof given !== 'string' || !isZoneName(given))
    throw invalid(
      `timezone is ${quote(typeof given === 'string' ? given : JSON.stringify(given))}, which is no time zone that is known ` +
        'here. Give a name of the IANA time zone database, such as America/Los_Angeles, Europe/Berlin or UTC, or nothing for ' +
        'none.',
    )
  return Intl.supportedValuesOf('timeZone').find((name) => name.toLowerCase() === given.toLowerCase()) ?? given
}

/** The stored zone, or undefined if this Node does not know it (any more): pages must not fail because of it. */
export const readTimezone = (stored: unknown): string | undefined => (typeof stored === 'string' && isZoneName(stored) ? stored : undefined)

/** Offsets such as +01:00, which newer versions of Intl accept too, are not zones: they have no summer time. */
function isZoneName(name: string): boolean {
  if (name.length > LONGEST || !/^[A-Za-z]/.test(name)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
