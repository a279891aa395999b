/** Secrets of webhooks: each is part of an address, good for messages to one folder and for nothing else. Kept beside keys. */
import type { Context } from '../context.ts'
import { Fault, forbidden } from '../base/fault.ts'
import { equalSecrets, saltedHash } from '../base/secrets.ts'
import { pathOf, isFolder, type Resource } from '../tree/tree.ts'
import type { Actor } from '../tree/actor.ts'
import { requireWrite } from '../tree/permissions.ts'
import { requireRecentProof } from '../tree/recent-proof.ts'
import type { KeyInfo } from '../wire/answers.ts'
import { CONTROLLER_FOLDER } from '../wire/resource-types.ts'
import { actorOf, wrongKey } from './key-actors.ts'
import { describer } from './keys.ts'
import { keyPartOf, makeKey, MAX_KEY_LENGTH } from './key-records.ts'

/**
 * Makes a secret for a folder; for users who may write there. What comes with it is stored as by the controller whose folder it is, or else
 * as by its maker.
 * @returns the secret, which is shown only this once
 * @throws Fault forbidden; invalid when it is no folder
 */
export async function createIngestSecret(ctx: Context, actor: Actor, folder: Resource): Promise<{ id: number; secretKey: string }> {
  if (actor.kind !== 'user') throw forbidden('Only users make addresses for webhooks. Sign in, or send the key of a user.')
  requireWrite(ctx, actor, folder)
  if (!isFolder(folder)) throw new Fault('invalid', `${pathOf(folder)} is not a folder.`)
  await requireRecentProof(ctx, actor)
  const holder = folder.type === CONTROLLER_FOLDER ? { controllerId: folder.id } : { userId: actor.userId, confined: true }
  return makeKey(ctx, actor, { organizationId: folder.organizationId, creatorId: actor.userId, ingestFolderId: folder.id, ...holder })
}

/** Secrets of a folder; for callers who may write there. @throws Fault forbidden */
export async function listIngestSecrets(ctx: Context, actor: Actor, folder: Resource): Promise<KeyInfo[]> {
  requireWrite(ctx, actor, folder)
  const rows = await ctx.db.selectFrom('keys').selectAll().where('ingest_folder_id', '=', folder.id).orderBy('id').execute()
  return rows.map(describer(ctx))
}

/**
 * Whom a secret acts as, and where.
 * @throws Fault unauthenticated when there is no such secret, it was revoked, or its folder or its maker is gone
 */
export async function authenticateIngestSecret(ctx: Context, secret: string): Promise<{ actor: Actor; folder: Resource }> {
  if (secret === '' || secret.length > MAX_KEY_LENGTH) throw wrongKey()
  const hash = saltedHash(secret, ctx.settings.SALT)
  const candidates = await ctx.db
    .selectFrom('keys')
    .selectAll()
    .where('key_part', '=', keyPartOf(secret))
    .where('ingest_folder_id', 'is not', null)
    .where('revocation_timestamp', 'is', null)
    .execute()
  const row = candidates.find((candidate) => equalSecrets(candidate.key_hash, hash))
  const folder = row?.ingest_folder_id == null ? undefined : ctx.tree.byId(row.ingest_folder_id)
  const actor = row && (await actorOf(ctx, row))
  if (!actor || !folder) throw wrongKey()
  return { actor, folder }
}
