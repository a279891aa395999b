/**
 * Prometheus's addresses and answers below /api/prometheus, which Grafana's Prometheus data source is given as its URL, and the newest
 * values at /metrics/values, for a Prometheus that collects them. Source: Prometheus, "HTTP API".
 */
import { Fault, httpStatusOf, invalid } from '../../src/base/fault.ts'
import { mapInTurns } from '../../src/base/long-lists.ts'
import { parseTimestamp, SECOND, type Micros } from '../../src/base/time.ts'
import { VERSION } from '../../src/base/version.ts'
import { evaluate, LOOKBACK, momentsOf, type Answered } from '../../src/prometheus/evaluate.ts'
import { newestAsText } from '../../src/prometheus/newest.ts'
import { parseMatch } from '../../src/prometheus/parse.ts'
import { listLabels, listLabelValues, listSeries, METRIC, type Matcher } from '../../src/prometheus/series.ts'
import { durationOf } from '../../src/prometheus/tokens.ts'
import { faultHeaders, toFault } from '../replies/fault-reply.ts'
import { privateJsonHeaders } from '../replies/headers.ts'
import { jsonBody } from '../replies/json-body.ts'
import { splitUrl } from '../requests/body.ts'
import { text, type ParameterSpec } from './parameters.ts'
import { route, type ApiRequest, type Route } from './route.ts'

const BASE = '/api/prometheus/api/v1'
const TAG = 'Prometheus'
/** Most selectors in one request. */
const MAX_MATCHES = 20

const time = (meaning: string) => text(`${meaning}, in seconds since 1970 or as ISO 8601.`, { max: 60 })
const lookback = text('How long a value counts as the newest: 15m, or seconds; 15 minutes unless given.', { max: 30 })
const listed = {
  'match[]': text(`Selectors, of which one has to match: ${METRIC}{folder="/lab/fridge"}. May be repeated in the address.`, {
    max: 20_000,
  }),
  start: time('Ignored'),
  end: time('Ignored'),
  limit: text('Ignored.', { max: 20 }),
}

