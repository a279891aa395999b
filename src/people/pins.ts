/**
 * PINs, with which a new controller gets its key: it shows a PIN, a user enters the PIN for a controller's folder, and the controller
 * fetches its key, once. Source: protocol, section 5.
 */
import { randomInt } from 'node:crypto'
import type { Actor } from '../tree/actor.ts'
import { recordAudit } from '../audit/record.ts'
import type { Context } from '../context.ts'
import type { Tx } from '../database/schema.ts'
import { transact } from '../database/transact.ts'
import { Fault, conflict, forbidden, invalid, notFound } from '../base/fault.ts'
import { aboutKey, insertKey } from './key-records.ts'
import { quote, splitPath } from '../base/path.ts'
import { findByPath, refuseMissing } from '../tree/finding.ts'
import { canWrite, requireWrite } from '../tree/permissions.ts'
import { CONTROLLER_FOLDER } from '../wire/resource-types.ts'
import { makeAccessCode, sha256Hex } from '../base/secrets.ts'
import type { ThrottleRule } from '../tree/throttles.ts'
import { MINUTE } from '../base/time.ts'
import { requireRecentProof } from '../tree/recent-proof.ts'
import { pathOf } from '../tree/tree.ts'
import { SYSTEM_ADMIN } from '../wire/user-roles.ts'

/** How long a PIN can be entered, and its key fetched. */
export const PIN_VALIDITY = 30 * MINUTE
const [LOWEST, HIGHEST] = [1000, 9999]
const CODE_LENGTH = 60
/** Few enough of the 9,000 possible PINs that a guess rarely hits one that is shown somewhere. */
const MAX_LIVE = 500

const requestRule = { what: 'PINs asked for from your address', limit: 60, window: PIN_VALIDITY }
const wrongCodes = { what: 'wrong PIN codes from your address', limit: 300, window: 5 * MINUTE }
const wrongPinsOfUser: ThrottleRule = { what: 'wrong PINs', limit: 10, window: 15 * MINUTE, durable: true }
const wrongPinsOfAddress: ThrottleRule = { what: 'wrong PINs from your address', limit: 50, window: 15 * MINUTE, durable: true }

/** A new PIN, for any caller. @throws Fault throttled; busy when too many wait to be entered */
export async function createPin(ctx: Context, address: string): Promise<{ pin: number; pinCode: string }> {
  ctx.throttles.take(requestRule, address)
  const pinCode = makeAccessCode(CODE_LENGTH)
  const pin = await transact(ctx, async (tx) => {
    await tx.deleteFrom('pins').where('creation_timestamp', '<=', ctx.believed.before(PIN_VALIDITY)).execute()
    const live = new Set((await tx.selectFrom('pins').select('pin').execute()).map((row) => row.pin))
    if (live.size >= MAX_LIVE) throw new Fault('busy', 'Too many PINs wait to be entered. Try again later.', { retryAfter: 300 })
    const pin = pickPin(live)
    await tx
      .insertInto('pins')
      .values({
        pin,
        code_hash: sha256Hex(pinCode),
        creation_timestamp: ctx.believed.now(),
        enter_timestamp: null,
        user_id: null,
        controller_id: null,
        key_created: 0,
        attributes: '{}',
      })
      .execute()
    return pin
  })
  return { pin, pinCode }
}

function pickPin(taken: ReadonlySet<number>): number {
  let pin = randomInt(LOWEST, HIGHEST + 1)
  while (taken.has(pin)) pin = randomInt(LOWEST, HIGHEST + 1)
  return pin
}

/**
 * Gives the controller that shows `pin` access as the controller at `path`; for users who may write there.
 * @param address the requester's network address
 * @throws Fault forbidden, also without a recent proof; invalid when there is no controller at the path; not_found when there is no such
 * live PIN; conflict when it was entered already; throttled
 */
