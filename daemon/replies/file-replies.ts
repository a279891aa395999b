/** Replies with bytes: ranges (RFC 9110, one at a time), entity tags, and streams that end when the client disconnects. */
import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import type { Context } from '../../src/context.ts'
import { openContent, type ByteRange } from '../../src/content/content.ts'
import type { Revision } from '../../src/content/content.ts'
import { attachment } from './headers.ts'

/** Content that users uploaded must not act as a page of this server. */
export const userContentHeaders = { 'x-content-type-options': 'nosniff', 'content-security-policy': 'sandbox' } as const

export interface FileReplyOptions {
  readonly contentType: string
  /** If set, the browser saves the reply under this name. */
  readonly attachmentName?: string | undefined
  /** Headers that replace the reply's own. */
  readonly headers?: Readonly<Record<string, string>>
}

/** A revision's bytes, or the requested range of them. */
export async function replyRevision(
  ctx: Context,
  incoming: IncomingMessage,
  revision: Revision,
  { contentType, attachmentName, headers: more = {} }: FileReplyOptions,
): Promise<Response> {
  const etag = `"${revision.hash}"`
  const headers: Record<string, string> = {
    ...userContentHeaders,
    'content-type': contentType,
    'accept-ranges': 'bytes',
    'cache-control': 'private, no-cache',
    'last-modified': new Date(revision.timestamp / 1000).toUTCString(),
    etag,
    ...(attachmentName === undefined ? {} : attachment(attachmentName)),
    ...more,
  }
  if (isKnown(incoming, etag)) return new Response(null, { status: 304, headers })
  const range = findRange(incoming, revision.size, etag)
  if (range === 'unsatisfiable')
    return new Response(null, { status: 416, headers: { ...headers, 'content-range': `bytes */${revision.size}` } })
  const { start, end } = range ?? { start: 0, end: revision.size - 1 }
  headers['content-length'] = String(end - start + 1)
  if (range) headers['content-range'] = `bytes ${start}-${end}/${revision.size}`
  const status = range ? 206 : 200
  if (incoming.method === 'HEAD') return new Response(null, { status, headers })
  if (revision.storage_path !== null) ctx.answer?.holds(Math.min(end - start + 1, STREAM_BYTES))
  return new Response(await bodyOf(await openContent(ctx, revision, range)), { status, headers })
}

/** What a stream of a file has read ahead of its reader, in bytes. */
const STREAM_BYTES = 1_300_000

/** How long a link to the bucket works: long enough for a download to begin, in s. */
const LINK_SECONDS = 300
const MEGABYTE = 1_000_000
const PLAIN_NAME = /^[\w .-]+$/

/**
 * Sends a reader of a large file straight to the bucket, where the setting S3_DIRECT_DOWNLOADS allows it: a browser that saves the file,
 * or a program that asked for it. Permission was checked when the revision was read.
 * @param isAsked the program said that it follows links
 * @returns undefined when the server sends the bytes itself
 */
export async function replyDirectly(
  ctx: Context,
  incoming: IncomingMessage,
  { size, storage_path: path }: Revision,
  { contentType, attachmentName, isAsked }: FileReplyOptions & { isAsked: boolean },
): Promise<Response | undefined> {
  const least = ctx.settings.S3_DIRECT_DOWNLOADS * MEGABYTE
  const isBrowser = incoming.headers['sec-fetch-mode'] === 'navigate'
  if (least === 0 || size < least || path === null || attachmentName === undefined || incoming.method !== 'GET' || !(isBrowser || isAsked))
    return undefined
  // Some servers take other signatures for asterisks and quotes than S3's own: without need there are none.
  const disposition = PLAIN_NAME.test(attachmentName)
    ? `attachment; filename="${attachmentName}"`
    : attachment(attachmentName)['content-disposition']
  const link = await ctx.storage.link?.(path, { seconds: LINK_SECONDS, disposition, contentType }).catch((error: unknown) => {
    ctx.log.warn({ err: error, path }, 'no link to the bucket could be made: the server sends the file')
    return undefined
  })
  if (link === undefined) return undefined
  // The address is a key to the file: no cache and no page that it comes from is told.
  return new Response(null, { status: 307, headers: { location: link, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' } })
}

/** Bytes that were generated for this reply. */
export function replyBytes(bytes: Uint8Array, { contentType, attachmentName }: FileReplyOptions, etag?: string): Response {
  const headers = {
    ...userContentHeaders,
    'content-type': contentType,
    'cache-control': 'private, no-cache',
    ...(etag === undefined ? {} : { etag }),
    ...(attachmentName === undefined ? {} : attachment(attachmentName)),
  }
  return new Response(bytes, { headers: { ...headers, 'content-length': String(bytes.length) } })
}

/** A stream of unknown length. */
export function replyStream(incoming: IncomingMessage, stream: Readable, { contentType, attachmentName }: FileReplyOptions): Response {
  const headers = {
    ...userContentHeaders,
    'content-type': contentType,
    'cache-control': 'private, no-cache',
    ...(attachmentName === undefined ? {} : attachment(attachmentName)),
  }
  if (incoming.method === 'HEAD') {
    stream.destroy()
    return new Response(null, { headers })
  }
  return new Response(toBody(stream), { headers })
}

/** Whether the client has this entity already. */
export function isKnown(incoming: IncomingMessage, etag: string): boolean {
  const header = incoming.headers['if-none-match']
  return header !== undefined && header.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag)
}

/** The requested range; undefined: everything. Several ranges, malformed ones, and those of another version (If-Range) are ignored. */
export function findRange(
  { headers }: Pick<IncomingMessage, 'headers'>,
  size: number,
  etag: string,
): ByteRange | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(headers.range?.replaceAll(' ', '') ?? '')
  if (!match || (headers['if-range'] !== undefined && headers['if-range'] !== etag)) return undefined
  const [first, last] = [match[1] ?? '', match[2] ?? '']
  if (first === '') {
    if (last === '') return undefined
    return Number(last) === 0 || size === 0 ? 'unsatisfiable' : { start: Math.max(0, size - Number(last)), end: size - 1 }
  }
  const start = Number(first)
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (last !== '' && Number(last) < start) return undefined
  return start >= size ? 'unsatisfiable' : { start, end }
}

/** All or a range of a revision. @throws what reading the first chunk throws: no answer has begun then */
async function bodyOf(content: Uint8Array | Readable): Promise<ReadableStream<Uint8Array> | Uint8Array> {
  if (content instanceof Uint8Array) return content
  const iterator = content[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
  return toBody(content, iterator, await iterator.next())
}

/** One chunk at a time, as the client reads; if it disconnects, the content is closed. @param begun what was read already */
function toBody(
  content: Readable,
  iterator = content[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>,
  begun?: IteratorResult<Uint8Array>,
): ReadableStream<Uint8Array> {
  let first = begun
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        // Skip empty chunks: after a pull without data, no further pull would follow.
        let next = first ?? (await iterator.next())
        first = undefined
        while (next.done !== true && next.value.length === 0) next = await iterator.next()
        if (next.done === true) controller.close()
        else controller.enqueue(next.value)
      },
      cancel: () => {
        content.destroy()
      },
    },
    { highWaterMark: 1 },
  )
}
