/** The whole plan of an import: each row of the original that comes along, as it is to be here. */
import type { Insertable } from 'kysely'
import type {
  AccountRequestTable,
  ControllerStatusTable,
  KeyTable,
  OrganizationUserTable,
  OutgoingMessageTable,
  ResourceViewTable,
  ThumbnailTable,
} from '../database/schema.ts'
import type { Findings } from './findings.ts'
import { planKeys, planMembers, planRequests, planUsers, type PlannedUser } from './plan-people.ts'
import { planMessages, planStatuses, planThumbnails, planViews } from './plan-records.ts'
import { planResources, type PlanOptions, type ResourcePlan } from './plan-resources.ts'
import type { ServerDatabase, TableName } from './source.ts'
import { TableReader } from './table-reader.ts'

export interface Plan extends ResourcePlan {
  readonly users: readonly PlannedUser[]
  readonly keys: readonly Insertable<KeyTable>[]
  readonly members: readonly Insertable<OrganizationUserTable>[]
  readonly views: readonly Insertable<ResourceViewTable>[]
  readonly statuses: readonly Insertable<ControllerStatusTable>[]
  readonly requests: readonly Insertable<AccountRequestTable>[]
  readonly messages: readonly Insertable<OutgoingMessageTable>[]
  readonly thumbnails: readonly Insertable<ThumbnailTable>[]
  /** Rows of each table in the source, but for resources. */
  readonly rows: ReadonlyMap<TableName, number>
}

export async function planAll(source: ServerDatabase, findings: Findings, options: PlanOptions): Promise<Plan> {
  const resources = await planResources(source, findings, options)
  const tables = new TableReader(source, resources, findings, options.now)
  return {
    ...resources,
    users: await planUsers(tables),
    keys: await planKeys(tables),
    members: await planMembers(tables),
    views: await planViews(tables),
    statuses: await planStatuses(tables),
    requests: await planRequests(tables),
    messages: await planMessages(tables),
    thumbnails: await planThumbnails(tables),
    rows: tables.there,
  }
}
