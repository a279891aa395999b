/** A chart of sequences that follows the newest values and can be moved through time. Its state is in the address. */
import type { Point } from '../../shared/chart-points.ts'
import type { Show } from '../../shared/chart-shows.ts'
import {
  clampSpan,
  moveSpan,
  parseChartState,
  withLine,
  withToggled,
  withoutLine,
  zoomSpan,
  type ChartAxis,
  type ChartState,
  type Span,
} from '../../shared/chart-state.ts'
import { moveWindow, wantedSpan } from '../../shared/chart-windows.ts'
import type { PictureStrip } from '../../shared/chart-svg.ts'
import { formatValue } from '../../shared/format.ts'
import type { ZoneChoice } from '../../shared/zone-choice.ts'
import { need } from '../dom.ts'
import type { ValueMessage } from '../live.ts'
import { toastError } from '../toasts.ts'
import { takeValues } from './chart-arrivals.ts'
import type { Line } from './chart-data.ts'
import { Drawing } from './chart-drawing.ts'
import { showLegend, showReading } from './chart-legend.ts'
import { ChartLines } from './chart-lines.ts'
import { ChartLive } from './chart-live.ts'
import { describeChart } from './chart-note.ts'
import { alertsOf, lineOf, type ChartPage } from './chart-page.ts'
import { ChartTable } from './chart-table.ts'
import { tellChart } from './chart-told.ts'
import { goAlong } from './moves.ts'
import { showNewest } from './newest.ts'
import { resolveZone } from './zone.ts'

/** Milliseconds after the last move before finer data is requested. */
const SETTLE_MS = 150
/** How often a following chart moves without a value, in milliseconds. */
const TICK_MS = 5_000

export class Chart {
  state: ChartState
  span: Span
  readonly #page: ChartPage
  readonly #drawing: Drawing
  /** Milliseconds that the server's clock is ahead of the browser's. */
  readonly #ahead: number
  readonly #lines: ChartLines
  #settling: number | undefined
  #loading: AbortController | undefined
  /** Seconds that one point of the present data may summarize. */
  #stretch = 0
  readonly #live = new ChartLive({
    onValues: (values) => this.#take(values),
    onGap: () => void this.#catchUp().catch(toastError),
    onRemoved: (path) => {
      if (path === this.#page.path || this.state.others.includes(path)) this.#catchUp().catch(toastError)
    },
    onMoved: (move) => goAlong(this.#page.path, move),
  })
  readonly #table = new ChartTable(need('#table', HTMLElement))

  constructor(page: ChartPage) {
    this.#page = page
    this.#ahead = page.now - Date.now()
    this.state = parseChartState(new URLSearchParams(location.search))
    const own = lineOf(page, this.state.shows[0] ?? '')
    this.#lines = new ChartLines(own)
    this.span = this.#wanted()
    this.#drawing = new Drawing(
      need('#chart', HTMLElement),
      {
        onSelect: (span) => this.show(span),
        onCursor: (points) => this.#read(points),
        onDoubleClick: (time) => this.zoom(2, time),
      },
      alertsOf(page, own),
    )
    setInterval(() => this.#tick(), TICK_MS)
  }

  /** What is noted between two times, in seconds; '' when nothing is. */
  noteAt: (from: number, to: number) => string = () => ''

  /** The strips below the chart, for a picture of it. */
  drawnStrips: () => PictureStrip[] = () => []

  get drawing(): Drawing {
    return this.#drawing
  }

  get paths(): string[] {
    return this.#lines.paths
  }

  get lines(): readonly Line[] {
    return this.#lines.all
  }

  /** Paths of text sequences, which are strips below the chart. */
  get strips(): readonly string[] {
    return this.#lines.strips
  }

  /** Seconds that one point of the present data may summarize. */
  get stretch(): number {
    return this.#stretch
  }

  /** Fetches the data that is shown first. */
  async start(): Promise<void> {
    await this.#bringIn()
    await this.#follow()
  }

