/**
 * Deletes resources: deleting hides a resource and can be undone; purging removes it with everything in it. Source: protocol, section 4.
 */
import { isSystemAdmin, type Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import type { Db, ResourceRow, Tx } from '../database/schema.ts'
import { isUniqueViolation } from '../database/errors.ts'
import { transact } from '../database/transact.ts'
import { conflict, forbidden, invalid, notFound } from '../base/fault.ts'
import { deleteStored } from '../content/content.ts'
import { quote } from '../base/path.ts'
import { isOrganizationAdmin, requireWrite, requireWriteBelow } from '../tree/permissions.ts'
import { eraseValues } from '../sequences/erasing.ts'
import { ORGANIZATION_FOLDER, SEQUENCE, SYSTEM_FOLDER, TEXT, dataTypeNumber } from '../wire/resource-types.ts'
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
    requireWriteBelow(ctx, actor, resource)
    await tx.updateTable('resources').set({ deleted: 1, deletion_timestamp: ctx.believed.now() }).where('id', '=', resource.id).execute()
    const ids = await keysWithin(tx, resource.id)
    return () => {
      ctx.tree.remove(resource)
      return ids
    }
  })
  endKeys(ctx, keyIds)
}

/**
 * Restores the resource that was last deleted from a folder under this name.
 * @returns its id
 * @throws Fault not_found when there is none; forbidden; conflict when the name is taken
 */
export async function undeleteResource(ctx: Context, actor: Actor, names: readonly string[]): Promise<number> {
  const { parent, name, rows } = await findDeleted(ctx, names)
  const row = rows[0]
  if (!row) throw notFound(`Nothing named ${quote(name)} was deleted there.`)
  requireRemovable(ctx, actor, detachedResource(row, parent))
  const taken = (): Error => conflict(`There is a resource named ${quote(name)} again. Rename it to bring the deleted one back.`)
  await changeTree(ctx, async (tx) => {
    if (parent) requireLive(ctx, parent)
    if ((parent ? parent.children.get(name) : ctx.tree.descend([name])) !== undefined) throw taken()
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
  if (live) {
    requirePurgeable(ctx, actor, live)
    await deleteResource(ctx, actor, live)
    await purgeRow(ctx, live.id)
    return live.id
  }
  const { parent, name, rows } = await findDeleted(ctx, names)
  const [newest] = rows
  if (!newest) throw notFound(`There is no resource ${quote(`/${names.join('/')}`)}, nor was one deleted there.`)
  if (parent) requireWrite(ctx, actor, parent)
  for (const row of rows) requirePurgeable(ctx, actor, detachedResource(row, parent))
  await purgeDeleted(ctx, parent?.id, name)
  return newest.id
}

/** Removes for good what was deleted from a folder under this name, without checking permissions, so that the name can be reused. */
export async function purgeDeleted(ctx: Context, parentId: number | undefined, name: string): Promise<void> {
  for (const row of await deletedRows(ctx.db, parentId, name)) await purgeRow(ctx, row.id)
}

/** Removes values first, then records, then content, so that an interrupted purge can be repeated. */
async function purgeRow(ctx: Context, id: number): Promise<void> {
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
    await tx.deleteFrom('resources').where('id', '=', id).where('deleted', '=', 1).execute()
    return { keyIds: keys, paths: stored.map((revision) => revision.storage_path).filter((path) => path !== null) }
  })
  for (const row of rows) {
    ctx.liveness.forget(row.id)
    ctx.sequenceStates.forget(row.id)
  }
  endKeys(ctx, keyIds)
  await deleteStored(ctx, paths)
}

/** The reference to a sequence's values; the sequence need not be in the tree any more. */
export const refOfRow = (row: ResourceRow): SequenceRef => ({
  id: row.id,
  isText: dataTypeNumber((JSON.parse(row.system_attributes) as Record<string, unknown>)['data_type']) === TEXT,
})

/** @throws Fault not_found when its folder does not exist */
async function findDeleted(
  ctx: Context,
  names: readonly string[],
): Promise<{ parent: Resource | undefined; name: string; rows: ResourceRow[] }> {
  const name = names.at(-1)
  if (name === undefined) throw invalid('path names no resource.')
  const folder = names.slice(0, -1)
  const parent = ctx.tree.descend(folder)
  if (folder.length > 0 && !parent) throw notFound(`There is no resource ${quote(`/${folder.join('/')}`)}.`)
  return { parent, name, rows: await deletedRows(ctx.db, parent?.id, name) }
}

const deletedRows = (db: Db, parentId: number | undefined, name: string): Promise<ResourceRow[]> =>
  db
    .selectFrom('resources')
    .selectAll()
    .where('parent_id', parentId === undefined ? 'is' : '=', parentId ?? null)
    .where('name', '=', name)
    .where('deleted', '=', 1)
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

/** @throws Fault forbidden without write; for organizations also if the actor is not one of its admins, and always for /system */
export function requireRemovable(ctx: Context, actor: Actor, resource: Resource): void {
  requireWrite(ctx, actor, resource)
  if (resource.type !== ORGANIZATION_FOLDER) return
  if (!isOrganizationAdmin(ctx, actor, resource.id)) throw forbidden(`Only admins of the organization may do that to ${pathOf(resource)}.`)
  if (resource.name === SYSTEM_FOLDER && !resource.parent) throw forbidden('/system belongs to the server and stays where it is.')
}

function requirePurgeable(ctx: Context, actor: Actor, resource: Resource): void {
  requireRemovable(ctx, actor, resource)
  if (resource.type === ORGANIZATION_FOLDER && !isSystemAdmin(actor)) throw forbidden('Only system admins remove organizations for good.')
}
