/**
 * The HTTP API: for each route it gathers parameters, calls the handler, and turns what comes back, a value or a Fault, into a reply.
 */
import type { HttpBindings } from '@hono/node-server'
import type { IncomingMessage } from 'node:http'
import { Hono, type Context as HonoContext } from 'hono'
import type { Context } from '../../src/context.ts'
import { forbidden, httpStatusOf, invalid, notFound, type Fault } from '../../src/base/fault.ts'
import { isObject } from '../../src/base/json.ts'
import { faultHeaders, faultJson, toFault } from '../replies/fault-reply.ts'
import { jsonBody } from '../replies/json-body.ts'
import { privateJsonHeaders } from '../replies/headers.ts'
import { addJson, addUrlEncoded, decodePath, decodeUtf8, hasBody, mediaType, readBody, splitUrl } from '../requests/body.ts'
import { allowedOrigins } from '../requests/cors.ts'
import { requireCsrfToken } from '../requests/csrf.ts'
import { answerRequest, type Desk } from '../requests/pipeline.ts'
import type { Share } from '../requests/shared-memory.ts'
import { isLong, readLongForm } from './long-forms.ts'
import { discardUploads, readMultipart } from './multipart.ts'
import { parseParameters, unknownNames, type ParameterSet } from './parameters.ts'
import type { Route } from './route.ts'

type Env = { Bindings: HttpBindings }

export function createApp(ctx: Context, routes: readonly Route[], desk: Desk): Hono<Env> {
  const app = new Hono<Env>()
  const origins = allowedOrigins(ctx.settings)
  if (origins) app.use('/api/*', origins)
  for (const route of routes) {
    // `/resources/*` matches `/resources/a/b`; Hono's wildcard would also match the bare prefix, which has a route of its own.
    const pattern = route.path.endsWith('/*') ? `${route.path.slice(0, -2)}/:resource{.+}` : route.path
    app.on(route.method, pattern, (c) => answer(ctx, route, c, desk))
  }
  app.notFound((c) => {
    const { method } = c.req.raw
    return replyFault(ctx, notFound(`There is no ${method} ${c.req.path} here. The API is described at /api/v1/docs.`))
  })
  app.onError((error) => replyFault(ctx, toFault(error, ctx.log, { where: 'http' })))
  return app
}

async function answer(ctx: Context, route: Route, c: HonoContext<Env>, desk: Desk): Promise<Response> {
  const { incoming, outgoing } = c.env
  return answerRequest<Response>(ctx, desk, c.env, {
    route,
    ignoresCredentials: route.open === true,
    servesLinks: route.forLinks === true,
    handle: async ({ ctx, actor, address, sessionToken, share, roomFor, goesOn }) => {
      const { path, query } = splitUrl(incoming)
      if (actor.kind === 'controller') ctx.liveness.received(actor.controllerId, address)
      const pathNames = route.path.endsWith('/*') ? { path: decodePath(path.slice(route.path.length - 2)) } : c.req.param()
      const requireToken = (form: ParameterSet): void => {
        if (route.method !== 'GET')
          requireCsrfToken(ctx, sessionToken, incoming.headers['x-csrf-token'] ?? form['csrf_token'], WRONG_CSRF_TOKEN)
      }
      const beforeFile = (form: ParameterSet): void => {
        if (actor.kind === 'anonymous') throw forbidden('Send a key, or sign in, to upload files in a form.')
        if (!route.beforeFile) throw invalid('No file is taken here: send a form without files, or a JSON object.')
        requireToken(form)
        route.beforeFile({ ctx, actor, path: pathNames, given: form })
      }
      const given = await gather(ctx, route, incoming, query, { room: share ?? roomFor(actor), beforeFile, goesOn })
      try {
        requireToken(given)
        const result = await route.handle({
          ctx,
          actor,
          parameters: parseParameters(route.parameters, given),
          given,
          path: pathNames,
          address,
          incoming,
          outgoing,
          sessionToken,
          share,
          roomFor,
        })
        if (result instanceof Response) return result
        const answer = route.method === 'GET' ? result : nameUnknown(result ?? { status: 'ok' }, unknownNames(route.parameters, given))
        return new Response(jsonBody(ctx, answer), { headers: privateJsonHeaders })
      } finally {
        await discardUploads(ctx, given)
      }
    },
    refuse: (fault) => replyFault(ctx, fault),
    send: (response) => response,
  })
}

