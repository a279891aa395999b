/** Keeps the head bounded when what it waits for fails: when to seal, when to wait, and when values have to be refused. */
import { Fault } from '../../base/fault.ts'
import type { AppendRows } from '../sequence-store.ts'
import type { Failed } from './settler.ts'

/** Commits wait for the sealing when the head weighs this many times what makes it full. */
const MOST_FULL = 4
/** Milliseconds until a sealing that failed as a whole is tried again. */
const REST = 10_000

export class Room {
  readonly #fullHead: number
  /** Sequences that could not be sealed last time, and what their values weighed then. */
  #stuck: ReadonlySet<number> = new Set()
  #stuckWeight = 0
  #failure: string | undefined
  #failedAt = 0

  constructor(fullHead: number) {
    this.#fullHead = fullHead
  }

  /** Why the last sealing failed; undefined when it didn't. */
  get failure(): string | undefined {
    return this.#failure
  }

  get stuck(): ReadonlySet<number> {
    return this.#stuck
  }

  /** Whether a head of this weight should be sealed now. */
  wantsSealing(weight: number): boolean {
    if (this.#isResting()) return false
    return weight - this.#stuckWeight >= this.#fullHead
  }

  /** Whether a head of this weight may take no more until it was sealed. */
  isFull(weight: number): boolean {
    return weight - this.#stuckWeight >= MOST_FULL * this.#fullHead
  }

  /** A sealing ended. @param failed sequences that could not be sealed, whose values weigh `weight` */
  ended(failed: readonly Failed[], weight: number): void {
    this.#stuck = new Set(failed.map(({ head }) => head.ref.id))
    this.#stuckWeight = weight
    this.#failure = failed[0] && messageOf(failed[0].error)
    this.#failedAt = 0
  }

  /** A sealing failed as a whole. @returns whether the reason is a new one */
  failed(error: unknown): boolean {
    const before = this.#failure
    this.#failure = messageOf(error)
    this.#failedAt = performance.now()
    return this.#failure !== before
  }

  /** Whether sealing has just failed as a whole, so that it is of no use to wait for another one now. */
  #isResting(): boolean {
    return this.#failedAt > 0 && performance.now() - this.#failedAt < REST
  }

  /** @returns why values are refused that can't be sealed, once there are too many of them; undefined when all may come in */
  refuse(rows: AppendRows): Fault | undefined {
    if (this.#stuckWeight < this.#fullHead) return undefined
    for (let row = 0; row < rows.length; row++) if (this.#stuck.has(rows.sequence(row).id)) return this.refusal()
    return undefined
  }

  refusal(): Fault {
    return new Fault(
      'busy',
      `The server holds as many values in memory as it may, because storing them in blocks fails (${this.#failure ?? 'it takes long'}): ` +
        'nothing of this request was stored. The server\'s log says more; "rhizo doctor" on its machine says what to do.',
      { retryAfter: 30 },
    )
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