export async function enterPin(ctx: Context, actor: Actor, pin: number | undefined, path: string, address: string): Promise<void> {
  if (actor.kind !== 'user') throw forbidden('Only users enter PINs. Sign in, or send the key of a user.')
  const { userId } = actor
  const missing = invalid(`controller: there is no controller at ${quote(path)}.`)
  const controller = findByPath(ctx, actor, path, 'controller')
  if (!controller) throw refuseMissing(ctx, actor, splitPath(path, 'controller'), missing)
  requireWrite(ctx, actor, controller)
  if (controller.type !== CONTROLLER_FOLDER) throw missing
  // A PIN that is entered becomes a key.
  await requireRecentProof(ctx, actor)
  ctx.throttles.check(wrongPinsOfAddress, address)
  ctx.throttles.take(wrongPinsOfUser, String(userId))
  // Count it before the lookup, so that simultaneous guesses don't all pass before the first one has failed.
  ctx.throttles.count(wrongPinsOfAddress, address)
  const isThere = await transact(ctx, async (tx) => {
    const row = pin === undefined ? undefined : await selectLive(ctx, tx, pin)
    if (!row) return false
    if (row.enter_timestamp !== null) throw conflict('That PIN was entered already.')
    await tx
      .updateTable('pins')
      .set({ enter_timestamp: ctx.clock.now(), user_id: userId, controller_id: controller.id })
      .where('id', '=', row.id)
      .execute()
    return true
  })
  if (!isThere) throw noPin()
  ctx.throttles.uncount(wrongPinsOfUser, String(userId))
  ctx.throttles.uncount(wrongPinsOfAddress, address)
}

/**
 * Status of a PIN, for the controller that requested it.
 * @returns the controller's path and a new key, the first time after the PIN was entered; undefined before and after
 * @throws Fault not_found when PIN or code are wrong or expired; conflict when the controller or user has been deleted; throttled
 */
export async function pollPin(
  ctx: Context,
  pin: number | undefined,
  pinCode: string,
  address: string,
): Promise<{ controllerPath: string; secretKey: string } | undefined> {
  ctx.throttles.check(wrongCodes, address)
  const row = pin === undefined ? undefined : await selectLive(ctx, ctx.db, pin)
  if (!row || row.code_hash !== sha256Hex(pinCode)) {
    ctx.throttles.count(wrongCodes, address)
    throw noPin()
  }
  const { user_id: userId, controller_id: controllerId } = row
  if (row.key_created === 1 || userId === null || controllerId === null) return undefined
  const controller = ctx.tree.byId(controllerId)
  if (!controller) throw conflict('The controller that the PIN was entered for was deleted. Ask for a new PIN.')
  return transact(ctx, async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('pins')
      .set({ key_created: 1 })
      .where('id', '=', row.id)
      .where('key_created', '=', 0)
      .executeTakeFirstOrThrow()
    if (numUpdatedRows === 0n) return undefined
    const user = await tx.selectFrom('users').select('role').where('id', '=', userId).where('deleted', '=', 0).executeTakeFirst()
    if (!user) throw conflict('The user who entered the PIN was deleted. Ask for a new PIN.')
    // The user who entered the PIN must still have the permission that the key gives.
    if (!canWrite(ctx, { kind: 'user', userId, isSystemAdmin: user.role === SYSTEM_ADMIN }, controller))
      throw conflict('The user who entered the PIN may not change the controller any more. Ask for a new PIN.')
    const key = { organizationId: controller.organizationId, creatorId: userId, controllerId }
    const { id, secretKey } = await insertKey({ ...ctx, db: tx }, key)
    await recordAudit(
      ctx,
      tx,
      { kind: 'user', userId, address },
      { ...aboutKey(ctx, 'key.made', { id, ...key }), details: { by_pin: true } },
    )
    return { controllerPath: pathOf(controller), secretKey }
  })
}

const selectLive = (ctx: Context, db: Context['db'] | Tx, pin: number) =>
  db
    .selectFrom('pins')
    .selectAll()
    .where('pin', '=', pin)
    .where('creation_timestamp', '>', ctx.believed.before(PIN_VALIDITY))
    .executeTakeFirst()

const noPin = (): Fault => notFound('There is no such PIN, or it is older than 30 minutes.')
