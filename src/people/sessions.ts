/** Signed-in browsers: a cookie's token stands for a user until it expires or is ended. Source: protocol, section 2. */
import { isPerson, type Actor, type UserActor } from '../tree/actor.ts'
import { recordAudit, type Subject } from '../audit/record.ts'
import type { Context } from '../context.ts'
import type { UserRow } from '../database/schema.ts'
import { Fault, forbidden, notFound } from '../base/fault.ts'
import { markDevice } from './known-devices.ts'
import { authenticatePassingSession, beginPassingSession } from './passing-sessions.ts'
import { takePasskey, type PasskeyUse } from './passkeys.ts'
import { checkPassword } from './password-checks.ts'
import { removeInSteps } from '../database/removal-steps.ts'
import { transact } from '../database/transact.ts'
import { equalSecrets, sha256Hex, sign } from '../base/secrets.ts'
import { expiredUntil, expiryOf, insertSession, notifyEnded, removeSessions } from './session-records.ts'
import { MINUTE, formatTimestamp } from '../base/time.ts'
import type { ThrottleRule } from '../tree/throttles.ts'
import { hasFactor, takeCode } from './second-factors.ts'
import { findUserByName } from './user-records.ts'
import { SYSTEM_ADMIN } from '../wire/user-roles.ts'

/** Minimum time between two updates of a session's last use. */
const USE_INTERVAL = 10 * MINUTE

export interface Credentials {
  /** E-mail address or user name. */
  readonly user: string
  readonly password: string
  readonly address: string
  readonly userAgent: string
  /** The mark of the device from an earlier sign-in, if it sent one. */
  readonly device?: string | undefined
  /** Of the second factor, where there is one: a code of the app, or a recovery code. */
  readonly code?: string | undefined
  /** In place of the code: what the browser made of an offer, and the page's origin. */
  readonly passkey?: Pick<PasskeyUse, 'response' | 'origin'> | undefined
}

export interface SignedIn {
  readonly userId: number
  readonly sessionId: number
  /** For the cookie. */
  readonly token: string
  readonly csrfToken: string
  /** Marks the device as one that has signed in: for a cookie that stays. */
  readonly device: string
}

/** The public part of a session; never its token. */
export interface SessionInfo {
  id: number
  creation_timestamp: string
  last_use_timestamp: string
  expiry_timestamp: string
  address: string
  user_agent: string
  /** Whether it is the session of this request. */
  is_current: boolean
}

/**
 * Begins a session. A missing account and a wrong password take the same time and give the same error.
 * @throws Fault unauthenticated, which says when it is a code that is missing; throttled by account and by address
 */
export async function signIn(
  ctx: Context,
  { user: name, password, address, userAgent, device, code, passkey }: Credentials,
): Promise<SignedIn> {
  const wrong = new Fault('unauthenticated', 'The user or the password is wrong.')
  const found = await findUserByName(ctx.db, name)
  const user = found?.deleted === 0 ? found : undefined
  if (!(await checkPassword(ctx, user, password, { account: name, address, device })) || !user) {
    // Don't log the name: people type their password there too.
    ctx.log.warn({ userId: user?.id ?? null, address }, 'a sign-in failed')
    ctx.audit.gather({ kind: 'anonymous', address }, { kind: 'session.failed', subject: aboutUser(user) })
    throw wrong
  }
  if (await hasFactor(ctx.db, user.id)) {
    if (passkey === undefined && (code === undefined || code === ''))
      throw new Fault(
        'unauthenticated',
        'The password is right. Now give code: what your authenticator app shows, or a recovery code. Or use a passkey.',
        {
          needs: 'code',
        },
      )
    try {
      if (passkey === undefined) await takeCode(ctx, user.id, code ?? '', address)
      else if ((await takePasskey(ctx, { ...passkey, address })) !== user.id)
        throw new Fault('unauthenticated', 'That passkey is of another account.')
    } catch (error) {
      ctx.audit.gather({ kind: 'anonymous', address }, { kind: 'session.failed', subject: aboutUser(user) })
      throw error
    }
  }
  return beginSession(ctx, user, { address, userAgent })
}

/** Begins a session without a password. @throws Fault unauthenticated; throttled; conflict when no passkey works at this address */
export async function signInByPasskey(ctx: Context, { userAgent, ...use }: PasskeyUse & { userAgent: string }): Promise<SignedIn> {
  const { address } = use
  let userId: number
  try {
    userId = await takePasskey(ctx, use)
  } catch (error) {
    ctx.audit.gather({ kind: 'anonymous', address }, { kind: 'session.failed', subject: aboutUser(undefined), details: { by: 'passkey' } })
    throw error
  }
  const user = await ctx.db.selectFrom('users').selectAll().where('id', '=', userId).executeTakeFirstOrThrow()
  return beginSession(ctx, user, { address, userAgent, by: 'passkey' })
}

