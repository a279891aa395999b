/** Keys as rows of the database: how they are written, and what the audit trail says of them. Source: protocol, section 5. */
import type { Actor } from '../tree/actor.ts'
import { recordAudit, type AuditEntry } from '../audit/record.ts'
import type { Context } from '../context.ts'
import type { KeyRow } from '../database/schema.ts'
import { transact } from '../database/transact.ts'
import { conflict } from '../base/fault.ts'
import { equalSecrets, makeAccessCode, saltedHash } from '../base/secrets.ts'
import { pathOf } from '../tree/tree.ts'
import { findOld, isOldHash } from './old-keys.ts'

export const MAX_KEY_LENGTH = 200
export const keyPartOf = (key: string): string => key.slice(0, 3) + key.slice(-3)

export function makeKey(ctx: Context, actor: Actor, key: NewKey): Promise<{ id: number; secretKey: string }> {
  return transact(ctx, async (tx) => {
    const made = await insertKey({ ...ctx, db: tx }, key)
    await recordAudit(ctx, tx, actor, aboutKey(ctx, 'key.made', { id: made.id, ...key }))
    return made
  })
}

/** What happened to a key, for the audit trail. */
export const aboutKey = (
  ctx: Pick<Context, 'tree'>,
  kind: 'key.made' | 'key.revoked' | 'key.removed',
  { id, organizationId, userId, controllerId, confined, ingestFolderId }: Omit<NewKey, 'creatorId'> & { id: number },
): AuditEntry => {
  const controller = controllerId === undefined ? undefined : ctx.tree.byId(controllerId)
  return {
    kind,
    organizationId,
    subject: { kind: 'key', id, ...(controller ? { name: pathOf(controller) } : {}) },
    details: { for_user: userId, for_controller: controllerId, confined, for_ingest: ingestFolderId },
  }
}

export const aboutKeyRow = (ctx: Pick<Context, 'tree'>, kind: 'key.revoked' | 'key.removed', row: KeyRow): AuditEntry =>
  aboutKey(ctx, kind, {
    id: row.id,
    organizationId: row.organization_id,
    ...(row.access_as_user_id === null ? {} : { userId: row.access_as_user_id }),
    ...(row.access_as_controller_id === null ? {} : { controllerId: row.access_as_controller_id }),
    ...(row.ingest_folder_id === null ? {} : { ingestFolderId: row.ingest_folder_id }),
  })

export interface NewKey {
  readonly organizationId: number
  readonly creatorId: number
  readonly userId?: number
  readonly controllerId?: number
  readonly confined?: boolean
  readonly mounted?: boolean
  readonly ingestFolderId?: number
  /** The secret, when a device has one already; undefined: one is made. */
  readonly secret?: string | undefined
}

/** Writes a key without checking permissions; for the verbs above, PINs and `rhizo create-admin`. */
export async function insertKey(
  ctx: Pick<Context, 'db' | 'clock' | 'settings'>,
  { organizationId, creatorId, userId, controllerId, confined, mounted, ingestFolderId, secret }: NewKey,
): Promise<{ id: number; secretKey: string }> {
  const secretKey = secret ?? ctx.settings.KEY_PREFIX + makeAccessCode(50)
  if (secret !== undefined) await requireUnknownKey(ctx, secret)
  const { id } = await ctx.db
    .insertInto('keys')
    .values({
      organization_id: organizationId,
      creation_user_id: creatorId,
      revocation_user_id: null,
      creation_timestamp: ctx.clock.now(),
      revocation_timestamp: null,
      access_as_user_id: userId ?? null,
      access_as_controller_id: controllerId ?? null,
      confined: confined ? 1 : 0,
      mounted: mounted ? 1 : 0,
      ingest_folder_id: ingestFolderId ?? null,
      key_part: keyPartOf(secretKey),
      key_hash: saltedHash(secretKey, ctx.settings.SALT),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return { id, secretKey }
}

/** One key stands for one device. @throws Fault conflict */
async function requireUnknownKey({ db, settings }: Pick<Context, 'db' | 'settings'>, key: string): Promise<void> {
  const hash = saltedHash(key, settings.SALT)
  const alike = await db.selectFrom('keys').select('key_hash').where('key_part', '=', keyPartOf(key)).execute()
  const old = alike.filter(({ key_hash: other }) => isOldHash(other))
  if (alike.some(({ key_hash: other }) => equalSecrets(other, hash)) || (await findOld(hash, old)))
    throw conflict('key is registered already, or was.')
}
