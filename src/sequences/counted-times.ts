/** Times of many values that a device without a clock sends at once: each has what its counter showed then. */
import { Fault, invalid } from '../base/fault.ts'
import { type Micros } from '../base/time.ts'
import type { Context } from '../context.ts'
import type { Actor } from '../tree/actor.ts'
import { counterReading } from '../wire/counter.ts'
import { awaitTimeOf, timeOfCounter } from './boot-clocks.ts'

/** What was sent with the values. */
export interface SentCounter {
  readonly boot: string
  /** Seconds that the counter showed as they were sent. */
  readonly now: number
}

/** @throws Fault invalid for one without the other: without a boot, values that are sent again would double. */
export function sentCounter(boot: string | undefined, monotonicNow: number | undefined): SentCounter | undefined {
  if (!boot && monotonicNow === undefined) return undefined
  if (!boot || monotonicNow === undefined)
    throw invalid(
      'boot and monotonic_now go together: what the counter counts from, and what it shows now. The timestamps are counted so too.',
    )
  return { boot, now: monotonicNow }
}

export class CountedTimes {
  readonly #ctx: Context
  readonly #actor: Actor
  readonly #counter: SentCounter
  /** When the request came: its rows may take a while. */
  readonly #arrived: Micros
  /** What a timestamp has to be here. */
  readonly form: string

  /** @throws Fault invalid for somebody who is no controller */
  constructor(ctx: Context, actor: Actor, counter: SentCounter) {
    if (actor.kind !== 'controller') throw invalid("boot is known for controllers: send it with a controller's key.")
    this.#ctx = ctx
    this.#actor = actor
    this.#counter = counter
    this.#arrived = ctx.clock.now()
    this.form = `with boot and monotonic_now it must be seconds of the same counter, at most ${counter.now}.`
  }

  /** undefined for what is no time of the counter. A promise where something has to be noted first; it may reject with a Fault `busy`. */
  timeOf(timestamp: unknown): Micros | undefined | Promise<Micros> {
    const seconds = typeof timestamp === 'string' && /^\d{1,12}(?:\.\d+)?$/.test(timestamp) ? Number(timestamp) : timestamp
    if (typeof seconds !== 'number' || !(seconds >= 0)) return undefined
    const { boot, now } = this.#counter
    try {
      const reading = counterReading(seconds, now, boot)
      if (!reading) return undefined
      const time = timeOfCounter(this.#ctx, this.#actor, reading, this.#arrived)
      return typeof time === 'number' ? time : time.then(() => awaitTimeOf(this.#ctx, this.#actor, reading, this.#arrived))
    } catch (error) {
      if (!(error instanceof Fault && error.code === 'invalid')) throw error
      return undefined
    }
  }
}