/** Begins a session with a link that works once. @throws Fault not_found when it is wrong, was used, or is too old; throttled */
export async function signInByLink(
  ctx: Context,
  { token, address, userAgent }: { token: string; address: string; userAgent: string },
): Promise<SignedIn> {
  ctx.throttles.check(wrongLinks, address)
  const userId = ctx.signInLink.take(ctx, token)
  if (userId === undefined) {
    ctx.throttles.count(wrongLinks, address)
    throw notFound('This link is wrong, was used, or is older than a day. Start the demo again: it prints a new one.')
  }
  const user = await ctx.db.selectFrom('users').selectAll().where('id', '=', userId).executeTakeFirstOrThrow()
  return beginSession(ctx, user, { address, userAgent, by: 'link' })
}

const wrongLinks: ThrottleRule = { what: 'wrong links to sign in from your address', limit: 30, window: 15 * MINUTE }

/**
 * Begins a session for somebody who has proven who they are.
 * @param by what it was, for the audit trail, if it was no password
 * @throws Fault unauthenticated when the user was deleted meanwhile
 */
async function beginSession(
  ctx: Context,
  user: UserRow,
  { address, userAgent, by }: { address: string; userAgent: string; by?: 'passkey' | 'link' },
): Promise<SignedIn> {
  if (ctx.engine.isReadOnly) {
    const passing = beginPassingSession(ctx, user.id)
    return { userId: user.id, ...passing, csrfToken: csrfTokenOf(ctx, passing.token), device: markDevice(ctx, user.id) }
  }
  await endExpiredSessions(ctx)
  const { sessionId, token } = await transact(ctx, async (tx) => {
    // The user may have been deleted while the password was checked.
    const live = await tx.selectFrom('users').select('id').where('id', '=', user.id).where('deleted', '=', 0).executeTakeFirst()
    if (!live) throw new Fault('unauthenticated', 'The account was deleted.')
    const session = await insertSession(ctx, tx, { userId: user.id, address, userAgent })
    const details = { session: session.sessionId, user_agent: userAgent.slice(0, 300), by }
    await recordAudit(ctx, tx, { kind: 'user', userId: user.id, address }, { kind: 'session.begun', subject: aboutUser(user), details })
    return session
  })
  ctx.log.info({ userId: user.id, sessionId, address }, 'signed in')
  return { userId: user.id, sessionId, token, csrfToken: csrfTokenOf(ctx, token), device: markDevice(ctx, user.id) }
}

const aboutUser = (user: UserRow | undefined): Subject => ({ kind: 'user', id: user?.id, name: user?.email_address })

/** Removes expired sessions, and ends the connections that were opened with them. */
export async function endExpiredSessions(ctx: Context): Promise<void> {
  const until = expiredUntil(ctx)
  const count = await removeInSteps(async (limit) => {
    const expired = ctx.db.selectFrom('sessions').select('id').where('expiry_timestamp', '<=', until).limit(limit)
    const ended = await ctx.db.deleteFrom('sessions').where('id', 'in', expired).returning(['id', 'user_id']).execute()
    for (const { id, user_id: userId } of ended) notifyEnded(ctx, userId, [id])
    return ended.length
  })
  if (count > 0) ctx.log.info({ sessions: count, expired_until: formatTimestamp(until) }, 'ended sessions whose time was over')
}

/** The caller's sessions, newest first. @throws Fault forbidden */
export async function listSessions(ctx: Context, actor: Actor): Promise<SessionInfo[]> {
  const person = requirePerson(actor)
  const rows = await ctx.db
    .selectFrom('sessions')
    .selectAll()
    .where('user_id', '=', person.userId)
    .where('expiry_timestamp', '>', expiredUntil(ctx))
    .orderBy('id', 'desc')
    .execute()
  return rows.map((row) => ({
    id: row.id,
    creation_timestamp: formatTimestamp(row.creation_timestamp),
    last_use_timestamp: formatTimestamp(row.last_use_timestamp),
    expiry_timestamp: formatTimestamp(row.expiry_timestamp),
    address: row.address,
    user_agent: row.user_agent,
    is_current: row.id === person.sessionId,
  }))
}

