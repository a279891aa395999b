/** Appending to and reading sequences. Source: protocol, section 4; the bulk call is ours. Summing up is in series/. */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { estimateBytes } from '../base/answer-room.ts'
import { Fault, invalid, notFound } from '../base/fault.ts'
import type { Sender } from '../tree/hub.ts'
import { requireRead, requireWrite } from '../tree/permissions.ts'
import { SEQUENCE, TEXT } from '../wire/resource-types.ts'
import type { View } from '../corrections/corrected-reads.ts'
import type { Page, Points, ReadOptions } from '../storage/sequence-store.ts'
import type { Micros } from '../base/time.ts'
import type { Turns } from '../base/turns.ts'
import type { SequenceSpec } from '../attributes/sequence-spec.ts'
import { pathOf, type Resource } from '../tree/tree.ts'
import { planValue, storedOf, tellShown, type Outcome } from './commit.ts'
import { refOf, type SequenceState } from './sequence-states.ts'
import { TRUSTED_AHEAD } from './stamps.ts'
import { parseValue, type ParsedValue } from './value-parsing.ts'

export { refOf }
export type { Outcome }

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

/** Which values, and as what: corrected unless `view` says otherwise. */
export interface ValueOptions extends ReadOptions {
  readonly view?: View | undefined
}

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
  return await new Promise((resolve, reject) => {
    ctx.commits.append(ctx, {
      how: 'live',
      rows: storedOf(plans),
      finish: (commit) => {
        resolve(plans.map((plan) => ({ outcome: commit.finish(plan, options.sender), time: plan.time })))
      },
      fail: reject,
    })
  })
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
  tellShown(ctx, sequence, parsed, time ?? ctx.clock.now(), sender)
}

/** @throws Fault invalid when the resource is no sequence */
export function requireSpec(resource: Resource): SequenceSpec {
  if (resource.type !== SEQUENCE || !resource.sequence) throw invalid(`${pathOf(resource)} is not a sequence.`)
  return resource.sequence
}

/**
 * The newest stored value that is not ahead of the clock (if all are, the newest of all), as text as it was sent where that is known.
 * @throws Fault forbidden, invalid
 */
export async function readNewest(ctx: Context, actor: Actor, sequence: Resource): Promise<{ time: Micros; text: string } | undefined> {
  requireRead(ctx, actor, sequence)
  requireSpec(sequence)
  const newest = await ctx.sequenceStates.newest(ctx, sequence)
  return newest && { time: newest.time, text: newest.text ?? String(newest.value) }
}

/** First and last time of values that are to come, for a sequence whose newest value was just read; undefined: there are none. */
export async function readAhead(ctx: Context, sequence: Resource): Promise<{ first: Micros; last: Micros } | undefined> {
  if (ctx.sequenceStates.peek(sequence.id)?.hasAhead !== true) return undefined
  return ctx.readings.extent(refOf(sequence), { start: ctx.clock.now() + TRUSTED_AHEAD + 1 })
}

/** The value whose revision id, its time in microseconds, is given. @throws Fault forbidden, invalid, not_found */
export async function readRevision(
  ctx: Context,
  actor: Actor,
  sequence: Resource,
  revision: number,
  view: View = 'corrected',
): Promise<string> {
  requireRead(ctx, actor, sequence)
  requireSpec(sequence)
  const point = await ctx.readings.at(refOf(sequence), revision, view)
  if (!point) throw notFound(`${pathOf(sequence)} has no value with the revision ${revision}.`)
  return String(point.value)
}

/** One page of a range: as many values as were asked for, or fewer with `more` set. @throws Fault forbidden, invalid */
export async function readValues(ctx: Context, actor: Actor, sequence: Resource, options: ValueOptions): Promise<Page> {
  requireRead(ctx, actor, sequence)
  const spec = requireSpec(sequence)
  if (options.text !== undefined && spec.dataType !== TEXT) throw invalid(`text: ${pathOf(sequence)} is not a text sequence.`)
  const { view, ...rest } = options
  return ctx.readings.read(refOf(sequence), rest, view)
}

/** Points read at a time by {@link streamValues}: a chunk of some 200 kB. */
const STREAM_STEP = 5_000

/**
 * All values of a range, a chunk at a time, until there are no more or nobody wants them; memory holds one chunk. Permission was checked
 * when this returns its first. @throws Fault forbidden, invalid
 */
export async function* streamValues(ctx: Context, actor: Actor, sequence: Resource, options: ValueOptions): AsyncGenerator<Page> {
  let { start, end, limit } = options
  while (limit > 0) {
    if (ctx.turns.isOver()) await ctx.turns.next()
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
export async function readLast(ctx: Context, actor: Actor, sequence: Resource, options: Omit<ValueOptions, 'order'>): Promise<Points> {
  const pages: Page[] = []
  let held = 0
  for await (const page of streamValues(ctx, actor, sequence, { ...options, order: 'descending' })) {
    ctx.answer?.holds(estimateBytes(page))
    for (const value of page.values) if (typeof value === 'string') held += value.length
    if (held > MAX_HELD_TEXT) throw holdsTooMuch(sequence)
    pages.push(page)
  }
  return joinDescending(ctx.turns, pages)
}

/** Pages whose newest values come first, as ascending ones, a page at a time. */
async function joinDescending(turns: Turns, pages: readonly Points[]): Promise<Points> {
  let at = pages.reduce((count, { times }) => count + times.length, 0)
  // Of their whole length from the beginning: what grows is copied again and again, a million values for many milliseconds each time.
  const times = new Array<Micros>(at)
  const values = new Array<number | string>(at)
  for (const page of pages) {
    if (turns.isOver()) await turns.next()
    for (const [place, time] of page.times.entries()) {
      times[--at] = time
      values[at] = page.values[place] ?? ''
    }
  }
  return { times, values }
}
