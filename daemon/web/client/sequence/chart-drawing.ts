/** Draws lines with their bands on a canvas, using uPlot. */
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { alignPoints, type Aligned, type Point } from '../../shared/chart-points.ts'
import type { Span } from '../../shared/chart-state.ts'
import { formatNumber, showUnits } from '../../shared/format.ts'
import type { Line } from './chart-data.ts'
import type { ChartAlerts } from '../../shared/chart-alerts.ts'
import { drawAlerts, withLimits } from './chart-limits.ts'
import { clockDate, ticksOf } from '../../shared/time-axis.ts'

export interface DrawingEvents {
  /** A span was selected by dragging. */
  onSelect: (span: Span) => void
  /** Values at the cursor, one for each line; undefined: the cursor has left. */
  onCursor: (points: (Point | undefined)[] | undefined) => void
  onDoubleClick: (time: number) => void
}

const NARROW = 560
const [TALL, LOW] = [380, 280]
/** Minimum width of a selection that zooms, in pixels; less is a click. */
const LEAST_SELECTION = 8
/** Opacity of the band and of its edges, as two hex digits. One value that stands out in a bucket is a thin peak of an edge. */
const BAND = '26'
const EDGE = '99'

const FIRST_SCALE = 'y0'

/** Formats of times, by the smallest distance of labels for which they are used. See uPlot's axis.values. */
const TIMES: (string | number | null)[][] = [
  [365 * 86_400, '{YYYY}', null, null, null, null, null, null, 1],
  [28 * 86_400, '{MMM}', '\n{YYYY}', null, null, null, null, null, 1],
  [86_400, '{D} {MMM}', '\n{YYYY}', null, null, null, null, null, 1],
  [60, '{HH}:{mm}', '\n{D} {MMM} {YYYY}', null, '\n{D} {MMM}', null, null, null, 1],
  [1, '{HH}:{mm}:{ss}', '\n{D} {MMM} {YYYY}', null, '\n{D} {MMM}', null, null, null, 1],
  [0.001, ':{ss}.{fff}', '\n{D} {MMM} {YYYY} {HH}:{mm}', null, '\n{D} {MMM} {HH}:{mm}', null, '\n{HH}:{mm}', null, 1],
]

export class Drawing {
  readonly #place: HTMLElement
  readonly #events: DrawingEvents
  readonly #alerts: ChartAlerts
  #plot: uPlot | undefined
  #aligned: Aligned = { times: [], lines: [] }
  #span: Span = { from: 0, to: 1 }
  /** What the plot was made for: when that changes, a new one is made. */
  #made = ''

  /** @param alerts of the first line */
  constructor(place: HTMLElement, events: DrawingEvents, alerts: ChartAlerts = { limits: [], stretches: [] }) {
    this.#place = place
    this.#events = events
    this.#alerts = alerts
  }

