/** Lines of a log as they come: at the end, and in view unless one has scrolled back. */
import { formatTime } from '../shared/format.ts'
import { levelOf } from '../shared/log-level.ts'
import { make, seek } from './dom.ts'
import { listenToValues } from './live.ts'
import { refresh } from './refresh.ts'
import { toastError } from './toasts.ts'

/** Lines kept on the page. */
const MAX_LINES = 1_000
const MAX_LINE = 2_000
/** Pixels from the end within which one counts as being there. */
const NEAR = 40

/** Follows the log of the page, if it has one. */
export function followLog(): void {
  const path = seek('[data-log]', HTMLElement)?.dataset['log']
  if (path === undefined) return
  scrollToEnd()
  document.addEventListener('refreshed', scrollToEnd)
  listenToValues({
    folder: path.slice(0, path.lastIndexOf('/')),
    onValue: ({ name, timestamp, value }) => {
      if (name === path && value !== undefined) addLine(timestamp, value)
    },
    onGap: () => void refresh().catch(toastError),
  })
}

function addLine(timestamp: string, value: string): void {
  const list = seek('[data-log-lines]', HTMLElement)
  if (!list) return
  const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR
  const line = make('li', { class: `log-line is-fresh is-${levelOf(value)}` }, make('time', { datetime: timestamp }, formatTime(Date.parse(timestamp))), ' ', make('span', {}, value.slice(0, MAX_LINE)))
  list.append(line)
  while (list.childElementCount > MAX_LINES) list.firstElementChild?.remove()
  seek('#log > .note', HTMLElement)?.remove()
  if (isAtEnd) scrollToEnd()
}

function scrollToEnd(): void {
  const list = seek('[data-log-lines]', HTMLElement)
  if (list) list.scrollTop = list.scrollHeight
}
