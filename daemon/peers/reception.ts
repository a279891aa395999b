/**
 * Takes the messages of one connection in order, and tells their owner what became of each. A message that is not ready,
 * or that nothing may overtake, holds back those after it; so does the end of the time that messages have in a turn of the event loop.
 */
import { Exclusive, NotReady, type Outcome } from '../../src/messages/steps.ts'
import type { Turns } from '../../src/base/turns.ts'
import { HeldMessage, Tally, type Fate } from '../../src/sequences/tally.ts'
import type { Unanswered } from './unanswered.ts'

/** What a transport does with messages. `M` is a message as it came, `T` what goes with it until it is answered. None of it may throw. */
export interface ReceptionOwner<M, T> {
  /** Begins a message and hands what comes of it to {@link Reception.follow}; refuses by itself what can't be begun. */
  take(message: M): void
  /** What the message wrote is durable. @param fate what became of its values */
  succeeded(ticket: T, fate: Fate): void
  /** Nothing of the message was written. */
  failed(ticket: T, error: unknown): void
  /** A message waits, behind another one (and has no ticket yet) or for the disk. */
  waits(waiting: M | T): void
  /** One message fewer waits. */
  settled(): void
  /** Its messages have had their time in this turn of the loop: no more is to be read until {@link Reception.isHeldBack} is false. */
  hadItsTime?(): void
  /** Nothing is held back any more. */
  caughtUp?(): void
}

/** Units of messages between two looks at the clock: they take a fraction of a millisecond. */
const LOOK_AFTER = 16

interface Held<M> {
  readonly message: M
  readonly units: number
}

export class Reception<M, T> {
  readonly #owner: ReceptionOwner<M, T>
  readonly #unanswered: Unanswered
  readonly #turns: Turns | undefined
  /** Units since somebody looked at the clock. */
  #unseen = 0
  #pending = 0
  /** Messages that wait until the first of them is ready, or until the one before them is done. */
  #held: Held<M>[] | undefined

  /**
   * @param unanswered counts the messages of all connections that wait, so that a stop can wait for them
   * @param turns of the caller, for messages; undefined: the owner itself sees to it that they don't hold the loop
   */
  constructor(owner: ReceptionOwner<M, T>, unanswered: Unanswered, turns?: Turns) {
    this.#owner = owner
    this.#unanswered = unanswered
    this.#turns = turns
  }

  /** How many messages wait; a large one may count for several units. */
  get pending(): number {
    return this.#pending
  }

  get isBusy(): boolean {
    return this.#pending > 0
  }

  /** Whether messages wait behind another one, or for their turn. */
  get isHeldBack(): boolean {
    return this.#held !== undefined
  }

  /** @param units for how much the message counts while it waits */
  accept(message: M, units = 1): void {
    if (!this.#held && this.#turns && this.#isTimeToLook(units) && this.#turns.isOver()) this.#holdForTurn(this.#turns)
    if (this.#held) {
      this.#held.push({ message, units })
      this.#wait(message, units)
    } else this.#owner.take(message)
  }

  /** For the owner's `take`: what came of beginning a message. */
  follow(outcome: Outcome, message: M, ticket: T, units = 1): void {
    if (outcome === 'done') this.#owner.succeeded(ticket, undefined)
    else if (outcome === 'taken') this.#wait(ticket, units)
    else if (outcome instanceof NotReady) this.#holdBack(message, ticket, units, outcome.until)
    else if (outcome instanceof Exclusive) this.#holdDuring(outcome.done, ticket, units)
    else this.#awaitDone(outcome, ticket, units)
  }

  /** For the intake of values: what the message with that ticket wrote is durable. */
  stored(ticket: T, fate: Fate, units = 1): void {
    this.#owner.succeeded(ticket, fate)
    this.#settle(units)
  }

  /** For the intake of values: nothing of it was written. */
  refused(ticket: T, error: unknown, units = 1): void {
    this.#owner.failed(ticket, error)
    this.#settle(units)
  }

  #awaitDone(done: Promise<unknown>, ticket: T, units: number): void {
    this.#wait(ticket, units)
    done.then(
      (result) => this.stored(ticket, result instanceof Tally || result instanceof HeldMessage ? result : undefined, units),
      (error: unknown) => this.refused(ticket, error, units),
    )
  }

  /** Keeps a message, and all that come after it, until what it needs is there. */
  #holdBack(message: M, ticket: T, units: number, ready: Promise<unknown>): void {
    this.#held = [{ message, units }]
    this.#wait(ticket, units)
    ready.then(
      () => this.#release(),
      (error: unknown) => {
        this.#held?.shift()
        this.refused(ticket, error, units)
        this.#release()
      },
    )
  }

  /** Keeps the messages that come after one until that is done. */
  #holdDuring(done: Promise<unknown>, ticket: T, units: number): void {
    this.#held = []
    this.#awaitDone(done, ticket, units)
    const release = (): void => this.#release()
    done.then(release, release)
  }

  /** Looking at the clock for each small message would cost a twentieth of what it takes. */
  #isTimeToLook(units: number): boolean {
    this.#unseen += units
    if (this.#unseen < LOOK_AFTER) return false
    this.#unseen = 0
    return true
  }

  /** Keeps the messages that come from now on until it is the caller's turn. */
  #holdForTurn(turns: Turns): void {
    this.#held = []
    this.#owner.hadItsTime?.()
    void turns.next().then(() => this.#release())
  }

  #release(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const [at, one] of held.entries()) {
      // It is the turn of the first one.
      if (at > 0 && !this.#held && this.#turns && this.#isTimeToLook(one.units) && this.#turns.isOver()) this.#holdForTurn(this.#turns)
      // One of them may hold back the others in its turn.
      if (this.#hold(one)) continue
      this.#owner.take(one.message)
      this.#settle(one.units)
    }
    if (!this.#held) this.#owner.caughtUp?.()
  }

  /** @returns whether messages are held back */
  #hold(one: Held<M>): boolean {
    this.#held?.push(one)
    return this.#held !== undefined
  }

  #wait(waiting: M | T, units: number): void {
    this.#pending += units
    this.#unanswered.change(1)
    this.#owner.waits(waiting)
  }

  #settle(units: number): void {
    this.#pending -= units
    this.#unanswered.change(-1)
    this.#owner.settled()
  }
}
