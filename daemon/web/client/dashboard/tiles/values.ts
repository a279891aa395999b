/** Newest values: large when there is one, a list when there are several. */
import { convertShown, shownUnits } from '../../../../../src/base/units.ts'
import type { NewestValue, ValuesData } from '../../../../../src/wire/dashboard-answers.ts'
import { formatAge, formatNumber, formatValue } from '../../../shared/format.ts'
import { escapePath } from '../../../shared/paths.ts'
import { showNumber } from '../../../shared/shown-value.ts'
import { outlineOf, SPARK_HEIGHT, SPARK_WIDTH } from '../../../shared/sparkline.ts'
import { make } from '../../dom.ts'
import { microsOf } from '../../log-line.ts'
import type { ValueMessage } from '../../live.ts'
import { unitSystem } from '../../units.ts'
import { shownCondition } from '../../../shared/alert-words.ts'
import { setText } from '../set-text.ts'
import type { ViewMaker } from '../tile-view.ts'

interface Row {
  readonly value: NewestValue
  readonly item: HTMLLIElement
  readonly text: HTMLElement
  readonly when: HTMLTimeElement
  /** Of the value, in milliseconds. */
  time: number | undefined
}

/** Values that come in this distance, in milliseconds, are highlighted for a moment. */
const SELDOM_MS = 5_000

const SVG = 'http://www.w3.org/2000/svg'

export const makeValues: ViewMaker = (body, page) => {
  let rows = new Map<string, Row>()
  const showAges = (): void => {
    for (const { when, time } of rows.values()) setText(when, time === undefined ? 'no value yet' : formatAge(time, page.now()))
  }
  return {
    get paths() {
      return [...rows.keys()]
    },
    show: (data) => {
      const { sequences } = data as ValuesData
      const list = make('ul', {
        class: sequences.length === 1 ? 'newest-list is-single' : 'newest-list',
        tabindex: '0',
        'aria-label': 'Newest values',
      })
      rows = new Map(sequences.map((value) => [value.path, makeRow(value)]))
      for (const row of rows.values()) {
        list.append(row.item)
        if (row.value.newest) showValue(row, row.value.newest.text, row.value.newest.time / 1000)
      }
      showAges()
      body.replaceChildren(list)
    },
    take: (values) => {
      for (const { name, value, timestamp } of newestOfEach(values)) {
        const row = rows.get(name)
        if (!row || value === undefined) continue
        const before = row.time
        showValue(row, value, microsOf(timestamp) / 1000)
        // Where a value comes each second, it would never end.
        if (before === undefined || (row.time ?? 0) - before > SELDOM_MS) flash(row.text)
      }
      showAges()
      return false
    },
    tick: () => showAges(),
  }
}

function makeRow(value: NewestValue): Row {
  const text = make('span', { class: value.type === 'numeric' ? 'newest-text is-number' : 'newest-text' }, '–')
  const when = make('time', { class: 'newest-age' })
  const item = make(
    'li',
    value.alert === undefined ? {} : { class: 'is-alert' },
    make('a', { href: escapePath(value.path), title: value.path }, value.name),
    trendOf(value),
    text,
    make(
      'span',
      { class: 'newest-foot' },
      when,
      ...(limitsOf(value) === '' ? [] : [make('span', { class: 'newest-limits' }, limitsOf(value))]),
    ),
  )
  if (value.alert !== undefined) item.append(make('span', { class: 'why' }, shownCondition(value.alert, value, unitSystem())))
  return { value, item, text, when, time: undefined }
}

function trendOf({ trend }: NewestValue): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg')
  for (const [name, value] of [
    ['class', 'sparkline'],
    ['viewBox', `0 0 ${SPARK_WIDTH} ${SPARK_HEIGHT}`],
    ['preserveAspectRatio', 'none'],
    ['aria-hidden', 'true'],
  ] as const)
    svg.setAttribute(name, value)
  if (trend && trend.values.length > 1) {
    const path = document.createElementNS(SVG, 'path')
    path.setAttribute('d', outlineOf(trend.times, trend.values))
    svg.append(path)
  }
  return svg
}

function limitsOf({ low, high, decimals: own, units }: NewestValue): string {
  const { decimals, conversion } = shownUnits(unitSystem(), { units, decimals: own })
  const tell = (limit: number): string => showNumber(limit, { decimals: own, units }, unitSystem())
  if (low === undefined) return high === undefined ? '' : `up to ${tell(high)}`
  return high === undefined ? `from ${tell(low)}` : `${formatNumber(convertShown(conversion, low), decimals)} to ${tell(high)}`
}

/** @param time milliseconds */
function showValue(row: Row, value: string, time: number): void {
  const { item, text, when } = row
  const { type, decimals, units, low, high } = row.value
  const number = Number(value)
  setText(text, type === 'numeric' ? showNumber(number, { decimals, units }, unitSystem()) : formatValue(value))
  item.classList.toggle('is-beyond', type === 'numeric' && (number < (low ?? -Infinity) || number > (high ?? Infinity)))
  row.time = time
  when.dateTime = new Date(time).toISOString()
  when.title = when.dateTime
}

const newestOfEach = (values: readonly ValueMessage[]): Iterable<ValueMessage> => new Map(values.map((one) => [one.name, one])).values()

/** Removes the class and adds it again, which starts the animation. */
function flash(element: HTMLElement): void {
  element.classList.remove('is-fresh')
  void element.offsetWidth
  element.classList.add('is-fresh')
}
