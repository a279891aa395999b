/**
 * Notifications that leave the machine: mail, text messages, webhooks. All of them go through one queue in the database, the table
 * `outgoing_messages`, which is also their record. A verb writes to it; a worker of the daemon sends.
 *
 * | state | means |
 * |---|---|
 * | `held` | recorded only, and never sent: PRODUCTION is off, or its kind is not set up; `error` says which |
 * | `queued` | to be sent at `next_attempt_timestamp`, for the first time or again |
 * | `sending` | in progress at this moment |
 * | `sent` | all recipients have it |
 * | `failed` | given up: at least one recipient will not get it; `results` says who, `error` why |
 * | `cancelled` | withdrawn before it was sent to all recipients |
 */
import type { Context } from '../context.ts'
import type { Db } from '../database/schema.ts'
import { Fault } from '../base/fault.ts'
import { requireRecipients } from '../attributes/recipients.ts'
import { reasonToHold } from './obstacles.ts'
import type { NotificationKind } from '../wire/notification-kinds.ts'

export const MAX_SUBJECT = 200
export const MAX_EMAIL_BODY = 100_000
/** Maximum length of a text message with its subject, in characters; Twilio accepts no more. */
export const MAX_TEXT_BODY = 1_600
/** Maximum number of messages that wait to be sent; beyond it new ones are refused. */
const MAX_QUEUED = 10_000

export interface Notification {
  readonly kind: NotificationKind
  /** 1 to 5 e-mail addresses, phone numbers or http(s) URLs. */
  readonly recipients: readonly string[]
  /** One line; shortened if it is longer or has control characters. A text message begins with it, unless it is ''. */
  readonly subject: string
  /** Plain text for people. Cut to the limit of the kind. */
  readonly body: string
  /** Data for programs that receive it by webhook, in addition to subject and body. */
  readonly data?: Readonly<Record<string, unknown>>
  /** The controller that asked for it, or that it is about. */
  readonly controllerId?: number
  /** The user who asked for it. */
  readonly userId?: number
  /** The body contains a code: it is kept only until it was sent, and never shown. */
  readonly isSecret?: boolean
}

export interface Enqueued {
  readonly id: number
  readonly kind: NotificationKind
  readonly state: 'queued' | 'held'
  /** Why it is held. */
  readonly reason?: string
}

/** What a transaction wrote, to be told of when it has committed. */
export interface Recorded extends Enqueued {
  readonly recipients: number
  /** Why it is held. */
  readonly held: string | undefined
}

/**
 * Queues a notification; resolves when that is durable. Checks no permissions and no limits: verbs for clients do that. Delivery is at
 * least once: if a server gives no clear answer, it may get the message twice.
 * @throws Fault invalid for recipients that are not valid; busy when too many wait
 */
export async function enqueueNotification(ctx: Context, notification: Notification): Promise<Enqueued> {
  const recorded = await recordNotification(ctx, ctx.db, notification)
  announceNotification(ctx, recorded)
  const { id, kind, state, held } = recorded
  return { id, kind, state, ...(held === undefined ? {} : { reason: held }) }
}

/**
 * Like {@link enqueueNotification}, for a caller with its own transaction, so that a state and the message about it are written together.
 * The caller must call {@link announceNotification} after its commit.
 */
export async function recordNotification(ctx: Context, db: Db, notification: Notification): Promise<Recorded> {
  const { kind, subject, body } = notification
  requireRecipients(kind, notification.recipients, 'recipients')
  const recipients = [...new Set(notification.recipients)]
  const held = reasonToHold(ctx, kind)
  const now = ctx.clock.now()
  if (held === undefined) await requireRoom(db)
  const keepsBody = held === undefined || notification.isSecret !== true
  const { id } = await db
    .insertInto('outgoing_messages')
    .values({
      controller_id: notification.controllerId ?? null,
      user_id: notification.userId ?? null,
      kind,
      recipients: JSON.stringify(recipients),
      subject: trimSubject(subject),
      body: keepsBody ? clean(body).slice(0, MAX_EMAIL_BODY) : '',
      data: notification.data === undefined ? null : JSON.stringify(notification.data),
      secret: notification.isSecret === true ? 1 : 0,
      state: held === undefined ? 'queued' : 'held',
      attempts: 0,
      interrupted: 0,
      creation_timestamp: now,
      next_attempt_timestamp: held === undefined ? now : null,
      sent_timestamp: null,
      results: '{}',
      error: held ?? null,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return { id, kind, state: held === undefined ? 'queued' : 'held', recipients: recipients.length, held }
}

/** Logs the message and wakes the sender; to be called when what {@link recordNotification} wrote has committed. */
export function announceNotification(ctx: Context, { id, kind, state, recipients, held }: Recorded): void {
  ctx.log.info(
    { id, kind, recipients, ...(held === undefined ? {} : { held }) },
    held === undefined ? 'queued a message' : 'held a message back',
  )
  if (state === 'queued') ctx.hub.notify('messageQueued', { id })
  else ctx.hub.notify('messageEnded', { id, kind, state })
}

/** Text of a text message: its subject, if any, on a line of its own, within the limit. */
export function textOf(subject: string, body: string): string {
  const text = subject === '' ? body : body === '' ? subject : `${subject}\n${body}`
  return text.length <= MAX_TEXT_BODY ? text : `${text.slice(0, MAX_TEXT_BODY - 1)}…`
}

/** @throws Fault busy when too many wait to be sent */
export async function requireRoom(db: Db): Promise<void> {
  const { waiting } = await db
    .selectFrom('outgoing_messages')
    .select((eb) => eb.fn.countAll<number>().as('waiting'))
    .where('state', '=', 'queued')
    .executeTakeFirstOrThrow()
  if (waiting >= MAX_QUEUED)
    throw new Fault('busy', `${waiting} messages wait to be sent already. Look with "rhizo notify ls --state queued" why they are not.`)
}

function trimSubject(subject: string): string {
  const line = clean(subject)
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
  return line.length <= MAX_SUBJECT ? line : `${line.slice(0, MAX_SUBJECT - 1)}…`
}

const clean = (text: string): string => text.toWellFormed().replaceAll('\0', '')
