/**
 * The queue of outgoing messages as its worker sees it: take what is due, record the results, try again later, give up. queue.ts says what
 * the states mean.
 */
import type { Selectable } from 'kysely'
import type { Context } from '../context.ts'
import { changeJson } from '../database/json-columns.ts'
import type { Db, OutgoingMessageTable, Tx } from '../database/schema.ts'
import { reasonToHold } from './obstacles.ts'
import type { EndState, NotificationKind } from '../wire/notification-kinds.ts'
import { removeInSteps } from '../database/removal-steps.ts'
import { transact } from '../database/transact.ts'
import { RELEASED } from '../base/believed-time.ts'
import { DAY, HOUR, MINUTE, SECOND, formatTimestamp, type Micros } from '../base/time.ts'
import { pathOf } from '../tree/tree.ts'
import { logWork } from './worker-log.ts'

const FIRST_DELAY = MINUTE
const LONGEST_DELAY = 2 * HOUR
const PATIENCE = DAY
/** Never give up before this many attempts: after a day of downtime, or a clock that was set, a message's age alone proves nothing. */
const LEAST_ATTEMPTS = 5
/** Always give up after this many: a clock that was set back must not keep a message for years. A day takes about 19 attempts. */
const MOST_ATTEMPTS = 40

/** Result of an attempt for one recipient: delivered, refused for good, or to be tried again. */
export type Delivery = { readonly state: 'delivered' } | { readonly state: 'refused' | 'deferred'; readonly reason: string }

/** A message that was taken from the queue to be sent. */
export interface OutgoingMessage {
  readonly id: number
  readonly kind: NotificationKind
  /** All recipients; this attempt is for those in `waiting`. */
  readonly recipients: readonly string[]
  readonly waiting: readonly string[]
  readonly subject: string
  readonly body: string
  readonly data: string | undefined
  /** Path of the controller that it belongs to, if that still exists. */
  readonly controller: string | undefined
  readonly created: Micros
  readonly attempts: number
}

/** Final results by recipient: null if it was delivered, otherwise why it never will be. */
export type Results = Record<string, string | null>

/** After a start: puts back into the queue, once, what was being sent when the daemon died; holds what may not be sent any more. */
export async function recoverQueue(ctx: Context): Promise<void> {
  const interrupted = await ctx.db.selectFrom('outgoing_messages').selectAll().where('state', '=', 'sending').execute()
  for (const row of interrupted) {
    // Sending it again may deliver it twice. After a second interruption, assume that this message brings the daemon down.
    if (row.interrupted === 1) await endMessage(ctx, row, 'failed', parseResults(row), 'The server ended twice while it was being sent.')
    else
      await ctx.db
        .updateTable('outgoing_messages')
        .set({ state: 'queued', interrupted: 1, next_attempt_timestamp: ctx.clock.now() })
        .where('id', '=', row.id)
        .execute()
  }
  const queued = await ctx.db.selectFrom('outgoing_messages').selectAll().where('state', '=', 'queued').execute()
  for (const row of queued) {
    const reason = reasonToHold(ctx, row.kind as NotificationKind)
    if (reason !== undefined) await endMessage(ctx, row, 'held', parseResults(row), reason)
  }
}

/** Takes the message of these kinds that has been due for longest. It stays `sending` until {@link finishAttempt}. */
export async function takeDue(ctx: Context, kinds: readonly NotificationKind[]): Promise<OutgoingMessage | undefined> {
  if (kinds.length === 0) return undefined
  const now = ctx.clock.now()
  const due = await selectDue(ctx.db, now)
    .where('kind', 'in', kinds)
    .orderBy('next_attempt_timestamp')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
  if (!due) return undefined
  const row = await ctx.db
    .updateTable('outgoing_messages')
    .set((eb) => ({ state: 'sending', attempts: eb('attempts', '+', 1) }))
    .where('id', '=', due.id)
    // It may have been cancelled in the meantime.
    .where('state', '=', 'queued')
    .returningAll()
    .executeTakeFirst()
  return row ? messageOf(ctx, row) : takeDue(ctx, kinds)
}

/** Selects messages whose time has come, and those whose time is so far ahead that the clock must have been set back. */
const selectDue = (db: Db, now: Micros) =>
  db
    .selectFrom('outgoing_messages')
    .select('id')
    .where('state', '=', 'queued')
    .where((eb) => eb.or([eb('next_attempt_timestamp', '<=', now), eb('next_attempt_timestamp', '>', now + 2 * LONGEST_DELAY)]))

