/** Secret keys of controllers and of users' programs: made, listed and revoked. Source: protocol, sections 2 and 5. */
import { isPerson, type Actor, type UserActor } from '../tree/actor.ts'
import { recordAudit } from '../audit/record.ts'
import type { Context } from '../context.ts'
import type { KeyRow, Tx } from '../database/schema.ts'
import { transact } from '../database/transact.ts'
import { forbidden, invalid, notFound } from '../base/fault.ts'
import { findById } from '../tree/finding.ts'
import { canWrite, isOrganizationAdmin, requireWrite, unknownToAnybody } from '../tree/permissions.ts'
import { CONTROLLER_FOLDER, ORGANIZATION_FOLDER } from '../wire/resource-types.ts'
import { formatTimestamp } from '../base/time.ts'
import { pathOf, type Resource } from '../tree/tree.ts'
import { requireRecentProof } from '../tree/recent-proof.ts'
import { aboutKeyRow, makeKey, MAX_KEY_LENGTH } from './key-records.ts'
import type { KeyInfo } from '../wire/answers.ts'

/** Of a key that somebody brings. */
const MIN_KEY_LENGTH = 20
const MIN_KEY_VARIETY = 8

/**
 * Makes a key for a controller; for users who may write there.
 * @param options.mounted whether topics of its MQTT clients lie below the controller's folder
 * @returns the secret, which is shown only this once
 * @throws Fault forbidden; invalid when it is not a controller
 */
export async function createControllerKey(
  ctx: Context,
  actor: Actor,
  controllerId: number,
  { mounted = false, secret }: { mounted?: boolean; secret?: string | undefined } = {},
): Promise<{ id: number; secretKey: string }> {
  if (actor.kind !== 'user') throw forbidden('Only users make keys. Sign in, or send the key of a user.')
  const controller = requireController(ctx, actor, controllerId)
  await requireRecentProof(ctx, actor)
  return makeKey(ctx, actor, {
    organizationId: controller.organizationId,
    creatorId: actor.userId,
    controllerId,
    mounted,
    secret: secret === undefined ? undefined : requireFitKey(secret),
  })
}

/** A key that a device has already must be as hard to guess as one that is made here. @throws Fault invalid */
function requireFitKey(key: string): string {
  if (!/^[\x21-\x7e]+$/.test(key)) throw invalid('key must be of printable characters of ASCII, without blanks.')
  if (key.length < MIN_KEY_LENGTH || key.length > MAX_KEY_LENGTH)
    throw invalid(`key has ${key.length} characters; allowed: ${MIN_KEY_LENGTH} to ${MAX_KEY_LENGTH}.`)
  if (new Set(key).size < MIN_KEY_VARIETY)
    throw invalid(`key has fewer than ${MIN_KEY_VARIETY} different characters, which is easily guessed.`)
  return key
}

/**
 * Makes a key for a user: system admins for any user, an organization's admins for its members (valid only in that organization), users for
 * themselves.
 * @throws Fault forbidden; invalid when there is no such user or organization
 */
export async function createUserKey(
  ctx: Context,
  actor: Actor,
  userId: number,
  organizationId: number,
): Promise<{ id: number; secretKey: string }> {
  if (actor.kind !== 'user') throw forbidden('Only users make keys. Sign in, or send the key of a user.')
  if (actor.onlyOrganizationId !== undefined)
    throw forbidden('That key was made for you by an admin of one organization; it makes no keys of users.')
  const isMember = ctx.tree.isMember(organizationId, userId)
  const allowed = actor.isSystemAdmin || (isMember && (actor.userId === userId || isOrganizationAdmin(ctx, actor, organizationId)))
  if (!allowed) throw forbidden('You may not make a key for that user: be the user, an admin of their organization, or a system admin.')
  if (ctx.tree.byId(organizationId)?.type !== ORGANIZATION_FOLDER)
    throw invalid(`organization_id: there is no organization ${organizationId}.`)
  const user = await ctx.db.selectFrom('users').select('id').where('id', '=', userId).where('deleted', '=', 0).executeTakeFirst()
  if (!user) throw invalid(`access_as_user_id: there is no user ${userId}.`)
  await requireRecentProof(ctx, actor)
  // Otherwise an organization's admin could act everywhere as any user whom they made a member, including system admins.
  const confined = !actor.isSystemAdmin && actor.userId !== userId
  return makeKey(ctx, actor, { organizationId, creatorId: actor.userId, userId, confined })
}

/** Keys of a controller; for callers who may write there. @throws Fault forbidden; invalid when it is not a controller */
export async function listControllerKeys(ctx: Context, actor: Actor, controllerId: number): Promise<KeyInfo[]> {
  requireController(ctx, actor, controllerId)
  return (await ctx.db.selectFrom('keys').selectAll().where('access_as_controller_id', '=', controllerId).orderBy('id').execute()).map(
    describer(ctx),
  )
}

/**
 * Keys of a user; for that user, for admins of organizations (only the keys made for those), and for system admins.
 * @throws Fault forbidden
 */
export async function listUserKeys(ctx: Context, actor: Actor, userId: number): Promise<KeyInfo[]> {
  if (actor.kind !== 'user') throw forbidden('Only users see keys of users.')
  const rows = await ctx.db.selectFrom('keys').selectAll().where('access_as_user_id', '=', userId).orderBy('id').execute()
  if (actor.isSystemAdmin || isPerson(actor, userId)) return rows.map(describer(ctx))
  const visible = rows.filter((row) => isOrganizationAdmin(ctx, actor, row.organization_id))
  if (visible.length === 0 && !administersUser(ctx, actor, userId)) throw forbidden('You may not see the keys of that user.')
  return visible.map(describer(ctx))
}

