/**
 * Sends what is in the queue of outgoing messages: at once when something is queued, and again when its time has come.
 * Each kind has places of its own, so that a mail server that doesn't answer keeps no text message waiting.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Context } from '../../src/context.ts'
import type { Lease } from '../../src/database/lease.ts'
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
import type { Part } from '../parts.ts'
import { sendEmail } from '../senders/email.ts'
import { sendByExtension } from '../senders/extension.ts'
import { limitTime, type Sender } from '../senders/sender.ts'
import { sendNtfy } from '../senders/ntfy.ts'
import { sendPushover } from '../senders/pushover.ts'
import { sendSlack } from '../senders/slack.ts'
import { sendTeams } from '../senders/teams.ts'
import { sendTelegram } from '../senders/telegram.ts'
import { sendText } from '../senders/text.ts'
import { sendWebPush } from '../senders/web-push.ts'
import { sendWebhook } from '../senders/webhook.ts'
import { Periodic } from './periodic.ts'

/** Messages of one kind under way at a time. */
const PLACES = 2
/** For all recipients of a message together. */
const ATTEMPT_TIMEOUT_MS = 180_000
/** Waits are cut into pieces: the clock may be set meanwhile. */
const LONGEST_WAIT_MS = 30_000
/** After the database could not be asked. */
const TROUBLE_WAIT_MS = 10_000
const CLEANUP_INTERVAL_MS = 3_600_000

const senders: Record<NotificationKind, Sender> = {
  email: sendEmail,
  text: sendText,
  webhook: sendWebhook,
  ntfy: sendNtfy,
  telegram: sendTelegram,
  slack: sendSlack,
  teams: sendTeams,
  pushover: sendPushover,
  push: sendWebPush,
  extension: sendByExtension,
}

export class MessageSender implements Part {
  readonly #ctx: Context
  readonly #breakOff = new AbortController()
  readonly #underWay = new Map<Promise<void>, NotificationKind>()
  readonly #cleaning: Periodic
  #lease: Lease | undefined
  /** What a daemon that died was sending is back in the queue. */
  #isRecovered = false
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined
  #lookAgain = false
  #isStopped = false
  #unsubscribe: (() => void) | undefined
  readonly #wake = (): void => this.#look()

  constructor(ctx: Context) {
    this.#ctx = ctx
    this.#cleaning = new Periodic(ctx, {
      name: 'removing old records of messages',
      everyMs: CLEANUP_INTERVAL_MS,
      lease: 'old messages',
      run: async () => void (await removeOldMessages(ctx)),
    })
  }

  async start(): Promise<void> {
    const lease = (this.#lease = this.#ctx.engine.lease.take('sending messages'))
    if (lease.isHeld) await this.#recover()
    await this.#cleaning.start()
    await this.#cleaning.run()
    this.#unsubscribe = this.#ctx.hub.on('messageQueued', this.#wake)
    this.#wake()
  }

  /** Resolves once what is under way has ended, or after a few seconds was broken off, to be sent again at the next start. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#unsubscribe?.()
    await this.#cleaning.stop()
    await this.#looking
    clearTimeout(this.#timer)
    const patience = setTimeout(() => this.#breakOff.abort(), Math.min(this.#ctx.settings.SHUTDOWN_TIMEOUT, 10) * 1_000)
    await Promise.all(this.#underWay.keys())
    clearTimeout(patience)
    await this.#lease?.release()
  }

  async #recover(): Promise<void> {
    await recoverQueue(this.#ctx)
    this.#isRecovered = true
  }

  #look(): void {
    this.#lookAgain = true
    this.#looking ??= this.#startDue().finally(() => {
      this.#looking = undefined
      if (this.#lookAgain && !this.#isStopped) this.#look()
    })
  }

  /** Starts what is due and has a place, and sets the timer for what comes next. */
  async #startDue(): Promise<void> {
    clearTimeout(this.#timer)
    let wait: number | undefined
    try {
      while (this.#lookAgain && !this.#isStopped) {
        this.#lookAgain = false
        wait = this.#lease?.isHeld === true ? await this.#startMessages() : LONGEST_WAIT_MS
      }
    } catch (error) {
      this.#ctx.log.error({ err: error }, 'reading the queue of outgoing messages failed')
      wait = TROUBLE_WAIT_MS
    }
    // What is due now waits for a place; who leaves one wakes us.
    if (wait !== undefined && !this.#isStopped) this.#timer = setTimeout(this.#wake, wait === 0 ? LONGEST_WAIT_MS : wait)
  }

  /** @returns milliseconds until the next message is due; undefined when none waits */
  async #startMessages(): Promise<number | undefined> {
    const ctx = this.#ctx
    if (!this.#isRecovered) await this.#recover()
    const take = async (): Promise<OutgoingMessage | undefined> => (this.#isStopped ? undefined : takeDue(ctx, this.#freeKinds()))
    for (let message = await take(); message; message = await take()) this.#send(message)
    const next = await nextAttempt(ctx)
    return next === undefined ? undefined : Math.min(millisecondsTo(ctx, next), LONGEST_WAIT_MS)
  }

  #freeKinds(): NotificationKind[] {
    return NOTIFICATION_KINDS.filter((kind) => [...this.#underWay.values()].filter((busy) => busy === kind).length < PLACES)
  }

  #send(message: OutgoingMessage): void {
    const done = attempt(this.#ctx, message, this.#breakOff.signal).finally(() => {
      this.#underWay.delete(done)
      if (!this.#isStopped) this.#look()
    })
    this.#underWay.set(done, message.kind)
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
