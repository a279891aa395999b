/** Files that browsers and search engines expect at fixed addresses. */
import type { IncomingMessage } from 'node:http'
import type { Context } from '../../src/context.ts'
import type { Assets } from './assets.ts'

type SiteFile = (ctx: Context, assets: Assets, incoming: IncomingMessage) => Response | Promise<Response>

const DAY_LONG = 'public, max-age=86400'

/** A file whose address stays, while that of its content changes with each version. */
const at =
  (name: string): SiteFile =>
  (_, assets) =>
    new Response(null, { status: 302, headers: { location: assets.url(name) || `/-/assets/${name}`, 'cache-control': 'no-cache' } })

export const siteFiles: Readonly<Record<string, SiteFile>> = {
  // The client of our WebSocket for pages of the lab's own.
  '/-/messages.js': at('messages.js'),
  // A lab's server should not appear in search results.
  '/robots.txt': () =>
    new Response('User-agent: *\nDisallow: /\n', { headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': DAY_LONG } }),
  '/favicon.ico': (_, assets) =>
    new Response(null, {
      status: 302,
      headers: { location: assets.url('favicon.svg') || '/-/assets/favicon.svg', 'cache-control': DAY_LONG },
    }),
}
