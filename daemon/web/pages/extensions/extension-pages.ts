/** Pages and files of extensions, below `/-/ext/NAME`, and the lab's own pages, below `/-/pages/`. */
import { Fault, notFound } from '../../../../src/base/fault.ts'
import { quote } from '../../../../src/base/path.ts'
import { callHook } from '../../../../src/extensions/hook-calls.ts'
import { callerOf, labAccess } from '../../../../src/extensions/lab-access.ts'
import { decodePath, splitUrl } from '../../../requests/body.ts'
import { replyFolderFile } from '../../folder-files.ts'
import { signInPage } from '../../links.ts'
import { redirect, type PageReply, type PageRequest, type PageRoute } from '../../page.ts'
import { framePage } from './extension-frame.tsx'

export function createExtensionPages(): PageRoute[] {
  return [
    { method: 'GET', path: '/-/ext/*', open: true, handle: showExtension },
    { method: 'GET', path: '/-/pages', open: true, handle: async () => redirect('/-/pages/') },
    { method: 'GET', path: '/-/pages/*', open: true, handle: showOwnPage },
  ]
}

/** Names of the path below a place such as `/-/ext`. */
const namesBelow = ({ incoming }: PageRequest, levels: number): string[] =>
  decodePath(splitUrl(incoming).path)
    .split('/')
    .slice(1 + levels)

async function showExtension(request: PageRequest): Promise<PageReply> {
  const { ctx, actor, visitor } = request
  const [name = '', ...names] = namesBelow(request, 2)
  const running = ctx.extensions.find(name)
  if (!running && ctx.extensions.isOff(name))
    throw new Fault('busy', `The extension ${name} is switched off. System admins see why at /-/system/extensions.`)
  if (!running) throw notFound(`There is no extension ${quote(name)} here.`)
  if (names[0] === 'static' && running.filesFolder !== undefined)
    return replyFolderFile(running.filesFolder, names.slice(1), request.incoming)
  const below = `/${names.filter((one) => one !== '').join('/')}`
  const page = running.pages.get(below)
  if (!page) throw notFound(`The extension ${name} has no page ${quote(below)}.`)
  if (!page.open && visitor.user === undefined) return redirect(signInPage(request.url))
  const shown = await callHook(running, `the page ${below}`, () =>
    page.handle({
      method: 'GET',
      path: below,
      parameters: { ...request.query },
      caller: callerOf(actor),
      lab: labAccess(ctx, () => actor),
    }),
  )
  return framePage(running, `the page ${below}`, shown, { crumb: shown.title })
}

async function showOwnPage(request: PageRequest): Promise<PageReply> {
  const { settings } = request.ctx
  if (settings.pagesFolder === undefined) throw notFound('This server has no pages of its own: the setting PAGES_FOLDER names none.')
  if (!settings.PAGES_OPEN && request.actor.kind === 'anonymous') return redirect(signInPage(request.url))
  const names = namesBelow(request, 2)
  // Relative addresses in a folder's index.html need the slash.
  const isFolder = names.at(-1) === ''
  return replyFolderFile(settings.pagesFolder, isFolder ? [...names.slice(0, -1), 'index.html'] : names, request.incoming)
}
