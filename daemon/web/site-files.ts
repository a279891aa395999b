/** Files that browsers and search engines expect at fixed addresses. */
import { basename } from 'node:path'
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

const ICONS = [
  { file: 'favicon.svg', sizes: 'any', type: 'image/svg+xml' },
  { file: 'icon-192.png', sizes: '192x192', type: 'image/png' },
  { file: 'icon-512.png', sizes: '512x512', type: 'image/png' },
  // The whole of it is shown in a circle, too.
  { file: 'icon-maskable.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
]

export const siteFiles: Readonly<Record<string, SiteFile>> = {
  // The client of our WebSocket for pages of the lab's own.
  '/-/messages.js': at('messages.js'),
  // Shows what web push brings. Browsers take a service worker from one address only, without a redirect.
  '/-/push-worker.js': async (_, assets, incoming) => {
    const reply = await assets.reply(basename(assets.url('push-worker.js')), incoming.headers['accept-encoding'])
    reply.headers.set('cache-control', 'no-cache')
    return reply
  },
  // A lab's server should not appear in search results.
  '/robots.txt': () =>
    new Response('User-agent: *\nDisallow: /\n', { headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': DAY_LONG } }),
  // So that the site can be installed beside other programs. Names at the root are those of organizations.
  '/-/manifest.webmanifest': ({ settings: { SYSTEM_NAME: name } }, assets) =>
    new Response(
      JSON.stringify({
        name,
        short_name: name,
        id: '/',
        start_url: '/',
        scope: '/',
        display: 'standalone',
        background_color: '#ffffff',
        theme_color: '#1d6b50',
        icons: ICONS.flatMap(({ file, ...icon }) => (assets.url(file) === '' ? [] : [{ src: assets.url(file), ...icon }])),
      }),
      { headers: { 'content-type': 'application/manifest+json', 'cache-control': DAY_LONG, 'x-content-type-options': 'nosniff' } },
    ),
  '/favicon.ico': (_, assets) =>
    new Response(null, {
      status: 302,
      headers: { location: assets.url('favicon.svg') || '/-/assets/favicon.svg', 'cache-control': DAY_LONG },
    }),
}
