/**
 * The HTTP application: for each route it gathers parameters, authenticates the caller, calls the handler, and turns the result, a value or
 * a Fault, into a reply.
 */
import type { HttpBindings } from '@hono/node-server'
import { Hono, type Context as HonoContext } from 'hono'
import { anonymous, type Actor } from '../../src/tree/actor.ts'
import type { Context } from '../../src/context.ts'
import { forbidden, httpStatusOf, invalid, notFound, type Fault } from '../../src/base/fault.ts'
import { isCsrfToken } from '../../src/people/sessions.ts'
import { toFault } from '../replies/fault-reply.ts'
import { redirectToHttps, shouldUseHttps } from '../requests/https.ts'
import type { Metrics } from '../metrics.ts'
import { addressOf, authenticate, type Authenticated } from '../requests/authentication.ts'
import { addJson, addUrlEncoded, decodePath, decodeUtf8, hasBody, mediaType, readBody, splitUrl } from '../requests/body.ts'
import { discardUploads, readMultipart } from './multipart.ts'
import { parseParameters, type ParameterSet } from './parameters.ts'
import type { Route } from './route.ts'

type Env = { Bindings: HttpBindings }

export function createApp(ctx: Context, routes: readonly Route[], metrics: Metrics): Hono<Env> {
  const app = new Hono<Env>()
  for (const route of routes) {
    // `/resources/*` matches `/resources/a/b`; Hono's wildcard would also match the bare prefix, which has a route of its own.
    const pattern = route.path.endsWith('/*') ? `${route.path.slice(0, -2)}/:resource{.+}` : route.path
    app.on(route.method, pattern, (c) => answer(ctx, route, c, metrics))
  }
  app.notFound((c) => {
    const { method } = c.req.raw
    return replyFault(ctx, notFound(`There is no ${method} ${c.req.path} here. The API is described at /api/v1/docs.`))
  })
  app.onError((error) => replyFault(ctx, toFault(error, ctx.log, { where: 'http' })))
  return app
}

async function answer(ctx: Context, route: Route, c: HonoContext<Env>, metrics: Metrics): Promise<Response> {
  const start = performance.now()
  const { incoming, outgoing } = c.env
  let response: Response
  let given: ParameterSet = {}
  try {
    const address = addressOf(ctx, incoming)
    if (shouldUseHttps(ctx, incoming)) return redirectToHttps(incoming)
    const { path, query } = splitUrl(incoming)
    const who: Authenticated = route.open
      ? { actor: anonymous, clientName: '', sessionToken: undefined }
      : await authenticate(ctx, incoming.headers, address)
    if (who.actor.kind === 'controller') ctx.liveness.received(who.actor.controllerId, address)
    given = await gather(ctx, route, c, query, who.actor)
    if (who.sessionToken !== undefined && route.method !== 'GET')
      requireCsrfToken(ctx, who.sessionToken, given, incoming.headers['x-csrf-token'])
    const result = await route.handle({
      ctx,
      actor: who.actor,
      parameters: parseParameters(route.parameters, given),
      given,
      path: route.path.endsWith('/*') ? { path: decodePath(path.slice(route.path.length - 2)) } : c.req.param(),
      address,
      incoming,
      outgoing,
      sessionToken: who.sessionToken,
    })
    response = result instanceof Response ? result : new Response(JSON.stringify(result ?? { status: 'ok' }), { headers: JSON_HEADERS })
  } catch (error) {
    response = replyFault(ctx, toFault(error, ctx.log, { method: route.method, route: route.path }))
    // A connection whose request body was not read to its end can't be reused.
    if (!incoming.complete) response.headers.set('connection', 'close')
  } finally {
    if (mediaType(incoming) === 'multipart/form-data') await discardUploads(ctx, given)
  }
  metrics.answered(route.method, route.path, response.status, performance.now() - start)
  return response
}

/** Largest form or JSON body, in bytes, from an unauthenticated caller, so that a few of them can't exhaust memory. */
const MAX_ANONYMOUS_BODY = 1_000_000

/** Answers are for this caller only, and some contain secrets; browsers must not show any as a page. */
const JSON_HEADERS = { 'content-type': 'application/json', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

/** All parameters: those of the query and of the body, which take precedence. */
async function gather(ctx: Context, route: Route, c: HonoContext<Env>, query: string, actor: Actor): Promise<ParameterSet> {
  const { incoming } = c.env
  const set = Object.create(null) as Record<string, unknown>
  addUrlEncoded(set, query, 'query')
  if (!hasBody(incoming)) return set
  const type = mediaType(incoming)
  const limit = actor.kind === 'anonymous' ? Math.min(ctx.settings.MAX_BODY_SIZE, MAX_ANONYMOUS_BODY) : ctx.settings.MAX_BODY_SIZE
  if (type === 'application/x-www-form-urlencoded') addUrlEncoded(set, decodeUtf8(await readBody(incoming, limit), 'The form'), 'form')
  else if (type === 'application/json' && route.body !== 'raw') addJson(set, decodeUtf8(await readBody(incoming, limit), 'The body'))
  else if (type === 'multipart/form-data') await readMultipart(ctx, incoming, set, { takesFiles: actor.kind !== 'anonymous', limit })
  else if (route.body === undefined || route.body === 'parameters') {
    const body = await readBody(incoming, limit)
    if (body.length > 0) throw invalid(`A body of the type ${type || '(none given)'} is not understood here: send a form or a JSON object.`)
  }
  return set
}

function requireCsrfToken(ctx: Context, sessionToken: string, given: ParameterSet, header: string | string[] | undefined): void {
  const token = typeof header === 'string' ? header : given['csrf_token']
  if (typeof token !== 'string' || !isCsrfToken(ctx, sessionToken, token))
    throw forbidden("The session's CSRF token is missing or wrong: send it as csrf_token or in the header X-CSRF-Token.")
}

export function replyFault(ctx: Context, fault: Fault): Response {
  const headers = new Headers(JSON_HEADERS)
  if (fault.code === 'unauthenticated') headers.set('www-authenticate', 'Bearer')
  if (fault.retryAfter !== undefined) headers.set('retry-after', String(fault.retryAfter))
  if (ctx.settings.DEBUG) ctx.log.debug({ code: fault.code, reason: fault.message }, 'refused a request')
  return new Response(JSON.stringify({ status: 'error', message: fault.message }), { status: httpStatusOf[fault.code], headers })
}
