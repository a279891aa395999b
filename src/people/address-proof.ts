/**
 * Whether an account's address is its holder's: only a code that came there by mail shows it. Until then whoever made the account may be
 * somebody else, so the first proof ends what was made before: sessions, keys that act as the account, devices that take its alarms, and
 * second factors, which would keep its holder out.
 */
import type { Context } from '../context.ts'
import type { Db, Tx } from '../database/schema.ts'
import { notifyEnded, removeSessions } from './session-records.ts'

/** What ended with the first proof. */
export interface Proof {
  readonly sessionIds: readonly number[]
  readonly keyIds: readonly number[]
  /** Number of second factors that were removed. */
  readonly factors: number
  /** Number of devices that take its alarms no more. */
  readonly devices: number
}

/** Keys that the first proof would revoke; none if the address was proven before. */
export async function keysBeforeProof(db: Db, userId: number): Promise<number[]> {
  const rows = await db
    .selectFrom('keys')
    .innerJoin('users', 'users.id', 'access_as_user_id')
    .select('keys.id')
    .where('users.id', '=', userId)
    .where('address_proven', '=', 0)
    .where('revocation_timestamp', 'is', null)
    .execute()
  return rows.map(({ id }) => id)
}

/** Number of second factors that the first proof would remove. */
export async function factorsBeforeProof(db: Db, userId: number): Promise<number> {
  const rows = await db
    .selectFrom('user_factors')
    .innerJoin('users', 'users.id', 'user_id')
    .select('user_factors.id')
    .where('users.id', '=', userId)
    .where('address_proven', '=', 0)
    .execute()
  return rows.length
}

/** Records that a mailed code was used; call {@link announceProof} after the commit. */
export async function proveAddress(ctx: Pick<Context, 'clock'>, tx: Tx, userId: number): Promise<Proof> {
  const keyIds = await keysBeforeProof(tx, userId)
  const factors = await factorsBeforeProof(tx, userId)
  const { numUpdatedRows } = await tx
    .updateTable('users')
    .set({ address_proven: 1 })
    .where('id', '=', userId)
    .where('address_proven', '=', 0)
    .executeTakeFirstOrThrow()
  if (numUpdatedRows === 0n) return { sessionIds: [], keyIds: [], factors: 0, devices: 0 }
  if (keyIds.length > 0)
    await tx
      .updateTable('keys')
      .set({ revocation_user_id: userId, revocation_timestamp: ctx.clock.now() })
      .where('id', 'in', keyIds)
      .execute()
  await tx.deleteFrom('user_factors').where('user_id', '=', userId).execute()
  await tx.deleteFrom('recovery_codes').where('user_id', '=', userId).execute()
  const devices = await tx.deleteFrom('push_devices').where('user_id', '=', userId).returning('id').execute()
  return { sessionIds: await removeSessions(tx, userId), keyIds, factors, devices: devices.length }
}

export async function announceProof(ctx: Context, userId: number, { sessionIds, keyIds, factors, devices }: Proof): Promise<void> {
  if (factors > 0) ctx.hub.notify('userChanged', { userId })
  if (keyIds.length > 0) ctx.keys.clear()
  for (const keyId of keyIds) ctx.hub.notify('keyRevoked', { keyId })
  notifyEnded(ctx, userId, sessionIds)
  if (devices > 0) await ctx.pushReach.load(ctx.db)
}
