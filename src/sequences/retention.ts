/** How long sequences keep their values: the newest `max_history` of them, and none that is older than `max_age`. */
import type { AgedSet } from '../base/aging.ts'
import { withCleanUp } from '../base/clean-up.ts'
import { formatTimestamp, type Micros } from '../base/time.ts'
import type { Context } from '../context.ts'
import { isImageSequence, pathOf, type Resource } from '../tree/tree.ts'
import { tellRemoved } from './erasing.ts'
import { expireImages } from './image-removal.ts'
import { measureImages } from './image-reading.ts'
import { refOf } from './sequences.ts'
import { findOldestKept, rangesAround, stretchesWith, type Count, type Stretch } from './waiting-stretches.ts'

/**
 * Drops what a sequence keeps no longer, in small steps; what was stamped by a wrong clock and may still be moved counts neither as old nor
 * as one of the kept ones. @returns how many values remain
 */
export async function trimSequence(ctx: Context, sequence: Resource): Promise<number> {
  const { maxHistory, maxAge } = sequence.sequence ?? {}
  if (maxHistory === undefined) return 0
  const before = maxAge === undefined ? undefined : await ctx.aging.cutoff(maxAge, agedValuesOf(ctx, sequence))
  if (isImageSequence(sequence)) {
    if (before !== undefined) logExpired(ctx, sequence, await expireImages(ctx, sequence, before), before)
    return (await measureImages(ctx.db, sequence.id)).count
  }
  const ref = refOf(sequence)
  const waiting = await stretchesWith(ctx, (range) => ctx.sequences.count(ref, range))
  if (waiting.length > 0) return trimAround(ctx, sequence, waiting, { keep: maxHistory, before })
  const old = before === undefined ? 0 : await ctx.sequences.count(ref, { end: before - 1 })
  const cut: { end?: Micros } = {}
  return withCleanUp(
    () => ctx.sequences.truncate(ref, maxHistory, before, (end) => (cut.end = end)),
    async () => {
      if (cut.end === undefined) return
      if (before !== undefined && cut.end >= before - 1) logExpired(ctx, sequence, old, before)
      await tellRemoved(ctx, { sequence: sequence.id, range: { end: cut.end }, where: [], why: 'retention' })
    },
  )
}

/** @param before what is older goes; undefined: nothing is too old @returns how many values remain */
async function trimAround(
  ctx: Context,
  sequence: Resource,
  waiting: readonly Stretch[],
  { keep, before }: { keep: number; before: Micros | undefined },
): Promise<number> {
  const ref = refOf(sequence)
  const count: Count = (range) => ctx.sequences.count(ref, range)
  const extent = await ctx.sequences.extent(ref, {})
  const oldest = extent && (await findOldestKept(count, keep, waiting, extent))
  const limit = Math.max(before ?? Number.NEGATIVE_INFINITY, oldest ?? Number.NEGATIVE_INFINITY)
  for (const range of limit === Number.NEGATIVE_INFINITY ? [] : rangesAround(waiting, limit)) {
    const old = before === undefined ? 0 : await count({ ...range, end: Math.min(range.end, before - 1) })
    if ((await count(range)) === 0) continue
    await withCleanUp(
      () => ctx.sequences.delete(ref, range),
      () => tellRemoved(ctx, { sequence: sequence.id, range, where: [], why: 'retention' }),
    )
    logExpired(ctx, sequence, old, before ?? limit)
  }
  return ctx.sequences.count(ref, {})
}

function agedValuesOf(ctx: Context, sequence: Resource): AgedSet {
  const what = `${isImageSequence(sequence) ? 'images' : 'values'} of ${pathOf(sequence)}`
  if (isImageSequence(sequence)) {
    const count = async (start?: Micros, end?: Micros): Promise<number> => (await measureImages(ctx.db, sequence.id, { start, end })).count
    return { what, count: (from, to) => count(from, to - 1), total: () => count() }
  }
  const ref = refOf(sequence)
  return { what, count: (from, to) => ctx.sequences.count(ref, { start: from, end: to - 1 }), total: () => ctx.sequences.count(ref, {}) }
}

function logExpired(ctx: Context, sequence: Resource, values: number, before: Micros): void {
  if (values === 0) return
  ctx.log.info(
    { sequence: pathOf(sequence), values, before: formatTimestamp(before) },
    "removed a sequence's values that were older than its max_age",
  )
}