/** When the next message of the queue is due; undefined when it is empty. */
export async function nextAttempt(ctx: Context): Promise<Micros | undefined> {
  const { next } = await ctx.db
    .selectFrom('outgoing_messages')
    .select((eb) => eb.fn.min('next_attempt_timestamp').as('next'))
    .where('state', '=', 'queued')
    .executeTakeFirstOrThrow()
  return next ?? undefined
}

/** Messages that wait to be sent, or are being sent. */
export async function countWaiting(ctx: Context): Promise<number> {
  const { waiting } = await ctx.db
    .selectFrom('outgoing_messages')
    .select((eb) => eb.fn.countAll<number>().as('waiting'))
    .where('state', 'in', ['queued', 'sending'])
    .executeTakeFirstOrThrow()
  return waiting
}

/** Records the results so far of a message that is still being sent, so that a crash repeats as little as possible. */
export async function noteDelivery(ctx: Context, { id }: OutgoingMessage, recipient: string, delivery: Delivery): Promise<void> {
  if (delivery.state === 'deferred') return
  const result = { [recipient]: delivery.state === 'delivered' ? null : delivery.reason }
  await transact(ctx, (tx) => addResults(tx, id, result))
}

const addResults = (tx: Tx, id: number, results: Results): Promise<unknown> =>
  changeJson(tx, 'outgoing_messages.results', id, (now) => JSON.stringify({ ...now, ...results }))

/** Ends an attempt: the message is finished, given up, or due again later. */
export async function finishAttempt(ctx: Context, message: OutgoingMessage, deliveries: ReadonlyMap<string, Delivery>): Promise<void> {
  const row = await ctx.db.selectFrom('outgoing_messages').selectAll().where('id', '=', message.id).executeTakeFirst()
  if (!row) return
  const results = parseResults(row)
  const deferred = new Map<string, string>()
  for (const recipient of message.waiting) {
    const delivery = deliveries.get(recipient) ?? { state: 'deferred', reason: 'It was not tried.' }
    if (delivery.state === 'deferred') deferred.set(recipient, delivery.reason)
    else results[recipient] = delivery.state === 'delivered' ? null : delivery.reason
  }
  const now = ctx.clock.now()
  const isOld = row.creation_timestamp >= RELEASED && row.creation_timestamp <= ctx.believed.before(PATIENCE)
  const isOver = (isOld && row.attempts >= LEAST_ATTEMPTS) || row.attempts >= MOST_ATTEMPTS
  if (deferred.size > 0 && !isOver) {
    const error = describeRefusals(deferred)
    await transact(ctx, async (tx) => {
      await addResults(tx, row.id, results)
      await tx
        .updateTable('outgoing_messages')
        .set({ state: 'queued', error, next_attempt_timestamp: now + delayAfter(row.attempts) })
        .where('id', '=', row.id)
        .execute()
    })
    ctx.log.warn({ id: row.id, kind: row.kind, attempts: row.attempts, reason: error }, 'a message was not sent; it will be tried again')
    ctx.hub.notify('messageDeferred', { id: row.id })
    return
  }
  for (const [recipient, reason] of deferred) results[recipient] = reason
  const refusals = Object.entries(results).filter((entry): entry is [string, string] => entry[1] !== null)
  if (refusals.length === 0) await endMessage(ctx, row, 'sent', results, null)
  else await endMessage(ctx, row, 'failed', results, describeRefusals(new Map(refusals)))
}

/**
 * The time until the next attempt: a minute after the first, then doubling, with up to a quarter added so that many messages don't
 * coincide.
 */
const delayAfter = (attempts: number): Micros =>
  Math.round(Math.min(FIRST_DELAY * 2 ** (attempts - 1), LONGEST_DELAY) * (1 + Math.random() / 4))

