/** Routes for the caller's devices that take alarms by web push. */
import { notFound } from '../../src/base/fault.ts'
import { quote } from '../../src/base/path.ts'
import { reasonToHold } from '../../src/notifications/obstacles.ts'
import { addPushDevice, listPushDevices, parsePushSubscription, removePushDevice } from '../../src/notifications/push-devices.ts'
import { pushKeysOf } from '../../src/notifications/push-keys.ts'
import { object, text } from './parameters.ts'
import { idOf, route, type Route } from './route.ts'

const device = {
  type: 'object',
  properties: {
    id: { type: 'integer' },
    name: { type: 'string' },
    endpoint_hash: { type: 'string', description: 'SHA-256 of its address at the push service, hex.' },
    creation_timestamp: { type: 'string', format: 'date-time' },
    sent_timestamp: { type: ['string', 'null'], description: 'When the push service last took a message for it.' },
  },
} as const

export function createPushRoutes(): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/push-devices',
      tag: 'Alerts',
      summary: 'Your devices that take alarms by web push, and the key with which a browser subscribes',
      description: 'The recipient push:NAME, with your user name or e-mail address, is all of them.',
      parameters: {},
      reply: {
        type: 'object',
        properties: {
          public_key: { type: 'string', description: 'The applicationServerKey, base64url.' },
          reason: { type: ['string', 'null'], description: 'Why nothing can be sent to devices now.' },
          devices: { type: 'array', items: device },
        },
      },
      handle: async ({ ctx, actor }) => ({
        devices: await listPushDevices(ctx, actor),
        public_key: pushKeysOf(ctx.settings).publicKey,
        reason: reasonToHold(ctx, 'push') ?? null,
      }),
    }),
    route({
      method: 'POST',
      path: '/api/v1/push-devices',
      tag: 'Alerts',
      summary: 'Switch alarms on for a device',
      description: 'At most 10 for each user. A device that the push service no longer knows is removed when something is sent to it.',
      parameters: {
        subscription: object('What PushManager.subscribe gives: {"endpoint": …, "keys": {"p256dh": …, "auth": …}}.'),
        name: text('For you, such as "Firefox on Android".', { max: 200 }),
      },
      reply: { type: 'object', properties: { status: { const: 'ok' }, id: { type: 'integer' } } },
      handle: async ({ ctx, actor, parameters: { subscription, name = '' } }) => ({
        status: 'ok',
        id: await addPushDevice(ctx, actor, parsePushSubscription(subscription), name),
      }),
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/push-devices/:id',
      tag: 'Alerts',
      summary: 'Switch alarms off for a device',
      parameters: {},
      handle: async ({ ctx, actor, path }) => {
        const id = idOf(path['id'])
        if (id === undefined) throw notFound(`There is no device ${quote(path['id'] ?? '')}: the id is a number.`)
        await removePushDevice(ctx, actor, id)
        return undefined
      },
    }),
  ]
}
