/** Proof of who somebody is, before what would be worst in the hands of one who finds a browser signed in. */
import { recordAudit } from '../audit/record.ts'
import { Fault, forbidden } from '../base/fault.ts'
import { MINUTE } from '../base/time.ts'
import type { Context } from '../context.ts'
import { transact } from '../database/transact.ts'
import type { Actor } from '../tree/actor.ts'
import { checkPassword } from './password-checks.ts'

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

/**
 * Proves by the password who the user of the session is, for the next 10 minutes.
 * @throws Fault forbidden, also for a wrong password; throttled
 */
export async function confirmIdentity(ctx: Context, actor: Actor, password: string, address: string): Promise<void> {
  if (actor.kind !== 'user' || actor.sessionId === undefined) throw forbidden('There is no session to confirm: keys need none.')
  const { userId, sessionId } = actor
  const user = await ctx.db.selectFrom('users').selectAll().where('id', '=', userId).executeTakeFirstOrThrow()
  if (!(await checkPassword(ctx, user, password, { account: user.email_address, address }))) {
    ctx.audit.gather(actor, { kind: 'session.failed', subject: { kind: 'user', id: userId, name: user.email_address } })
    throw forbidden('The password is wrong.')
  }
  await transact(ctx, async (tx) => {
    await tx.updateTable('sessions').set({ proof_timestamp: ctx.believed.now() }).where('id', '=', sessionId).execute()
    await recordAudit(ctx, tx, actor, { kind: 'session.confirmed', subject: { kind: 'session', id: sessionId } })
  })
}
