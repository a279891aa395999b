/**
 * Sessions at a server that changes nothing, a standby or one on a disk that can't be written: in memory, until the server ends. So is
 * which second factors have been used there.
 */
import { makeToken, sha256Hex } from '../base/secrets.ts'
import { SECOND, type Micros } from '../base/time.ts'
import type { Context } from '../context.ts'
import type { Actor } from '../tree/actor.ts'
import { hasFactor } from './second-factors.ts'
import { SYSTEM_ADMIN } from '../wire/user-roles.ts'

/** The oldest goes when there are more. */
const MOST = 1_000

interface PassingSession {
  readonly id: number
  readonly userId: number
  readonly expiry: Micros
}

export class PassingSessions {
  /** By the hash of the token. */
  readonly #sessions = new Map<string, PassingSession>()
  /** When each second factor was last used here: the step of an app's code, or the time of a passkey's offer. */
  readonly #used = new Map<number, number>()
  #lastId = 0

  /**
   * Notes that a second factor is used; each use must be later than the one before.
   * @param before what the database knows of its last use
   * @returns false when that use is void
   */
  useFactor(factorId: number, at: number, before: number | null): boolean {
    if (at <= Math.max(before ?? -1, this.#used.get(factorId) ?? -1)) return false
    this.#used.set(factorId, at)
    return true
  }

  /** @returns the session's id, which is negative, as those of the database are not, and the token for the cookie */
  begin(userId: number, expiry: Micros): { sessionId: number; token: string } {
    const token = makeToken()
    const id = --this.#lastId
    if (this.#sessions.size >= MOST) for (const [oldest] of this.#sessions) if (this.#sessions.delete(oldest)) break
    this.#sessions.set(sha256Hex(token), { id, userId, expiry })
    return { sessionId: id, token }
  }

  find(token: string, now: Micros): PassingSession | undefined {
    const session = this.#sessions.get(sha256Hex(token))
    return session && session.expiry > now ? session : undefined
  }

  /** @returns whether there was one of that user */
  end(id: number, userId: number): boolean {
    for (const [hash, session] of this.#sessions) if (session.id === id && session.userId === userId) return this.#sessions.delete(hash)
    return false
  }
}

export function beginPassingSession(
  { passingSessions, believed, settings }: Context,
  userId: number,
): { sessionId: number; token: string } {
  return passingSessions.begin(userId, believed.now() + settings.SESSION_LIFETIME * SECOND)
}

/** The actor for a cookie's token; undefined when there is no such session, or its user is gone. */
export async function authenticatePassingSession(ctx: Context, token: string): Promise<Actor | undefined> {
  const session = ctx.passingSessions.find(token, ctx.believed.now())
  if (!session) return undefined
  const user = await ctx.db.selectFrom('users').select('role').where('id', '=', session.userId).where('deleted', '=', 0).executeTakeFirst()
  if (!user) return undefined
  const { id: sessionId, userId } = session
  const factor = (await hasFactor(ctx.db, userId)) ? {} : ({ lacksFactor: true } as const)
  return { kind: 'user', userId, isSystemAdmin: user.role === SYSTEM_ADMIN, sessionId, ...factor }
}
