/** Setting many sequences by path at one time, with the correction of controllers' wrong clocks. Source: protocol, section 4. */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { Fault, forbidden, invalid, notFound } from '../base/fault.ts'
import { canRead, canWrite } from '../tree/permissions.ts'
import { awaitTimeOf } from './boot-clocks.ts'
import type { JudgedTime, Tentative } from './controller-clocks.ts'
import { markMovedBack } from './correction-undo.ts'
import { storeValues, type ValueUpdate } from './sequences.ts'
import { shiftValues } from './value-shift.ts'
import { RELEASED } from '../base/believed-time.ts'
import { type Micros } from '../base/time.ts'
import { quote } from '../base/path.ts'
import { isImageSequence, pathOf, type Resource } from '../tree/tree.ts'
import { counterReading } from '../wire/counter.ts'
import { TEXT } from '../wire/resource-types.ts'
import { Tally } from './tally.ts'
import { MAX_IMPORT } from './value-import.ts'
import { parseValue, type ParsedValue } from './value-parsing.ts'

/** Paths that are looked up between two looks at the clock: few, since one that leads nowhere costs tens of microseconds. */
const STEP = 16

/**
 * Sets sequences by their absolute paths. Unknown and unwritable ones are skipped, and so are values that do not fit: the tally names them.
 * Where none fits, nothing is stored and nothing fails: to a deployed controller whose sensors are all unplugged an error is its end.
 * @throws Fault too_large, busy; invalid for a claim that can't be
 */
export async function updateByPath(
  ctx: Context,
  actor: Actor,
  values: Readonly<Record<string, unknown>>,
  claim: TimeClaim,
): Promise<Tally> {
  requireFew(values)
  const judged = await settleTime(ctx, actor, claim)
  const time = judged?.time
  const tally = new Tally()
  const updates: ValueUpdate[] = []
  const parsed: ParsedValue[] = []
  let at = 0
  for (const path of Object.keys(values)) {
    if (at++ % STEP === STEP - 1 && ctx.turns.isOver()) await ctx.turns.next()
    const value = values[path]
    const found = take(ctx, actor, path, value)
    if (!(found instanceof Fault)) {
      parsed.push(found.value)
      updates.push({ sequence: found.sequence, value, time })
      continue
    }
    tally.skip(path, found.message)
    ctx.skipNotes.note(ctx, actor, 'HTTP', path, found.message)
  }
  if (judged?.mistaken) await moveBack(ctx, actor, judged.mistaken)
  if (updates.length === 0) return tally
  if (judged?.correction)
    await ctx.controllerClocks.corrected.note(
      ctx,
      judged.correction,
      updates.map(({ sequence }) => sequence),
      judged.time,
    )
  const stored = await storeValues(ctx, updates, parsed)
  stored.forEach((one, at) => {
    tally.add(one.outcome)
    const sequence = updates[at]?.sequence
    if (sequence && one.outcome === 'stored') judged?.tentative?.(sequence, one.time)
  })
  return tally
}

/** @throws Fault too_large */
export function requireFew(values: Readonly<Record<string, unknown>>): void {
  if (Object.keys(values).length > MAX_IMPORT)
    throw new Fault('too_large', `values has more than ${MAX_IMPORT} names: nothing was stored. Send them in several requests.`)
}

/** A value for the sequence at a path, or why there is none: `invalid` if it does not fit. What the actor may not read is not there. */
function take(ctx: Context, actor: Actor, path: string, value: unknown): { sequence: Resource; value: ParsedValue } | Fault {
  const sequence = findReadable(ctx, actor, path)
  if (!sequence) return notFound(`There is no resource ${quote(path)}.`)
  if (!sequence.sequence) return notFound(`${pathOf(sequence)} is not a sequence.`)
  if (!canWrite(ctx, actor, sequence)) return forbidden(`You may not change ${pathOf(sequence)}.`)
  try {
    return { sequence, value: parseValue(sequence.sequence, sequence, value) }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return isImageSequence(sequence) ? notFound(error.message) : error
  }
}

/** Whether a path is that of a text sequence, which takes an object as text. */
export const isTextAt = (ctx: Context, actor: Actor, path: string): boolean => findReadable(ctx, actor, path)?.sequence?.dataType === TEXT

/** Malformed paths lead nowhere. */
function findReadable(ctx: Context, actor: Actor, path: string): Resource | undefined {
  try {
    const found = ctx.tree.find(path)
    return found && canRead(ctx, actor, found) ? found : undefined
  } catch (error) {
    if (error instanceof Fault) return undefined
    throw error
  }
}

/** How a sender settles what its times are worth. */
export interface TimeClaim {
  readonly timestamp?: Micros | undefined
  /** `trusted`: the time is taken as it is; `untrusted`: the server's time, unless the monotonic counter tells better. */
  readonly clock?: 'trusted' | 'untrusted' | undefined
  /** Seconds that a counter showed when it was measured, and when it is sent; it counts on from the sender's boot. */
  readonly monotonic?: number | undefined
  readonly monotonicNow?: number | undefined
  /** Names the boot that the counter counts from: then a reading that is sent again comes to the same time. */
  readonly boot?: string | undefined
}

/** @throws Fault invalid */
async function settleTime(ctx: Context, actor: Actor, claim: TimeClaim): Promise<JudgedTime | undefined> {
  const { timestamp, clock, monotonic, monotonicNow, boot } = claim
  const counter = counterReading(monotonic, monotonicNow, boot)
  if (clock === 'trusted') {
    if (timestamp === undefined) throw invalid('clock is "trusted", and timestamp is missing.')
    return { time: timestamp }
  }
  if (counter) return { time: await awaitTimeOf(ctx, actor, counter) }
  if (clock === 'untrusted' || timestamp === undefined) return undefined
  if (actor.kind !== 'controller') return { time: timestamp }
  // Of two clocks the controller's may be the one that is right, unless it can't be.
  const isOursRight = ctx.believed.isClockRight || (timestamp < RELEASED && ctx.clock.now() >= RELEASED)
  return isOursRight ? ctx.controllerClocks.judge(ctx, actor.controllerId, timestamp) : { time: timestamp }
}

/** Values that were stored with a correction that was none go to the times that they were sent with. */
async function moveBack(ctx: Context, actor: Actor, mistaken: readonly Tentative[]): Promise<void> {
  const [moved, kept] = [new Set<Resource>(), new Set<Resource>()]
  for (const { sequence, time, by } of mistaken) {
    try {
      await shiftValues(ctx, actor, sequence, { start: time, end: time, by: -by })
      moved.add(sequence)
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      kept.add(sequence)
      ctx.log.warn(
        { sequence: pathOf(sequence), reason: error.message },
        'a value could not be moved back to the time that it was sent with',
      )
    }
  }
  if (actor.kind !== 'controller') return
  await ctx.controllerClocks.corrected.end(ctx, actor.controllerId)
  for (const sequence of moved) if (!kept.has(sequence)) await markMovedBack(ctx, actor.controllerId, sequence)
}
