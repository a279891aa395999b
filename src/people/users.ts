/** User accounts: what can be done with them, and by whom. Source: protocol, section 5. */
import { isPerson, requireSystemAdmin, type Actor } from '../tree/actor.ts'
import { recordAudit } from '../audit/record.ts'
import type { Context } from '../context.ts'
import type { Tx, UserRow, UserUpdate } from '../database/schema.ts'
import { changeJson } from '../database/json-columns.ts'
import { transact } from '../database/transact.ts'
import { conflict, forbidden, Fault, invalid, notFound } from '../base/fault.ts'
import { revokeRows } from './keys.ts'
import { checkPassword } from './password-checks.ts'
import { removeResets } from './password-resets.ts'
import { hashPassword } from './passwords.ts'
import { requireRecentProof } from '../tree/recent-proof.ts'
import { requireGoodPassword } from './weak-passwords.ts'
import { notifyEnded, removeSessions } from './session-records.ts'
import { MINUTE } from '../base/time.ts'
import {
  describeUser,
  findUserByName,
  prepareUser,
  requireEmailAddress,
  requireFullName,
  requireUnits,
  requireUserName,
  unlessTaken,
  wordsAbout,
  writeUser,
  type NewUser,
} from './user-records.ts'
import { SYSTEM_ADMIN } from '../wire/user-roles.ts'
import type { UserInfo } from '../wire/answers.ts'

/** Creates a user; for system admins. @throws Fault forbidden, invalid, conflict */
export async function createUser(ctx: Context, actor: Actor, user: NewUser): Promise<number> {
  requireSystemAdmin(actor, 'create users')
  if (user.role === SYSTEM_ADMIN) await requireRecentProof(ctx, actor)
  const prepared = await prepareUser(ctx, user)
  return transact(ctx, async (tx) => {
    const id = await writeUser(tx, prepared)
    const subject = { kind: 'user', id, name: prepared.email_address } as const
    await recordAudit(ctx, tx, actor, { kind: 'user.made', subject, details: { role: prepared.role } })
    return id
  })
}

/** All users, including deleted ones; for system admins. @throws Fault forbidden */
export async function listUsers(ctx: Context, actor: Actor): Promise<UserInfo[]> {
  requireSystemAdmin(actor, 'list users')
  return (await ctx.db.selectFrom('users').selectAll().orderBy('id').execute()).map(describeUser)
}

/** The caller's own record, or any user's for system admins. @throws Fault forbidden, not_found */
export async function getUser(ctx: Context, actor: Actor, userId: number): Promise<UserInfo> {
  if (!isPerson(actor, userId)) requireSystemAdmin(actor, 'see other users')
  return describeUser(await requireUser(ctx, userId))
}

/** Any user's account, for administration. @throws Fault forbidden for all but system admins; not_found */
export async function inspectUser(ctx: Context, actor: Actor, userId: number): Promise<UserInfo> {
  requireSystemAdmin(actor, 'look after accounts')
  return describeUser(await requireUser(ctx, userId))
}

const existenceChecks = { what: 'questions for accounts from your address', limit: 30, window: 15 * MINUTE }

/**
 * Whether an e-mail address or user name is taken, for anyone who wants to sign up.
 * @throws Fault throttled, so that it can't be used to find out who has an account
 */
export async function checkUserExists(ctx: Context, name: string, address: string): Promise<boolean> {
  ctx.throttles.take(existenceChecks, address)
  return (await findUserByName(ctx.db, name)) !== undefined
}

export interface UserChanges {
  fullName?: string | undefined
  /** '' removes the name. */
  userName?: string | undefined
  password?: string | undefined
  /** The current password, which users must give to change their own. */
  oldPassword?: string | undefined
  emailAddress?: string | undefined
  role?: number | undefined
  /** What they want to see values in; '' as they are stored. */
  units?: string | undefined
  /** False restores a deleted user. */
  deleted?: boolean | undefined
}

/**
 * Changes a user: users may change their own full name, user name, units and password; system admins may change everything. A new
 * password ends the user's other sessions. Changing one's own password needs the old one, unless a system admin calls with a key.
 * @param address the requester's network address, for the limit on guessing
 * @throws Fault forbidden, not_found, invalid, conflict, throttled
 */
