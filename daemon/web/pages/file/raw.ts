/** The content of a file for the page's own elements: images, sound, PDF. Whatever it contains, it can't act as a page of this server. */
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
