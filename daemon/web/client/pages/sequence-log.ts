/** The page of a text sequence: new lines as they arrive, older ones on demand, and the full text of long ones. */
import './main.ts'
import { formatBytes, formatCount } from '../../shared/format.ts'
import { escapePath } from '../../shared/paths.ts'
import { MAX_SHOWN_LINE, type ShownLine } from '../../shared/shown-line.ts'
import type { ZoneChoice } from '../../shared/zone-choice.ts'
import { closest, make, need, readState } from '../dom.ts'
import { listenToValues } from '../live.ts'
import { isAtEnd, makeLogLine, microsOf } from '../log-line.ts'
import { handleChanges } from '../sequence/changes.ts'
import { fetchOfPage } from '../sequence/page-data.ts'
import { followMoves, followRemovals } from '../sequence/moves.ts'
import { folderOf, showNewest } from '../sequence/newest.ts'
import { fetchStates, makeStrip, makeStripKey } from '../sequence/state-strip.ts'
import { handleZoneChoice, resolveZone, showTime } from '../sequence/zone.ts'
import { toastError } from '../toasts.ts'

interface LogState {
  path: string
  timezone: string
  choice: ZoneChoice
  /** Text that lines must contain; '': any. */
  text: string
  /** Whether the page ends with the newest line. */
  isNewest: boolean
}

/** Maximum number of lines on the page as new ones arrive. */
const MAX_LINES = 5_000

const state = readState<LogState>()
const list = need('#lines', HTMLOListElement)
const older = need('#log-older', HTMLElement)
const fresh = need('#log-new', HTMLButtonElement)
let unseen = 0

const timeOf = (line: Element | null): number => Number(line instanceof HTMLElement ? line.dataset['time'] : Number.NaN)

list.scrollTop = list.scrollHeight
const zone = resolveZone(state.choice, state.timezone)
handleZoneChoice(state.timezone, state.choice, showZone)
if (state.choice === 'own')
  for (const line of list.children)
    line.querySelector('time')?.replaceWith(need('time', HTMLTimeElement, makeLogLine({ time: timeOf(line), text: '' }, false, zone)))
handleChanges(state.path, () => ({ zone }))
showStates().catch(toastError)
followMoves(state.path, folderOf(state.path))
followRemovals(state.path, folderOf(state.path))

/** A text that tells few different things, such as open and closed, has a strip of colours. */
async function showStates(): Promise<void> {
  if (!state.isNewest || state.text !== '') return
  const { changes, isLog } = await fetchStates(state.path)
  const [first, name] = [changes[0], state.path.slice(state.path.lastIndexOf('/') + 1)]
  const place = need('#states', HTMLElement)
  place.hidden = isLog || changes.length < 2
  if (!first || place.hidden) return
  const now = Date.now() / 1000
  const span = { from: first.time, to: Math.max(now, changes.at(-1)?.time ?? now) }
  const times = make(
    'p',
    { class: 'note state-times' },
    make('span', {}, showTime(span.from, zone)),
    make('span', {}, showTime(span.to, zone)),
  )
  place.replaceChildren(makeStripKey(changes), makeStrip({ name, changes, span, now, zone }), times)
}

/** Reloads the page, so that its links use the same zone. */
function showZone(choice: ZoneChoice): void {
  const address = new URL(location.href)
  if (choice === '') address.searchParams.delete('zone')
  else address.searchParams.set('zone', choice)
  location.replace(address)
}

function makeLine({ time, text, length }: ShownLine, isFresh: boolean): HTMLLIElement {
  const line = makeLogLine({ time, text }, isFresh, zone)
  if (length > text.length)
    line.append(
      ' ',
      make(
        'a',
        { class: 'log-rest', href: `/api/v1/resources${escapePath(state.path)}?rev=${time}`, 'data-rest': '' },
        `… all of it (${formatBytes(length)})`,
      ),
    )
  return line
}

/** @param lines oldest first, newer than those on the page */
function append(lines: readonly ShownLine[]): void {
  const last = timeOf(list.lastElementChild)
  const added = lines.filter(({ time }) => !(time <= last))
  if (added.length === 0) return
  const wasAtEnd = isAtEnd(list)
  list.append(...added.map((line) => makeLine(line, true)))
  while (list.childElementCount > MAX_LINES) {
    list.firstElementChild?.remove()
    older.hidden = false
  }
  need('#log-empty', HTMLElement).hidden = true
  if (wasAtEnd) list.scrollTop = list.scrollHeight
  else {
    unseen += added.length
    fresh.hidden = false
    need('span', HTMLElement, fresh).textContent = `${formatCount(unseen)} new`
  }
}

fresh.addEventListener('click', () => {
  list.scrollTop = list.scrollHeight
  list.focus({ preventScroll: true })
})
list.addEventListener('scroll', () => {
  if (!isAtEnd(list)) return
  unseen = 0
  fresh.hidden = true
})

async function fetchLines(before?: number): Promise<{ lines: ShownLine[]; more: boolean }> {
  const query = new URLSearchParams({
    view: 'lines',
    ...(state.text === '' ? {} : { text: state.text }),
    ...(before === undefined ? {} : { before: String(before) }),
  })
  return fetchOfPage(`${location.pathname}?${query.toString()}`)
}

older.addEventListener('click', (event) => {
  if (!closest(event.target, 'a', HTMLElement)) return
  event.preventDefault()
  fetchLines(timeOf(list.firstElementChild)).then(({ lines, more }) => {
    const { scrollHeight, scrollTop } = list
    list.prepend(...lines.map((line) => makeLine(line, false)))
    // Keep the scroll position of what was being read.
    list.scrollTop = scrollTop + list.scrollHeight - scrollHeight
    older.hidden = !more
    list.focus({ preventScroll: true })
  }, toastError)
})

list.addEventListener('click', (event) => {
  const link = closest(event.target, '[data-rest]', HTMLAnchorElement)
  const text = link?.parentElement?.querySelector('span')
  if (!link || !text) return
  event.preventDefault()
  fetch(link.href, { credentials: 'same-origin' })
    .then(async (response) => {
      if (!response.ok) throw new Error('The line could not be read. It may have been deleted meanwhile.')
      text.textContent = await response.text()
      link.remove()
      list.focus({ preventScroll: true })
    })
    .catch(toastError)
})

listenToValues({
  folder: folderOf(state.path),
  onValue: ({ name, timestamp, value }) => {
    if (name !== state.path || value === undefined) return
    showNewest(timestamp)
    if (!need('#states', HTMLElement).hidden) showStates().catch(toastError)
    if (state.isNewest && value.includes(state.text))
      append([{ time: microsOf(timestamp), text: value.slice(0, MAX_SHOWN_LINE), length: value.length }])
  },
  onGap: () => {
    if (state.isNewest) fillGap().catch(toastError)
  },
})

/** Fetches missed lines: those between the newest and the ones on the page or, if they are too many, only the newest. */
async function fillGap(): Promise<void> {
  const last = timeOf(list.lastElementChild)
  const { lines, more } = await fetchLines()
  if (more && (lines[0]?.time ?? 0) > last) {
    list.replaceChildren()
    older.hidden = false
  }
  append(lines)
}
