/** Says in the log why something of a client was refused, and not again and again for one that goes on trying. */
import type { Context } from '../../src/context.ts'
import { MINUTE, type Micros } from '../../src/base/time.ts'

/** The same is not said again within that time; how often it was is said at its end. */
const QUIET: Micros = MINUTE
/** Reasons told apart; a client that finds ever new ones is quieted as a whole. */
const MAX_REASONS = 50

export class RefusalLog {
  readonly #ctx: Pick<Context, 'clock' | 'log'>
  readonly #who: object
  /** What was said lately: since when, and how often it was left out. */
  #said: Map<string, { since: Micros; more: number }> | undefined

  constructor(ctx: Pick<Context, 'clock' | 'log'>, who: object) {
    this.#ctx = ctx
    this.#who = who
  }

  add(message: string, details: { readonly reason: string; readonly topic?: string }): void {
    const now = this.#ctx.clock.monotonic()
    const said = (this.#said ??= new Map<string, { since: Micros; more: number }>())
    const own = `${message}: ${details.reason}`
    const key = said.size < MAX_REASONS || said.has(own) ? own : message
    const before = said.get(key)
    if (before && now - before.since < QUIET) {
      before.more++
      return
    }
    said.set(key, { since: now, more: 0 })
    this.#ctx.log.warn({ ...this.#who, ...details, ...(before && before.more > 0 ? { more_like_this: before.more } : {}) }, message)
  }

  stop(): void {
    for (const [message, { more }] of this.#said ?? []) if (more > 0) this.#ctx.log.warn({ ...this.#who, more_like_this: more }, message)
    this.#said = undefined
  }
}
