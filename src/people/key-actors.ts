/** Who somebody with a secret key is. Source: protocol, sections 2 and 5. */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import type { KeyRow } from '../database/schema.ts'
import { transact } from '../database/transact.ts'
import { Fault } from '../base/fault.ts'
import { equalSecrets, saltedHash } from '../base/secrets.ts'
import type { Micros } from '../base/time.ts'
import { SYSTEM_ADMIN } from '../wire/user-roles.ts'
import { keyPartOf, MAX_KEY_LENGTH } from './key-records.ts'
import { isOldHash, OldKeys } from './old-keys.ts'

/** Cache of the actors of recently used keys, by the keys' hashes; emptied when a key, a user or a controller changes. */
export class KeyCache {
  readonly #actors = new Map<string, Actor>()
  readonly #uses = new Map<number, KeyUse>()
  readonly old = new OldKeys()
  #version = 0

  /** Increases when the cache is emptied: what was read from the database before must not be put in afterwards. */
  get version(): number {
    return this.#version
  }
  get(hash: string): Actor | undefined {
    return this.#actors.get(hash)
  }
  set(hash: string, actor: Actor, version: number): void {
    if (version !== this.#version) return
    if (this.#actors.size >= 20_000) this.#actors.clear()
    this.#actors.set(hash, actor)
  }
  /** Notes that a key was used, to be written later. */
  noteUse(keyId: number, use: KeyUse): void {
    this.#uses.set(keyId, use)
  }
  /** The last use of a key that is not written yet. */
  useOf(keyId: number): KeyUse | undefined {
    return this.#uses.get(keyId)
  }
  /** Writes when and from where keys were last used, in one transaction. */
  async flushUses({ engine }: Pick<Context, 'engine'>): Promise<void> {
    const uses = [...this.#uses]
    if (uses.length === 0) return
    await transact({ engine }, async (tx) => {
      for (const [id, { time, address }] of uses)
        await tx.updateTable('keys').set({ last_use_timestamp: time, last_use_address: address }).where('id', '=', id).execute()
    })
    for (const [id, use] of uses) if (this.#uses.get(id) === use) this.#uses.delete(id)
  }
  clear(): void {
    this.#version++
    this.#actors.clear()
    this.old.clear()
  }
}

/** When and from where a key was used. */
export interface KeyUse {
  readonly time: Micros
  readonly address: string
}

/** The actor of a secret key that was used lately, which costs next to nothing to find. */
export const actorOfKnownKey = ({ keys, settings }: Pick<Context, 'keys' | 'settings'>, key: string): Actor | undefined =>
  key.length <= MAX_KEY_LENGTH ? keys.get(saltedHash(key, settings.SALT)) : undefined

/**
 * The actor of a secret key.
 * @param address of the caller, for limits on guessing
 * @throws Fault unauthenticated when there is no such key, it was revoked, or its user or controller is gone; throttled, busy for keys of
 * the original server that were not used yet
 */
export async function authenticateKey(ctx: Context, key: string, address = ''): Promise<Actor> {
  if (key === '' || key.length > MAX_KEY_LENGTH) throw wrongKey()
  const hash = saltedHash(key, ctx.settings.SALT)
  const known = ctx.keys.get(hash)
  if (known && (known.kind !== 'controller' || ctx.tree.byId(known.controllerId))) return known
  const { version } = ctx.keys
  const candidates = await ctx.db
    .selectFrom('keys')
    .selectAll()
    .where('key_part', '=', keyPartOf(key))
    .where('revocation_timestamp', 'is', null)
    .where('ingest_folder_id', 'is', null)
    .execute()
  const old = candidates.filter((candidate) => isOldHash(candidate.key_hash))
  const row = candidates.find((candidate) => equalSecrets(candidate.key_hash, hash)) ?? (await ctx.keys.old.find(ctx, hash, old, address))
  const actor = row && (await actorOf(ctx, row))
  if (!actor) throw wrongKey()
  ctx.keys.set(hash, actor, version)
  return actor
}

export const wrongKey = (): Fault => new Fault('unauthenticated', 'The key is not valid, or was revoked.')

/** The actor of a key as of now; undefined when it was revoked, or its user or controller is gone. */
export async function actorOfKey(ctx: Context, keyId: number): Promise<Actor | undefined> {
  const row = await ctx.db
    .selectFrom('keys')
    .selectAll()
    .where('id', '=', keyId)
    .where('revocation_timestamp', 'is', null)
    .executeTakeFirst()
  return row && actorOf(ctx, row)
}

export async function actorOf(ctx: Context, row: KeyRow): Promise<Actor | undefined> {
  if (row.access_as_controller_id !== null) {
    const controller = ctx.tree.byId(row.access_as_controller_id)
    const mount = row.mounted === 1 ? { isMounted: true as const } : {}
    return (
      controller && { kind: 'controller', controllerId: controller.id, organizationId: controller.organizationId, keyId: row.id, ...mount }
    )
  }
  if (row.access_as_user_id === null) return undefined
  const user = await ctx.db
    .selectFrom('users')
    .select(['id', 'role'])
    .where('id', '=', row.access_as_user_id)
    .where('deleted', '=', 0)
    .executeTakeFirst()
  if (!user) return undefined
  if (row.confined === 1)
    return { kind: 'user', userId: user.id, isSystemAdmin: false, keyId: row.id, onlyOrganizationId: row.organization_id }
  return { kind: 'user', userId: user.id, isSystemAdmin: user.role === SYSTEM_ADMIN, keyId: row.id }
}
