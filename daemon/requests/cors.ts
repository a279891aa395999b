/** Pages of other origins, as far as the setting CORS_ORIGINS names them: they use the API with a key, never with a cookie. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { invalid } from '../../src/base/fault.ts'
import { quote } from '../../src/base/path.ts'
import type { Settings } from '../../src/settings/settings.ts'

const METHODS = 'GET, HEAD, POST, PUT, DELETE'
const HEADERS = 'authorization, content-type, if-match, if-none-match, range'
const EXPOSED = 'content-disposition, content-range, etag, retry-after'
/** How long a browser need not ask again, in seconds. */
const MAX_AGE = 600

/** @throws Fault invalid for what is no origin */
function originsOf({ CORS_ORIGINS }: Pick<Settings, 'CORS_ORIGINS'>): Set<string> {
  const origins = CORS_ORIGINS.map((given) => {
    const origin = String(given)
    if (origin === '*') return origin
    const url = URL.canParse(origin) ? new URL(origin) : undefined
    if (!url || !/^https?:$/.test(url.protocol) || (origin !== url.origin && origin !== `${url.origin}/`))
      throw invalid(`The setting CORS_ORIGINS has ${quote(origin)}; allowed: "*", or origins such as https://dash.example.com.`)
    return url.origin
  })
  return new Set(origins)
}

/** Lets pages of the origins in the settings read what the API answers. @throws Fault invalid for what is no origin */
export function allowOrigins(server: Server, settings: Settings): void {
  const origins = originsOf(settings)
  if (origins.size === 0) return
  server.prependListener('request', ({ url = '', headers: { origin } }: IncomingMessage, outgoing: ServerResponse) => {
    if (!url.startsWith('/api/')) return
    outgoing.setHeader('vary', 'origin')
    if (origin === undefined || !(origins.has('*') || origins.has(origin))) return
    outgoing.setHeader('access-control-allow-origin', origin)
    outgoing.setHeader('access-control-expose-headers', EXPOSED)
  })
}

/** The answer to a browser that asks what a page of another origin may send; undefined for any other request. */
export function answerPreflight({ method, headers }: IncomingMessage, outgoing: ServerResponse): Response | undefined {
  if (method !== 'OPTIONS' || headers['access-control-request-method'] === undefined) return undefined
  if (!outgoing.hasHeader('access-control-allow-origin')) return undefined
  const said = { 'access-control-allow-methods': METHODS, 'access-control-allow-headers': HEADERS }
  return new Response(null, { status: 204, headers: { ...said, 'access-control-max-age': String(MAX_AGE) } })
}
