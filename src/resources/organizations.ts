/** Organizations: folders at the root, with members and admins. Source: protocol, sections 3 and 5. */
import { isSystemAdmin, requireSystemAdmin, type Actor } from '../tree/actor.ts'
import { recordAudit, type AuditEntry } from '../audit/record.ts'
import type { Context } from '../context.ts'
import type { ResourceRow, Tx } from '../database/schema.ts'
import { transact } from '../database/transact.ts'
import { conflict, forbidden, invalid, notFound } from '../base/fault.ts'
import { parseJson } from '../base/json.ts'
import { checkTimezone } from '../attributes/timezone.ts'
import { requireName, requireSeen } from '../base/path.ts'
import { isOrganizationAdmin } from '../tree/permissions.ts'
import { ORGANIZATION_CONTROLLERS, ORGANIZATION_USERS, WRITE, type PermissionRecord } from '../wire/permissions.ts'
import { requireRecentProof } from '../tree/recent-proof.ts'
import type { Attributes } from '../attributes/resource-attributes.ts'
import { describeAll } from './info.ts'
import { insertResource } from '../tree/resource-records.ts'
import { ORGANIZATION_FOLDER } from '../wire/resource-types.ts'
import { requireRootName } from '../tree/root-names.ts'
import { pathOf, type Resource } from '../tree/tree.ts'
import type { OrganizationInfo } from '../wire/answers.ts'

/** What the organization's admins see of a member. */
export interface MemberInfo {
  organization_id: number
  user_id: number
  is_admin: boolean
  user_name: string | null
  email_address: string
  full_name: string
  role: number
}

interface NewOrganization {
  readonly fullName: string
  readonly folderName: string
  /** Checked by insertOrganization; missing or '': none. */
  readonly timezone?: unknown
}

/**
 * Writes an organization's folder, to which its users and controllers may write, without checking permissions. The caller adds the row to
 * the tree after the transaction has committed.
 * @throws Fault invalid for a malformed or reserved name, or an unknown time zone; conflict when the name is taken
 */
export async function insertOrganization(ctx: Context, tx: Tx, { fullName, folderName, timezone }: NewOrganization): Promise<ResourceRow> {
  requireRootName(requireName(folderName, 'folder_name'), 'folder_name')
  requireOrganizationName(fullName, 'full_name')
  const zone = checkTimezone(timezone ?? null)
  const systemAttributes = { full_name: fullName, ...(zone === null ? {} : { timezone: zone }) }
  const row = await insertResource(ctx, tx, { parent: undefined, name: folderName, type: ORGANIZATION_FOLDER, systemAttributes })
  const permissions: PermissionRecord[] = [
    [ORGANIZATION_USERS, row.id, WRITE],
    [ORGANIZATION_CONTROLLERS, row.id, WRITE],
  ]
  row.permissions = JSON.stringify(permissions)
  await tx.updateTable('resources').set({ permissions: row.permissions }).where('id', '=', row.id).execute()
  return row
}

/** @throws Fault invalid */
export function requireOrganizationName(name: string, field: string): string {
  if (name === '' || name.length > 200) throw invalid(`${field} must have 1 to 200 characters.`)
  requireSeen(name, field)
  return name
}

/**
 * Checks attributes of an organization. Only its admins may set its full name, which appears in invitations, and its time zone, which all
 * its pages use.
 * @throws Fault forbidden, invalid
 */
