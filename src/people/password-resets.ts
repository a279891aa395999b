/**
 * New passwords for users who have forgotten theirs: a code is mailed to the account's address, with which its holder sets a new one. It is
 * valid for an hour and once, and a newer one replaces it; only its hash is stored.
 */
import { recordAudit } from '../audit/record.ts'
import { announceProof, factorsBeforeProof, keysBeforeProof, proveAddress, type Proof } from './address-proof.ts'
import { announceMail, howToUse, recordCodeMail } from './code-mails.ts'
import type { Context } from '../context.ts'
import type { Db, Tx } from '../database/schema.ts'
import { transact } from '../database/transact.ts'
import { conflict, notFound, type Fault } from '../base/fault.ts'
import { withdrawCodeMails } from '../notifications/records.ts'
import { reasonToHold } from '../notifications/obstacles.ts'
import { announceNotification, recordNotification, requireRoom } from '../notifications/queue.ts'
import { forgiveGuesses } from './password-checks.ts'
import { hashPassword } from './passwords.ts'
import { requireGoodPassword } from './weak-passwords.ts'
import { makeAccessCode, sha256Hex } from '../base/secrets.ts'
import { notifyEnded, removeSessions } from './session-records.ts'
import type { ThrottleRule } from '../tree/throttles.ts'
import { HOUR, MINUTE, SECOND, formatTimestamp, type Micros } from '../base/time.ts'
import { findUserByName, requireEmailAddress, wordsAbout } from './user-records.ts'

export const RESET_VALIDITY = HOUR
const CODE_LENGTH = 30

const byAddress: ThrottleRule = { what: 'requests for a new password from your address', limit: 10, window: HOUR, durable: true }
const byAccount: ThrottleRule = { what: 'requests for a new password for this e-mail address', limit: 3, window: HOUR, durable: true }
const wrongCodes: ThrottleRule = { what: 'wrong codes for a new password from your address', limit: 30, window: 15 * MINUTE, durable: true }

/** Why this server mails no codes for new passwords; undefined if it does. */
export const reasonForNoResets = (ctx: Pick<Context, 'settings'>): string | undefined => reasonToHold(ctx, 'email')

/**
 * Mails a code to the holder of an e-mail address, if it has an account. Neither the answer nor its duration shows whether it has: both
 * cases look up and write the same.
 * @param address the requester's network address
 * @throws Fault conflict when this server sends no mail; invalid, throttled, busy
 */
export async function requestPasswordReset(
  ctx: Context,
  { emailAddress, address }: { emailAddress: string; address: string },
): Promise<void> {
  requireEmailAddress(emailAddress)
  if (reasonForNoResets(ctx) !== undefined)
    throw conflict('This server sends no mail, which a new password needs. Ask its admins to set one: rhizo user passwd.')
  ctx.throttles.take(byAddress, address)
  ctx.throttles.take(byAccount, emailAddress.toLowerCase())
  await requireRoom(ctx.db)
  const found = await findUserByName(ctx.db, emailAddress)
  const user = found?.deleted === 0 ? found : undefined
  const code = makeAccessCode(CODE_LENGTH)
  const { recorded, withdrawn } = await transact(ctx, async (tx) => {
    const withdrawn = await withdrawCodeMails(tx, await removeResets(tx, user?.id ?? 0), 'A newer mail was asked for.')
    const recorded = user && (await recordCodeMail(ctx, tx, user.email_address, composeMail(ctx), code, user.id))
    await tx
      .insertInto('password_resets')
      .values({
        user_id: user?.id ?? null,
        code_hash: sha256Hex(code),
        creation_timestamp: ctx.believed.now(),
        message_id: recorded?.id ?? null,
      })
      .execute()
    // For an address without an account, too: neither case may take longer.
    await recordAudit(ctx, tx, { kind: 'anonymous', address }, { kind: 'password.reset_asked', subject: { kind: 'user', id: user?.id } })
    return { recorded, withdrawn }
  })
  announceMail(ctx, recorded)
  for (const id of withdrawn) ctx.hub.notify('messageEnded', { id, kind: 'email', state: 'cancelled' })
}

/** Removes a user's codes. @returns ids of the mails with them, sent or waiting */
export async function removeResets(tx: Tx, userId: number): Promise<number[]> {
  const rows = await tx.deleteFrom('password_resets').where('user_id', '=', userId).returning('message_id').execute()
  return rows.map(({ message_id: id }) => id).filter((id) => id !== null)
}

export interface PasswordResetInfo {
  email_address: string
  expiry_timestamp: string
  /** How many keys the first code that comes by mail revokes: they were made before it was known whose the address is. */
  keys_to_revoke: number
  /** So many second factors it removes, for the same reason. */
  factors_to_remove: number
}

/** What the holder of a code sees. @throws Fault not_found when the code is wrong, used or expired; throttled */
export async function describePasswordReset(ctx: Context, code: string, address: string): Promise<PasswordResetInfo> {
  const { id, email_address: emailAddress, creation_timestamp: created } = await requireReset(ctx, code, address)
  const keys = await keysBeforeProof(ctx.db, id)
  return {
    email_address: emailAddress,
    expiry_timestamp: formatTimestamp(created + RESET_VALIDITY),
    keys_to_revoke: keys.length,
    factors_to_remove: await factorsBeforeProof(ctx.db, id),
  }
}

