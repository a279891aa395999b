/** Fits a grid to times that were meant to be regular: each is a little off the grid, and some are missing. */
import { SEGMENT_VALUES } from './block.ts'
import { eachSegment, LARGEST_STEP, type TimeFit } from './time-fit.ts'
import { findMedian, measureBits } from './whole-numbers.ts'

/** Approximate bits that a gap takes. */
const SKIP_COST = 12
/** Bits of the fraction of a step, for a clock that is a little too fast or slow. */
const FRACTION_BITS = 10
/** Up to this, positions in a grid with fractions are safe integers. */
const LONGEST_FRACTIONAL = 2 ** 42
/** Factor by which continuing a grid may cost more: all segments then have residuals around the same value, which makes codes shorter. */
const PREFERENCE = 1.1

/** @param times in units since the first one; @param distances usual distance in each segment */
export function fitGrid(times: Float64Array, distances: readonly number[]): TimeFit {
  const slopes = [...eachSegment(times.length)].map(({ segment, from, end }) => findSlope(times, from, end, distances[segment] ?? 1))
  const usual = findMedian(slopes)
  const whole = layGrid(times, slopes, usual, 0)
  const drift = Math.abs(usual - Math.round(usual)) * Math.min(times.length, SEGMENT_VALUES)
  if (drift < 1 || whole.cost < times.length || (times.at(-1) ?? 0) > LONGEST_FRACTIONAL) return whole
  const fractional = layGrid(times, slopes, usual, FRACTION_BITS)
  return fractional.cost < whole.cost * 0.98 ? fractional : whole
}

/** Slope of a segment's times by least squares, where a distance of about n times the usual one counts as n steps. */
function findSlope(times: Float64Array, from: number, end: number, distance: number): number {
  let [steps, sumX, sumY, sumXX, sumXY] = [0, 0, 0, 0, 0]
  const count = end - from
  const origin = times[from] ?? 0
  if (count < 3) return distance
  for (let index = from; index < end; index++) {
    const y = (times[index] ?? 0) - origin
    if (index > from) steps += Math.max(1, Math.round(((times[index] ?? 0) - (times[index - 1] ?? 0)) / distance))
    sumX += steps
    sumY += y
    sumXX += steps * steps
    sumXY += steps * y
  }
  return (count * sumXY - sumX * sumY) / (count * sumXX - sumX * sumX)
}

function layGrid(times: Float64Array, slopes: readonly number[], usualSlope: number, fractionBits: number): TimeFit {
  const toStep = (slope: number): number => Math.min(Math.max(1, Math.round(slope * 2 ** fractionBits)), LARGEST_STEP)
  const usual = toStep(usualSlope)
  const fit: TimeFit = {
    steps: [],
    fractionBits,
    residuals: new Float64Array(times.length),
    skips: new Float64Array(times.length),
    cost: 0,
  }
  let previous: Laid | undefined
  for (const { segment, from, end } of eachSegment(times.length)) {
    const own = toStep(slopes[segment] ?? usualSlope)
    let laid = laySegment(times, from, end, usual, fractionBits)
    if (own !== usual) {
      const other = laySegment(times, from, end, own, fractionBits)
      if (other.range < laid.range * 0.7) laid = other
    }
    const anchor = chooseAnchor(laid, previous)
    fit.steps.push(laid.step)
    for (let index = 0; index < laid.offsets.length; index++) fit.residuals[from + index] = (laid.offsets[index] ?? 0) - anchor
    fit.skips?.set(laid.skips, from)
    fit.cost += measureCost(laid.offsets, anchor) + laid.gaps * SKIP_COST
    previous = { ...laid, origin: laid.origin + anchor }
  }
  if (fit.skips?.every((skip) => skip === 0) === true) fit.skips = undefined
  return fit
}

/** A segment over a grid that begins at its first time. */
interface Laid {
  step: number
  scale: number
  origin: number
  /** Where the grid ends after the segment. */
  length: number
  /** Distance of each time from its position in the grid. */
  offsets: Float64Array
  skips: Float64Array
  gaps: number
  range: number
  middle: number
}

function laySegment(times: Float64Array, from: number, end: number, step: number, fractionBits: number): Laid {
  const scale = 2 ** fractionBits
  const [width, origin, count] = [step / scale, times[from] ?? 0, end - from]
  const offsets = new Float64Array(count)
  const skips = new Float64Array(count)
  let [shift, gaps, low, high] = [0, 0, 0, 0]
  for (let index = 1; index < count; index++) {
    let offset = (times[from + index] ?? 0) - origin - Math.floor((index * step) / scale) - shift
    if (offset > width / 2) {
      // If only one time is late, there is no gap: the next one would be early by as much.
      const next = index + 1 < count ? (times[from + index + 1] ?? 0) - origin - Math.floor(((index + 1) * step) / scale) - shift : offset
      const skip = Math.floor(Math.min(offset, next) / width + 0.5)
      if (skip > 0) {
        skips[index] = skip
        gaps++
        shift += Math.floor((skip * step) / scale)
        offset -= Math.floor((skip * step) / scale)
      }
    }
    offsets[index] = offset
    low = Math.min(low, offset)
    high = Math.max(high, offset)
  }
  const length = Math.floor((count * step) / scale) + shift
  return { step, scale, origin, length, offsets, skips, gaps, range: high - low, middle: Math.floor((low + high) / 2) }
}

/** Continues the grid of the segment before if that fits; otherwise lays it through the middle, or through most of the times. */
function chooseAnchor(laid: Laid, previous: Laid | undefined): number {
  const median = findMedian(laid.offsets)
  const [middleCost, medianCost] = [measureCost(laid.offsets, laid.middle), measureCost(laid.offsets, median)]
  const anchor = middleCost <= medianCost * PREFERENCE ? laid.middle : median
  if (previous?.step !== laid.step) return anchor
  const goesOn = previous.origin + previous.length
  const steps = Math.round((laid.origin + anchor - goesOn) / (laid.step / laid.scale))
  const chained = goesOn + Math.floor((steps * laid.step) / laid.scale) - laid.origin
  return measureCost(laid.offsets, chained) <= Math.min(middleCost, medianCost) * PREFERENCE ? chained : anchor
}

function measureCost(offsets: Float64Array, anchor: number): number {
  let bits = 0
  for (const offset of offsets) bits += measureBits(offset - anchor)
  return bits
}
