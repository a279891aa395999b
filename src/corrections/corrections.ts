/** What is to be corrected of one sequence. */
import type { Micros } from '../base/time.ts'
import type { Page, Points } from '../storage/sequence-store.ts'
import { calibrate, type Calibration } from './calibration.ts'
import type { Ranges, Stretch } from './ranges.ts'

export class Corrections {
  readonly masked: Ranges
  /** In the order of their times. */
  readonly calibrations: readonly Calibration[]

  constructor(masked: Ranges, calibrations: readonly Calibration[]) {
    this.masked = masked
    this.calibrations = calibrations
  }

  /** The calibration of values of a time. */
  calibrationAt(time: Micros): Calibration | undefined {
    return this.calibrations.findLast(({ from }) => from <= time)
  }

  /** A value as it is to be read; undefined: it is masked. */
  correct(time: Micros, value: number | string): number | string | undefined {
    return this.masked.at(time) ? undefined : this.calibrate(time, value)
  }

  /** A value as it is to be read, masked or not. */
  calibrate(time: Micros, value: number | string): number | string {
    const calibration = typeof value === 'number' ? this.calibrationAt(time) : undefined
    return calibration && typeof value === 'number' ? calibrate(calibration, value) : value
  }

  /** Takes the masked points out of a page, in its own lists. */
  unmasked(page: Page): Page {
    const { times, values } = page
    const [one = 0, other = 0] = [times[0], times.at(-1)]
    const isAscending = one <= other
    const stretches = this.masked.within({ start: Math.min(one, other), end: Math.max(one, other) })
    if (stretches.length === 0) return page
    if (!isAscending) stretches.reverse()
    let [kept, at] = [0, 0]
    for (let from = 0; from < times.length; from++) {
      const time = times[from] ?? 0
      while (at < stretches.length && isPast(stretches[at], time, isAscending)) at++
      const stretch = stretches[at]
      if (stretch && time >= stretch.start && time <= stretch.end) continue
      times[kept] = time
      values[kept++] = values[from] ?? 0
    }
    times.length = values.length = kept
    return page
  }

  calibrated<P extends Points>(points: P): P {
    if (this.calibrations.length === 0) return points
    return { ...points, values: points.values.map((value, at) => this.calibrate(points.times[at] ?? 0, value)) }
  }
}

const isPast = (stretch: Stretch | undefined, time: Micros, isAscending: boolean): boolean =>
  stretch !== undefined && (isAscending ? stretch.end < time : stretch.start > time)