export async function updateUser(ctx: Context, actor: Actor, userId: number, changes: UserChanges, address: string): Promise<void> {
  if (actor.kind !== 'user') throw forbidden('Sign in, or send the key of a user, to change a user.')
  const isSelf = isPerson(actor, userId)
  if (!isSelf) requireSystemAdmin(actor, 'change other users')
  if (changes.emailAddress !== undefined || changes.role !== undefined || changes.deleted !== undefined)
    requireSystemAdmin(actor, 'change email_address, role and deleted')
  const user = await requireUser(ctx, userId)
  const isRestored = changes.deleted === false
  if (changes.role !== undefined || changes.emailAddress !== undefined || isRestored || (!isSelf && changes.password !== undefined))
    await requireRecentProof(ctx, actor)
  const set = checkChanges(changes)
  const units = changes.units === undefined ? null : requireUnits(changes.units)
  if (set.email_address !== undefined && set.email_address.toLowerCase() !== user.email_address.toLowerCase()) set.address_proven = 0
  if (changes.password !== undefined) {
    await requireGoodPassword(changes.password, [...(await wordsAbout(ctx, user)), changes.fullName, changes.userName])
    if (isSelf && !(actor.isSystemAdmin && actor.keyId !== undefined)) await requireOldPassword(ctx, user, changes.oldPassword, address)
    set.password_hash = await hashPassword(changes.password)
  }
  if (Object.keys(set).length === 0 && units === null)
    throw invalid('Nothing to change: give full_name, user_name, units, password, email_address, role or deleted.')
  const ended = await transact(ctx, async (tx) => {
    if (set.role !== undefined && set.role !== SYSTEM_ADMIN) await requireAnotherSystemAdmin(tx, userId)
    if (Object.keys(set).length > 0) await unlessTaken(() => tx.updateTable('users').set(set).where('id', '=', userId).execute())
    if (units !== null) await changeJson(tx, 'users.attributes', userId, (now) => JSON.stringify({ ...now, units }))
    const { password_hash: hash, ...others } = set
    const shown = units === null ? others : { ...others, units: units ?? 'as stored' }
    const subject = { kind: 'user', id: userId, name: user.email_address } as const
    if (Object.keys(shown).length > 0) await recordAudit(ctx, tx, actor, { kind: 'user.changed', subject, details: shown })
    if (hash !== undefined) await recordAudit(ctx, tx, actor, { kind: 'password.changed', subject })
    // Codes that were sent to another address, or for another password, become void.
    if (set.password_hash !== undefined || set.email_address !== undefined) await removeResets(tx, userId)
    return set.password_hash === undefined ? [] : removeSessions(tx, userId, isSelf ? actor.sessionId : undefined)
  })
  notifyEnded(ctx, userId, ended)
  if (set.user_name !== undefined || set.email_address !== undefined || set.deleted !== undefined) await ctx.pushReach.load(ctx.db)
  if (set.role !== undefined || set.deleted !== undefined) {
    ctx.log.info({ userId, by: actor.userId, role: set.role, deleted: set.deleted }, 'a user was changed')
    ctx.keys.clear()
    ctx.hub.notify('userChanged', { userId })
  }
}

function checkChanges(changes: UserChanges): UserUpdate {
  const set: UserUpdate = {}
  if (changes.fullName !== undefined) set.full_name = requireFullName(changes.fullName)
  if (changes.userName !== undefined) set.user_name = changes.userName === '' ? null : requireUserName(changes.userName)
  if (changes.emailAddress !== undefined) set.email_address = requireEmailAddress(changes.emailAddress)
  if (changes.role !== undefined) set.role = changes.role
  if (changes.deleted === true) throw invalid('deleted may only be set to false, which brings a deleted user back; DELETE deletes.')
  if (changes.deleted === false) set.deleted = 0
  return set
}

async function requireOldPassword(ctx: Context, user: UserRow, oldPassword: string | undefined, address: string): Promise<void> {
  if (oldPassword === undefined) throw invalid('old_password is missing: the present password is needed to change it.')
  if (!(await checkPassword(ctx, user, oldPassword, { account: user.email_address, address })))
    throw new Fault('forbidden', 'old_password is wrong.')
}

/**
 * Deletes a user; for system admins. Sessions end, keys are revoked for good, and the record stays, marked as deleted.
 * @throws Fault forbidden, not_found; conflict for the last system admin
 */
export async function deleteUser(ctx: Context, actor: Actor, userId: number): Promise<void> {
  if (actor.kind !== 'user' || !actor.isSystemAdmin) throw forbidden('Only system admins may delete users.')
  const user = await requireUser(ctx, userId)
  const { sessions, keys } = await transact(ctx, async (tx) => {
    await requireAnotherSystemAdmin(tx, userId)
    await tx.updateTable('users').set({ deleted: 1 }).where('id', '=', userId).execute()
    await removeResets(tx, userId)
    await tx.deleteFrom('push_devices').where('user_id', '=', userId).execute()
    await recordAudit(ctx, tx, actor, { kind: 'user.deleted', subject: { kind: 'user', id: userId, name: user.email_address } })
    const live = await tx.selectFrom('keys').selectAll().where('access_as_user_id', '=', userId).execute()
    const keys = await revokeRows(ctx, tx, actor, live)
    return { sessions: await removeSessions(tx, userId), keys }
  })
  await ctx.pushReach.load(ctx.db)
  ctx.log.info({ userId, by: actor.userId }, 'a user was deleted')
  ctx.keys.clear()
  for (const keyId of keys) ctx.hub.notify('keyRevoked', { keyId })
  notifyEnded(ctx, userId, sessions)
  ctx.hub.notify('userChanged', { userId })
}

async function requireAnotherSystemAdmin(tx: Tx, userId: number): Promise<void> {
  const other = await tx
    .selectFrom('users')
    .select('id')
    .where('role', '=', SYSTEM_ADMIN)
    .where('deleted', '=', 0)
    .where('id', '!=', userId)
    .limit(1)
    .executeTakeFirst()
  if (!other) throw conflict('That is the last system admin. Make somebody else one first.')
}

async function requireUser(ctx: Context, userId: number): Promise<UserRow> {
  const row = await ctx.db.selectFrom('users').selectAll().where('id', '=', userId).executeTakeFirst()
  if (!row) throw notFound(`There is no user ${userId}.`)
  return row
}