  /** Adds another sequence to the chart. */
  async add(path: string): Promise<void> {
    if (path === this.#page.path || this.state.others.includes(path) || !(await this.#lines.find(path))) return
    await this.#change(withLine(this.state, path))
  }

  async remove(path: string): Promise<void> {
    await this.#change(withoutLine(this.state, path))
  }

  /** Chooses a range that follows the newest value. */
  async choose(range: string): Promise<void> {
    await this.#change({ range, span: undefined })
  }

  /** Shows or hides a line. */
  toggle(path: string): void {
    this.state = withToggled(this.state, path)
    this.#apply()
    this.#draw()
  }

  /** How lines are shown, by their paths, and the first axis. */
  async display(shows: ReadonlyMap<string, Show>, axis: ChartAxis): Promise<void> {
    await this.#change({ shows: [this.#page.path, ...this.state.others].map((path) => shows.get(path) ?? ''), axis })
  }

  /** Time zone of the chart. */
  get zone(): string {
    return resolveZone(this.state.zone, this.#page.timezone)
  }

  async setZone(zone: ZoneChoice): Promise<void> {
    await this.#change({ zone })
  }

  async setTable(table: ChartState['table']): Promise<void> {
    await this.#change({ table })
  }

  async toggleStatistics(): Promise<void> {
    await this.#change({ hasStatistics: !this.state.hasStatistics })
  }

  /** A limit for the statistics. */
  async setLimit(which: 'above' | 'below', limit: number | undefined): Promise<void> {
    await this.#change({ [which]: limit })
  }

  /** Shows a fixed span: at once with the present data, and finer when that has been fetched. */
  show(span: Span): void {
    this.state = { ...this.state, span: clampSpan(span) }
    this.span = this.#wanted()
    this.#drawing.move(this.span)
    this.#settle()
  }

  zoom(factor: number, at?: number): void {
    this.show(zoomSpan(this.span, factor, at))
  }

  move(part: number): void {
    this.show(moveSpan(this.span, part))
  }

  /** To the window before (-1) or after (1): a whole day where one is shown, else as long as this one. */
  step(direction: 1 | -1): void {
    this.show(moveWindow(this.span, direction, this.zone))
  }

  toNewest(): void {
    const length = this.span.to - this.span.from
    const newest = this.#lines.newest
    if (this.state.span && newest !== undefined) this.show({ from: newest - length * 0.98, to: newest + length * 0.02 })
  }

  /** Shows the first values, with a span of the same length. */
  async toOldest(): Promise<void> {
    const length = this.span.to - this.span.from
    await this.#lines.fetchExtents()
    const first = this.#lines.first
    if (first !== undefined) this.show({ from: first - length * 0.02, to: first + length * 0.98 })
  }

  /** Moves the cursor to the next value, for keys. */
  read(direction: 1 | -1): void {
    if (this.#drawing.step(direction) === undefined) return
    const place = need('#reading', HTMLElement)
    place.textContent = this.#note
  }

  /** Call it when colours or size have changed. */
  renew(): void {
    this.#drawing.renew(this.lines, this.zone)
  }

  #note = ''

  /** Makes the chart's lines and axis what the state says. */
  async #bringIn(): Promise<void> {
    this.state = await this.#lines.bringIn(this.state)
    this.#live.hear([...this.paths, ...this.strips])
    this.#apply()
  }

  #apply(): void {
    this.#lines.apply(this.state)
    this.#drawing.axis = this.state.axis
  }

  async #change(part: Partial<ChartState>): Promise<void> {
    this.state = { ...this.state, ...part }
    this.#table.forget()
    await this.#bringIn()
    await this.#follow()
  }

