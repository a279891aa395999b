/**
 * Content without a record: as content is stored first and its record second, a power cut in between leaves a piece of bulk
 * storage that nothing names. But an older copy of the database, in use for a while, doesn't name newer pieces either. So what
 * seems to belong to nothing is put aside first, and comes back when a record names it.
 */
import type { Context } from '../context.ts'
import { DAY, type Micros } from '../base/time.ts'

/** A piece may lack its record because it was written a moment ago. */
const YOUNG = 7 * DAY
/** How long pieces stay in the trash, and what was never finished. */
const KEPT = 30 * DAY
const UNFINISHED_KEPT = DAY
const STEP = 5_000

export interface Tidied {
  /** Pieces that went to the trash, that came back from there, and that were removed for good. */
  readonly discarded: number
  readonly restored: number
  readonly removed: number
}

/** What is in bulk storage, as it was before anything new could be written. */
export type Found = Awaited<ReturnType<Context['storage']['survey']>>

/**
 * Puts aside pieces that no record names and that are a week old, and what interrupted writes left; brings back what a record
 * names; removes for good what was put aside 30 days ago, or a day ago where it was never finished.
 * @param unfinished none of them may be of a write under way
 * @param isStopped asked now and then
 */
export async function tidyStorage(ctx: Context, { pieces, unfinished, discarded }: Found, isStopped: () => boolean): Promise<Tidied> {
  const unnamed = new Set(pieces)
  const unnamedDiscarded = new Set(discarded)
  const counts = { discarded: 0, restored: 0, removed: 0 }
  for await (const path of namedPaths(ctx, isStopped)) {
    unnamed.delete(path)
    if (unnamedDiscarded.delete(path) && (await attempt(ctx, path, () => ctx.storage.restore(path)))) counts.restored++
  }
  const now = ctx.clock.now()
  for (const path of unfinished) if (!isStopped() && (await attempt(ctx, path, () => ctx.storage.discard(path, now)))) counts.discarded++
  for (const path of unnamed) {
    if (isStopped()) return counts
    const isOld = await attempt(ctx, path, async () => isBefore(await ctx.storage.writtenAt(path), now - YOUNG))
    if (isOld === true && (await attempt(ctx, path, () => ctx.storage.discard(path, now)))) counts.discarded++
  }
  for (const path of unnamedDiscarded) {
    if (isStopped()) return counts
    const kept = path.endsWith('.part') ? UNFINISHED_KEPT : KEPT
    const isOver = await attempt(ctx, path, async () => isBefore(await ctx.storage.discardedAt(path), now - kept))
    if (isOver === true && (await attempt(ctx, path, () => ctx.storage.delete(path)))) counts.removed++
  }
  return counts
}

const isBefore = (time: Micros | undefined, limit: Micros): boolean => time !== undefined && time <= limit

/** Paths that records name. Ends early when it is stopped: then {@link tidyStorage} does nothing more either. */
async function* namedPaths(ctx: Context, isStopped: () => boolean): AsyncGenerator<string> {
  for (let last = 0; !isStopped(); ) {
    const rows = await ctx.db
      .selectFrom('resource_revisions')
      .select(['id', 'storage_path'])
      .where('id', '>', last)
      .orderBy('id')
      .limit(STEP)
      .execute()
    for (const { storage_path: path } of rows) if (path !== null) yield path
    const newest = rows.at(-1)
    if (!newest) return
    last = newest.id
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** One piece that can't be moved or removed keeps none of the others. @returns undefined when it failed, else what `work` gives, or true */
async function attempt(ctx: Context, path: string, work: () => Promise<boolean | void>): Promise<boolean | undefined> {
  try {
    return (await work()) ?? true
  } catch (error) {
    ctx.log.error({ err: error, path }, 'tidying bulk storage failed')
    return undefined
  }
}
