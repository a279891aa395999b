/** Files that browsers and search engines expect at fixed addresses. */
import type { IncomingMessage } from 'node:http'
import type { Context } from '../../src/context.ts'
import type { Assets } from './assets.ts'

type SiteFile = (ctx: Context, assets: Assets, incoming: IncomingMessage) => Response | Promise<Response>

const DAY_LONG = 'public, max-age=86400'

export const siteFiles: Readonly<Record<string, SiteFile>> = {
  // A lab's server should not appear in search results.
  '/robots.txt': () =>
    new Response('User-agent: *\nDisallow: /\n', { headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': DAY_LONG } }),
  '/favicon.ico': (_, assets) =>
    new Response(null, {
      status: 302,
      headers: { location: assets.url('favicon.svg') || '/-/assets/favicon.svg', 'cache-control': DAY_LONG },
    }),
}
