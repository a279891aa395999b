/** How files are taken in: line ends, spreadsheets to CSV, thumbnails; and the records of a revision. */
import type { Context } from '../context.ts'
import type { ResourceRow, Tx } from '../database/schema.ts'
import { changeJson } from '../database/json-columns.ts'
import { Fault } from '../base/fault.ts'
import {
  discardContent,
  insertRevision,
  keepContent,
  readContent,
  readWhole,
  revisionRow,
  streamOf,
  type ContentSource,
  type KeptContent,
} from './content.ts'
import { convertLineEnds, withLineEnds } from '../base/line-ends.ts'
import { MAX_CONVERSION_BYTES, isSpreadsheetName } from './spreadsheets.ts'
import { FILE_THUMBNAIL_WIDTH, MAX_IMAGE_BYTES, isImageName, type Thumbnail } from './thumbnails.ts'
import type { Micros } from '../base/time.ts'

export interface PreparedFile {
  readonly content: KeptContent
  readonly thumbnail: Thumbnail | undefined
}

/** The name under which a new file is stored: a spreadsheet becomes CSV. */
export const newFileName = (name: string): string => (isSpreadsheetName(name) ? name.replace(/\.xlsx?$/i, '.csv') : name)

/**
 * Takes in a new file as the calls of old clients expect it: a spreadsheet is converted to CSV, with the spreadsheet itself as the
 * revision before; `.csv` and `.txt` get `\n` line ends.
 * @returns its revisions, oldest first
 * @throws Fault invalid for a spreadsheet that can't be read, too_large, busy
 */
export async function prepareNewFile(ctx: Context, name: string, source: ContentSource): Promise<[PreparedFile, ...PreparedFile[]]> {
  if (!isSpreadsheetName(name)) {
    if (!/\.(?:csv|txt)$/i.test(name)) return [await prepareFile(ctx, name, source)]
    return [
      await prepareFile(ctx, name, source instanceof Uint8Array ? withLineEnds(source) : convertLineEnds(await streamOf(ctx, source))),
    ]
  }
  const bytes = await readWhole(await streamOf(ctx, source), MAX_CONVERSION_BYTES)
  const table = await prepareFile(ctx, newFileName(name), await ctx.conversions.convert({ to: 'csv', bytes }, 'data'))
  try {
    return [await prepareFile(ctx, newFileName(name), bytes), table]
  } catch (error) {
    await discardContent(ctx, table.content)
    throw error
  }
}

/** Takes in content unchanged, with a thumbnail if the name is that of an image. @throws Fault too_large, busy */
export async function prepareFile(ctx: Context, name: string, source: ContentSource): Promise<PreparedFile> {
  const content = await keepContent(ctx, source)
  return { content, thumbnail: isImageName(name) ? await tryThumbnail(ctx, content) : undefined }
}

/** A file that is not really an image gets no thumbnail, and is otherwise stored like any file. */
async function tryThumbnail(ctx: Context, content: KeptContent): Promise<Thumbnail | undefined> {
  if (content.size === 0 || content.size > MAX_IMAGE_BYTES) return undefined
  try {
    return await ctx.thumbnails.make(
      await readContent(
        ctx,
        { size: content.size, data: content.data, storage_path: content.storagePath, hash: content.hash },
        MAX_IMAGE_BYTES,
      ),
      FILE_THUMBNAIL_WIDTH,
    )
  } catch (error) {
    if (!(error instanceof Fault)) ctx.log.error({ err: error }, 'making a thumbnail failed')
    return undefined
  }
}

/** Writes a revision of a file, which becomes the newest. @returns the revision's id */
export async function recordFile(
  tx: Tx,
  row: Pick<ResourceRow, 'id'>,
  time: Micros,
  { content, thumbnail }: PreparedFile,
): Promise<number> {
  const revisionId = await insertRevision(tx, row.id, time, content)
  await tx.updateTable('resources').set({ last_revision_id: revisionId }).where('id', '=', row.id).execute()
  await changeJson(tx, 'resources.system_attributes', row.id, (now) => JSON.stringify({ ...now, hash: content.hash, size: content.size }))
  await tx.deleteFrom('thumbnails').where('resource_id', '=', row.id).execute()
  if (thumbnail) await insertThumbnail(tx, row.id, revisionId, thumbnail)
  return revisionId
}

/** A file whose row is inserted in the same transaction, and has the id of its newest revision already. */
export interface NewFile {
  readonly resourceId: number
  readonly time: Micros
  /** Oldest first, and the ids that they get. */
  readonly revisions: readonly PreparedFile[]
  readonly ids: readonly number[]
}

/** Writes the revisions of several files by one statement, their thumbnails by another one. */
export async function recordNewFiles(tx: Tx, files: readonly NewFile[]): Promise<void> {
  const rows = files.flatMap(({ resourceId, time, revisions, ids }) =>
    revisions.map(({ content }, at) => ({ id: ids[at], ...revisionRow(resourceId, time, content) })),
  )
  if (rows.length > 0) await tx.insertInto('resource_revisions').values(rows).execute()
  const thumbnails = files.flatMap(({ resourceId, revisions, ids }) => {
    const [thumbnail, last] = [revisions.at(-1)?.thumbnail, ids.at(-1)]
    return thumbnail && last !== undefined ? [thumbnailRow(resourceId, last, thumbnail)] : []
  })
  if (thumbnails.length > 0) await tx.insertInto('thumbnails').values(thumbnails).execute()
}

/**
 * Writes the revisions of a file whose row was inserted in the same transaction, with the hash and the size of the newest one in its
 * attributes.
 * @param revisions oldest first
 */
export async function recordNewFile(
  tx: Tx,
  { id }: Pick<ResourceRow, 'id'>,
  time: Micros,
  revisions: readonly PreparedFile[],
): Promise<void> {
  let last = 0
  for (const { content } of revisions) last = await insertRevision(tx, id, time, content)
  await tx.updateTable('resources').set({ last_revision_id: last }).where('id', '=', id).execute()
  const thumbnail = revisions.at(-1)?.thumbnail
  if (thumbnail) await insertThumbnail(tx, id, last, thumbnail)
}

const thumbnailRow = (resourceId: number, revisionId: number, { width, height, data }: Thumbnail) => ({
  resource_id: resourceId,
  revision_id: revisionId,
  width,
  height,
  format: 'jpg',
  data,
})

const insertThumbnail = (tx: Tx, resourceId: number, revisionId: number, thumbnail: Thumbnail): Promise<unknown> =>
  tx
    .insertInto('thumbnails')
    .values(thumbnailRow(resourceId, revisionId, thumbnail))
    .execute()