/** Ends the session of this request. @throws Fault forbidden when it has none */
export async function signOut(ctx: Context, actor: Actor): Promise<void> {
  const { sessionId } = requirePerson(actor)
  if (sessionId === undefined)
    throw forbidden('There is no session to end: the request came with a key. all=1 ends all sessions of the user.')
  await endSession(ctx, actor, sessionId)
}

/** Ends one of the caller's sessions. @throws Fault forbidden; not_found, also for the session of another user */
export async function endSession(ctx: Context, actor: Actor, sessionId: number): Promise<void> {
  const { userId } = requirePerson(actor)
  if (ctx.passingSessions.end(sessionId, userId)) return notifyEnded(ctx, userId, [sessionId])
  await transact(ctx, async (tx) => {
    const { numDeletedRows } = await tx
      .deleteFrom('sessions')
      .where('id', '=', sessionId)
      .where('user_id', '=', userId)
      .executeTakeFirstOrThrow()
    if (numDeletedRows === 0n) throw notFound(`You have no session ${sessionId}.`)
    await recordAudit(ctx, tx, actor, { kind: 'session.ended', subject: { kind: 'session', id: sessionId } })
  })
  notifyEnded(ctx, userId, [sessionId])
}

/** Signs out everywhere. @throws Fault forbidden */
export async function endAllSessions(ctx: Context, actor: Actor): Promise<void> {
  const { userId } = requirePerson(actor)
  await transact(ctx, async (tx) => {
    const ended = await removeSessions(tx, userId)
    await recordAudit(ctx, tx, actor, { kind: 'session.ended', subject: { kind: 'user', id: userId }, details: { sessions: ended.length } })
  })
  ctx.hub.notify('sessionsEnded', { userId })
}

function requirePerson(actor: Actor): UserActor {
  if (actor.kind !== 'user' || !isPerson(actor, actor.userId)) throw forbidden('Only users have sessions: sign in first.')
  return actor
}

/**
 * The actor for a cookie's token; undefined if the token is not valid (any more). Use extends the session.
 * @param address that it is used from
 */
export async function authenticateSession(ctx: Context, token: string, address = ''): Promise<Actor | undefined> {
  if (token === '' || token.length > 200) return undefined
  const passing = await authenticatePassingSession(ctx, token)
  if (passing) return passing
  const find = () =>
    ctx.db
      .selectFrom('sessions')
      .innerJoin('users', 'users.id', 'sessions.user_id')
      .select([
        'sessions.id',
        'sessions.user_id',
        'sessions.creation_timestamp',
        'sessions.expiry_timestamp',
        'sessions.last_use_timestamp',
        'users.role',
      ])
      .select((eb) =>
        eb
          .selectFrom('user_factors')
          .select('user_factors.id')
          .whereRef('user_factors.user_id', '=', 'sessions.user_id')
          .limit(1)
          .as('factor_id'),
      )
      .where('token_hash', '=', sha256Hex(token))
      .where('users.deleted', '=', 0)
      .executeTakeFirst()
  const now = ctx.believed.now()
  let session = await find()
  if (!session || session.expiry_timestamp <= expiredUntil(ctx)) return undefined
  const expiry = expiryOf(ctx, session.creation_timestamp, now)
  // One that ends later than any can was used while the clock was ahead.
  const isToBeExtended = now - session.last_use_timestamp > USE_INTERVAL || session.expiry_timestamp > expiry + USE_INTERVAL
  if (isToBeExtended && !ctx.engine.isReadOnly) {
    const used = { last_use_timestamp: now, expiry_timestamp: expiry, ...(address === '' ? {} : { address: address.slice(0, 100) }) }
    await ctx.db.updateTable('sessions').set(used).where('id', '=', session.id).execute()
    // The session may have been ended, or its user changed, during the update.
    session = await find()
    if (!session || session.expiry_timestamp <= expiredUntil(ctx)) return undefined
  }
  return {
    kind: 'user',
    userId: session.user_id,
    isSystemAdmin: session.role === SYSTEM_ADMIN,
    sessionId: session.id,
    ...(session.factor_id === null ? { lacksFactor: true } : {}),
  }
}

/** The token that pages of this session must send with each change. */
export const csrfTokenOf = (ctx: Pick<Context, 'settings'>, sessionToken: string): string =>
  sign(`csrf ${sessionToken}`, ctx.settings.SECRET_KEY)

export const isCsrfToken = (ctx: Pick<Context, 'settings'>, sessionToken: string, csrfToken: string): boolean =>
  equalSecrets(csrfTokenOf(ctx, sessionToken), csrfToken)
