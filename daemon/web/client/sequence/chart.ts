/** A chart of sequences that follows the newest values and can be moved through time. Its state is in the address. */
import { appendValue, type Point } from '../../shared/chart-points.ts'
import type { Show } from '../../shared/chart-shows.ts'
import {
  GRACE,
  clampSpan,
  followSpan,
  moveSpan,
  parseChartState,
  placeOf,
  withLine,
  withoutLine,
  writeChartState,
  zoomSpan,
  type ChartAxis,
  type ChartState,
  type Span,
} from '../../shared/chart-state.ts'
import { calendarSpan, isCalendar, moveWindow } from '../../shared/chart-windows.ts'
import { formatAge, formatValue } from '../../shared/format.ts'
import type { ZoneChoice } from '../../shared/zone-choice.ts'
import { need } from '../dom.ts'
import type { ValueMessage } from '../live.ts'
import { toastError } from '../toasts.ts'
import { fetchNewest, nameOf, type Line } from './chart-data.ts'
import { Drawing } from './chart-drawing.ts'
import type { ChartAlerts } from '../../shared/chart-alerts.ts'
import { showLegend, showReading } from './chart-legend.ts'
import { ChartLines } from './chart-lines.ts'
import { ChartLive } from './chart-live.ts'
import { describeChart } from './chart-note.ts'
import { ChartTable } from './chart-table.ts'
import { goAlong } from './moves.ts'
import { showNewest } from './newest.ts'
import { resolveZone } from './zone.ts'

/** What the server passes about the page's own sequence. */
export interface ChartPage {
  path: string
  /** The server's clock, in milliseconds. */
  now: number
  units?: string
  decimals?: number
  /** Seconds; null if it has no value. */
  newest: number | null
  /** Seconds that its newest values fill; null if it has none. */
  filled: number | null
  /** Default time zone; missing: the browser's own. */
  timezone?: string
  siblings: string[]
  /** Where the visitor may note: the sequence itself, then the folders above it. */
  notePlaces: string[]
  alerts?: ChartAlerts
  canSearch: boolean
}

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
    const main: Line = {
      path: page.path,
      name: nameOf(page.path),
      units: page.units,
      decimals: page.decimals,
      newest: page.newest ?? undefined,
      points: [],
      show: this.state.shows[0] ?? '',
    }
    this.#lines = new ChartLines(main)
    this.span = this.#wanted()
    this.#drawing = new Drawing(
      need('#chart', HTMLElement),
      {
        onSelect: (span) => this.show(span),
        onCursor: (points) => this.#read(points),
        onDoubleClick: (time) => this.zoom(2, time),
      },
      page.alerts,
    )
    setInterval(() => this.#tick(), TICK_MS)
  }

  /** What is noted between two times, in seconds; '' when nothing is. */
  noteAt: (from: number, to: number) => string = () => ''

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
  async toggle(path: string): Promise<void> {
    const { hidden } = this.state
    const at = placeOf(this.state, path)
    this.state = {
      ...this.state,
      hidden: hidden.includes(at) ? hidden.filter((other) => other !== at) : [...hidden, at].sort((a, b) => a - b),
    }
    this.#apply()
    this.#draw()
    return Promise.resolve()
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
    const { span, range } = this.state
    if (span) return span
    if (isCalendar(range)) return calendarSpan(range, this.now, this.zone)
    const { filled } = this.#page
    return followSpan(range, { now: this.now, newest: this.#lines.newest, first: this.#lines.first, filled: filled ?? undefined })
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
      toggle: (path) => void this.toggle(path),
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

  /** Puts the state into the address and the page's controls. */
  #tell(): void {
    const query = writeChartState(this.state)
    history.replaceState(null, '', query === '' ? location.pathname : `${location.pathname}?${query}`)
    const newest = this.#lines.newest
    const empty = need('#chart-empty', HTMLElement)
    const hasShown = Number(need('#chart-card', HTMLElement).dataset['points'] ?? '0') > 0
    empty.hidden = hasShown || this.#loading === undefined
    empty.textContent =
      newest === undefined
        ? 'No values yet. The first one shows up here by itself as soon as it comes.'
        : `There are no values in this time. The newest came ${formatAge(newest * 1000, this.now * 1000)}.`
    document.dispatchEvent(new CustomEvent('chart-changed'))
  }

  /** After a loss of connection: updates the newest values, and fetches the span again. */
  async #catchUp(): Promise<void> {
    document.dispatchEvent(new CustomEvent('chart-stale'))
    this.#table.forget()
    for (const line of this.lines) {
      const newest = await fetchNewest(line.path)
      if (!newest) continue
      line.newest = newest.last_timestamp
      if (line.path === this.#page.path) this.#showNewest(new Date(newest.last_timestamp * 1000).toISOString(), newest.mean)
    }
    await this.#follow()
  }

  #showNewest(timestamp: string, value: number): void {
    const { decimals, units } = this.#page
    showNewest(
      timestamp,
      formatValue(value, { ...(decimals === undefined ? {} : { decimals }), ...(units === undefined ? {} : { units }) }),
    )
  }

  /** Shows values that arrived. */
  #take(values: readonly ValueMessage[]): void {
    let isLate = false
    let isShown = false
    for (const { name, timestamp, value } of values) {
      const line = this.lines.find(({ path }) => path === name)
      const number = Number(value)
      if (!line || value === undefined || !Number.isFinite(number)) continue
      const time = Date.parse(timestamp) / 1000
      // What is to come hides nothing that is there.
      const isAhead = time > this.now + GRACE
      if (line.newest === undefined || (time >= line.newest && !isAhead)) {
        line.newest = time
        if (name === this.#page.path) this.#showNewest(timestamp, number)
      }
      // While a span in the past is shown, new values are not.
      if (this.state.span && (time < this.span.from || time > this.span.to)) continue
      isShown = true
      this.#table.add(name, time, number)
      if (this.#lines.isMade(line) || !appendValue(line.points, time, number)) isLate = true
    }
    if (!isShown) return this.#tell()
    if (!this.state.span) this.span = this.#wanted()
    if (isLate || this.lines.some(({ points }) => points.length > this.#drawing.room * 3)) this.#settle()
    else this.#draw()
  }

  #tick(): void {
    if (this.state.span || document.visibilityState !== 'visible' || this.lines.every(({ points }) => points.length === 0)) return
    this.span = this.#wanted()
    this.#drawing.move(this.span)
  }
}