export async function checkOrganizationChanges(ctx: Context, actor: Actor, organization: Resource, given: Attributes): Promise<Attributes> {
  const { full_name: fullName, timezone, second_factor: factor, secret_links: links } = given
  if ('quota' in given) throw invalid('quota is set by admins of the server, with PUT /organizations/N/quota.')
  if (fullName === undefined && timezone === undefined && factor === undefined && links === undefined) return given
  requireAdministered(ctx, actor, organization.id)
  if (fullName !== undefined) {
    if (typeof fullName !== 'string') throw invalid('full_name must be a text.')
    requireOrganizationName(fullName, 'full_name')
  }
  if (factor !== undefined && factor !== null && factor !== 'required') throw invalid('second_factor must be "required", or null for none.')
  // Whoever finds a browser signed in must not let those in who have a password alone.
  if (organization.requiresFactor && factor === null) await requireRecentProof(ctx, actor)
  if (links !== undefined && links !== null && links !== 'off') throw invalid('secret_links must be "off", or null: they may be made.')
  return timezone === undefined ? given : { ...given, timezone: checkTimezone(timezone) }
}

/** Makes a user a member, or changes whether they are an admin, without checking permissions. */
export async function insertMember(tx: Tx, member: { organizationId: number; userId: number; isAdmin: boolean }): Promise<void> {
  const isAdmin = member.isAdmin ? 1 : 0
  await tx
    .insertInto('organization_users')
    .values({ organization_id: member.organizationId, user_id: member.userId, is_admin: isAdmin })
    .onConflict((conflict) => conflict.columns(['organization_id', 'user_id']).doUpdateSet({ is_admin: isAdmin }))
    .execute()
}

/** All organizations of the server. @throws Fault forbidden for all but system admins */
export async function listAllOrganizations(ctx: Context, actor: Actor): Promise<OrganizationInfo[]> {
  requireSystemAdmin(actor, 'see all organizations')
  return listOrganizations(ctx, actor)
}

/** The organizations that a user belongs to; for system admins, all. @throws Fault forbidden for actors that are not users */
export async function listOrganizations(ctx: Context, actor: Actor): Promise<OrganizationInfo[]> {
  const resources = organizationsOf(ctx, actor)
  if (resources.length === 0) return []
  const ids = resources.map(({ id }) => id)
  const rows = await ctx.db.selectFrom('resources').select(['id', 'system_attributes']).where('id', 'in', ids).execute()
  const fullNames = new Map(rows.map((row) => [row.id, fullNameOf(row.system_attributes)]))
  return resources.map((resource) => ({
    id: resource.id,
    name: resource.name,
    type: resource.type,
    path: pathOf(resource),
    folder_name: resource.name,
    full_name: fullNames.get(resource.id) ?? '',
    timezone: resource.timezone ?? '',
    is_admin: actor.kind === 'user' && ctx.tree.isAdmin(resource.id, actor.userId),
  }))
}

/** As {@link listOrganizations}; for system admins with all metadata of the folders, as rhizo-server told them. @throws Fault as there */
export async function describeOrganizations(ctx: Context, actor: Actor): Promise<(OrganizationInfo & { [field: string]: unknown })[]> {
  const organizations = await listOrganizations(ctx, actor)
  if (!isSystemAdmin(actor)) return organizations.map((one) => ({ ...one }))
  const infos = await describeAll(ctx, organizationsOf(ctx, actor))
  const byId = new Map(infos.map((info) => [info.id, info]))
  return organizations.map((one) => ({ ...byId.get(one.id), ...one }))
}

function organizationsOf(ctx: Context, actor: Actor): Resource[] {
  if (actor.kind !== 'user') throw forbidden('Sign in, or send the key of a user, to list organizations.')
  if (actor.isSystemAdmin) return [...ctx.tree.roots].filter(({ type }) => type === ORGANIZATION_FOLDER).sort((a, b) => a.id - b.id)
  return membershipsOf(ctx, actor.userId, actor.onlyOrganizationId)
}

/** The live organizations that a user belongs to, sorted by id. @param only the one to which the user's key is confined */
export function membershipsOf(ctx: Pick<Context, 'tree'>, userId: number, only?: number): Resource[] {
  return ctx.tree
    .organizationsOf(userId)
    .filter((id) => only === undefined || only === id)
    .sort((a, b) => a - b)
    .flatMap((id) => ctx.tree.byId(id) ?? [])
}

