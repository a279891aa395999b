/**
 * Content without a record: as content is stored first and its record second, a power cut in between leaves a piece of bulk
 * storage that nothing names. But an older copy of the database, in use for a while, doesn't name newer pieces either. So what
 * seems to belong to nothing is put aside first, and comes back when a record names it.
 */
import type { Context } from '../context.ts'
import { DAY, formatTimestamp, type Micros } from '../base/time.ts'

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
  const now = ctx.believed.now()
  const old = ctx.believed.removableBefore(YOUNG)
  for (const path of unfinished) if (!isStopped() && (await attempt(ctx, path, () => ctx.storage.discard(path, now)))) counts.discarded++
  for (const path of unnamed) {
    if (isStopped()) return counts
    const isOld = await attempt(ctx, path, async () => isBefore(await ctx.storage.writtenAt(path), old))
    if (isOld === true && (await attempt(ctx, path, () => ctx.storage.discard(path, now)))) counts.discarded++
  }
  const trash = await timesOf(ctx, unnamedDiscarded, isStopped)
  for (const [what, kept, isOfKind] of KINDS) {
    const some = [...trash].filter(([path]) => isOfKind(path))
    const before = await ctx.aging.cutoff(kept, {
      what,
      count: (from, to) => some.filter(([, time]) => time >= from && time < to).length,
      total: () => some.length,
    })
    let removed = 0
    for (const [path, time] of some)
      if (!isStopped() && time <= before && (await attempt(ctx, path, () => ctx.storage.delete(path)))) removed++
    if (removed > 0) ctx.log.info({ what, pieces: removed, before: formatTimestamp(before) }, 'removed for good what was in the trash')
    counts.removed += removed
  }
  return counts
}

/** What is in the trash, and how long each of it stays there. */
const KINDS: readonly (readonly [what: string, kept: Micros, isOfKind: (path: string) => boolean])[] = [
  ['unfinished pieces in the trash of the storage folder', UNFINISHED_KEPT, (path) => path.endsWith('.part')],
  ['pieces in the trash of the storage folder', KEPT, (path) => !path.endsWith('.part')],
]

/** When each piece went to the trash. */
async function timesOf(ctx: Context, paths: Iterable<string>, isStopped: () => boolean): Promise<Map<string, Micros>> {
  const times = new Map<string, Micros>()
  for (const path of paths) {
    if (isStopped()) break
    await attempt(ctx, path, async () => {
      const time = await ctx.storage.discardedAt(path)
      if (time !== undefined) times.set(path, time)
    })
  }
  return times
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
