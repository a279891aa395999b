/** Rows of sessions. */
import type { Context } from '../context.ts'
import type { Tx } from '../database/schema.ts'
import { makeToken, sha256Hex } from '../base/secrets.ts'
import { SECOND, type Micros } from '../base/time.ts'

/** Sessions that expire by then have expired; what the clock skipped counts for none. */
export function expiredUntil({ believed, settings }: Pick<Context, 'believed' | 'settings'>): Micros {
  const lifetime = settings.SESSION_LIFETIME * SECOND
  return believed.removableBefore(lifetime) + lifetime
}

/** When a session ends unless it is used again; however much it is used, SESSION_MAX_LIFETIME after it began. */
export const expiryOf = ({ settings }: Pick<Context, 'settings'>, begun: Micros, now: Micros): Micros =>
  Math.min(now + settings.SESSION_LIFETIME * SECOND, begun + settings.SESSION_MAX_LIFETIME * SECOND)

export interface NewSession {
  userId: number
  address: string
  userAgent: string
}

/** @returns the session's id, and the token for the cookie, of which only a hash is stored */
export async function insertSession(
  ctx: Pick<Context, 'believed' | 'settings'>,
  tx: Tx,
  session: NewSession,
): Promise<{ sessionId: number; token: string }> {
  const now = ctx.believed.now()
  const token = makeToken()
  const { id } = await tx
    .insertInto('sessions')
    .values({
      user_id: session.userId,
      token_hash: sha256Hex(token),
      creation_timestamp: now,
      last_use_timestamp: now,
      expiry_timestamp: expiryOf(ctx, now, now),
      proof_timestamp: now,
      address: session.address.slice(0, 100),
      user_agent: session.userAgent.slice(0, 300),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return { sessionId: id, token }
}

/**
 * Removes the sessions of a user; call {@link notifyEnded} after the commit.
 * @param exceptId a session to keep
 * @returns ids of the sessions that ended
 */
export async function removeSessions(tx: Tx, userId: number, exceptId?: number): Promise<number[]> {
  let query = tx.deleteFrom('sessions').where('user_id', '=', userId)
  if (exceptId !== undefined) query = query.where('id', '!=', exceptId)
  return (await query.returning('id').execute()).map(({ id }) => id)
}

export function notifyEnded(ctx: Pick<Context, 'hub'>, userId: number, sessionIds: readonly number[]): void {
  for (const sessionId of sessionIds) ctx.hub.notify('sessionsEnded', { userId, sessionId })
}
