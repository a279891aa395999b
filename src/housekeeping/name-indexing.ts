/** Keeps the index of names near to the resources: see database/name-index.ts. */
import type { Context } from '../context.ts'
import { isUnreadable } from '../database/errors.ts'
import { emptyNameIndex, indexSomeNames } from '../database/name-index.ts'
import { transact } from '../database/transact.ts'

/** Names that searches look at themselves before it is worth while to take them in: a small lab needs no index. */
export const MAX_BEHIND = 4_000

/**
 * Takes all names into the index, in steps so small that others never wait long for the writer.
 * @param isStopped asked between steps
 * @returns how many were taken in
 */
export async function indexNames(ctx: Context, isStopped: () => boolean = () => false): Promise<number> {
  if (!ctx.tree.nameIndex) return 0
  let count = 0
  for (let some = -1; some !== 0 && !isStopped(); count += Math.max(0, some)) {
    some = await indexSome(ctx)
    if (some > 0 && ctx.turns.isOver()) await ctx.turns.next()
  }
  return count
}

async function indexSome(ctx: Context): Promise<number> {
  try {
    return await transact(ctx, (tx) => indexSomeNames(tx))
  } catch (error) {
    if (!isUnreadable(error)) throw error
    ctx.log.warn({ err: error }, 'the index of names is damaged, and is filled from its beginning. Nothing is lost with it.')
    await transact(ctx, (tx) => emptyNameIndex(tx))
    return 1
  }
}
