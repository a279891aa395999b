/** Redirects plain http to https if FORCE_SSL is set. */
import type { IncomingMessage } from 'node:http'
import type { Context } from '../../src/context.ts'
import { isFromTrustedProxy } from './address.ts'

/** Whether to redirect to https: a trusted proxy reports that the browser used plain http. */
export const shouldUseHttps = (ctx: Context, incoming: IncomingMessage): boolean =>
  ctx.settings.FORCE_SSL && incoming.headers['x-forwarded-proto'] === 'http' && isFromTrustedProxy(ctx, incoming)

export function redirectToHttps(incoming: IncomingMessage): Response {
  return new Response(null, { status: 308, headers: { location: `https://${incoming.headers.host ?? ''}${incoming.url ?? '/'}` } })
}
