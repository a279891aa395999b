/**
 * The local time of a place. The rules are those of the IANA time zone database in Node's ICU, queried through Intl. "Local" times here are
 * what a clock there shows, as microseconds since it showed 1970-01-01T00:00:00.
 */
import { invalid } from './fault.ts'
import { quote } from './quote.ts'
import { DAY, SECOND, type Micros } from './time.ts'

/** A period in which the clock is ahead of UTC by the same offset, from `from` (inclusive) to `to` (exclusive). */
export interface ZoneStretch {
  readonly from: Micros
  readonly to: Micros
  readonly offset: Micros
}

/**
 * Distance between queries of the offset. It is shorter than the time between any two changes of one zone: in the database of 2025 the
 * closest two are 3.98 days apart, in Africa/Freetown in September 1939.
 */
const PROBE = 3 * DAY
/** Before this year no zone's offset changes: the first change of all is that of the Philippines, at the end of 1844. */
const FIRST_YEAR = 1840
/** From this year on rules repeat with the calendar; those of Gaza and Morocco, which follow the moon, are laid down up to 2087. */
const FIRST_REGULAR_YEAR = 2101
/** Leap years and weekdays repeat after so many years, between two years without a leap day. */
const CALENDAR_CYCLE = 28
/** Most zones whose years are remembered, at some 100 kB each. */
const MAX_ZONES = 60
/** Maximum distance of any clock from UTC. */
const FURTHEST = 1.5 * DAY

const zones = new Map<string, TimeZone>()

export class TimeZone {
  /** The IANA name, such as `America/Los_Angeles`. */
  readonly name: string
  readonly #format: Intl.DateTimeFormat
  /** Stretches of each year in UTC that was asked for. */
  readonly #years = new Map<number, ZoneStretch[]>()

  private constructor(name: string, format: Intl.DateTimeFormat) {
    this.name = name
    this.#format = format
  }

  /** @throws Fault invalid naming the field when there is no such zone */
  static named(name: string, field = 'time_zone'): TimeZone {
    let zone = zones.get(name)
    if (!zone) {
      let format: Intl.DateTimeFormat
      try {
        format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset', hour: 'numeric' })
      } catch {
        throw invalid(
          `${field} is ${quote(name)}; give a name of the IANA time zone database, such as America/Los_Angeles, Europe/Berlin or UTC.`,
        )
      }
      const { timeZone: canonical } = format.resolvedOptions()
      // Names ignore letter case, so only the canonical ones are cached: there are some 420.
      zone = zones.get(canonical) ?? new TimeZone(canonical, format)
      if (zones.size >= MAX_ZONES) zones.clear()
      zones.set(canonical, zone)
    }
    return zone
  }

  /** Whether there is a zone of that name. */
  static isName(name: string): boolean {
    try {
      return TimeZone.named(name) instanceof TimeZone
    } catch {
      return false
    }
  }

  get isUtc(): boolean {
    return this.name === 'UTC'
  }

  offsetAt(time: Micros): Micros {
    if (this.isUtc) return 0
    return this.#year(yearOf(time)).findLast(({ from }) => from <= time)?.offset ?? 0
  }

  /** The periods from `start` to `end`, cut there; neighbouring ones have different offsets. */
  stretches(start: Micros, end: Micros): ZoneStretch[] {
    if (this.isUtc) return [{ from: start, to: end, offset: 0 }]
    const found: ZoneStretch[] = []
    for (let year = yearOf(start); startOf(year) < end; year++) {
      for (const { from, to, offset } of this.#year(year)) {
        if (to <= start || from >= end) continue
        const last = found.at(-1)
        const cut = Math.min(to, end)
        if (last?.offset === offset) found[found.length - 1] = { ...last, to: cut }
        else found.push({ from: Math.max(from, start), to: cut, offset })
      }
    }
    return found
  }

