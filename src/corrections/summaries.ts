/** Puts summaries together. */
import type { Micros } from '../base/time.ts'
import type { Summary } from '../storage/sequence-store.ts'

export const summaryOfOne = (time: Micros, value: number): Summary => ({
  first: time,
  last: time,
  firstValue: value,
  lastValue: value,
  min: value,
  max: value,
  sum: value,
  count: 1,
})

/** Adds to a bucket what comes after all that is in it. */
export function addSummary(buckets: (Summary | undefined)[], at: number, next: Summary): void {
  const known = buckets[at]
  buckets[at] = !known
    ? next
    : {
        first: known.first,
        last: next.last,
        firstValue: known.firstValue,
        lastValue: next.lastValue,
        min: Math.min(known.min, next.min),
        max: Math.max(known.max, next.max),
        sum: known.sum + next.sum,
        count: known.count + next.count,
      }
}
