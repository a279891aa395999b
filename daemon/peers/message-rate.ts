/** Limits how many messages one connection may send: MAX_MESSAGE_RATE a second on average over a window, so that a burst passes. */
import type { Context } from '../../src/context.ts'
import { Fault } from '../../src/base/fault.ts'
import { SECOND, type Micros } from '../../src/base/time.ts'

/** Seconds over which the average is taken. */
export const RATE_WINDOW = 10

export class MessageRate {
  readonly #ctx: Context
  readonly #limit: number | undefined
  #start: Micros
  #count = 0

  /** @param limit messages a second, in place of MAX_MESSAGE_RATE where that is more */
  constructor(ctx: Context, limit?: number) {
    this.#ctx = ctx
    this.#limit = limit
    this.#start = ctx.clock.monotonic()
  }

  /** Counts messages. @returns a Fault throttled when they exceed the limit */
  take(count = 1): Fault | undefined {
    const { clock, settings } = this.#ctx
    const most = this.#limit === undefined ? settings.MAX_MESSAGE_RATE : Math.min(this.#limit, settings.MAX_MESSAGE_RATE)
    if ((this.#count += count) <= most * RATE_WINDOW) return undefined
    // Read the clock only when the count reaches the limit.
    const now = clock.monotonic()
    const passed = now - this.#start
    if (passed < RATE_WINDOW * SECOND) {
      return new Fault(
        'throttled',
        `Too many messages: more than ${most} a second, as a mean over ${RATE_WINDOW} seconds ` +
          `(${this.#limit === undefined ? 'MAX_MESSAGE_RATE' : 'with a key or signed in there may be more'}).`,
        { retryAfter: RATE_WINDOW },
      )
    }
    this.#start = now
    this.#count = count
    return undefined
  }
}
