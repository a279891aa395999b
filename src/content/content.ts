/** The content of revisions: small content in the database, large content in bulk storage. Content is written first, its record second. */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { Context } from '../context.ts'
import type { Tx } from '../database/schema.ts'
import { Fault, notFound } from '../base/fault.ts'
import type { StoredContent } from '../storage/bulk-storage.ts'
import type { Micros } from '../base/time.ts'
import { verifyBytes, verifyStream } from './verified.ts'

/** Content that is already in bulk storage and belongs to its uploader until `take` is called. */
export interface UploadedContent {
  readonly content: StoredContent
  take(): void
}

/** Where content comes from: bytes, a stream that is read once, or an earlier upload. */
export type ContentSource = Uint8Array | AsyncIterable<Uint8Array> | UploadedContent

/** Content that is durable, or will be with the row that holds `data`. */
export interface KeptContent {
  readonly size: number
  /** SHA-1, hex. */
  readonly hash: string
  readonly data: Uint8Array | null
  readonly storagePath: string | null
  readonly uploaded: UploadedContent | undefined
}

/** The columns of a revision's row that are needed to read its content. */
export interface RevisionContent {
  readonly size: number
  readonly data: Uint8Array | null
  readonly storage_path: string | null
  /** SHA-1, hex. */
  readonly hash: string
}

/** A revision of a file, or an image of an image sequence. */
export interface Revision extends RevisionContent {
  readonly id: number
  readonly timestamp: Micros
}

export interface ByteRange {
  /** First and last byte, both inclusive. */
  readonly start: number
  readonly end: number
}

/** Check for `content`, since streams have a `take` too. */
const isUploaded = (source: ContentSource): source is UploadedContent => 'content' in source

/**
 * Stores content, holding no more of it in memory than goes into the database.
 * @throws Fault too_large past MAX_FILE_SIZE, busy when the disk is nearly full; nothing is stored then
 */
export async function keepContent(ctx: Context, source: ContentSource): Promise<KeptContent> {
  const { STORAGE_THRESHOLD: threshold, MAX_FILE_SIZE: limit } = ctx.settings
  ctx.space.requireForFiles()
  if (isUploaded(source)) {
    const { path, size, hash } = source.content
    if (size > threshold) return { size, hash, data: null, storagePath: path, uploaded: source }
    return inline(await readWhole(await ctx.storage.read(path), size))
  }
  if (source instanceof Uint8Array) {
    if (source.length <= threshold) return inline(source)
    source = Readable.from([source])
  }
  const iterator = source[Symbol.asyncIterator]()
  const first: Uint8Array[] = []
  let size = 0
  while (size <= threshold) {
    const next = await iterator.next()
    if (next.done === true) return inline(Buffer.concat(first))
    size += next.value.length
    first.push(next.value)
  }
  const stored = await ctx.storage.write(resume(first, iterator), limit)
  return { size: stored.size, hash: stored.hash, data: null, storagePath: stored.path, uploaded: undefined }
}

async function* resume(first: readonly Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* first
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value
  } finally {
    await rest.return?.()
  }
}

/** Copies the bytes: a view that is sent to the writer thread would take its whole buffer along. */
const inline = (bytes: Uint8Array): KeptContent => ({
  size: bytes.length,
  hash: createHash('sha1').update(bytes).digest('hex'),
  data: new Uint8Array(bytes),
  storagePath: null,
  uploaded: undefined,
})

/** Removes content whose record was not written; uploaded content stays with its owner. */
export async function discardContent(ctx: Context, content: KeptContent): Promise<void> {
  if (content.storagePath !== null && !content.uploaded) await deleteStored(ctx, [content.storagePath])
}

/**
 * Runs code that writes the records of some content. If it succeeds, the content belongs to the records; if it fails, the content is
 * removed.
 */
export async function recordContent<T>(ctx: Context, contents: readonly KeptContent[], write: () => Promise<T>): Promise<T> {
  let result: T
  try {
    result = await write()
  } catch (error) {
    for (const content of contents) await discardContent(ctx, content)
    throw error
  }
  for (const { uploaded } of contents) uploaded?.take()
  return result
}

/**
 * Removes pieces of bulk storage that no record names any more, once that is durable: a power cut brings no record back without its
 * content. Logs what can't be removed instead of throwing.
 */
export async function deleteStored(ctx: Context, paths: Iterable<string>): Promise<void> {
  const gone = [...paths]
  if (gone.length === 0) return
  try {
    await ctx.engine.durable()
  } catch (error) {
    ctx.log.error({ err: error, pieces: gone.length }, 'content stays in bulk storage until the removal of its records is durable')
    return
  }
  for (const path of gone) {
    try {
      await (ctx.storage.retire ? ctx.storage.retire(path, ctx.believed.now()) : ctx.storage.delete(path))
    } catch (error) {
      ctx.log.error({ err: error, path }, 'removing content from bulk storage failed')
    }
  }
}

/** The row of a revision, without its id. */
export const revisionRow = (resourceId: number, timestamp: Micros, { size, hash, data, storagePath }: KeptContent) => ({
  resource_id: resourceId,
  timestamp,
  size,
  hash,
  data,
  storage_path: storagePath,
})

/** @returns the revision's id */
export async function insertRevision(tx: Tx, resourceId: number, timestamp: Micros, content: KeptContent): Promise<number> {
  const { id } = await tx
    .insertInto('resource_revisions')
    .values(revisionRow(resourceId, timestamp, content))
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/**
 * The bytes of a revision, or of a range of it: as an array if they are in memory anyway, otherwise a stream that the caller reads or
 * destroys. All of it is compared with its hash, a range is not.
 * @throws Fault internal, also as the stream's error, when it is not what was stored; not_found
 */
export async function openContent(ctx: Context, revision: RevisionContent, range?: ByteRange): Promise<Uint8Array | Readable> {
  if (revision.data !== null) return range ? revision.data.subarray(range.start, range.end + 1) : verifyBytes(ctx, revision.data, revision)
  if (revision.storage_path === null) throw notFound('This revision has no content.')
  const stream = await ctx.storage.read(revision.storage_path, range)
  return range ? stream : verifyStream(ctx, stream, revision)
}

/**
 * The complete content of a revision in memory.
 * @throws Fault too_large when it is more than `limit` bytes
 */
export async function readContent(ctx: Context, revision: RevisionContent, limit: number): Promise<Uint8Array> {
  if (revision.size > limit) throw new Fault('too_large', `The file has ${revision.size} bytes; this works with files of up to ${limit}.`)
  const content = await openContent(ctx, revision)
  return content instanceof Uint8Array ? content : readWhole(content, limit)
}

/** A source as a stream of bytes. */
export async function streamOf(ctx: Context, source: ContentSource): Promise<AsyncIterable<Uint8Array>> {
  if (isUploaded(source)) return ctx.storage.read(source.content.path)
  return source instanceof Uint8Array ? Readable.from([source]) : source
}

/** @throws Fault too_large past `limit` bytes */
export async function readWhole(stream: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream) {
    size += chunk.length
    if (size > limit) throw new Fault('too_large', `This works with files of up to ${limit} bytes.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
