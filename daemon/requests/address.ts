/** Where a request comes from, with trusted reverse proxies (TRUSTED_PROXIES) seen through. */
import type { IncomingMessage } from 'node:http'
import type { Context } from '../../src/context.ts'
import { isInNetworks } from '../../src/base/networks.ts'

/** The other end of the connection itself: a proxy, if there is one. */
const peerAddress = (incoming: IncomingMessage): string => (incoming.socket.remoteAddress ?? '').replace(/^::ffff:/, '')

/** True when a trusted proxy sent the request, so that its `X-Forwarded-…` headers are believed. */
export const isFromTrustedProxy = (ctx: Context, incoming: IncomingMessage): boolean =>
  isInNetworks(peerAddress(incoming), ctx.settings.trustedProxies)

/** The caller's address, as reported by a trusted proxy if there is one. */
export function addressOf(ctx: Context, incoming: IncomingMessage): string {
  const forwarded = incoming.headers['x-forwarded-for']
  if (forwarded === undefined || !isFromTrustedProxy(ctx, incoming)) return peerAddress(incoming)
  // Our own proxy added the last entry; the caller may have written the others.
  return String(forwarded).split(',').at(-1)?.trim() || peerAddress(incoming)
}

/**
 * The address at which the visitor's browser reached the server, since devices can most likely reach it there, too. The setting PUBLIC_URL
 * takes precedence.
 */
export function serverAddress({ settings }: Pick<Context, 'settings'>, { headers }: Pick<IncomingMessage, 'headers'>): string {
  if (settings.PUBLIC_URL !== undefined) return settings.PUBLIC_URL.replace(/(?<!\/)\/+$/, '')
  const { host = '' } = headers
  // Check it, because it is used in lines for a shell.
  const safe = /^(?:[\w.-]+|\[[\da-fA-F:.]+\])(?::\d+)?$/.test(host) ? host : `127.0.0.1:${settings.PORT}`
  return `${settings.SSL ? 'https' : 'http'}://${safe}`
}

/** The origin of the page that a request comes from, as far as it is one of ours. */
export function originOf(ctx: Pick<Context, 'settings'>, incoming: Pick<IncomingMessage, 'headers'>): string {
  const address = serverAddress(ctx, incoming)
  // Of a host that the caller made up there is none.
  return URL.canParse(address) ? new URL(address).origin : 'http://127.0.0.1'
}
