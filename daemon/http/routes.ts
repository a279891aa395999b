/** All routes of the API, each noun's from its own file. */
import type { Metrics } from '../metrics.ts'
import type { Route } from './route.ts'
import { createSequenceRoutes } from './sequence-routes.ts'
import { createSystemRoutes } from './system-routes.ts'

export function createRoutes(metrics: Metrics): Route[] {
  const routes: Route[] = [...createSequenceRoutes()]
  return [...routes, ...createSystemRoutes(routes, metrics)]
}
