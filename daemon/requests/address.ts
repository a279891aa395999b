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
