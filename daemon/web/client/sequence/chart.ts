/** A chart of sequences that follows time and can be moved through it. What it shows is in the address. */
import { alignPoints, appendValue, type Point } from '../../shared/chart-points.ts'
import {
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
import { showLegend, showReading, showTable } from './chart-legend.ts'
import { folderOf, showNewest } from './newest.ts'
import { resolveZone, showTime } from './zone.ts'

/** What the server says of the page's own sequence. */
export interface ChartPage {
  path: string
  /** The server's clock, in milliseconds. */
  now: number
  units?: string
  decimals?: number
  /** Seconds; null: it has no value. */
  newest: number | null
  /** Whose clock is shown unless told otherwise; missing: the browser's own. */
  timezone?: string
  siblings: string[]
  canSearch: boolean
}

/** After the last move, before finer data is asked for. */
const SETTLE_MS = 150
/** Values of that time are shown together: a controller may send hundreds a second. */
const BATCH_MS = 150
/** How often a chart that follows moves on without a value. */
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
  /** Seconds that one point may sum up, of the data that is there. */
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
    this.#drawing = new Drawing(need('#chart', HTMLElement), {
      onSelect: (span) => this.show(span),
      onCursor: (points) => this.#read(points),
      onDoubleClick: (time) => this.zoom(2, time),
    })
    setInterval(() => this.#tick(), TICK_MS)
  }

  get drawing(): Drawing {
    return this.#drawing
  }

  get paths(): string[] {
    return this.#lines.map(({ path }) => path)
  }

  /** Fetches what is shown first. */
  async start(): Promise<void> {
    this.#listen()
    const others = await Promise.all(this.state.others.map((path) => this.#find(path)))
    this.#lines.push(...others.filter((line) => line !== undefined))
    await this.#follow()
  }

  /** Takes another sequence onto the chart. */
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

  /** A range that follows the newest value. */
  async choose(range: string): Promise<void> {
    await this.#change({ range, span: undefined })
  }

  /** Whose clock is shown. */
  get zone(): string {
    return resolveZone(this.state.zone, this.#page.timezone)
  }

  async setZone(zone: ZoneChoice): Promise<void> {
    await this.#change({ zone })
  }

  async setTable(isTable: boolean): Promise<void> {
    await this.#change({ isTable })
  }

  /** A stretch of time that stays. Shown at once with what is there, and finer when that has come. */
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

  /** The first values, in a stretch as long as what is shown. */
  async toOldest(): Promise<void> {
    const length = this.span.to - this.span.from
    await this.#fetchExtents()
    const first = this.#first()
    if (first !== undefined) this.show({ from: first - length * 0.02, to: first + length * 0.98 })
  }

  /** To the next value under the cursor, for keys. */
  read(direction: 1 | -1): void {
    if (this.#drawing.step(direction) === undefined) return
    const place = need('#reading', HTMLElement)
    place.textContent = this.#note
  }

  /** Colours or size have changed. */
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

  /** From when to when there are values, of those that it is not known of. */
  async #fetchExtents(): Promise<void> {
    const missing = this.paths.filter((path) => !this.#extents.has(path))
    await Promise.all(missing.map(async (path) => this.#extents.set(path, await fetchExtent(path))))
  }

  #first(): number | undefined {
    const firsts = [...this.#extents.values()].flatMap(({ first }) => (first === undefined ? [] : [first]))
    return firsts.length === 0 ? undefined : Math.min(...firsts)
  }

  #now(): number {
    return (Date.now() + this.#ahead) / 1000
  }

  #newest(): number | undefined {
    const known = this.#lines.flatMap(({ newest }) => (newest === undefined ? [] : [newest]))
    return known.length === 0 ? undefined : Math.max(...known)
  }

  #wanted(): Span {
    return this.state.span ?? followSpan(this.state.range, this.#now(), this.#newest(), this.#first())
  }

  #settle(): void {
    clearTimeout(this.#settling)
    this.#settling = setTimeout(() => void this.load(), SETTLE_MS)
    this.#tell()
  }

  /** Asks for what is shown; what was asked before is given up. */
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
    if (this.state.isTable) showTable(need('#table', HTMLElement), this.#lines, this.span, this.zone)
    this.#read(undefined)
    this.#tell()
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

  /** The state goes into the address and to the page's controls. */
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
        : `There are no values in this time. The newest came ${formatAge(newest * 1000, this.#now() * 1000)}.`
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

  /** After a loss: the newest may be newer than what is known, and the window shows what was missed. */
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

  /** What came in the meantime. */
  #take(): void {
    let isLate = false
    let isShown = false
    for (const { name, timestamp, value } of this.#waiting.splice(0)) {
      const line = this.#lines.find(({ path }) => path === name)
      const number = Number(value)
      if (!line || value === undefined || !Number.isFinite(number)) continue
      const time = Date.parse(timestamp) / 1000
      if (line.newest === undefined || time >= line.newest) {
        line.newest = time
        if (name === this.#page.path) this.#showNewest(timestamp, number)
      }
      // In a past that is being looked at, what is new does not show.
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
