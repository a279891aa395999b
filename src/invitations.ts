/** Invitations to join an organization: a code, valid 7 days and once, for an e-mail address. Source: protocol, section 5. */
import type { Actor } from './actor.ts'
import type { Context } from './context.ts'
import type { Db } from './database/schema.ts'
import { Fault, conflict, forbidden, notFound } from './fault.ts'
import { isObject, parseJson } from './json.ts'
import { insertMember, requireAdministered } from './organizations.ts'
import { checkPassword } from './password-checks.ts'
import { makeAccessCode, sha256Hex } from './secrets.ts'
import { DAY, HOUR, MINUTE } from './time.ts'
import { SYSTEM_ADMIN, findUserByName, prepareUser, requireEmailAddress, unlessTaken, writeUser } from './user-records.ts'

const VALIDITY = 7 * DAY
const CODE_LENGTH = 30

const invitationRule = { what: 'invitations', limit: 100, window: HOUR }
const wrongCodes = { what: 'wrong invitation codes from your address', limit: 30, window: 15 * MINUTE }

/**
 * Invites the holder of an e-mail address, by an admin of the organization.
 * @returns the code, for the inviting admin only: of it, too, just a hash is kept
 * @throws Fault forbidden, not_found, invalid; conflict for a member; throttled
 */
export async function invite(ctx: Context, actor: Actor, organizationId: number, emailAddress: string, isAdmin: boolean): Promise<{ id: number; accessCode: string }> {
  requireAdministered(ctx, actor, organizationId)
  if (actor.kind !== 'user') throw forbidden('Only users invite.')
  requireEmailAddress(emailAddress)
  const account = await findUserByName(ctx.db, emailAddress)
  if (account?.deleted === 0 && ctx.tree.isMember(organizationId, account.id)) throw conflict(`email_address: that user is a member of organization ${organizationId} already.`)
  ctx.throttles.take(invitationRule, String(actor.userId))
  const accessCode = makeAccessCode(CODE_LENGTH)
  const { id } = await ctx.db
    .insertInto('account_requests')
    .values({
      organization_name: null,
      organization_id: organizationId,
      inviter_id: actor.userId,
      creation_timestamp: ctx.clock.now(),
      redeemed_timestamp: null,
      access_code_hash: sha256Hex(accessCode),
      email_address: emailAddress,
      email_sent: 0,
      email_failed: 0,
      attributes: JSON.stringify({ is_admin: isAdmin }),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return { id, accessCode }
}

export interface Redemption {
  readonly code: string
  /** Of the new account, or the present one where the address has an account. */
  readonly password: string
  readonly fullName?: string | undefined
  readonly userName?: string | undefined
  /** Where the request comes from. */
  readonly address: string
}

interface Invitation {
  id: number
  organizationId: number
  emailAddress: string
  isAdmin: boolean
}

/**
 * Makes the account that an invitation is for, unless its address has one, and joins it to the organization.
 * @throws Fault not_found when the code is wrong, used or out of date; unauthenticated when the account's password is wrong; invalid, conflict, throttled
 */
export async function redeemInvitation(ctx: Context, redemption: Redemption): Promise<{ userId: number; organizationId: number }> {
  const { code, address } = redemption
  ctx.throttles.check(wrongCodes, address)
  const invitation = await findInvitation(ctx, ctx.db, code)
  if (!invitation) {
    ctx.throttles.count(wrongCodes, address)
    throw gone()
  }
  const account = await findUserByName(ctx.db, invitation.emailAddress)
  if (account?.deleted === 1) throw conflict('The account with that address was deleted. Ask a system admin to bring it back.')
  if (account && !(await checkPassword(ctx, account, redemption.password, { account: account.email_address, address }))) {
    throw new Fault('unauthenticated', 'The address that was invited has an account already, and this is not its password.')
  }
  const newUser = account ? undefined : await prepareUser(ctx, { ...redemption, emailAddress: invitation.emailAddress })
  const { userId, isAdmin } = await ctx.db.transaction().execute(async (tx) => {
    // Somebody else may have used the code while the password was hashed.
    if (!(await findInvitation(ctx, tx, code))) throw gone()
    await tx.updateTable('account_requests').set({ redeemed_timestamp: ctx.clock.now() }).where('id', '=', invitation.id).execute()
    const userId = newUser ? await unlessTaken(() => writeUser(tx, newUser)) : (account?.id ?? 0)
    // A member whom somebody added meanwhile must not be lowered by it.
    const isAdmin = invitation.isAdmin || ctx.tree.isAdmin(invitation.organizationId, userId)
    await insertMember(tx, { organizationId: invitation.organizationId, userId, isAdmin })
    return { userId, isAdmin }
  })
  ctx.tree.setMember(invitation.organizationId, userId, isAdmin)
  return { userId, organizationId: invitation.organizationId }
}

/** The live invitation with that code. It lapses with its organization, and when who invited may not invite any more. */
async function findInvitation(ctx: Context, db: Db, code: string): Promise<Invitation | undefined> {
  const row = await db
    .selectFrom('account_requests')
    .innerJoin('users', 'users.id', 'inviter_id')
    .select(['account_requests.id', 'account_requests.organization_id', 'account_requests.email_address', 'account_requests.attributes', 'users.id as inviter_id', 'users.role'])
    .where('access_code_hash', '=', sha256Hex(code))
    .where('redeemed_timestamp', 'is', null)
    .where('account_requests.creation_timestamp', '>', ctx.clock.now() - VALIDITY)
    .where('users.deleted', '=', 0)
    .executeTakeFirst()
  const organizationId = row?.organization_id
  if (!row || organizationId == null || !ctx.tree.byId(organizationId)) return undefined
  if (row.role !== SYSTEM_ADMIN && !ctx.tree.isAdmin(organizationId, row.inviter_id)) return undefined
  const attributes = parseJson(row.attributes, 'attributes')
  return { id: row.id, organizationId, emailAddress: row.email_address, isAdmin: isObject(attributes) && attributes['is_admin'] === true }
}

const gone = (): Fault => notFound('There is no such invitation: the code is wrong, was used already, or is older than 7 days.')
