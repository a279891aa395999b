/** Scales of a chart: one for each unit, and from where to where it reaches. */
import uPlot from 'uplot'
import { unitsOf } from '../../shared/chart-shows.ts'
import type { Line } from './chart-data.ts'

interface AxisScale {
  readonly key: string
  readonly units: string
}

/** One scale for each unit; the first two have an axis. */
export const scalesOf = (lines: readonly Line[]): AxisScale[] =>
  [...new Set(lines.map(({ units, show = '' }) => unitsOf(show, units) ?? ''))].map((units, at) => ({ key: `y${at}`, units }))

export const keyOf = (scales: readonly AxisScale[], units: string | undefined): string =>
  scales.find((scale) => scale.units === (units ?? ''))?.key ?? 'y0'

/** What an axis shows for values from `min` to `max`; null: there are none. */
export function rangeOf(min: number | null, max: number | null, isLog: boolean): [number, number] {
  if (min === null || max === null) return isLog ? [1, 10] : [0, 1]
  if (isLog) return logRange(min, max)
  // A constant line is in the middle.
  if (min === max) return [min - Math.max(Math.abs(min) / 10, 0.5), max + Math.max(Math.abs(max) / 10, 0.5)]
  const [low, high] = uPlot.rangeNum(min, max, 0.1, false)
  return [low ?? min, high ?? max]
}

/** Whole powers of ten; a limit at or below zero has no place. */
function logRange(min: number, max: number): [number, number] {
  const top = max > 0 ? max : 1
  const [low, high] = [10 ** Math.floor(Math.log10(min > 0 ? min : top / 1_000)), 10 ** Math.ceil(Math.log10(top))]
  return low < high ? [low, high] : [low, low * 10]
}
