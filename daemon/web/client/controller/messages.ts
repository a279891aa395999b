/** Sends messages to a controller's folder, and lists the messages there: a message that follows a question counts as its answer. */
import { formatTime } from '../../shared/format.ts'
import { make, need, seek } from '../dom.ts'
import { hideProblem, showProblem } from '../forms.ts'
import { listen, send } from '../live.ts'
import { explain } from '../toasts.ts'

/** How long to wait for an answer, in milliseconds. */
const PATIENCE = 10_000
const MAX_LISTED = 200
/** Messages with values: they arrive all the time, and answer nothing. */
const VALUES = new Set(['sequence_update', 'update'])
const MAX_SHOWN = 5_000

export function handleMessages(path: string): void {
  const form = seek('#message-form', HTMLFormElement)
  if (!form) return
  const state = need('#answer-state', HTMLElement)
  let waiting: number | undefined
  /** What this page sends comes back to it, and answers nothing. */
  const own: string[] = []

  listen({
    folder: path,
    includeChildren: true,
    onMessage: ({ type, timestamp, parameters }) => {
      if (VALUES.has(type)) return
      const echo = own.indexOf(asText(type, parameters))
      if (echo >= 0) {
        own.splice(echo, 1)
        return
      }
      add('heard', type, parameters, timestamp)
      if (waiting === undefined) return
      clearTimeout(waiting)
      waiting = undefined
      state.textContent = 'Answered.'
    },
  })

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    hideProblem(form)
    clearTimeout(waiting)
    waiting = undefined
    state.textContent = ''
    const type = need('[name="type"]', HTMLInputElement, form).value.trim()
    sendTyped(type, need('[name="parameters"]', HTMLTextAreaElement, form).value).then(
      () => {
        state.textContent = 'Sent; waiting for an answer …'
        waiting = setTimeout(() => {
          waiting = undefined
          state.textContent =
            `Nothing was heard within ${PATIENCE / 1000} seconds. ` +
            (isConnected()
              ? 'Its program may not answer this type; what comes later is listed below.'
              : 'The controller is not connected, so it will not have heard it.')
        }, PATIENCE)
      },
      (error: unknown) => showProblem(form, error),
    )
  })

  async function sendTyped(type: string, text: string): Promise<void> {
    const parameters = parseParameters(text)
    const sent = asText(type, parameters)
    own.push(sent)
    try {
      await send(type, path, parameters)
    } catch (error) {
      own.splice(own.indexOf(sent), 1)
      throw error
    }
    add('sent', type, parameters, new Date().toISOString())
  }
}

const asText = (type: string, parameters: unknown): string => JSON.stringify([type, parameters])

const isConnected = (): boolean => seek('#controller-state [data-field="state"]', HTMLElement)?.textContent.startsWith('Connected') === true

/** @throws Error with a message for people */
function parseParameters(text: string): Record<string, unknown> {
  let value: unknown
  try {
    value = text.trim() === '' ? {} : JSON.parse(text)
  } catch (error) {
    throw new Error(`The parameters are not JSON: ${explain(error)}`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('The parameters must be a JSON object, such as {"level": 3}.')
  return value as Record<string, unknown>
}

function add(way: 'sent' | 'heard', type: string, parameters: unknown, timestamp: string): void {
  const list = need('#messages', HTMLOListElement)
  seek('#no-messages', HTMLElement)?.remove()
  const text = JSON.stringify(parameters, undefined, 1)
  list.prepend(
    make(
      'li',
      { class: `message is-${way}` },
      make('span', { class: 'badge' }, way === 'sent' ? 'Sent' : 'Heard'),
      make('strong', {}, type),
      make('time', { class: 'note', datetime: timestamp }, formatTime(Date.parse(timestamp))),
      make('pre', {}, text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text),
    ),
  )
  while (list.childElementCount > MAX_LISTED) list.lastElementChild?.remove()
}
