/** The lines of a chart by name, with the values under the cursor. */
import { pointOf, timeOf, type Point } from '../../shared/chart-points.ts'
import { COLOURS, isMade, unitsOf } from '../../shared/chart-shows.ts'
import type { Span } from '../../shared/chart-state.ts'
import { formatCount, formatValue } from '../../shared/format.ts'
import { escapePath } from '../../shared/paths.ts'
import { make, need } from '../dom.ts'
import { replaceChildren } from '../focus.ts'
import { scalesOf } from './chart-scales.ts'
import type { Line } from './chart-data.ts'
import { showTime } from './zone.ts'

/** `4.5 °C`, and for several values `4.5 °C (4.1 – 4.9)`. */
export function describePoint({ mean, min, max, count }: Point, { decimals, units: ownUnits, show = '' }: Line): string {
  const units = unitsOf(show, ownUnits)
  // A rate or a mean direction has decimals of its own.
  const isOwn = !isMade(show)
  const options = decimals === undefined || !isOwn ? {} : { decimals }
  const main = formatValue(isOwn ? mean : Number(mean.toPrecision(4)), { ...options, ...(units === undefined ? {} : { units }) })
  return count > 1 && min !== max ? `${main} (${formatValue(min, options)} – ${formatValue(max, options)})` : main
}

export interface LegendEvents {
  remove: (path: string) => void
  /** A line is shown or hidden. */
  toggle: (path: string) => void
  /** A line is pointed at. @param at undefined: none is any more */
  point: (at: number | undefined) => void
}

/**
 * @param main path of the page's own line, which can't be removed
 * @param wanted number of sequences that were asked for
 */
export function showLegend(place: HTMLElement, lines: readonly Line[], main: string, wanted: number, events: LegendEvents): void {
  const scales = scalesOf(lines)
  const items = lines.map((line, at) => {
    const { path, name, units, show = '', isHidden = false } = line
    const swatch = make('span', { class: swatchOf(at), 'aria-hidden': 'true' })
    const toggle = make(
      'button',
      {
        type: 'button',
        class: 'legend-toggle',
        'aria-pressed': String(!isHidden),
        'data-line': String(at),
        title: isHidden ? `Show ${name}` : `Hide ${name}`,
      },
      swatch,
      make(path === main ? 'strong' : 'span', {}, name),
    )
    toggle.addEventListener('click', () => events.toggle(path))
    const item = make('li', { class: isHidden ? 'is-off' : undefined }, toggle)
    item.append(make('span', { class: 'legend-value is-number', 'data-legend': path }))
    for (const event of ['mouseenter', 'focusin']) item.addEventListener(event, () => events.point(isHidden ? undefined : at))
    for (const event of ['mouseleave', 'focusout']) item.addEventListener(event, () => events.point(undefined))
    if (scales.findIndex((scale) => scale.units === (unitsOf(show, units) ?? '')) > 1)
      item.append(make('span', { class: 'note' }, 'on a scale of its own'))
    if (path !== main) item.append(...othersButtons(line, events))
    return item
  })
  if (wanted > lines.length)
    items.push(make('li', { class: 'note', id: 'left-out' }, `${lines.length} of ${wanted} shown: take some off to see others.`))
  replaceChildren(place, items, need('#chart', HTMLElement))
}

/** Those of lines that are not the page's own. */
function othersButtons({ path, name }: Line, { remove }: LegendEvents): HTMLElement[] {
  const link = make('a', { class: 'legend-open', href: escapePath(path), title: `Open ${path}`, 'aria-label': `Open ${name}` }, '↗')
  const label = `Remove ${name} from the chart`
  const button = make('button', { type: 'button', class: 'legend-remove', 'aria-label': label, title: 'Remove from the chart' }, '×')
  button.addEventListener('click', () => remove(path))
  return [link, button]
}

/** Classes of the sample of a line. */
export const swatchOf = (at: number): string => `line-swatch is-series-${(at % COLOURS) + 1}${at >= COLOURS ? ' is-dashed' : ''}`

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
    const text = line.isHidden === true ? '' : point ? describePoint(point, line) : '–'
    if (element) element.textContent = text
    return lines.length === 1 ? text : `${line.name} ${text}`
  })
  const shown = values.filter((_, at) => lines[at]?.isHidden !== true)
  return time ? `${describeTime(time, zone)}: ${shown.join(', ')}` : ''
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
