/**
 * Second factors: what somebody has besides their password. Here codes of an authenticator app (TOTP, RFC 6238: 6 digits, 30 s), and
 * recovery codes that stand in for it when the phone is gone; passkeys are in passkeys.ts. A code counts once.
 */
import { recordAudit } from '../audit/record.ts'
import { Fault, conflict, forbidden, invalid, notFound } from '../base/fault.ts'
import { makeAccessCode, seal, sha256Hex, unseal } from '../base/secrets.ts'
import { MINUTE, SECOND, formatTimestamp } from '../base/time.ts'
import type { Context } from '../context.ts'
import type { Db, FactorInsert, FactorRow, Tx } from '../database/schema.ts'
import { transact } from '../database/transact.ts'
import { isPerson, type Actor, type UserActor } from '../tree/actor.ts'
import type { ThrottleRule } from '../tree/throttles.ts'
import { SYSTEM_ADMIN } from '../wire/user-roles.ts'
import { requireRecentProof } from '../tree/recent-proof.ts'

const STEP = 30 * SECOND
const RECOVERY_CODES = 10
const RECOVERY_LENGTH = 12
const MAX_FACTORS = 10

export interface FactorInfo {
  id: number
  kind: string
  name: string
  creation_timestamp: string
  /** '' when it was not used yet. */
  last_use_timestamp: string
}

const throttleOf = ({ settings }: Context): ThrottleRule => ({
  what: 'wrong codes of the second factor for this account',
  limit: settings.SIGN_IN_ATTEMPTS,
  window: 15 * MINUTE,
  durable: true,
})

/** Whether the user has a second factor. @param db may be a transaction */
export async function hasFactor(db: Db | Tx, userId: number): Promise<boolean> {
  return (await db.selectFrom('user_factors').select('id').where('user_id', '=', userId).limit(1).executeTakeFirst()) !== undefined
}

/** E-mail addresses of system admins who have none. */
export async function adminsWithoutFactor(db: Db): Promise<string[]> {
  const rows = await db
    .selectFrom('users')
    .select('email_address')
    .where('role', '=', SYSTEM_ADMIN)
    .where('deleted', '=', 0)
    .where('id', 'not in', db.selectFrom('user_factors').select('user_id'))
    .orderBy('id')
    .execute()
  return rows.map(({ email_address: address }) => address)
}

/** The caller's own. @throws Fault forbidden */
export async function listFactors(ctx: Context, actor: Actor): Promise<{ factors: FactorInfo[]; recoveryCodes: number }> {
  const { userId } = requirePerson(actor)
  const rows = await ctx.db.selectFrom('user_factors').selectAll().where('user_id', '=', userId).orderBy('id').execute()
  const codes = await ctx.db.selectFrom('recovery_codes').select('code_hash').where('user_id', '=', userId).execute()
  return { factors: rows.map(describeFactor), recoveryCodes: codes.length }
}

const describeFactor = (row: FactorRow): FactorInfo => ({
  id: row.id,
  kind: row.kind,
  name: row.name,
  creation_timestamp: formatTimestamp(row.creation_timestamp),
  last_use_timestamp: row.last_use_timestamp === null ? '' : formatTimestamp(row.last_use_timestamp),
})

/** A new secret for an app, which counts once {@link addApp} has had a code of it. Nothing is stored. @throws Fault forbidden */
export async function offerApp(ctx: Context, actor: Actor): Promise<{ secret: string; uri: string }> {
  const { userId } = requirePerson(actor)
  const user = await ctx.db.selectFrom('users').select('email_address').where('id', '=', userId).executeTakeFirstOrThrow()
  const { Secret } = await import('otpauth')
  const secret = new Secret({ size: 20 }).base32
  return { secret, uri: (await appOf(ctx, secret, user.email_address)).toString() }
}

/**
 * Makes an authenticator app a second factor of the caller, who has shown a code of it.
 * @returns recovery codes, shown this once, with the first factor; none otherwise
 * @throws Fault forbidden, also without a recent proof of who they are; invalid; conflict; throttled
 */
export async function addApp(
  ctx: Context,
  actor: Actor,
  { secret, code, name }: { secret: string; code: string; name: string },
): Promise<string[]> {
  const person = requirePerson(actor)
  await requireRecentProof(ctx, actor)
  if (!/^[A-Z2-7]{32}$/.test(secret)) throw invalid('secret is not one that the server offered: begin again.')
  requireFactorName(name)
  ctx.throttles.take(throttleOf(ctx), String(person.userId))
  const step = await stepOf(ctx, secret, code)
  if (step === undefined)
    throw invalid("code is not what the app shows now. Look whether the phone's clock is right, and type the newest one.")
  ctx.throttles.clear(throttleOf(ctx), String(person.userId))
  return insertFactor(ctx, actor, person, { kind: 'totp', name, secret: seal(secret, ctx.settings.SECRET_KEY, 'totp'), last_step: step })
}

