/** All routes of the API; each noun has a file of its own. */
import type { Metrics } from '../metrics.ts'
import { createAlarmRoutes } from './alarm-routes.ts'
import { createAlertRoutes } from './alert-routes.ts'
import { createAuditRoutes } from './audit-routes.ts'
import { createCorrectionRoutes } from './correction-routes.ts'
import { createControllerRoutes } from './controller-routes.ts'
import { createDatasetRoutes } from './dataset-routes.ts'
import { createExportRoutes } from './export-routes.ts'
import { createExtensionRoutes } from './extension-routes.ts'
import { createIngestRoutes } from './ingest-routes.ts'
import { createInfluxRoutes } from './influx-routes.ts'
import { createImportRoutes } from './import-routes.ts'
import { createInvitationRoutes } from './invitation-routes.ts'
import { createKeyRoutes } from './key-routes.ts'
import { createLinkRoutes } from './link-routes.ts'
import { createMessageRoutes } from './message-routes.ts'
import { createNoteRoutes } from './note-routes.ts'
import { createNotificationRoutes } from './notification-routes.ts'
import { createOrganizationRoutes } from './organization-routes.ts'
import { createPasswordRoutes } from './password-routes.ts'
import { createPinRoutes } from './pin-routes.ts'
import { createPushRoutes } from './push-routes.ts'
import { createPrometheusRoutes } from './prometheus-routes.ts'
import { createResourceRoutes } from './resource-routes.ts'
import type { Route } from './route.ts'
import { createStandbyRoutes } from './standby-routes.ts'
import { createSearchRoutes } from './search-routes.ts'
import { createSecondFactorRoutes } from './second-factor-routes.ts'
import { createSequenceRoutes } from './sequence-routes.ts'
import { createSessionRoutes } from './session-routes.ts'
import { createSystemRoutes } from './system-routes.ts'
import { createUserRoutes } from './user-routes.ts'

export function createRoutes(metrics: Metrics): Route[] {
  const routes: Route[] = [
    ...createResourceRoutes(),
    ...createSearchRoutes(),
    ...createSequenceRoutes(),
    ...createExportRoutes(),
    ...createCorrectionRoutes(),
    ...createDatasetRoutes(),
    ...createInfluxRoutes(),
    ...createPrometheusRoutes(),
    ...createIngestRoutes(),
    ...createImportRoutes(),
    ...createUserRoutes(),
    ...createOrganizationRoutes(),
    ...createInvitationRoutes(),
    ...createPasswordRoutes(),
    ...createSessionRoutes(),
    ...createSecondFactorRoutes(),
    ...createControllerRoutes(),
    ...createAlertRoutes(),
    ...createAlarmRoutes(),
    ...createNoteRoutes(),
    ...createKeyRoutes(),
    ...createLinkRoutes(),
    ...createPinRoutes(),
    ...createMessageRoutes(),
    ...createNotificationRoutes(),
    ...createPushRoutes(),
    ...createStandbyRoutes(),
    ...createAuditRoutes(),
    ...createExtensionRoutes(),
  ]
  return [...routes, ...createSystemRoutes(routes, metrics)]
}
