/** Signed-in browsers: a cookie's token stands for a user until it expires or is ended. Source: protocol, section 2. */
import type { Actor } from './actor.ts'
import type { Context } from './context.ts'
import { equalSecrets, sha256Hex, sign } from './secrets.ts'
import { MINUTE, SECOND } from './time.ts'
import { SYSTEM_ADMIN } from './users.ts'

/** A session's use is noted at most this often. */
const USE_INTERVAL = 10 * MINUTE

/** Whom a cookie's token stands for, or undefined when it stands for nobody (any more). Its use keeps the session alive. */
export async function authenticateSession(ctx: Context, token: string): Promise<Actor | undefined> {
  if (token === '' || token.length > 200) return undefined
  const now = ctx.clock.now()
  const session = await ctx.db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .select(['sessions.id', 'sessions.user_id', 'sessions.expiry_timestamp', 'sessions.last_use_timestamp', 'users.role'])
    .where('token_hash', '=', sha256Hex(token))
    .where('users.deleted', '=', 0)
    .executeTakeFirst()
  if (!session || session.expiry_timestamp <= now) return undefined
  if (now - session.last_use_timestamp > USE_INTERVAL) {
    await ctx.db
      .updateTable('sessions')
      .set({ last_use_timestamp: now, expiry_timestamp: now + ctx.settings.SESSION_LIFETIME * SECOND })
      .where('id', '=', session.id)
      .execute()
  }
  return { kind: 'user', userId: session.user_id, isSystemAdmin: session.role === SYSTEM_ADMIN, sessionId: session.id }
}

/** The token that a page of this session must send along with each change. */
export const csrfTokenOf = (ctx: Pick<Context, 'settings'>, sessionToken: string): string => sign(`csrf ${sessionToken}`, ctx.settings.SECRET_KEY)

export const isCsrfToken = (ctx: Pick<Context, 'settings'>, sessionToken: string, csrfToken: string): boolean => equalSecrets(csrfTokenOf(ctx, sessionToken), csrfToken)