export function createPrometheusRoutes(): Route[] {
  return [
    ...both(
      '/query',
      'The newest values, or what is made of them, at a moment',
      {
        query: text('PromQL, in part. Has to be given.', { max: 20_000 }),
        time: time('The moment; now unless given'),
        timeout: text('Ignored.'),
        limit: text('Ignored.'),
        lookback_delta: lookback,
      },
      async ({ ctx, actor, parameters: { query, time: at, lookback_delta: delta } }) => {
        const moment = at === undefined ? ctx.clock.now() : timeOf(at, 'time')
        const found = await evaluate(
          ctx,
          actor,
          requireGiven(query, 'query'),
          [moment],
          delta === undefined ? LOOKBACK : lengthOf(delta, 'lookback_delta'),
        )
        const seconds = moment / SECOND
        if ('scalar' in found) return { resultType: 'scalar', result: [seconds, numberText(found.scalar[0] ?? Number.NaN)] }
        return {
          resultType: 'vector',
          result: found.series.flatMap(({ labels, values: [value] }) =>
            value === undefined ? [] : [{ metric: labels, value: [seconds, numberText(value)] }],
          ),
        }
      },
    ),
    ...both(
      '/query_range',
      'The same at each step of a range of time',
      {
        query: text('PromQL, in part. Has to be given.', { max: 20_000 }),
        start: time('The first step. Has to be given'),
        end: time('The last step, at most. Has to be given'),
        step: text('From step to step: 15s, or seconds. Has to be given.', { max: 30 }),
        timeout: text('Ignored.'),
        limit: text('Ignored.'),
        lookback_delta: lookback,
      },
      async ({ ctx, actor, parameters: { query, start, end, step, lookback_delta: delta } }) => {
        const moments = momentsOf({
          start: timeOf(requireGiven(start, 'start'), 'start'),
          end: timeOf(requireGiven(end, 'end'), 'end'),
          step: lengthOf(requireGiven(step, 'step'), 'step'),
        })
        const found = await evaluate(
          ctx,
          actor,
          requireGiven(query, 'query'),
          moments,
          delta === undefined ? LOOKBACK : lengthOf(delta, 'lookback_delta'),
        )
        const series = 'scalar' in found ? [{ labels: {}, values: found.scalar }] : found.series
        const rows = await mapInTurns(ctx.turns, series, (one) => matrixRow(moments, one), 1)
        return { resultType: 'matrix', result: rows.filter(({ values }) => values.length > 0) }
      },
    ),
    ...both('/labels', 'Names of labels', listed, async (request) => listLabels(request.ctx, request.actor, matchesOf(request))),
    ...both('/series', 'Series by their labels', listed, async (request) => listSeries(request.ctx, request.actor, matchesOf(request))),
    get('/label/:name/values', 'Values of a label', listed, async (request) =>
      listLabelValues(request.ctx, request.actor, request.path['name'] ?? '', matchesOf(request)),
    ),
    get('/metadata', 'What the metric is', { metric: text('Ignored.'), limit: text('Ignored.') }, async ({ actor }) => {
      requireKnown(actor)
      return { [METRIC]: [{ type: 'gauge', help: 'Values of numeric sequences, by path.', unit: '' }] }
    }),
    // Grafana asks for these beside each metric and panel, whether somebody has made some or not.
    get('/rules', 'There are none: alarms are watched by the lab itself', { type: text('Ignored.') }, async ({ actor }) => {
      requireKnown(actor)
      return { groups: [] }
    }),
    get('/alerts', 'There are none: alarms are watched by the lab itself', {}, async ({ actor }) => {
      requireKnown(actor)
      return { alerts: [] }
    }),
    ...both(
      '/query_exemplars',
      'There are none',
      { query: text('Ignored.', { max: 20_000 }), start: time('Ignored'), end: time('Ignored') },
      async ({ actor }) => {
        requireKnown(actor)
        return []
      },
    ),
    get('/status/buildinfo', 'Which server answers', {}, async ({ actor }) => {
      requireKnown(actor)
      // Grafana goes by the version: this is the one whose answers these are.
      return { version: '2.55.0', revision: `rhizo ${VERSION}`, branch: 'rhizo', buildUser: '', buildDate: '', goVersion: '' }
    }),
    route({
      method: 'GET',
      path: '/metrics/values',
      tag: TAG,
      summary: 'The newest value of each numeric sequence that the key may read, in Prometheus text',
      parameters: {
        folder: text('Only in this folder and those below it.', { max: 2_000 }),
        max_age: text('Values older than this are left out: 15m, or seconds; 15 minutes unless given.', { max: 30 }),
      },
      handle: async ({ ctx, actor, parameters: { folder, max_age: age } }) => {
        const matchers: Matcher[] =
          folder === undefined || folder === '/' || folder === ''
            ? []
            : [{ label: 'path', is: '=~', value: `/${escapePattern(folder.replace(/^\/+|(?<!\/)\/+$/g, ''))}/.*` }]
        const body = await newestAsText(ctx, actor, matchers, age === undefined ? LOOKBACK : lengthOf(age, 'max_age'))
        return new Response(body, {
          headers: {
            'content-type': 'text/plain; version=0.0.4; charset=utf-8',
            'cache-control': 'no-store',
            'x-content-type-options': 'nosniff',
          },
        })
      },
    }),
  ]
}

const escapePattern = (path: string): string => path.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')

function get<S extends ParameterSpec>(
  path: string,
  summary: string,
  parameters: S,
  work: (request: ApiRequest<S>) => Promise<unknown>,
): Route {
  return route({ method: 'GET', path: BASE + path, tag: TAG, summary, parameters, handle: (request) => answer(request, work) })
}

