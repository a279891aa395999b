/**
 * Deletes resources: deleting hides a resource and can be undone; purging removes it with everything in it. Source: protocol, section 4.
 */
import type { Actor } from '../tree/actor.ts'
import { recordAudit, type AuditEntry } from '../audit/record.ts'
import type { Context } from '../context.ts'
import type { Db, ResourceRow, Tx } from '../database/schema.ts'
import { sql } from 'kysely'
import { isUniqueViolation } from '../database/errors.ts'
import { transact } from '../database/transact.ts'
import { conflict, invalid, notFound } from '../base/fault.ts'
import { deleteStored } from '../content/content.ts'
import { quote } from '../base/path.ts'
import { refuseMissing } from '../tree/finding.ts'
import { takeQuota } from '../tree/quotas.ts'
import { mayKnow, requireWrite } from '../tree/permissions.ts'
import { requirePurgeable, requireRemovable, requireWriteBelow, sortOut } from './removal-checks.ts'
import { eraseValues } from '../sequences/erasing.ts'
import { SEQUENCE, TEXT, dataTypeNumber } from '../wire/resource-types.ts'
import type { SequenceRef } from '../storage/sequence-store.ts'
import { changeTree, requireLive, requireReachable } from '../tree/tree-changes.ts'
import { detachedResource, pathOf, type Resource } from '../tree/tree.ts'

/**
 * Hides a resource with everything below it; its name is free again. Keys of controllers in it stop working.
 * @throws Fault forbidden, not_found
 */
export async function deleteResource(ctx: Context, actor: Actor, resource: Resource): Promise<void> {
  requireRemovable(ctx, actor, resource)
  const keyIds = await changeTree(ctx, async (tx) => {
    requireLive(ctx, resource)
    await requireWriteBelow(ctx, tx, actor, resource)
    await tx.updateTable('resources').set({ deleted: 1, deletion_timestamp: ctx.believed.now() }).where('id', '=', resource.id).execute()
    const ids = await keysWithin(tx, resource.id)
    await recordAudit(ctx, tx, actor, aboutResource('resource.deleted', resource))
    return () => {
      ctx.tree.remove(resource)
      return ids
    }
  })
  endKeys(ctx, keyIds)
}

/**
 * Restores the resource that was last deleted from a folder under this name, of those that the caller may bring back.
 * @returns its id
 * @throws Fault not_found when there is none that the caller may know of; forbidden; conflict when the name is taken; too_large
 * past a quota
 */
export async function undeleteResource(ctx: Context, actor: Actor, names: readonly string[]): Promise<number> {
  const { parent, name, things } = await findDeleted(ctx, actor, names)
  const missing = notFound(`Nothing named ${quote(name)} was deleted there.`)
  const { allowed, refusal } = await sortOut(things, async (thing) => {
    requireRemovable(ctx, actor, thing)
    await requireWriteBelow(ctx, ctx.db, actor, thing)
  })
  const row = allowed[0]
  if (!row) throw refusal ?? refuseMissing(ctx, actor, names, missing)
  const taken = (): Error => conflict(`There is a resource named ${quote(name)} again. Rename it to bring the deleted one back.`)
  await changeTree(ctx, async (tx) => {
    if (parent) requireLive(ctx, parent)
    if ((parent ? parent.children.get(name) : ctx.tree.descend([name])) !== undefined) throw taken()
    // What is below it counted all the while.
    if (row.type === SEQUENCE) await takeQuota(ctx, tx, row.organizationId, 'sequences', 1)
    try {
      const { numUpdatedRows } = await tx
        .updateTable('resources')
        .set({ deleted: 0, deletion_timestamp: null })
        .where('id', '=', row.id)
        .where('deleted', '=', 1)
        .executeTakeFirstOrThrow()
      if (numUpdatedRows === 0n) throw notFound(`Nothing named ${quote(name)} is deleted there any more.`)
    } catch (error) {
      if (isUniqueViolation(error)) throw taken()
      throw error
    }
    await recordAudit(ctx, tx, actor, aboutResource('resource.restored', row))
    const below = await rowsWithin(tx, row.id)
    const live = below.filter((each) => each.deleted === 0)
    requireReachable(parent, name, 'path')
    return () => ctx.tree.addAll(live)
  })
  ctx.keys.clear()
  return row.id
}

/**
 * Removes for good the resource at a path or, if there is none, what was deleted from there.
 * @throws Fault not_found, forbidden
 */
export async function purgeResource(ctx: Context, actor: Actor, names: readonly string[]): Promise<number> {
  const live = ctx.tree.descend(names)
  const missing = notFound(`There is no resource ${quote(`/${names.join('/')}`)}, nor was one deleted there.`)
  if (live) {
    if (!mayKnow(ctx, actor, live)) throw refuseMissing(ctx, actor, names, missing)
    requirePurgeable(ctx, actor, live)
    await deleteResource(ctx, actor, live)
    await purgeRow(ctx, live.id, [actor, aboutResource('resource.purged', live)])
    return live.id
  }
  const { parent, things } = await findDeleted(ctx, actor, names)
  if (things.length === 0) throw refuseMissing(ctx, actor, names, missing)
  if (parent) requireWrite(ctx, actor, parent)
  const { allowed, refusal } = await sortOut(things, (thing) => requirePurgeableWhole(ctx, actor, thing))
  const [newest] = allowed
  if (!newest) throw refusal ?? new Error('what may not be purged has a reason')
  for (const thing of allowed) await purgeRow(ctx, thing.id, [actor, aboutResource('resource.purged', thing)])
  return newest.id
}

