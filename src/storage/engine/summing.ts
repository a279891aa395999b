/** Sums up numbers in buckets, in any order: from whole summaries where they fit into one bucket, otherwise from single values. */
import type { Micros } from '../../base/time.ts'
import { lowerBound } from './sorted-points.ts'
import type { Summary } from '../sequence-store.ts'

export class Sums {
  readonly #edges: readonly Micros[]
  readonly #first: Float64Array
  readonly #last: Float64Array
  readonly #firstValue: Float64Array
  readonly #lastValue: Float64Array
  readonly #min: Float64Array
  readonly #max: Float64Array
  readonly #sum: Float64Array
  readonly #count: Float64Array
  /** Bucket of the last value: mostly the next one belongs there, or to the next bucket. */
  #at = 0

  /** @param edges ascending; a bucket extends from one, inclusive, to the next, exclusive */
  constructor(edges: readonly Micros[]) {
    const buckets = Math.max(0, edges.length - 1)
    this.#edges = edges
    const column = (): Float64Array => new Float64Array(buckets)
    this.#first = column().fill(Number.POSITIVE_INFINITY)
    this.#last = column().fill(Number.NEGATIVE_INFINITY)
    this.#min = column().fill(Number.POSITIVE_INFINITY)
    this.#max = column().fill(Number.NEGATIVE_INFINITY)
    ;[this.#firstValue, this.#lastValue, this.#sum, this.#count] = [column(), column(), column(), column()]
  }

  /** Whether all times of a stretch fall into one bucket, or outside of all: then its summary is enough. */
  isWhole({ first, last }: Pick<Summary, 'first' | 'last'>): boolean {
    return this.#bucket(first) === this.#bucket(last)
  }

  /** Adds the summary of a stretch for which {@link isWhole} is true. */
  addSummary({ first, last, firstValue, lastValue, min, max, sum, count }: Summary): void {
    const at = this.#bucket(first)
    if (at < 0 || at >= this.#count.length) return
    if (first < (this.#first[at] ?? 0)) {
      this.#first[at] = first
      this.#firstValue[at] = firstValue
    }
    if (last > (this.#last[at] ?? 0)) {
      this.#last[at] = last
      this.#lastValue[at] = lastValue
    }
    if (min < (this.#min[at] ?? 0)) this.#min[at] = min
    if (max > (this.#max[at] ?? 0)) this.#max[at] = max
    this.#sum[at] = (this.#sum[at] ?? 0) + sum
    this.#count[at] = (this.#count[at] ?? 0) + count
  }

  /** Adds numbers of a part of the lists, `stop` exclusive. */
  add(times: ArrayLike<Micros>, values: ArrayLike<number>, start = 0, stop = times.length): void {
    const first = this.#edges[0] ?? 0
    const end = this.#edges[this.#edges.length - 1] ?? 0
    // What lies beyond `stop` may be anything: lists are reused for segments that are not full.
    if (start >= stop) return
    for (let from = (times[start] ?? first) >= first ? start : lowerBound(times, first, stop); from < stop; ) {
      const time = times[from] ?? 0
      if (time >= end) return
      const at = this.#bucket(time)
      const edge = this.#edges[at + 1] ?? 0
      let to = from
      let [min, max, sum] = [this.#min[at] ?? 0, this.#max[at] ?? 0, this.#sum[at] ?? 0]
      for (; to < stop && (times[to] ?? 0) < edge; to++) {
        const value = values[to] ?? 0
        if (value < min) min = value
        if (value > max) max = value
        sum += value
      }
      this.#min[at] = min
      this.#max[at] = max
      this.#sum[at] = sum
      this.#count[at] = (this.#count[at] ?? 0) + to - from
      if (time < (this.#first[at] ?? 0)) {
        this.#first[at] = time
        this.#firstValue[at] = values[from] ?? 0
      }
      const last = times[to - 1] ?? 0
      if (last > (this.#last[at] ?? 0)) {
        this.#last[at] = last
        this.#lastValue[at] = values[to - 1] ?? 0
      }
      from = to
    }
  }

  get length(): number {
    return this.#count.length
  }

  /** The summaries of the buckets from one to another, which is not included; undefined for those without values. */
  results(from = 0, to = this.length): (Summary | undefined)[] {
    return Array.from(this.#count.subarray(from, to), (count, place) => {
      const at = from + place
      return count === 0
        ? undefined
        : {
            first: this.#first[at] ?? 0,
            last: this.#last[at] ?? 0,
            firstValue: this.#firstValue[at] ?? 0,
            lastValue: this.#lastValue[at] ?? 0,
            min: this.#min[at] ?? 0,
            max: this.#max[at] ?? 0,
            sum: this.#sum[at] ?? 0,
            count,
          }
    })
  }

  /** A time's bucket: -1 before all, the number of buckets after all. */
  #bucket(time: Micros): number {
    const edges = this.#edges
    const at = this.#at
    if (time >= (edges[at] ?? 0)) {
      if (time < (edges[at + 1] ?? Number.NEGATIVE_INFINITY)) return at
      if (time < (edges[at + 2] ?? Number.NEGATIVE_INFINITY)) return (this.#at = at + 1)
    }
    const found = lowerBound(edges, time + 1) - 1
    if (found >= edges.length - 1) return edges.length - 1
    if (found >= 0) this.#at = found
    return found
  }
}
