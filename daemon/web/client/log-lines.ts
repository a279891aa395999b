/** Adds new lines of a log at the end, and scrolls to them unless the user has scrolled back. */
import { MAX_SHOWN_LINE } from '../shared/shown-line.ts'
import { seek } from './dom.ts'
import { listenToValues } from './live.ts'
import { isAtEnd, makeLogLine, microsOf } from './log-line.ts'
import { refresh } from './refresh.ts'
import { toastError } from './toasts.ts'

/** Maximum number of lines on the page. */
const MAX_LINES = 1_000

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
  const wasAtEnd = isAtEnd(list)
  const zone = seek('[data-log]', HTMLElement)?.dataset['zone'] ?? 'UTC'
  list.append(makeLogLine({ time: microsOf(timestamp), text: value.slice(0, MAX_SHOWN_LINE) }, true, zone))
  while (list.childElementCount > MAX_LINES) list.firstElementChild?.remove()
  seek('#log > .note', HTMLElement)?.remove()
  if (wasAtEnd) scrollToEnd()
}

function scrollToEnd(): void {
  const list = seek('[data-log-lines]', HTMLElement)
  if (list) list.scrollTop = list.scrollHeight
}
