/** Routes for notifications: mail, text messages and webhooks that the server sent or should have sent. */
import { invalid, notFound } from '../../src/base/fault.ts'
import {
  cancelNotification,
  getNotification,
  listNotifications,
  repeatNotification,
  sendTestMessage,
} from '../../src/notifications/records.ts'
import { NOTIFICATION_KINDS, NOTIFICATION_STATES } from '../../src/wire/notification-kinds.ts'
import { quote } from '../../src/base/path.ts'
import { CONTROLLER_FOLDER } from '../../src/wire/resource-types.ts'
import { findByPath } from '../../src/tree/finding.ts'
import { integer, required, text, timestamp, type JsonSchema } from './parameters.ts'
import { idOf, route, type Route } from './route.ts'

const kinds: readonly string[] = NOTIFICATION_KINDS
const states: readonly string[] = NOTIFICATION_STATES
const time = { type: ['string', 'null'], format: 'date-time' }

const notificationSchema: JsonSchema = {
  type: 'object',
  properties: {
    id: { type: 'integer' },
    kind: { enum: kinds },
    state: {
      enum: states,
      description:
        'held: recorded only; queued: waits for its next attempt; sending: under way; sent: all recipients have it; failed: at ' +
        'least one will not get it; cancelled: taken back',
    },
    recipients: { type: 'array', items: { type: 'string' } },
    subject: { type: 'string' },
    controller: { type: ['string', 'null'], description: 'Path of the controller that asked for it, or that it is about.' },
    user_id: { type: ['integer', 'null'] },
    attempts: { type: 'integer' },
    creation_timestamp: { type: 'string', format: 'date-time' },
    next_attempt_timestamp: time,
    sent_timestamp: time,
    results: {
      type: 'object',
      additionalProperties: { type: ['string', 'null'] },
      description: 'By recipient: null for one who has it, else why they never will.',
    },
    error: { type: ['string', 'null'] },
  },
}

/** The text as one of the names; undefined if it is none of them. */
const among = <T extends string>(names: readonly T[], name: string | undefined): T | undefined => names.find((one) => one === name)

export function createNotificationRoutes(): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/notifications',
      tag: 'Notifications',
      summary: 'Outgoing mails, text messages and webhooks, newest first',
      description: 'For system admins.',
      parameters: {
        state: text('Only those in this state.', { choices: states }),
        kind: text('Only those of this kind.', { choices: kinds }),
        recipient: text('Only those to a recipient that contains this.', { max: 2_000 }),
        controller: text('Path of a controller: only its own.', { max: 2_000 }),
        start_timestamp: timestamp('Only those recorded from then on.'),
        end_timestamp: timestamp('Only those recorded up to then.'),
        before: integer('Only those with smaller ids, for the next page.', { min: 1 }),
        count: integer('At most so many; 100 unless given.', { min: 1, max: 1_000 }),
      },
      reply: { type: 'array', items: notificationSchema },
      handle: async ({ ctx, actor, parameters }) => {
        const controller = parameters.controller === undefined ? undefined : findByPath(ctx, actor, parameters.controller)
        if (parameters.controller !== undefined && controller?.type !== CONTROLLER_FOLDER)
          throw invalid(`controller: there is no controller ${quote(parameters.controller)}.`)
        return listNotifications(ctx, actor, {
          state: among(NOTIFICATION_STATES, parameters.state),
          kind: among(NOTIFICATION_KINDS, parameters.kind),
          recipient: parameters.recipient,
          controllerId: controller?.id,
          start: parameters.start_timestamp,
          end: parameters.end_timestamp,
          before: parameters.before,
          count: parameters.count ?? 100,
        })
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/notifications',
      tag: 'Notifications',
      summary: 'Send a message to one recipient, to see whether sending works',
      description:
        'For system admins. The answer comes when it is in the queue: ask for it by its id until its state is neither queued nor sending.',
      parameters: {
        recipient: required(
          text('An e-mail address, a phone number, an http(s) URL, or one of a push or chat service, such as ntfy:TOPIC.', { max: 2_000 }),
        ),
        kind: text('Found out from the recipient unless given.', { choices: kinds }),
        subject: text('Up to 200 characters; a sentence that says it is a test unless given.', { max: 200 }),
        body: text('As subject.', { max: 10_000 }),
      },
      reply: {
        type: 'object',
        properties: {
          status: { const: 'ok' },
          id: { type: 'integer' },
          kind: { enum: kinds },
          state: { enum: ['queued', 'held'] },
          reason: { type: 'string' },
        },
      },
      handle: async ({ ctx, actor, parameters }) => ({
        status: 'ok',
        ...(await sendTestMessage(ctx, actor, {
          recipient: parameters.recipient,
          kind: among(NOTIFICATION_KINDS, parameters.kind),
          subject: parameters.subject,
          body: parameters.body,
        })),
      }),
    }),
    route({
      method: 'GET',
      path: '/api/v1/notifications/:id',
      tag: 'Notifications',
      summary: 'One outgoing message, with its text',
      description: 'For system admins. The text of invitations and the like, which hold a code, is null.',
      parameters: {},
      reply: { ...notificationSchema, properties: { ...(notificationSchema['properties'] as object), body: { type: ['string', 'null'] } } },
      handle: async ({ ctx, actor, path }) => getNotification(ctx, actor, requireMessageId(path['id'])),
    }),
    route({
      method: 'POST',
      path: '/api/v1/notifications/:id',
      tag: 'Notifications',
      summary: 'Send a message that came to its end once more, to those who do not have it',
      description: 'For system admins. It becomes a new message, whose id is answered; 409 when there is nothing to send again.',
      parameters: {},
      reply: {
        type: 'object',
        properties: {
          status: { const: 'ok' },
          id: { type: 'integer' },
          kind: { enum: kinds },
          state: { enum: ['queued', 'held'] },
          reason: { type: 'string' },
        },
      },
      handle: async ({ ctx, actor, path }) => ({ status: 'ok', ...(await repeatNotification(ctx, actor, requireMessageId(path['id']))) }),
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/notifications/:id',
      tag: 'Notifications',
      summary: 'Take back a message that waits to be sent',
      description: 'For system admins. Its record stays.',
      parameters: {},
      handle: async ({ ctx, actor, path }) => {
        await cancelNotification(ctx, actor, requireMessageId(path['id']))
        return undefined
      },
    }),
  ]
}

function requireMessageId(part: string | undefined): number {
  const id = idOf(part)
  if (id === undefined) throw notFound(`There is no message ${quote(part ?? '')}: the id is a number.`)
  return id
}
