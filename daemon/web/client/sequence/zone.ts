/** Times in the zone that the page shows: the browser's own, or UTC. Times in seconds. */
import { formatTime } from '../../shared/format.ts'

const own = new Intl.DateTimeFormat().resolvedOptions().timeZone

/** @param zone 'UTC', or '' for the browser's own */
export const zoneName = (zone: string): string => (zone === '' ? own : zone)

export const showTime = (time: number, zone: string): string => formatTime(time * 1000, zoneName(zone))

/** As an input of the type datetime-local has it. */
export const toInput = (time: number, zone: string): string => showTime(time, zone).replace(' ', 'T')

/** undefined: it is empty, or no time. */
export function fromInput(text: string, zone: string): number | undefined {
  if (text === '') return undefined
  const time = Date.parse(zone === 'UTC' ? `${text}Z` : text) / 1000
  return Number.isFinite(time) ? time : undefined
}
