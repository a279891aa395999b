/** Keeps a controller's state up to date: asks for it from time to time, and soon after a message from it. */
import { describeOffset, wordsOf, type StateFields } from '../../shared/controller-state.ts'
import { formatAge, formatCount } from '../../shared/format.ts'
import { get } from '../api.ts'
import { need, seek } from '../dom.ts'
import { listen } from '../live.ts'

interface Answer extends StateFields {
  path: string
  client_version: string | null
  address: string | null
  clock_offset: number | null
  messages_received: number
  messages_sent: number
}

const INTERVAL = 10_000
/** Delay after a message, in milliseconds, since a busy controller sends hundreds a second. */
const SOON = 1_000

export function followState(path: string): void {
  let isAsking = false
  let soon: number | undefined
  const ask = (): void => {
    soon = undefined
    if (isAsking || document.visibilityState !== 'visible') return
    isAsking = true
    get<Answer[]>('/controllers', { path })
      // While the server is out of reach, the connection's own banner says so.
      .then(
        (answers) => show(answers.find((answer) => answer.path === path)),
        () => undefined,
      )
      .finally(() => (isAsking = false))
  }
  setInterval(ask, INTERVAL)
  document.addEventListener('visibilitychange', ask)
  listen({ folder: path, includeChildren: true, onMessage: () => (soon ??= setTimeout(ask, SOON)), onGap: ask })
}

function show(answer: Answer | undefined): void {
  if (!answer) return
  const place = need('#controller-state', HTMLElement)
  const { tone, text } = wordsOf(answer)
  const dot = seek('.dot', HTMLElement, place)
  if (dot) dot.className = tone === 'none' ? 'dot' : `dot is-${tone}`
  const fields: Record<string, string> = {
    state: text,
    version: answer.client_version ?? '–',
    address: answer.address ?? '–',
    clock: answer.clock_offset === null ? 'right' : describeOffset(answer.clock_offset),
    received: formatCount(answer.messages_received),
    sent: formatCount(answer.messages_sent),
  }
  for (const [name, value] of Object.entries(fields)) {
    const element = seek(`[data-field="${name}"]`, HTMLElement, place)
    if (element && element.textContent !== value) element.textContent = value
  }
  const heard = seek('[data-field="heard"]', HTMLElement, place)
  const { last_heard_timestamp: timestamp } = answer
  if (!heard || timestamp === null) return
  const time = seek('time', HTMLTimeElement, heard) ?? document.createElement('time')
  time.dataset['age'] = ''
  time.dateTime = timestamp
  time.title = timestamp
  time.textContent = formatAge(Date.parse(timestamp), Date.now())
  if (!time.isConnected) heard.replaceChildren(time)
}
