/** Sends a page: inside the layout, compressed, with an entity tag, with the site's security policy. */
import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Context } from '../../src/context.ts'
import type { Assets } from './assets.ts'
import { Layout } from './components/layout.tsx'
import { compress } from './compression.ts'
import type { Page } from './page.ts'
import { openerHeaders, pageHeaders } from './security.ts'
import type { Visitor } from './visitor.ts'

/** The HTML of an element: a promise where a part of it waits for something, such as Markdown. */
const written = async (element: { toString(): string | Promise<string> }): Promise<string> => element.toString()

export async function sendPage(
  ctx: Context,
  assets: Assets,
  visitor: Visitor,
  url: string,
  page: Page,
  incoming: IncomingMessage,
): Promise<Response> {
  const html = await written(<Layout ctx={ctx} assets={assets} visitor={visitor} url={url} page={page} />)
  const body = Buffer.from(`<!doctype html>${html}`)
  const opener = openerHeaders(incoming.headers['sec-fetch-site'])
  // An answer without content leaves a browser the headers that it has kept.
  const etag = `W/"${createHash('sha256').update(JSON.stringify(opener)).update(body).digest('base64url').slice(0, 22)}"`
  const status = page.status ?? 200
  const headers = {
    ...pageHeaders,
    ...opener,
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'private, no-cache',
    etag,
    ...page.headers,
  }
  if (status === 200 && incoming.headers['if-none-match'] === etag) return new Response(null, { status: 304, headers })
  const { bytes, headers: more } = await compress(body, incoming.headers['accept-encoding'])
  const vary = `${more['vary'] ?? ''}, sec-fetch-site`
  return new Response(new Uint8Array(bytes), { status, headers: { ...headers, ...more, vary, 'content-length': String(bytes.length) } })
}