  /** Number of points that the chart has room for. */
  get room(): number {
    return Math.max(200, Math.round(this.#place.clientWidth))
  }

  /** @param stretch seconds that one point may summarize */
  draw(lines: readonly Line[], span: Span, stretch: number, zone: string): void {
    this.#aligned = alignPoints(
      lines.map(({ points }) => points),
      stretch,
    )
    this.#span = span
    const wanted = JSON.stringify([lines.map(({ path, units }) => [path, units]), zone])
    if (!this.#plot || wanted !== this.#made) {
      this.#made = wanted
      this.#make(lines, zone)
    } else this.#plot.setData(this.#data())
  }

  /** Moves to another span, with the present data. */
  move(span: Span): void {
    this.#span = span
    this.#plot?.setScale('x', { min: span.from, max: span.to })
  }

  /** Call it when colours or size have changed. */
  renew(lines: readonly Line[], zone: string): void {
    if (this.#plot) this.#make(lines, zone)
  }

  resize(width = this.#place.clientWidth): void {
    if (width > 0) this.#plot?.setSize({ width, height: width < NARROW ? LOW : TALL })
  }

  get over(): HTMLElement | undefined {
    return this.#plot?.over
  }

  /** @param x pixels from the left of the plotting area */
  timeAt(x: number): number {
    return this.#plot?.posToVal(x, 'x') ?? 0
  }

  /** Pixels from the left of the plotting area. */
  leftOf(time: number): number {
    return this.#plot?.valToPos(time, 'x') ?? 0
  }

  /** Moves the cursor to the next or previous time with a value. @returns that time */
  step(direction: 1 | -1): number | undefined {
    const plot = this.#plot
    if (!plot) return undefined
    const { times, lines } = this.#aligned
    let at = plot.cursor.idx ?? (direction > 0 ? -1 : times.length)
    do at += direction
    while (
      at >= 0 &&
      at < times.length &&
      !(lines.some((line) => line.at[at]) && (times[at] ?? 0) >= this.#span.from && (times[at] ?? 0) <= this.#span.to)
    )
    const time = times[at]
    if (time === undefined) return undefined
    plot.setCursor({ left: plot.valToPos(time, 'x'), top: plot.over.clientHeight / 2 })
    return time
  }

  #data(): uPlot.AlignedData {
    return [this.#aligned.times, ...this.#aligned.lines.flatMap(({ mean, min, max }) => [mean, min, max])] as uPlot.AlignedData
  }

  #make(lines: readonly Line[], zone: string): void {
    this.#plot?.destroy()
    const width = Math.max(this.#place.clientWidth, 200)
    this.#plot = new uPlot(this.#options(lines, zone, width), this.#data(), this.#place)
  }

  #options(lines: readonly Line[], zone: string, width: number): uPlot.Options {
    const colours = lines.map((_, at) => colourOf(this.#place, `--series-${at + 1}`))
    const [text, grid] = [colourOf(this.#place, '--muted'), colourOf(this.#place, '--line')]
    const scales = scalesOf(lines)
    const font = '12px system-ui, sans-serif'
    const axis = { stroke: text, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1, size: 5 }, font }
    return {
      width,
      height: width < NARROW ? LOW : TALL,
      tzDate: (time) => clockDate(zone, time),
      legend: { show: false },
      scales: {
        x: { time: true, range: () => [this.#span.from, this.#span.to] },
        ...Object.fromEntries(scales.map(({ key }) => [key, { range: this.#rangeOf(key) }])),
      },
      axes: [
        { ...axis, values: TIMES, space: 70, splits: (_, __, from, to, step) => ticksOf(zone, from, to, step) },
        ...scales.slice(0, 2).map(({ key, units }, at) => ({
          ...axis,
          scale: key,
          side: at === 0 ? 3 : 1,
          // Grid lines of the second axis would cross those of the first.
          grid: { ...axis.grid, show: at === 0 },
          values: (_: uPlot, splits: number[]) => splits.map((value) => formatNumber(value)),
          size: (_: uPlot, values: string[] | null) => 16 + Math.max(24, ...(values ?? []).map((value) => value.length * 7.2)),
          ...(units === '' ? {} : { label: showUnits(units), labelSize: 20, labelFont: font, labelGap: 0 }),
        })),
      ],
      series: [{}, ...lines.flatMap(({ units }, at) => this.#seriesOf(at, keyOf(scales, units), colours[at] ?? text))],
      bands: lines.map((_, at) => ({ series: [3 * at + 3, 3 * at + 2], fill: `${colours[at] ?? ''}${BAND}` })),
      cursor: {
        y: false,
        drag: { x: true, y: false, setScale: false },
        points: { size: (_, series) => (series % 3 === 1 ? 9 : 0) },
        bind: {
          // With Shift, dragging moves the chart (see chart-gestures.ts).
          mousedown: (_, __, handler) => (event) => (event.shiftKey ? null : handler(event)),
          dblclick: (plot) => (event) => {
            this.#events.onDoubleClick(plot.posToVal(event.offsetX, 'x'))
            return null
          },
        },
      },
      hooks: {
        drawClear: [(plot) => drawAlerts(plot, this.#alerts, FIRST_SCALE, colourOf(this.#place, '--danger'), Date.now() / 1000)],
        setSelect: [(plot) => this.#select(plot)],
        setCursor: [(plot) => this.#point(plot)],
        draw: [() => void this.#place.dispatchEvent(new CustomEvent('chart-drawn'))],
      },
    }
  }

  /** Limits are those of the first line, which has the first scale. */
  #rangeOf(key: string): (plot: uPlot, min: number | null, max: number | null) => [number, number] {
    const limits = key === FIRST_SCALE ? this.#alerts.limits : []
    return (plot, min, max) => rangeOf(plot, ...withLimits(min, max, limits))
  }

  #seriesOf(at: number, scale: string, colour: string): uPlot.Series[] {
    const edge: uPlot.Series = { scale, stroke: `${colour}${EDGE}`, width: 1, points: { show: false } }
    return [
      { scale, stroke: colour, width: 1.75, points: { filter: (_, __, show) => (show ? null : this.#alone(at)), size: 5, fill: colour } },
      edge,
      { ...edge },
    ]
  }

  /** Indexes of values between two gaps, to which no line leads. */
  #alone(at: number): number[] {
    const mean = this.#aligned.lines[at]?.mean ?? []
    const known = [...mean.keys()].filter((index) => mean[index] !== undefined)
    return known.filter(
      (index, place) =>
        mean[index] !== null && (mean[known[place - 1] ?? -1] ?? null) === null && (mean[known[place + 1] ?? -1] ?? null) === null,
    )
  }

  #select(plot: uPlot): void {
    const { left, width } = plot.select
    if (width < LEAST_SELECTION) return
    const span = { from: plot.posToVal(left, 'x'), to: plot.posToVal(left + width, 'x') }
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
    this.#events.onSelect(span)
  }

  #point(plot: uPlot): void {
    const { idx, idxs, left } = plot.cursor
    if (idx === null || idx === undefined || left === undefined || left < 0) return this.#events.onCursor(undefined)
    this.#events.onCursor(this.#aligned.lines.map(({ at }, line) => at[idxs?.[3 * line + 1] ?? idx]))
  }
}

interface AxisScale {
  readonly key: string
  readonly units: string
}

/** One scale for each unit; the first two have an axis. */
export const scalesOf = (lines: readonly Line[]): AxisScale[] =>
  [...new Set(lines.map(({ units }) => units ?? ''))].map((units, at) => ({ key: `y${at}`, units }))
const keyOf = (scales: readonly AxisScale[], units: string | undefined): string =>
  scales.find((scale) => scale.units === (units ?? ''))?.key ?? 'y0'

function rangeOf(_: uPlot, min: number | null, max: number | null): [number, number] {
  if (min === null || max === null) return [0, 1]
  // A constant line is in the middle.
  if (min === max) return [min - Math.max(Math.abs(min) / 10, 0.5), max + Math.max(Math.abs(max) / 10, 0.5)]
  const [low, high] = uPlot.rangeNum(min, max, 0.1, false)
  return [low ?? min, high ?? max]
}

const hex = (part: string): string => Math.round(Number(part)).toString(16).padStart(2, '0')

/** A token's colour in the current theme, as `#rrggbb`. */
export function colourOf(place: HTMLElement, token: string): string {
  const probe = document.createElement('span')
  probe.style.color = `var(${token})`
  place.append(probe)
  const [red = '0', green = '0', blue = '0'] = getComputedStyle(probe).color.match(/[\d.]+/g) ?? []
  probe.remove()
  return `#${hex(red)}${hex(green)}${hex(blue)}`
}
