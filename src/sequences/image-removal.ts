/** Removes images and moves them to other times, their thumbnails with them. */
import type { Micros } from '../base/time.ts'
import { deleteStored } from '../content/content.ts'
import type { Context } from '../context.ts'
import type { Tx } from '../database/schema.ts'
import { transact } from '../database/transact.ts'
import type { Range, Shifted } from '../storage/sequence-store.ts'
import { requireFree } from '../storage/shift-goal.ts'
import type { Actor } from '../tree/actor.ts'
import { requireWrite } from '../tree/permissions.ts'
import type { Resource } from '../tree/tree.ts'
import { tellRemoved } from './erasing.ts'
import { idsWithThumbnails, measureImages, requireImageSequence } from './image-reading.ts'
import { rangesAround, waitingStretches } from './waiting-stretches.ts'

/** Revisions that go in one transaction. */
const EXPIRY_STEP = 20

/** @param stored gathers pieces of bulk storage that are to be deleted after the commit @returns how many images */
export async function removeRange(tx: Tx, sequenceId: number, { start, end }: Range, stored: string[]): Promise<number> {
  const rows = await tx
    .deleteFrom('resource_revisions')
    .where('resource_id', '=', sequenceId)
    .where('timestamp', '>=', start ?? Number.MIN_SAFE_INTEGER)
    .where('timestamp', '<=', end ?? Number.MAX_SAFE_INTEGER)
    .returning('storage_path')
    .execute()
  for (const { storage_path: path } of rows) if (path !== null) stored.push(path)
  return rows.length
}

/** Deletes images and their thumbnails, not the sequence. @returns how many images @throws Fault forbidden, invalid */
export async function clearImages(ctx: Context, actor: Actor, sequence: Resource, range: Range = {}): Promise<number> {
  requireWrite(ctx, actor, sequence)
  requireImageSequence(sequence)
  const gone: string[] = []
  const count = await transact(ctx, async (tx) => {
    gone.length = 0
    const counts: number[] = []
    for (const id of idsWithThumbnails(sequence)) counts.push(await removeRange(tx, id, range, gone))
    return counts[0] ?? 0
  })
  await tellRemoved(ctx, { sequence: sequence.id, range, where: [], why: 'request' })
  await deleteStored(ctx, gone)
  return count
}

/**
 * Keeps to `max_history`, beside what a wrong clock stamped and may still be moved: with long histories now and then, since finding the
 * oldest ones walks along the kept ones.
 */
export async function truncateImages(ctx: Context, sequence: Resource, keep: number, revisionId: number): Promise<void> {
  if (keep > 1_000 && revisionId % 16 !== 0) return
  const waiting = await waitingStretches(ctx)
  for (const id of idsWithThumbnails(sequence)) {
    const oldest = await ctx.db
      .selectFrom('resource_revisions')
      .select('timestamp')
      .where('resource_id', '=', id)
      .where((row) => row.and(waiting.map(({ start, end }) => row.or([row('timestamp', '<', start), row('timestamp', '>', end)]))))
      .orderBy('timestamp', 'desc')
      .offset(keep)
      .limit(1)
      .executeTakeFirst()
    if (oldest) await removeStepwise(ctx, sequence, id, rangesAround(waiting, oldest.timestamp + 1))
  }
}

/**
 * Removes images and thumbnails from before a time, a few at a time, but none that a wrong clock stamped and that may still be moved.
 * @returns how many images were removed
 */
export async function expireImages(ctx: Context, sequence: Resource, before: Micros): Promise<number> {
  const ranges = rangesAround(await waitingStretches(ctx), before)
  const removed: number[] = []
  for (const id of idsWithThumbnails(sequence)) removed.push(await removeStepwise(ctx, sequence, id, ranges))
  return removed[0] ?? 0
}

/** @param id the sequence's or its thumbnails' @returns how many revisions were removed */
async function removeStepwise(ctx: Context, sequence: Resource, id: number, ranges: readonly Range[]): Promise<number> {
  let removed = 0
  for (const { start, end } of ranges) {
    for (;;) {
      const oldest = await ctx.db
        .selectFrom('resource_revisions')
        .select('timestamp')
        .where('resource_id', '=', id)
        .where('timestamp', '>=', start ?? Number.MIN_SAFE_INTEGER)
        .where('timestamp', '<=', end ?? Number.MAX_SAFE_INTEGER)
        .orderBy('timestamp')
        .limit(EXPIRY_STEP)
        .execute()
      const last = oldest.at(-1)?.timestamp
      if (last === undefined) break
      const range = { ...(start === undefined ? {} : { start }), end: last }
      const gone: string[] = []
      await transact(ctx, async (tx) => {
        gone.length = 0
        await removeRange(tx, id, range, gone)
      })
      removed += oldest.length
      if (id === sequence.id) await tellRemoved(ctx, { sequence: id, range, where: [], why: 'retention' })
      await deleteStored(ctx, gone)
    }
  }
  return removed
}

/**
 * Moves images and their thumbnails to other times, all or none. @param isTrial moves nothing
 * @throws Fault conflict when there are images that stay where they go
 */
export async function shiftImages(
  ctx: Context,
  sequence: Resource,
  { start, end }: { start: Micros; end: Micros },
  by: Micros,
  isTrial: boolean,
): Promise<Shifted> {
  return transact(ctx, async (tx) => {
    const { count, first, last } = await measureImages(tx, sequence.id, { start, end })
    if (first === undefined || last === undefined) return { count, first, last }
    const goal = { first: first + by, last: last + by }
    await requireFree('images', { start, end }, goal, (range) => extentOfImages(tx, sequence.id, range))
    for (const id of isTrial ? [] : idsWithThumbnails(sequence))
      await tx
        .updateTable('resource_revisions')
        .set((eb) => ({ timestamp: eb('timestamp', '+', by) }))
        .where('resource_id', '=', id)
        .where('timestamp', '>=', start)
        .where('timestamp', '<=', end)
        .execute()
    return { count, ...goal }
  })
}

async function extentOfImages(tx: Tx, sequenceId: number, range: Range): Promise<{ first: Micros; last: Micros } | undefined> {
  const { first, last } = await measureImages(tx, sequenceId, range)
  return first === undefined || last === undefined ? undefined : { first, last }
}
