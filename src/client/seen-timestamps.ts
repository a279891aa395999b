/** Remembers which values of a followed sequence were already yielded. */
import { formatTimestamp, parseTimestamp } from '../base/time.ts'
import type { Micros } from '../base/time.ts'

/** How many timestamps are remembered individually. */
const MAX_SEEN = 50_000

/**
 * Which values were yielded, by timestamp: exact for the latest ones; for older ones it remembers a time up to which no value is read
 * again.
 */
export class SeenTimestamps {
  readonly #times = new Set<Micros>()
  /** Values up to this time are never read again. */
  #floor: Micros | undefined
  #newest: Micros | undefined
  #checked: Micros | undefined

  beginAfter(time: Micros): void {
    this.#floor = time
    this.#newest = time
  }

  /** Marks a timestamp as seen. @returns whether it was new */
  add(timestamp: string): boolean {
    const time = parseTimestamp(timestamp)
    if (time === undefined || this.#times.has(time)) return false
    this.#times.add(time)
    if (this.#newest === undefined || time > this.#newest) this.#newest = time
    if (this.#times.size > MAX_SEEN) this.#forgetHalf()
    return true
  }

  /** The time from which to read on, based on what was checked last time; what is newest now counts as checked the next time. */
  beginCatchUp(overlap: Micros): string | undefined {
    // A sender whose clock is ahead must not hide what others store now.
    const newest = this.#newest === undefined ? undefined : Math.min(this.#newest, Date.now() * 1000)
    const checked = this.#checked ?? newest
    this.#checked = newest
    if (checked === undefined) return undefined
    return formatTimestamp(this.#floor === undefined ? checked - overlap : Math.max(checked - overlap, this.#floor + 1))
  }

  #forgetHalf(): void {
    const sorted = [...this.#times].sort((a, b) => a - b)
    const forgotten = sorted.slice(0, sorted.length / 2)
    for (const time of forgotten) this.#times.delete(time)
    this.#floor = Math.max(this.#floor ?? -Infinity, forgotten.at(-1) ?? -Infinity)
  }
}
