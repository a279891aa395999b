/**
 * What lets somebody act in an organization, or others look into it, beside keys, and that a person made there: secret links, invitations
 * whose code they may know, and PINs that they entered and that no controller has fetched its key with.
 */
import { recordAudit } from '../audit/record.ts'
import type { Context } from '../context.ts'
import type { Db, Tx } from '../database/schema.ts'
import type { UserActor } from '../tree/actor.ts'
import { pathOf } from '../tree/tree.ts'
import { isForAdmin, VALIDITY } from './account-requests.ts'
import { PIN_VALIDITY } from './pins.ts'

export interface LeftLink {
  readonly id: number
  readonly path: string
  readonly note: string
}

export interface LeftInvitation {
  readonly id: number
  readonly email: string
  readonly isAdmin: boolean
  /** Of the mail that tells the code, if one was written. */
  readonly messageId: number | null
}

export interface LeftPin {
  readonly id: number
  /** Of the controller that it was entered for. */
  readonly path: string
}

export interface LeftBehind {
  readonly links: readonly LeftLink[]
  readonly invitations: readonly LeftInvitation[]
  readonly pins: readonly LeftPin[]
}

/** What a person made in an organization and that still counts, oldest first. The caller checks permission. */
export async function selectLeftBehind(ctx: Context, db: Db | Tx, organizationId: number, userId: number): Promise<LeftBehind> {
  const links = await db
    .selectFrom('links')
    .select(['id', 'resource_id', 'note'])
    .where('organization_id', '=', organizationId)
    .where('user_id', '=', userId)
    .where('revocation_timestamp', 'is', null)
    .where('expiration_timestamp', '>', ctx.believed.now())
    .orderBy('id')
    .execute()
  const invitations = await db
    .selectFrom('account_requests')
    .select(['id', 'email_address', 'attributes', 'message_id'])
    .where('organization_id', '=', organizationId)
    .where('inviter_id', '=', userId)
    .where('redeemed_timestamp', 'is', null)
    .where('creation_timestamp', '>', ctx.believed.before(VALIDITY))
    .orderBy('id')
    .execute()
  const pins = await db
    .selectFrom('pins')
    .select(['id', 'controller_id'])
    .where('user_id', '=', userId)
    .where('key_created', '=', 0)
    .where('creation_timestamp', '>', ctx.believed.before(PIN_VALIDITY))
    .orderBy('id')
    .execute()
  return {
    links: links.map(({ id, resource_id: place, note }) => ({ id, note, path: placeOf(ctx, place) })),
    invitations: invitations.map((row) => ({
      id: row.id,
      email: row.email_address,
      isAdmin: isForAdmin(row.attributes),
      messageId: row.message_id,
    })),
    pins: pins
      .filter(({ controller_id: id }) => ctx.tree.byId(id ?? 0)?.organizationId === organizationId)
      .map(({ id, controller_id: controller }) => ({ id, path: placeOf(ctx, controller ?? 0) })),
  }
}

function placeOf(ctx: Context, id: number): string {
  const place = ctx.tree.byId(id)
  return place ? pathOf(place) : ''
}

/**
 * Makes all of it void, within a transaction. After its commit the caller tells the hub of the links, and withdraws the mails of
 * invitations.
 */
export async function withdrawLeftBehind(
  ctx: Context,
  tx: Tx,
  actor: UserActor,
  organizationId: number,
  { links, invitations, pins }: LeftBehind,
): Promise<void> {
  for (const { id, path } of links) {
    await tx
      .updateTable('links')
      .set({ revocation_timestamp: ctx.believed.now(), revocation_user_id: actor.userId })
      .where('id', '=', id)
      .execute()
    await recordAudit(ctx, tx, actor, { kind: 'link.revoked', organizationId, subject: { kind: 'link', id, name: path } })
  }
  for (const { id, email } of invitations) {
    await tx.deleteFrom('account_requests').where('id', '=', id).execute()
    await recordAudit(ctx, tx, actor, { kind: 'invitation.withdrawn', organizationId, subject: { kind: 'invitation', id, name: email } })
  }
  for (const { id } of pins) await tx.deleteFrom('pins').where('id', '=', id).execute()
}
