/**
 * Who may remove, move and bring back. What is deleted is not in the tree, but has permission records all the same, its own and those of
 * the folders that it lies in: it is checked like what is live.
 */
import { isSystemAdmin, type Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import type { Db } from '../database/schema.ts'
import { Fault, forbidden } from '../base/fault.ts'
import { sql } from 'kysely'
import { canWrite, isOrganizationAdmin, requireWrite } from '../tree/permissions.ts'
import { ORGANIZATION_FOLDER, SYSTEM_FOLDER } from '../wire/resource-types.ts'
import { detachedResource, pathOf, treeColumns, type Resource, type TreeRow } from '../tree/tree.ts'

/** @throws Fault forbidden without write; for organizations also if the actor is not one of its admins, and always for /system */
export function requireRemovable(ctx: Context, actor: Actor, resource: Resource): void {
  requireWrite(ctx, actor, resource)
  if (resource.type !== ORGANIZATION_FOLDER) return
  if (!isOrganizationAdmin(ctx, actor, resource.id)) throw forbidden(`Only admins of the organization may do that to ${pathOf(resource)}.`)
  if (resource.name === SYSTEM_FOLDER && !resource.parent) throw forbidden('/system belongs to the server and stays where it is.')
}

/** @throws Fault forbidden */
export function requirePurgeable(ctx: Context, actor: Actor, resource: Resource): void {
  requireRemovable(ctx, actor, resource)
  if (resource.type === ORGANIZATION_FOLDER && !isSystemAdmin(actor)) throw forbidden('Only system admins remove organizations for good.')
}

/**
 * Moving, deleting or purging a folder takes everything in it along, deleted or not, and bringing it back brings back everything in it: a
 * caller who may change the folder, but not all of its content, must not gain or destroy anything that way.
 * @param resource live or deleted ({@link detachedResource})
 * @throws Fault forbidden, without naming what is inside
 */
export async function requireWriteBelow(ctx: Context, db: Db, actor: Actor, resource: Resource): Promise<void> {
  // Admins of the organization set the records, so these can't restrict them.
  if (isOrganizationAdmin(ctx, actor, resource.organizationId)) return
  const refused = (): Fault =>
    forbidden(`${pathOf(resource)} holds something that you may not change, so you can neither move it, delete it nor bring it back.`)
  for (const thing of await restrictedWithin(ctx, db, resource)) if (!canWrite(ctx, actor, thing)) throw refused()
}

/**
 * What is within a resource and has permission records of its own: what has none may be changed by those who may change its folder. With
 * what is not in the tree: what was deleted, and what lies in that; and the resource itself, if it is deleted.
 */
async function restrictedWithin(ctx: Context, db: Db, resource: Resource): Promise<Resource[]> {
  const rows: TreeRow[] = await db
    .withRecursive('within', (query) =>
      query
        .selectFrom('resources')
        .select(['id', 'deleted as gone'])
        .where('id', '=', resource.id)
        .unionAll(
          query
            .selectFrom('resources')
            .innerJoin('within', 'within.id', 'resources.parent_id')
            .select(['resources.id', sql<0 | 1>`case when within.gone = 1 then 1 else resources.deleted end`.as('gone')]),
        ),
    )
    .selectFrom('resources')
    .select(treeColumns)
    .where('id', 'in', (query) =>
      query
        .selectFrom('within')
        .innerJoin('resources as one', 'one.id', 'within.id')
        .select('within.id')
        .where((where) => where.or([where('within.gone', '=', 1), where('one.permissions', 'is not', null)])),
    )
    .where('id', '<>', resource.id)
    .execute()
  const byId = new Map(rows.map((row) => [row.id, row]))
  const things = new Map<number, Resource>()
  const place = (id: number | null): Resource | undefined => {
    if (id === null) return undefined
    const known = things.get(id) ?? ctx.tree.byId(id)
    const row = byId.get(id)
    if (known || !row) return known
    const made = detachedResource(row, id === resource.id ? resource.parent : place(row.parent_id))
    things.set(id, made)
    return made
  }
  return rows.flatMap(({ id }) => place(id) ?? [])
}

/**
 * Those with which something may be done, and why it may not be done with the first of the others.
 * @param require throws a Fault for what it may not be done with
 */
export async function sortOut(
  things: readonly Resource[],
  require: (thing: Resource) => Promise<void>,
): Promise<{ allowed: Resource[]; refusal: Fault | undefined }> {
  const allowed: Resource[] = []
  let refusal: Fault | undefined
  for (const thing of things) {
    try {
      await require(thing)
      allowed.push(thing)
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      refusal ??= error
    }
  }
  return { allowed, refusal }
}
