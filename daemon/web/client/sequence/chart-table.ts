/** What a chart shows as a table: each value, in pages, or the summaries that the chart draws. */
import { timeOf, type Point } from '../../shared/chart-points.ts'
import type { Span } from '../../shared/chart-state.ts'
import { formatCount, formatValue } from '../../shared/format.ts'
import { ValuePages, type ValuePage } from '../../shared/value-pages.ts'
import { all, make } from '../dom.ts'
import { toastError } from '../toasts.ts'
import { fetchValues, type Line } from './chart-data.ts'
import { showTime } from './zone.ts'

/** Maximum number of rows of summaries; the download has all. */
const MAX_ROWS = 1_000

export type NoteAt = (from: number, to: number) => string

export interface TableView {
  readonly lines: readonly Line[]
  readonly span: Span
  readonly zone: string
  readonly noteAt: NoteAt
  /** What is followed; '' when the span stays as it is. */
  readonly range: string
}

interface Row {
  readonly line: Line
  readonly from: number
  readonly to: number
  readonly numbers: readonly string[]
}

export class ChartTable {
  readonly #place: HTMLElement
  #pages: ValuePages | undefined
  /** Of what there are pages. */
  #made = ''

  constructor(place: HTMLElement) {
    this.#place = place
  }

  /** A value that has just come. */
  add(path: string, time: number, value: number): void {
    if (this.#pages?.add(path, time, value) === false) this.forget()
  }

  /** The values are to be fetched again when they are shown next. */
  forget(): void {
    this.#made = ''
  }

  /** Shows each value, newest first; the next ones on demand. */
  async showValues(view: TableView): Promise<void> {
    const { lines, span, range } = view
    const made = JSON.stringify([lines.map(({ path }) => path), range === '' ? span : range])
    if (this.#pages === undefined || made !== this.#made) {
      const pages = new ValuePages(
        lines.map(({ path }) => path),
        async (path, cursor): Promise<ValuePage> => {
          const line = lines.find((one) => one.path === path)
          return line ? fetchValues(line, span, cursor) : { values: [], cursor: undefined }
        },
      )
      this.#made = made
      this.#pages = pages
      await pages.more()
      if (this.#pages !== pages) return
    }
    this.#showPages(view)
  }

  /** Shows what is known by now again, such as with notes. */
  #showPages(view: TableView): void {
    const pages = this.#pages
    if (!pages) return
    const { lines, span } = view
    const rows = pages.rows().flatMap(({ line: at, time, value }): Row[] => {
      const line = lines[at]
      return line && time >= span.from && time <= span.to ? [{ line, from: time, to: time, numbers: [numberOf(value, line)] }] : []
    })
    this.#show(rows, ['Value'], view)
    if (!pages.hasMore) return
    const more = make('button', { type: 'button', class: 'button', 'data-more': '' }, 'More values')
    more.addEventListener('click', () => {
      more.disabled = true
      const count = rows.length
      pages.more().then(() => {
        if (this.#pages !== pages) return
        this.#showPages(view)
        all('tbody tr', HTMLTableRowElement, this.#place)[count]?.scrollIntoView({ block: 'nearest' })
        this.#place.querySelector<HTMLElement>('[data-more]')?.focus({ preventScroll: true })
      }, toastError)
    })
    this.#place.append(make('p', { class: 'is-padded' }, more))
  }

  /** Shows the points that the chart draws, newest first. */
  showSummaries(view: TableView): void {
    const { lines, span } = view
    const inSpan = lines.flatMap((line) =>
      line.points.filter((point) => timeOf(point) >= span.from && timeOf(point) <= span.to).map((point) => ({ point, line })),
    )
    inSpan.sort((a, b) => timeOf(b.point) - timeOf(a.point))
    const isSummed = inSpan.some(({ point }) => point.count > 1)
    const rows = inSpan.slice(0, MAX_ROWS).map(({ point, line }) => rowOf(point, line, isSummed))
    this.#show(rows, isSummed ? ['Mean', 'Least', 'Greatest', 'Values'] : ['Value'], view)
    const left = inSpan.length - rows.length
    if (left > 0) this.#place.append(make('p', { class: 'note is-padded' }, `${formatCount(left)} more rows are in the download.`))
  }

  #show(rows: readonly Row[], titles: readonly string[], { lines, zone, noteAt }: TableView): void {
    if (rows.length === 0) {
      this.#place.replaceChildren(make('p', { class: 'note is-padded' }, 'There are no values in this time.'))
      return
    }
    const notes = rows.map(({ from, to }) => noteAt(from, to))
    const hasNotes = notes.some((note) => note !== '')
    const hasNames = lines.length > 1
    const head = (text: string, isNumber: boolean): HTMLElement =>
      make('th', { scope: 'col', class: isNumber ? 'is-end' : undefined }, text)
    const heads = [
      head(`Time (${zone})`, false),
      ...(hasNames ? [head('Sequence', false)] : []),
      ...titles.map((title) => head(title, true)),
      ...(hasNotes ? [head('Note', false)] : []),
    ]
    const body = rows.map(({ line, from, numbers }, at) =>
      make(
        'tr',
        {},
        make('th', { scope: 'row', class: 'is-nowrap is-time' }, showTime(from, zone)),
        ...(hasNames ? [make('td', {}, line.name)] : []),
        ...numbers.map((text) => make('td', { class: 'is-number' }, text)),
        ...(hasNotes ? [make('td', {}, notes[at] ?? '')] : []),
      ),
    )
    const caption = make('caption', { class: 'is-hidden' }, 'What the chart shows, newest first')
    this.#place.replaceChildren(
      make('table', { class: 'table' }, caption, make('thead', {}, make('tr', {}, ...heads)), make('tbody', {}, ...body)),
    )
  }
}

const numberOf = (value: number, { decimals, units }: Line): string =>
  formatValue(value, { ...(decimals === undefined ? {} : { decimals }), ...(units === undefined ? {} : { units }) })

function rowOf({ first_timestamp: from, last_timestamp: to, mean, min, max, count }: Point, line: Line, isSummed: boolean): Row {
  const numbers = isSummed ? [mean, min, max].map((value) => numberOf(value, line)) : [numberOf(mean, line)]
  return { line, from, to, numbers: isSummed ? [...numbers, formatCount(count)] : numbers }
}
