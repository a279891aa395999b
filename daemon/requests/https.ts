/** People who came by plain http where https is wanted (FORCE_SSL). */
import type { IncomingMessage } from 'node:http'
import type { Context } from '../../src/context.ts'

/** True when they are to be sent to https: a trusted proxy says that the browser spoke plain http to it. */
export function shouldUseHttps(ctx: Context, incoming: IncomingMessage): boolean {
  if (!ctx.settings.FORCE_SSL) return false
  const direct = (incoming.socket.remoteAddress ?? '').replace(/^::ffff:/, '')
  return ctx.settings.TRUSTED_PROXIES.includes(direct) && incoming.headers['x-forwarded-proto'] === 'http'
}

export function redirectToHttps(incoming: IncomingMessage): Response {
  return new Response(null, { status: 308, headers: { location: `https://${incoming.headers.host ?? ''}${incoming.url ?? '/'}` } })
}
