/** Finds the steps in which times advance. */
import { countSegments, SEGMENT_VALUES } from './block.ts'
import { findMedian, measureBits } from './whole-numbers.ts'

/** How times differ from a regular course. */
export interface TimeFit {
  /** Step of each segment, in 2^-fractionBits units. */
  steps: number[]
  fractionBits: number
  /** Difference of each time from its prediction. */
  residuals: Float64Array
  /** Number of steps without a time before each one. */
  skips: Float64Array | undefined
  /** Estimated size in bits. */
  cost: number
}

/** Longer steps are not used: those of a whole segment must add up to a safe integer. */
export const LARGEST_STEP = 2 ** 42

/** Where the segments of `count` times begin and end. */
export function* eachSegment(count: number): Generator<{ segment: number; from: number; end: number }> {
  for (let segment = 0; segment < countSegments(count); segment++) {
    const from = segment * SEGMENT_VALUES
    yield { segment, from, end: Math.min(count, from + SEGMENT_VALUES) }
  }
}

/** Usual distance between the times of each segment; for a segment with a single time, the distance from the segment before. */
export function findDistances(times: Float64Array): number[] {
  return [...eachSegment(times.length)].map(({ from, end }) => {
    if (times.length === 1) return 1
    const first = Math.min(from, end - 2)
    const between = new Float64Array(end - first - 1)
    for (let index = 0; index < between.length; index++) between[index] = (times[first + index + 1] ?? 0) - (times[first + index] ?? 0)
    return findMedian(between)
  })
}

/** Predicts each time from the one before it. */
export function fitDistances(times: Float64Array, distances: readonly number[]): TimeFit {
  const usual = Math.min(findMedian(distances), LARGEST_STEP)
  const residuals = new Float64Array(times.length)
  const steps: number[] = []
  let cost = 0
  for (const { segment, from, end } of eachSegment(times.length)) {
    const own = Math.min(distances[segment] ?? usual, LARGEST_STEP)
    let [ownCost, usualCost] = [0, 0]
    for (let index = from + 1; index < end; index++) {
      const distance = (times[index] ?? 0) - (times[index - 1] ?? 0)
      ownCost += measureBits(distance - own)
      usualCost += measureBits(distance - usual)
    }
    const step = ownCost < usualCost * 0.9 ? own : usual
    for (let index = from + 1; index < end; index++) residuals[index] = (times[index] ?? 0) - (times[index - 1] ?? 0) - step
    steps.push(step)
    cost += Math.min(ownCost, usualCost)
  }
  return { steps, fractionBits: 0, residuals, skips: undefined, cost }
}
