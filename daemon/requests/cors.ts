/** Pages of other origins, as far as the setting CORS_ORIGINS names them: they use the API with a key, never with a cookie. */
import type { MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import { invalid } from '../../src/base/fault.ts'
import { quote } from '../../src/base/path.ts'
import type { Settings } from '../../src/settings/settings.ts'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE']
const HEADERS = ['authorization', 'content-type', 'if-match', 'if-none-match', 'range']
const EXPOSED = ['content-disposition', 'content-range', 'etag', 'retry-after']
/** How long a browser need not ask again, in seconds. */
const MAX_AGE = 600

/** @throws Fault invalid for what is no origin */
function originsOf({ CORS_ORIGINS }: Pick<Settings, 'CORS_ORIGINS'>): string[] {
  return CORS_ORIGINS.map((given) => {
    const origin = String(given)
    if (origin === '*') return origin
    const url = URL.canParse(origin) ? new URL(origin) : undefined
    if (!url || !/^https?:$/.test(url.protocol) || (origin !== url.origin && origin !== `${url.origin}/`))
      throw invalid(`The setting CORS_ORIGINS has ${quote(origin)}; allowed: "*", or origins such as https://dash.example.com.`)
    return url.origin
  })
}

/**
 * Lets pages of the origins in the settings read what the API answers, errors too. Credentials of browsers are never allowed.
 * @returns undefined without the setting
 * @throws Fault invalid for what is no origin
 */
export function allowedOrigins(settings: Settings): MiddlewareHandler | undefined {
  const origins = originsOf(settings)
  if (origins.length === 0) return undefined
  const origin = origins.includes('*') ? '*' : origins
  return cors({ origin, allowMethods: METHODS, allowHeaders: HEADERS, exposeHeaders: EXPOSED, maxAge: MAX_AGE })
}
