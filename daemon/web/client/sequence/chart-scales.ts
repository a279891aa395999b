/** Scales of a chart: one for each unit, and from where to where it reaches. */
import uPlot from 'uplot'
import { unitsOf } from '../../shared/chart-shows.ts'
import type { Aligned, Column } from '../../shared/chart-points.ts'
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

/** Powers of ten from which to which values are drawn as they are: others are too close together or too far apart to reckon with. */
const [SMALLEST, LARGEST] = [-12, 15]
/** Powers of ten that a number can hold, with room for what an axis reaches beyond its values. */
const POWERS = 300

/** By what the values of a scale are divided where they are drawn: 1, or the power of ten in which the largest of them is. */
function divisorOf(columns: readonly Column[], ends: readonly (number | undefined)[]): number {
  let largest = 0
  for (const value of [...columns, ends].flat()) largest = Math.max(largest, Number.isFinite(value) ? Math.abs(value ?? 0) : 0)
  const power = largest === 0 ? 0 : Math.floor(Math.log10(largest))
  return power >= SMALLEST && power <= LARGEST ? 1 : 10 ** Math.min(Math.max(power, -POWERS), POWERS)
}

/** The divisor of each scale. @param ends of the first axis, where somebody fixed them */
export function divisorsOf(lines: readonly Line[], aligned: Aligned, ends: readonly (number | undefined)[]): ReadonlyMap<string, number> {
  const scales = scalesOf(lines)
  const isOn = (key: string, { units, show = '' }: Line): boolean => keyOf(scales, unitsOf(show, units)) === key
  return new Map(
    scales.map(({ key }, at) => {
      const columns = aligned.lines.flatMap(({ min, max }, line) => (lines[line] && isOn(key, lines[line]) ? [min, max] : []))
      return [key, divisorOf(columns, at === 0 ? ends : [])]
    }),
  )
}

/** A column as it is drawn: where there is no number, or no place for one on a logarithmic axis, the line is broken. */
export const fitColumn = (column: Column, divisor: number, isLog: boolean): Column =>
  column.map((value) => {
    if (value === undefined || value === null) return value
    return Number.isFinite(value) && !(isLog && value <= 0) ? value / divisor : null
  })

/** What is at a place of an axis; as near as a number comes to it. */
export const undivided = (value: number, divisor: number): number =>
  Math.min(Math.max(value * divisor, -Number.MAX_VALUE), Number.MAX_VALUE)
