/** What is to be corrected of one sequence. */
import type { Micros } from '../base/time.ts'
import type { Page, Points } from '../storage/sequence-store.ts'
import { calibrate, type Calibration } from './calibration.ts'
import type { Ranges } from './ranges.ts'

/** As `flat`, which takes several times as long. */
function join<T>(lists: readonly T[][]): T[] {
  if (lists.length < MANY) return lists[0]?.concat(...lists.slice(1)) ?? []
  const all: T[] = []
  for (const list of lists) for (const item of list) all.push(item)
  return all
}

/** More lists than are passed in one call. */
const MANY = 10_000

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

  /** Points without the masked ones; the page itself when none is. */
  unmasked(page: Page): Page {
    const flags = this.masked.outside(page.times)
    if (!flags) return page
    const [times, values]: [Micros[][], (number | string)[][]] = [[], []]
    for (let at = flags.indexOf(1); at >= 0; ) {
      const end = flags.indexOf(0, at)
      const to = end < 0 ? flags.length : end
      times.push(page.times.slice(at, to))
      values.push(page.values.slice(at, to))
      at = end < 0 ? -1 : flags.indexOf(1, end)
    }
    return { times: join(times), values: join(values), more: page.more }
  }

  calibrated<P extends Points>(points: P): P {
    if (this.calibrations.length === 0) return points
    return { ...points, values: points.values.map((value, at) => this.calibrate(points.times[at] ?? 0, value)) }
  }
}
