/** Sends webhooks: a POST of JSON, signed. docs/api.md describes them for receivers. */
import { createHmac } from 'node:crypto'
import type { Context } from '../../src/context.ts'
import { request as askPlain } from 'node:http'
import { request as askSecurely } from 'node:https'
import { isNamedWebhookHost, reasonAgainstWebhook } from '../../src/attributes/recipients.ts'
import { isOfThisMachine } from '../../src/base/networks.ts'
import { formatTimestamp } from '../../src/base/time.ts'
import { VERSION } from '../../src/base/version.ts'
import type { Delivery, OutgoingMessage } from '../../src/notifications/delivery.ts'
import { checkedLookup } from './checked-lookup.ts'
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
  const reason = reasonAgainstWebhook(ctx.settings, url)
  if (reason !== undefined) return refused(reason)
  const limit = limitTime(signal, TIMEOUT_MS)
  try {
    const status = await post(ctx, message, new URL(url), limit.signal)
    if (status >= 200 && status < 300) return delivered
    if (status >= 300 && status < 400) return refused(`It answered ${status}; redirects are not followed.`)
    return [408, 425, 429].includes(status) || status >= 500 ? deferred(`It answered ${status}.`) : refused(`It answered ${status}.`)
  } catch (error) {
    return deferred(reasonOf(error))
  } finally {
    limit.end()
  }
}

const foreignLookup = checkedLookup(isOfThisMachine, 'leads to this machine itself, and the setting WEBHOOK_HOSTS does not name it.')

/**
 * Of the answer its status is all that counts: so webhooks can't be used to read what only this machine can reach. Redirects, which could
 * lead to a host that is not allowed, are not followed.
 */
function post(ctx: Context, message: OutgoingMessage, url: URL, signal: AbortSignal): Promise<number> {
  const body = Buffer.from(composeBody(ctx, message))
  const secret = ctx.settings.WEBHOOK_SECRET
  const headers = {
    'content-type': 'application/json',
    'content-length': body.length,
    'user-agent': userAgent,
    'rhizo-message-id': String(message.id),
    ...(secret === undefined ? {} : { 'rhizo-signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` }),
  }
  const check = isNamedWebhookHost(ctx.settings, url) ? {} : { lookup: foreignLookup }
  return new Promise((resolve, reject) => {
    const ask = url.protocol === 'https:' ? askSecurely : askPlain
    const request = ask(url, { method: 'POST', headers, signal, ...check }, (response) => {
      response.destroy()
      resolve(response.statusCode ?? 0)
    })
    request.on('error', reject)
    request.end(body)
  })
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
