import { partOf } from '../../../src/base/part-of.ts'

/** The line of a small chart, for the `d` of an SVG path in a box of SPARK_WIDTH by SPARK_HEIGHT. */

export const SPARK_WIDTH = 120
export const SPARK_HEIGHT = 28

/** @param least,most values at the bottom and the top; by default the smallest and the largest */
export function outlineOf(
  times: readonly number[],
  values: readonly number[],
  { least = Math.min(...values), most = Math.max(...values) }: { least?: number; most?: number } = {},
): string {
  const [first = 0, last = 0] = [times[0], times.at(-1)]
  const x = (at: number): number => (last === first ? 0 : (((times[at] ?? first) - first) / (last - first)) * SPARK_WIDTH)
  const y = (value: number): number =>
    most === least ? SPARK_HEIGHT / 2 : SPARK_HEIGHT - 2 - partOf(value, least, most) * (SPARK_HEIGHT - 4)
  return values.map((value, at) => `${at === 0 ? 'M' : 'L'}${x(at).toFixed(1)} ${y(value).toFixed(1)}`).join('')
}
