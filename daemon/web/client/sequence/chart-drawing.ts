/** Draws lines with their bands on a canvas, using uPlot. */
import uPlot from 'uplot'
import { alignPoints, fixRange, type Aligned, type Point } from '../../shared/chart-points.ts'
import { COLOURS, formOf, unitsOf, type Form } from '../../shared/chart-shows.ts'
import type { ChartAxis, Span } from '../../shared/chart-state.ts'
import type { ChartPicture } from '../../shared/chart-svg.ts'
import { formatNumber, showUnits } from '../../shared/format.ts'
import { colourOf } from './chart-colours.ts'
import type { Line } from './chart-data.ts'
import type { ChartAlerts } from '../../shared/chart-alerts.ts'
import { drawAlerts, withLimits } from './chart-limits.ts'
import { divisorsOf, fitColumn, keyOf, rangeOf, scalesOf, undivided } from './chart-scales.ts'
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
/** Opacity of the other lines while one is pointed at. */
const FAINT = 0.2
const DASHES = [7, 4]

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
  readonly #heightOf: (width: number) => number
  #plot: uPlot | undefined
  #aligned: Aligned = { times: [], lines: [] }
  #span: Span = { from: 0, to: 1 }
  /** By scale, what its values are divided by where they are drawn; see {@link divisorsOf}. */
  #divisors: ReadonlyMap<string, number> = new Map()
  /** What the plot was made for: when that changes, a new one is made. */
  #made = ''
  #lines: readonly Line[] = []
  /** How each line is drawn. */
  #forms: readonly Form[] = []
  /** Where the axes have labels. */
  readonly #ticks = new Map<string, number[]>()
  /** The first axis; set it before the chart is drawn. */
  axis: ChartAxis = { min: undefined, max: undefined, isLog: false }

  /** @param alerts of the first line @param heightOf the height for a width, in pixels */
  constructor(
    place: HTMLElement,
    events: DrawingEvents,
    alerts: ChartAlerts = { limits: [], stretches: [] },
    heightOf = (width: number): number => (width < NARROW ? LOW : TALL),
  ) {
    this.#place = place
    this.#events = events
    this.#alerts = alerts
    this.#heightOf = heightOf
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
    this.#divisors = divisorsOf(lines, this.#aligned, [this.axis.min, this.axis.max])
    this.#lines = lines
    this.#forms = lines.map(({ show = '', points }) => formOf(show, points))
    const wanted = JSON.stringify([
      lines.map(({ path, units, show, isHidden }) => [path, units, show, isHidden]),
      this.#forms,
      zone,
      [this.axis.min, this.axis.max, this.axis.isLog, ...this.#divisors.values()],
    ])
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

  resize(): void {
    const width = this.#place.clientWidth
    if (width > 0) this.#plot?.setSize({ width, height: this.#heightOf(width) })
  }

  /** Makes all lines but one faint. @param at undefined: none is */
  highlight(at: number | undefined): void {
    const plot = this.#plot
    if (!plot) return
    for (const [place, series] of plot.series.entries())
      series.alpha = at === undefined || place === 0 || Math.floor((place - 1) / 3) === at ? 1 : FAINT
    plot.redraw(false, false)
  }

  /** What is drawn, as plain data, for a file; undefined before there is anything. */
  picture(zone: string): ChartPicture | undefined {
    const plot = this.#plot
    if (!plot) return undefined
    const scales = scalesOf(this.#lines)
    const ends = (key: string): { min: number; max: number } => {
      const { min = 0, max = 1 } = plot.scales[key] ?? {}
      return { min: undivided(min, this.#divisor(key)), max: undivided(max, this.#divisor(key)) }
    }
    return {
      span: this.#span,
      zone,
      times: this.#aligned.times,
      ticks: this.#ticks.get('x') ?? [],
      scales: scales.map(({ key, units }) => ({ ...ends(key), units: showUnits(units), ticks: this.#ticks.get(key) ?? [] })),
      isLog: this.axis.isLog,
      lines: this.#lines.flatMap((line, at) => {
        const columns = this.#aligned.lines[at]
        const scale = scales.findIndex(({ units }) => units === (unitsOf(line.show ?? '', line.units) ?? ''))
        if (!columns || line.isHidden === true) return []
        const { colour, isDashed } = this.#lookOf(at)
        return [{ name: line.name, colour, isDashed, scale, form: this.#forms[at] ?? 'line', ...columns }]
      }),
      alerts: this.#alerts,
      colours: {
        text: colourOf(this.#place, '--text'),
        muted: colourOf(this.#place, '--muted'),
        grid: colourOf(this.#place, '--line'),
        ground: colourOf(this.#place, '--surface'),
        danger: colourOf(this.#place, '--danger'),
      },
    }
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

  get #drawnAlerts(): ChartAlerts {
    return { ...this.#alerts, limits: this.#alerts.limits.map((limit) => limit / this.#divisor(FIRST_SCALE)) }
  }

  #divisor(key: string): number {
    return this.#divisors.get(key) ?? 1
  }

  #data(): uPlot.AlignedData {
    const scales = scalesOf(this.#lines)
    const columns = this.#aligned.lines.flatMap(({ mean, min, max }, at) => {
      const { show = '', units } = this.#lines[at] ?? {}
      const divisor = this.#divisor(keyOf(scales, unitsOf(show, units)))
      return [mean, min, max].map((column) => fitColumn(column, divisor, this.axis.isLog))
    })
    return [this.#aligned.times, ...columns] as uPlot.AlignedData
  }

  #make(lines: readonly Line[], zone: string): void {
    this.#plot?.destroy()
    const width = Math.max(this.#place.clientWidth, 200)
    this.#plot = new uPlot(this.#options(lines, zone, width), this.#data(), this.#place)
  }

  #options(lines: readonly Line[], zone: string, width: number): uPlot.Options {
    const looks = lines.map((_, at) => this.#lookOf(at))
    const [text, grid] = [colourOf(this.#place, '--muted'), colourOf(this.#place, '--line')]
    // To ask for a colour with each drawing would have the browser find all styles again.
    const danger = colourOf(this.#place, '--danger')
    const scales = scalesOf(lines)
    const font = '12px system-ui, sans-serif'
    const axis = { stroke: text, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1, size: 5 }, font }
    return {
      width,
      height: this.#heightOf(width),
      tzDate: (time) => clockDate(zone, time),
      legend: { show: false },
      scales: {
        x: { time: true, range: () => [this.#span.from, this.#span.to] },
        ...Object.fromEntries(scales.map(({ key }) => [key, { range: this.#rangeOf(key), distr: this.axis.isLog ? 3 : 1 }])),
      },
      axes: [
        { ...axis, values: TIMES, space: 70, splits: (_, __, from, to, step) => this.#keepTicks('x', ticksOf(zone, from, to, step)) },
        ...scales.slice(0, 2).map(({ key, units }, at) => ({
          ...axis,
          scale: key,
          side: at === 0 ? 3 : 1,
          // Grid lines of the second axis would cross those of the first.
          grid: { ...axis.grid, show: at === 0 },
          values: (_: uPlot, splits: (number | null)[]) => {
            const ticks = splits.map((value) => (value === null ? null : value * this.#divisor(key)))
            this.#keepTicks(key, ticks.filter((value) => value !== null && Number.isFinite(value)) as number[])
            return ticks.map((value) => (value === null || !Number.isFinite(value) ? '' : formatNumber(value)))
          },
          size: (_: uPlot, values: string[] | null) => 16 + Math.max(24, ...(values ?? []).map((value) => value.length * 7.2)),
          ...(units === '' ? {} : { label: showUnits(units), labelSize: 20, labelFont: font, labelGap: 0 }),
        })),
      ],
      series: [{}, ...lines.flatMap((line, at) => this.#seriesOf(at, line, keyOf(scales, unitsOf(line.show ?? '', line.units))))],
      bands: lines.map((_, at) => ({ series: [3 * at + 3, 3 * at + 2], fill: `${looks[at]?.colour ?? ''}${BAND}` })),
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
        drawClear: [(plot) => drawAlerts(plot, this.#drawnAlerts, FIRST_SCALE, danger, Date.now() / 1000)],
        setSelect: [(plot) => this.#select(plot)],
        setCursor: [(plot) => this.#point(plot)],
        draw: [() => void this.#place.dispatchEvent(new CustomEvent('chart-drawn'))],
      },
    }
  }

  /** Limits are those of the first line, which has the first scale. */
  #rangeOf(key: string): (plot: uPlot, min: number | null, max: number | null) => [number, number] {
    const isFirst = key === FIRST_SCALE
    const { isLog } = this.axis
    const [lowest, highest] = [this.axis.min, this.axis.max].map((end) =>
      end === undefined || !isFirst ? undefined : end / this.#divisor(key),
    )
    return (_, min, max) => {
      const [low, high] = rangeOf(...withLimits(min, max, isFirst ? this.#drawnAlerts.limits : []), isLog)
      return fixRange([low, high], lowest, highest, isLog)
    }
  }

  #seriesOf(at: number, { isHidden = false }: Line, scale: string): uPlot.Series[] {
    const { colour, isDashed } = this.#lookOf(at)
    const form = this.#forms[at]
    const base = { scale, show: !isHidden, ...(isDashed ? { dash: DASHES } : {}), ...pathsOf(form) }
    // Where no edge leads on, its ends are seen all the same: one value that stands out may be in it.
    const ends = form === 'dots' ? { show: false } : { show: () => false, filter: () => this.#aloneWithBand(at), size: 5, fill: colour }
    const edge: uPlot.Series = { ...base, stroke: `${colour}${EDGE}`, width: 1, points: ends }
    const points =
      form === 'dots'
        ? { show: true, size: 4, fill: colour }
        : { filter: (_: uPlot, __: number, show: boolean) => (show ? null : this.#alone(at)), size: 5, fill: colour }
    return [{ ...base, stroke: colour, width: 1.75, points }, edge, { ...edge }]
  }

  #lookOf(at: number): { colour: string; isDashed: boolean } {
    return { colour: colourOf(this.#place, `--series-${(at % COLOURS) + 1}`), isDashed: at >= COLOURS }
  }

  #keepTicks(axis: string, ticks: number[]): number[] {
    this.#ticks.set(axis, ticks)
    return ticks
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

  #aloneWithBand(at: number): number[] {
    const { min = [], max = [] } = this.#aligned.lines[at] ?? {}
    return this.#alone(at).filter((index) => min[index] !== max[index])
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

/** Dots have no line; steps keep a value until the next one. */
function pathsOf(form: Form | undefined): Pick<uPlot.Series, 'paths'> {
  if (form === 'dots') return { paths: () => null }
  const stepped = form === 'steps' ? uPlot.paths.stepped?.({ align: 1 }) : undefined
  return stepped ? { paths: stepped } : {}
}
