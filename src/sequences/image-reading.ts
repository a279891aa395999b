/** Reads images and what they take up: pictures are revisions of their sequence. */
import { invalid, notFound } from '../base/fault.ts'
import type { Micros } from '../base/time.ts'
import type { SequenceSpec } from '../attributes/sequence-spec.ts'
import type { Revision } from '../content/content.ts'
import type { Context } from '../context.ts'
import type { Tx } from '../database/schema.ts'
import type { Range } from '../storage/sequence-store.ts'
import type { Actor } from '../tree/actor.ts'
import { requireRead } from '../tree/permissions.ts'
import { pathOf, type Resource } from '../tree/tree.ts'
import { IMAGE } from '../wire/resource-types.ts'
import { requireSpec } from './sequences.ts'
import { TRUSTED_AHEAD } from './stamps.ts'

/** Where a sequence of images has their smaller versions. */
export const THUMBNAIL_WIDTH = 240
export const THUMBNAIL_NAME = `thumbnail-${THUMBNAIL_WIDTH}-x`

/** Images in one query of a list. */
const LIST_STEP = 1_000

/** @throws Fault invalid for another kind of resource */
export function requireImageSequence(resource: Resource): SequenceSpec {
  const spec = requireSpec(resource)
  if (spec.dataType !== IMAGE) throw invalid(`${pathOf(resource)} is not an image sequence.`)
  return spec
}

/** The ids of a sequence of images and, where there is one, of that of their thumbnails. */
export function idsWithThumbnails(sequence: Resource): number[] {
  const thumbnails = sequence.children.get(THUMBNAIL_NAME)
  return thumbnails ? [sequence.id, thumbnails.id] : [sequence.id]
}

/** The newest image up to a time. */
export const selectNewest = (db: Pick<Tx, 'selectFrom'>, sequenceId: number, until: Micros = Number.MAX_SAFE_INTEGER) =>
  db
    .selectFrom('resource_revisions')
    .select(['id', 'timestamp'])
    .where('resource_id', '=', sequenceId)
    .where('timestamp', '<=', until)
    .orderBy('timestamp', 'desc')
    .limit(1)
    .executeTakeFirst()

/** The newest image that is not ahead of the clock, or else the newest of all, without asking who may know. */
export const findNewestImage = async (ctx: Context, { id }: Resource): Promise<{ id: number; timestamp: Micros } | undefined> =>
  (await selectNewest(ctx.db, id, ctx.clock.now() + TRUSTED_AHEAD)) ?? selectNewest(ctx.db, id)

/** What the images of a range take up, without asking who may know. */
export async function measureImages(
  db: Pick<Tx, 'selectFrom'>,
  sequenceId: number,
  { start, end }: Range = {},
): Promise<{ count: number; bytes: number; first: Micros | undefined; last: Micros | undefined }> {
  const row = await db
    .selectFrom('resource_revisions')
    .select(({ fn }) => [
      fn.countAll<number>().as('count'),
      fn.sum<number | null>('size').as('bytes'),
      fn.min('timestamp').as('first'),
      fn.max('timestamp').as('last'),
    ])
    .where('resource_id', '=', sequenceId)
    .where('timestamp', '>=', start ?? Number.MIN_SAFE_INTEGER)
    .where('timestamp', '<=', end ?? Number.MAX_SAFE_INTEGER)
    .executeTakeFirstOrThrow()
  return {
    count: row.count,
    bytes: row.bytes ?? 0,
    first: row.count === 0 ? undefined : row.first,
    last: row.count === 0 ? undefined : row.last,
  }
}

/** As {@link measureImages}, of the thumbnails. */
export async function measureThumbnails(ctx: Context, sequence: Resource): ReturnType<typeof measureImages> {
  return measureImages(ctx.db, sequence.children.get(THUMBNAIL_NAME)?.id ?? 0)
}

/** How many images a range holds. @throws Fault forbidden, invalid */
export async function countImages(ctx: Context, actor: Actor, sequence: Resource, range: Range = {}): Promise<number> {
  requireRead(ctx, actor, sequence)
  requireImageSequence(sequence)
  return (await measureImages(ctx.db, sequence.id, range)).count
}

/** The newest image; undefined when there is none. @throws Fault forbidden, invalid */
export async function readNewestImage(ctx: Context, actor: Actor, sequence: Resource): Promise<Revision | undefined> {
  requireRead(ctx, actor, sequence)
  requireImageSequence(sequence)
  const newest = await findNewestImage(ctx, sequence)
  return newest && selectImages(ctx, sequence).where('id', '=', newest.id).executeTakeFirst()
}

/** @throws Fault forbidden, invalid, not_found */
export async function readImage(ctx: Context, actor: Actor, sequence: Resource, revisionId: number): Promise<Revision> {
  requireRead(ctx, actor, sequence)
  requireImageSequence(sequence)
  const row = await selectImages(ctx, sequence).where('id', '=', revisionId).executeTakeFirst()
  if (!row) throw notFound(`${pathOf(sequence)} has no image with the revision ${revisionId}.`)
  return row
}

/** The time of {@link findNewestImage}; undefined when there is none. */
export const newestImageTime = async (ctx: Context, sequence: Resource): Promise<Micros | undefined> =>
  (await findNewestImage(ctx, sequence))?.timestamp

const selectImages = (ctx: Context, sequence: Resource) =>
  ctx.db
    .selectFrom('resource_revisions')
    .select(['id', 'timestamp', 'size', 'hash', 'data', 'storage_path'])
    .where('resource_id', '=', sequence.id)

/** Times and revision ids of the newest `limit` images in a range, ascending. @throws Fault forbidden, invalid */
export async function listImages(
  ctx: Context,
  actor: Actor,
  sequence: Resource,
  { start, end }: Range,
  limit: number,
): Promise<{ id: number; timestamp: Micros }[]> {
  requireRead(ctx, actor, sequence)
  requireImageSequence(sequence)
  const images: { id: number; timestamp: Micros }[] = []
  for (let oldest: { id: number; timestamp: Micros } | undefined; images.length < limit; ) {
    if (ctx.turns.isOver()) await ctx.turns.next()
    const [time, id] = oldest ? [oldest.timestamp, oldest.id] : [end ?? Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]
    const rows = await ctx.db
      .selectFrom('resource_revisions')
      .select(['id', 'timestamp'])
      .where('resource_id', '=', sequence.id)
      .where('timestamp', '>=', start ?? Number.MIN_SAFE_INTEGER)
      .where('timestamp', '<=', time)
      .where((row) => row.or([row('timestamp', '<', time), row('id', '<', id)]))
      .orderBy('timestamp', 'desc')
      .orderBy('id', 'desc')
      .limit(Math.min(limit - images.length, LIST_STEP))
      .execute()
    images.push(...rows)
    oldest = rows.at(-1)
    if (rows.length < LIST_STEP) break
  }
  return images.reverse()
}
