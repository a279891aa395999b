/** Does what messages ask for, in the order in which they came: values go to the intake, and what depends on them follows. */
import type { Micros } from '../base/time.ts'
import type { Context } from '../context.ts'
import { appendValues, type ValueUpdate } from '../sequences/sequences.ts'
import { ValueIntake } from '../sequences/value-intake.ts'
import type { Resource } from '../tree/tree.ts'
import type { ClientMessage } from '../wire/client-messages.ts'
import type { Caller } from './caller.ts'
import { perform } from './perform.ts'
import { Exclusive, NotReady, type Outcome } from './steps.ts'

/** One for each transport. `T` goes with a message until it is answered. */
export class MessageRunner<T> {
  readonly #ctx: Context
  readonly #intake: ValueIntake<T>

  constructor(ctx: Context) {
    this.#ctx = ctx
    this.#intake = new ValueIntake(ctx)
  }

  /** Begins one message. @throws Fault, at once or by the promise */
  run(caller: Caller<T>, message: ClientMessage, ticket: T): Outcome {
    const step = perform(this.#ctx, caller, message, ticket)
    switch (step.kind) {
      case 'value':
        return this.storeValue(caller, step, ticket)
      case 'values':
        return this.#storeAll(caller, step.updates, step.action, ticket)
      case 'in_turn':
        return this.inTurn(caller, step.action, ticket)
      case 'at_once':
        if (caller.answersInOrder) return this.inTurn(caller, step.action, ticket)
        step.action()
        return 'done'
      case 'awaited':
        return caller.answersInOrder ? new Exclusive(step.action()) : step.action()
      case 'exclusive':
        return new Exclusive(step.action())
    }
  }

  /**
   * Begins messages that came as one and are answered as one: all are checked before anything is done, values are stored
   * all or none, and the rest follows in its order.
   * @throws Fault, at once or by the promise
   */
  runAll(caller: Caller<T>, messages: readonly ClientMessage[], ticket: T): Outcome {
    const updates: ValueUpdate[] = []
    const actions: (() => void)[] = []
    const slow: (() => Promise<unknown>)[] = []
    for (const message of messages) {
      const step = perform(this.#ctx, caller, message, ticket)
      switch (step.kind) {
        case 'value':
          updates.push(step)
          break
        case 'values':
          updates.push(...step.updates)
          actions.push(step.action)
          break
        case 'in_turn':
        case 'at_once':
          actions.push(step.action)
          break
        case 'awaited':
        case 'exclusive':
          slow.push(step.action)
      }
    }
    const act = (): void => actions.forEach((action) => action())
    if (slow.length > 0) return new Exclusive(this.#runSlowly(caller, slow, updates, act))
    return updates.length > 0 ? this.#storeAll(caller, updates, act, ticket) : this.inTurn(caller, act, ticket)
  }

  /** Stores one value. @throws Fault forbidden, invalid (naming the sequence) */
  storeValue(
    caller: Caller<T>,
    { sequence, value, time }: { sequence: Resource; value: unknown; time?: Micros | undefined },
    ticket: T,
  ): Outcome {
    if (!this.#intake.isReady(sequence)) return new NotReady(this.#intake.load([sequence]))
    this.#intake.take(caller.actor, sequence, value, time, caller, ticket)
    return 'taken'
  }

  /** Does what stores nothing, after the values that were sent before it. @throws Fault what the action throws, unless it has to wait */
  inTurn(caller: Caller<T>, action: () => void, ticket: T): Outcome {
    if (caller.isBusy) {
      this.#intake.takeAll(caller.actor, [], action, caller, ticket)
      return 'taken'
    }
    action()
    return 'done'
  }

  #storeAll(caller: Caller<T>, updates: readonly ValueUpdate[], action: () => void, ticket: T): Outcome {
    const sequences = updates.map(({ sequence }) => sequence)
    if (!sequences.every((sequence) => this.#intake.isReady(sequence))) return new NotReady(this.#intake.load(sequences))
    this.#intake.takeAll(caller.actor, updates, action, caller, ticket)
    return 'taken'
  }

  async #runSlowly(
    caller: Caller<T>,
    slow: readonly (() => Promise<unknown>)[],
    updates: readonly ValueUpdate[],
    act: () => void,
  ): Promise<void> {
    for (const step of slow) await step()
    await appendValues(this.#ctx, caller.actor, updates, { sender: caller.sender })
    act()
  }
}
