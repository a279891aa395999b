/** How values are to be read from a time on: scaled and moved, or by a table of points. */
import type { Micros } from '../base/time.ts'
import type { Summary } from '../storage/sequence-store.ts'

/** What the sensor said, and what was right. */
export type CalibrationPoint = readonly [raw: number, right: number]

export interface Calibration {
  /** From this time on, until the next one. */
  readonly from: Micros
  readonly scale: number
  readonly offset: number
  /** At least two, with ascending raw values; in place of scale and offset. */
  readonly points: readonly CalibrationPoint[] | undefined
}

/** Digits that a calibrated value has at most: 4.1 − 0.4 is 3.7, not 3.6999999999999997. */
const DIGITS = 14

/** Beyond its table's ends the outermost two points are continued. */
export const calibrate = (calibration: Calibration, value: number): number => Number(exactly(calibration, value).toPrecision(DIGITS))

function exactly({ scale, offset, points }: Calibration, value: number): number {
  if (!points) return value * scale + offset
  let at = 1
  while (at < points.length - 1 && value > (points[at]?.[0] ?? 0)) at++
  const [[x0, y0] = [0, 0], [x1, y1] = [1, 1]] = [points[at - 1], points[at]]
  return y0 + ((value - x0) * (y1 - y0)) / (x1 - x0)
}

/** The summary of calibrated values; only without a table, which sums don't pass through. */
export function calibrateSummary(calibration: Calibration, summary: Summary): Summary {
  const [low, high] = [calibrate(calibration, summary.min), calibrate(calibration, summary.max)]
  return {
    ...summary,
    firstValue: calibrate(calibration, summary.firstValue),
    lastValue: calibrate(calibration, summary.lastValue),
    min: Math.min(low, high),
    max: Math.max(low, high),
    sum: summary.sum * calibration.scale + calibration.offset * summary.count,
  }
}