/** Grafana sends what may be long as a form. */
function both<S extends ParameterSpec>(
  path: string,
  summary: string,
  parameters: S,
  work: (request: ApiRequest<S>) => Promise<unknown>,
): Route[] {
  const shared = { path: BASE + path, tag: TAG, summary, parameters, handle: (request: ApiRequest<S>) => answer(request, work) }
  return [route({ method: 'GET', ...shared }), route({ method: 'POST', ...shared })]
}

const ERROR_TYPES = { invalid: 'bad_data', busy: 'unavailable', internal: 'internal' } as const

async function answer<S extends ParameterSpec>(
  request: ApiRequest<S>,
  work: (request: ApiRequest<S>) => Promise<unknown>,
): Promise<Response> {
  const { ctx } = request
  try {
    return new Response(jsonBody(ctx, { status: 'success', data: await work(request) }), { headers: privateJsonHeaders })
  } catch (error) {
    const { code, message } = toFault(error, ctx.log, { where: 'prometheus' })
    const errorType = code in ERROR_TYPES ? ERROR_TYPES[code as keyof typeof ERROR_TYPES] : code
    const fault = error instanceof Fault ? faultHeaders(error) : {}
    return new Response(JSON.stringify({ status: 'error', errorType, error: message }), {
      status: httpStatusOf[code],
      headers: { ...privateJsonHeaders, ...fault },
    })
  }
}

function requireKnown(actor: ApiRequest['actor']): void {
  if (actor.kind === 'anonymous')
    throw new Fault('unauthenticated', 'Send a key: as the password of Basic, with any user name, or as Bearer.')
}

/** A parameter that has to be there is missed here rather than before, so that the answer has Prometheus's form. @throws Fault invalid */
function requireGiven(given: string | undefined, name: string): string {
  if (given === undefined) throw invalid(`${name} is missing.`)
  return given
}

const numberText = (value: number): string => (value === Infinity ? '+Inf' : value === -Infinity ? '-Inf' : String(value))

function matrixRow(moments: readonly Micros[], { labels, values }: Answered): { metric: object; values: [number, string][] } {
  const pairs: [number, string][] = []
  for (const [at, value] of values.entries()) if (value !== undefined) pairs.push([(moments[at] ?? 0) / SECOND, numberText(value)])
  return { metric: labels, values: pairs }
}

/** @throws Fault invalid naming the parameter */
function timeOf(given: string, name: string): Micros {
  const seconds = Number(given)
  const found = given.trim() !== '' && Number.isFinite(seconds) ? Math.round(seconds * SECOND) : parseTimestamp(given)
  if (found === undefined || Math.abs(found) > 8.64e15)
    throw invalid(`${name} must be a time in seconds since 1970, or as 2026-01-31T12:00:00Z.`)
  return found
}

/** @throws Fault invalid naming the parameter */
function lengthOf(given: string, name: string): Micros {
  const seconds = Number(given)
  const found = /^(?:\d+(?:ms|[smhdwy]))+$/.test(given)
    ? durationOf(given)
    : given.trim() === ''
      ? Number.NaN
      : Math.round(seconds * SECOND)
  if (!(found > 0 && found < 3.2e17)) throw invalid(`${name} must be a length of time, as 15s or 5m, or seconds.`)
  return found
}

/** Those of the address, where the name may be repeated, or the one of a form. */
function matchesOf({
  incoming,
  parameters,
}: {
  incoming: ApiRequest['incoming']
  parameters: { readonly 'match[]': string | undefined }
}): (readonly Matcher[])[] {
  const named = new URLSearchParams(splitUrl(incoming).query).getAll('match[]')
  const all = named.length > 0 ? named : parameters['match[]'] === undefined ? [] : [parameters['match[]']]
  if (all.length > MAX_MATCHES) throw invalid(`There are more than ${MAX_MATCHES} selectors (match[]).`)
  return all.map(parseMatch)
}
