/** Times in the page's time zone: its organization's, UTC or the browser's own. Times in seconds, zones as IANA names. */
import { TimeZone } from '../../../../src/base/time-zone.ts'
import { formatTime } from '../../shared/format.ts'
import { parseZoneChoice, type ZoneChoice } from '../../shared/zone-choice.ts'
import { need } from '../dom.ts'

const isKnown = (zone: string | undefined): zone is string => {
  if (zone === undefined) return false
  try {
    return formatTime(0, zone) !== ''
  } catch {
    return false
  }
}

function ownZone(): string {
  const own = new Intl.DateTimeFormat().resolvedOptions().timeZone
  return isKnown(own) ? own : 'UTC'
}

/** @param timezone the page's; undefined or unknown to this browser: the browser's own */
export function resolveZone(choice: ZoneChoice, timezone: string | undefined): string {
  if (choice === 'UTC') return 'UTC'
  return choice === '' && isKnown(timezone) ? timezone : ownZone()
}

/** Handles the select of components/zone-select.tsx: names each zone, and offers it once. */
export function handleZoneChoice(timezone: string | undefined, choice: ZoneChoice, onChange: (choice: ZoneChoice) => void): void {
  const select = need('#zone', HTMLSelectElement)
  const offered = new Map<string, string>()
  for (const option of [...select.options]) {
    const zone = resolveZone(parseZoneChoice(option.value), timezone)
    if (offered.has(zone)) option.remove()
    else {
      offered.set(zone, option.value)
      option.textContent = zone
    }
  }
  select.value = offered.get(resolveZone(choice, timezone)) ?? ''
  select.addEventListener('change', () => onChange(parseZoneChoice(select.value)))
}

export const showTime = (time: number, zone: string): string => formatTime(time * 1000, zone)

/** The value of an input of type datetime-local. */
export const toInput = (time: number, zone: string): string => showTime(time, zone).replace(' ', 'T')

/**
 * Parses the value of an input; undefined if it is empty or not a time. For an hour that occurs twice, when clocks are put back, it returns
 * the first.
 * @param was the time that the input showed before: if unchanged, that exact second is returned, also in the second of two such hours
 */
export function fromInput(text: string, zone: string, was?: number): number | undefined {
  // Browsers may omit seconds.
  const local = Date.parse(`${text}Z`)
  if (was !== undefined && Date.parse(`${toInput(was, zone)}Z`) === local) return Math.floor(was)
  return Number.isFinite(local) ? TimeZone.named(zone).instantOf(local * 1000) / 1e6 : undefined
}
