/** From what a clock at a place showed to points in time: where it was set back, one reading stands for two of them. */
import { invalid } from '../base/fault.ts'
import { TimeZone } from '../base/time-zone.ts'
import { DAY, formatTimestamp, MINUTE, type Micros } from '../base/time.ts'
import { offsetOf } from './time-text.ts'

/** A zone by name, or a clock that is ahead of UTC by the same all year. */
export interface Zone {
  readonly name: string
  readonly zone: TimeZone | undefined
  /** Used where there is no zone by name. */
  readonly offset: Micros
}

/** @throws Fault invalid naming the field when there is no such zone */
export function zoneNamed(name: string, field = 'time_zone'): Zone {
  const offset = /^(?:z|utc|gmt)?$|[+-]\d/i.test(name.trim()) && !name.includes('/') ? offsetOf(name) : undefined
  if (offset !== undefined) return { name: offset === 0 ? 'UTC' : name.trim(), zone: undefined, offset }
  if (name.trim() === '') throw invalid(`${field} is empty; give a name such as Europe/Berlin, or an offset such as +02:00.`)
  const zone = TimeZone.named(name.trim(), field)
  return { name: zone.name, zone, offset: 0 }
}

/** Part of a zone's time without a change, shortened by a day at each end so that no local time in it occurs twice. */
interface Stretch {
  readonly from: Micros
  readonly to: Micros
  readonly offset: Micros
}

/** Times that a clock shows twice, and that the order of rows did not tell apart. */
export interface Doubt {
  readonly lines: readonly number[]
  readonly count: number
}

export type Instant = Micros | 'skipped'

/** Converts the local times of one series, row by row in the file's order. */
export class LocalClock {
  readonly #zone: Zone
  readonly #isDescending: boolean
  #calm: Stretch | undefined
  #last: Micros | undefined
  #step = 0
  /** The change of the clock that the last local times in doubt belong to, and whether the order has shown the other side of it. */
  #change: Micros | undefined
  #isOther = false
  #open: number[] = []
  #openCount = 0
  readonly #doubtful: number[] = []
  #doubtCount = 0

  /** @param isDescending true: the file begins with the newest row */
  constructor(zone: Zone, isDescending: boolean) {
    this.#zone = zone
    this.#isDescending = isDescending
  }

  /** @returns `skipped` for a local time that no clock there showed, because it was set forward over it */
  instantOf(local: Micros, line: number): Instant {
    const { zone, offset } = this.#zone
    if (!zone) return local - offset
    const calm = this.#calm
    const instant = calm && local >= calm.from && local < calm.to ? local - calm.offset : this.#search(zone, local, line)
    if (this.#last !== undefined && local !== this.#last) this.#step = Math.abs(local - this.#last)
    this.#last = local
    return instant
  }

  #search(zone: TimeZone, local: Micros, line: number): Instant {
    const stretches = zone.stretches(local - 30 * DAY, local + 30 * DAY)
    const found = stretches.filter(({ from, to, offset }) => local - offset >= from && local - offset < to)
    const [first, second] = found
    if (!first) return 'skipped'
    const instant = local - first.offset
    if (!second) {
      this.#settle()
      this.#calm = { from: first.from + first.offset + DAY, to: first.to + first.offset - DAY, offset: first.offset }
      return instant
    }
    if (this.#change !== second.from) {
      this.#settle()
      this.#change = second.from
      this.#isOther = false
    } else if (!this.#isOther && this.#last !== undefined && this.#isTurn(local, this.#last)) {
      this.#isOther = true
      this.#open = []
      this.#openCount = 0
    }
    if (!this.#isOther) {
      this.#openCount++
      if (this.#open.length < 5) this.#open.push(line)
    }
    return this.#isOther !== this.#isDescending ? local - second.offset : instant
  }

  /** Whether the clock went the other way than the file: only having been set back explains that. Or stood still for a whole step. */
  #isTurn(local: Micros, last: Micros): boolean {
    if (local === last) return this.#step >= 15 * MINUTE
    return this.#isDescending ? local > last : local < last
  }

  #settle(): void {
    if (this.#openCount > 0) {
      this.#doubtCount += this.#openCount
      this.#doubtful.push(...this.#open.slice(0, 5 - this.#doubtful.length))
    }
    this.#open = []
    this.#openCount = 0
    this.#change = undefined
  }

  /** What is in doubt, to be asked after the last row. */
  doubt(): Doubt {
    this.#settle()
    return { lines: this.#doubtful, count: this.#doubtCount }
  }
}

/** A local time for people: as a clock shows it, without a zone. */
export const localText = (local: Micros): string => formatTimestamp(local).replace('T', ' ').replace('Z', '')
