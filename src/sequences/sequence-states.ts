/** What is known in memory of sequences in use, so that a value costs no query. */
import type { Context } from '../context.ts'
import { TEXT } from '../wire/resource-types.ts'
import type { Corrections } from '../corrections/corrections.ts'
import { NewestTexts, type SentPoint } from './newest-texts.ts'
import type { Point, SequenceRef } from '../storage/sequence-store.ts'
import { DAY, type Micros } from '../base/time.ts'
import type { Resource } from '../tree/tree.ts'
import { isAhead, nextStamp, pickPhase, TRUSTED_AHEAD } from './stamps.ts'

export const refOf = (sequence: Resource): SequenceRef => ({ id: sequence.id, isText: sequence.sequence?.dataType === TEXT })

export type { SentPoint }

/** One sequence's; {@link SequenceStates} and commit.ts alone change it. */
export interface SequenceState {
  readonly ref: SequenceRef
  /** Time of the newest value, stored or waiting to be, that is not ahead of the clock; -Infinity when none is known. */
  newestTime: Micros
  /** Time of the newest value of all, stored or waiting to be; -Infinity when there is none. */
  lastTime: Micros
  /** The newest stamp that the server gave here. */
  lastStamp: Micros
  /** Until then there are values that were stamped while the clock was ahead. */
  crossedUntil: Micros
  /** What stamps until then have added. */
  phase: Micros
  /** The newest committed value that is not ahead of the clock, as it is to be read and not masked; if all are ahead, the newest of all. */
  newest: SentPoint | undefined
  /** What is to be corrected of its values. */
  corrections: Corrections | undefined
  /** There are, or were, values ahead of the clock: `newest` has to be read again, as it moves with the clock. */
  hasAhead: boolean
}

/** Gives a value without a time its time. */
export function takeStamp(state: SequenceState, now: Micros): Micros {
  if (isAhead(state.lastStamp, now)) {
    state.crossedUntil = Math.max(state.crossedUntil, state.lastStamp)
    state.phase = pickPhase()
  }
  state.lastStamp = nextStamp(state.lastStamp, now > state.crossedUntil ? now : now + state.phase)
  return state.lastStamp
}

/** The newest time with which one that a value will have is compared: values ahead of the clock are among themselves. */
export function newestTimeFor(state: SequenceState, time: Micros, now: Micros): Micros {
  // The clock went on past it, or was set back before it.
  if (!isAhead(state.lastTime, now)) state.newestTime = state.lastTime
  else if (isAhead(state.newestTime, now)) state.newestTime = Number.NEGATIVE_INFINITY
  return isAhead(time, now) ? state.lastTime : state.newestTime
}

/** A value of that time is stored or will be. */
export function planTime(state: SequenceState, time: Micros, now: Micros): void {
  if (time > state.lastTime) state.lastTime = time
  if (time > state.newestTime && !isAhead(time, now)) state.newestTime = time
}

/** As {@link planTime}, of several values. */
export function planTimes(state: SequenceState, times: Float64Array, now: Micros): void {
  let [last, newest] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const time of times) {
    if (time > last) last = time
    if (time > newest && !isAhead(time, now)) newest = time
  }
  planTime(state, last, now)
  planTime(state, newest, now)
}

/** A value is durable: it is the newest if it is, unless it is ahead of the clock and another is not. */
export function takeNewest(state: SequenceState, point: SentPoint, now: Micros): void {
  const known = state.newest
  const [isNewAhead, isKnownAhead] = [isAhead(point.time, now), known !== undefined && isAhead(known.time, now)]
  if (isNewAhead || isKnownAhead) state.hasAhead = true
  if (!known || (isNewAhead === isKnownAhead ? point.time >= known.time : isKnownAhead)) state.newest = point
}

/** As {@link takeNewest}, of several values, in their order. */
export function takeNewestOf(state: SequenceState, times: Float64Array, values: ArrayLike<number | string>, now: Micros): void {
  let [ahead, newest] = [-1, -1]
  for (let at = 0; at < times.length; at++) {
    const time = times[at] ?? 0
    if (isAhead(time, now)) {
      if (ahead < 0 || time >= (times[ahead] ?? 0)) ahead = at
    } else if (newest < 0 || time >= (times[newest] ?? 0)) newest = at
  }
  for (const at of [ahead, newest]) if (at >= 0) takeNewest(state, { time: times[at] ?? 0, value: values[at] ?? 0 }, now)
}

interface NewestPoint {
  /** As it is to be read. */
  readonly newest: SentPoint | undefined
  /** Time of the newest value that is not ahead of the clock, masked or not; -Infinity when there is none. */
  readonly time: Micros
  /** Time of the newest of all. */
  readonly last: Micros
  readonly hasAhead: boolean
  readonly corrections: Corrections | undefined
}

/** The newest committed value that is not ahead of the clock, or else the newest of all. */
async function readNewestPoint(ctx: Context, ref: SequenceRef): Promise<NewestPoint> {
  const { newest: stored, last, hasAhead } = await readNewestStored(ctx, ref)
  const time = stored && !isAhead(stored.time, ctx.clock.now()) ? stored.time : Number.NEGATIVE_INFINITY
  const corrections = ctx.corrections.hasNone(ref.id) ? undefined : await ctx.corrections.of(ref.id)
  const { texts } = ctx.sequenceStates
  if (!corrections || !stored) return { newest: texts.of(ref.id, stored), time, last, hasAhead, corrections }
  const { times, values } = await ctx.readings.read(ref, { order: 'descending', limit: 1, end: stored.time })
  const [shownTime, value] = [times[0], values[0]]
  const newest = shownTime === undefined || value === undefined ? undefined : texts.of(ref.id, { time: shownTime, value })
  return { newest, time, last, hasAhead, corrections }
}