/** Sets a message's final state, and notifies listeners. */
export async function endMessage(
  ctx: Context,
  row: Selectable<OutgoingMessageTable>,
  state: EndState,
  results: Results,
  error: string | null,
): Promise<void> {
  const isWithSomebody = Object.values(results).includes(null)
  await transact(ctx, async (tx) => {
    await addResults(tx, row.id, results)
    await tx
      .updateTable('outgoing_messages')
      .set({
        state,
        error,
        next_attempt_timestamp: null,
        ...(isWithSomebody ? { sent_timestamp: ctx.clock.now() } : {}),
        ...(row.secret === 1 ? { body: '' } : {}),
      })
      .where('id', '=', row.id)
      .execute()
  })
  const kind = row.kind as NotificationKind
  if (state === 'failed') {
    ctx.log.warn({ id: row.id, kind, attempts: row.attempts, reason: error }, 'gave up a message')
    await logWork(
      ctx,
      `Gave up ${namesOfKinds[kind]} ${row.id}${row.subject === '' ? '' : ` "${row.subject}"`} after ${row.attempts} ` +
        `${row.attempts === 1 ? 'attempt' : 'attempts'}: ${error ?? ''}`,
    )
  } else ctx.log.info({ id: row.id, kind, attempts: row.attempts, ...(error === null ? {} : { reason: error }) }, `${state} a message`)
  ctx.hub.notify('messageEnded', { id: row.id, kind, state })
}

const namesOfKinds: Record<NotificationKind, string> = {
  email: 'the mail',
  text: 'the text message',
  webhook: 'the webhook',
  ntfy: 'the message by ntfy',
  telegram: 'the message by Telegram',
  slack: 'the message to Slack',
  teams: 'the message to Microsoft Teams',
  pushover: 'the message by Pushover',
  push: 'the web push',
  extension: 'the message by an extension',
}

/** Removes records of messages that are older than their retention. @returns how many */
export async function removeOldMessages(ctx: Context): Promise<number> {
  const before = await ctx.aging.cutoff(ctx.settings.NOTIFICATION_RETENTION * DAY, {
    what: 'records of messages',
    count: (from, to) => countEnded(ctx, from, to),
    total: () => countEnded(ctx),
  })
  const removed = await removeInSteps(async (limit) => {
    const old = ctx.db
      .selectFrom('outgoing_messages')
      .select('id')
      .where('state', 'not in', ['queued', 'sending'])
      .where('creation_timestamp', '<', before)
      .limit(limit)
    const { numDeletedRows } = await ctx.db.deleteFrom('outgoing_messages').where('id', 'in', old).executeTakeFirstOrThrow()
    return Number(numDeletedRows)
  })
  if (removed > 0) ctx.log.info({ messages: removed, before: formatTimestamp(before) }, 'removed old records of messages')
  return removed
}

async function countEnded(ctx: Context, from: Micros = Number.MIN_SAFE_INTEGER, to: Micros = Number.MAX_SAFE_INTEGER): Promise<number> {
  const { count } = await ctx.db
    .selectFrom('outgoing_messages')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('state', 'not in', ['queued', 'sending'])
    .where('creation_timestamp', '>=', from)
    .where('creation_timestamp', '<', to)
    .executeTakeFirstOrThrow()
  return count
}

/** Milliseconds from now to a time, at least 0. */
export const millisecondsTo = (ctx: Context, time: Micros): number => Math.max(0, (time - ctx.clock.now()) / (SECOND / 1000))

function messageOf(ctx: Context, row: Selectable<OutgoingMessageTable>): OutgoingMessage {
  const recipients = parseRecipients(row)
  const results = parseResults(row)
  const controller = row.controller_id === null ? undefined : ctx.tree.byId(row.controller_id)
  return {
    id: row.id,
    kind: row.kind as NotificationKind,
    recipients,
    waiting: recipients.filter((recipient) => results[recipient] === undefined),
    subject: row.subject,
    body: row.body,
    data: row.data ?? undefined,
    controller: controller && pathOf(controller),
    created: row.creation_timestamp,
    attempts: row.attempts,
  }
}

export const parseRecipients = (row: { recipients: string }): string[] => JSON.parse(row.recipients) as string[]
export const parseResults = (row: { results: string }): Results => JSON.parse(row.results) as Results

const describeRefusals = (reasons: ReadonlyMap<string, string>): string =>
  [...reasons].map(([recipient, reason]) => `${showRecipient(recipient)}: ${reason}`).join('; ')

/** A recipient for display: for a webhook only its host, since its path may contain a token; a topic of ntfy is as good as a password. */
export function showRecipient(recipient: string): string {
  if (/^https?:/i.test(recipient) && URL.canParse(recipient)) return new URL(recipient).host
  const [, service, address] = /^(ntfy|pushover):(.*)$/.exec(recipient) ?? []
  return service === undefined || address === undefined ? recipient : `${service}:${address.slice(0, 3)}…`
}
