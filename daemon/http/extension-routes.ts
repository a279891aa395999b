/** Routes of extensions: below `/api/v1/ext/NAME`. */
import { Fault, forbidden, notFound } from '../../src/base/fault.ts'
import { quote } from '../../src/base/path.ts'
import { callHook } from '../../src/extensions/hook-calls.ts'
import { callerOf, labAccess } from '../../src/extensions/lab-access.ts'
import type { Method } from '../../src/extensions/interface.ts'
import { jsonBody } from '../replies/json-body.ts'
import { privateJsonHeaders } from '../replies/headers.ts'
import { route, type ApiRequest, type Route } from './route.ts'

const METHODS: readonly Method[] = ['GET', 'POST', 'PUT', 'DELETE']

export const createExtensionRoutes = (): Route[] =>
  METHODS.map((method) =>
    route({
      method,
      path: '/api/v1/ext/*',
      tag: 'Extensions',
      summary: 'What an extension answers, below its name',
      description: 'Which extensions a server has is up to its lab; each says itself what it takes and answers.',
      parameters: {},
      handle: (request) => answer(request, method),
    }),
  )

/** `/hello/well` is `well` of `hello`. */
function splitName(path: string): { name: string; below: string } {
  const at = path.indexOf('/', 1)
  return at < 0 ? { name: path.slice(1), below: '/' } : { name: path.slice(1, at), below: path.slice(at).replace(/(?!^)\/$/, '') }
}

async function answer({ ctx, actor, given, path }: ApiRequest, method: Method): Promise<Response> {
  const { name, below } = splitName(path['path'] ?? '/')
  const running = ctx.extensions.find(name)
  if (!running && ctx.extensions.isOff(name)) throw new Fault('busy', `The extension ${name} is switched off.`)
  if (!running) throw notFound(`There is no extension ${quote(name)} here.`)
  const found = running.routes.get(`${method} ${below}`)
  if (!found) throw notFound(`The extension ${name} has no ${method} ${below}.`)
  if (!found.open && actor.kind === 'anonymous') throw forbidden('Send a key, or sign in.')
  const parameters = { ...given }
  delete parameters['csrf_token']
  const result = await callHook(running, `the API route ${method} ${below}`, async () => {
    const value = await found.handle({ method, path: below, parameters, caller: callerOf(actor), lab: labAccess(ctx, () => actor) })
    // What is no JSON is the extension's failure, and shows here rather than in the middle of a reply.
    return value === undefined ? { status: 'ok' } : (JSON.parse(JSON.stringify(value)) as unknown)
  })
  return new Response(jsonBody(ctx, result), { headers: privateJsonHeaders })
}