/** The full name of an organization, or its folder's name if it has none. */
export async function findOrganizationName({ db }: Pick<Context, 'db'>, organization: Resource): Promise<string> {
  const row = await db.selectFrom('resources').select('system_attributes').where('id', '=', organization.id).executeTakeFirst()
  return (row && fullNameOf(row.system_attributes)) || organization.name
}

function fullNameOf(systemAttributes: string): string {
  const { full_name: fullName } = parseJson(systemAttributes, 'system_attributes') as { full_name?: unknown }
  return typeof fullName === 'string' ? fullName : ''
}

/** Creates an organization; for system admins. @throws Fault forbidden, invalid; conflict when the folder's name is taken */
export async function createOrganization(ctx: Context, actor: Actor, organization: NewOrganization): Promise<number> {
  requireSystemAdmin(actor, 'create organizations')
  const row = await transact(ctx, async (tx) => {
    const made = await insertOrganization(ctx, tx, organization)
    await recordAudit(ctx, tx, actor, organizationMade(made))
    return made
  })
  ctx.tree.add(row)
  return row.id
}

/** For the audit trail. */
export const organizationMade = ({ id, name }: ResourceRow): AuditEntry => ({
  kind: 'organization.made',
  organizationId: id,
  subject: { kind: 'organization', id, name: `/${name}` },
})

const recordMember = (
  ctx: Context,
  tx: Tx,
  actor: Actor,
  [kind, organizationId, userId, isAdmin]: [AuditEntry['kind'], number, number, boolean?],
): Promise<void> =>
  recordAudit(ctx, tx, actor, { kind, organizationId, subject: { kind: 'user', id: userId }, details: { is_admin: isAdmin } })

/** Members of an organization, for its admins. @throws Fault forbidden, not_found */
export async function listMembers(ctx: Context, actor: Actor, organizationId: number): Promise<MemberInfo[]> {
  requireAdministered(ctx, actor, organizationId)
  const rows = await selectMembers(ctx, organizationId).execute()
  return rows.map(describeMember)
}

/** @throws Fault forbidden; not_found when the user is not a member */
export async function getMember(ctx: Context, actor: Actor, organizationId: number, userId: number): Promise<MemberInfo> {
  requireAdministered(ctx, actor, organizationId)
  const row = await selectMembers(ctx, organizationId).where('users.id', '=', userId).executeTakeFirst()
  if (!row) throw noMember(organizationId, userId)
  return describeMember(row)
}

/**
 * Makes a user a member without asking them; for system admins, who know all users. Admins of an organization invite people.
 * @throws Fault forbidden, for an admin also without a recent proof; not_found; invalid if there is no such user; conflict if they are a
 * member already
 */
export async function addMember(ctx: Context, actor: Actor, organizationId: number, userId: number, isAdmin: boolean): Promise<void> {
  requireAdministered(ctx, actor, organizationId)
  if (!isSystemAdmin(actor))
    throw forbidden('user_id: only system admins add users without asking them. Invite people by their e-mail address: email_address.')
  if (isAdmin) await requireRecentProof(ctx, actor)
  await transact(ctx, async (tx) => {
    const user = await tx.selectFrom('users').select('id').where('id', '=', userId).where('deleted', '=', 0).executeTakeFirst()
    if (!user) throw invalid(`user_id: there is no user ${userId}.`)
    if (await isMemberRow(tx, organizationId, userId))
      throw conflict(`User ${userId} is a member of organization ${organizationId} already.`)
    await insertMember(tx, { organizationId, userId, isAdmin })
    await recordMember(ctx, tx, actor, ['member.added', organizationId, userId, isAdmin])
  })
  ctx.tree.setMember(organizationId, userId, isAdmin)
}

/**
 * Changes whether a member is an admin; for admins of the organization.
 * @throws Fault forbidden, also without a recent proof before somebody becomes an admin; not_found; conflict when the actor is the last
 * admin and would no longer be one
 */
