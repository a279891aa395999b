/** Limits how many messages one connection may send: MAX_MESSAGE_RATE a second on average over a window, so that a burst passes. */
import type { Context } from '../../src/context.ts'
import { Fault } from '../../src/base/fault.ts'
import { SECOND, type Micros } from '../../src/base/time.ts'

/** Seconds over which the average is taken. */
const WINDOW = 10

export class MessageRate {
  readonly #ctx: Context
  #start: Micros
  #count = 0

  constructor(ctx: Context) {
    this.#ctx = ctx
    this.#start = ctx.clock.monotonic()
  }

  /** Counts a message. @returns a Fault throttled when it exceeds the limit */
  take(): Fault | undefined {
    const { clock, settings } = this.#ctx
    if (++this.#count <= settings.MAX_MESSAGE_RATE * WINDOW) return undefined
    // Read the clock only when the count reaches the limit.
    const now = clock.monotonic()
    const passed = now - this.#start
    if (passed < WINDOW * SECOND) {
      return new Fault(
        'throttled',
        `Too many messages: more than ${settings.MAX_MESSAGE_RATE} a second, as a mean over ${WINDOW} seconds (MAX_MESSAGE_RATE).`,
        { retryAfter: WINDOW },
      )
    }
    this.#start = now
    this.#count = 1
    return undefined
  }
}
