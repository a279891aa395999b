/** Authenticates requests: a key with Basic or Bearer, or a session's cookie. Source: protocol, section 2. */
import type { IncomingMessage } from 'node:http'
import type { Resource } from '../../src/tree/tree.ts'
import { anonymous, type Actor } from '../../src/tree/actor.ts'
import type { Context } from '../../src/context.ts'
import { Fault } from '../../src/base/fault.ts'
import { authenticateIngestSecret } from '../../src/people/ingest-secrets.ts'
import { authenticateKey, actorOfKnownKey } from '../../src/people/key-actors.ts'
import { authenticateLinks, MOST_LINKS } from '../../src/people/link-opening.ts'
import { authenticateSession } from '../../src/people/sessions.ts'
import { MINUTE } from '../../src/base/time.ts'

export interface Authenticated {
  readonly actor: Actor
  /** The user name of Basic: the client's version. */
  readonly clientName: string
  /** The session's token, if a cookie authenticated the request. */
  readonly sessionToken: string | undefined
}

/** A request without credentials, or one whose credentials don't matter. */
export const anonymousCaller: Authenticated = { actor: anonymous, clientName: '', sessionToken: undefined }

/** The cookie's name; with TLS, its prefix makes browsers prevent other hosts from setting it. */
export const cookieName = (settings: { SSL: boolean }): string => (settings.SSL ? '__Host-rhizo-session' : 'rhizo-session')

/** The maximum that browsers accept. The server decides when the session ends, and extends it with each use. */
const COOKIE_AGE = 400 * 86_400

/**
 * A `Set-Cookie` that is invisible to scripts, and that pages of other sites send only with a link. @param age in seconds; 0 removes the
 * cookie
 */
export const setCookie = (
  settings: { SSL: boolean },
  { name, value, path = '/', age }: { name: string; value: string; path?: string; age: number },
): string =>
  [`${name}=${value}`, 'HttpOnly', 'SameSite=Lax', `Path=${path}`, `Max-Age=${age}`, ...(settings.SSL ? ['Secure'] : [])].join('; ')

/** The `Set-Cookie` of a session. @param token undefined: removes the cookie */
export function sessionCookie(settings: { SSL: boolean }, token: string | undefined): string {
  return setCookie(settings, { name: cookieName(settings), value: token ?? '', age: token === undefined ? 0 : COOKIE_AGE })
}

/** The mark of a device that has signed in before, in its own cookie. */
const deviceCookieName = (settings: { SSL: boolean }): string => (settings.SSL ? '__Host-rhizo-device' : 'rhizo-device')

export const deviceOf = (settings: { SSL: boolean }, { headers }: Pick<IncomingMessage, 'headers'>): string | undefined =>
  findCookie(headers.cookie ?? '', deviceCookieName(settings))

const linksCookieName = (settings: { SSL: boolean }): string => (settings.SSL ? '__Host-rhizo-links' : 'rhizo-links')

/** Secrets of the links that a browser has open, the last opened first. */
const linksOf = (settings: { SSL: boolean }, cookie: string): string[] =>
  (findCookie(cookie, linksCookieName(settings)) ?? '').split('.').filter((secret) => secret !== '')

/** The `Set-Cookie` of a browser that has just opened a secret link, beside those that it opened before. @param age in seconds */
export function linkCookie(
  settings: { SSL: boolean },
  { headers }: Pick<IncomingMessage, 'headers'>,
  { secret, age }: { secret: string; age: number },
): string {
  const others = linksOf(settings, headers.cookie ?? '').filter((other) => other !== secret)
  return setCookie(settings, { name: linksCookieName(settings), value: [secret, ...others].slice(0, MOST_LINKS).join('.'), age })
}

/** The `Set-Cookie`s of a browser that has just signed in. */
export const signedInCookies = (settings: { SSL: boolean }, { token, device }: { token: string; device: string }): string[] => [
  sessionCookie(settings, token),
  setCookie(settings, { name: deviceCookieName(settings), value: device, age: COOKIE_AGE }),
]

/**
 * Whether a page of another origin sent the request, as far as the browser says so: another program on the same machine, behind another
 * port, is one as well. Its forms must neither act with our cookies nor get some.
 */
