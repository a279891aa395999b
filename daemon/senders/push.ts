/** What senders of push and chat services share: a request of JSON for each recipient, bounded in time and in what is read of an answer. */
import type { Settings } from '../../src/settings/settings.ts'
import { VERSION } from '../../src/base/version.ts'
import { isObject } from '../../src/base/json.ts'
import type { Delivery, OutgoingMessage } from '../../src/notifications/delivery.ts'
import { deferred, delivered, limitTime, reasonOf, refused, type Sender } from './sender.ts'

const TIMEOUT_MS = 20_000
/** Maximum bytes of an answer that are read. */
const MAX_ANSWER = 65_536
/** Events that somebody should be woken for. */
const URGENT: ReadonlySet<unknown> = new Set(['alerts_started', 'alerts_escalated', 'controllers_silent'])

export interface PushRequest {
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body: Readonly<Record<string, unknown>>
  /** Texts that no log and no record may hold. */
  readonly secrets: readonly string[]
}

export interface PushService {
  /** Its name for people. */
  readonly name: string
  /** @param address the recipient without the prefix of the service @returns a sentence where it can't be sent to that address now */
  compose(settings: Settings, address: string, message: OutgoingMessage): PushRequest | string
  /** What the service says is wrong, in its answer: JSON, or the text itself. */
  reasonIn(answer: unknown): string | undefined
}

export const sendBy = (service: PushService): Sender =>
  async function* (ctx, message, signal) {
    for (const recipient of message.waiting) {
      if (signal.aborted) return
      yield [recipient, await sendOne(service, ctx.settings, recipient, message, signal)]
    }
  }

async function sendOne(
  service: PushService,
  settings: Settings,
  recipient: string,
  message: OutgoingMessage,
  signal: AbortSignal,
): Promise<Delivery> {
  const request = service.compose(settings, recipient.slice(recipient.indexOf(':') + 1), message)
  // The setting may be put right while the message waits.
  if (typeof request === 'string') return deferred(request)
  const clean = (text: string): string => request.secrets.reduce((rest, secret) => rest.replaceAll(secret, '…'), text)
  const limit = limitTime(signal, TIMEOUT_MS)
  try {
    const response = await fetch(request.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': `rhizo/${VERSION}`, ...request.headers },
      body: JSON.stringify(request.body),
      redirect: 'manual',
      signal: limit.signal,
    })
    const reason = service.reasonIn(await readAnswer(response))
    if (response.ok && reason === undefined) return delivered
    const said = clean(`${service.name} answered ${response.status}${reason === undefined ? '.' : `: ${reason}`}`)
    // A wrong token can be put right while the message waits; a wrong address can't.
    return [401, 408, 425, 429].includes(response.status) || response.status >= 500 ? deferred(said) : refused(said)
  } catch (error) {
    return deferred(clean(`Can't reach ${service.name}: ${reasonOf(error)}`))
  } finally {
    limit.end()
  }
}

/** JSON where it is, otherwise text; as much as is worth reading. */
async function readAnswer(response: Response): Promise<unknown> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true })
    if (text.length > MAX_ANSWER) break
  }
  try {
    return JSON.parse(text)
  } catch {
    return text.trim()
  }
}

/** Whether somebody should be woken. */
export function isUrgent({ data }: OutgoingMessage): boolean {
  const parsed: unknown = data === undefined ? undefined : JSON.parse(data)
  return isObject(parsed) && URGENT.has(parsed['event'])
}

/** A field of an answer that is text. */
export const textIn = (answer: unknown, field: string): string | undefined =>
  isObject(answer) && typeof answer[field] === 'string' ? answer[field] : undefined

/** At most so many bytes of UTF-8, with a mark where something is left out. */
export function cutBytes(text: string, bytes: number): string {
  const encoded = Buffer.from(text)
  if (encoded.length <= bytes) return text
  return `${encoded
    .subarray(0, bytes - 3)
    .toString('utf8')
    .replace(/\uFFFD+$/, '')}…`
}

export const baseOf = (url: string): string => url.replace(/(?<!\/)\/+$/, '')
