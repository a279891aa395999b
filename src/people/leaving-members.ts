/**
 * What somebody who leaves an organization still has in hand: keys there that act as them, keys that they made for controllers and other
 * members, whose secrets they have seen, and what else they have made that lets somebody in.
 */
import type { Context } from '../context.ts'
import type { Db, KeyRow, Tx } from '../database/schema.ts'
import { transact } from '../database/transact.ts'
import { forbidden } from '../base/fault.ts'
import { removeMember, requireAdministered } from '../resources/organizations.ts'
import type { Actor, UserActor } from '../tree/actor.ts'
import type { KeyInfo } from '../wire/answers.ts'
import { withdrawMessage } from '../notifications/records.ts'
import { describer, mayRevoke, revokeRows } from './keys.ts'
import { selectLeftBehind, withdrawLeftBehind, type LeftBehind } from './left-behind.ts'

/** Ids of keys that were revoked, and of those that go on working; with everything else that was withdrawn, or left. */
export interface KeysOfLeaving {
  readonly revoked: readonly number[]
  readonly left: readonly number[]
  readonly others: LeftBehind
}

/** What a person made in an organization beside keys and that still counts; for its admins, also after the person left. @throws Fault */
export async function listLeftBehind(ctx: Context, actor: Actor, organizationId: number, userId: number): Promise<LeftBehind> {
  requireAdministered(ctx, actor, organizationId)
  return selectLeftBehind(ctx, ctx.db, organizationId, userId)
}

/**
 * Keys of an organization whose secrets a person has seen and that work, oldest first; for its admins, also after the person left.
 * @throws Fault forbidden, not_found
 */
export async function listKeysKnownTo(ctx: Context, actor: Actor, organizationId: number, userId: number): Promise<KeyInfo[]> {
  requireAdministered(ctx, actor, organizationId)
  return (await selectKnown(ctx, ctx.db, requireUser(actor), organizationId, userId)).map(describer(ctx))
}

/** Revokes the keys that {@link listKeysKnownTo} shows, all or none, also on open connections. @throws Fault forbidden, not_found */
export async function revokeKeysKnownTo(ctx: Context, actor: Actor, organizationId: number, userId: number): Promise<number[]> {
  requireAdministered(ctx, actor, organizationId)
  const admin = requireUser(actor)
  const revoked = await transact(ctx, async (tx) => revokeRows(ctx, tx, admin, await selectKnown(ctx, tx, admin, organizationId, userId)))
  announceRevoked(ctx, revoked)
  return revoked
}

/**
 * Takes a member out of an organization and, if asked to, revokes at once the keys that they know and withdraws their secret links,
 * invitations and PINs; for its admins.
 * @throws Fault forbidden, not_found; conflict when the actor is the last admin and would no longer be one
 */
export async function dismissMember(
  ctx: Context,
  actor: Actor,
  organizationId: number,
  userId: number,
  { revokesKeys }: { revokesKeys: boolean },
): Promise<KeysOfLeaving> {
  let revoked: number[] = []
  let left: number[] = []
  let others: LeftBehind = { links: [], invitations: [], pins: [] }
  await removeMember(ctx, actor, organizationId, userId, async (tx) => {
    const admin = requireUser(actor)
    const known = await selectKnown(ctx, tx, admin, organizationId, userId)
    others = await selectLeftBehind(ctx, tx, organizationId, userId)
    if (revokesKeys) {
      revoked = await revokeRows(ctx, tx, admin, known)
      await withdrawLeftBehind(ctx, tx, admin, organizationId, others)
    } else left = known.map(({ id }) => id)
  })
  announceRevoked(ctx, revoked)
  if (revokesKeys) await announceWithdrawn(ctx, others)
  return { revoked, left, others }
}

/** Also where links are open, and in mails that have not left yet. */
async function announceWithdrawn(ctx: Context, { links, invitations }: LeftBehind): Promise<void> {
  for (const { id } of links) ctx.hub.notify('linkRevoked', { linkId: id })
  for (const { messageId } of invitations)
    if (messageId !== null) await withdrawMessage(ctx, messageId, 'Who invited has left the organization.')
}

function announceRevoked(ctx: Context, keyIds: readonly number[]): void {
  if (keyIds.length > 0) ctx.keys.clear()
  for (const keyId of keyIds) ctx.hub.notify('keyRevoked', { keyId })
}

async function selectKnown(ctx: Context, db: Db | Tx, actor: UserActor, organizationId: number, userId: number): Promise<KeyRow[]> {
  const rows = await db
    .selectFrom('keys')
    .selectAll()
    .where((eb) => eb.or([eb('access_as_user_id', '=', userId), eb('creation_user_id', '=', userId)]))
    .where('revocation_timestamp', 'is', null)
    .orderBy('id')
    .execute()
  return rows.filter((row) => organizationOf(ctx, row) === organizationId && mayRevoke(ctx, actor, row))
}

/** Where a key counts: a controller may have moved since its key was made. */
function organizationOf(ctx: Context, row: KeyRow): number {
  const controller = row.access_as_controller_id === null ? undefined : ctx.tree.byId(row.access_as_controller_id)
  return controller?.organizationId ?? row.organization_id
}

function requireUser(actor: Actor): UserActor {
  if (actor.kind !== 'user') throw forbidden('Only users look after the keys of members.')
  return actor
}
