/** How long sequences keep their values: the newest `max_history` of them, and none that is older than `max_age`. */
import type { AgedSet } from '../base/aging.ts'
import { withCleanUp } from '../base/clean-up.ts'
import { formatTimestamp, type Micros } from '../base/time.ts'
import type { Context } from '../context.ts'
import { stretchesToBeMoved } from '../database/wrong-clocks.ts'
import { isImageSequence, pathOf, type Resource } from '../tree/tree.ts'
import { tellRemoved } from './erasing.ts'
import { expireImages } from './image-removal.ts'
import { measureImages } from './image-reading.ts'
import { refOf } from './sequences.ts'

/** Drops what a sequence keeps no longer, in small steps. @returns how many values remain */
export async function trimSequence(ctx: Context, sequence: Resource): Promise<number> {
  const { maxHistory, maxAge } = sequence.sequence ?? {}
  if (maxHistory === undefined) return 0
  const before = maxAge === undefined ? undefined : await ctx.aging.cutoff(maxAge, agedValuesOf(ctx, sequence))
  if (isImageSequence(sequence)) {
    const removed = before === undefined ? 0 : await expireImages(ctx, sequence, before)
    if (before !== undefined) logExpired(ctx, sequence, removed, before)
    return (await measureImages(ctx.db, sequence.id)).count
  }
  const ref = refOf(sequence)
  const old = before === undefined ? 0 : await ctx.sequences.count(ref, { end: before - 1 })
  const isDone = before !== undefined && old > 0 && (await removeAround(ctx, sequence, before))
  const limit = isDone ? undefined : before
  const cut: { end?: Micros } = {}
  return withCleanUp(
    () => ctx.sequences.truncate(ref, maxHistory, limit, (end) => (cut.end = end)),
    async () => {
      if (cut.end === undefined) return
      if (limit !== undefined && cut.end >= limit - 1) logExpired(ctx, sequence, old, limit)
      await tellRemoved(ctx, { sequence: sequence.id, range: { end: cut.end }, where: [], why: 'retention' })
    },
  )
}

/**
 * Removes what is older than a time around what was stamped by a wrong clock and may still be moved: that is not as old as it says.
 * @returns false: there is nothing of that kind, and nothing was removed
 */
async function removeAround(ctx: Context, sequence: Resource, before: Micros): Promise<boolean> {
  const ref = refOf(sequence)
  const spared: { start: Micros; end: Micros }[] = []
  for (const { start, end } of await stretchesToBeMoved(ctx.db, ctx.believed.now()))
    if (start < before && (await ctx.sequences.count(ref, { start, end: Math.min(end, before - 1) })) > 0) spared.push({ start, end })
  if (spared.length === 0) return false
  const gaps: { start?: Micros; end: Micros }[] = []
  let from: Micros | undefined
  for (const { start, end } of [...spared, { start: before, end: before }]) {
    if (from === undefined || from < start) gaps.push({ ...(from === undefined ? {} : { start: from }), end: Math.min(start, before) - 1 })
    from = Math.max(from ?? end, end) + 1
  }
  for (const range of gaps) {
    const values = await ctx.sequences.count(ref, range)
    if (values === 0) continue
    await ctx.sequences.delete(ref, range)
    logExpired(ctx, sequence, values, range.end + 1)
    await tellRemoved(ctx, { sequence: sequence.id, range, where: [], why: 'retention' })
  }
  return true
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
