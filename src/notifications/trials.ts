/** Test messages: they show somebody who has an alarm set up whether it would reach them. */
import type { Actor } from '../tree/actor.ts'
import { forbidden, invalid } from '../base/fault.ts'
import { kindOfRecipient } from '../attributes/recipients.ts'
import { MAX_WATCH_RECIPIENTS } from '../attributes/watch-recipients.ts'
import type { Context } from '../context.ts'
import type { ThrottleRule } from '../tree/throttles.ts'
import type { SentTest } from '../wire/answers.ts'
import { HOUR } from '../base/time.ts'
import { linkTo } from './public-links.ts'
import { enqueueNotification, type Enqueued } from './queue.ts'

const tests: ThrottleRule = { what: 'test messages', limit: 30, window: HOUR, durable: true }
/** How long the end of the first attempt is waited for. */
const PATIENCE_MS = 15_000

/**
 * Sends a test to each recipient, and says what came of the first attempt, or that there is no answer yet. The caller has checked that the
 * actor may have these recipients told.
 * @throws Fault forbidden, invalid, throttled, busy
 */
export async function sendTests(ctx: Context, actor: Actor, recipients: readonly string[], patienceMs = PATIENCE_MS): Promise<SentTest[]> {
  if (actor.kind !== 'user') throw forbidden('Only users send tests.')
  const all = [...new Set(recipients)]
  if (all.length === 0) throw invalid('recipients is empty: name somebody to send the test to.')
  if (all.length > MAX_WATCH_RECIPIENTS)
    throw invalid(`recipients has ${all.length} recipients; at most ${MAX_WATCH_RECIPIENTS} are allowed.`)
  for (const recipient of all) kindOfRecipient(recipient, 'recipients')
  ctx.throttles.take(tests, `of user ${actor.userId}`)
  return Promise.all(all.map((recipient) => sendTest(ctx, actor.userId, recipient, patienceMs)))
}

async function sendTest(ctx: Context, userId: number, recipient: string, patienceMs: number): Promise<SentTest> {
  const ends = new AttemptEnds(ctx)
  try {
    const queued = await enqueue(ctx, userId, recipient)
    if (queued.state === 'queued') await ends.wait(queued.id, patienceMs)
    const row = await ctx.db.selectFrom('outgoing_messages').select(['state', 'error']).where('id', '=', queued.id).executeTakeFirst()
    return { id: queued.id, recipient, kind: queued.kind, state: row?.state ?? queued.state, reason: row?.error ?? null }
  } finally {
    ends.stop()
  }
}

function enqueue(ctx: Context, userId: number, recipient: string): Promise<Enqueued> {
  const { SYSTEM_NAME } = ctx.settings
  const link = linkTo(ctx, '/')
  return enqueueNotification(ctx, {
    kind: kindOfRecipient(recipient),
    recipients: [recipient],
    subject: `Test from ${SYSTEM_NAME}`,
    body: `This is a test: ${SYSTEM_NAME} can reach you.${link === undefined ? '' : `\n\n${link}`}`,
    data: { event: 'test' },
    userId,
  })
}

/** Listens from the beginning, so that no attempt ends unheard between the queueing and the waiting. */
class AttemptEnds {
  readonly #ended = new Set<number>()
  readonly #unsubscribe: readonly (() => void)[]
  #look: () => void = () => {}

  constructor({ hub }: Context) {
    const note = ({ id }: { id: number }): void => {
      this.#ended.add(id)
      this.#look()
    }
    this.#unsubscribe = [hub.on('messageEnded', note), hub.on('messageDeferred', note)]
  }

  async wait(id: number, patienceMs: number): Promise<void> {
    if (this.#ended.has(id)) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, patienceMs)
      this.#look = () => {
        if (!this.#ended.has(id)) return
        clearTimeout(timer)
        resolve()
      }
    })
  }

  stop(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
  }
}

/** What came of a test, in a sentence. */
export function describeTest({ recipient, state, reason }: SentTest): string {
  switch (state) {
    case 'sent':
      return `Sent to ${recipient}.`
    case 'held':
      return `Not sent to ${recipient}: ${reason ?? 'it is held.'}`
    case 'queued':
      return reason === null
        ? `Not sent to ${recipient} yet: it waits for its turn.`
        : `Not sent to ${recipient} yet: ${reason} It is tried again.`
    case 'sending':
      return `No answer yet from the server of ${recipient}.`
    default:
      return `Not sent to ${recipient}: ${reason ?? state}`
  }
}
