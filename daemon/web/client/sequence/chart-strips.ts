/** Strips of text sequences below a chart, on its time. */
import type { Span } from '../../shared/chart-state.ts'
import { escapePath } from '../../shared/paths.ts'
import { MAX_STATES } from '../../shared/state-strip.ts'
import { make, need } from '../dom.ts'
import { replaceChildren } from '../focus.ts'
import { listenToValues } from '../live.ts'
import { toastError } from '../toasts.ts'
import type { Chart } from './chart.ts'
import { nameOf } from './chart-data.ts'
import { folderOf } from './newest.ts'
import { fetchStates, makeStrip, makeStripKey, pictureOfStrip, type States, type StripView } from './state-strip.ts'

export class ChartStrips {
  readonly #chart: Chart
  readonly #place = need('#strips', HTMLElement)
  /** What was fetched, by path, of {@link #loaded}. */
  readonly #states = new Map<string, States>()
  readonly #heard = new Set<string>()
  #loaded: Span | undefined
  #loading: AbortController | undefined

  constructor(chart: Chart) {
    this.#chart = chart
    document.addEventListener('chart-changed', () => this.#refresh())
    document.addEventListener('chart-stale', () => {
      this.#loaded = undefined
    })
    need('#chart', HTMLElement).addEventListener('chart-drawn', () => this.#draw())
    chart.drawnStrips = () => chart.strips.map((path) => pictureOfStrip(this.#place, this.#viewOf(path)))
  }

  #viewOf(path: string): StripView {
    const { span, now, zone } = this.#chart
    return { name: nameOf(path), changes: this.#states.get(path)?.changes ?? [], span, now, zone }
  }

  #refresh(): void {
    const { span, strips } = this.#chart
    for (const path of this.#states.keys()) if (!strips.includes(path)) this.#states.delete(path)
    for (const path of strips) this.#hear(folderOf(path))
    const isKnown = this.#loaded && span.from >= this.#loaded.from && span.to <= this.#loaded.to
    if (!isKnown || strips.some((path) => !this.#states.has(path))) this.#load().catch(toastError)
    this.#draw()
  }

  async #load(): Promise<void> {
    this.#loading?.abort()
    const loading = new AbortController()
    this.#loading = loading
    const { span, strips } = this.#chart
    const around = { from: span.from - (span.to - span.from), to: span.to + (span.to - span.from) }
    this.#loaded = around
    try {
      const found = await Promise.all(strips.map((path) => fetchStates(path, around, loading.signal)))
      if (loading.signal.aborted) return
      for (const [at, path] of strips.entries()) this.#states.set(path, found[at] ?? { changes: [], isLog: false })
      this.#draw()
    } catch (error) {
      if (loading.signal.aborted) return
      this.#loaded = undefined
      throw error
    }
  }

  #hear(folder: string): void {
    if (this.#heard.has(folder)) return
    this.#heard.add(folder)
    listenToValues({
      folder,
      onValue: ({ name, timestamp, value }) => {
        const states = this.#states.get(name)
        const time = Date.parse(timestamp) / 1000
        const last = states?.changes.at(-1)
        if (!states || value === undefined) return
        if (last && last.time > time) return void this.#load().catch(toastError)
        if (last?.text !== value) states.changes.push({ time, text: value })
        this.#draw()
      },
    })
  }

  #draw(): void {
    const { over } = this.#chart.drawing
    const { strips } = this.#chart
    this.#place.hidden = strips.length === 0
    if (!over || strips.length === 0) return
    const frame = this.#place.getBoundingClientRect()
    const plot = over.getBoundingClientRect()
    replaceChildren(
      this.#place,
      strips.map((path) => {
        const view = this.#viewOf(path)
        const { name, changes } = view
        const isLog = this.#states.get(path)?.isLog === true
        const link = make('a', { href: escapePath(path), title: path }, name)
        const button = make('button', { type: 'button', class: 'legend-remove', 'aria-label': `Remove ${name} from the chart` }, '×')
        button.addEventListener('click', () => void this.#chart.remove(path))
        const head = make('div', { class: 'state-head' }, link, makeStripKey(changes), button)
        if (isLog) head.append(make('span', { class: 'note' }, `It tells more than ${MAX_STATES} different texts, which make no strip.`))
        const strip = makeStrip(view)
        // As wide as what is plotted, so that times stand below each other; a table has no plot.
        if (plot.width > 0) {
          strip.style.marginLeft = `${plot.left - frame.left}px`
          strip.style.width = `${plot.width}px`
        }
        return make('div', { class: 'state-strip' }, head, strip)
      }),
      need('#chart', HTMLElement),
    )
  }
}
