/** Organizations: top folders with members and admins. Source: protocol, sections 3 and 5. */
import type { Context } from './context.ts'
import type { ResourceRow, Tx } from './database/schema.ts'
import { invalid } from './fault.ts'
import { requireName } from './path.ts'
import { ORGANIZATION_CONTROLLERS, ORGANIZATION_USERS, WRITE } from './permissions.ts'
import { insertResource } from './resource-records.ts'
import { ORGANIZATION_FOLDER } from './resource-types.ts'
import type { PermissionRecord } from './tree.ts'

/**
 * Writes an organization's folder, in which its users and controllers may write, without asking who may.
 * The caller adds the row to the tree once the transaction has committed.
 * @throws Fault invalid for a malformed name; conflict when it is taken
 */
export async function insertOrganization(ctx: Context, tx: Tx, { fullName, folderName }: { fullName: string; folderName: string }): Promise<ResourceRow> {
  requireName(folderName, 'folder_name')
  if (fullName === '' || fullName.length > 200) throw invalid('full_name must have 1 to 200 characters.')
  const row = await insertResource(ctx, tx, { parent: undefined, name: folderName, type: ORGANIZATION_FOLDER, systemAttributes: { full_name: fullName, timezone: 'UTC' } })
  const permissions: PermissionRecord[] = [
    [ORGANIZATION_USERS, row.id, WRITE],
    [ORGANIZATION_CONTROLLERS, row.id, WRITE],
  ]
  row.permissions = JSON.stringify(permissions)
  await tx.updateTable('resources').set({ permissions: row.permissions }).where('id', '=', row.id).execute()
  return row
}

/** Makes a user a member, or changes whether they are an admin, without asking who may. */
export async function insertMember(tx: Tx, member: { organizationId: number; userId: number; isAdmin: boolean }): Promise<void> {
  const isAdmin = member.isAdmin ? 1 : 0
  await tx
    .insertInto('organization_users')
    .values({ organization_id: member.organizationId, user_id: member.userId, is_admin: isAdmin })
    .onConflict((conflict) => conflict.columns(['organization_id', 'user_id']).doUpdateSet({ is_admin: isAdmin }))
    .execute()
}
