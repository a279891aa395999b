/**
 * The HTTP API: for each route it gathers parameters, calls the handler, and turns what comes back, a value or a Fault, into a reply.
 */
import type { HttpBindings } from '@hono/node-server'
import { Hono, type Context as HonoContext } from 'hono'
import type { Actor } from '../../src/tree/actor.ts'
import type { Context } from '../../src/context.ts'
import { httpStatusOf, invalid, notFound, type Fault } from '../../src/base/fault.ts'
import type { Metrics } from '../metrics.ts'
import { faultHeaders, faultJson, toFault } from '../replies/fault-reply.ts'
import { jsonBody } from '../replies/json-body.ts'
import { privateJsonHeaders } from '../replies/headers.ts'
import { addJson, addUrlEncoded, decodePath, decodeUtf8, hasBody, mediaType, readBody, splitUrl } from '../requests/body.ts'
import { requireCsrfToken } from '../requests/csrf.ts'
import { answerRequest } from '../requests/pipeline.ts'
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
  const { incoming, outgoing } = c.env
  return answerRequest<Response>(ctx, metrics, incoming, {
    route,
    ignoresCredentials: route.open === true,
    handle: async ({ actor, address, sessionToken }) => {
      const { path, query } = splitUrl(incoming)
      if (actor.kind === 'controller') ctx.liveness.received(actor.controllerId, address)
      const given = await gather(ctx, route, c, query, actor)
      try {
        if (route.method !== 'GET')
          requireCsrfToken(ctx, sessionToken, incoming.headers['x-csrf-token'] ?? given['csrf_token'], WRONG_CSRF_TOKEN)
        const result = await route.handle({
          ctx,
          actor,
          parameters: parseParameters(route.parameters, given),
          given,
          path: route.path.endsWith('/*') ? { path: decodePath(path.slice(route.path.length - 2)) } : c.req.param(),
          address,
          incoming,
          outgoing,
          sessionToken,
        })
        return result instanceof Response
          ? result
          : new Response(jsonBody(ctx.turns, result ?? { status: 'ok' }), { headers: privateJsonHeaders })
      } finally {
        if (mediaType(incoming) === 'multipart/form-data') await discardUploads(ctx, given)
      }
    },
    refuse: (fault) => replyFault(ctx, fault),
    send: (response) => response,
  })
}

const WRONG_CSRF_TOKEN = "The session's CSRF token is missing or wrong: send it as csrf_token or in the header X-CSRF-Token."

/** Largest form or JSON object, in bytes, from an anonymous caller, so that a few of them can't exhaust memory. */
const MAX_ANONYMOUS_BODY = 1_000_000

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

function replyFault(ctx: Context, fault: Fault): Response {
  if (ctx.settings.DEBUG) ctx.log.debug({ code: fault.code, reason: fault.message }, 'refused a request')
  return new Response(faultJson(fault), { status: httpStatusOf[fault.code], headers: { ...privateJsonHeaders, ...faultHeaders(fault) } })
}