const administersUser = (ctx: Context, actor: Actor, userId: number): boolean =>
  ctx.tree.organizationsOf(userId).some((id) => isOrganizationAdmin(ctx, actor, id))

/** Keys of an organization's users and controllers, newest first; for its admins. @throws Fault forbidden */
export async function listOrganizationKeys(ctx: Context, actor: Actor, organizationId: number): Promise<KeyInfo[]> {
  if (!isOrganizationAdmin(ctx, actor, organizationId)) throw forbidden(`Only its admins see the keys of organization ${organizationId}.`)
  return (await ctx.db.selectFrom('keys').selectAll().where('organization_id', '=', organizationId).orderBy('id', 'desc').execute()).map(
    describer(ctx),
  )
}

/** All keys; for system admins. @throws Fault forbidden */
export async function listKeys(ctx: Context, actor: Actor): Promise<KeyInfo[]> {
  if (actor.kind !== 'user' || !actor.isSystemAdmin)
    throw forbidden('Only system admins see all keys. Name a controller with access_as_controller_id.')
  return (await ctx.db.selectFrom('keys').selectAll().orderBy('id').execute()).map(describer(ctx))
}

/**
 * Revokes a key at once, also on open connections; with `remove`, deletes its record if the actor is a system admin.
 * @throws Fault not_found, also for keys that the actor may not revoke; forbidden for actors that are no users
 */
export async function revokeKey(ctx: Context, actor: Actor, keyId: number, remove = false): Promise<void> {
  if (actor.kind !== 'user') throw forbidden('Only users revoke keys.')
  const row = await ctx.db.selectFrom('keys').selectAll().where('id', '=', keyId).executeTakeFirst()
  if (!row || !mayRevoke(ctx, actor, row)) throw notFound(`There is no key ${keyId} that you may revoke.`)
  if (remove && actor.isSystemAdmin) {
    await transact(ctx, async (tx) => {
      const { numDeletedRows } = await tx.deleteFrom('keys').where('id', '=', keyId).executeTakeFirstOrThrow()
      if (numDeletedRows > 0n) await recordAudit(ctx, tx, actor, aboutKeyRow(ctx, 'key.removed', row))
    })
  } else if (row.revocation_timestamp === null) await transact(ctx, (tx) => revokeRows(ctx, tx, actor, [row]))
  ctx.keys.clear()
  ctx.hub.notify('keyRevoked', { keyId })
}

/**
 * Whether the actor may revoke a key: whoever may change its controller; for keys of users and of deleted controllers see
 * {@link listUserKeys}.
 */
export function mayRevoke(ctx: Context, actor: UserActor, row: KeyRow): boolean {
  const controller = row.access_as_controller_id === null ? undefined : ctx.tree.byId(row.access_as_controller_id)
  if (controller) return canWrite(ctx, actor, controller)
  const folder = row.ingest_folder_id === null ? undefined : ctx.tree.byId(row.ingest_folder_id)
  if (folder && canWrite(ctx, actor, folder)) return true
  return isPerson(actor, row.access_as_user_id ?? 0) || isOrganizationAdmin(ctx, actor, row.organization_id)
}

/** Revokes keys without checking permissions; the caller forgets them in memory and tells the hub after the commit. */
export async function revokeRows(ctx: Context, tx: Tx, actor: UserActor, rows: readonly KeyRow[]): Promise<number[]> {
  const revoked: number[] = []
  for (const row of rows) {
    const { numUpdatedRows } = await tx
      .updateTable('keys')
      .set({ revocation_user_id: actor.userId, revocation_timestamp: ctx.clock.now() })
      .where('id', '=', row.id)
      .where('revocation_timestamp', 'is', null)
      .executeTakeFirstOrThrow()
    if (numUpdatedRows === 0n) continue
    await recordAudit(ctx, tx, actor, aboutKeyRow(ctx, 'key.revoked', row))
    revoked.push(row.id)
  }
  return revoked
}

/** A controller that the actor may write to. @throws Fault forbidden; invalid, also for one that the actor may not know of */
function requireController(ctx: Context, actor: Actor, controllerId: number): Resource {
  if (actor.kind === 'anonymous') throw unknownToAnybody()
  const controller = findById(ctx, actor, controllerId)
  if (controller?.type !== CONTROLLER_FOLDER) throw invalid(`access_as_controller_id: there is no controller ${controllerId}.`)
  requireWrite(ctx, actor, controller)
  return controller
}

export const describer =
  ({ keys, tree }: Pick<Context, 'keys' | 'tree'>) =>
  (row: KeyRow): KeyInfo => {
    const folder = row.ingest_folder_id === null ? undefined : tree.byId(row.ingest_folder_id)
    const time = keys.useOf(row.id)?.time ?? row.last_use_timestamp
    return {
      id: row.id,
      organization_id: row.organization_id,
      access_as_user_id: row.access_as_user_id,
      access_as_controller_id: row.access_as_controller_id,
      creation_user_id: row.creation_user_id,
      creation_timestamp: formatTimestamp(row.creation_timestamp),
      revocation_user_id: row.revocation_user_id,
      revocation_timestamp: row.revocation_timestamp === null ? '' : formatTimestamp(row.revocation_timestamp),
      key_part: row.key_part,
      mounted: row.mounted === 1,
      ingest_folder: folder ? pathOf(folder) : null,
      last_use_timestamp: time === null ? '' : formatTimestamp(time),
      last_use_address: keys.useOf(row.id)?.address ?? row.last_use_address,
    }
  }
