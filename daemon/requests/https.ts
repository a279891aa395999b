/** Plain http and https: redirects from one to the other if FORCE_SSL is set, and tells browsers to stay with https (HSTS). */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { hostname, networkInterfaces } from 'node:os'
import type { Context } from '../../src/context.ts'
import type { Settings } from '../../src/settings/settings.ts'
import { isFromTrustedProxy } from './address.ts'

/** A year, as browsers' own lists ask for. Other names of the same domain are none of this server's business. */
const STRICT_TRANSPORT = `max-age=${365 * 86_400}`

/** Whether people reach this server by https, according to its settings. */
export const isReachedByHttps = ({ SSL, PUBLIC_URL }: Pick<Settings, 'SSL' | 'PUBLIC_URL'>): boolean =>
  SSL || PUBLIC_URL?.startsWith('https://') === true

/** Adds HSTS to every answer of a server that people reach by https. Source: RFC 6797; browsers ignore it in answers by plain http. */
export function addStrictTransport(server: Server, settings: Settings): void {
  if (!isReachedByHttps(settings)) return
  server.prependListener('request', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    if (incoming.headers['x-forwarded-proto'] !== 'http') outgoing.setHeader('strict-transport-security', STRICT_TRANSPORT)
  })
}

/** Whether to redirect to https: a trusted proxy reports that the browser used plain http. */
export const shouldUseHttps = (ctx: Context, incoming: IncomingMessage): boolean =>
  ctx.settings.FORCE_SSL && incoming.headers['x-forwarded-proto'] === 'http' && isFromTrustedProxy(ctx, incoming)

/**
 * Leads to PUBLIC_URL, or without one to the host that was asked for, if that is this machine. Anybody can write another into a request,
 * and where that answer is kept (by a cache in between) it would lead others there.
 */
export function redirectToHttps({ settings }: Pick<Context, 'settings'>, { headers, url = '/' }: IncomingMessage): Response {
  const base = settings.PUBLIC_URL?.startsWith('https://') === true ? settings.PUBLIC_URL : `https://${headers.host ?? ''}`
  if (base !== settings.PUBLIC_URL && !isThisMachine(headers.host ?? '')) return new Response(UNKNOWN_HOST, { status: 421 })
  return new Response(null, { status: 308, headers: { location: base.replace(/(?<!\/)\/+$/, '') + (url.startsWith('/') ? url : '/') } })
}

const UNKNOWN_HOST =
  'This server takes requests by https only, and none of its settings says that it is reached by this name. Write https:// before the ' +
  'address. Its admin should set PUBLIC_URL: then this leads there.\n'

/** @param host of a request, with or without a port */
function isThisMachine(host: string): boolean {
  const name = host.replace(/:\d*$/, '').toLowerCase()
  const own = hostname().toLowerCase()
  if (['localhost', own, `${own}.local`].includes(name)) return true
  const address = name.replace(/^\[(.*)\]$/, '$1')
  return Object.values(networkInterfaces()).some((all) => all?.some((one) => one.address === address))
}