  /**
   * The first instant at which the clock shows a local time; if that is skipped, a later one. For a skipped midnight this is the first
   * instant of the day, and for a midnight that occurs twice, the first.
   */
  instantOf(local: Micros): Micros {
    if (this.isUtc) return local
    for (const { from, to, offset } of this.stretches(local - FURTHEST, local + FURTHEST)) {
      const time = Math.max(from, local - offset)
      if (time < to) return time
    }
    throw new Error(`no instant found for ${local} in ${this.name}`)
  }

  /** Looks up what {@link stretches} needs, which takes a millisecond a year at most and is remembered. */
  *lookUp(start: Micros, end: Micros): Generator<void> {
    if (this.isUtc) return
    for (let year = Math.max(FIRST_YEAR - 1, yearOf(start)); year <= Math.min(yearOf(end), LAST_OWN_YEAR); year++) {
      this.#year(year)
      yield
    }
  }

  #year(year: number): ZoneStretch[] {
    const own = ownYear(year)
    let stretches = this.#years.get(own)
    if (!stretches) this.#years.set(own, (stretches = this.#findStretches(startOf(own), startOf(own + 1))))
    if (own === year) return stretches
    if (year < FIRST_YEAR) return [{ from: startOf(year), to: startOf(year + 1), offset: stretches[0]?.offset ?? 0 }]
    const later = startOf(year) - startOf(own)
    return stretches.map(({ from, to, offset }) => ({ from: from + later, to: to + later, offset }))
  }

  #findStretches(start: Micros, end: Micros): ZoneStretch[] {
    const found: ZoneStretch[] = []
    let from = start
    let offset = this.#ask(start)
    for (let low = start; low < end; low += PROBE) {
      const high = Math.min(low + PROBE, end)
      const next = this.#ask(high)
      if (next === offset) continue
      const change = this.#findChange(low, high, offset)
      if (change < end) {
        found.push({ from, to: change, offset })
        from = change
        offset = next
      }
    }
    found.push({ from, to: end, offset })
    return found
  }

  /** The second at which the offset changes from what it is at `low`. */
  #findChange(low: Micros, high: Micros, offset: Micros): Micros {
    while (high - low > SECOND) {
      const middle = Math.floor((low + high) / 2 / SECOND) * SECOND
      if (this.#ask(middle) === offset) low = middle
      else high = middle
    }
    return high
  }

  #ask(time: Micros): Micros {
    const text = this.#format.format(time / 1000)
    const match = /GMT(?:([+-])(\d{1,2}):?(\d{2})?(?::(\d{2}))?)?$/.exec(text)
    if (!match) throw new Error(`Intl gave no offset of ${this.name}: ${text}`)
    const seconds = Number(match[2] ?? 0) * 3600 + Number(match[3] ?? 0) * 60 + Number(match[4] ?? 0)
    return (match[1] === '-' ? -seconds : seconds) * SECOND
  }
}

const LAST_OWN_YEAR = FIRST_REGULAR_YEAR + CALENDAR_CYCLE - 1

/** The year that is asked for in place of another one: any before the first change, and one with the same calendar in the far future. */
function ownYear(year: number): number {
  if (year < FIRST_YEAR) return FIRST_YEAR - 1
  if (year <= LAST_OWN_YEAR) return year
  for (let own = FIRST_REGULAR_YEAR; ; own++) if (isLeap(own) === isLeap(year) && weekdayOf(own) === weekdayOf(year)) return own
}

const yearOf = (time: Micros): number => new Date(Math.floor(time / 1000)).getUTCFullYear()
/** Not Date.UTC, which takes years below 100 for years of the twentieth century. */
const startOf = (year: number): Micros => new Date(0).setUTCFullYear(year, 0, 1) * 1000
const isLeap = (year: number): boolean => startOf(year + 1) - startOf(year) === 366 * DAY
const weekdayOf = (year: number): number => (((startOf(year) / DAY) % 7) + 7) % 7