/** Most names in an answer, and characters of one. */
const MAX_NAMED = 20
const MAX_NAME = 100

/** Says in the answer to a write what of the request meant nothing: a mistyped name would be obeyed in silence otherwise. */
function nameUnknown(answer: unknown, names: readonly string[]): unknown {
  if (names.length === 0 || !isObject(answer)) return answer
  return { ...answer, unknown_parameters: names.slice(0, MAX_NAMED).map((name) => name.slice(0, MAX_NAME)) }
}

const WRONG_CSRF_TOKEN = "The session's CSRF token is missing or wrong: send it as csrf_token or in the header X-CSRF-Token."

/** Bytes of a body from which on others have their turn between its steps. */
const LARGE = 500_000
/** Bytes of a body up to which parsing it costs microseconds. */
const SMALL = 4_000

interface Gathering {
  readonly room: Share
  /** Called with the parameters so far when a form comes to a file. @throws Fault */
  readonly beforeFile: (form: ParameterSet) => void
  /** Called when the body is there. */
  readonly goesOn: () => void
}

/** All parameters: those of the query and of the body, which take precedence. */
async function gather(
  ctx: Context,
  route: Route,
  incoming: IncomingMessage,
  query: string,
  { room, beforeFile, goesOn }: Gathering,
): Promise<ParameterSet> {
  const set = Object.create(null) as Record<string, unknown>
  addUrlEncoded(set, query, 'query')
  if (!hasBody(incoming) || route.body === 'unread') return set
  const type = mediaType(incoming)
  const limit = ctx.settings.MAX_BODY_SIZE
  const isStrange = room.bounds !== undefined
  const read = async (): Promise<Buffer> => {
    const body = await readBody(incoming, limit, room)
    // Many may have come at once. Small ones take no longer than waiting does, and what they store shares a commit.
    if (isStrange || body.length > SMALL) await ctx.turns.pause()
    goesOn()
    return body
  }
  const readText = async (what: string): Promise<string> => {
    const body = await read()
    // Each step of a large one takes some milliseconds.
    if (body.length > LARGE) await ctx.turns.next()
    const text = decodeUtf8(body, what)
    if (isStrange) room.free(body)
    if (body.length > LARGE) await ctx.turns.next()
    goesOn()
    return text
  }
  if (type === 'application/x-www-form-urlencoded' && route.beforeFile && !isStrange && isLong(incoming)) {
    await readLongForm(ctx, incoming, set, { limit, beforeFile: () => beforeFile(set) })
    goesOn()
  } else if (type === 'application/x-www-form-urlencoded') addUrlEncoded(set, await readText('The form'), 'form')
  else if (type === 'application/json' && route.body !== 'raw') await addJson(ctx.turns, set, await readText('The body'))
  else if (type === 'multipart/form-data') await readMultipart(ctx, incoming, set, { room, limit, beforeFile: () => beforeFile(set) })
  else if (route.body === undefined || route.body === 'parameters') {
    const body = await read()
    if (body.length > 0) throw invalid(`A body of the type ${type || '(none given)'} is not understood here: send a form or a JSON object.`)
  }
  return set
}

export function replyFault(ctx: Context, fault: Fault): Response {
  if (ctx.settings.DEBUG) ctx.log.debug({ code: fault.code, reason: fault.message }, 'refused a request')
  return new Response(faultJson(fault), { status: httpStatusOf[fault.code], headers: { ...privateJsonHeaders, ...faultHeaders(fault) } })
}