  /** Shows what the state says, from the server. */
  async #follow(): Promise<void> {
    if (this.state.range === 'all' && !this.state.span) await this.#lines.fetchExtents().catch(toastError)
    this.span = this.#wanted()
    await this.load()
  }

  /** The server's clock, in seconds. */
  get now(): number {
    return (Date.now() + this.#ahead) / 1000
  }

  #wanted(): Span {
    const { newest, first } = this.#lines
    return wantedSpan(this.state, { now: this.now, zone: this.zone, newest, first, filled: this.#page.filled ?? undefined })
  }

  #settle(): void {
    clearTimeout(this.#settling)
    this.#settling = setTimeout(() => void this.load(), SETTLE_MS)
    this.#tell()
  }

  /** Fetches the data of the span; cancels an earlier request. */
  async load(): Promise<void> {
    clearTimeout(this.#settling)
    this.#loading?.abort()
    const loading = new AbortController()
    this.#loading = loading
    const card = need('#chart-card', HTMLElement)
    card.dataset['state'] = 'loading'
    const { span } = this
    const { room } = this.#drawing
    try {
      if (!(await this.#lines.load(span, room, loading.signal))) return
      this.#stretch = (span.to - span.from) / room
      this.#draw()
      card.dataset['state'] = 'ready'
    } catch (error) {
      if (loading.signal.aborted) return
      card.dataset['state'] = 'failed'
      toastError(error)
      this.#tell()
    }
  }

  #draw(): void {
    this.#drawing.draw(this.lines, this.span, this.#stretch, this.zone)
    const { others, leftOut } = this.state
    const wanted = 1 + others.length + leftOut.length - this.strips.length
    showLegend(need('#legend', HTMLElement), this.lines, this.#page.path, wanted, {
      remove: (path) => void this.remove(path),
      toggle: (path) => this.toggle(path),
      point: (at) => this.#drawing.highlight(at),
    })
    this.showNotes()
    this.#read(undefined)
    this.#tell()
  }

  /** Shows the table with the notes that are known by now. */
  showNotes(): void {
    const { table, span, range } = this.state
    const lines = this.lines.filter(({ isHidden }) => isHidden !== true)
    const view = { lines, span: this.span, zone: this.zone, noteAt: this.noteAt, range: span ? '' : range }
    if (table === 'summaries') this.#table.showSummaries(view)
    if (table === 'values') this.#table.showValues(view).catch(toastError)
  }

  #read(points: readonly (Point | undefined)[] | undefined): void {
    this.#note = showReading(need('#legend', HTMLElement), this.lines, points, this.span, this.zone)
    need('#chart-note', HTMLElement).textContent =
      this.#note === '' ? describeChart(this.lines, this.span, this.#stretch, this.zone) : this.#note
  }

  #tell(): void {
    tellChart({
      state: this.state,
      newest: this.#lines.newest,
      isMasked: this.#page.isMasked,
      now: this.now,
      hasAsked: this.#loading !== undefined,
    })
  }

  /** After a loss of connection: updates the newest values, and fetches the span again. */
  async #catchUp(): Promise<void> {
    document.dispatchEvent(new CustomEvent('chart-stale'))
    this.#table.forget()
    const newest = await this.#lines.renewNewest()
    if (newest) this.#showNewest(new Date(newest.last_timestamp * 1000).toISOString(), newest.mean)
    await this.#follow()
  }

  #showNewest(timestamp: string, value: number): void {
    showNewest(timestamp, formatValue(value, this.lines[0]))
  }

  /** Shows values that arrived. */
  #take(values: readonly ValueMessage[]): void {
    const { span } = this.state
    const { isShown, isLate } = takeValues(values, {
      lines: this.lines,
      span,
      now: this.now,
      isMade: (line) => this.#lines.isMade(line),
      onNewest: (line, timestamp, value) => {
        if (line.path === this.#page.path) this.#showNewest(timestamp, value)
      },
      onShown: ({ path }, time, value) => this.#table.add(path, time, value),
    })
    if (!isShown) return this.#tell()
    if (!span) this.span = this.#wanted()
    if (isLate || this.lines.some(({ points }) => points.length > this.#drawing.room * 3)) this.#settle()
    else this.#draw()
  }

  #tick(): void {
    if (this.state.span || document.visibilityState !== 'visible' || this.lines.every(({ points }) => points.length === 0)) return
    this.span = this.#wanted()
    this.#drawing.move(this.span)
  }
}
