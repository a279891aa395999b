/** Appending to and reading sequences. Source: protocol, section 4; the bulk call is ours. Summing up is in series/. */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { Fault, invalid, notFound } from '../base/fault.ts'
import type { Sender } from '../tree/hub.ts'
import { requireRead, requireWrite } from '../tree/permissions.ts'
import { SEQUENCE, TEXT } from '../wire/resource-types.ts'
import type { AppendRow, Page, Point, Points, ReadOptions, SequenceRef } from '../storage/sequence-store.ts'
import { MINUTE, formatTimestamp, type Micros } from '../base/time.ts'
import type { SequenceSpec } from '../attributes/sequence-spec.ts'
import { pathOf, type Resource } from '../tree/tree.ts'
import { parseValue, type ParsedValue } from './value-parsing.ts'

const NO_ROWS = new Uint8Array(0)
/** A clock this far behind a stored value is believed to be right, and the value's to be wrong. */
const TRUSTED_AHEAD = MINUTE

/** What is known in memory of one sequence in use. */
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
    const now = ctx.clock.now()
    // A value from the far future (a controller's wrong clock) must not drag the server's stamps after it.
    const lastStamp = newest && newest.time <= now + TRUSTED_AHEAD ? newest.time : Number.NEGATIVE_INFINITY
    const state: SequenceState = { ref, newestTime: newest?.time ?? Number.NEGATIVE_INFINITY, lastStamp, newest }
    this.#states.set(sequence.id, state)
    return state
  }

  /**
   * After values were deleted: what is newest is read anew. The state itself stays, as values on their way to the store
   * will tell it of themselves, and the server's stamps go on from where they were.
   */
  async refresh(ctx: Context, sequence: Resource): Promise<void> {
    const state = this.#states.get(sequence.id) ?? (await this.#loading.get(sequence.id))
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
      this.forget(sequence.id)
      throw error
    }
  }

  /** After a commit failed, and when the sequence is gone: what memory says may be wrong. */
  forget(id: number): void {
    this.#states.delete(id)
  }
}

export interface ValueUpdate {
  readonly sequence: Resource
  /** Not yet checked against the sequence's type. */
  readonly value: unknown
  /** undefined: the server stamps it. */
  readonly time?: Micros | undefined
}

export interface AppendOptions {
  /** Who must not hear the resulting messages. */
  readonly sender?: Sender | undefined
}

/**
 * What became of one value: `stored` at a new time, `repeated` (one of that time was there, and was replaced), or only `shown` to
 * subscribers.
 */
export type Outcome = 'stored' | 'repeated' | 'shown'

export interface Appended {
  readonly outcome: Outcome
  /** The value's time, which is its revision id too. */
  readonly time: Micros
}

/**
 * Stores values and tells subscribers; resolves when all are durable. All are checked before any is stored.
 * Numeric and text sequences only; image values are files (images.ts).
 * @throws Fault forbidden, invalid (naming the sequence), busy
 */
export async function appendValues(
  ctx: Context,
  actor: Actor,
  updates: readonly ValueUpdate[],
  options: AppendOptions = {},
): Promise<Appended[]> {
  const parsed = updates.map((update) => {
    requireWrite(ctx, actor, update.sequence)
    return parseValue(requireSpec(update.sequence), update.sequence, update.value)
  })
  return storeValues(ctx, updates, parsed, options)
}

/** One value on its way to the store: its row there, and what is needed when it has been written. */
export interface PlannedValue extends AppendRow {
  readonly resource: Resource
  readonly state: SequenceState
  /** As in {@link ParsedValue}. */
  readonly text: string | undefined
  /** Otherwise it is only shown to subscribers. */
  readonly isStored: boolean
}

/** Stamps a value and decides whether it is stored; from here on the sequence counts it as its newest. */
export function planValue(
  resource: Resource,
  state: SequenceState,
  { value, text }: ParsedValue,
  given: Micros | undefined,
  now: Micros,
): PlannedValue {
  const time = given ?? stamp(state, now)
  const isStored = isDue(requireSpec(resource), state, time)
  if (isStored && time > state.newestTime) state.newestTime = time
  return { sequence: state.ref, time, value, resource, state, text, isStored }
}

