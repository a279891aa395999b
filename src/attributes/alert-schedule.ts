/**
 * Limits that follow a schedule, on the clock of the organization: `22:00-06:00 = -12`, `sat,sun = 2:10`, `mon-fri 12:00-13:00 = off`. The
 * first that fits counts; at other times the rule's own limits do. A time over midnight belongs to the day on which it begins.
 */
import { invalid } from '../base/fault.ts'
import { quote } from '../base/path.ts'
import type { TimeZone } from '../base/time-zone.ts'
import { DAY, MINUTE, type Micros } from '../base/time.ts'

export interface ScheduledLimits {
  /** 0 is Monday. */
  readonly days: ReadonlySet<number>
  /** Since midnight; to is before from over midnight, and the same for the whole day. */
  readonly from: Micros
  readonly to: Micros
  readonly low: number
  readonly high: number
}

const MAX_ENTRIES = 20
const NAMES = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
const FORM = '"22:00-06:00 = -12", "sat,sun = -10", "mon-fri 12:00-13:00 = off"'
/** Days to look ahead for the next change, and the one before, which may last over midnight. */
const AHEAD = 8

/** @param kind of the rule, by which a limit is a number or two: `above`, `below`, `outside` @throws Fault invalid */
export function parseSchedule(given: readonly string[], kind: string, field: string): ScheduledLimits[] {
  if (given.length > MAX_ENTRIES) throw invalid(`${field} has ${given.length} entries; at most ${MAX_ENTRIES} are allowed.`)
  return given.map((text) => {
    const [, when = '', limit = ''] = /^([^=]*)=([^=]*)$/.exec(text) ?? []
    const entry = { ...timesOf(when.trim().toLowerCase()), ...limitsOf(limit.trim().toLowerCase(), kind) }
    const { days, from, to, low, high } = entry
    if (days === undefined || from === undefined || to === undefined || low === undefined || high === undefined)
      throw invalid(`${field}: ${quote(text)} is not understood. Write ${FORM}${kind === 'outside' ? '; limits as LOW:HIGH' : ''}.`)
    return { days, from, to, low, high }
  })
}

function timesOf(text: string): Partial<Pick<ScheduledLimits, 'days' | 'from' | 'to'>> {
  const words = text.split(/\s+/)
  const hours = words.at(-1)?.includes(':') === true ? words.pop() : undefined
  const days = words.length === 0 || words[0] === '' ? new Set(NAMES.keys()) : words.length === 1 ? daysOf(words[0] ?? '') : undefined
  const [from, to] = hours === undefined ? [0, 0] : hours.split('-').map(minutesOf)
  if ((text === '' && hours === undefined) || days === undefined || from === undefined || to === undefined) return {}
  return { days, from, to }
}

function daysOf(text: string): Set<number> | undefined {
  const days = new Set<number>()
  for (const part of text.split(',')) {
    const [first, last = first, more] = part.split('-').map((name) => NAMES.indexOf(name))
    if (first === undefined || last === undefined || first < 0 || last < 0 || more !== undefined) return undefined
    for (let day = first; ; day = (day + 1) % 7) {
      days.add(day)
      if (day === last) break
    }
  }
  return days
}

function minutesOf(text: string): Micros | undefined {
  const [, hours, minutes] = /^(\d{1,2}):(\d{2})$/.exec(text) ?? []
  if (hours === undefined || Number(hours) > 24 || Number(minutes) > 59) return undefined
  const time = (Number(hours) * 60 + Number(minutes)) * MINUTE
  return time > DAY ? undefined : time % DAY
}

function limitsOf(text: string, kind: string): Partial<Pick<ScheduledLimits, 'low' | 'high'>> {
  const none = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY }
  if (text === 'off') return none
  const numbers = text.split(':').map((part) => (part.trim() === '' ? Number.NaN : Number(part)))
  if (!numbers.every(Number.isFinite)) return {}
  const [first, second, more] = numbers
  if (kind !== 'outside') return first === undefined || second !== undefined ? {} : { ...none, [kind === 'above' ? 'high' : 'low']: first }
  if (first === undefined || second === undefined || more !== undefined || first > second) return {}
  return { low: first, high: second }
}

/** The limits at a time; undefined: the rule's own. */
export function limitsAt(schedule: readonly ScheduledLimits[], zone: TimeZone, time: Micros): ScheduledLimits | undefined {
  const local = time + zone.offsetAt(time)
  const day = Math.floor(local / DAY)
  const within = local - day * DAY
  return schedule.find(({ days, from, to }) => {
    const [today, yesterday] = [days.has(weekdayOf(day)), days.has(weekdayOf(day - 1))]
    if (from === to) return today
    return from < to ? today && within >= from && within < to : (today && within >= from) || (yesterday && within < to)
  })
}

/** The next time after this one at which the limits may change. */
export function nextChange(schedule: readonly ScheduledLimits[], zone: TimeZone, time: Micros): Micros {
  const midnight = Math.floor((time + zone.offsetAt(time)) / DAY) * DAY
  let next = Number.POSITIVE_INFINITY
  for (let day = -1; day <= AHEAD; day++)
    for (const { from, to } of schedule)
      for (const moment of from === to ? [0] : [from, to]) {
        const change = zone.instantOf(midnight + day * DAY + moment)
        if (change > time && change < next) next = change
      }
  return next
}

/** 1970 began on a Thursday. */
const weekdayOf = (day: number): number => (((day + 3) % 7) + 7) % 7
