/** What is known in memory of sequences in use, so that a value costs no query. */
import type { Context } from '../context.ts'
import { TEXT } from '../wire/resource-types.ts'
import type { Point, SequenceRef } from '../storage/sequence-store.ts'
import type { Micros } from '../base/time.ts'
import type { Resource } from '../tree/tree.ts'
import { lastStampOf } from './stamps.ts'

export const refOf = (sequence: Resource): SequenceRef => ({ id: sequence.id, isText: sequence.sequence?.dataType === TEXT })

/** One sequence's; {@link SequenceStates} and commit.ts alone change it. */
export interface SequenceState {
  readonly ref: SequenceRef
  /** Time of the newest value that is stored or waits to be; -Infinity when there is none. */
  newestTime: Micros
  /** The newest stamp that the server gave here. */
  lastStamp: Micros
  /** The newest committed value, with its text as it was sent. */
  newest: (Point & { text?: string | undefined }) | undefined
}

/** States of sequences in use, loaded when first asked for. */
export class SequenceStates {
  readonly #states = new Map<number, SequenceState>()
  readonly #loading = new Map<number, Promise<SequenceState>>()

  /** What is known already; undefined before {@link load}. */
  peek(id: number): SequenceState | undefined {
    return this.#states.get(id)
  }

  load(ctx: Context, sequence: Resource): Promise<SequenceState> {
    let loading = this.#loading.get(sequence.id)
    if (!loading) {
      loading = this.#read(ctx, sequence).finally(() => this.#loading.delete(sequence.id))
      this.#loading.set(sequence.id, loading)
    }
    return loading
  }

  async #read(ctx: Context, sequence: Resource): Promise<SequenceState> {
    const ref = refOf(sequence)
    const newest = await ctx.sequences.newest(ref)
    const state: SequenceState = {
      ref,
      newestTime: newest?.time ?? Number.NEGATIVE_INFINITY,
      lastStamp: lastStampOf(newest?.time, ctx.clock.now()),
      newest,
    }
    this.#states.set(sequence.id, state)
    return state
  }

  /**
   * After values were deleted: reads again which value is the newest. The state itself stays, because values on their way to the store will
   * update it, and the server's stamps go on from where they were.
   */
  async refresh(ctx: Context, id: number): Promise<void> {
    const state = this.#states.get(id) ?? (await this.#loading.get(id))
    if (!state) return
    try {
      for (let isSettled = false; !isSettled; ) {
        const before = state.newest
        const newest = await ctx.sequences.newest(state.ref)
        // A value that was committed meanwhile is in the next reading.
        isSettled = state.newest === before
        if (!isSettled) continue
        if (newest?.time !== before?.time || newest?.value !== before?.value) state.newest = newest
        state.newestTime = newest?.time ?? Number.NEGATIVE_INFINITY
      }
    } catch (error) {
      this.forget(id)
      throw error
    }
  }

  /** After a commit failed, and when the sequence is gone: what memory says may be wrong. */
  forget(id: number): void {
    this.#states.delete(id)
  }
}
