/** Generates the OpenAPI 3.1 document of the REST API from the same routes that check requests. */
import { httpStatusOf } from '../../src/base/fault.ts'
import { VERSION } from '../../src/base/version.ts'
import type { Parameter } from './parameters.ts'
import type { Route } from './route.ts'

const statusMeanings: Record<number, string> = {
  [httpStatusOf.invalid]: 'Malformed input; the message names the field.',
  [httpStatusOf.unauthenticated]: 'The credentials are wrong, or missing where they are needed.',
  [httpStatusOf.forbidden]: 'Not allowed.',
  [httpStatusOf.not_found]: 'No such thing.',
  [httpStatusOf.conflict]: 'It is in the way of something that is there already.',
  [httpStatusOf.too_large]: 'Too large.',
  [httpStatusOf.throttled]: 'Too often; try again after Retry-After seconds.',
  [httpStatusOf.busy]: 'Too busy for now; try again after Retry-After seconds.',
}

export function describeApi(routes: readonly Route[], title: string): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const route of routes) {
    const path = route.path.replace(/\/\*$/, '/{path}').replace(/:(\w+)/g, '{$1}')
    ;(paths[path] ??= {})[route.method.toLowerCase()] = describeRoute(route, path)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: `${title}: the API of rhizo`,
      version: VERSION,
      license: { name: 'MIT', identifier: 'MIT' },
      description:
        'Parameters come as the query, a form, multipart or a JSON object, all as one flat set in which the body wins. A GET ' +
        'may carry a form too. Errors are {"status":"error","message"}.',
    },
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        basic: {
          type: 'http',
          scheme: 'basic',
          description: "The secret key as the password; any user name, by custom the client's version.",
        },
        bearer: { type: 'http', scheme: 'bearer', description: 'The secret key.' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'rhizo-session',
          description: 'Set by POST /api/v1/sessions; changes need the CSRF token too, as csrf_token or X-CSRF-Token.',
        },
      },
      schemas: {
        Error: { type: 'object', required: ['status', 'message'], properties: { status: { const: 'error' }, message: { type: 'string' } } },
      },
    },
    security: [{ basic: [] }, { bearer: [] }, { session: [] }, {}],
  }
}

function describeRoute(route: Route, path: string): object {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => ({
    name: match[1],
    in: 'path',
    required: true,
    schema: { type: 'string' },
    description: match[1] === 'path' ? 'The absolute path of a resource without its leading slash; its slashes stay slashes.' : 'An id.',
  }))
  const own = Object.entries(route.parameters)
  const inQuery = route.method === 'GET' || route.method === 'DELETE' || route.body === 'unread'
  const errors = Object.entries(statusMeanings).map(([status, description]): [string, object] => [
    status,
    { description, content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } } },
  ])
  return {
    tags: [route.tag],
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    operationId: route.method.toLowerCase() + toCamelCase(path),
    parameters: [...inPath, ...(inQuery ? own.map(([name, parameter]) => describeQueryParameter(name, parameter)) : [])],
    ...(!inQuery && own.length > 0 ? { requestBody: describeBody(own, route.body) } : {}),
    responses: {
      '200': { description: 'Done.', content: { 'application/json': { schema: route.reply ?? {} } } },
      ...Object.fromEntries(errors),
    },
    ...(route.open ? { security: [{}] } : {}),
  }
}

const describeQueryParameter = (name: string, parameter: Parameter<unknown>): object => ({
  name,
  in: 'query',
  required: parameter.required,
  description: describe(parameter),
  schema: parameter.schema,
})

function describeBody(parameters: readonly [string, Parameter<unknown>][], body: Route['body']): object {
  const schema = {
    type: 'object',
    properties: Object.fromEntries(
      parameters.map(([name, parameter]) => [name, { ...parameter.schema, description: describe(parameter) }]),
    ),
    required: parameters.filter(([, { required }]) => required).map(([name]) => name),
  }
  const content: Record<string, object> = Object.fromEntries(
    ['application/x-www-form-urlencoded', 'multipart/form-data', 'application/json'].map((type) => [type, { schema }]),
  )
  if (body === 'file') content['application/octet-stream'] = { schema: { type: 'string', format: 'binary' } }
  return { content }
}

const describe = ({ description, aliases }: Parameter<unknown>): string =>
  aliases.length === 0 ? description : `${description} Of old: ${aliases.join(', ')}.`

const toCamelCase = (path: string): string =>
  path.replaceAll(/[^a-zA-Z0-9]+(.)?/g, (_match: string, next: string | undefined) => (next ?? '').toUpperCase())
