/** Health, metrics and the description of the API itself. */
import type { Metrics } from '../metrics.ts'
import type { Route } from './route.ts'
import { route } from './route.ts'

export function createSystemRoutes(_routes: readonly Route[], metrics: Metrics): Route[] {
  return [
    route({
      method: 'GET',
      path: '/metrics',
      tag: 'System',
      summary: 'Metrics in Prometheus text',
      parameters: {},
      open: true,
      handle: async () => new Response(await metrics.registry.metrics(), { headers: { 'content-type': metrics.registry.contentType } }),
    }),
  ]
}
