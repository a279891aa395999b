/**
 * Content without a record: as content is stored first and its record second, a power cut in between leaves a piece of
 * bulk storage that nothing names.
 */
import type { Context } from '../context.ts'
import { deleteStored } from './content.ts'
import { DAY } from '../base/time.ts'

/** A piece may look orphaned because an older copy of the database is in use just now: it is given a week. */
const AGE = 7 * DAY
const STEP = 5_000

/**
 * Removes those pieces that no record names and that are a week old.
 * @param present names of pieces that were there before anything new could be written
 * @param isStopped asked now and then
 * @returns how many were removed
 */
export async function removeOrphans(ctx: Context, present: readonly string[], isStopped: () => boolean = () => false): Promise<number> {
  const orphans = new Set(present)
  for (let last = 0; orphans.size > 0 && !isStopped(); ) {
    const rows = await ctx.db
      .selectFrom('resource_revisions')
      .select(['id', 'storage_path'])
      .where('id', '>', last)
      .orderBy('id')
      .limit(STEP)
      .execute()
    for (const { storage_path: path } of rows) if (path !== null) orphans.delete(path)
    const newest = rows.at(-1)
    if (!newest) break
    last = newest.id
    await new Promise((resolve) => setImmediate(resolve))
  }
  let removed = 0
  for (const path of orphans) {
    if (isStopped()) break
    const time = await ctx.storage.writtenAt(path)
    if (time === undefined || time > ctx.clock.now() - AGE) continue
    await deleteStored(ctx, [path])
    removed++
  }
  return removed
}
