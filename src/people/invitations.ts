/**
 * Invitations to join an organization, made by its admins: a code that is mailed with a link or, if this server sends no mail, that the
 * inviting admin hands over. Source: protocol, section 5.
 */
import { VALIDITY, insertAccountRequest, isForAdmin, withdrawRequests } from './account-requests.ts'
import { recordAudit } from '../audit/record.ts'
import type { Actor, UserActor } from '../tree/actor.ts'
import type { Invitation } from '../wire/answers.ts'
import { announceMail, byCommand, howToUse, type CodeMail } from './code-mails.ts'
import type { Context } from '../context.ts'
import { conflict, forbidden, notFound } from '../base/fault.ts'
import { findOrganizationName, requireAdministered } from '../resources/organizations.ts'
import { reasonToHold } from '../notifications/obstacles.ts'
import type { ThrottleRule } from '../tree/throttles.ts'
import { requireRecentProof } from '../tree/recent-proof.ts'
import { HOUR, formatTimestamp } from '../base/time.ts'
import type { Resource } from '../tree/tree.ts'
import { findUserByName, requireEmailAddress } from './user-records.ts'
import { transact } from '../database/transact.ts'

const invitationRule: ThrottleRule = { what: 'invitations', limit: 100, window: HOUR, durable: true }

export interface NewInvitation {
  readonly emailAddress: string
  readonly isAdmin: boolean
  /** False: the inviting admin hands over the code. */
  readonly byMail: boolean
}

export interface Invited {
  readonly id: number
  /** The code, when no mail is sent; only for the inviting admin, since only its hash is stored. */
  readonly accessCode: string | undefined
  /** Why no mail is sent although one was requested. */
  readonly reason: string | undefined
}

/**
 * Invites the holder of an e-mail address; for admins of the organization. An earlier invitation of the same address lapses.
 * @throws Fault forbidden, for an admin also without a recent proof; not_found, invalid; conflict for a member; throttled
 */
export async function invite(
  ctx: Context,
  actor: Actor,
  organizationId: number,
  { emailAddress, isAdmin, byMail }: NewInvitation,
): Promise<Invited> {
  const organization = requireAdministered(ctx, actor, organizationId)
  const inviter = requireUser(actor)
  requireEmailAddress(emailAddress)
  if (isAdmin) await requireRecentProof(ctx, actor)
  const account = await findUserByName(ctx.db, emailAddress)
  if (account?.deleted === 0 && ctx.tree.isMember(organizationId, account.id))
    throw conflict(`email_address: that user is a member of organization ${organizationId} already.`)
  ctx.throttles.take(invitationRule, String(inviter.userId))
  const earlier = await selectLive(ctx, organizationId)
    .where((eb) => eb(eb.fn<string>('lower', ['email_address']), '=', emailAddress.toLowerCase()))
    .execute()
  const reason = byMail ? reasonToHold(ctx, 'email') : undefined
  const mail = byMail && reason === undefined ? await composeInvitation(ctx, organization, inviter.userId) : undefined
  const { id, code, recorded } = await transact(ctx, async (tx) => {
    const made = await insertAccountRequest(ctx, tx, emailAddress, { organizationId, inviterId: inviter.userId, isAdmin }, mail)
    const subject = { kind: 'invitation', id: made.id, name: emailAddress } as const
    await recordAudit(ctx, tx, actor, { kind: 'invitation.made', organizationId, subject, details: { is_admin: isAdmin } })
    return made
  })
  announceMail(ctx, recorded)
  await withdrawRequests(ctx, earlier)
  return { id, accessCode: mail ? undefined : code, reason }
}

/** Invitations that can still be accepted; for the organization's admins. @throws Fault forbidden, not_found */
export async function listInvitations(ctx: Context, actor: Actor, organizationId: number): Promise<Invitation[]> {
  requireAdministered(ctx, actor, organizationId)
  const rows = await selectLive(ctx, organizationId).execute()
  return rows.map((row) => ({
    id: row.id,
    email_address: row.email_address,
    is_admin: isForAdmin(row.attributes),
    inviter_id: row.inviter_id,
    creation_timestamp: formatTimestamp(row.creation_timestamp),
    expiry_timestamp: formatTimestamp(row.creation_timestamp + VALIDITY),
    email: row.email,
    email_error: row.email_error,
  }))
}

/** Replaces an invitation by a new one, with a new code for another 7 days. @throws Fault like {@link invite}; not_found */
export async function resendInvitation(ctx: Context, actor: Actor, organizationId: number, id: number, byMail = true): Promise<Invited> {
  const row = await requireInvitation(ctx, actor, organizationId, id)
  return invite(ctx, actor, organizationId, { emailAddress: row.email_address, isAdmin: isForAdmin(row.attributes), byMail })
}

/** Withdraws an invitation. @throws Fault forbidden, not_found */
export async function cancelInvitation(ctx: Context, actor: Actor, organizationId: number, id: number): Promise<void> {
  const row = await requireInvitation(ctx, actor, organizationId, id)
  await withdrawRequests(ctx, [row], (tx) =>
    recordAudit(ctx, tx, actor, {
      kind: 'invitation.withdrawn',
      organizationId,
      subject: { kind: 'invitation', id, name: row.email_address },
    }),
  )
}

async function requireInvitation(ctx: Context, actor: Actor, organizationId: number, id: number) {
  requireAdministered(ctx, actor, organizationId)
  const row = await selectLive(ctx, organizationId).where('account_requests.id', '=', id).executeTakeFirst()
  if (!row)
    throw notFound(
      `There is no invitation ${id} into organization ${organizationId}: it was accepted, taken back or sent anew, or is older ` +
        'than 7 days.',
    )
  return row
}

const selectLive = (ctx: Context, organizationId: number) =>
  ctx.db
    .selectFrom('account_requests')
    .leftJoin('outgoing_messages', 'outgoing_messages.id', 'message_id')
    .select([
      'account_requests.id',
      'email_address',
      'inviter_id',
      'account_requests.attributes',
      'account_requests.creation_timestamp',
      'message_id',
      'outgoing_messages.state as email',
      'outgoing_messages.error as email_error',
    ])
    .where('organization_id', '=', organizationId)
    .where('redeemed_timestamp', 'is', null)
    .where('account_requests.creation_timestamp', '>', ctx.believed.before(VALIDITY))
    .orderBy('account_requests.id')

function requireUser(actor: Actor): UserActor {
  if (actor.kind !== 'user') throw forbidden('Only users invite.')
  return actor
}

async function composeInvitation(ctx: Context, organization: Resource, inviterId: number): Promise<CodeMail> {
  const inviter = await ctx.db.selectFrom('users').select(['full_name', 'email_address']).where('id', '=', inviterId).executeTakeFirst()
  const { SYSTEM_NAME } = ctx.settings
  const name = await findOrganizationName(ctx, organization)
  const who =
    inviter === undefined
      ? 'An admin'
      : inviter.full_name === ''
        ? inviter.email_address
        : `${inviter.full_name} (${inviter.email_address})`
  return {
    subject: `Invitation to ${name} on ${SYSTEM_NAME}`,
    body: (code) =>
      `${who} invites you to join ${name} on ${SYSTEM_NAME}.\n\n` +
      howToUse(ctx, {
        page: `/-/invitations/${code}`,
        code,
        validity: '7 days',
        otherwise: byCommand(`rhizo org join ${code} --server SERVER`),
      }),
  }
}
