/**
 * Image sequences: their values are revisions, JPEG each, with smaller versions in a sequence `thumbnail-240-x` inside.
 * Source: protocol, section 4.
 */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import type { Tx } from '../database/schema.ts'
import { transact } from '../database/transact.ts'
import { conflict, invalid, notFound } from '../base/fault.ts'
import { deleteStored, insertRevision, keepContent, recordContent, type KeptContent, type Revision } from '../content/content.ts'
import type { Sender } from '../tree/hub.ts'
import { requireRead, requireWrite } from '../tree/permissions.ts'
import { requireQuotaLeft, takeQuota } from '../tree/quotas.ts'
import { insertResource } from '../tree/resource-records.ts'
import { IMAGE, SEQUENCE } from '../wire/resource-types.ts'
import { tellRemoved } from './erasing.ts'
import { isDue } from './min-storage-interval.ts'
import { requireSpec, type Outcome } from './sequences.ts'
import { isAhead, nextStamp, TRUSTED_AHEAD } from './stamps.ts'
import type { Range, Shifted } from '../storage/sequence-store.ts'
import { MAX_IMAGE_BYTES, isJpeg } from '../content/thumbnails.ts'
import { formatTimestamp, type Micros } from '../base/time.ts'
import { changeTree, requireLive } from '../tree/tree-changes.ts'
import type { SequenceSpec } from '../attributes/sequence-spec.ts'
import { isImageSequence, pathOf, type Resource } from '../tree/tree.ts'

const THUMBNAIL_WIDTH = 240
const THUMBNAIL_NAME = `thumbnail-${THUMBNAIL_WIDTH}-x`

export interface ImageOptions {
  /** undefined: the server stamps it. */
  readonly time?: Micros | undefined
  /** Who must not hear the resulting message. */
  readonly sender?: Sender | undefined
}

export interface AppendedImage {
  readonly outcome: Outcome
  readonly time: Micros
  /** Present unless the image was only shown. */
  readonly revisionId?: number
  readonly thumbnailRevisionId?: number
}

/**
 * Stores an image with its thumbnail, and tells the subscribers of the sequence's folder. One that comes sooner than
 * `min_storage_interval` after the newest is only announced, without revision ids.
 * @throws Fault forbidden; invalid for what is no JPEG, or no image sequence; too_large, busy
 */
export async function appendImage(
  ctx: Context,
  actor: Actor,
  sequence: Resource,
  bytes: Uint8Array,
  options: ImageOptions = {},
): Promise<AppendedImage> {
  requireWrite(ctx, actor, sequence)
  const spec = requireImageSequence(sequence)
  if (sequence.parent && isImageSequence(sequence.parent))
    throw invalid(`${pathOf(sequence)} is filled by the server: send images to ${pathOf(sequence.parent)}.`)
  if (bytes.length > MAX_IMAGE_BYTES) throw invalid(`data: an image may have ${MAX_IMAGE_BYTES} bytes, this has ${bytes.length}.`)
  await requireQuotaLeft(ctx, sequence.organizationId, 'file_bytes')
  if (!isJpeg(bytes)) throw invalid('data is not a JPEG image, which is what image sequences hold.')
  const { time: planned, newest } = await planTime(ctx, ctx.db, sequence.id, options.time)
  let appended: AppendedImage = { outcome: 'shown', time: planned }
  // Asked before the work of decoding, and once more inside the transaction.
  if (isDue(spec, newest, planned)) {
    const thumbnail = await ctx.thumbnails.make(bytes, THUMBNAIL_WIDTH)
    const [content, small] = [await keepContent(ctx, bytes), await keepContent(ctx, thumbnail.data)]
    const replaced: string[] = []
    appended = await recordContent(ctx, [content, small], () =>
      changeTree(ctx, async (tx) => {
        replaced.length = 0
        return storeImage(ctx, tx, sequence, options.time, content, small, replaced)
      }),
    )
    if (appended.outcome === 'shown') replaced.push(...[content.storagePath, small.storagePath].filter((path) => path !== null))
    await deleteStored(ctx, replaced)
    await truncateImages(ctx, sequence, spec.maxHistory, appended.revisionId ?? 0)
  }
  const image = appended
  return new Promise((resolve, reject) => {
    ctx.commits.append(ctx, {
      how: 'image',
      // Its own transaction has made it durable: it only takes its turn.
      rows: [],
      finish: (commit) => {
        commit.finishImage(sequence, image.time, image, options.sender)
        resolve(image)
      },
      fail: reject,
    })
  })
}

/** @param replaced gathers pieces of bulk storage that are to be deleted after the commit */
async function storeImage(
  ctx: Context,
  tx: Tx,
  sequence: Resource,
  given: Micros | undefined,
  content: KeptContent,
  small: KeptContent,
  replaced: string[],
): Promise<() => AppendedImage> {
  requireLive(ctx, sequence)
  const spec = requireImageSequence(sequence)
  const { time, newest } = await planTime(ctx, tx, sequence.id, given)
  if (!isDue(spec, newest, time)) return () => ({ outcome: 'shown', time })
  await takeQuota(ctx, tx, sequence.organizationId, 'file_bytes', content.size + small.size)
  const existing = sequence.children.get(THUMBNAIL_NAME)
  const row = existing
    ? undefined
    : await insertResource(ctx, tx, {
        parent: sequence,
        name: THUMBNAIL_NAME,
        type: SEQUENCE,
        systemAttributes: { data_type: IMAGE, max_history: spec.maxHistory, min_storage_interval: 0 },
      })
  const thumbnailId = existing?.id ?? row?.id ?? 0
  const isRepeated = (await removeRange(tx, sequence.id, { start: time, end: time }, replaced)) > 0
  await removeRange(tx, thumbnailId, { start: time, end: time }, replaced)
  const revisionId = await insertRevision(tx, sequence.id, time, content)
  const thumbnailRevisionId = await insertRevision(tx, thumbnailId, time, small)
  return () => {
    if (row) ctx.tree.add(row)
    return { outcome: isRepeated ? 'repeated' : 'stored', time, revisionId, thumbnailRevisionId }
  }
}

