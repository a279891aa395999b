/** How long sequences keep their values: the newest `max_history` of them, and none that is older than `max_age`. */
import type { Context } from '../context.ts'
import type { Micros } from '../base/time.ts'
import { tellRemoved } from './erasing.ts'
import { expireImages } from './images.ts'
import { refOf } from './sequences.ts'
import { isImageSequence, type Resource } from '../tree/tree.ts'

/** Drops what a sequence keeps no longer, in small steps. @returns how many values remain */
export async function trimSequence(ctx: Context, sequence: Resource): Promise<number> {
  const { maxHistory, maxAge } = sequence.sequence ?? {}
  if (maxHistory === undefined) return 0
  const before = maxAge === undefined ? undefined : ctx.clock.now() - maxAge
  if (isImageSequence(sequence)) return before === undefined ? 0 : expireImages(ctx, sequence, before)
  const cut: { end?: Micros } = {}
  try {
    return await ctx.sequences.truncate(refOf(sequence), maxHistory, before, (end) => (cut.end = end))
  } finally {
    if (cut.end !== undefined) await tellRemoved(ctx, { sequence: sequence.id, range: { end: cut.end }, where: [], why: 'retention' })
  }
}