export async function updateMember(ctx: Context, actor: Actor, organizationId: number, userId: number, isAdmin: boolean): Promise<void> {
  requireAdministered(ctx, actor, organizationId)
  if (isAdmin) await requireRecentProof(ctx, actor)
  await transact(ctx, async (tx) => {
    if (!(await isMemberRow(tx, organizationId, userId))) throw noMember(organizationId, userId)
    if (!isAdmin) await requireNotLastAdmin(tx, actor, organizationId, userId)
    await insertMember(tx, { organizationId, userId, isAdmin })
    await recordMember(ctx, tx, actor, ['member.changed', organizationId, userId, isAdmin])
  })
  ctx.tree.setMember(organizationId, userId, isAdmin)
  if (!isAdmin) ctx.hub.notify('userChanged', { userId })
}

/**
 * Removes a member; for admins of the organization.
 * @param also is done in the same transaction
 * @throws Fault like {@link updateMember}
 */
export async function removeMember(
  ctx: Context,
  actor: Actor,
  organizationId: number,
  userId: number,
  also?: (tx: Tx) => Promise<void>,
): Promise<void> {
  requireAdministered(ctx, actor, organizationId)
  await transact(ctx, async (tx) => {
    if (!(await isMemberRow(tx, organizationId, userId))) throw noMember(organizationId, userId)
    await requireNotLastAdmin(tx, actor, organizationId, userId)
    await tx.deleteFrom('organization_users').where('organization_id', '=', organizationId).where('user_id', '=', userId).execute()
    await recordMember(ctx, tx, actor, ['member.removed', organizationId, userId])
    await also?.(tx)
  })
  ctx.tree.setMember(organizationId, userId, undefined)
  ctx.hub.notify('userChanged', { userId })
}

/** Keeps people from locking themselves out by mistake; a system admin may leave an organization without admins. */
async function requireNotLastAdmin(tx: Tx, actor: Actor, organizationId: number, userId: number): Promise<void> {
  if (actor.kind !== 'user' || actor.userId !== userId) return
  const admins = await tx
    .selectFrom('organization_users')
    .innerJoin('users', 'users.id', 'user_id')
    .select('user_id')
    .where('organization_id', '=', organizationId)
    .where('is_admin', '=', 1)
    .where('deleted', '=', 0)
    .execute()
  if (admins.length === 1 && admins[0]?.user_id === userId)
    throw conflict('You are the last admin of this organization. Make another member an admin first.')
}

async function isMemberRow(tx: Tx, organizationId: number, userId: number): Promise<boolean> {
  return (
    (await tx
      .selectFrom('organization_users')
      .select('user_id')
      .where('organization_id', '=', organizationId)
      .where('user_id', '=', userId)
      .executeTakeFirst()) !== undefined
  )
}

/**
 * The organization, if the actor may administer it.
 * @throws Fault forbidden; not_found, which only system admins can get
 */
export function requireAdministered(ctx: Context, actor: Actor, organizationId: number): Resource {
  if (!isOrganizationAdmin(ctx, actor, organizationId)) throw forbidden(`Only its admins may do that with organization ${organizationId}.`)
  const resource = ctx.tree.byId(organizationId)
  if (resource?.type !== ORGANIZATION_FOLDER) throw notFound(`There is no organization ${organizationId}.`)
  return resource
}

const selectMembers = (ctx: Context, organizationId: number) =>
  ctx.db
    .selectFrom('organization_users')
    .innerJoin('users', 'users.id', 'user_id')
    .select(['organization_id', 'user_id', 'is_admin', 'user_name', 'email_address', 'full_name', 'role'])
    .where('organization_id', '=', organizationId)
    .where('deleted', '=', 0)
    .orderBy('user_id')

const describeMember = (row: Omit<MemberInfo, 'is_admin'> & { is_admin: 0 | 1 }): MemberInfo => ({ ...row, is_admin: row.is_admin === 1 })

const noMember = (organizationId: number, userId: number): Error =>
  notFound(`User ${userId} is not a member of organization ${organizationId}.`)