export function isForeign({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  const site = headers['sec-fetch-site']
  return site === 'cross-site' || (site === 'same-site' && headers.origin === undefined) || !isSameOrigin(headers)
}

/** Whether the page that asks, if it is one, came from the host that it asks. */
export function isSameOrigin({ origin, host }: IncomingMessage['headers']): boolean {
  if (origin === undefined) return true
  try {
    const page = new URL(origin)
    return new URL(`${page.protocol}//${host ?? ''}`).host === page.host
  } catch {
    return false
  }
}

const failedKeys = { what: 'attempts with wrong keys from your address', limit: 300, window: 5 * MINUTE }

/**
 * Credentials in the Authorization header must be valid; a cookie that is no longer valid counts as none.
 * @throws Fault unauthenticated, throttled
 */
export async function authenticate(ctx: Context, headers: IncomingMessage['headers'], address: string): Promise<Authenticated> {
  const { authorization, cookie } = headers
  if (authorization !== undefined) {
    const { key, clientName } = parseAuthorization(authorization)
    return { actor: await authenticateByKey(ctx, key, address), clientName, sessionToken: undefined }
  }
  if (cookie === undefined) return anonymousCaller
  const sessionToken = findCookie(cookie, cookieName(ctx.settings))
  const actor = sessionToken === undefined ? undefined : await authenticateSession(ctx, sessionToken, address)
  if (actor) return { actor: from(actor, address), clientName: '', sessionToken }
  const secrets = linksOf(ctx.settings, cookie)
  const reader = secrets.length === 0 ? undefined : await authenticateLinks(ctx, secrets, address)
  return reader ? { ...anonymousCaller, actor: reader } : anonymousCaller
}

const from = (actor: Actor, address: string): Actor => (actor.kind === 'anonymous' ? actor : { ...actor, address })

/** Whose key a request comes with, where that has been used lately and is known without a search. */
export function knownActorOf({ keys, settings }: Context, { authorization }: IncomingMessage['headers']): Actor | undefined {
  if (authorization === undefined) return undefined
  try {
    return actorOfKnownKey({ keys, settings }, parseAuthorization(authorization).key)
  } catch {
    return undefined
  }
}

/** The actor of a key. @throws Fault unauthenticated, throttled */
export function authenticateByKey(ctx: Context, key: string, address: string): Promise<Actor> {
  return countFailures(ctx, address, async () => used(ctx, await authenticateKey(ctx, key, address), address))
}

/** Whom a secret of webhooks acts as, and where. @throws Fault unauthenticated, throttled */
export function authenticateByIngestSecret(ctx: Context, secret: string, address: string): Promise<{ actor: Actor; folder: Resource }> {
  return countFailures(ctx, address, async () => {
    const { actor, folder } = await authenticateIngestSecret(ctx, secret)
    return { actor: used(ctx, actor, address), folder }
  })
}

function used(ctx: Context, actor: Actor, address: string): Actor {
  if (actor.kind !== 'anonymous' && actor.keyId !== undefined) ctx.keys.noteUse(actor.keyId, { time: ctx.clock.now(), address })
  return from(actor, address)
}

async function countFailures<T>(ctx: Context, address: string, find: () => Promise<T>): Promise<T> {
  try {
    return await find()
  } catch (error) {
    // Valid keys pass even past the limit: behind a shared proxy, one controller with a revoked key must not shut out the whole lab.
    if (error instanceof Fault && error.code === 'unauthenticated') ctx.throttles.take(failedKeys, address)
    throw error
  }
}

/** @throws Fault unauthenticated when it is neither Basic nor Bearer */
export function parseAuthorization(header: string): { key: string; clientName: string } {
  const [scheme = '', credentials = ''] = header.trim().split(/ +/, 2)
  // `Token` is what clients of InfluxDB 2 say.
  if (['bearer', 'token'].includes(scheme.toLowerCase())) return { key: credentials, clientName: '' }
  if (scheme.toLowerCase() === 'basic') {
    const pair = Buffer.from(credentials, 'base64').toString('utf8')
    const at = pair.indexOf(':')
    if (at >= 0) return { key: pair.slice(at + 1), clientName: pair.slice(0, at).slice(0, 80) }
  }
  throw new Fault('unauthenticated', 'Authorization must be "Basic" with the secret key as the password, or "Bearer" with the secret key.')
}

/** The value of a cookie. */
export function findCookie(header: string, name: string): string | undefined {
  for (const part of header.split(';')) {
    const at = part.indexOf('=')
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim()
  }
  return undefined
}
