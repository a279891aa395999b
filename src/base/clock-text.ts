/** Times for people, on the clock of a place. */
import { TimeZone } from './time-zone.ts'
import { HOUR, MINUTE, SECOND, formatTimestamp, type Micros } from './time.ts'

/** To the second: `2026-01-31 13:00:00 Europe/Berlin (UTC+01:00)`, without a zone `2026-01-31 12:00:00 UTC`. @param zone an IANA name */
export function clockText(time: Micros, zone: string | undefined): string {
  const place = zone === undefined ? undefined : TimeZone.named(zone)
  const offset = place?.offsetAt(time) ?? 0
  const text = formatTimestamp(Math.floor((time + offset) / SECOND) * SECOND)
    .replace('T', ' ')
    .replace('Z', '')
  return place === undefined || place.isUtc ? `${text} UTC` : `${text} ${place.name} (UTC${offsetText(offset)})`
}

function offsetText(offset: Micros): string {
  const minutes = Math.round(Math.abs(offset) / MINUTE)
  const pad = (part: number): string => String(part).padStart(2, '0')
  return `${offset < 0 ? '-' : '+'}${pad(Math.floor(minutes / (HOUR / MINUTE)))}:${pad(minutes % (HOUR / MINUTE))}`
}
