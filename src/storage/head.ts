/** The head: committed values that are in the journal, but not yet settled in rows. In memory, for reads. */
import type { Micros } from '../time.ts'
import type { Point, Points, Range, SequenceRef } from './sequence-store.ts'

/** Points in ascending order, one a time. */
export class Stretch {
  readonly times: Micros[] = []
  readonly values: (number | string)[] = []

  get length(): number {
    return this.times.length
  }

  /** @returns whether the time was new; otherwise its value was replaced */
  put(time: Micros, value: number | string): boolean {
    const last = this.times.length - 1
    if (last < 0 || time > (this.times[last] ?? 0)) {
      this.times.push(time)
      this.values.push(value)
      return true
    }
    const at = lowerBound(this.times, time)
    if (this.times[at] === time) {
      this.values[at] = value
      return false
    }
    this.times.splice(at, 0, time)
    this.values.splice(at, 0, value)
    return true
  }

  get newest(): Point | undefined {
    const time = this.times.at(-1)
    return time === undefined ? undefined : { time, value: this.values.at(-1) ?? 0 }
  }

  get(time: Micros): number | string | undefined {
    const at = lowerBound(this.times, time)
    return this.times[at] === time ? this.values[at] : undefined
  }

  /** A copy of what lies in the range, both ends included: at most `limit` points from its beginning, or from its end when descending. */
  slice({ start, end }: Range, limit = Number.POSITIVE_INFINITY, order: 'ascending' | 'descending' = 'ascending'): Points {
    let from = start === undefined ? 0 : lowerBound(this.times, start)
    let to = end === undefined ? this.times.length : lowerBound(this.times, end + 1)
    if (order === 'ascending') to = Math.min(to, from + limit)
    else from = Math.max(from, to - limit)
    return { times: this.times.slice(from, to), values: this.values.slice(from, to) }
  }

  dropOldest(count: number): void {
    this.times.splice(0, count)
    this.values.splice(0, count)
  }
}

/** One sequence's part of the head. */
export interface HeadSequence {
  readonly ref: SequenceRef
  current: Stretch
  /** What is being written to rows just now; newer than the rows, older than `current`. */
  settling: Stretch | undefined
  /** Resolves when `settling` is done, well or not. */
  settled: Promise<void> | undefined
  /** Time of the newest settled row; -Infinity for none. Only values that are not newer can have been there before. */
  newestRow: Micros
}

/** The points of both in ascending order; where both have a time, `over` counts. */
export function mergePoints(under: Points, over: Points): Points {
  if (over.times.length === 0) return under
  if (under.times.length === 0) return over
  const merged: Points = { times: [], values: [] }
  let [a, b] = [0, 0]
  while (a < under.times.length || b < over.times.length) {
    const [left = Number.POSITIVE_INFINITY, right = Number.POSITIVE_INFINITY] = [under.times[a], over.times[b]]
    if (left < right) {
      merged.times.push(left)
      merged.values.push(under.values[a++] ?? 0)
    } else {
      if (left === right) a++
      merged.times.push(right)
      merged.values.push(over.values[b++] ?? 0)
    }
  }
  return merged
}

/** Index of the first time that is not before `time`. */
export function lowerBound(times: readonly Micros[], time: Micros): number {
  let [low, high] = [0, times.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((times[middle] ?? 0) < time) low = middle + 1
    else high = middle
  }
  return low
}
