/** Gives the proof of who somebody is that `tree/recent-proof.ts` asks for. */
import { recordAudit } from '../audit/record.ts'
import { forbidden } from '../base/fault.ts'
import type { Context } from '../context.ts'
import { transact } from '../database/transact.ts'
import type { Actor } from '../tree/actor.ts'
import { takePasskey, type PasskeyUse } from './passkeys.ts'
import { checkPassword } from './password-checks.ts'

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
  await renewProof(ctx, actor, sessionId)
}

/**
 * Proves by a passkey of theirs who the user of the session is, for the next 10 minutes.
 * @param use what a browser made of {@link offerPasskeyUse}, and where
 * @throws Fault forbidden, also for a passkey of somebody else; unauthenticated; throttled
 */
export async function confirmByPasskey(ctx: Context, actor: Actor, use: PasskeyUse): Promise<void> {
  if (actor.kind !== 'user' || actor.sessionId === undefined) throw forbidden('There is no session to confirm: keys need none.')
  if ((await takePasskey(ctx, use)) !== actor.userId) throw forbidden('That passkey is not yours.')
  await renewProof(ctx, actor, actor.sessionId)
}

async function renewProof(ctx: Context, actor: Actor, sessionId: number): Promise<void> {
  await transact(ctx, async (tx) => {
    await tx.updateTable('sessions').set({ proof_timestamp: ctx.believed.now() }).where('id', '=', sessionId).execute()
    await recordAudit(ctx, tx, actor, { kind: 'session.confirmed', subject: { kind: 'session', id: sessionId } })
  })
}
