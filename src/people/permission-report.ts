/** Permissions as people read them: who may do what with a resource, where that is set, and what it means for one user or controller. */
import { anonymous, isPerson, type Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { forbidden, invalid } from '../base/fault.ts'
import { findOrganizationName } from '../resources/organizations.ts'
import { applies, canRead, isOrganizationAdmin, requireNoLink, requireRead } from '../tree/permissions.ts'
import { ONE_CONTROLLER, ONE_USER, ORGANIZATION_USERS, PUBLIC, type PermissionRecord } from '../wire/permissions.ts'
import { pathOf, type Resource } from '../tree/tree.ts'
import { SYSTEM_ADMIN } from '../wire/user-roles.ts'

/** Who a record is for. */
export interface Party {
  readonly type: number
  readonly principal: number
  /** `everyone`, `members of The Lab`, `Ada (ada@example.com)`, `the controller /lab/fridge` */
  readonly name: string
}

export interface AccessRecord {
  readonly party: Party
  readonly level: number
  /** Where it is set: the resource itself, or a folder above it. */
  readonly from: Resource
}

/**
 * The records that apply to a resource, its own first; for callers who may read it, and for admins of its organization, who alone see the
 * names of users.
 * @throws Fault forbidden
 */
export async function readAccess(ctx: Context, actor: Actor, resource: Resource): Promise<AccessRecord[]> {
  requireNoLink(actor, 'permissions')
  if (!isOrganizationAdmin(ctx, actor, resource.organizationId)) requireRead(ctx, actor, resource)
  return describe(ctx, actor, resource, placedRecords(resource))
}

/** Like `effectivePermissions`, with the place of each record. */
function placedRecords(resource: Resource): (readonly [PermissionRecord, Resource])[] {
  const found: (readonly [PermissionRecord, Resource])[] = []
  for (let at: Resource | undefined = resource; at; at = at.parent) {
    for (const record of at.permissions ?? [])
      if (!found.some(([[type, principal]]) => type === record[0] && principal === record[1])) found.push([record, at])
  }
  return found
}

async function describe(
  ctx: Context,
  actor: Actor,
  resource: Resource,
  records: readonly (readonly [PermissionRecord, Resource])[],
): Promise<AccessRecord[]> {
  return Promise.all(
    records.map(async ([[type, principal, level], from]) => ({
      party: { type, principal, name: await nameParty(ctx, actor, resource, type, principal) },
      level,
      from,
    })),
  )
}

async function nameParty(ctx: Context, actor: Actor, resource: Resource, type: number, principal: number): Promise<string> {
  if (type === PUBLIC) return 'everyone'
  if (type === ONE_USER) return nameUser(ctx, actor, resource, principal)
  const named = ctx.tree.byId(principal)
  if (type === ONE_CONTROLLER)
    return named && canRead(ctx, actor, named) ? `the controller ${pathOf(named)}` : `a controller (${principal})`
  const organization = named ? await findOrganizationName(ctx, named) : `an organization that is gone (${principal})`
  return `${type === ORGANIZATION_USERS ? 'members' : 'controllers'} of ${organization}`
}

async function nameUser(ctx: Context, actor: Actor, resource: Resource, userId: number): Promise<string> {
  if (!isOrganizationAdmin(ctx, actor, resource.organizationId) && !isPerson(actor, userId)) return `one user (${userId})`
  const row = await ctx.db.selectFrom('users').select(['full_name', 'email_address', 'deleted']).where('id', '=', userId).executeTakeFirst()
  if (!row) return `a user who is gone (${userId})`
  const name = row.full_name === '' ? row.email_address : `${row.full_name} (${row.email_address})`
  return row.deleted === 1 ? `${name}, whose account was deleted` : name
}

/** The person or controller whose access is asked about. */
export type Subject = { readonly kind: 'anonymous' } | { readonly kind: 'user' | 'controller'; readonly id: number }

export interface Explanation {
  /** Type of the {@link Party} that they are. */
  readonly type: number
  readonly name: string
  readonly level: number
  readonly isSystemAdmin: boolean
  /** The records that apply to them; the highest level counts. */
  readonly reasons: readonly AccessRecord[]
}

/**
 * What a resource's permissions mean for a subject; for admins of its organization, and for everyone about themselves.
 * @throws Fault forbidden; invalid for a user or controller outside of the organization that no record names
 */
export async function explainAccess(ctx: Context, actor: Actor, resource: Resource, subject: Subject): Promise<Explanation> {
  const isAdmin = isOrganizationAdmin(ctx, actor, resource.organizationId)
  const isSelf = subject.kind === 'user' && isPerson(actor, subject.id)
  if (!isAdmin && !isSelf) throw forbidden('Only admins of the organization may ask what others may do.')
  if (!isAdmin) requireRead(ctx, actor, resource)
  const records = placedRecords(resource)
  const who = await requireSubject(ctx, resource, records, subject, isSelf)
  const reasons = records.filter(([[type, principal]]) => applies(ctx.tree, who, type, principal))
  return {
    type: subject.kind === 'anonymous' ? PUBLIC : subject.kind === 'user' ? ONE_USER : ONE_CONTROLLER,
    name: await nameSubject(ctx, actor, resource, subject),
    level: ctx.permissions.level(ctx.tree, who, resource),
    isSystemAdmin: who.kind === 'user' && who.isSystemAdmin,
    reasons: await describe(ctx, actor, resource, reasons),
  }
}

const nameSubject = async (ctx: Context, actor: Actor, resource: Resource, subject: Subject): Promise<string> =>
  subject.kind === 'anonymous'
    ? 'somebody who is not signed in'
    : nameParty(ctx, actor, resource, subject.kind === 'user' ? ONE_USER : ONE_CONTROLLER, subject.id)

/** Outsiders get the same answer whether they exist or not. */
async function requireSubject(
  ctx: Context,
  resource: Resource,
  records: readonly (readonly [PermissionRecord, Resource])[],
  subject: Subject,
  isSelf: boolean,
): Promise<Actor> {
  if (subject.kind === 'anonymous') return anonymous
  const { id } = subject
  const isNamed = (wanted: number): boolean => records.some(([[type, principal]]) => type === wanted && principal === id)
  if (subject.kind === 'controller') {
    const controller = ctx.tree.byId(id)
    if (!controller || (controller.organizationId !== resource.organizationId && !isNamed(ONE_CONTROLLER)))
      throw invalid(`controller: there is no controller ${id} in this organization.`)
    return { kind: 'controller', controllerId: id, organizationId: controller.organizationId, keyId: 0 }
  }
  const row = await ctx.db.selectFrom('users').select('role').where('id', '=', id).where('deleted', '=', 0).executeTakeFirst()
  if (!row || (!isSelf && !ctx.tree.isMember(resource.organizationId, id) && !isNamed(ONE_USER)))
    throw invalid(`user: there is no user ${id} in this organization.`)
  return { kind: 'user', userId: id, isSystemAdmin: row.role === SYSTEM_ADMIN }
}
