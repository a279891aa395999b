/**
 * What leaves the machine to reach people and programs: mail, text messages, webhooks. All of it goes through one queue in
 * the database, the table `outgoing_messages`, which is its record too. A verb writes there; a worker of the daemon sends.
 *
 * | state | means |
 * |---|---|
 * | `held` | recorded only, and never sent: PRODUCTION is off, or its kind is not set up; `error` says which |
 * | `queued` | to be sent at `next_attempt_timestamp`, for the first time or again |
 * | `sending` | under way at this moment |
 * | `sent` | all recipients have it |
 * | `failed` | given up: at least one recipient will not get it; `results` says who, `error` why |
 * | `cancelled` | taken back before it was sent to everybody |
 */
import type { Context } from '../context.ts'
import type { Db } from '../database/schema.ts'
import { Fault } from '../base/fault.ts'
import { requireRecipients } from '../attributes/recipients.ts'

export const NOTIFICATION_KINDS = ['email', 'text', 'webhook'] as const
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number]

export const NOTIFICATION_STATES = ['held', 'queued', 'sending', 'sent', 'failed', 'cancelled'] as const
export type NotificationState = (typeof NOTIFICATION_STATES)[number]
export type EndState = Exclude<NotificationState, 'queued' | 'sending'>

export const MAX_SUBJECT = 200
export const MAX_EMAIL_BODY = 100_000
/** Of a text message, in characters, with its subject; Twilio takes no more. */
export const MAX_TEXT_BODY = 1_600
/** Messages that may wait to be sent; past it new ones are refused. */
const MAX_QUEUED = 10_000

export interface Notification {
  readonly kind: NotificationKind
  /** 1 to 5 e-mail addresses, phone numbers or http(s) URLs. */
  readonly recipients: readonly string[]
  /** One line; longer or with control characters it is trimmed. A text message begins with it, unless it is ''. */
  readonly subject: string
  /** Plain text for people. Cut to what the kind can hold. */
  readonly body: string
  /** For programs that receive it by webhook, beside subject and body. */
  readonly data?: Readonly<Record<string, unknown>>
  /** The controller that asked for it, or that it is about. */
  readonly controllerId?: number
  /** The user who asked for it. */
  readonly userId?: number
  /** The body holds a code: it is kept no longer than until it was sent, and shown to nobody. */
  readonly isSecret?: boolean
}

export interface Enqueued {
  readonly id: number
  readonly kind: NotificationKind
  readonly state: 'queued' | 'held'
}

/** What a transaction wrote, to be told of when it has committed. */
export interface Recorded extends Enqueued {
  readonly recipients: number
  /** Why it is held. */
  readonly held: string | undefined
}

/**
 * Puts a notification into the queue; resolves when that is durable. Nobody is asked for permission and nothing is
 * counted: verbs for others do that. At-least-once: a server that gives no clear answer may be told twice.
 * @throws Fault invalid for recipients that are none; busy when too many wait
 */
export async function enqueueNotification(ctx: Context, notification: Notification): Promise<Enqueued> {
  const recorded = await recordNotification(ctx, ctx.db, notification)
  announceNotification(ctx, recorded)
  const { id, kind, state } = recorded
  return { id, kind, state }
}

/**
 * As {@link enqueueNotification} for a caller with a transaction of its own, who says {@link announceNotification} after
 * its commit: so that a state and the message about it are written together.
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

/** Why nothing of a kind leaves this machine, or undefined when it does. */
export function reasonToHold({ settings }: Pick<Context, 'settings'>, kind: NotificationKind): string | undefined {
  if (!settings.PRODUCTION) return 'The setting PRODUCTION is not true: nothing leaves this machine.'
  const missing = neededSettings[kind].filter((name) => settings[name] === undefined || settings[name] === '')
  if (missing.length === 0) return undefined
  return `${missing.length === 1 ? `The setting ${missing[0] ?? ''} is` : `The settings ${missing.join(', ')} are`} missing.`
}

const neededSettings = {
  email: ['OUTGOING_EMAIL_SERVER', 'OUTGOING_EMAIL_ADDRESS'],
  text: ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN', 'TEXT_FROM_PHONE_NUMBER'],
  webhook: [],
} as const

/** What a text message says: its subject, if any, on a line of its own, within what may be sent. */
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