/** To be called when it is durable: remembers it as the newest and tells subscribers. */
export function finishValue(
  ctx: Context,
  { resource, state, time, value, text, isStored }: PlannedValue,
  sender: Sender | undefined,
): void {
  if (isStored && (!state.newest || time >= state.newest.time)) {
    state.newest = { time, value, text }
    if (time > state.newestTime) state.newestTime = time
  }
  if (resource.alerts) ctx.hub.notify('valueWatched', { resource, time, value })
  publishValue(ctx, resource, time, text ?? value, sender)
}

/** As {@link appendValues}, for callers that have checked permission and parsed the values with {@link parseValue}. */
export async function storeValues(
  ctx: Context,
  updates: readonly ValueUpdate[],
  parsed: readonly ParsedValue[],
  options: AppendOptions = {},
): Promise<Appended[]> {
  const states: SequenceState[] = []
  for (const { sequence } of updates) states.push(ctx.sequenceStates.peek(sequence.id) ?? (await ctx.sequenceStates.load(ctx, sequence)))
  const now = ctx.clock.now()
  const plans = updates.map(({ sequence, time }, at) => {
    const state = states[at]
    const parsedValue = parsed[at]
    if (!state || !parsedValue) throw new Error('each update needs a state and a parsed value')
    return planValue(sequence, state, parsedValue, time, now)
  })
  const isNew = await appendPlans(ctx, plans)
  let row = 0
  return plans.map((plan): Appended => {
    finishValue(ctx, plan, options.sender)
    return { outcome: !plan.isStored ? 'shown' : isNew[row++] === 1 ? 'stored' : 'repeated', time: plan.time }
  })
}

/**
 * Hands plans to the store, and counts for workers that follow it. What is only shown takes its turn among the others.
 * @returns of those that are stored: 1 where the time was new
 * @throws Fault busy
 */
export function appendPlans(ctx: Context, plans: readonly PlannedValue[]): Promise<Uint8Array> {
  const rows = plans.every(({ isStored }) => isStored) ? plans : plans.filter(({ isStored }) => isStored)
  // Both promises are the store's own: callbacks run in the order of its queue only as long as all are as many steps away from it.
  const appending: Promise<Uint8Array | void> = rows.length > 0 ? ctx.sequences.append(rows) : ctx.sequences.settled()
  return appending.then(
    (isNew) => {
      const counts = new Map<Resource, number>()
      for (const { resource } of rows) counts.set(resource, (counts.get(resource) ?? 0) + 1)
      for (const [resource, count] of counts) ctx.hub.notify('valuesStored', { resource, count })
      return isNew ?? NO_ROWS
    },
    (error: unknown) => {
      for (const { state } of rows) ctx.sequenceStates.forget(state.ref.id)
      throw error
    },
  )
}

/** Unique and increasing in each sequence, whatever the clock does. */
function stamp(state: SequenceState, now: Micros): Micros {
  const time = Math.max(now, state.lastStamp + 1)
  state.lastStamp = time
  return time
}

function isDue(spec: SequenceSpec, state: SequenceState, time: Micros): boolean {
  // A value older than the newest, from a controller catching up after an outage, is always stored, in its place.
  return spec.minStorageInterval === 0 || time <= state.newestTime || time >= state.newestTime + spec.minStorageInterval
}

/** Tells subscribers of a value that is not stored. @throws Fault forbidden, invalid */
export function showValue(
  ctx: Context,
  actor: Actor,
  sequence: Resource,
  value: unknown,
  time: Micros | undefined,
  sender: Sender | undefined,
): void {
  requireWrite(ctx, actor, sequence)
  const parsed = parseValue(requireSpec(sequence), sequence, value)
  publishValue(ctx, sequence, time ?? ctx.clock.now(), parsed.text ?? parsed.value, sender)
}

/** Tells subscribers of the sequence's folder of a value. */
export function publishValue(ctx: Context, sequence: Resource, time: Micros, value: number | string, sender: Sender | undefined): void {
  const folder = sequence.parent
  if (!folder || !(ctx.hub.onMessage || ctx.hub.hasSubscribers(folder))) return
  const parameters = { id: sequence.id, name: pathOf(sequence), timestamp: formatTimestamp(time), value: String(value) }
  ctx.hub.publish({
    folder,
    type: 'sequence_update',
    parameters,
    timestamp: time,
    sequence,
    ...(sender ? { sender } : {}),
  })
}

