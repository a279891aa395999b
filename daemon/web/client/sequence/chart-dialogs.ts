/** The chart's controls: ranges, from–to, other sequences, downloads. */
import { parseShow, SHOWS } from '../../shared/chart-shows.ts'
import { MAX_LINES, numberOf, writeTime } from '../../shared/chart-state.ts'
import { escapePath } from '../../shared/paths.ts'
import { all, make, need } from '../dom.ts'
import { handleDownload, type Ask } from '../download.ts'
import { replaceChildren } from '../focus.ts'
import { onSubmit } from '../forms.ts'
import { explain, toastError } from '../toasts.ts'
import type { Chart } from './chart.ts'
import type { ChartPage } from './chart-page.ts'
import { nameOf } from './chart-data.ts'
import { ZOOM_IN, ZOOM_OUT } from './chart-gestures.ts'
import { savePicture } from './chart-picture.ts'
import { fetchOfPage } from './page-data.ts'
import { fromInput, handleZoneChoice, toInput } from './zone.ts'

export function handleControls(chart: Chart, page: ChartPage): void {
  const askDownload = handleDownload()
  for (const button of all('[data-range]', HTMLButtonElement))
    button.addEventListener('click', () => void chart.choose(button.dataset['range'] ?? ''))
  const steps: Readonly<Record<string, () => void>> = {
    earlier: () => chart.step(-1),
    later: () => chart.step(1),
    in: () => chart.zoom(ZOOM_IN),
    out: () => chart.zoom(ZOOM_OUT),
  }
  for (const button of all('[data-step]', HTMLButtonElement))
    button.addEventListener('click', () => steps[button.dataset['step'] ?? '']?.())
  need('#to-newest', HTMLButtonElement).addEventListener('click', () => void chart.choose(chart.state.range))
  handleZoneChoice(page.timezone, chart.state.zone, (choice) => void chart.setZone(choice))
  need('#as-table', HTMLButtonElement).addEventListener('click', () => void chart.setTable(chart.state.table === '' ? 'values' : ''))
  for (const button of all('[data-table]', HTMLButtonElement))
    button.addEventListener('click', () => void chart.setTable(button.dataset['table'] === 'summaries' ? 'summaries' : 'values'))
  handleRangeChoice(chart)
  handleDisplay(chart)
  handleSpan(chart)
  handleAdding(chart, page)
  document.addEventListener('chart-changed', () => showState(chart, askDownload, page))
}

/** Updates the pressed buttons, and the links of downloads. */
function showState(chart: Chart, askDownload: Ask, page: ChartPage): void {
  const { range, span, table } = chart.state
  const isTable = table !== ''
  for (const button of all('[data-range]', HTMLButtonElement))
    button.setAttribute('aria-pressed', String(!span && button.dataset['range'] === range))
  need('#range-choice', HTMLSelectElement).value = span ? 'span' : range
  need('#span-button', HTMLElement).setAttribute('aria-pressed', String(span !== undefined))
  need('#to-newest', HTMLElement).hidden = span === undefined
  need('#as-table', HTMLElement).setAttribute('aria-pressed', String(isTable))
  for (const button of all('[data-table]', HTMLButtonElement))
    button.setAttribute('aria-pressed', String(button.dataset['table'] === table))
  need('#table-frame', HTMLElement).hidden = !isTable
  need('#chart', HTMLElement).hidden = isTable
  if (!isTable) chart.drawing.resize()
  replaceChildren(need('#downloads', HTMLElement), downloads(chart, askDownload, page))
}

/** The chart itself as a file. */
function pictures(chart: Chart): HTMLElement[] {
  if (chart.state.table !== '') return []
  return (['svg', 'png'] as const).map((format) => {
    const button = make('button', { type: 'button' }, make('span', {}, `The chart as a picture (${format.toUpperCase()})`))
    button.addEventListener('click', () => void savePicture(chart, format).catch(toastError))
    return button
  })
}

function downloads(chart: Chart, askDownload: Ask, { canSearch: isUser }: ChartPage): HTMLElement[] {
  const time = { start_timestamp: writeTime(chart.span.from), end_timestamp: writeTime(chart.span.to) }
  const link = (text: string, path: string, parameters: Record<string, string>): HTMLElement =>
    make(
      'a',
      { href: `/api/v1${path}?${new URLSearchParams({ ...time, ...parameters, format: 'csv', download: '1' }).toString()}` },
      make('span', {}, text),
    )
  const { paths } = chart
  const more = make('button', { type: 'button' }, make('span', {}, 'Other formats, means by the hour …'))
  more.addEventListener('click', () => askDownload({ paths, name: paths.map(nameOf).join(', ').slice(0, 100), span: chart.span }))
  const range = { view: 'cite', start: time.start_timestamp, end: time.end_timestamp }
  const cite = make(
    'a',
    { href: `${escapePath(paths[0] ?? '')}?${new URLSearchParams(range).toString()}` },
    make('span', {}, 'Data set to cite …'),
  )
  return [
    ...paths.map((path) =>
      link(
        paths.length === 1 ? 'Each value that is shown (CSV)' : `Each value of ${nameOf(path)} (CSV)`,
        `/resources${escapePath(path)}`,
        {},
      ),
    ),
    link(paths.length === 1 ? 'Means, as in the chart (CSV)' : 'Means of all, side by side (CSV)', '/sequences/series', {
      paths: JSON.stringify(paths),
      max_points: String(chart.drawing.room),
      aggregate: 'mean',
    }),
    link('Each value as it is stored: neither masked nor calibrated (CSV)', `/resources${escapePath(paths[0] ?? '')}`, { raw: 'true' }),
    link('Each value, with notes in a column (CSV)', `/resources${escapePath(paths[0] ?? '')}`, { notes: 'column' }),
    link('The notes (CSV)', '/notes', { path: paths[0] ?? '' }),
    more,
    ...(isUser ? [cite] : []),
    ...pictures(chart),
  ]
}

