/** What an actor may do with a resource. Every verb checks it; transports don't. Source: protocol, section 3. */
import { actorIdentity, anonymous, type Actor } from './actor.ts'
import type { Context } from '../context.ts'
import { forbidden, invalid, notFound } from '../base/fault.ts'
import { parseJson } from '../base/json.ts'
import { transact } from '../database/transact.ts'
import { quote } from '../base/path.ts'
import {
  NONE,
  ONE_CONTROLLER,
  ONE_USER,
  ORGANIZATION_CONTROLLERS,
  ORGANIZATION_USERS,
  PERMISSION_LEVELS,
  PERMISSION_TYPES,
  PUBLIC,
  READ,
  WRITE,
  type PermissionRecord,
} from '../wire/permissions.ts'
import { CONTROLLER_FOLDER, ORGANIZATION_FOLDER } from '../wire/resource-types.ts'
import { pathOf, type Resource, type Tree } from './tree.ts'

/** Own records, plus those of the parent's effective list whose (type, principal) the own records don't name. */
export function effectivePermissions(resource: Resource): readonly PermissionRecord[] {
  const inherited = resource.parent ? effectivePermissions(resource.parent) : []
  const own = resource.permissions
  if (!own) return inherited
  return [
    ...own,
    ...inherited.filter(([type, principal]) => !own.some(([ownType, ownPrincipal]) => ownType === type && ownPrincipal === principal)),
  ]
}

/** Cache of levels for each actor and resource; emptied whenever the tree changes. */
export class PermissionCache {
  #version = -1
  readonly #levels = new Map<string, Map<number, number>>()
  /** The same levels by actor object: an open connection asks with the same one for each value. */
  #actors = new WeakMap<Actor, Map<number, number>>()

  level(tree: Tree, actor: Actor, resource: Resource): number {
    if (this.#version !== tree.version) {
      this.#levels.clear()
      this.#actors = new WeakMap()
      this.#version = tree.version
    }
    const levels = this.#actors.get(actor) ?? this.#levelsOf(actor)
    let level = levels.get(resource.id)
    // A caller may hold a resource from before a move; compute and cache the level at its current place.
    if (level === undefined) levels.set(resource.id, (level = computeLevel(tree, actor, tree.byId(resource.id) ?? resource)))
    return level
  }

  #levelsOf(actor: Actor): Map<number, number> {
    const identity = actorIdentity(actor)
    let levels = this.#levels.get(identity)
    if (!levels) {
      if (this.#levels.size >= 10_000) this.#levels.clear()
      this.#levels.set(identity, (levels = new Map<number, number>()))
    }
    this.#actors.set(actor, levels)
    return levels
  }
}

function computeLevel(tree: Tree, actor: Actor, resource: Resource): number {
  if (actor.kind === 'user') {
    if (actor.onlyOrganizationId !== undefined && actor.onlyOrganizationId !== resource.organizationId)
      return computeLevel(tree, anonymous, resource)
    if (actor.isSystemAdmin) return WRITE
  }
  let highest = NONE
  for (const [type, principal, level] of effectivePermissions(resource)) {
    if (level > highest && applies(tree, actor, type, principal)) highest = level
  }
  return highest
}

/** Whether a record's type and principal apply to the actor. */
export function applies(tree: Tree, actor: Actor, type: number, principal: number): boolean {
  switch (type) {
    case PUBLIC:
      return true
    case ORGANIZATION_USERS:
      return actor.kind === 'user' && tree.isMember(principal, actor.userId)
    case ORGANIZATION_CONTROLLERS:
      // Use the controller's current organization: an open connection keeps its actor while its controller moves to another one.
      return actor.kind === 'controller' && (tree.byId(actor.controllerId)?.organizationId ?? actor.organizationId) === principal
    case ONE_USER:
      return actor.kind === 'user' && actor.userId === principal
    case ONE_CONTROLLER:
      return actor.kind === 'controller' && actor.controllerId === principal
    default:
      return false
  }
}