export const refOf = (sequence: Resource): SequenceRef => ({ id: sequence.id, isText: sequence.sequence?.dataType === TEXT })

/** @throws Fault invalid when the resource is no sequence */
export function requireSpec(resource: Resource): SequenceSpec {
  if (resource.type !== SEQUENCE || !resource.sequence) throw invalid(`${pathOf(resource)} is not a sequence.`)
  return resource.sequence
}

/** The newest stored value, as text as it was sent where that is known. @throws Fault forbidden, invalid */
export async function readNewest(ctx: Context, actor: Actor, sequence: Resource): Promise<{ time: Micros; text: string } | undefined> {
  requireRead(ctx, actor, sequence)
  requireSpec(sequence)
  const state = ctx.sequenceStates.peek(sequence.id) ?? (await ctx.sequenceStates.load(ctx, sequence))
  const { newest } = state
  return newest && { time: newest.time, text: newest.text ?? String(newest.value) }
}

/** The value whose revision id, its time in microseconds, is given. @throws Fault forbidden, invalid, not_found */
export async function readRevision(ctx: Context, actor: Actor, sequence: Resource, revision: number): Promise<string> {
  requireRead(ctx, actor, sequence)
  requireSpec(sequence)
  const point = await ctx.sequences.at(refOf(sequence), revision)
  if (!point) throw notFound(`${pathOf(sequence)} has no value with the revision ${revision}.`)
  return String(point.value)
}

/** One page of a range: as many values as were asked for, or fewer with `more` set. @throws Fault forbidden, invalid */
export async function readValues(ctx: Context, actor: Actor, sequence: Resource, options: ReadOptions): Promise<Page> {
  requireRead(ctx, actor, sequence)
  const spec = requireSpec(sequence)
  if (options.text !== undefined && spec.dataType !== TEXT) throw invalid(`text: ${pathOf(sequence)} is not a text sequence.`)
  return ctx.sequences.read(refOf(sequence), options)
}

/** Points read at a time by {@link streamValues}: a chunk of some 200 kB, some milliseconds of work. */
const STREAM_STEP = 5_000

/**
 * All values of a range, a chunk at a time, until there are no more or nobody wants them; memory holds one chunk. Permission was checked
 * when this returns its first. @throws Fault forbidden, invalid
 */
export async function* streamValues(ctx: Context, actor: Actor, sequence: Resource, options: ReadOptions): AsyncGenerator<Points> {
  let { start, end, limit } = options
  while (limit > 0) {
    const points = await readValues(ctx, actor, sequence, { ...options, start, end, limit: Math.min(limit, STREAM_STEP) })
    const last = points.times.at(-1)
    if (last === undefined || options.signal?.aborted === true) return
    yield points
    if (!points.more) return
    limit -= points.times.length
    if (options.order === 'ascending') start = last + 1
    else end = last - 1
  }
}

/** Most characters of text that one answer is put together from in memory. */
export const MAX_HELD_TEXT = 50_000_000

export const holdsTooMuch = (sequence: Resource): Fault =>
  new Fault(
    'too_large',
    `The texts asked for of ${pathOf(sequence)} are longer than ${MAX_HELD_TEXT} characters together. Ask for fewer (count), ` +
      'or for a stream (format=ndjson or csv).',
  )

/**
 * The newest `limit` values of a range, ascending, all in memory. @throws Fault forbidden, invalid; too_large when they are too long for
 * that
 */
export async function readLast(ctx: Context, actor: Actor, sequence: Resource, options: Omit<ReadOptions, 'order'>): Promise<Points> {
  const all: Points = { times: [], values: [] }
  let held = 0
  for await (const { times, values } of streamValues(ctx, actor, sequence, { ...options, order: 'descending' })) {
    for (let at = 0; at < times.length; at++) {
      const value = values[at] ?? ''
      if (typeof value === 'string' && (held += value.length) > MAX_HELD_TEXT) throw holdsTooMuch(sequence)
      all.times.push(times[at] ?? 0)
      all.values.push(value)
    }
  }
  all.times.reverse()
  all.values.reverse()
  return all
}
