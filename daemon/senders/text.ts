/** Sends text messages with Twilio's REST API. */
import type { Context } from '../../src/context.ts'
import { isObject } from '../../src/base/json.ts'
import { textOf } from '../../src/notifications/queue.ts'
import type { Delivery } from '../../src/notifications/delivery.ts'
import { deferred, delivered, limitTime, reasonOf, refused, type Sender } from './sender.ts'

const TIMEOUT_MS = 30_000
/** Maximum bytes of an answer that are read. */
const MAX_ANSWER = 65_536

export const sendText: Sender = async function* (ctx, { waiting, subject, body }, signal) {
  const text = textOf(subject, body)
  for (const recipient of waiting) {
    if (signal.aborted) return
    yield [recipient, await sendOne(ctx, recipient, text, signal)]
  }
}

async function sendOne({ settings }: Context, recipient: string, text: string, signal: AbortSignal): Promise<Delivery> {
  const account = settings.TWILIO_ACCOUNT_SID ?? ''
  const limit = limitTime(signal, TIMEOUT_MS)
  try {
    const response = await fetch(`${settings.TWILIO_API_URL.replace(/(?<!\/)\/+$/, '')}/2010-04-01/Accounts/${account}/Messages.json`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${account}:${settings.TWILIO_AUTH_TOKEN ?? ''}`).toString('base64')}`,
        accept: 'application/json',
      },
      body: new URLSearchParams({ To: dialable(recipient), From: settings.TEXT_FROM_PHONE_NUMBER ?? '', Body: text }),
      redirect: 'manual',
      signal: limit.signal,
    })
    const said = await explain(response)
    if (response.ok) return delivered
    // A wrong account or token can be corrected while the message waits; an invalid number can't.
    const isPassing = [401, 403, 408, 429].includes(response.status) || response.status >= 500
    return isPassing ? deferred(said) : refused(said)
  } catch (error) {
    return deferred(`Can't reach Twilio: ${reasonOf(error)}`)
  } finally {
    limit.end()
  }
}

/** `Twilio answered 400: The 'To' number is not valid (21211)`. */
async function explain(response: Response): Promise<string> {
  const status = `Twilio answered ${response.status}`
  const answer = await readAnswer(response)
  if (!isObject(answer) || typeof answer['message'] !== 'string') return `${status}.`
  const code = answer['code']
  return `${status}: ${answer['message']}${typeof code === 'number' ? ` (${code})` : ''}`
}

async function readAnswer(response: Response): Promise<unknown> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true })
    if (text.length > MAX_ANSWER) return undefined
  }
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** `+1 (555) 123-4567` in E.164 form. */
const dialable = (number: string): string => number.replace(/[^+0-9]/g, '')
