/** Stretches of time, for what is masked. */
import type { LeftOut, Range } from '../storage/sequence-store.ts'
import type { Micros } from '../base/time.ts'

/** Before and after all times that a value can have. */
export const EVER: Micros = 9_000_000_000_000_000

export interface Stretch {
  /** Both included. */
  readonly start: Micros
  readonly end: Micros
}

/** Stretches in order that neither overlap nor touch one another. */
export class Ranges implements LeftOut {
  readonly #starts: Float64Array
  readonly #ends: Float64Array

  private constructor(starts: Float64Array, ends: Float64Array) {
    this.#starts = starts
    this.#ends = ends
  }

  /** @param stretches in any order; those that overlap become one */
  static of(stretches: readonly Stretch[]): Ranges {
    const merged: { start: Micros; end: Micros }[] = []
    for (const { start, end } of stretches.toSorted((a, b) => a.start - b.start)) {
      const last = merged.at(-1)
      if (last && start <= last.end + 1) last.end = Math.max(last.end, end)
      else merged.push({ start, end })
    }
    return new Ranges(
      Float64Array.from(merged, ({ start }) => start),
      Float64Array.from(merged, ({ end }) => end),
    )
  }

  get length(): number {
    return this.#starts.length
  }

  /** The stretch that a time is in. */
  at(time: Micros): Stretch | undefined {
    const found = this.get(this.#firstReaching(time))
    return found && found.start <= time ? found : undefined
  }

  get(at: number): Stretch | undefined {
    const [start, end] = [this.#starts[at], this.#ends[at]]
    return start === undefined || end === undefined ? undefined : { start, end }
  }

  touches(first: Micros, last: Micros): boolean {
    return (this.#starts[this.#firstReaching(first)] ?? EVER + 1) <= last
  }

  /** The parts of stretches that lie in a range. */
  within({ start = -EVER, end = EVER }: Range): Stretch[] {
    const found: Stretch[] = []
    for (let at = this.#firstReaching(start); at < this.length; at++) {
      const one = this.get(at)
      if (!one || one.start > end) break
      found.push({ start: Math.max(one.start, start), end: Math.min(one.end, end) })
    }
    return found
  }

  /** Index of the first stretch that ends at a time or later. */
  #firstReaching(time: Micros): number {
    let [low, high] = [0, this.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#ends[middle] ?? 0) < time) low = middle + 1
      else high = middle
    }
    return low
  }
}
