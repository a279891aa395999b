/**
 * Largest triangle three buckets: picks the points that show the shape of a curve. Source: S. Steinarsson, "Downsampling Time Series for
 * Visual Representation" (University of Iceland, 2013), section 4.2. The first and the last point are kept; the others are put into buckets
 * of equal count, and from each bucket it picks the point that spans the largest triangle with the previously picked point and the average
 * of the next bucket.
 *
 * Points are passed twice, in the same order: first for the averages, then to be picked. So memory holds only what is picked, however many
 * points there are.
 */

/** The bucket of a point: 0 for the first, `picks - 1` for the last, 1 … in between. */
function bucketOf(at: number, count: number, picks: number): number {
  if (at === 0) return 0
  if (at >= count - 1) return picks - 1
  return 1 + Math.floor(((at - 1) * (picks - 2)) / (count - 2))
}

/** The first pass: the average point of each bucket. */
export class BucketAverages {
  readonly count: number
  readonly picks: number
  /** Times are kept relative to this one, since sums of microseconds since 1970 would not be exact. */
  #origin: number | undefined
  readonly #times: Float64Array
  readonly #values: Float64Array
  readonly #counts: Float64Array
  #at = 0

  /**
   * @param count how many points there are
   * @param picks how many to pick: at least 3, and fewer than there are points
   */
  constructor(count: number, picks: number) {
    this.count = count
    this.picks = picks
    this.#times = new Float64Array(picks)
    this.#values = new Float64Array(picks)
    this.#counts = new Float64Array(picks)
  }

  add(time: number, value: number): void {
    const origin = (this.#origin ??= time)
    const bucket = bucketOf(this.#at++, this.count, this.picks)
    const before = this.#counts[bucket] ?? 0
    this.#counts[bucket] = before + 1
    // Running means, since sums of huge values would overflow.
    this.#times[bucket] = (this.#times[bucket] ?? 0) + (time - origin - (this.#times[bucket] ?? 0)) / (before + 1)
    this.#values[bucket] = (this.#values[bucket] ?? 0) * (before / (before + 1)) + value / (before + 1)
  }

  time(bucket: number): number {
    return (this.#origin ?? 0) + (this.#times[bucket] ?? 0)
  }
  value(bucket: number): number {
    return this.#values[bucket] ?? 0
  }
}

/** The second pass: picks the points. */
export class TriangleSelection {
  readonly times: number[] = []
  readonly values: number[] = []
  readonly #averages: BucketAverages
  #at = 0
  #bucket = 0
  #best = Number.NEGATIVE_INFINITY
  #bestTime = 0
  #bestValue = 0

  constructor(averages: BucketAverages) {
    this.#averages = averages
  }

  add(time: number, value: number): void {
    const { count, picks } = this.#averages
    const bucket = bucketOf(this.#at++, count, picks)
    if (bucket !== this.#bucket) {
      this.#pick()
      this.#bucket = bucket
    }
    const area = this.#area(time, value)
    if (area > this.#best) {
      this.#best = area
      this.#bestTime = time
      this.#bestValue = value
    }
  }

  /** Call it after the last point. */
  end(): void {
    this.#pick()
  }

  #pick(): void {
    if (this.#best === Number.NEGATIVE_INFINITY) return
    this.times.push(this.#bestTime)
    this.values.push(this.#bestValue)
    this.#best = Number.NEGATIVE_INFINITY
  }

  /** The triangle's area, scaled to avoid overflow: it only serves to find the largest. */
  #area(time: number, value: number): number {
    const fromTime = this.times.at(-1)
    const next = this.#bucket + 1
    if (fromTime === undefined || next >= this.#averages.picks) return 0
    const fromValue = this.values.at(-1) ?? 0
    const width = this.#averages.time(next) - fromTime
    const area = Math.abs(width * (value / 2 - fromValue / 2) - (time - fromTime) * (this.#averages.value(next) / 2 - fromValue / 2))
    return Number.isNaN(area) ? 0 : area
  }
}