async function readNewestStored(ctx: Context, ref: SequenceRef): Promise<{ newest: Point | undefined; last: Micros; hasAhead: boolean }> {
  const newest = await ctx.sequences.newest(ref)
  const now = ctx.clock.now()
  if (!newest || !isAhead(newest.time, now)) return { newest, last: newest?.time ?? Number.NEGATIVE_INFINITY, hasAhead: false }
  const { times, values } = await ctx.sequences.read(ref, { order: 'descending', limit: 1, end: now + TRUSTED_AHEAD })
  const [time, value] = [times[0], values[0]]
  return { newest: time === undefined || value === undefined ? newest : { time, value }, last: newest.time, hasAhead: true }
}

/** States of sequences in use, loaded when first asked for. */
export class SequenceStates {
  readonly texts = new NewestTexts()
  readonly #states = new Map<number, SequenceState>()
  readonly #loading = new Map<number, Promise<SequenceState>>()
  /** What was read before all was to be read again must not be remembered. */
  #version = 0

  /** All is read again when it is next asked for; only where nothing is on its way to the store. */
  clear(): void {
    this.#version++
    this.noteTexts()
    this.#states.clear()
    this.#loading.clear()
  }

  /** Before what is known is forgotten, or the server ends. */
  noteTexts(): void {
    for (const [id, { newest }] of this.#states) this.texts.note(id, newest)
  }

  /** What is known already; undefined before {@link load}. */
  peek(id: number): SequenceState | undefined {
    return this.#states.get(id)
  }

  load(ctx: Context, sequence: Resource): Promise<SequenceState> {
    let loading = this.#loading.get(sequence.id)
    if (!loading) {
      const reading = this.#read(ctx, sequence).finally(() => {
        if (this.#loading.get(sequence.id) === reading) this.#loading.delete(sequence.id)
      })
      loading = reading
      this.#loading.set(sequence.id, loading)
    }
    return loading
  }

  async #read(ctx: Context, sequence: Resource): Promise<SequenceState> {
    const ref = refOf(sequence)
    const version = this.#version
    const { newest, time, last, hasAhead, corrections } = await readNewestPoint(ctx, ref)
    const now = ctx.clock.now()
    const state: SequenceState = {
      ref,
      newestTime: time,
      lastTime: last,
      lastStamp: time,
      // Ahead by hours, it may have been this server's clock; by more, stamps won't meet it soon.
      crossedUntil: hasAhead && last - now < DAY ? last : Number.NEGATIVE_INFINITY,
      phase: pickPhase(),
      newest,
      corrections,
      hasAhead,
    }
    if (version === this.#version) this.#states.set(sequence.id, state)
    return state
  }

  /** Whether what is known as newest is the newest by the clock as it is now; otherwise ask {@link newest}. */
  isCurrent({ clock }: Pick<Context, 'clock'>, id: number): boolean {
    const state = this.#states.get(id)
    return state !== undefined && !state.hasAhead && !(state.newest && isAhead(state.newest.time, clock.now()))
  }

  /** A sequence's newest committed value that is not ahead of the clock, or else the newest of all. Remembers it. */
  async newest(ctx: Context, sequence: Resource): Promise<SentPoint | undefined> {
    if (!this.isCurrent(ctx, sequence.id)) {
      if (this.#states.has(sequence.id)) await this.#readAgain(ctx, sequence.id, false)
      else return (await this.load(ctx, sequence)).newest
    }
    return this.#states.get(sequence.id)?.newest
  }

  /** As {@link newest}, without remembering the sequence. */
  async lookUpNewest(ctx: Context, sequence: Resource): Promise<SentPoint | undefined> {
    return this.#states.has(sequence.id) ? this.newest(ctx, sequence) : (await readNewestPoint(ctx, refOf(sequence))).newest
  }

  /**
   * After values were deleted: reads again which value is the newest. The state itself stays, because values
   * on their way to the store will update it, and the server's stamps go on from where they were.
   */
  refresh(ctx: Context, id: number): Promise<void> {
    return this.#readAgain(ctx, id, true)
  }

  async #readAgain(ctx: Context, id: number, isAfterRemoval: boolean): Promise<void> {
    const state = this.#states.get(id) ?? (await this.#loading.get(id))
    if (!state) return
    try {
      for (let isSettled = false; !isSettled; ) {
        const before = state.newest
        const { newest, time, last, hasAhead, corrections } = await readNewestPoint(ctx, state.ref)
        // A value that was committed meanwhile is in the next reading.
        isSettled = state.newest === before
        if (!isSettled) continue
        if (newest?.time !== before?.time || newest?.value !== before?.value) state.newest = newest
        state.corrections = corrections
        state.hasAhead = hasAhead
        if (!isAfterRemoval) continue
        state.lastTime = last
        state.newestTime = time
      }
    } catch (error) {
      this.forget(id)
      throw error
    }
  }

  /** After a commit failed, and when the sequence is gone: what memory says may be wrong. */
  forget(id: number): void {
    const state = this.#states.get(id)
    if (state) this.texts.note(id, state.newest)
    this.#states.delete(id)
  }
}
