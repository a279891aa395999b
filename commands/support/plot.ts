/** Draws curves of characters: each cell is a braille pattern of 2 × 4 dots. */
import type { Bucket } from '../../src/client/types.ts'
import { partOf, valueAt } from '../../src/base/part-of.ts'
import { parseTimestamp } from '../../src/base/time.ts'

export interface PlotOptions {
  /** Total number of columns and lines, including axis and title. */
  width: number
  height: number
  title: string
  /** Digits after the point on the axis. */
  decimals?: number | undefined
}

/** Bits of the dots in a braille cell, by row and column (Unicode, block 2800). */
const DOTS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const

/** Draws at least one bucket: title, curve with an axis of values, and an axis of time. */
export function drawPlot(buckets: Bucket[], options: PlotOptions): string {
  const [least, greatest] = widen(Math.min(...buckets.map(({ min }) => min)), Math.max(...buckets.map(({ max }) => max)))
  const lines = Math.max(options.height - 2, 2)
  const labels = Array.from({ length: lines }, (_, line) =>
    line % 4 === 0 || line === lines - 1
      ? formatValue(valueAt(line / (lines - 1), greatest, least), greatest - least, options.decimals)
      : '',
  )
  const labelWidth = Math.max(...labels.map(({ length }) => length))
  const columns = Math.max(options.width - labelWidth - 2, 4)
  const cells = drawCurve(buckets, columns, lines, least, greatest)
  const drawn = cells.map(
    (row, line) =>
      `${(labels[line] ?? '').padStart(labelWidth)} ` +
      `${labels[line] === '' ? '│' : '┤'}${String.fromCharCode(...row.map((bits) => 0x2800 + bits)).replace(/\u2800+$/, '')}`,
  )
  return [options.title, ...drawn, timeAxis(buckets, labelWidth + 2, columns)].join('\n')
}

function drawCurve(buckets: Bucket[], columns: number, lines: number, least: number, greatest: number): number[][] {
  const cells = Array.from({ length: lines }, () => new Array<number>(columns).fill(0))
  const [start, end] = timeRange(buckets)
  const [dotsAcross, dotsDown] = [columns * 2, lines * 4]
  const xOf = (time: number): number => (end === start ? 0 : Math.round(((time - start) / (end - start)) * (dotsAcross - 1)))
  const yOf = (value: number): number => Math.round(partOf(value, greatest, least) * (dotsDown - 1))
  const set = (x: number, y: number): void => {
    const row = cells[y >> 2]
    const bit = DOTS[y & 3]?.[x & 1]
    if (row !== undefined && bit !== undefined) row[x >> 1] = (row[x >> 1] ?? 0) | bit
  }
  let before: { x: number; y: number } | undefined
  for (const bucket of buckets) {
    const from = xOf(timeOf(bucket.first_timestamp))
    for (let y = yOf(bucket.max); y <= yOf(bucket.min); y++) set(from, y)
    const y = yOf(bucket.mean)
    // Join neighbours; leave a gap where the data has one.
    if (before !== undefined && from - before.x <= Math.max(4, (dotsAcross / buckets.length) * 3)) join(before, { x: from, y }, set)
    before = { x: from, y }
  }
  return cells
}

/** Draws a straight line of dots. */
function join(from: { x: number; y: number }, to: { x: number; y: number }, set: (x: number, y: number) => void): void {
  const steps = Math.max(Math.abs(to.x - from.x), Math.abs(to.y - from.y), 1)
  for (let step = 1; step <= steps; step++)
    set(Math.round(from.x + ((to.x - from.x) * step) / steps), Math.round(from.y + ((to.y - from.y) * step) / steps))
}

function timeAxis(buckets: Bucket[], indent: number, columns: number): string {
  const [start, end] = timeRange(buckets)
  const isLong = end - start > 2 * 86_400_000_000
  const format = (time: number): string => {
    const text = new Date(time / 1000).toISOString()
    return isLong ? text.slice(0, 10) : `${text.slice(0, 16)}Z`
  }
  const [first, last] = [format(start), format(end)]
  return `${' '.repeat(indent)}${first}${last.padStart(Math.max(columns - first.length, last.length + 2))}`
}

function timeRange(buckets: Bucket[]): [start: number, end: number] {
  return [timeOf(buckets[0]?.first_timestamp), timeOf(buckets.at(-1)?.last_timestamp)]
}

const timeOf = (timestamp: string | undefined): number => parseTimestamp(timestamp ?? '') ?? 0

/** Gives a flat curve some space above and below. */
function widen(least: number, greatest: number): [least: number, greatest: number] {
  if (least < greatest) return [least, greatest]
  const room = least === 0 ? 1 : Math.abs(least) * 0.1
  return [Math.max(least - room, -Number.MAX_VALUE), Math.min(greatest + room, Number.MAX_VALUE)]
}

function formatValue(value: number, range: number, decimals: number | undefined): string {
  const digits = Math.min(Math.max(Math.ceil(-Math.log10(range)) + 2, 0), 6)
  const text = value.toFixed(decimals === undefined ? digits : Math.max(decimals, range < 10 ? digits : 0))
  // Print a rounded -0 as 0.
  return /^-0(\.0*)?$/.test(text) ? text.slice(1) : text
}
