/** The record of outgoing messages, for system admins: list it, test whether sending works, cancel a message. */
import { sql, type Selectable } from 'kysely'
import { recordAudit, type AuditEntry } from '../audit/record.ts'
import { requireSystemAdmin, type Actor } from '../tree/actor.ts'
import type { NotificationRecord } from '../wire/answers.ts'
import type { Context } from '../context.ts'
import type { OutgoingMessageTable, Tx } from '../database/schema.ts'
import { conflict, notFound } from '../base/fault.ts'
import { enqueueNotification, type Enqueued } from './queue.ts'
import type { NotificationKind, NotificationState } from '../wire/notification-kinds.ts'
import { endMessage, parseRecipients, parseResults } from './delivery.ts'
import { linkTo } from './public-links.ts'
import { kindOfRecipient, requireRecipients } from '../attributes/recipients.ts'
import type { ThrottleRule } from '../tree/throttles.ts'
import { HOUR, formatTimestamp, type Micros } from '../base/time.ts'
import { pathOf } from '../tree/tree.ts'

/** What only system admins may do here. */
const DOINGS = 'look at and send messages of the server'

const tests: ThrottleRule = { what: 'test messages', limit: 30, window: HOUR, durable: true }
const repeats: ThrottleRule = { what: 'messages sent again', limit: 100, window: HOUR, durable: true }

export interface NotificationFilter {
  readonly state?: NotificationState | undefined
  readonly kind?: NotificationKind | undefined
  /** Part of a recipient, in any letter case. */
  readonly recipient?: string | undefined
  readonly controllerId?: number | undefined
  readonly start?: Micros | undefined
  readonly end?: Micros | undefined
  /** Only those with smaller ids, for the next page. */
  readonly before?: number | undefined
  readonly count: number
}

/** Outgoing messages, newest first. @throws Fault forbidden */
export async function listNotifications(ctx: Context, actor: Actor, filter: NotificationFilter): Promise<NotificationRecord[]> {
  requireSystemAdmin(actor, DOINGS)
  let query = ctx.db.selectFrom('outgoing_messages').selectAll().orderBy('id', 'desc').limit(filter.count)
  if (filter.state !== undefined) query = query.where('state', '=', filter.state)
  if (filter.kind !== undefined) query = query.where('kind', '=', filter.kind)
  if (filter.controllerId !== undefined) query = query.where('controller_id', '=', filter.controllerId)
  if (filter.start !== undefined) query = query.where('creation_timestamp', '>=', filter.start)
  if (filter.end !== undefined) query = query.where('creation_timestamp', '<=', filter.end)
  if (filter.before !== undefined) query = query.where('id', '<', filter.before)
  if (filter.recipient !== undefined) {
    const part = `%${filter.recipient.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`
    query = query.where(sql<boolean>`lower(recipients) like ${part} escape '\\'`)
  }
  return (await query.execute()).map((row) => describeNotification(ctx, row))
}

/** One message with its text, unless that is only for its recipient. @throws Fault forbidden, not_found */
export async function getNotification(ctx: Context, actor: Actor, id: number): Promise<NotificationRecord & { body: string | null }> {
  const row = await findMessage(ctx, actor, id)
  return { ...describeNotification(ctx, row), body: row.secret === 1 ? null : row.body }
}

export interface TestMessage {
  readonly recipient: string
  /** Derived from the recipient unless given. */
  readonly kind?: NotificationKind | undefined
  readonly subject?: string | undefined
  readonly body?: string | undefined
}

/** Queues a message to one recipient, to test whether sending works. @throws Fault forbidden, invalid, throttled, busy */
export async function sendTestMessage(ctx: Context, actor: Actor, test: TestMessage): Promise<Enqueued> {
  requireSystemAdmin(actor, DOINGS)
  const kind = test.kind ?? kindOfRecipient(test.recipient)
  requireRecipients(kind, [test.recipient], 'recipient')
  const userId = actor.kind === 'user' ? actor.userId : 0
  ctx.throttles.take(tests, String(userId))
  const { SYSTEM_NAME } = ctx.settings
  const link = linkTo(ctx, '/')
  const queued = await enqueueNotification(ctx, {
    kind,
    recipients: [test.recipient],
    subject: test.subject ?? `Test from ${SYSTEM_NAME}`,
    body: test.body ?? `This is a test: ${SYSTEM_NAME} can reach you.${link === undefined ? '' : `\n\n${link}`}`,
    userId,
  })
  await recordAudit(ctx, ctx.db, actor, aboutMessage('message.sent', queued.id, kind))
  return queued
}

