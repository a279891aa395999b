/**
 * Devices that take alarms by web push: a browser, or the site installed on a phone. A user switches them on, one by one; `push:NAME` as a
 * recipient is all of that user.
 */
import { ECDH } from 'node:crypto'
import { sql } from 'kysely'
import { recordAudit } from '../audit/record.ts'
import { reasonAgainstEndpoint } from '../attributes/push-endpoints.ts'
import { conflict, forbidden, invalid, notFound } from '../base/fault.ts'
import { isObject } from '../base/json.ts'
import { seal, sha256Hex, unseal } from '../base/secrets.ts'
import { HOUR, formatTimestamp, timestampOrNull } from '../base/time.ts'
import type { Context } from '../context.ts'
import type { Db } from '../database/schema.ts'
import { transact } from '../database/transact.ts'
import { isPerson, type Actor } from '../tree/actor.ts'
import type { ThrottleRule } from '../tree/throttles.ts'
import type { PushDeviceInfo } from '../wire/people-answers.ts'
import { PUSH_CURVE } from './push-keys.ts'

export const MAX_PUSH_DEVICES = 10
const PURPOSE = 'push device'
const MAX_NAME = 60
const switches: ThrottleRule = { what: 'devices switched on', limit: 30, window: HOUR, durable: true }

/** What a browser gives when it subscribes. */
export interface PushSubscriptionKeys {
  readonly endpoint: string
  /** The browser's public key, base64url of 65 bytes. */
  readonly p256dh: string
  /** A secret of 16 bytes, base64url. */
  readonly auth: string
}

export interface PushDevice extends PushSubscriptionKeys {
  readonly id: number
  readonly name: string
}

/**
 * Switches alarms on for a device of the caller; again for the same browser takes the place of what was known of it.
 * @throws Fault forbidden; invalid for keys that are none, or an address where nothing may be sent; conflict when there are too many
 */
export async function addPushDevice(ctx: Context, actor: Actor, keys: PushSubscriptionKeys, name: string): Promise<number> {
  const userId = requirePerson(actor)
  const reason = reasonAgainstEndpoint(ctx.settings, keys.endpoint)
  if (reason !== undefined) throw invalid(`endpoint: nothing is sent there. ${reason}`)
  requireKeys(keys)
  ctx.throttles.take(switches, `of user ${userId}`)
  const row = {
    user_id: userId,
    endpoint_hash: sha256Hex(keys.endpoint),
    sealed: seal(JSON.stringify([keys.endpoint, keys.p256dh, keys.auth]), ctx.settings.SECRET_KEY, PURPOSE),
    name:
      name
        .replace(/[\p{C}\s]+/gu, ' ')
        .trim()
        .slice(0, MAX_NAME) || 'A browser',
    creation_timestamp: ctx.clock.now(),
    sent_timestamp: null,
  }
  const id = await transact(ctx, async (tx) => {
    await tx.deleteFrom('push_devices').where('endpoint_hash', '=', row.endpoint_hash).execute()
    const { devices } = await tx
      .selectFrom('push_devices')
      .select((eb) => eb.fn.countAll<number>().as('devices'))
      .where('user_id', '=', userId)
      .executeTakeFirstOrThrow()
    if (devices >= MAX_PUSH_DEVICES)
      throw conflict(`${devices} of your devices take alarms already, which is the most. Switch one off first.`)
    const added = await tx.insertInto('push_devices').values(row).returning('id').executeTakeFirstOrThrow()
    await recordAudit(ctx, tx, actor, { kind: 'device.added', subject: { kind: 'device', id: added.id, name: row.name } })
    return added.id
  })
  await ctx.pushReach.load(ctx.db)
  return id
}

/** The caller's devices, the newest last. @throws Fault forbidden */
export async function listPushDevices(ctx: Context, actor: Actor): Promise<PushDeviceInfo[]> {
  const rows = await ctx.db
    .selectFrom('push_devices')
    .select(['id', 'name', 'endpoint_hash', 'creation_timestamp', 'sent_timestamp'])
    .where('user_id', '=', requirePerson(actor))
    .orderBy('id')
    .execute()
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    endpoint_hash: row.endpoint_hash,
    creation_timestamp: formatTimestamp(row.creation_timestamp),
    sent_timestamp: timestampOrNull(row.sent_timestamp ?? undefined),
  }))
}

