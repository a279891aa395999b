/** Points of one sequence in memory, in ascending order. */
import type { Micros } from '../../base/time.ts'
import type { Point, Points, Range } from '../sequence-store.ts'

/** Up to this many late values of a batch are inserted one by one. */
const FEW = 16

/** Points in ascending order, at most one for each time. */
export class SortedPoints {
  times: Micros[] = []
  values: (number | string)[] = []

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

  /** Puts points in any order; of equal times the later one wins. @returns for each, whether its time was new */
  putAll(points: readonly Point[]): boolean[] {
    if (points.length <= FEW) return points.map(({ time, value }) => this.put(time, value))
    // Inserting each one would move everything after it each time, so sort and merge them instead.
    const order = points.map((_, at) => at).sort((a, b) => (points[a]?.time ?? 0) - (points[b]?.time ?? 0) || a - b)
    const isNew = new Array<boolean>(points.length).fill(false)
    const sorted = new SortedPoints()
    for (const at of order) {
      const { time, value } = points[at] ?? { time: 0, value: 0 }
      if (sorted.put(time, value)) isNew[at] = this.get(time) === undefined
    }
    // Only what comes after the earliest new point has to move.
    const from = lowerBound(this.times, sorted.times[0] ?? 0)
    const merged = mergePoints({ times: this.times.splice(from), values: this.values.splice(from) }, sorted)
    for (const [at, time] of merged.times.entries()) {
      this.times.push(time)
      this.values.push(merged.values[at] ?? 0)
    }
    return isNew
  }

  get newest(): Point | undefined {
    const time = this.times.at(-1)
    return time === undefined ? undefined : { time, value: this.values.at(-1) ?? 0 }
  }

  get(time: Micros): number | string | undefined {
    const at = lowerBound(this.times, time)
    return this.times[at] === time ? this.values[at] : undefined
  }

  /** A copy of the points in the range, both ends included: at most `limit`, from its beginning, or from its end when descending. */
  slice({ start, end }: Range, limit = Number.POSITIVE_INFINITY, order: 'ascending' | 'descending' = 'ascending'): Points {
    let from = start === undefined ? 0 : lowerBound(this.times, start)
    let to = end === undefined ? this.times.length : lowerBound(this.times, end + 1)
    if (order === 'ascending') to = Math.min(to, from + limit)
    else from = Math.max(from, to - limit)
    return { times: this.times.slice(from, to), values: this.values.slice(from, to) }
  }

  /** Removes the points for which `isDoomed` is true. */
  remove(isRemoved: (time: Micros, value: number | string) => boolean): void {
    const kept = new SortedPoints()
    for (let at = 0; at < this.times.length; at++) {
      const [time, value] = [this.times[at] ?? 0, this.values[at] ?? 0]
      if (!isRemoved(time, value)) kept.put(time, value)
    }
    this.times = kept.times
    this.values = kept.values
  }
}

/** Merges points in ascending order; at equal times `over` wins. */
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

/** Index of the first time that is equal to or later than `time`. @param count how many times there are; what follows is no part of it */
export function lowerBound(times: ArrayLike<Micros>, time: Micros, count = times.length): number {
  let [low, high] = [0, count]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((times[middle] ?? 0) < time) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * Moves points to the front that are not at one of the times `gone`. All times ascend.
 * @param count how many points there are; what follows is no part of them
 * @returns how many are left; what follows them is no part of them any more
 */
export function dropTimes(
  times: { [at: number]: Micros },
  values: { [at: number]: number },
  count: number,
  gone: readonly Micros[],
): number {
  let kept = 0
  for (let [at, next] = [0, lowerBound(gone, times[0] ?? 0)]; at < count; at++) {
    const time = times[at] ?? 0
    while ((gone[next] ?? Number.POSITIVE_INFINITY) < time) next++
    if (gone[next] === time) continue
    times[kept] = time
    values[kept++] = values[at] ?? 0
  }
  return kept
}
