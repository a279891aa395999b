/** Changes who may read and change a resource. Source: protocol, section 3. */
import { isPerson, isSystemAdmin, type Actor } from './actor.ts'
import { recordAudit } from '../audit/record.ts'
import type { Context } from '../context.ts'
import { forbidden, invalid, notFound } from '../base/fault.ts'
import { parseJson } from '../base/json.ts'
import { transact } from '../database/transact.ts'
import { quote } from '../base/path.ts'
import { findById } from './finding.ts'
import { isOrganizationAdmin, requireRead, unknownToAnybody } from './permissions.ts'
import {
  ONE_CONTROLLER,
  ONE_USER,
  ORGANIZATION_CONTROLLERS,
  ORGANIZATION_USERS,
  PERMISSION_LEVELS,
  PERMISSION_TYPES,
  PUBLIC,
  type PermissionRecord,
} from '../wire/permissions.ts'
import { CONTROLLER_FOLDER, ORGANIZATION_FOLDER } from '../wire/resource-types.ts'
import { pathOf, type Resource } from './tree.ts'

/**
 * Replaces a resource's own permission records; for admins of its organization and system admins. Takes effect at once, also for everything
 * below.
 * @param records as {@link parsePermissionRecords} returns them; null: only inherited ones
 * @throws Fault forbidden; invalid when a principal does not exist; not_found when the resource was deleted in the meantime
 */
export async function setPermissions(
  ctx: Context,
  actor: Actor,
  resource: Resource,
  records: readonly PermissionRecord[] | null,
): Promise<void> {
  await changePermissions(ctx, actor, resource, records ?? [], () => records)
}

/**
 * Changes one record of a resource and keeps the others, even if they are being changed at the same moment.
 * @param level undefined: removes the record, so that inherited ones apply
 * @throws Fault forbidden, not_found, invalid
 */
export async function changeAccess(
  ctx: Context,
  actor: Actor,
  resource: Resource,
  [type, principal]: readonly [type: number, principal: number],
  level: number | undefined,
): Promise<void> {
  const changed = parsePermissionRecords(level === undefined ? [] : [[type, principal, level]]) ?? []
  await changePermissions(ctx, actor, resource, changed, (own) => {
    const others = own.filter(([ownType, ownPrincipal]) => ownType !== type || ownPrincipal !== principal)
    const all = parsePermissionRecords([...others, ...changed]) ?? []
    return all.length === 0 ? null : all
  })
}

/** @param added what `change` may add to a resource's own records */
async function changePermissions(
  ctx: Context,
  actor: Actor,
  resource: Resource,
  added: readonly PermissionRecord[],
  change: (own: readonly PermissionRecord[]) => readonly PermissionRecord[] | null,
): Promise<void> {
  if (!isOrganizationAdmin(ctx, actor, resource.organizationId)) {
    if (actor.kind === 'anonymous') throw unknownToAnybody()
    requireRead(ctx, actor, resource)
    throw forbidden(`Only admins of its organization may set the permissions of ${pathOf(resource)}.`)
  }
  await requirePrincipals(ctx, actor, resource, added)
  const records = await transact(ctx, async (tx) => {
    const row = await tx
      .selectFrom('resources')
      .select('permissions')
      .where('id', '=', resource.id)
      .where('deleted', '=', 0)
      .executeTakeFirst()
    if (!row) throw notFound('The resource was deleted in the meantime.')
    const next = change(row.permissions === null ? [] : (parseJson(row.permissions, 'permissions') as PermissionRecord[]))
    await tx
      .updateTable('resources')
      .set({ permissions: next && JSON.stringify(next) })
      .where('id', '=', resource.id)
      .execute()
    await recordAudit(ctx, tx, actor, {
      kind: 'permission.set',
      organizationId: resource.organizationId,
      subject: { kind: 'resource', id: resource.id, name: pathOf(resource) },
      details: { before: row.permissions, after: next && JSON.stringify(next) },
    })
    return next
  })
  ctx.tree.setPermissions(resource, records)
}

