/**
 * Image sequences: their values are revisions, JPEG each, with smaller versions in a sequence `thumbnail-240-x` inside.
 * Source: protocol, section 4.
 */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import type { Tx } from '../database/schema.ts'
import { invalid } from '../base/fault.ts'
import { deleteStored, insertRevision, keepContent, recordContent, type KeptContent } from '../content/content.ts'
import type { Sender } from '../tree/hub.ts'
import { requireWrite } from '../tree/permissions.ts'
import { requireQuotaLeft, takeQuota } from '../tree/quotas.ts'
import { insertResource } from '../tree/resource-records.ts'
import { IMAGE, SEQUENCE } from '../wire/resource-types.ts'
import { removeRange, truncateImages } from './image-removal.ts'
import { requireImageSequence, selectNewest, THUMBNAIL_NAME, THUMBNAIL_WIDTH } from './image-reading.ts'
import { isDue } from './min-storage-interval.ts'
import type { Outcome } from './sequences.ts'
import { isAhead, nextStamp, TRUSTED_AHEAD } from './stamps.ts'
import { MAX_IMAGE_BYTES, isJpeg } from '../content/thumbnails.ts'
import type { Micros } from '../base/time.ts'
import { changeTree, requireLive } from '../tree/tree-changes.ts'
import { isImageSequence, pathOf, type Resource } from '../tree/tree.ts'

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
