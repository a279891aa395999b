/**
 * Values that come one by one over open connections: what one turn of the event loop brings goes to the store as one
 * append, and what depends on it follows in order when it is durable. Nothing is awaited for a value, and little is
 * allocated: at a hundred thousand a second it is what lives while the disk is synced that costs time.
 */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { Fault } from '../base/fault.ts'
import type { Sender } from '../tree/hub.ts'
import { requireWrite } from '../tree/permissions.ts'
import { planValue, type Batch, type Commit, type PlannedValue } from './commit.ts'
import { requireSpec, type ValueUpdate } from './sequences.ts'
import type { Micros } from '../base/time.ts'
import { pathOf, type Resource } from '../tree/tree.ts'
import { Tally, type Fate } from './tally.ts'
import { parseValue, type ParsedValue } from './value-parsing.ts'

/** Who gave a value, to be told its fate once, with the ticket that went with it. Must not throw. */
export interface ValueReceiver<T> {
  /** Who must not hear the resulting message. */
  readonly sender: Sender
  /** It is done: what is stored is durable, and subscribers have been told. */
  stored(ticket: T, fate: Fate): void
  refused(ticket: T, error: unknown): void
}

/** What was gathered: columns of equal length, in the order in which it came. */
class Gathered<T> implements Batch {
  readonly how = 'live'
  /** undefined: something that only waits for its turn. */
  readonly plans: (PlannedValue | undefined)[] = []
  readonly receivers: ValueReceiver<T>[] = []
  readonly tickets: T[] = []

  get rows(): readonly PlannedValue[] {
    return this.plans.every(isStored) ? this.plans : this.plans.filter(isStored)
  }

  finish(commit: Commit): void {
    const { plans, receivers, tickets } = this
    for (let at = 0; at < plans.length; at++) {
      const [plan, receiver] = [plans[at], receivers[at]]
      const fate = plan && commit.finish(plan, receiver?.sender)
      receiver?.stored(tickets[at] as T, fate)
    }
  }

  fail(error: unknown): void {
    this.receivers.forEach((receiver, at) => receiver.refused(this.tickets[at] as T, error))
  }
}

const isStored = (plan: PlannedValue | undefined): plan is PlannedValue => plan?.isStored === true

export class ValueIntake<T> {
  readonly #ctx: Context
  #gathered = new Gathered<T>()
  #now: Micros = 0
  readonly #flush = (): void => this.flush()

  constructor(ctx: Context) {
    this.#ctx = ctx
  }

  /** True when values of these sequences can be taken; otherwise their states have to be loaded first ({@link load}). */
  isReady(sequence: Resource): boolean {
    return !sequence.sequence || this.#ctx.sequenceStates.peek(sequence.id) !== undefined
  }

  async load(sequences: readonly Resource[]): Promise<void> {
    await Promise.all(
      sequences.filter((sequence) => !this.isReady(sequence)).map((sequence) => this.#ctx.sequenceStates.load(this.#ctx, sequence)),
    )
  }

  /** Takes a value of a sequence that is ready. @throws Fault forbidden, invalid (naming the sequence) */
  take(actor: Actor, sequence: Resource, value: unknown, time: Micros | undefined, receiver: ValueReceiver<T>, ticket: T): void {
    this.#push(this.#plan(sequence, this.#parse(actor, sequence, value), time), receiver, ticket)
  }

  /**
   * Takes values of sequences that are ready, and does something after them. Values that do not fit their sequences are skipped, and
   * counted so in the tally. The receiver is told once, when that is done; a Fault that it throws refuses the ticket.
   * @param sender of the values, where that is not the receiver's
   * @throws Fault forbidden, or invalid when none fits; then nothing is taken
   */
  takeAll(
    actor: Actor,
    updates: readonly ValueUpdate[],
    action: () => void,
    receiver: ValueReceiver<T>,
    ticket: T,
    tally = new Tally(),
    sender: Sender | undefined = undefined,
  ): void {
    for (const { sequence } of updates) requireWrite(this.#ctx, actor, sequence)
    const parsed = parseFitting(updates, tally)
    const turn = new Turn(action, receiver, tally, sender)
    updates.forEach(({ sequence, time }, at) => {
      const value = parsed[at]
      if (value) this.#push(this.#plan(sequence, value, time), turn.silent, ticket)
    })
    this.#push(undefined, turn, ticket)
  }

  #parse(actor: Actor, sequence: Resource, value: unknown): ParsedValue {
    requireWrite(this.#ctx, actor, sequence)
    return parseValue(requireSpec(sequence), sequence, value)
  }

  #plan(sequence: Resource, parsed: ParsedValue, time: Micros | undefined): PlannedValue {
    const state = this.#ctx.sequenceStates.peek(sequence.id)
    if (!state) throw new Error('the state of a sequence must be loaded before its values are taken')
    // One look at the clock for all of a turn.
    if (this.#gathered.plans.length === 0) this.#now = this.#ctx.clock.now()
    return planValue(sequence, state, parsed, time, this.#now)
  }

  #push(plan: PlannedValue | undefined, receiver: ValueReceiver<T>, ticket: T): void {
    const { plans, receivers, tickets } = this.#gathered
    if (plans.push(plan) === 1) queueMicrotask(this.#flush)
    receivers.push(receiver)
    tickets.push(ticket)
  }

  /** Hands over what was gathered; happens by itself at the end of the turn. */
  flush(): void {
    const gathered = this.#gathered
    if (gathered.plans.length === 0) return
    this.#gathered = new Gathered()
    this.#ctx.commits.append(this.#ctx, gathered)
  }
}

/**
 * Values for their sequences; undefined for those that don't fit, which the tally then knows.
 * @throws Fault invalid when there are some and none fits
 */
export function parseFitting(updates: readonly ValueUpdate[], tally: Tally): (ParsedValue | undefined)[] {
  let first: Fault | undefined
  const parsed = updates.map(({ sequence, value }) => {
    try {
      return parseValue(requireSpec(sequence), sequence, value)
    } catch (error) {
      if (!(error instanceof Fault && error.code === 'invalid')) throw error
      first ??= error
      tally.skip(pathOf(sequence), error.message)
      return undefined
    }
  })
  if (first && parsed.every((value) => value === undefined)) throw first
  return parsed
}

/** Does something when its turn comes. */
class Turn<T> implements ValueReceiver<T> {
  readonly sender: Sender
  /** For the values before it, whose fate is told with its own. */
  readonly silent: ValueReceiver<T>
  readonly #action: () => void
  readonly #receiver: ValueReceiver<T>
  readonly #tally: Tally

  constructor(action: () => void, receiver: ValueReceiver<T>, tally: Tally, sender = receiver.sender) {
    this.sender = receiver.sender
    this.#tally = tally
    this.silent = {
      sender,
      stored: (_, fate) => {
        if (typeof fate === 'string') tally.add(fate)
      },
      refused: () => {},
    }
    this.#action = action
    this.#receiver = receiver
  }

  stored(ticket: T): void {
    try {
      this.#action()
    } catch (error) {
      this.#receiver.refused(ticket, error)
      return
    }
    this.#receiver.stored(ticket, this.#tally)
  }

  refused(ticket: T, error: unknown): void {
    this.#receiver.refused(ticket, error)
  }
}