/** Its kind alone: recipients of some kinds are secrets. */
const aboutMessage = (kind: 'message.sent' | 'message.repeated' | 'message.cancelled', id: number, of: string): AuditEntry => ({
  kind,
  subject: { kind: 'message', id, name: of },
})

/**
 * Sends a message again, as a new one, to the recipients who have not received it.
 * @throws Fault forbidden, not_found, busy; conflict when it can't be sent again: it is in progress, all recipients have it, or its text is
 * gone
 */
export async function repeatNotification(ctx: Context, actor: Actor, id: number): Promise<Enqueued> {
  const row = await findMessage(ctx, actor, id)
  if (row.state === 'queued' || row.state === 'sending') throw conflict(`Message ${id} is ${row.state}: it is not at its end yet.`)
  if (row.secret === 1) throw conflict(`Message ${id} held a code, which is kept no longer: invite, or let the person ask, anew.`)
  const results = parseResults(row)
  const recipients = parseRecipients(row).filter((recipient) => results[recipient] !== null)
  if (recipients.length === 0) throw conflict(`All recipients of message ${id} have it.`)
  ctx.throttles.take(repeats, 'all')
  const queued = await enqueueNotification(ctx, {
    kind: row.kind as NotificationKind,
    recipients,
    subject: row.subject,
    body: row.body,
    ...(row.data === null ? {} : { data: JSON.parse(row.data) as Record<string, unknown> }),
    ...(row.controller_id === null ? {} : { controllerId: row.controller_id }),
    ...(actor.kind === 'user' ? { userId: actor.userId } : {}),
  })
  await recordAudit(ctx, ctx.db, actor, aboutMessage('message.repeated', id, row.kind))
  return queued
}

/** Cancels a message that waits to be sent. @throws Fault forbidden, not_found; conflict when it doesn't wait */
export async function cancelNotification(ctx: Context, actor: Actor, id: number): Promise<void> {
  const row = await findMessage(ctx, actor, id)
  if (!(await withdrawMessage(ctx, row.id, 'A system admin took it back.')))
    throw conflict(`Message ${id} is ${row.state}, and no longer waits to be sent.`)
  await recordAudit(ctx, ctx.db, actor, aboutMessage('message.cancelled', id, row.kind))
}

/** Removes a message from the queue without checking permissions. @returns false when it doesn't wait there */
export async function withdrawMessage(ctx: Context, id: number, reason: string): Promise<boolean> {
  // Change `queued` to `cancelled` in one statement, so that the sender can't take it in between.
  const row = await ctx.db
    .updateTable('outgoing_messages')
    .set({ state: 'cancelled' })
    .where('id', '=', id)
    .where('state', '=', 'queued')
    .returningAll()
    .executeTakeFirst()
  if (!row) return false
  await endMessage(ctx, row, 'cancelled', parseResults(row), reason)
  return true
}

/**
 * Like {@link withdrawMessage}, for mails with a code and within a transaction; the caller must notify `messageEnded` after its commit.
 * @returns ids of those that did wait
 */
export async function withdrawCodeMails(tx: Tx, ids: readonly number[], reason: string): Promise<number[]> {
  const rows = await tx
    .updateTable('outgoing_messages')
    .set({ state: 'cancelled', body: '', error: reason, next_attempt_timestamp: null })
    // No message has the id 0. It makes the query for an empty list take as long.
    .where('id', 'in', [0, ...ids])
    .where('state', '=', 'queued')
    .returning('id')
    .execute()
  return rows.map(({ id }) => id)
}

async function findMessage(ctx: Context, actor: Actor, id: number): Promise<Selectable<OutgoingMessageTable>> {
  requireSystemAdmin(actor, DOINGS)
  const row = await ctx.db.selectFrom('outgoing_messages').selectAll().where('id', '=', id).executeTakeFirst()
  if (!row) throw notFound(`There is no message ${id}.`)
  return row
}

function describeNotification(ctx: Context, row: Selectable<OutgoingMessageTable>): NotificationRecord {
  const controller = row.controller_id === null ? undefined : ctx.tree.byId(row.controller_id)
  return {
    id: row.id,
    kind: row.kind,
    state: row.state,
    recipients: parseRecipients(row),
    subject: row.subject,
    controller: controller === undefined ? null : pathOf(controller),
    user_id: row.user_id,
    attempts: row.attempts,
    creation_timestamp: formatTimestamp(row.creation_timestamp),
    next_attempt_timestamp: row.next_attempt_timestamp === null ? null : formatTimestamp(row.next_attempt_timestamp),
    sent_timestamp: row.sent_timestamp === null ? null : formatTimestamp(row.sent_timestamp),
    results: parseResults(row),
    error: row.error,
  }
}
