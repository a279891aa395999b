/** Sums up ascending numeric values in equal stretches of a range of time. */
import type { Micros } from '../time.ts'
import type { Bucket } from './sequence-store.ts'

export class BucketBuilder {
  readonly #start: Micros
  readonly #width: number
  readonly #most: number
  readonly #buckets: Bucket[] = []
  #end = Number.NEGATIVE_INFINITY
  #first = 0
  #last = 0
  #min = 0
  #max = 0
  #sum = 0
  #count = 0

  /** @param buckets how many stretches the range from `start` to `end` (both inclusive) is cut into */
  constructor(start: Micros, end: Micros, buckets: number) {
    this.#start = start
    this.#most = buckets
    this.#width = Math.max(1, (end - start + 1) / buckets)
  }

  /** Times must not descend. */
  add(time: Micros, value: number): void {
    if (time >= this.#end) {
      this.#close()
      const index = Math.min(Math.floor((time - this.#start) / this.#width), this.#most - 1)
      this.#end = index === this.#most - 1 ? Number.POSITIVE_INFINITY : this.#start + (index + 1) * this.#width
      this.#first = time
      this.#min = value
      this.#max = value
      this.#sum = 0
      this.#count = 0
    }
    this.#last = time
    if (value < this.#min) this.#min = value
    if (value > this.#max) this.#max = value
    this.#sum += value
    this.#count++
  }

  finish(): Bucket[] {
    this.#close()
    this.#count = 0
    return this.#buckets
  }

  #close(): void {
    if (this.#count === 0) return
    // A sum of large values may overflow where their mean does not.
    const mean = Number.isFinite(this.#sum) ? this.#sum / this.#count : (this.#min + this.#max) / 2
    this.#buckets.push({ first: this.#first, last: this.#last, min: this.#min, max: this.#max, mean, count: this.#count })
  }
}
