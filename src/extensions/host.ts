/** What `setup` of an extension gets: each member registers something with the extension that is running. */
import { Fault, invalid } from '../base/fault.ts'
import { quote } from '../base/path.ts'
import type { Context } from '../context.ts'
import { extensionStore } from './extension-store.ts'
import type { FoundExtension } from './find.ts'
import { makeHtml } from './html.ts'
import type { ExtensionLog, Host } from './interface.ts'
import { labAccess } from './lab-access.ts'
import { hearMessages, hearResources, hearValues } from './listeners.ts'
import { answerMessages } from './message-handler.ts'
import { addFormat } from './device-format.ts'
import { asServer } from './origin.ts'
import { requireFormat, requireFunction, requirePaths, requireTile, requireViewer, requireWork } from './registrations.ts'
import { addTile } from './tile.ts'
import type { Running } from './running.ts'

/** Where an extension's pages, and its files, are. */
export const pagesOf = (name: string): string => `/-/ext/${name}`

export function makeHost(ctx: Context, running: Running, { definition: { name }, folder, settings }: FoundExtension): Host {
  const log = logOf(ctx, name)
  const host: Host = {
    name,
    folder,
    settings,
    log,
    store: asServer(extensionStore(ctx, name)),
    lab: labAccess(ctx, () => running.actor.now),
    html: makeHtml,
    refusal: (code, message) => new Fault(code, message),
    address: (file) => `${pagesOf(name)}/static/${file.split('/').map(encodeURIComponent).join('/')}`,
    page: (path, handle, { open = false } = {}) =>
      running.add('pages', () => running.pages.set(requirePath(path), { handle: requireFunction('page', handle), open })),
    api: (method, path, handle, { open = false } = {}) =>
      running.add('API routes', () =>
        running.routes.set(`${method} ${requirePath(path)}`, { handle: requireFunction('api', handle), open }),
      ),
    viewer: (viewer) => running.add('viewers', () => void running.viewers.push(requireViewer(viewer))),
    navigation: ({ text, path }) =>
      running.add('navigation entries', () => {
        const below = requirePath(path)
        running.navigation.push({ text: text.slice(0, 40), href: pagesOf(name) + (below === '/' ? '' : below) })
      }),
    files: (below) => running.add('files', () => running.serve(below)),
    message: (type, handler) =>
      running.add('message types', () => running.undo.push(answerMessages(ctx, running, type, requireFunction('message', handler)))),
    onValues: (listener, { paths } = {}) =>
      running.add('listeners', () =>
        running.undo.push(hearValues(ctx, running, requirePaths(paths), requireFunction('onValues', listener))),
      ),
    onMessages: (listener) =>
      running.add('listeners', () => running.undo.push(hearMessages(ctx, running, requireFunction('onMessages', listener)))),
    onResources: (listener) =>
      running.add('listeners', () => running.undo.push(hearResources(ctx, running, requireFunction('onResources', listener)))),
    work: (work) => {
      const one = running.repeat(requireWork(work))
      return { wake: () => one.wake() }
    },
    sender: (send) => running.add('senders', () => (running.sender = requireFunction('sender', send))),
    tile: (tile) => running.add('tiles', () => running.undo.push(addTile(ctx, running, requireTile(tile)))),
    devices: (format) => running.add('device formats', () => running.undo.push(addFormat(ctx, running, requireFormat(format)))),
  }
  return host
}

function requirePath(path: string): string {
  if (!/^\/(?:[\w.~-]+(?:\/[\w.~-]+)*)?$/.test(path) || path === '/static' || path.startsWith('/static/'))
    throw invalid(
      `${quote(path)} is no path below an extension: "/" or "/well", of letters, digits, dots and hyphens; /static is for files.`,
    )
  return path
}

const logOf = ({ log }: Pick<Context, 'log'>, extension: string): ExtensionLog =>
  asServer({
    info: (message, fields = {}) => log.info({ ...fields, extension }, String(message)),
    warn: (message, fields = {}) => log.warn({ ...fields, extension }, String(message)),
    error: (message, fields = {}) => log.error({ ...fields, extension }, String(message)),
  })
