/** Moving values of a sequence in time: those that were stamped while a clock was wrong. */
import { recordAudit } from '../audit/record.ts'
import { formatDuration, parseDuration } from '../base/duration.ts'
import { Fault, invalid } from '../base/fault.ts'
import { SECOND, formatTimestamp, timeOfSeconds, type Micros } from '../base/time.ts'
import type { Context } from '../context.ts'
import type { Shifted } from '../storage/sequence-store.ts'
import type { Actor } from '../tree/actor.ts'
import { requireWrite } from '../tree/permissions.ts'
import { isImageSequence, pathOf, type Resource } from '../tree/tree.ts'
import type { ShiftAnswer } from '../wire/answers.ts'
import { tellRemoved } from './erasing.ts'
import { measureImages } from './image-reading.ts'
import { shiftImages } from './image-removal.ts'
import { aboutMask, moveMasks } from './masking.ts'
import { refOf, requireSpec } from './sequences.ts'

export interface WantedShift {
  /** Both inclusive. */
  readonly start: Micros
  readonly end: Micros
  /** Later; negative: earlier. */
  readonly by: Micros
  /** Moves nothing, and says or throws what a move would. */
  readonly isTrial?: boolean
}

/** A duration with an optional sign, such as `-3h`. @throws Fault invalid */
export function requireShift(text: string): Micros {
  const [, sign, length = ''] = /^([+-]?)(.*)$/s.exec(text.trim()) ?? []
  const duration = parseDuration(length)
  if (duration === undefined || duration === 0)
    throw invalid(`by is ${JSON.stringify(text.slice(0, 60))}; write how much later, such as 3h, or with a minus how much earlier: -3h.`)
  return sign === '-' ? -duration : duration
}

/**
 * Moves the values of a range by the same duration. All of them or none, also when the power goes; durable when this resolves. Subscribers
 * are told nothing. The answer says how to move them back.
 * @throws Fault forbidden without write; invalid; conflict when values that stay lie where they would go; too_large
 */
export async function shiftValues(ctx: Context, actor: Actor, sequence: Resource, wanted: WantedShift): Promise<ShiftAnswer> {
  const { start, end, by, isTrial = false } = wanted
  const path = pathOf(sequence)
  requireWrite(ctx, actor, sequence)
  requireSpec(sequence)
  if (sequence.parent && isImageSequence(sequence.parent))
    throw invalid(`${path} is filled by the server: move ${pathOf(sequence.parent)}.`)
  if (start > end) throw invalid('start_timestamp is later than end_timestamp.')
  await requireExpressible(ctx, sequence, wanted)
  let shifted: Shifted
  try {
    shifted = isImageSequence(sequence)
      ? await shiftImages(ctx, sequence, { start, end }, by, isTrial)
      : await ctx.sequences.shift(refOf(sequence), { start, end }, by, isTrial)
    if (!isTrial) await moveMasks(ctx, sequence, { start, end }, by)
  } catch (error) {
    if (error instanceof Fault && (error.code === 'conflict' || error.code === 'too_large'))
      throw new Fault(error.code, `${path}: ${error.message}`, { cause: error })
    throw error
  } finally {
    if (!isTrial) await tellShifted(ctx, sequence, { start, end })
  }
  const { count, first, last } = shifted
  if (!isTrial && count > 0) {
    ctx.log.info({ sequence: path, values: count, by: by / SECOND, from: formatTimestamp(start) }, 'moved values of a sequence in time')
    const details = { count, by: by / SECOND, from: formatTimestamp(start), until: formatTimestamp(end) }
    await recordAudit(ctx, ctx.db, actor, aboutMask('values.moved', sequence, details))
  }
  const back = by > 0 ? `-${formatDuration(by)}` : formatDuration(-by)
  return {
    path,
    moved: isTrial ? 0 : count,
    matching: count,
    by: by / SECOND,
    first_timestamp: first === undefined ? null : formatTimestamp(first),
    last_timestamp: last === undefined ? null : formatTimestamp(last),
    undo:
      isTrial || first === undefined || last === undefined
        ? null
        : `rhizo seq shift ${path} --start ${formatTimestamp(first)} --end ${formatTimestamp(last)} --by ${back}`,
  }
}

/** When it failed values may be gone from where they were all the same. */
async function tellShifted(ctx: Context, sequence: Resource, range: { start: Micros; end: Micros }): Promise<void> {
  await tellRemoved(ctx, { sequence: sequence.id, range, where: [], why: 'request' })
  if (!isImageSequence(sequence)) await ctx.sequenceStates.refresh(ctx, sequence.id)
}

/** @throws Fault invalid when a value would go to a time that can't be written */
async function requireExpressible(ctx: Context, sequence: Resource, { start, end, by }: WantedShift): Promise<void> {
  const { first, last } = isImageSequence(sequence)
    ? await measureImages(ctx.db, sequence.id, { start, end })
    : ((await ctx.sequences.extent(refOf(sequence), { start, end })) ?? {})
  for (const time of [first, last])
    if (time !== undefined && timeOfSeconds((time + by) / SECOND) === undefined)
      throw invalid(`by would move the value of ${formatTimestamp(time)} before the year 1, or after 2199.`)
}
