/** The lines of a chart by name, with the values under the cursor, and the same data as a table. */
import { pointOf, timeOf, type Point } from '../../shared/chart-points.ts'
import type { Span } from '../../shared/chart-state.ts'
import { formatCount, formatValue } from '../../shared/format.ts'
import { escapePath } from '../../shared/paths.ts'
import { make, need } from '../dom.ts'
import { replaceChildren } from '../focus.ts'
import { scalesOf } from './chart-drawing.ts'
import type { Line } from './chart-data.ts'
import { showTime } from './zone.ts'

/** Maximum number of rows of the table; the download has all. */
const MAX_ROWS = 1_000

/** `4.5 °C`, and for several values `4.5 °C (4.1 – 4.9)`. */
export function describePoint({ mean, min, max, count }: Point, { decimals, units }: Line): string {
  const options = { ...(decimals === undefined ? {} : { decimals }) }
  const main = formatValue(mean, { ...options, ...(units === undefined ? {} : { units }) })
  return count > 1 && min !== max ? `${main} (${formatValue(min, options)} – ${formatValue(max, options)})` : main
}

/** @param main path of the page's own line, which can't be removed */
export function showLegend(place: HTMLElement, lines: readonly Line[], main: string, remove: (path: string) => void): void {
  const scales = scalesOf(lines)
  replaceChildren(
    place,
    lines.map(({ path, name, units }, at) => {
      const swatch = make('span', { class: `swatch is-series-${at + 1}`, 'aria-hidden': 'true' })
      const value = make('span', { class: 'legend-value is-number', 'data-legend': path })
      const label = path === main ? make('strong', {}, name) : make('a', { href: escapePath(path), title: path }, name)
      const item = make('li', {}, swatch, label, value)
      if (scales.findIndex((scale) => scale.units === (units ?? '')) > 1)
        item.append(make('span', { class: 'note' }, 'on a scale of its own'))
      if (path !== main) {
        const button = make(
          'button',
          { type: 'button', class: 'legend-remove', 'aria-label': `Take ${name} off the chart`, title: 'Take off the chart' },
          '×',
        )
        button.addEventListener('click', () => remove(path))
        item.append(button)
      }
      return item
    }),
    need('#chart', HTMLElement),
  )
}

/** @param points at the cursor, one for each line; undefined: the newest shown ones @returns the same in one line of text */
export function showReading(
  place: HTMLElement,
  lines: readonly Line[],
  points: readonly (Point | undefined)[] | undefined,
  span: Span,
  zone: string,
): string {
  const time = points?.find((point) => point !== undefined)
  const values = lines.map((line, at) => {
    const point = points ? points[at] : newestIn(line.points, span)
    const element = place.querySelector(`[data-legend="${CSS.escape(line.path)}"]`)
    const text = point ? describePoint(point, line) : '–'
    if (element) element.textContent = text
    return lines.length === 1 ? text : `${line.name} ${text}`
  })
  return time ? `${describeTime(time, zone)}: ${values.join(', ')}` : ''
}

/** The newest value that is shown: as measured, not as the mean of the bucket that it is in. */
function newestIn(points: readonly Point[], { from, to }: Span): Point | undefined {
  const last = points.findLast((one) => timeOf(one) >= from && timeOf(one) <= to)
  return last?.newest === undefined ? last : pointOf(last.last_timestamp, last.newest)
}

function describeTime({ first_timestamp: first, last_timestamp: last, count }: Point, zone: string): string {
  return count > 1
    ? `${showTime(first, zone)} to ${showTime(last, zone)} ${zone}, ${formatCount(count)} values`
    : `${showTime(first, zone)} ${zone}`
}

/** Shows the points of all lines, newest first. */
export function showTable(
  place: HTMLElement,
  lines: readonly Line[],
  span: Span,
  zone: string,
  noteAt: (from: number, to: number) => string,
): void {
  const inSpan = lines.map(({ points }) => points.filter((point) => timeOf(point) >= span.from && timeOf(point) <= span.to))
  const rows = inSpan.flatMap((points, at) => points.map((point) => ({ point, at }))).sort((a, b) => timeOf(b.point) - timeOf(a.point))
  const isSummed = rows.some(({ point }) => point.count > 1)
  const time = `Time (${zone})`
  const shownRows = rows.slice(0, MAX_ROWS)
  const notes = shownRows.map(({ point }) => noteAt(point.first_timestamp, point.last_timestamp))
  const hasNotes = notes.some((note) => note !== '')
  const heads = [
    time,
    ...(lines.length > 1 ? ['Sequence'] : []),
    isSummed ? 'Mean' : 'Value',
    ...(isSummed ? ['Least', 'Greatest', 'Values'] : []),
    ...(hasNotes ? ['Note'] : []),
  ]
  const table = make(
    'table',
    { class: 'table' },
    make('caption', { class: 'is-hidden' }, 'What the chart shows, newest first'),
    make(
      'thead',
      {},
      make(
        'tr',
        {},
        ...heads.map((head) => make('th', { scope: 'col', class: [time, 'Sequence', 'Note'].includes(head) ? undefined : 'is-end' }, head)),
      ),
    ),
    make(
      'tbody',
      {},
      ...shownRows.map(({ point, at }, place) => {
        const row = rowOf(point, lines[at], lines.length > 1, isSummed, zone)
        if (hasNotes) row.append(make('td', {}, notes[place] ?? ''))
        return row
      }),
    ),
  )
  place.replaceChildren(table)
  if (rows.length === 0) place.replaceChildren(make('p', { class: 'note is-padded' }, 'There are no values in this time.'))
  if (rows.length > MAX_ROWS)
    place.append(make('p', { class: 'note is-padded' }, `${formatCount(rows.length - MAX_ROWS)} more rows are in the download.`))
}

function rowOf(point: Point, line: Line | undefined, hasNames: boolean, isSummed: boolean, zone: string): HTMLTableRowElement {
  const number = (value: number): HTMLTableCellElement =>
    make(
      'td',
      { class: 'is-number' },
      formatValue(value, {
        ...(line?.decimals === undefined ? {} : { decimals: line.decimals }),
        ...(line?.units === undefined ? {} : { units: line.units }),
      }),
    )
  return make(
    'tr',
    {},
    make('th', { scope: 'row', class: 'is-nowrap is-time' }, showTime(point.first_timestamp, zone)),
    ...(hasNames ? [make('td', {}, line?.name ?? '')] : []),
    number(point.mean),
    ...(isSummed ? [number(point.min), number(point.max), make('td', { class: 'is-number' }, formatCount(point.count))] : []),
  )
}
