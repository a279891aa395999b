/** Does what messages ask for, in the order in which they came: values go to the intake, and what depends on them follows. */
import type { Micros } from '../base/time.ts'
import type { Context } from '../context.ts'
import { storeValues as appendParsed, type ValueUpdate } from '../sequences/sequences.ts'
import { HeldMessage, Tally } from '../sequences/tally.ts'
import { requireWrite } from '../tree/permissions.ts'
import type { SkippedValue } from '../wire/answers.ts'
import { ValueIntake, parseFitting } from '../sequences/value-intake.ts'
import type { Sender } from '../tree/hub.ts'
import type { Resource } from '../tree/tree.ts'
import type { ClientMessage } from '../wire/client-messages.ts'
import type { Caller } from './caller.ts'
import { dated } from './counted.ts'
import { perform } from './perform.ts'
import { findUnmade } from './unmade.ts'
import { Exclusive, NotReady, type Outcome, type Updates } from './steps.ts'

const NONE: Updates = { updates: [], skipped: [] }

/** One for each transport. `T` goes with a message until it is answered. */
export class MessageRunner<T> {
  readonly #ctx: Context
  readonly #intake: ValueIntake<T>
  readonly #how: string

  /** @param how the transport's name, as people know it */
  constructor(ctx: Context, how: string) {
    this.#ctx = ctx
    this.#how = how
    this.#intake = new ValueIntake(ctx)
  }

  /** Begins one message. @throws Fault, at once or by the promise */
  run(caller: Caller<T>, message: ClientMessage, ticket: T): Outcome {
    const unmade = this.unmade(caller, [message])
    if (unmade) return unmade
    const ready = dated(this.#ctx, caller.actor, [message])
    if (ready instanceof NotReady) return ready
    const step = perform(this.#ctx, caller, ready[0] ?? message, ticket)
    switch (step.kind) {
      case 'value':
        return this.storeValue(caller, step, ticket)
      case 'values':
        return this.#storeAll(caller, step, step.action, ticket, step.folder)
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
   * Begins messages that came as one and are answered as one: all are checked before anything is done, values are stored but for those that
   * do not fit, and the rest follows in its order.
   * @param more values that came with them
   * @throws Fault, at once or by the promise
   */
  runAll(caller: Caller<T>, messages: readonly ClientMessage[], ticket: T, more: Updates = NONE): Outcome {
    const ready = dated(this.#ctx, caller.actor, messages)
    if (ready instanceof NotReady) return ready
    const updates: ValueUpdate[] = [...more.updates]
    const skipped: SkippedValue[] = [...more.skipped]
    const actions: (() => void)[] = []
    const slow: (() => Promise<unknown>)[] = []
    // Of all values; one that came in another way is told by itself.
    let folder: Resource | undefined
    for (const message of ready) {
      const step = perform(this.#ctx, caller, message, ticket)
      switch (step.kind) {
        case 'value':
          updates.push(step)
          break
        case 'values':
          updates.push(...step.updates)
          skipped.push(...step.skipped)
          actions.push(step.action)
          folder = step.folder
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
    if (slow.length > 0) return new Exclusive(this.#runSlowly(caller, slow, { updates, skipped }, act))
    if (messages.some(({ kind }) => kind === 'update_sequence' || kind === 'write_resource')) folder = undefined
    return updates.length + skipped.length > 0
      ? this.#storeAll(caller, { updates, skipped }, act, ticket, folder)
      : this.inTurn(caller, act, ticket)
  }

  /** Set while messages name sequences that are to be made first. */
  unmade(caller: Caller<T>, messages: readonly ClientMessage[]): NotReady | undefined {
    const wanted = messages.flatMap((message) => findUnmade(this.#ctx, caller, message))
    return wanted.length === 0 ? undefined : new NotReady(this.#ctx.devices.sightings.make(this.#ctx, caller.actor, wanted))
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

  /** Stores what a device's message says. @throws Fault forbidden */
  storeValues(caller: Caller<T>, values: Updates, ticket: T): Outcome {
    return this.#storeAll(caller, values, () => {}, ticket)
  }

  #storeAll(caller: Caller<T>, { updates, skipped }: Updates, action: () => void, ticket: T, folder?: Resource): Outcome {
    const sequences = updates.map(({ sequence }) => sequence)
    if (!sequences.every((sequence) => this.#intake.isReady(sequence))) return new NotReady(this.#intake.load(sequences))
    const tally = new Tally()
    for (const { path, message } of skipped) tally.skip(path, message)
    this.#intake.takeAll(caller.actor, updates, action, caller, ticket, tally, folder && senderIn(caller, folder))
    if (tally.skipped > 0) this.#note(caller, tally)
    return 'taken'
  }

  #note({ actor }: Caller<T>, tally: Tally): void {
    for (const { path, message } of tally.named) this.#ctx.skipNotes.note(this.#ctx, actor, this.#how, path, message)
  }

  async #runSlowly(
    caller: Caller<T>,
    slow: readonly (() => Promise<unknown>)[],
    { updates, skipped }: Updates,
    act: () => void,
  ): Promise<Tally | HeldMessage> {
    let held: HeldMessage | undefined
    for (const step of slow) {
      const result = await step()
      if (result instanceof HeldMessage) held = result
    }
    const tally = new Tally()
    for (const { path, message } of skipped) tally.skip(path, message)
    for (const { sequence } of updates) requireWrite(this.#ctx, caller.actor, sequence)
    const parsed = parseFitting(updates, tally)
    const fitting = updates.filter((_, at) => parsed[at] !== undefined)
    const values = parsed.filter((value) => value !== undefined)
    for (const { outcome } of await appendParsed(this.#ctx, fitting, values, { sender: caller.sender })) tally.add(outcome)
    if (tally.skipped > 0) this.#note(caller, tally)
    act()
    return held && tally.isPlain ? held : tally
  }
}

/** Of values that subscribers of a folder hear in one `update` message. */
function senderIn<T>({ sender }: Caller<T>, folder: Resource): Sender {
  const { controllerId } = sender
  return { ...sender, inUpdate: controllerId === undefined ? { folderId: folder.id } : { folderId: folder.id, controllerId } }
}
