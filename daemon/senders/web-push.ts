/**
 * Sends to browsers and installed pages by web push: RFC 8030, encrypted for the device (RFC 8291) and signed by this server (RFC 8292).
 * Of what the push service is told, only the size and the urgency say something about the lab.
 */
import { request as ask } from 'node:https'
import { isNamedWebhookHost } from '../../src/attributes/recipients.ts'
import { reasonAgainstEndpoint } from '../../src/attributes/push-endpoints.ts'
import { isObject } from '../../src/base/json.ts'
import { isPrivateAddress } from '../../src/base/networks.ts'
import type { Context } from '../../src/context.ts'
import type { Delivery, OutgoingMessage } from '../../src/notifications/delivery.ts'
import { forgetPushDevices, notePushed, pushDevicesOf, type PushDevice } from '../../src/notifications/push-devices.ts'
import { pushKeysOf } from '../../src/notifications/push-keys.ts'
import { checkedLookup } from './checked-lookup.ts'
import { cutBytes, isUrgent } from './push.ts'
import { deferred, delivered, limitTime, reasonOf, refused, type Sender } from './sender.ts'

const TIMEOUT_MS = 20_000
/** Push services take 4,096 bytes, of which encryption needs 103. */
const MAX_PAYLOAD = 3_993
const MAX_BODY = 3_000
const MAX_TITLE = 400
/** How long a push service keeps it for a device that is off; an alarm of the day before says nothing any more. */
const KEPT_SECONDS = 86_400

export const sendWebPush: Sender = async function* (ctx, message, signal) {
  for (const recipient of message.waiting) {
    if (signal.aborted) return
    yield [recipient, await sendToAll(ctx, recipient.slice(recipient.indexOf(':') + 1), message, signal)]
  }
}

async function sendToAll(ctx: Context, name: string, message: OutgoingMessage, signal: AbortSignal): Promise<Delivery> {
  const devices = await pushDevicesOf(ctx, name)
  const results = await Promise.all(devices.map(async (device) => [device, await sendOne(ctx, device, message, signal)] as const))
  await forgetPushDevices(
    ctx,
    results.flatMap(([{ id }, result]) => (result === 'gone' ? [id] : [])),
  )
  const found = results.flatMap(([, result]) => (result === 'gone' ? [] : [result]))
  // A device that is told again shows it once: both have the same tag.
  return (
    found.find(({ state }) => state === 'deferred') ??
    found.find(({ state }) => state === 'delivered') ??
    found[0] ??
    refused(`No device of ${name} takes alarms: they are switched on in "My settings", on the device.`)
  )
}

/** @returns `gone` for a device that has switched alarms off */
async function sendOne(ctx: Context, device: PushDevice, message: OutgoingMessage, signal: AbortSignal): Promise<Delivery | 'gone'> {
  const reason = reasonAgainstEndpoint(ctx.settings, device.endpoint)
  if (reason !== undefined) return refused(`${device.name}: nothing is sent there. ${reason}`)
  const limit = limitTime(signal, TIMEOUT_MS)
  try {
    const status = await post(ctx, device, message, limit.signal)
    if (status === 404 || status === 410) return 'gone'
    if (status >= 200 && status < 300) {
      await notePushed(ctx, device.id)
      return delivered
    }
    const said = `${device.name}: its push service answered ${status}.`
    return [401, 408, 425, 429].includes(status) || status >= 500 ? deferred(said) : refused(said)
  } catch (error) {
    return deferred(`${device.name}: ${reasonOf(error)}`.replaceAll(device.endpoint, '…'))
  } finally {
    limit.end()
  }
}

async function post({ settings }: Context, device: PushDevice, message: OutgoingMessage, signal: AbortSignal): Promise<number> {
  const { default: webPush } = await import('web-push')
  const { endpoint, p256dh, auth } = device
  const { headers, body } = webPush.generateRequestDetails({ endpoint, keys: { p256dh, auth } }, showOf(message), {
    vapidDetails: { subject: new URL(settings.PUBLIC_URL ?? '').origin, ...pushKeysOf(settings) },
    TTL: KEPT_SECONDS,
    urgency: isUrgent(message) ? 'high' : 'normal',
    // A newer attempt takes the place of an older one that the service still has.
    topic: `rhizo-${message.id}`,
  })
  const url = new URL(endpoint)
  return new Promise((resolve, reject) => {
    const request = ask(
      url,
      { method: 'POST', headers, signal, ...(isNamedWebhookHost(settings, url) ? {} : { lookup: publicLookup }) },
      (response) => {
        // Nothing of the answer is read, so that nobody learns what only this machine can reach.
        response.destroy()
        resolve(response.statusCode ?? 0)
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}

/** Refuses names that lead into the lab's own network. */
const publicLookup = checkedLookup(isPrivateAddress, 'is in a private network, and the setting WEBHOOK_HOSTS does not name it.')

/** What the service worker shows, as JSON that fits. */
function showOf(message: OutgoingMessage): string {
  const { id, subject, body } = message
  for (let most = MAX_BODY; ; most = Math.floor(most / 2)) {
    const shown = JSON.stringify({
      title: cutBytes(subject, MAX_TITLE),
      body: most < 8 ? '' : cutBytes(body, most),
      // Of the same message once, however often it comes.
      tag: `rhizo-${id}`,
      path: pathOf(message),
      urgent: isUrgent(message),
    })
    if (Buffer.byteLength(shown) <= MAX_PAYLOAD || most === 0) return shown
  }
}

/** The page that it is about. */
function pathOf({ data, controller }: OutgoingMessage): string {
  const parsed: unknown = data === undefined ? undefined : JSON.parse(data)
  const alerts: unknown = isObject(parsed) ? parsed['alerts'] : undefined
  if (!Array.isArray(alerts)) return controller ?? '/'
  const [first, ...more] = alerts as unknown[]
  return more.length === 0 && isObject(first) && typeof first['path'] === 'string' ? first['path'] : '/-/alerts'
}