/** On a phone the ranges are a list. */
function handleRangeChoice(chart: Chart): void {
  const choice = need('#range-choice', HTMLSelectElement)
  choice.addEventListener('change', () => {
    if (choice.value !== 'span') return void chart.choose(choice.value)
    need('#span-button', HTMLElement).click()
    // Until a time is given, what is shown stays.
    choice.value = chart.state.span ? 'span' : chart.state.range
  })
}

function handleDisplay(chart: Chart): void {
  const [min, max] = [need('#axis-min', HTMLInputElement), need('#axis-max', HTMLInputElement)]
  const isLog = need('#axis-log', HTMLInputElement)
  const lines = need('#display-lines', HTMLElement)
  need('#display-button', HTMLElement).addEventListener('click', () => {
    const { axis } = chart.state
    min.value = axis.min === undefined ? '' : String(axis.min)
    max.value = axis.max === undefined ? '' : String(axis.max)
    isLog.checked = axis.isLog
    lines.replaceChildren(
      ...chart.lines.map(({ name, show = '' }, at) => {
        const select = make('select', { id: `show-${at}` }, ...SHOWS.map((one) => make('option', { value: one.name }, one.text)))
        select.value = show
        return make('div', { class: 'field' }, make('label', { for: `show-${at}` }, name), select)
      }),
    )
  })
  onSubmit('#display-form', async () => {
    const [from, to] = [numberOf(min.value), numberOf(max.value)]
    if (from !== undefined && to !== undefined && from >= to) throw new Error('The axis must begin below its end.')
    if (isLog.checked && [from, to].some((end) => end !== undefined && end <= 0))
      throw new Error('A logarithmic axis has no place for 0 and below: give ends above 0.')
    need('#display', HTMLDialogElement).close()
    const selects = all('select', HTMLSelectElement, lines)
    const shows = new Map(chart.lines.map(({ path }, at) => [path, parseShow(selects[at]?.value ?? '')]))
    await chart.display(shows, { min: from, max: to, isLog: isLog.checked })
  })
}

function handleSpan(chart: Chart): void {
  const form = need('#span-form', HTMLFormElement)
  const [from, to] = [need('#span-from', HTMLInputElement), need('#span-to', HTMLInputElement)]
  const problem = need('[data-problem]', HTMLElement, form)
  let was = chart.span
  need('#span-button', HTMLElement).addEventListener('click', () => {
    problem.hidden = true
    was = chart.span
    from.value = toInput(was.from, chart.zone)
    to.value = toInput(was.to, chart.zone)
    need('#span-zone', HTMLElement).textContent = `Times are those of ${chart.zone}.`
  })
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const [start, end] = [fromInput(from.value, chart.zone, was.from), fromInput(to.value, chart.zone, was.to)]
    problem.hidden = start !== undefined && end !== undefined && start < end
    if (start === undefined || end === undefined) problem.textContent = 'Give both times.'
    else if (start >= end) problem.textContent = 'The first time must be before the second.'
    else {
      chart.show({ from: start, to: end })
      need('#span', HTMLDialogElement).close()
    }
  })
}

/** Milliseconds after the last keystroke before a search begins. */
const TYPING_MS = 200

function handleAdding(chart: Chart, { siblings, canSearch }: ChartPage): void {
  const input = need('#add-search', HTMLInputElement)
  const results = need('#add-results', HTMLUListElement)
  const note = need('#add-note', HTMLElement)
  let typing: number | undefined
  let asked = 0

  const show = (paths: readonly string[]): void => {
    const left = paths.filter((path) => !chart.paths.includes(path) && !chart.strips.includes(path))
    const isFull = chart.paths.length + chart.strips.length >= MAX_LINES
    note.textContent = isFull
      ? `One chart holds ${MAX_LINES} sequences: take one off first.`
      : left.length === 0
        ? input.value.trim() === ''
          ? 'This folder has no other sequence that a chart can show.'
          : 'No sequence matches.'
        : ''
    results.replaceChildren(
      ...(isFull ? [] : left).map((path) => {
        const button = make('button', { type: 'button' }, make('strong', {}, nameOf(path)), make('span', { class: 'note' }, path))
        button.addEventListener('click', () => {
          need('#add', HTMLDialogElement).close()
          chart.add(path).catch(toastError)
        })
        return make('li', {}, button)
      }),
    )
  }
  const look = async (): Promise<void> => {
    const words = input.value.trim()
    const here = siblings.filter((path) => nameOf(path).toLowerCase().includes(words.toLowerCase()))
    if (words === '' || !canSearch) return show(here)
    const turn = ++asked
    const paths = await fetchOfPage<string[]>(`/-/chartable?type=values&q=${encodeURIComponent(words)}`)
    if (turn === asked) show(paths)
  }
  input.addEventListener('input', () => {
    clearTimeout(typing)
    typing = setTimeout(() => {
      look().catch((error: unknown) => {
        note.textContent = explain(error)
      })
    }, TYPING_MS)
  })
  for (const button of all('[data-dialog="add"]', HTMLElement)) {
    button.addEventListener('click', () => {
      input.value = ''
      show(siblings)
    })
  }
}