export const canRead = (ctx: Context, actor: Actor, resource: Resource): boolean => ctx.permissions.level(ctx.tree, actor, resource) >= READ
export const canWrite = (ctx: Context, actor: Actor, resource: Resource): boolean =>
  ctx.permissions.level(ctx.tree, actor, resource) >= WRITE

/** @throws Fault forbidden */
export function requireRead(ctx: Context, actor: Actor, resource: Resource): void {
  if (!canRead(ctx, actor, resource)) throw forbidden(`You may not read ${pathOf(resource)}.${hint(actor)}`)
}

/** @throws Fault forbidden */
export function requireWrite(ctx: Context, actor: Actor, resource: Resource): void {
  if (!canWrite(ctx, actor, resource)) throw forbidden(`You may not change ${pathOf(resource)}.${hint(actor)}`)
}

const hint = (actor: Actor): string => (actor.kind === 'anonymous' ? ' Send a key, or sign in.' : '')

/**
 * Moving or deleting a folder takes everything in it along: a caller who may change the folder, but not all of its content, must not gain
 * access that way.
 * @throws Fault forbidden, without naming what is inside
 */
export function requireWriteBelow(ctx: Context, actor: Actor, resource: Resource): void {
  // Admins of the organization set the records, so these can't restrict them.
  if (isOrganizationAdmin(ctx, actor, resource.organizationId)) return
  const stack = [...resource.children.values()]
  for (let next = stack.pop(); next; next = stack.pop()) {
    if (!canWrite(ctx, actor, next))
      throw forbidden(`${pathOf(resource)} holds something that you may not change, so you can neither move nor delete it.${hint(actor)}`)
    stack.push(...next.children.values())
  }
}

/** @throws Fault not_found, or invalid for a malformed path */
export function requireResource(ctx: Context, path: string, field = 'path'): Resource {
  const resource = ctx.tree.find(path, field)
  if (!resource) throw notFound(`There is no resource ${quote(path)}.`)
  return resource
}

/** True for system admins and for admins of the organization that the resource belongs to. */
export function isOrganizationAdmin(ctx: Context, actor: Actor, organizationId: number): boolean {
  if (actor.kind !== 'user') return false
  if (actor.onlyOrganizationId !== undefined && actor.onlyOrganizationId !== organizationId) return false
  return actor.isSystemAdmin || ctx.tree.isAdmin(organizationId, actor.userId)
}

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
  if (!isOrganizationAdmin(ctx, actor, resource.organizationId))
    throw forbidden(`Only admins of its organization may set the permissions of ${pathOf(resource)}.${hint(actor)}`)
  await requirePrincipals(ctx, added)
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
    return next
  })
  ctx.tree.setPermissions(resource, records)
}

/** @throws Fault invalid when a principal does not exist */
async function requirePrincipals(ctx: Context, records: readonly PermissionRecord[]): Promise<void> {
  const userIds = records.filter(([type]) => type === ONE_USER).map(([, principal]) => principal)
  const users =
    userIds.length === 0 ? [] : await ctx.db.selectFrom('users').select('id').where('id', 'in', userIds).where('deleted', '=', 0).execute()
  for (const [type, principal] of records) {
    if (type === ONE_USER && !users.some(({ id }) => id === principal)) throw invalid(`permissions: there is no user ${principal}.`)
    if ((type === ORGANIZATION_USERS || type === ORGANIZATION_CONTROLLERS) && ctx.tree.byId(principal)?.type !== ORGANIZATION_FOLDER)
      throw invalid(`permissions: there is no organization ${principal}.`)
    if (type === ONE_CONTROLLER && ctx.tree.byId(principal)?.type !== CONTROLLER_FOLDER)
      throw invalid(`permissions: there is no controller ${principal}.`)
  }
}

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