/**
 * Sets the password of the account that a code is for, ends all its sessions, and informs its holder by mail. The first code that comes by
 * mail also revokes the keys that act as the account, removes its second factors, and switches off the devices that take its alarms.
 * @param address the requester's network address
 * @throws Fault not_found when the code is wrong, used or expired; invalid for a password that is not allowed; throttled
 */
export async function redeemPasswordReset(
  ctx: Context,
  { code, password, address }: { code: string; password: string; address: string },
): Promise<{ userId: number; emailAddress: string; revokedKeys: number; removedFactors: number }> {
  const user = await requireReset(ctx, code, address)
  await requireGoodPassword(password, await wordsAbout(ctx, user))
  const hash = await hashPassword(password)
  const { ended, proof, recorded } = await transact(ctx, async (tx) => {
    // The code may have been used elsewhere while the password was hashed.
    if (!(await findReset(ctx, tx, code))) throw gone()
    await removeResets(tx, user.id)
    await tx.updateTable('users').set({ password_hash: hash }).where('id', '=', user.id).execute()
    const proof = await proveAddress(ctx, tx, user.id)
    const ended = await removeSessions(tx, user.id)
    const subject = { kind: 'user', id: user.id, name: user.email_address } as const
    await recordAudit(
      ctx,
      tx,
      { kind: 'user', userId: user.id, address },
      {
        kind: 'password.reset',
        subject,
        details: { keys_revoked: proof.keyIds.length, factors_removed: proof.factors, devices_removed: proof.devices },
      },
    )
    const recorded = await recordNotification(ctx, tx, {
      kind: 'email',
      recipients: [user.email_address],
      ...composeNews(ctx, ctx.clock.now(), proof),
      userId: user.id,
    })
    return { ended, proof, recorded }
  })
  announceNotification(ctx, recorded)
  await announceProof(ctx, user.id, proof)
  notifyEnded(ctx, user.id, ended)
  forgiveGuesses(ctx, [user.email_address, user.user_name])
  ctx.log.info({ userId: user.id }, 'a forgotten password was replaced')
  return { userId: user.id, emailAddress: user.email_address, revokedKeys: proof.keyIds.length, removedFactors: proof.factors }
}

async function requireReset(ctx: Context, code: string, address: string): Promise<NonNullable<Awaited<ReturnType<typeof findReset>>>> {
  ctx.throttles.check(wrongCodes, address)
  const row = await findReset(ctx, ctx.db, code)
  if (row) return row
  ctx.throttles.count(wrongCodes, address)
  throw gone()
}

const findReset = (ctx: Context, db: Db, code: string) =>
  db
    .selectFrom('password_resets')
    .innerJoin('users', 'users.id', 'user_id')
    .select(['users.id', 'email_address', 'user_name', 'full_name', 'password_resets.creation_timestamp'])
    .where('code_hash', '=', sha256Hex(code))
    .where('password_resets.creation_timestamp', '>', ctx.believed.before(RESET_VALIDITY))
    .where('deleted', '=', 0)
    .executeTakeFirst()

const gone = (): Fault =>
  notFound(
    'There is no such request for a new password: the code is wrong, was used already, is older than an hour, or a newer one ' +
      'was asked for.',
  )

const composeMail = (ctx: Context) => ({
  subject: `A new password for ${ctx.settings.SYSTEM_NAME}`,
  body: (code: string) =>
    'Somebody, probably you, has forgotten the password of the account with this e-mail address on ' +
    `${ctx.settings.SYSTEM_NAME}, and wants to set a new one.\n\n` +
    howToUse(ctx, {
      page: `/-/new-password/${code}`,
      code,
      validity: 'an hour',
      otherwise: 'Enter it on the page /-/new-password of the server.',
    }),
})

const composeNews = ({ settings }: Context, now: Micros, { keyIds: { length: revokedKeys }, factors, devices }: Proof) => ({
  subject: `Your password for ${settings.SYSTEM_NAME} was changed`,
  body:
    `The password of your account on ${settings.SYSTEM_NAME} was changed at ` +
    `${formatTimestamp(Math.floor(now / SECOND) * SECOND)}, with a code that was mailed to you. All browsers that were signed in ` +
    'with it were signed out. ' +
    (revokedKeys === 0
      ? 'Keys go on working.\n\n'
      : `${revokedKeys} of its keys, made before a code that was mailed here was used, ${revokedKeys === 1 ? 'was' : 'were'} revoked: ` +
        'make new ones where you need them.\n\n') +
    (devices === 0 ? '' : 'Devices that took its alarms, switched on before such a code was used, take them no more.\n\n') +
    (factors === 0 ? '' : 'Its second factors, set up before such a code was used, were removed: set up your own.\n\n') +
    'If that was not you, somebody else reads your mail: change the password of your mailbox first, then ask for a new one here, ' +
    'and tell an admin of this server.\n',
})
