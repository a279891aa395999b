/** Files and their revisions. Source: protocol, section 4; listing and reading revisions are additions to it. */
import { isSystemAdmin, type Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import type { Tx } from '../database/schema.ts'
import { conflict, forbidden, invalid, notFound } from '../base/fault.ts'
import { openContent, recordContent, type ContentSource, type Revision } from '../content/content.ts'
import { prepareFile, recordFile, type PreparedFile } from '../content/intake.ts'
import { quote, requireName } from '../base/path.ts'
import { requireQuotaLeft, takeQuota } from '../tree/quotas.ts'
import { mayKnow, requireNoLink, requireRead, requireWrite } from '../tree/permissions.ts'
import { addShared, purgeHidden, requireQuotaFor } from './creation.ts'
import { FILE } from '../wire/resource-types.ts'
import { formatTimestamp, type Micros } from '../base/time.ts'
import { findPlace, requireLive } from '../tree/tree-changes.ts'
import { isImageSequence, pathOf, type Resource } from '../tree/tree.ts'
import type { RevisionInfo } from '../wire/answers.ts'

export interface FileTimes {
  /** For a new file; an existing one keeps its own. */
  readonly creation?: Micros | undefined
  readonly modification?: Micros | undefined
}

export interface RevisionOptions {
  readonly modification?: Micros | undefined
  /** The revision that the new one is based on (0: the file had none). If another one is the newest by now, nothing is written. */
  readonly base?: number | undefined
}

/**
 * Adds a revision, unchanged, to an existing file.
 * @returns the revision's id
 * @throws Fault forbidden; invalid when it is not a file; conflict when `base` is not the newest; too_large, busy
 */
export async function addRevision(
  ctx: Context,
  actor: Actor,
  file: Resource,
  source: ContentSource,
  options: RevisionOptions = {},
): Promise<number> {
  requireWrite(ctx, actor, file)
  requireFile(file)
  await requireQuotaLeft(ctx, file.organizationId, 'file_bytes')
  const prepared = await prepareFile(ctx, file.name, source)
  return recordContent(ctx, [prepared.content], () =>
    ctx.sharedChanges.run((tx) => replaceContent(ctx, actor, tx, file, prepared, options)),
  )
}

/**
 * Adds a copy of an earlier revision as the newest one, so that nothing in between is lost.
 * @returns the new revision's id
 * @throws Fault like {@link addRevision}; not_found when there is no such revision
 */
export async function restoreRevision(
  ctx: Context,
  actor: Actor,
  file: Resource,
  revisionId: number,
  options: RevisionOptions = {},
): Promise<number> {
  requireWrite(ctx, actor, file)
  requireFile(file)
  const content = await openContent(ctx, await readRevision(ctx, actor, file, revisionId))
  return addRevision(ctx, actor, file, content, options)
}

/**
 * Creates a file with this content, or adds a revision to an existing one; creates missing folders.
 * @param names in the path, outermost first
 * @returns the file's id
 * @throws Fault forbidden; invalid when the path leads to something else; too_large, busy
 */
export async function putFile(
  ctx: Context,
  actor: Actor,
  names: readonly string[],
  source: ContentSource,
  times: FileTimes = {},
): Promise<number> {
  const folder = names.slice(0, -1)
  const name = names.at(-1) ?? ''
  const find = (): Resource | undefined => {
    const existing = ctx.tree.descend(names)
    // A hidden one is refused like one that is not there.
    if (!existing || !mayKnow(ctx, actor, existing)) findPlace(ctx, actor, folder, 'path')
    if (existing) requireWrite(ctx, actor, existing)
    if (existing) requireFile(existing)
    else if (folder.length === 0) throw invalid('path: only folders stand at the root; name a folder.')
    else requireName(name)
    return existing
  }
  find()
  await requireQuotaFor(ctx, names)
  const prepared = await prepareFile(ctx, name, source)
  return recordContent(ctx, [prepared.content], async () => {
    if (!find()) await purgeHidden(ctx, actor, folder, name)
    const modification = times.modification ?? times.creation
    const file = {
      name,
      type: FILE,
      ...(times.creation === undefined ? {} : { creationTimestamp: times.creation }),
      ...(modification === undefined ? {} : { modificationTimestamp: modification }),
    }
    return addShared(ctx, actor, folder, file, [prepared], () => {
      const existing = find()
      if (!existing) return undefined
      return async (tx) => {
        const apply = await replaceContent(ctx, actor, tx, existing, prepared, { modification: times.modification })
        return () => {
          apply()
          return existing.id
        }
      }
    })
  })
}

/**
 * Whether the actor may write at a path, asked before the bytes for it are taken in. The verbs ask again.
 * @param names in the path, outermost first
 * @throws Fault forbidden; invalid where the path leads through a file
 */
export function requireUpload(ctx: Context, actor: Actor, names: readonly string[]): void {
  const existing = ctx.tree.descend(names)
  // A hidden one is refused like one that is not there.
  if (!existing || !mayKnow(ctx, actor, existing)) findPlace(ctx, actor, names.slice(0, -1), 'path')
  if (existing) requireWrite(ctx, actor, existing)
}

/**
 * As {@link requireUpload}, for a file that gets its name later.
 * @param folder names in the folder's path; undefined while that is not known either
 * @throws Fault as there; forbidden for an actor who belongs to no organization while the folder is not known
 */
export function requireUploadInto(ctx: Context, actor: Actor, folder: readonly string[] | undefined): void {
  if (folder) return void findPlace(ctx, actor, folder, 'path')
  const isAtHome =
    actor.kind === 'controller' || isSystemAdmin(actor) || (actor.kind === 'user' && ctx.tree.organizationsOf(actor.userId).length > 0)
  if (!isAtHome) throw forbidden('You belong to no organization, so name the folder before the file.')
}

async function replaceContent(
  ctx: Context,
  actor: Actor,
  tx: Tx,
  file: Resource,
  prepared: PreparedFile,
  { modification, base }: RevisionOptions,
): Promise<() => number> {
  requireLive(ctx, file)
  requireWrite(ctx, actor, file)
  const time = modification ?? ctx.clock.now()
  const row = await tx.selectFrom('resources').select(['id', 'last_revision_id']).where('id', '=', file.id).executeTakeFirstOrThrow()
  const newest = row.last_revision_id ?? 0
  if (base !== undefined && base !== newest)
    throw conflict(`${pathOf(file)} was changed in the meantime: revision ${newest} is the newest, not ${base}. Nothing was stored.`)
  await takeQuota(ctx, tx, file.organizationId, 'file_bytes', prepared.content.size)
  const revisionId = await recordFile(tx, row, time, prepared)
  await tx.updateTable('resources').set({ modification_timestamp: time }).where('id', '=', file.id).execute()
  return () => {
    ctx.devices.mappings.changed(file.id)
    return revisionId
  }
}

/** @throws Fault invalid */
export function requireFile(resource: Resource): void {
  if (resource.type !== FILE) throw invalid(`${pathOf(resource)} is not a file.`)
}

/** Maximum number of revisions in one list. */
const MAX_LIST = 10_000

/**
 * Revisions of a file, or images of an image sequence, newest first.
 * @throws Fault forbidden; invalid for a resource that can't have revisions
 */
export async function listRevisions(ctx: Context, actor: Actor, resource: Resource, limit = MAX_LIST): Promise<RevisionInfo[]> {
  requireRead(ctx, actor, resource)
  requireNoLink(actor, 'earlier states')
  requireRevisions(resource)
  const rows = await ctx.db
    .selectFrom('resource_revisions')
    .select(['id', 'timestamp', 'size', 'hash'])
    .where('resource_id', '=', resource.id)
    .orderBy('id', 'desc')
    .limit(Math.min(limit, MAX_LIST))
    .execute()
  return rows.map(({ id, timestamp, size, hash }) => ({ id, timestamp: formatTimestamp(timestamp), size, hash }))
}

/**
 * A revision with what {@link openContent} needs: the newest of a file, or the one with the given id.
 * @throws Fault forbidden; not_found when there is no such revision; invalid for a resource that can't have any
 */
export async function readRevision(ctx: Context, actor: Actor, file: Resource, revisionId?: number): Promise<Revision> {
  requireRead(ctx, actor, file)
  requireRevisions(file)
  const query = ctx.db
    .selectFrom('resource_revisions')
    .select(['id', 'timestamp', 'size', 'hash', 'data', 'storage_path'])
    .where('resource_id', '=', file.id)
  const row = await (revisionId === undefined
    ? query.where('id', '=', (select) => select.selectFrom('resources').select('last_revision_id').where('id', '=', file.id))
    : query.where('id', '=', revisionId)
  ).executeTakeFirst()
  // Of images each is a value; of a file all but the newest are what somebody took back.
  if (revisionId !== undefined && file.type === FILE && row?.id !== (await newestRevision(ctx, file)))
    requireNoLink(actor, 'earlier states')
  if (!row) throw notFound(revisionId === undefined ? `${pathOf(file)} has no content.` : `${pathOf(file)} has no revision ${revisionId}.`)
  return row
}

async function newestRevision({ db }: Context, { id }: Resource): Promise<number | undefined> {
  const row = await db.selectFrom('resources').select('last_revision_id').where('id', '=', id).executeTakeFirst()
  return row?.last_revision_id ?? undefined
}

/** The stored thumbnail (JPEG) of an image file. @throws Fault forbidden; not_found when there is none */
export async function readThumbnail(ctx: Context, actor: Actor, file: Resource): Promise<{ revisionId: number; data: Uint8Array }> {
  requireRead(ctx, actor, file)
  const row = await ctx.db.selectFrom('thumbnails').select(['revision_id', 'data']).where('resource_id', '=', file.id).executeTakeFirst()
  if (!row) throw notFound(`${pathOf(file)} has no thumbnail: only images named .png, .jpg or .jpeg have one.`)
  return { revisionId: row.revision_id, data: row.data }
}

function requireRevisions(resource: Resource): void {
  if (resource.type !== FILE && !isImageSequence(resource))
    throw invalid(`${quote(pathOf(resource))} has no revisions: only files and image sequences do.`)
}
