/** The chart's controls: ranges, from–to, other sequences, downloads. */
import { MAX_LINES, writeTime } from '../../shared/chart-state.ts'
import { escapePath } from '../../shared/paths.ts'
import { all, make, need } from '../dom.ts'
import { handleDownload, type Ask } from '../download.ts'
import { replaceChildren } from '../focus.ts'
import { explain, toastError } from '../toasts.ts'
import type { Chart, ChartPage } from './chart.ts'
import { nameOf } from './chart-data.ts'
import { ZOOM_IN, ZOOM_OUT } from './chart-gestures.ts'
import { fetchOfPage } from './page-data.ts'
import { fromInput, handleZoneChoice, toInput } from './zone.ts'

export function handleControls(chart: Chart, page: ChartPage): void {
  const askDownload = handleDownload()
  for (const button of all('[data-range]', HTMLButtonElement))
    button.addEventListener('click', () => void chart.choose(button.dataset['range'] ?? ''))
  const steps: Readonly<Record<string, () => void>> = {
    earlier: () => chart.move(-0.5),
    later: () => chart.move(0.5),
    in: () => chart.zoom(ZOOM_IN),
    out: () => chart.zoom(ZOOM_OUT),
  }
  for (const button of all('[data-step]', HTMLButtonElement))
    button.addEventListener('click', () => steps[button.dataset['step'] ?? '']?.())
  need('#to-newest', HTMLButtonElement).addEventListener('click', () => void chart.choose(chart.state.range))
  handleZoneChoice(page.timezone, chart.state.zone, (choice) => void chart.setZone(choice))
  need('#as-table', HTMLButtonElement).addEventListener('click', () => void chart.setTable(!chart.state.isTable))
  handleSpan(chart)
  handleAdding(chart, page)
  document.addEventListener('chart-changed', () => showState(chart, askDownload))
}

/** Updates the pressed buttons, and the links of downloads. */
function showState(chart: Chart, askDownload: Ask): void {
  const { range, span, isTable } = chart.state
  for (const button of all('[data-range]', HTMLButtonElement))
    button.setAttribute('aria-pressed', String(!span && button.dataset['range'] === range))
  need('#span-button', HTMLElement).setAttribute('aria-pressed', String(span !== undefined))
  need('#to-newest', HTMLElement).hidden = span === undefined
  need('#as-table', HTMLElement).setAttribute('aria-pressed', String(isTable))
  need('#table', HTMLElement).hidden = !isTable
  need('#chart', HTMLElement).hidden = isTable
  if (!isTable) chart.drawing.resize()
  replaceChildren(need('#downloads', HTMLElement), downloads(chart, askDownload))
}

function downloads(chart: Chart, askDownload: Ask): HTMLElement[] {
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
  ]
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
    const left = paths.filter((path) => !chart.paths.includes(path))
    const isFull = chart.paths.length >= MAX_LINES
    note.textContent = isFull
      ? `One chart holds ${MAX_LINES} sequences: take one off first.`
      : left.length === 0
        ? input.value.trim() === ''
          ? 'This folder has no other numeric sequence.'
          : 'Nothing fits.'
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
    const paths = await fetchOfPage<string[]>(`/-/chartable?q=${encodeURIComponent(words)}`)
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
