/** The documentation of this version below `/-/docs/`, for everybody. */
import { notFound } from '../../../src/base/fault.ts'
import { decodePath, splitUrl } from '../../requests/body.ts'
import { documentationFolder, hasDocumentation } from '../documentation.ts'
import { replyFolderFile } from '../folder-files.ts'
import { redirect, type PageReply, type PageRequest, type PageRoute } from '../page.ts'

export function createDocumentationPages(): PageRoute[] {
  return [
    // Relative addresses in the pages need the slash.
    { method: 'GET', path: '/-/docs', open: true, handle: async () => redirect('/-/docs/') },
    { method: 'GET', path: '/-/docs/*', open: true, handle: showDocumentation },
  ]
}

async function showDocumentation({ incoming }: PageRequest): Promise<PageReply> {
  if (!hasDocumentation()) throw notFound('The documentation is not built here: "npm run docs:site" builds it; packages bring it along.')
  const names = decodePath(splitUrl(incoming).path).split('/').slice(3)
  return replyFolderFile(documentationFolder, names.at(-1) === '' ? [...names.slice(0, -1), 'index.html'] : names, incoming)
}