/**
 * Removes for good what was deleted from a folder under this name, so that the name can be reused. What the actor may not remove stays in
 * the bin under its id: an admin brings it back once the name is free again.
 */
export async function purgeDeleted(ctx: Context, actor: Actor, parent: Resource | undefined, name: string): Promise<void> {
  if (ctx.engine.treeSource?.hasDeleted(parent?.id ?? null, name) === false) return
  const things = (await deletedRows(ctx.db, parent?.id, name)).map((row) => detachedResource(row, parent))
  const { allowed } = await sortOut(things, (thing) => requirePurgeableWhole(ctx, actor, thing))
  for (const thing of allowed) await purgeRow(ctx, thing.id, [actor, aboutResource('resource.purged', thing)])
}

async function requirePurgeableWhole(ctx: Context, actor: Actor, thing: Resource): Promise<void> {
  requirePurgeable(ctx, actor, thing)
  await requireWriteBelow(ctx, ctx.db, actor, thing)
}

/** What happened to a resource, for the audit trail. */
export const aboutResource = (kind: AuditEntry['kind'], resource: Resource, details: AuditEntry['details'] = {}): AuditEntry => ({
  kind,
  organizationId: resource.organizationId,
  subject: { kind: 'resource', id: resource.id, name: pathOf(resource) },
  details,
})

/** Removes values first, then records, then content, so that an interrupted purge can be repeated. */
async function purgeRow(ctx: Context, id: number, [actor, entry]: [Actor, AuditEntry]): Promise<void> {
  const rows = await rowsWithin(ctx.db, id)
  for (const row of rows) {
    if (row.type === SEQUENCE) await eraseValues(ctx, refOfRow(row), {}, [], 'purge')
  }
  const { keyIds, paths } = await transact(ctx, async (tx) => {
    const stored = await tx
      .selectFrom('resource_revisions')
      .select('storage_path')
      .where('storage_path', 'is not', null)
      .where('resource_id', 'in', withinQuery(tx, id))
      .execute()
    const keys = await keysWithin(tx, id)
    // Deleting the row also deletes everything that belongs to the resource and to those below it.
    const { numDeletedRows } = await tx.deleteFrom('resources').where('id', '=', id).where('deleted', '=', 1).executeTakeFirstOrThrow()
    if (numDeletedRows > 0n) await recordAudit(ctx, tx, actor, entry)
    return { keyIds: keys, paths: stored.map((revision) => revision.storage_path).filter((path) => path !== null) }
  })
  for (const row of rows) {
    ctx.liveness.forget(row.id)
    ctx.sequenceStates.forget(row.id)
    ctx.corrections.forget(row.id)
  }
  endKeys(ctx, keyIds)
  await deleteStored(ctx, paths)
}

/** The reference to a sequence's values; the sequence need not be in the tree any more. */
export const refOfRow = (row: ResourceRow): SequenceRef => ({
  id: row.id,
  isText: dataTypeNumber((JSON.parse(row.system_attributes) as Record<string, unknown>)['data_type']) === TEXT,
})

/** What was deleted from a folder under a name and the actor may know of, the newest first. @throws Fault not_found without the folder */
async function findDeleted(
  ctx: Context,
  actor: Actor,
  names: readonly string[],
): Promise<{ parent: Resource | undefined; name: string; things: Resource[] }> {
  const name = names.at(-1)
  if (name === undefined) throw invalid('path names no resource.')
  const folder = names.slice(0, -1)
  const parent = ctx.tree.descend(folder)
  if (folder.length > 0 && !parent)
    throw refuseMissing(ctx, actor, names, notFound(`There is no resource ${quote(`/${folder.join('/')}`)}.`))
  const things = (await deletedRows(ctx.db, parent?.id, name)).map((row) => detachedResource(row, parent))
  return { parent, name, things: things.filter((thing) => mayKnow(ctx, actor, thing)) }
}

const deletedRows = (db: Db, parentId: number | undefined, name: string): Promise<ResourceRow[]> =>
  db
    .selectFrom('resources')
    .selectAll()
    .where('parent_id', parentId === undefined ? 'is' : '=', parentId ?? null)
    .where('name', '=', name)
    // As it stands in the index of what is deleted.
    .where('deleted', '=', sql.lit(1))
    .orderBy('deletion_timestamp', 'desc')
    .orderBy('id', 'desc')
    .execute()

/** Ids of a resource and of everything below it, deleted or not, as a subquery. */
const withinQuery = (db: Pick<Db, 'withRecursive'>, id: number) =>
  db
    .withRecursive('within', (query) =>
      query
        .selectFrom('resources')
        .select('id')
        .where('id', '=', id)
        .unionAll(query.selectFrom('resources').innerJoin('within', 'within.id', 'resources.parent_id').select('resources.id')),
    )
    .selectFrom('within')
    .select('within.id')

/** Rows of a resource and of everything below it, deleted or not. */
export const rowsWithin = (db: Db | Tx, id: number): Promise<ResourceRow[]> =>
  db.selectFrom('resources').selectAll().where('id', 'in', withinQuery(db, id)).execute()

/** Ids of the keys of controllers there, and of keys made for an organization there. */
async function keysWithin(tx: Tx, id: number): Promise<number[]> {
  const rows = await tx
    .selectFrom('keys')
    .select('id')
    .where((where) => where.or([where('access_as_controller_id', 'in', withinQuery(tx, id)), where('organization_id', '=', id)]))
    .execute()
  return rows.map((row) => row.id)
}

function endKeys(ctx: Context, keyIds: readonly number[]): void {
  ctx.keys.clear()
  for (const keyId of keyIds) ctx.hub.notify('keyRevoked', { keyId })
}
