/** Routes for health, metrics and the description of the API itself. */
import { createHash } from 'node:crypto'
import type { Context } from '../../src/context.ts'
import { httpStatusOf, invalid, notFound } from '../../src/base/fault.ts'
import { confirmClock, describeClock } from '../../src/housekeeping/clock.ts'
import { dismissWrongClock, listWrongClocks, shiftWrongClock } from '../../src/housekeeping/wrong-clocks.ts'
import { examineHealth, type Health } from '../../src/housekeeping/health.ts'
import { formatTimestamp } from '../../src/base/time.ts'
import { requireResource } from '../../src/tree/finding.ts'
import { standingOf } from '../../src/standby/standing.ts'
import type { Metrics } from '../metrics.ts'
import { apiPageStyle, renderApiPage } from './api-page.ts'
import { describeApi } from './openapi.ts'
import { flag, text } from './parameters.ts'
import { requireMetricsAccess } from './metrics-access.ts'
import { idOf, route, type Route } from './route.ts'

/** @param others the routes that the description covers in addition to these */
export function createSystemRoutes(others: readonly Route[], metrics: Metrics): Route[] {
  const examine = shareExaminations(metrics)
  const own: Route[] = [
    route({
      method: 'GET',
      path: '/health',
      tag: 'System',
      summary:
        'Whether the server is alive, and ready: a write is durable and read back, the database and the storage folder are the ones it ' +
        'began with, and there is space. It answers within a second',
      parameters: { live: flag('Only whether the process answers; nothing is written.') },
      open: true,
      handle: async ({ ctx, parameters }) => {
        const facts = Object.fromEntries([...metrics.facts].map(([name, tell]) => [name, tell()]))
        if (parameters.live) return { status: 'ok', ...standingOf(ctx), ...facts }
        const health = await examine(ctx)
        // The state of a broker elsewhere must not cause a restart, so it is only reported.
        const parts = Object.fromEntries([...metrics.parts].map(([name, state]) => [name, state()]))
        const problems = Object.fromEntries(
          Object.entries(health.checks).flatMap(([name, { message }]) => (message ? [[name, message]] : [])),
        )
        const body = {
          status: health.status,
          ...(health.status === 'error' ? { message: Object.values(problems).join(' ') } : {}),
          ...(health.writeMs === undefined ? {} : { write_ms: Math.round(health.writeMs * 1000) / 1000 }),
          checks: Object.fromEntries(Object.entries(health.checks).map(([name, { state }]) => [name, state])),
          ...(Object.keys(problems).length > 0 ? { problems } : {}),
          ...parts,
          ...standingOf(ctx),
          ...facts,
        }
        return new Response(JSON.stringify(body), {
          status: health.status === 'error' ? httpStatusOf.busy : 200,
          headers: { 'content-type': 'application/json', 'x-content-type-options': 'nosniff' },
        })
      },
    }),
    route({
      method: 'GET',
      path: '/metrics',
      tag: 'System',
      summary: 'Metrics in Prometheus text; with METRICS_KEY in the settings for who sends that, or the key of a system admin',
      parameters: {},
      open: true,
      handle: async ({ ctx, incoming, address }) => {
        await requireMetricsAccess(ctx, incoming, address)
        return new Response(await metrics.registry.metrics(), {
          headers: { 'content-type': metrics.registry.contentType, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
        })
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/time',
      tag: 'System',
      summary: "The server's time",
      parameters: {},
      open: true,
      handle: async ({ ctx }) => ({ timestamp: formatTimestamp(ctx.clock.now()) }),
    }),
    route({
      method: 'GET',
      path: '/api/v1/clock',
      tag: 'System',
      summary: 'What the server thinks of its clock, and what waits because the clock leapt; for system admins',
      parameters: {},
      handle: async ({ ctx, actor }) => describeClock(ctx, actor),
    }),
    route({
      method: 'PUT',
      path: '/api/v1/clock',
      tag: 'System',
      summary: 'Says that the clock is right: what waits because the clock leapt is removed; for system admins',
      parameters: { confirm: flag('Must be set: by it you say that the clock is right.') },
      handle: async ({ ctx, actor, parameters }) => {
        if (!parameters.confirm) throw invalid('confirm is not set: with confirm=1 you say that the clock is right.')
        return confirmClock(ctx, actor)
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/clock/stretches',
      tag: 'System',
      summary: "When the server's clock was wrong, the newest first; for system admins",
      parameters: {},
      handle: async ({ ctx, actor }) => ({ status: 'ok', stretches: await listWrongClocks(ctx, actor) }),
    }),
    route({
      method: 'POST',
      path: '/api/v1/clock/stretches/:id',
      tag: 'System',
      summary: "Moves what was stamped while the server's clock was wrong by what it was off; for system admins",
      parameters: {
        path: text('Only the sequences below this absolute path.', { max: 2_000 }),
        dry_run: flag('Moves nothing, and says what a move would.'),
        dismiss: flag('Leaves the values as they are: the stretch is offered no more.'),
      },
      handle: async ({ ctx, actor, path, parameters: { path: place, dry_run: isTrial, dismiss } }) => {
        const id = idOf(path['id'])
        if (id === undefined) throw notFound('There is no such stretch.')
        if (dismiss) return dismissWrongClock(ctx, actor, id)
        return shiftWrongClock(ctx, actor, id, { isTrial, place: place === undefined ? undefined : requireResource(ctx, actor, place) })
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/openapi.json',
      tag: 'System',
      summary: 'This API as OpenAPI 3.1',
      parameters: {},
      open: true,
      handle: async ({ ctx }) => describeApi([...others, ...own], ctx.settings.SYSTEM_NAME),
    }),
    route({
      method: 'GET',
      path: '/api/v1/docs',
      tag: 'System',
      summary: 'This API as a page for people',
      parameters: {},
      open: true,
      handle: async ({ ctx }) => {
        const page = await renderApiPage([...others, ...own], ctx.settings.SYSTEM_NAME)
        const style = createHash('sha256').update(apiPageStyle).digest('base64')
        return new Response(page.toString(), {
          headers: {
            'content-type': 'text/html; charset=utf-8',
            'content-security-policy': `default-src 'none'; style-src 'sha256-${style}'; frame-ancestors 'none'; base-uri 'none'`,
            'x-content-type-options': 'nosniff',
            'referrer-policy': 'no-referrer',
          },
        })
      },
    }),
  ]
  return own
}

/** How long an examination answers later requests, in milliseconds. */
const EXAMINATION_AGE = 1_000

/** Anyone may ask for readiness, so frequent requests must not wear out the disk. */
function shareExaminations(metrics: Metrics): (ctx: Context) => Promise<Health> {
  let last: { start: number; done: Promise<Health>; isUnderWay: boolean } | undefined
  return (ctx) => {
    if (last && (last.isUnderWay || performance.now() - last.start < EXAMINATION_AGE)) return last.done
    const examination = { start: performance.now(), done: examineHealth(ctx, Object.fromEntries(metrics.checks)), isUnderWay: true }
    last = examination
    void examination.done.then(({ status }) => {
      examination.isUnderWay = false
      // What was wrong may be well at the next request.
      if (status === 'error' && last === examination) last = undefined
    })
    return examination.done
  }
}
