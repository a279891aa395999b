/** Statistics of what a chart shows, below it. */
import { convertBack, convertDifference, convertShown } from '../../../../src/base/units.ts'
import { gapOf } from '../../shared/chart-points.ts'
import { numberOf, writeTime } from '../../shared/chart-state.ts'
import { formatCount, formatLength, formatValue } from '../../shared/format.ts'
import { get } from '../api.ts'
import { make, need } from '../dom.ts'
import { toastError } from '../toasts.ts'
import type { Chart } from './chart.ts'
import { swatchOf } from './chart-legend.ts'
import type { Line } from './chart-data.ts'

interface Answer {
  count: number
  min: number | null
  max: number | null
  mean: number | null
  standard_deviation: number | null
  time_weighted_mean: number | null
  seconds: number
  seconds_above?: number
  seconds_below?: number
}

/** Milliseconds that a chart must be left alone before its statistics are asked for. */
const SETTLE_MS = 300

export class ChartStatistics {
  readonly #chart: Chart
  #loading: AbortController | undefined
  #waiting: number | undefined
  /** What is shown, or was asked for last. */
  #asked = ''

  constructor(chart: Chart) {
    this.#chart = chart
    const { above, below } = chart.state
    for (const [name, value] of [
      ['above', above],
      ['below', below],
    ] as const) {
      const input = need(`#statistics-${name}`, HTMLInputElement)
      input.value = value === undefined ? '' : String(value)
      input.addEventListener('change', () => void chart.setLimit(name, numberOf(input.value)))
    }
    need('#as-statistics', HTMLButtonElement).addEventListener('click', () => void chart.toggleStatistics())
    document.addEventListener('chart-changed', () => this.#refresh())
  }

  #refresh(): void {
    const { hasStatistics } = this.#chart.state
    need('#as-statistics', HTMLElement).setAttribute('aria-pressed', String(hasStatistics))
    need('#statistics', HTMLElement).hidden = !hasStatistics
    clearTimeout(this.#waiting)
    if (hasStatistics) this.#waiting = setTimeout(() => void this.#load().catch(toastError), SETTLE_MS)
  }

  async #load(): Promise<void> {
    const { state, span, lines, stretch } = this.#chart
    const shown = lines.filter(({ isHidden }) => isHidden !== true)
    const newest = shown.map(({ newest: time }) => time)
    const asked = JSON.stringify([shown.map(({ path }) => path), span, newest, state.above, state.below])
    if (asked === this.#asked) return
    this.#asked = asked
    this.#loading?.abort()
    const loading = new AbortController()
    this.#loading = loading
    try {
      const rows = await Promise.all(
        shown.map(async (line) => {
          // What the chart draws as a gap does not count as time either.
          const gap = gapOf(line.points, stretch)
          const query = {
            path: line.path,
            start_timestamp: writeTime(span.from),
            // The end belongs to what comes after, so that two days share no value.
            end_timestamp: writeTime(span.to - 0.001),
            ...(state.above === undefined ? {} : { above: convertBack(line.conversion, state.above) }),
            ...(state.below === undefined ? {} : { below: convertBack(line.conversion, state.below) }),
            ...(Number.isFinite(gap) && gap > 0 ? { max_hold: `${Math.min(gap, 1e9).toFixed(6)}s` } : {}),
          }
          const [stored] = (await get<{ sequences: Answer[] }>('/sequences/statistics', query, loading.signal)).sequences
          return stored && shownAnswer(stored, line)
        }),
      )
      if (!loading.signal.aborted) this.#show(shown, rows)
    } catch (error) {
      if (loading.signal.aborted) return
      this.#asked = ''
      throw error
    }
  }

  #show(lines: readonly Line[], rows: readonly (Answer | undefined)[]): void {
    const { above, below } = this.#chart.state
    const all = this.#chart.lines
    const heads = ['Values', 'Least', 'Greatest', 'Mean', 'Std. deviation', 'Mean over time']
    const limits = [
      ...(above === undefined ? [] : [`Above ${formatValue(above)}`]),
      ...(below === undefined ? [] : [`Below ${formatValue(below)}`]),
    ]
    const head = (text: string, isNumber: boolean): HTMLElement =>
      make('th', { scope: 'col', class: isNumber ? 'is-end' : undefined }, text)
    const body = lines.map((line, at) => {
      const found = rows[at]
      const cells: [string, string][] = [
        ['Values', formatCount(found?.count ?? 0)],
        ['Least', valueOf(found?.min, line)],
        ['Greatest', valueOf(found?.max, line)],
        ['Mean', valueOf(found?.mean, line, 1)],
        ['Std. deviation', valueOf(found?.standard_deviation, line, 1)],
        ['Mean over time', valueOf(found?.time_weighted_mean, line, 1)],
      ]
      if (above !== undefined) cells.push([limits[0] ?? '', partOf(found?.seconds_above, found?.seconds)])
      if (below !== undefined) cells.push([limits.at(-1) ?? '', partOf(found?.seconds_below, found?.seconds)])
      return make(
        'tr',
        {},
        make('th', { scope: 'row' }, make('span', { class: swatchOf(all.indexOf(line)), 'aria-hidden': 'true' }), ` ${line.name}`),
        ...cells.map(([label, text]) => make('td', { class: 'is-number', 'data-label': label }, text)),
      )
    })
    need('#statistics-table', HTMLElement).replaceChildren(
      make(
        'table',
        { class: 'table is-cards' },
        make('caption', { class: 'is-hidden' }, 'Statistics of what the chart shows'),
        make('thead', {}, make('tr', {}, head('Sequence', false), ...[...heads, ...limits].map((text) => head(text, true)))),
        make('tbody', {}, ...body),
      ),
    )
  }
}

/** What was found of stored values, in the units that the line shows. */
function shownAnswer(stored: Answer, { conversion }: Line): Answer {
  const tell = (value: number | null): number | null => (value === null ? null : convertShown(conversion, value))
  const { standard_deviation: deviation } = stored
  return {
    ...stored,
    min: tell(stored.min),
    max: tell(stored.max),
    mean: tell(stored.mean),
    time_weighted_mean: tell(stored.time_weighted_mean),
    standard_deviation: deviation === null ? null : convertDifference(conversion, deviation),
  }
}

/** @param more decimals than the sequence has: means are finer than what was measured */
function valueOf(value: number | null | undefined, { decimals, units }: Line, more = 0): string {
  if (value === null || value === undefined) return '–'
  const own = decimals === undefined ? {} : { decimals: decimals + more }
  return formatValue(decimals === undefined ? Number(value.toPrecision(6)) : value, { ...own, ...(units === undefined ? {} : { units }) })
}

/** `2 h 10 min (9.0 %)` of the time in which there were values. */
function partOf(seconds: number | undefined, all: number | undefined): string {
  if (seconds === undefined || !all) return '–'
  return `${formatLength(seconds)} (${((seconds / all) * 100).toFixed(1)}\u202f%)`
}