/** @throws Fault invalid */
export function requireFactorName(name: string): void {
  if (name === '' || name.length > 50 || /\p{Cc}/u.test(name))
    throw invalid('name must have 1 to 50 characters, and no control characters.')
}

/**
 * Writes a second factor that its owner has shown to work.
 * @returns recovery codes, shown this once, with the first one; none otherwise
 * @throws Fault conflict
 */
export async function insertFactor(ctx: Context, actor: Actor, person: UserActor, factor: NewFactor): Promise<string[]> {
  const codes = await transact(ctx, async (tx) => {
    const { count } = await tx
      .selectFrom('user_factors')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('user_id', '=', person.userId)
      .executeTakeFirstOrThrow()
    if (count >= MAX_FACTORS) throw conflict(`You have ${count} second factors, and there is no room for more. Remove one first.`)
    if (factor.credential_id !== undefined && (await isKnownPasskey(tx, factor.credential_id)))
      throw conflict('That passkey was added already.')
    const { id } = await tx
      .insertInto('user_factors')
      .values({ ...factor, user_id: person.userId, creation_timestamp: ctx.believed.now(), last_use_timestamp: null })
      .returning('id')
      .executeTakeFirstOrThrow()
    const subject = { kind: 'factor', id, name: factor.name } as const
    await recordAudit(ctx, tx, actor, { kind: 'factor.added', subject, details: { of: factor.kind } })
    return count === 0 ? writeRecoveryCodes(ctx, tx, person) : []
  })
  ctx.hub.notify('userChanged', { userId: person.userId })
  return codes
}

type NewFactor = Pick<FactorInsert, 'name' | 'secret' | 'last_step' | 'public_key' | 'counter' | 'transports'> & {
  readonly kind: 'totp' | 'passkey'
  readonly credential_id?: string
}

const isKnownPasskey = async (tx: Tx, id: string): Promise<boolean> =>
  (await tx.selectFrom('user_factors').select('id').where('credential_id', '=', id).executeTakeFirst()) !== undefined

/** Removes one of the caller's; the recovery codes go with the last. @throws Fault forbidden, not_found */
export async function removeFactor(ctx: Context, actor: Actor, id: number): Promise<void> {
  const { userId } = requirePerson(actor)
  await requireRecentProof(ctx, actor)
  await removeFactors(ctx, actor, userId, id)
}

/** Removes all of a user who has lost them; for system admins. @throws Fault forbidden, not_found when there is none */
export async function resetFactors(ctx: Context, actor: Actor, userId: number): Promise<void> {
  if (actor.kind !== 'user' || !actor.isSystemAdmin) throw forbidden('Only system admins remove the second factors of others.')
  await requireRecentProof(ctx, actor)
  await removeFactors(ctx, actor, userId, undefined)
}

async function removeFactors(ctx: Context, actor: Actor, userId: number, id: number | undefined): Promise<void> {
  await transact(ctx, async (tx) => {
    let query = tx.deleteFrom('user_factors').where('user_id', '=', userId)
    if (id !== undefined) query = query.where('id', '=', id)
    const gone = await query.returning(['id', 'name']).execute()
    if (gone.length === 0) throw notFound(id === undefined ? `User ${userId} has no second factor.` : `You have no second factor ${id}.`)
    for (const factor of gone)
      await recordAudit(ctx, tx, actor, { kind: 'factor.removed', subject: { kind: 'factor', ...factor }, details: { of_user: userId } })
    if (!(await hasFactor(tx, userId))) await tx.deleteFrom('recovery_codes').where('user_id', '=', userId).execute()
  })
  ctx.hub.notify('userChanged', { userId })
}

/** New recovery codes in place of those before, shown this once. @throws Fault forbidden; conflict without a second factor */
export async function renewRecoveryCodes(ctx: Context, actor: Actor): Promise<string[]> {
  const person = requirePerson(actor)
  await requireRecentProof(ctx, actor)
  return transact(ctx, async (tx) => {
    if (!(await hasFactor(tx, person.userId))) throw conflict('Recovery codes stand in for a second factor: set one up first.')
    return writeRecoveryCodes(ctx, tx, person)
  })
}

