/** Redirects plain http to https if FORCE_SSL is set. */
import type { IncomingMessage } from 'node:http'
import type { Context } from '../../src/context.ts'

/** Whether to redirect to https: a trusted proxy reports that the browser used plain http. */
export function shouldUseHttps(ctx: Context, incoming: IncomingMessage): boolean {
  if (!ctx.settings.FORCE_SSL) return false
  const direct = (incoming.socket.remoteAddress ?? '').replace(/^::ffff:/, '')
  return ctx.settings.TRUSTED_PROXIES.includes(direct) && incoming.headers['x-forwarded-proto'] === 'http'
}

export function redirectToHttps(incoming: IncomingMessage): Response {
  return new Response(null, { status: 308, headers: { location: `https://${incoming.headers.host ?? ''}${incoming.url ?? '/'}` } })
}
