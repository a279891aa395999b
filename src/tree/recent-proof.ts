/** Proof of who somebody is, before what would be worst in the hands of one who finds a browser signed in. */
import { Fault } from '../base/fault.ts'
import { MINUTE } from '../base/time.ts'
import type { Context } from '../context.ts'
import type { Actor } from './actor.ts'

/** How long a password or code proves who somebody is. */
const VALIDITY = 10 * MINUTE

/**
 * A session must have had a password or second factor within the last 10 minutes. Keys have no session, and pass.
 * @throws Fault forbidden, which says how to give one
 */
export async function requireRecentProof(ctx: Context, actor: Actor): Promise<void> {
  if (actor.kind !== 'user' || actor.sessionId === undefined) return
  const session = await ctx.db
    .selectFrom('sessions')
    .select(['creation_timestamp', 'proof_timestamp'])
    .where('id', '=', actor.sessionId)
    .executeTakeFirst()
  const now = ctx.believed.now()
  const proven = session?.proof_timestamp ?? session?.creation_timestamp ?? 0
  if (proven <= now && now - proven <= VALIDITY) return
  throw new Fault(
    'forbidden',
    'Confirm that it is you: this needs your password from within the last 10 minutes (page /-/confirm, or POST /api/v1/sessions/confirm).',
    { needs: 'proof' },
  )
}
