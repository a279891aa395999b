/** Writes rows of new resources, in the same way for all types. */
import type { Context } from '../context.ts'
import type { ResourceRow, Tx } from '../database/schema.ts'
import { isUniqueViolation } from '../database/errors.ts'
import { conflict } from '../base/fault.ts'
import { quote, requireName } from '../base/path.ts'
import { ORGANIZATION_FOLDER, SEQUENCE } from '../wire/resource-types.ts'
import { takeQuota } from './quotas.ts'
import { requireRootName } from './root-names.ts'
import type { Resource } from './tree.ts'
import type { PermissionRecord } from '../wire/permissions.ts'
import type { Micros } from '../base/time.ts'

export interface NewResource {
  /** undefined: at the root */
  parent: Pick<Resource, 'id' | 'organizationId'> | undefined
  name: string
  type: number
  systemAttributes?: Record<string, unknown>
  /** JSON text of an object, checked. */
  userAttributes?: string
  permissions?: readonly PermissionRecord[]
  creationTimestamp?: Micros
  modificationTimestamp?: Micros
}

/** @throws Fault invalid for a name that no new resource may have, and for a reserved one at the root */
export function newRow({ clock }: Pick<Context, 'clock'>, resource: NewResource): Omit<ResourceRow, 'id'> {
  requireName(resource.name)
  if (!resource.parent) requireRootName(resource.name, 'name')
  const now = clock.now()
  return {
    parent_id: resource.parent?.id ?? null,
    organization_id: resource.parent?.organizationId ?? null,
    name: resource.name,
    type: resource.type,
    permissions: resource.permissions ? JSON.stringify(resource.permissions) : null,
    system_attributes: JSON.stringify(resource.systemAttributes ?? {}),
    user_attributes: resource.userAttributes ?? '{}',
    creation_timestamp: resource.creationTimestamp ?? now,
    modification_timestamp: resource.modificationTimestamp ?? resource.creationTimestamp ?? now,
    last_revision_id: null,
    deleted: 0,
    deletion_timestamp: null,
  }
}

/** For an error of inserting a row: that its folder has a live resource of its name is a conflict. */
export const explainTaken = (error: unknown, name: string): unknown =>
  isUniqueViolation(error) ? conflict(`There is a resource named ${quote(name)} already.`) : error

/**
 * Inserts the row; the caller adds it to the tree after the transaction has committed.
 * @throws Fault conflict when the folder has a live resource of that name; too_large past a quota; invalid for a name that no new resource
 * may have, and for a reserved one at the root
 */
export async function insertResource(ctx: Context, tx: Tx, resource: NewResource): Promise<ResourceRow> {
  const values = newRow(ctx, resource)
  if (resource.type === SEQUENCE && resource.parent) await takeQuota(ctx, tx, resource.parent.organizationId, 'sequences', 1)
  let row: ResourceRow
  try {
    row = await tx.insertInto('resources').values(values).returningAll().executeTakeFirstOrThrow()
  } catch (error) {
    throw explainTaken(error, resource.name)
  }
  if (resource.type === ORGANIZATION_FOLDER) {
    // An organization belongs to itself.
    await tx.updateTable('resources').set({ organization_id: row.id }).where('id', '=', row.id).execute()
    row.organization_id = row.id
  }
  return row
}
