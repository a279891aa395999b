/** What a message asks to be done, and what comes of beginning it. */
import type { Micros } from '../base/time.ts'
import type { ValueUpdate } from '../sequences/sequences.ts'
import type { SkippedValue } from '../wire/answers.ts'
import type { Resource } from '../tree/tree.ts'

/**
 * What one message asks for, once it is checked:
 * - `value`: one value is stored
 * - `values`: values are stored, but for those that do not fit, and then something is done
 * - `in_turn`: something is done after the values that the caller sent before are durable
 * - `at_once`: something is done without waiting for them
 * - `awaited`: something takes time; messages after it need not wait
 * - `exclusive`: something takes time, and nothing may overtake it
 */
export type Step =
  | ({ readonly kind: 'value' } & ValueUpdate)
  | {
      readonly kind: 'values'
      readonly updates: readonly ValueUpdate[]
      /** Names of values that no sequence takes, and why. */
      readonly skipped: readonly SkippedValue[]
      readonly action: () => void
      /** Whose subscribers hear of the values by the action, all in one message. */
      readonly folder: Resource
    }
  | { readonly kind: 'in_turn' | 'at_once'; readonly action: () => void }
  | { readonly kind: 'awaited' | 'exclusive'; readonly action: () => Promise<unknown> }

/** What a message with several values sets. */
export interface Updates {
  readonly updates: readonly ValueUpdate[]
  readonly skipped: readonly SkippedValue[]
}

export const storeValue = (sequence: Resource, value: unknown, time: Micros | undefined): Step => ({ kind: 'value', sequence, value, time })
export const storeValues = (folder: Resource, { updates, skipped }: Updates, action: () => void): Step => ({
  kind: 'values',
  folder,
  updates,
  skipped,
  action,
})
export const inTurn = (action: () => void): Step => ({ kind: 'in_turn', action })
export const atOnce = (action: () => void): Step => ({ kind: 'at_once', action })
export const awaited = (action: () => Promise<unknown>): Step => ({ kind: 'awaited', action })
export const exclusive = (action: () => Promise<unknown>): Step => ({ kind: 'exclusive', action })

/**
 * The message has to be begun again, with the ones after it waiting, when the state of its sequences is in memory: only
 * then can values be queued in the order in which they came.
 */
export class NotReady {
  readonly until: Promise<unknown>
  constructor(until: Promise<unknown>) {
    this.until = until
  }
}

/** The messages after this one wait until it is done. */
export class Exclusive {
  readonly done: Promise<unknown>
  constructor(done: Promise<unknown>) {
    this.done = done
  }
}

/**
 * What comes of beginning a message. `done`: it is. `taken`: its caller will be told, as a `ValueReceiver`, when what it
 * wrote is durable. A promise: it is done when that resolves. A refused message throws a Fault, or its promise does.
 */
export type Outcome = 'done' | 'taken' | NotReady | Exclusive | Promise<unknown>
