/** The one door by which values go: each removal, for whatever reason, is told of in one notice `valuesRemoved`. */
import { withCleanUp } from '../base/clean-up.ts'
import type { Context } from '../context.ts'
import type { Condition, Range, SequenceRef } from '../storage/sequence-store.ts'
import type { ValuesRemoved } from '../tree/value-notices.ts'
import { publishRemoval } from './publishing.ts'

/**
 * Removes values of a numeric or text sequence, without asking who may; durable when this resolves.
 * @param where empty: all of the range
 * @returns how many
 */
export async function eraseValues(
  ctx: Context,
  sequence: SequenceRef,
  range: Range,
  where: readonly Condition[],
  why: ValuesRemoved['why'],
): Promise<number> {
  return withCleanUp(
    () => ctx.sequences.delete(sequence, range, where),
    // When it failed some may be gone all the same, and the others go at the next start.
    () => tellRemoved(ctx, { sequence: sequence.id, range, where, why }),
  )
}

/** After a removal: which value is the newest is read again where it may be gone, and listeners are told. */
export async function tellRemoved(ctx: Context, notice: ValuesRemoved): Promise<void> {
  const state = ctx.sequenceStates.peek(notice.sequence)
  if (!state?.newest || state.hasAhead || isWithin(state.newest.time, notice.range)) await ctx.sequenceStates.refresh(ctx, notice.sequence)
  ctx.hub.notify('valuesRemoved', notice)
  const resource = notice.why === 'request' ? ctx.tree.byId(notice.sequence) : undefined
  if (resource) publishRemoval(ctx, resource, notice.range)
}

const isWithin = (time: number, { start = Number.NEGATIVE_INFINITY, end = Number.POSITIVE_INFINITY }: Range): boolean =>
  time >= start && time <= end
