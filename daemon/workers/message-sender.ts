/**
 * Sends what is in the queue of outgoing messages: at once when something is queued, and again when its time has come.
 * Each kind has places of its own, so that a mail server that doesn't answer keeps no text message waiting.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Context } from '../../src/context.ts'
import { NOTIFICATION_KINDS, type NotificationKind } from '../../src/wire/notification-kinds.ts'
import {
  finishAttempt,
  millisecondsTo,
  nextAttempt,
  noteDelivery,
  recoverQueue,
  removeOldMessages,
  takeDue,
  type Delivery,
  type OutgoingMessage,
} from '../../src/notifications/delivery.ts'
import { sendEmail } from '../senders/email.ts'
import { limitTime, type Sender } from '../senders/sender.ts'
import { sendText } from '../senders/text.ts'
import { sendWebhook } from '../senders/webhook.ts'

/** Messages of one kind under way at a time. */
const PLACES = 2
/** For all recipients of a message together. */
const ATTEMPT_TIMEOUT_MS = 180_000
/** Waits are cut into pieces: the clock may be set meanwhile. */
const LONGEST_WAIT_MS = 30_000
/** After the database could not be asked. */
const TROUBLE_WAIT_MS = 10_000
const CLEANUP_INTERVAL_MS = 3_600_000

const senders: Record<NotificationKind, Sender> = { email: sendEmail, text: sendText, webhook: sendWebhook }

/** @returns stops it, once what is under way has ended, or after a few seconds was broken off, to be sent again at the next start */
export async function startMessageSender(ctx: Context): Promise<() => Promise<void>> {
  const breakOff = new AbortController()
  const underWay = new Map<Promise<void>, NotificationKind>()
  let timer: NodeJS.Timeout | undefined
  let looking: Promise<void> | undefined
  let lookAgain = false
  let stopped = false

  function wake(): void {
    lookAgain = true
    looking ??= look().finally(() => {
      looking = undefined
      if (lookAgain && !stopped) wake()
    })
  }

  /** Starts what is due and has a place, and sets the timer for what comes next. */
  async function look(): Promise<void> {
    clearTimeout(timer)
    let wait: number | undefined
    try {
      while (lookAgain && !stopped) {
        lookAgain = false
        for (let message = await takeDue(ctx, freeKinds()); message; message = stopped ? undefined : await takeDue(ctx, freeKinds()))
          start(message)
        const next = await nextAttempt(ctx)
        wait = next === undefined ? undefined : Math.min(millisecondsTo(ctx, next), LONGEST_WAIT_MS)
      }
    } catch (error) {
      ctx.log.error({ err: error }, 'reading the queue of outgoing messages failed')
      wait = TROUBLE_WAIT_MS
    }
    // What is due now waits for a place; who leaves one wakes us.
    if (wait !== undefined && !stopped) timer = setTimeout(wake, wait === 0 ? LONGEST_WAIT_MS : wait)
  }

  const freeKinds = (): NotificationKind[] =>
    NOTIFICATION_KINDS.filter((kind) => [...underWay.values()].filter((busy) => busy === kind).length < PLACES)

  function start(message: OutgoingMessage): void {
    const done = attempt(ctx, message, breakOff.signal).finally(() => {
      underWay.delete(done)
      if (!stopped) wake()
    })
    underWay.set(done, message.kind)
  }

  const cleanUp = (): void => {
    removeOldMessages(ctx).catch((error: unknown) => ctx.log.error({ err: error }, 'removing old records of messages failed'))
  }
  const cleaning = setInterval(cleanUp, CLEANUP_INTERVAL_MS)
  await recoverQueue(ctx)
  await removeOldMessages(ctx)
  const unsubscribe = ctx.hub.on('messageQueued', wake)
  wake()
  return async () => {
    stopped = true
    unsubscribe()
    clearInterval(cleaning)
    await looking
    clearTimeout(timer)
    const patience = setTimeout(() => breakOff.abort(), Math.min(ctx.settings.SHUTDOWN_TIMEOUT, 10) * 1_000)
    await Promise.all(underWay.keys())
    clearTimeout(patience)
  }
}

/** Tries a message once. Never rejects. */
async function attempt(ctx: Context, message: OutgoingMessage, breakOff: AbortSignal): Promise<void> {
  const deliveries = new Map<string, Delivery>()
  const limit = limitTime(breakOff, ATTEMPT_TIMEOUT_MS)
  try {
    for await (const [recipient, delivery] of senders[message.kind](ctx, message, limit.signal)) {
      deliveries.set(recipient, delivery)
      if (message.kind !== 'email' && message.waiting.length > 1) await noteDelivery(ctx, message, recipient, delivery)
    }
  } catch (error) {
    ctx.log.error({ err: error, id: message.id }, 'sending a message failed unexpectedly')
    const reason = `Internal error: ${error instanceof Error ? error.message : String(error)}`
    for (const recipient of message.waiting) if (!deliveries.has(recipient)) deliveries.set(recipient, { state: 'deferred', reason })
  } finally {
    limit.end()
  }
  do {
    try {
      return await finishAttempt(ctx, message, deliveries)
    } catch (error) {
      // A disk that is full may have room again soon. Until then the message keeps its place; if the daemon ends first, the next start
      // sends it again.
      ctx.log.error({ err: error, id: message.id }, 'noting what became of a message failed')
      await pause(TROUBLE_WAIT_MS, undefined, { signal: breakOff }).catch(() => {})
    }
  } while (!breakOff.aborted)
}