/**
 * The time that an image is to have, and the newest one that `min_storage_interval` compares it with. Several images of a sequence may be
 * on their way at once, so its newest stored one is what stamps go on from.
 */
async function planTime(
  ctx: Context,
  db: Pick<Tx, 'selectFrom'>,
  sequenceId: number,
  given: Micros | undefined,
): Promise<{ time: Micros; newest: Micros }> {
  const now = ctx.clock.now()
  const until = given !== undefined && isAhead(given, now) ? undefined : now + TRUSTED_AHEAD
  const newest = (await selectNewest(db, sequenceId, until))?.timestamp ?? Number.NEGATIVE_INFINITY
  if (given !== undefined) return { time: given, newest }
  let time = nextStamp(newest, now)
  // Since the clock was set back there may be one of that very time.
  while ((await selectNewest(db, sequenceId, time))?.timestamp === time) time++
  return { time, newest }
}

/** The newest image up to a time. */
const selectNewest = (db: Pick<Tx, 'selectFrom'>, sequenceId: number, until: Micros = Number.MAX_SAFE_INTEGER) =>
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

/** Keeps to `max_history`: with long histories now and then, since finding the oldest ones walks along the kept ones. */
async function truncateImages(ctx: Context, sequence: Resource, keep: number, revisionId: number): Promise<void> {
  if (keep > 1_000 && revisionId % 16 !== 0) return
  const thumbnails = sequence.children.get(THUMBNAIL_NAME)
  for (const id of thumbnails ? [sequence.id, thumbnails.id] : [sequence.id]) {
    const oldest = await ctx.db
      .selectFrom('resource_revisions')
      .select('timestamp')
      .where('resource_id', '=', id)
      .orderBy('timestamp', 'desc')
      .offset(keep)
      .limit(1)
      .executeTakeFirst()
    if (!oldest) continue
    const range = { end: oldest.timestamp }
    const gone: string[] = []
    await transact(ctx, async (tx) => {
      gone.length = 0
      await removeRange(tx, id, range, gone)
    })
    if (id === sequence.id) await tellRemoved(ctx, { sequence: id, range, where: [], why: 'retention' })
    await deleteStored(ctx, gone)
  }
}

async function removeRange(tx: Tx, sequenceId: number, { start, end }: Range, stored: string[]): Promise<number> {
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
    const thumbnails = sequence.children.get(THUMBNAIL_NAME)
    if (thumbnails) await removeRange(tx, thumbnails.id, range, gone)
    return removeRange(tx, sequence.id, range, gone)
  })
  await tellRemoved(ctx, { sequence: sequence.id, range, where: [], why: 'request' })
  await deleteStored(ctx, gone)
  return count
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
  const thumbnails = sequence.children.get(THUMBNAIL_NAME)
  return transact(ctx, async (tx) => {
    const { count, first, last } = await measureImages(tx, sequence.id, { start, end })
    if (first === undefined || last === undefined) return { count, first, last }
    const goal = { first: first + by, last: last + by }
    for (const [from, to] of [
      [goal.first, Math.min(goal.last, start - 1)],
      [Math.max(goal.first, end + 1), goal.last],
    ] as const) {
      const taken = from > to ? undefined : await measureImages(tx, sequence.id, { start: from, end: to })
      if (taken?.first !== undefined)
        throw conflict(
          `There are images from ${formatTimestamp(taken.first)} to ${formatTimestamp(taken.last ?? taken.first)} where these would go: ` +
            'nothing was moved. Move those first, or a shorter range.',
        )
    }
    for (const id of isTrial ? [] : thumbnails ? [sequence.id, thumbnails.id] : [sequence.id])
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

/** Revisions that go in one transaction. */
const EXPIRY_STEP = 20
/** Images in one query of a list. */
const LIST_STEP = 1_000

/** Removes images and thumbnails from before a time, a few at a time. @returns how many images were removed */
export async function expireImages(ctx: Context, sequence: Resource, before: Micros): Promise<number> {
  const thumbnails = sequence.children.get(THUMBNAIL_NAME)
  let removed = 0
  for (const id of thumbnails ? [sequence.id, thumbnails.id] : [sequence.id]) {
    for (;;) {
      const oldest = await ctx.db
        .selectFrom('resource_revisions')
        .select('timestamp')
        .where('resource_id', '=', id)
        .where('timestamp', '<', before)
        .orderBy('timestamp')
        .limit(EXPIRY_STEP)
        .execute()
      const end = oldest.at(-1)?.timestamp
      if (end === undefined) break
      const gone: string[] = []
      await transact(ctx, async (tx) => {
        gone.length = 0
        await removeRange(tx, id, { end }, gone)
      })
      if (id === sequence.id) {
        removed += oldest.length
        await tellRemoved(ctx, { sequence: id, range: { end }, where: [], why: 'retention' })
      }
      await deleteStored(ctx, gone)
    }
  }
  return removed
}

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

function requireImageSequence(resource: Resource): SequenceSpec {
  const spec = requireSpec(resource)
  if (spec.dataType !== IMAGE) throw invalid(`${pathOf(resource)} is not an image sequence.`)
  return spec
}
