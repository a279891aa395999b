/** The content of a file for the page's own elements: images, sound, PDF. Whatever it contains, it can't act as a page of this server. */
import type { IncomingMessage } from 'node:http'
import { readContent } from '../../../../src/content/content.ts'
import { isImageName, MAX_IMAGE_BYTES } from '../../../../src/content/thumbnails.ts'
import { readRevision } from '../../../../src/resources/files.ts'
import { invalid } from '../../../../src/base/fault.ts'
import type { Resource } from '../../../../src/tree/tree.ts'
import { replyRevision } from '../../../replies/file-replies.ts'
import type { Fields, PageRequest } from '../../page.ts'
import { contentTypeOf } from './file-kinds.ts'

export async function sendRaw({ ctx, actor, query, incoming }: PageRequest, file: Resource): Promise<Response> {
  const revision = await readRevision(ctx, actor, file, revisionOf(query, 'rev'))
  const contentType = contentTypeOf(file.name)
  const isPdf = contentType === 'application/pdf'
  return replyRevision(ctx, incoming, revision, {
    contentType: contentType ?? 'application/octet-stream',
    ...(contentType === undefined ? { attachmentName: file.name } : {}),
    headers: {
      // Browsers don't show a PDF in a sandbox. Their viewers run a document's scripts isolated from any site, so a PDF gets a policy of
      // its own instead.
      'content-security-policy': isPdf
        ? "default-src 'none'; object-src 'self'; plugin-types application/pdf; style-src 'unsafe-inline'; frame-ancestors 'self'"
        : "sandbox; default-src 'none'; img-src 'self' data:; media-src 'self'; style-src 'unsafe-inline'",
      'cross-origin-resource-policy': 'same-origin',
      // The same address shows a page to whoever prefers one.
      vary: 'accept',
    },
  })
}

/** The id of a revision that the query names; undefined: the newest. @throws Fault invalid */
export function revisionOf(query: Fields, name: string): number | undefined {
  const text = query[name]
  if (text === undefined || text === '') return undefined
  if (!/^\d{1,15}$/.test(text)) throw invalid(`${name} must be the number of a revision.`)
  return Number(text)
}

/**
 * Whether a request is for the page of a file: browsers say so when somebody goes there. An image in a page, curl and programs mean its
 * bytes, which rhizo-server gave at that address.
 */
export const prefersPage = ({ headers }: IncomingMessage): boolean =>
  (headers['sec-fetch-dest'] === undefined || headers['sec-fetch-dest'] === 'document' || headers['sec-fetch-dest'] === 'empty') &&
  (headers.accept ?? '').includes('text/html')

/** Widest picture that is made on request, in pixels. */
const MAX_WIDTH = 2_000

/** A smaller JPEG of a PNG or JPEG; of other files their bytes. @throws Fault invalid */
export async function sendSmall(request: PageRequest, file: Resource, width: string): Promise<Response> {
  if (!isImageName(file.name)) return sendRaw(request, file)
  if (!/^\d{1,4}$/.test(width) || Number(width) < 1 || Number(width) > MAX_WIDTH)
    throw invalid(`width must be a number of pixels from 1 to ${MAX_WIDTH}.`)
  const { ctx, actor, query } = request
  const revision = await readRevision(ctx, actor, file, revisionOf(query, 'rev'))
  const { data } = await ctx.thumbnails.make(await readContent(ctx, revision, MAX_IMAGE_BYTES), Number(width))
  return new Response(data.slice(), {
    headers: {
      'content-type': 'image/jpeg',
      'cache-control': 'private, no-cache',
      'cross-origin-resource-policy': 'same-origin',
      vary: 'accept',
    },
  })
}