/**
 * Principals are named by number: one that the actor may not know of does not exist, lest numbers be counted through. Those that the
 * resource names already may stay.
 * @throws Fault invalid
 */
async function requirePrincipals(ctx: Context, actor: Actor, resource: Resource, added: readonly PermissionRecord[]): Promise<void> {
  const own = resource.permissions ?? []
  const records = added.filter(([type, principal]) => !own.some((record) => record[0] === type && record[1] === principal))
  const userIds = records
    .filter(([type, principal]) => type === ONE_USER && mayName(ctx, actor, resource, principal))
    .map(([, principal]) => principal)
  const users =
    userIds.length === 0 ? [] : await ctx.db.selectFrom('users').select('id').where('id', 'in', userIds).where('deleted', '=', 0).execute()
  for (const [type, principal] of records) {
    if (type === ONE_USER && !users.some(({ id }) => id === principal)) throw invalid(`permissions: there is no user ${principal}.`)
    if ((type === ORGANIZATION_USERS || type === ORGANIZATION_CONTROLLERS) && !isKnownOrganization(ctx, actor, principal))
      throw invalid(`permissions: there is no organization ${principal}.`)
    if (type === ONE_CONTROLLER && findById(ctx, actor, principal)?.type !== CONTROLLER_FOLDER)
      throw invalid(`permissions: there is no controller ${principal}.`)
  }
}

/** Themself, members of the resource's organization, and those of others that the actor administers. */
const mayName = (ctx: Context, actor: Actor, resource: Resource, userId: number): boolean =>
  isSystemAdmin(actor) ||
  isPerson(actor, userId) ||
  ctx.tree.isMember(resource.organizationId, userId) ||
  ctx.tree.organizationsOf(userId).some((id) => isOrganizationAdmin(ctx, actor, id))

/** Those that the actor belongs to or may read. */
const isKnownOrganization = (ctx: Context, actor: Actor, id: number): boolean =>
  ctx.tree.byId(id)?.type === ORGANIZATION_FOLDER &&
  (findById(ctx, actor, id) !== undefined ||
    (actor.kind === 'user' && isPerson(actor, actor.userId) && ctx.tree.isMember(id, actor.userId)))

const LEVELS = new Set<number>(PERMISSION_LEVELS)
const TYPES = new Set<number>(PERMISSION_TYPES)
const MAX_RECORDS = 1_000

/**
 * Parses permission records of a client: null, or a list of [type, principal id, level]. The principal of "public" is 0.
 * @throws Fault invalid
 */
export function parsePermissionRecords(value: unknown): PermissionRecord[] | null {
  if (value === null) return null
  const form = 'permissions must be null or a list of [type, principal id, level], such as [[110, 5, 20]]'
  if (!Array.isArray(value)) throw invalid(`${form}.`)
  if (value.length > MAX_RECORDS) throw invalid(`permissions has more than ${MAX_RECORDS} records.`)
  const records = value.map((record: unknown): PermissionRecord => {
    if (!Array.isArray(record) || record.length !== 3) throw invalid(`${form}; found ${quote(JSON.stringify(record))}.`)
    const [type, principal, level] = record as unknown[]
    if (typeof type !== 'number' || !TYPES.has(type))
      throw invalid(
        `permissions: unknown type ${quote(JSON.stringify(type))}; types are 100 public, 110 users of an organization, 120 ` +
          'controllers of an organization, 130 one user, 140 one controller.',
      )
    if (typeof level !== 'number' || !LEVELS.has(level))
      throw invalid(`permissions: unknown level ${quote(JSON.stringify(level))}; levels are 0 none, 10 read, 20 write.`)
    if (type === PUBLIC) return [type, 0, level]
    if (typeof principal !== 'number' || !Number.isInteger(principal) || principal < 1)
      throw invalid(`permissions: the principal of type ${type} must be an id, found ${quote(JSON.stringify(principal))}.`)
    return [type, principal, level]
  })
  const seen = new Set(records.map(([type, principal]) => `${type} ${principal}`))
  if (seen.size !== records.length) throw invalid('permissions names the same type and principal twice.')
  return records
}
