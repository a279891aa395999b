/** Sends webhooks: a POST of JSON, signed. docs/api.md describes them for receivers. */
import { createHmac } from 'node:crypto'
import type { Context } from '../../src/context.ts'
import { isAllowedWebhook } from '../../src/attributes/recipients.ts'
import { formatTimestamp } from '../../src/base/time.ts'
import { VERSION } from '../../src/base/version.ts'
import type { Delivery, OutgoingMessage } from '../../src/notifications/delivery.ts'
import { deferred, delivered, limitTime, reasonOf, refused, type Sender } from './sender.ts'

const TIMEOUT_MS = 20_000
const userAgent = `rhizo/${VERSION}`

export const sendWebhook: Sender = async function* (ctx, message, signal) {
  for (const url of message.waiting) {
    if (signal.aborted) return
    yield [url, await sendOne(ctx, message, url, signal)]
  }
}

async function sendOne(ctx: Context, message: OutgoingMessage, url: string, signal: AbortSignal): Promise<Delivery> {
  if (!isAllowedWebhook(ctx.settings, url)) return refused('The setting WEBHOOK_HOSTS does not name its host.')
  const body = composeBody(ctx, message)
  const secret = ctx.settings.WEBHOOK_SECRET
  const limit = limitTime(signal, TIMEOUT_MS)
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': userAgent,
        'rhizo-message-id': String(message.id),
        ...(secret === undefined ? {} : { 'rhizo-signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` }),
      },
      body,
      // A redirect could lead to a host that is not allowed.
      redirect: 'manual',
      signal: limit.signal,
    })
    // Ignore the body, so that webhooks can't be used to read what only this machine can reach.
    await response.body?.cancel()
    if (response.ok) return delivered
    const { status } = response
    if (status >= 300 && status < 400) return refused(`It answered ${status}; redirects are not followed.`)
    return [408, 425, 429].includes(status) || status >= 500 ? deferred(`It answered ${status}.`) : refused(`It answered ${status}.`)
  } catch (error) {
    return deferred(reasonOf(error))
  } finally {
    limit.end()
  }
}

function composeBody({ settings, clock }: Context, { id, subject, body, data, controller, created }: OutgoingMessage): string {
  return JSON.stringify({
    id,
    server: settings.SYSTEM_NAME,
    timestamp: formatTimestamp(created),
    sent_timestamp: formatTimestamp(clock.now()),
    controller: controller ?? null,
    subject,
    body,
    // The field that chat programs show.
    text: subject === '' ? body : `${subject}\n${body}`,
    data: data === undefined ? null : (JSON.parse(data) as unknown),
  })
}
