/** Times in the zone that the page shows: its organization's, UTC or the browser's own. Times in seconds, zones as names by IANA. */
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

/** @param timezone the page's; undefined, or not known to this browser: the browser's own */
export function resolveZone(choice: ZoneChoice, timezone: string | undefined): string {
  if (choice === 'UTC') return 'UTC'
  return choice === '' && isKnown(timezone) ? timezone : ownZone()
}

/** The select that components/zone-select.tsx makes: each zone is named, and offered once. */
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

/** As an input of the type datetime-local has it. */
export const toInput = (time: number, zone: string): string => showTime(time, zone).replace(' ', 'T')

/**
 * undefined: it is empty, or no time. An hour that comes twice, when clocks are put back, is the first one.
 * @param was the time that the input showed before: untouched it means that very second, also in the second of two such hours
 */
export function fromInput(text: string, zone: string, was?: number): number | undefined {
  // Inputs write seconds or leave them out as they please.
  const local = Date.parse(`${text}Z`)
  if (was !== undefined && Date.parse(`${toInput(was, zone)}Z`) === local) return Math.floor(was)
  return Number.isFinite(local) ? TimeZone.named(zone).instantOf(local * 1000) / 1e6 : undefined
}
