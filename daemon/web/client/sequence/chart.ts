/** A chart of sequences that follows the newest values and can be moved through time. Its state is in the address. */
import { alignPoints, appendValue, type Point } from '../../shared/chart-points.ts'
import {
  GRACE,
  clampSpan,
  followSpan,
  moveSpan,
  parseChartState,
  writeChartState,
  zoomSpan,
  type ChartState,
  type Span,
} from '../../shared/chart-state.ts'
import { formatAge, formatCount, formatValue } from '../../shared/format.ts'
import type { ZoneChoice } from '../../shared/zone-choice.ts'
import { need } from '../dom.ts'
import { listenToValues, type ValueMessage } from '../live.ts'
import { explain, toast, toastError } from '../toasts.ts'
import { fetchExtent, fetchLine, fetchNewest, fetchPoints, nameOf, type Extent, type Line } from './chart-data.ts'
import { Drawing } from './chart-drawing.ts'
import type { ChartAlerts } from '../../shared/chart-alerts.ts'
import { showLegend, showReading, showTable } from './chart-legend.ts'
import { folderOf, showNewest } from './newest.ts'
import { resolveZone, showTime } from './zone.ts'

/** What the server passes about the page's own sequence. */
export interface ChartPage {
  path: string
  /** The server's clock, in milliseconds. */
  now: number
  units?: string
  decimals?: number
  /** Seconds; null if it has no value. */
  newest: number | null
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
/** Values that arrive within this many milliseconds are shown together, since a controller may send hundreds a second. */
const BATCH_MS = 150
/** How often a following chart moves without a value, in milliseconds. */
const TICK_MS = 5_000

export class Chart {
  state: ChartState
  span: Span
  readonly #page: ChartPage
  readonly #drawing: Drawing
  /** Milliseconds that the server's clock is ahead of the browser's. */
  readonly #ahead: number
  #lines: Line[]
  #extents = new Map<string, Extent>()
  #waiting: ValueMessage[] = []
  #settling: number | undefined
  #loading: AbortController | undefined
  /** Seconds that one point of the present data may summarize. */
  #stretch = 0
  readonly #heard = new Set<string>()

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
    }
    this.#lines = [main]
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
    return this.#lines.map(({ path }) => path)
  }

  /** Fetches the data that is shown first. */
  async start(): Promise<void> {
    this.#listen()
    const others = await Promise.all(this.state.others.map((path) => this.#find(path)))
    this.#lines.push(...others.filter((line) => line !== undefined))
    await this.#follow()
  }

  /** Adds another sequence to the chart. */
  async add(path: string): Promise<void> {
    if (this.paths.includes(path)) return
    const line = await this.#find(path)
    if (!line) return
    this.#lines.push(line)
    this.#listen()
    await this.#change({ others: [...this.state.others, path] })
  }

  async remove(path: string): Promise<void> {
    this.#lines = this.#lines.filter((line) => line.path !== path)
    await this.#change({ others: this.state.others.filter((other) => other !== path) })
  }

  /** Chooses a range that follows the newest value. */
  async choose(range: string): Promise<void> {
    await this.#change({ range, span: undefined })
  }

  /** Time zone of the chart. */
  get zone(): string {
    return resolveZone(this.state.zone, this.#page.timezone)
  }

  async setZone(zone: ZoneChoice): Promise<void> {
    await this.#change({ zone })
  }

  async setTable(isTable: boolean): Promise<void> {
    await this.#change({ isTable })
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

  toNewest(): void {
    const length = this.span.to - this.span.from
    const newest = this.#newest()
    if (this.state.span && newest !== undefined) this.show({ from: newest - length * 0.98, to: newest + length * 0.02 })
  }

  /** Shows the first values, with a span of the same length. */
  async toOldest(): Promise<void> {
    const length = this.span.to - this.span.from
    await this.#fetchExtents()
    const first = this.#first()
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
    this.#drawing.renew(this.#lines, this.zone)
  }

  #note = ''

  async #find(path: string): Promise<Line | undefined> {
    try {
      return await fetchLine(path)
    } catch (error) {
      toast(`${path} is not on the chart: ${explain(error)}`, { tone: 'danger' })
      return undefined
    }
  }

  async #change(part: Partial<ChartState>): Promise<void> {
    this.state = { ...this.state, ...part }
    await this.#follow()
  }

  /** Shows what the state says, from the server. */
  async #follow(): Promise<void> {
    if (this.state.range === 'all' && !this.state.span) await this.#fetchExtents().catch(toastError)
    this.span = this.#wanted()
    await this.load()
  }

  /** Fetches the times of first and last values that are not known yet. */
  async #fetchExtents(): Promise<void> {
    const missing = this.paths.filter((path) => !this.#extents.has(path))
    await Promise.all(missing.map(async (path) => this.#extents.set(path, await fetchExtent(path))))
  }

  #first(): number | undefined {
    const firsts = [...this.#extents.values()].flatMap(({ first }) => (first === undefined ? [] : [first]))
    return firsts.length === 0 ? undefined : Math.min(...firsts)
  }

  /** The server's clock, in seconds. */
  get now(): number {
    return (Date.now() + this.#ahead) / 1000
  }

  #newest(): number | undefined {
    const known = this.#lines.flatMap(({ newest }) => (newest === undefined ? [] : [newest]))
    return known.length === 0 ? undefined : Math.max(...known)
  }

  #wanted(): Span {
    return this.state.span ?? followSpan(this.state.range, this.now, this.#newest(), this.#first())
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
      const found = await Promise.all(this.#lines.map(({ path }) => fetchPoints(path, span, room, loading.signal)))
      if (loading.signal.aborted) return
      for (const [at, points] of found.entries()) if (this.#lines[at]) this.#lines[at].points = points
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
    this.#drawing.draw(this.#lines, this.span, this.#stretch, this.zone)
    showLegend(need('#legend', HTMLElement), this.#lines, this.#page.path, (path) => void this.remove(path))
    this.showNotes()
    this.#read(undefined)
    this.#tell()
  }

  /** Shows the table with the notes that are known by now. */
  showNotes(): void {
    if (this.state.isTable) showTable(need('#table', HTMLElement), this.#lines, this.span, this.zone, this.noteAt)
  }

  #read(points: readonly (Point | undefined)[] | undefined): void {
    this.#note = showReading(need('#legend', HTMLElement), this.#lines, points, this.span, this.zone)
    need('#chart-note', HTMLElement).textContent = this.#note === '' ? this.#describe() : this.#note
  }

  #describe(): string {
    const { from, to } = this.span
    const shown = this.#lines.flatMap(({ points }) =>
      points.filter(({ last_timestamp: last, first_timestamp: first }) => last >= from && first <= to),
    )
    const count = shown.reduce((sum, point) => sum + point.count, 0)
    const gaps = alignPoints(
      this.#lines.map(({ points }) => points),
      this.#stretch,
    ).lines.reduce((sum, { mean }) => sum + mean.filter((value) => value === null).length, 0)
    const card = need('#chart-card', HTMLElement)
    Object.assign(card.dataset, {
      points: String(shown.length),
      values: String(count),
      gaps: String(gaps),
      from: String(from),
      to: String(to),
    })
    return (
      `${showTime(from, this.zone)} to ${showTime(to, this.zone)} ${this.zone} · ` +
      (count === 0 ? 'no values' : `${formatCount(count)} ${count === 1 ? 'value' : 'values'}`) +
      (shown.length < count ? ', summed up: the band shows least and greatest' : '')
    )
  }

  /** Puts the state into the address and the page's controls. */
  #tell(): void {
    const query = writeChartState(this.state)
    history.replaceState(null, '', query === '' ? location.pathname : `${location.pathname}?${query}`)
    const newest = this.#newest()
    const empty = need('#chart-empty', HTMLElement)
    const hasShown = Number(need('#chart-card', HTMLElement).dataset['points'] ?? '0') > 0
    empty.hidden = hasShown || this.#loading === undefined
    empty.textContent =
      newest === undefined
        ? 'No values yet. The first one shows up here by itself as soon as it comes.'
        : `There are no values in this time. The newest came ${formatAge(newest * 1000, this.now * 1000)}.`
    document.dispatchEvent(new CustomEvent('chart-changed'))
  }

  #listen(): void {
    for (const folder of new Set(this.paths.map(folderOf))) {
      if (this.#heard.has(folder)) continue
      this.#heard.add(folder)
      listenToValues({
        folder,
        onValue: (value) => {
          if (this.#waiting.length === 0) setTimeout(() => this.#take(), BATCH_MS)
          this.#waiting.push(value)
        },
        onGap: () => void this.#catchUp().catch(toastError),
      })
    }
  }

  /** After a loss of connection: updates the newest values, and fetches the span again. */
  async #catchUp(): Promise<void> {
    for (const line of this.#lines) {
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

  /** Shows the values that arrived in the meantime. */
  #take(): void {
    let isLate = false
    let isShown = false
    for (const { name, timestamp, value } of this.#waiting.splice(0)) {
      const line = this.#lines.find(({ path }) => path === name)
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
      if (!appendValue(line.points, time, number)) isLate = true
    }
    if (!isShown) return this.#tell()
    if (!this.state.span) this.span = this.#wanted()
    if (isLate || this.#lines.some(({ points }) => points.length > this.#drawing.room * 3)) this.#settle()
    else this.#draw()
  }

  #tick(): void {
    if (this.state.span || document.visibilityState !== 'visible' || this.#lines.every(({ points }) => points.length === 0)) return
    this.span = this.#wanted()
    this.#drawing.move(this.span)
  }
}