async function writeRecoveryCodes(ctx: Context, tx: Tx, person: UserActor): Promise<string[]> {
  await tx.deleteFrom('recovery_codes').where('user_id', '=', person.userId).execute()
  const codes = Array.from({ length: RECOVERY_CODES }, () => makeAccessCode(RECOVERY_LENGTH))
  await tx
    .insertInto('recovery_codes')
    .values(codes.map((code) => ({ user_id: person.userId, code_hash: recoveryHash(person.userId, code) })))
    .execute()
  await recordAudit(ctx, tx, person, { kind: 'factor.codes_made', subject: { kind: 'user', id: person.userId } })
  return codes
}

const recoveryHash = (userId: number, code: string): string => sha256Hex(`recovery ${userId} ${code}`)

/**
 * Takes a code of an app of the user's, or a recovery code; it is void afterwards.
 * @throws Fault unauthenticated when it is wrong or was used; throttled
 */
export async function takeCode(ctx: Context, userId: number, given: string, address: string): Promise<void> {
  const rule = throttleOf(ctx)
  // Count it first: simultaneous guesses must not all pass.
  ctx.throttles.take(rule, String(userId))
  const code = given.replace(/[\s-]/g, '').toUpperCase()
  const isRight = /^\d{6}$/.test(code) ? await takeAppCode(ctx, userId, code) : await takeRecoveryCode(ctx, userId, code, address)
  if (!isRight) throw new Fault('unauthenticated', 'The code is wrong, or was used already. Take the next one that the app shows.')
  ctx.throttles.clear(rule, String(userId))
}

async function takeAppCode(ctx: Context, userId: number, code: string): Promise<boolean> {
  const apps = await ctx.db.selectFrom('user_factors').selectAll().where('user_id', '=', userId).where('kind', '=', 'totp').execute()
  for (const { id, secret: sealed, last_step: before } of apps) {
    const secret = sealed === null ? undefined : unseal(sealed, ctx.settings.SECRET_KEY, 'totp')
    const step = secret === undefined ? undefined : await stepOf(ctx, secret, code)
    if (step === undefined) continue
    if (ctx.engine.isReadOnly) {
      if (ctx.passingSessions.useFactor(id, step, before)) return true
      continue
    }
    const { numUpdatedRows } = await ctx.db
      .updateTable('user_factors')
      .set({ last_step: step, last_use_timestamp: ctx.believed.now() })
      .where('id', '=', id)
      .where((eb) => eb.or([eb('last_step', 'is', null), eb('last_step', '<', step)]))
      .executeTakeFirstOrThrow()
    if (numUpdatedRows > 0n) return true
  }
  return false
}

/** @throws Fault conflict where it can't be struck out */
async function takeRecoveryCode(ctx: Context, userId: number, code: string, address: string): Promise<boolean> {
  if (ctx.engine.isReadOnly)
    throw conflict('This server changes nothing, and a recovery code counts once. Give the code that your app shows, or use a passkey.')
  return transact(ctx, async (tx) => {
    const hash = recoveryHash(userId, code)
    const used = await tx.deleteFrom('recovery_codes').where('user_id', '=', userId).where('code_hash', '=', hash).executeTakeFirstOrThrow()
    if (used.numDeletedRows === 0n) return false
    await recordAudit(ctx, tx, { kind: 'user', userId, address }, { kind: 'factor.code_used', subject: { kind: 'user', id: userId } })
    return true
  })
}

/**
 * Makes void what authenticator apps show at this moment: after a take-over it is not known which codes were used at the server before, or
 * at this one while it changed nothing.
 */
export async function voidShownCodes({ db, clock }: Pick<Context, 'db' | 'clock'>): Promise<void> {
  const step = Math.floor(clock.now() / STEP) + 1
  await db
    .updateTable('user_factors')
    .set({ last_step: step })
    .where('kind', '=', 'totp')
    .where((eb) => eb.or([eb('last_step', 'is', null), eb('last_step', '<', step)]))
    .execute()
}

/** The step of 30 s whose code this is, of the present one and its neighbours; undefined when it is none. */
async function stepOf(ctx: Context, secret: string, code: string): Promise<number | undefined> {
  const now = ctx.clock.now()
  const delta = (await appOf(ctx, secret, '')).validate({ token: code.replace(/\s/g, ''), timestamp: now / 1000, window: 1 })
  return delta === null ? undefined : Math.floor(now / STEP) + delta
}

async function appOf({ settings }: Context, secret: string, label: string) {
  const { Secret, TOTP } = await import('otpauth')
  return new TOTP({ issuer: settings.SYSTEM_NAME, label, secret: Secret.fromBase32(secret), digits: 6, period: STEP / SECOND })
}

export function requirePerson(actor: Actor): UserActor {
  if (actor.kind !== 'user' || !isPerson(actor, actor.userId) || actor.sessionId === undefined)
    throw forbidden('Second factors belong to people who are signed in: a key has none.')
  return actor
}
