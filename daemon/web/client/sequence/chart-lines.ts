/** The sequences on a chart: which they are, and how far their values reach. */
import { convertPoints, type Point } from '../../shared/chart-points.ts'
import { isMade } from '../../shared/chart-shows.ts'
import { placeOf, withoutLine, type ChartState, type Span } from '../../shared/chart-state.ts'
import { explain, toast } from '../toasts.ts'
import { fetchExtent, fetchLine, fetchNewest, fetchPoints, type Extent, type Line } from './chart-data.ts'

export class ChartLines {
  /** The page's own sequence is the first. */
  all: Line[]
  /** Paths of text sequences, which are strips below the chart. */
  strips: string[] = []
  /** Lines that were found, by path: those that come back keep their points. */
  readonly #found = new Map<string, Line | 'strip'>()
  readonly #extents = new Map<string, Extent>()

  constructor(main: Line) {
    this.all = [main]
  }

  get paths(): string[] {
    return this.all.map(({ path }) => path)
  }

  /** Time of the newest value of all; undefined when there is none. */
  get newest(): number | undefined {
    const known = this.all.flatMap(({ newest }) => (newest === undefined ? [] : [newest]))
    return known.length === 0 ? undefined : Math.max(...known)
  }

  /** Time of the first value, as far as it was fetched. */
  get first(): number | undefined {
    const firsts = this.paths.flatMap((path) => this.#extents.get(path)?.first ?? [])
    return firsts.length === 0 ? undefined : Math.min(...firsts)
  }

  /** Fetches the times of first and last values that are not known yet. */
  async fetchExtents(): Promise<void> {
    const missing = this.paths.filter((path) => !this.#extents.has(path))
    await Promise.all(missing.map(async (path) => this.#extents.set(path, await fetchExtent(path))))
  }

  /** Asks for the newest value of each line. @returns that of the page's own sequence */
  async renewNewest(): Promise<Point | undefined> {
    const found = await Promise.all(this.all.map(({ path }) => fetchNewest(path)))
    for (const [at, line] of this.all.entries()) line.newest = found[at]?.last_timestamp ?? line.newest
    const [own] = found
    return own && convertPoints([own], this.all[0]?.conversion)[0]
  }

  /** Whether it can be on the chart; says so when it can't. */
  async find(path: string): Promise<Line | 'strip' | undefined> {
    const known = this.#found.get(path)
    if (known) return known
    try {
      const line = await fetchLine(path)
      this.#found.set(path, line)
      return line
    } catch (error) {
      toast(`${path} is not on the chart: ${explain(error)}`, { tone: 'danger' })
      return undefined
    }
  }

  /** Makes the lines those that a state names. @returns the state, without what can't be shown */
  async bringIn(given: ChartState): Promise<ChartState> {
    let state = given
    for (;;) {
      const others = await Promise.all(state.others.map((path) => this.find(path)))
      const missing = state.others.filter((_, at) => !others[at])
      if (missing.length === 0) {
        this.all = [...this.all.slice(0, 1), ...others.filter((line) => line !== undefined && line !== 'strip')]
        this.strips = state.others.filter((_, at) => others[at] === 'strip')
        return state
      }
      for (const path of missing) state = withoutLine(state, path)
    }
  }

  /** Tells lines how a state shows them. */
  apply(state: ChartState): void {
    for (const line of this.all) {
      const place = placeOf(state, line.path)
      line.show = state.shows[place] ?? ''
      line.isHidden = state.hidden.includes(place)
    }
  }

  /** Fetches the points of a span. @param room number of points that the chart has room for @returns false when it was aborted */
  async load(span: Span, room: number, signal: AbortSignal): Promise<boolean> {
    const lines = this.all
    const found = await Promise.all(lines.map((line) => fetchPoints(line, span, room, signal)))
    if (signal.aborted) return false
    for (const [at, line] of lines.entries()) line.points = found[at] ?? []
    return true
  }

  /** What is made of a value depends on others, which the server knows. */
  isMade(line: Line): boolean {
    return isMade(line.show ?? '')
  }
}
