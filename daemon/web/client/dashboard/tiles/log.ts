/** The newest lines of a text sequence, the last at the bottom. */
import type { LogData } from '../../../../../src/wire/dashboard-answers.ts'
import { make } from '../../dom.ts'
import { isAtEnd, makeLogLine, microsOf } from '../../log-line.ts'
import type { ViewMaker } from '../tile-view.ts'

/** Lines that are kept, when the tile was read with fewer. */
const KEPT = 50

export const makeLog: ViewMaker = (body, page) => {
  const list = make('ol', { class: 'log-lines', tabindex: '0' })
  let path = ''
  let kept = KEPT
  return {
    get paths() {
      return path === '' ? [] : [path]
    },
    show: (data) => {
      const { sequence, lines } = data as LogData
      path = sequence.path
      kept = Math.max(KEPT, lines.length)
      list.setAttribute('aria-label', `Lines of ${sequence.name}`)
      list.replaceChildren(...lines.map((line) => makeLogLine(line, false, page.zone)))
      body.replaceChildren(lines.length === 0 ? make('p', { class: 'panel-empty' }, 'Nothing was logged yet.') : list)
      list.scrollTop = list.scrollHeight
    },
    take: (values) => {
      const wasAtEnd = isAtEnd(list)
      if (!list.isConnected) body.replaceChildren(list)
      let isLate = false
      for (const { value, timestamp } of values) {
        const time = microsOf(timestamp)
        const last = list.lastElementChild
        if (value === undefined) continue
        if (last instanceof HTMLElement && Number(last.dataset['time']) >= time) isLate = true
        else list.append(makeLogLine({ time, text: value }, true, page.zone))
      }
      while (list.children.length > kept) list.firstElementChild?.remove()
      if (wasAtEnd) list.scrollTop = list.scrollHeight
      return isLate
    },
  }
}