/** Switches alarms off for a device of the caller. @throws Fault forbidden, not_found */
export async function removePushDevice(ctx: Context, actor: Actor, id: number): Promise<void> {
  const userId = requirePerson(actor)
  await transact(ctx, async (tx) => {
    const removed = await tx
      .deleteFrom('push_devices')
      .where('id', '=', id)
      .where('user_id', '=', userId)
      .returning('name')
      .executeTakeFirst()
    if (!removed) throw notFound(`You have no device ${id}.`)
    await recordAudit(ctx, tx, actor, { kind: 'device.removed', subject: { kind: 'device', id, name: removed.name } })
  })
  await ctx.pushReach.load(ctx.db)
}

/** Forgets devices of nobody: their user was deleted, or the push service knows them no more. */
export async function forgetPushDevices(ctx: Context, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return
  await ctx.db.deleteFrom('push_devices').where('id', 'in', ids).execute()
  await ctx.pushReach.load(ctx.db)
}

/** The devices of a user, of any recipient `push:NAME`; those that SECRET_KEY no longer opens are left out. */
export async function pushDevicesOf(ctx: Context, name: string): Promise<PushDevice[]> {
  const rows = await ctx.db
    .selectFrom('push_devices')
    .select(['id', 'name', 'sealed'])
    .where('user_id', 'in', selectPerson(ctx.db, name))
    .orderBy('id')
    .execute()
  return rows.flatMap(({ id, name: device, sealed }) => {
    const opened: unknown = JSON.parse(unseal(sealed, ctx.settings.SECRET_KEY, PURPOSE) ?? 'null')
    if (!Array.isArray(opened)) return []
    const [endpoint, p256dh, auth] = opened as string[]
    return endpoint !== undefined && p256dh !== undefined && auth !== undefined ? [{ id, name: device, endpoint, p256dh, auth }] : []
  })
}

/** A user name can't contain @, so a name can't be another user's address. */
const selectPerson = (db: Db, name: string) =>
  db
    .selectFrom('users')
    .select('id')
    .where('deleted', '=', 0)
    .where(sql`lower(${sql.ref(name.includes('@') ? 'email_address' : 'user_name')})`, '=', sql`lower(${name})`)

/** Notes that the push service took a message for it. */
export async function notePushed(ctx: Context, id: number): Promise<void> {
  await ctx.db.updateTable('push_devices').set({ sent_timestamp: ctx.clock.now() }).where('id', '=', id).execute()
}

/** @throws Fault invalid */
function requireKeys({ p256dh, auth }: PushSubscriptionKeys): void {
  const bytes = Buffer.from(p256dh, 'base64url')
  try {
    if (bytes.length !== 65) throw new Error('not uncompressed')
    ECDH.convertKey(bytes, PUSH_CURVE)
  } catch {
    throw invalid('p256dh is no key of a browser: it must be a point of P-256, uncompressed, in base64url.')
  }
  if (Buffer.from(auth, 'base64url').length !== 16) throw invalid('auth must be 16 bytes in base64url.')
}

/** @throws Fault forbidden */
function requirePerson(actor: Actor): number {
  if (actor.kind !== 'user' || !isPerson(actor, actor.userId)) throw forbidden('Sign in as the person whose device it is.')
  return actor.userId
}

/** What a browser sends, from JSON. @throws Fault invalid */
export function parsePushSubscription(given: unknown): PushSubscriptionKeys {
  const keys = isObject(given) ? given['keys'] : undefined
  const [endpoint, p256dh, auth] = [
    isObject(given) ? given['endpoint'] : 0,
    isObject(keys) ? keys['p256dh'] : 0,
    isObject(keys) ? keys['auth'] : 0,
  ]
  if (typeof endpoint !== 'string' || typeof p256dh !== 'string' || typeof auth !== 'string')
    throw invalid('subscription must be what the browser gives: {"endpoint": …, "keys": {"p256dh": …, "auth": …}}.')
  return { endpoint, p256dh, auth }
}
