/** How long sequences keep their values: the newest `max_history` of them, and none that is older than `max_age`. */
import type { Context } from '../context.ts'
import { expireImages } from './images.ts'
import { refOf } from './sequences.ts'
import { isImageSequence, type Resource } from '../tree/tree.ts'

/** Drops what a sequence keeps no longer, in small steps. @returns how many values remain */
export async function trimSequence(ctx: Context, sequence: Resource): Promise<number> {
  const { maxHistory, maxAge } = sequence.sequence ?? {}
  if (maxHistory === undefined) return 0
  const before = maxAge === undefined ? undefined : ctx.clock.now() - maxAge
  if (isImageSequence(sequence)) return before === undefined ? 0 : expireImages(ctx, sequence, before)
  const remaining = await ctx.sequences.truncate(refOf(sequence), maxHistory, before)
  const newest = ctx.sequenceStates.peek(sequence.id)?.newest
  if (newest && before !== undefined && newest.time < before) await ctx.sequenceStates.refresh(ctx, sequence)
  return remaining
}
