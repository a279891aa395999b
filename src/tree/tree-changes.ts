/**
 * Changes the tree of resources: in a transaction first, in memory after its commit. Transactions run one at a time, and the changes of one
 * are in the tree before the next begins, so checks made inside a transaction hold until it commits.
 */
import type { Actor } from './actor.ts'
import { isSystemAdmin } from './actor.ts'
import type { Context } from '../context.ts'
import { sql } from 'kysely'
import type { Db, ResourceRow, Tx } from '../database/schema.ts'
import { transact } from '../database/transact.ts'
import { forbidden, invalid, notFound, type Fault } from '../base/fault.ts'
import { MAX_PATH_BYTES, MAX_PATH_LEVELS, quote, requireName } from '../base/path.ts'
import { canWrite, mayKnow, unknownToAnybody } from './permissions.ts'
import { insertResource } from './resource-records.ts'
import { BASIC_FOLDER } from '../wire/resource-types.ts'
import { isFolder, pathOf, type Resource } from './tree.ts'

/** Runs `change` in a transaction; calls the function that it returns directly after the commit. That function must only change memory. */
export async function changeTree<T>(ctx: Context, change: (tx: Tx) => Promise<() => T>): Promise<T> {
  const apply = await transact(ctx, change)
  return apply()
}

/** Where a new resource goes: the deepest folder that exists, and the names of the missing folders below it. */
export interface Place {
  /** undefined: the root */
  readonly folder: Resource | undefined
  readonly missing: readonly string[]
}

/**
 * Finds the place for a list of folder names.
 * @param field the path's name in messages
 * @throws Fault invalid when one of them is not a folder, or a missing one may not be made; forbidden without write on the deepest that
 * exists (at the root: for all but system admins)
 */
export function findPlace(ctx: Context, actor: Actor, names: readonly string[], field: string): Place {
  let place: Resource | undefined
  let depth = 0
  for (; depth < names.length && (!place || isFolder(place)); depth++) {
    const next = ctx.tree.descend(names.slice(0, depth + 1))
    if (!next) break
    place = next
  }
  if (place ? !canWrite(ctx, actor, place) : !isSystemAdmin(actor)) throw refusePlace(ctx, actor, names, place)
  if (place && !isFolder(place)) throw invalid(`${field}: ${pathOf(place)} is not a folder.`)
  return { folder: place, missing: names.slice(depth).map((name) => requireName(name, field)) }
}

/** Shows only to those who may know it what of the path is there. */
function refusePlace(ctx: Context, actor: Actor, names: readonly string[], place: Resource | undefined): Fault {
  if (actor.kind === 'anonymous') return unknownToAnybody()
  if (place && mayKnow(ctx, actor, place)) return forbidden(`You may not change ${pathOf(place)}.`)
  // By the depth that was asked for, never by how much of it is there.
  if (names.length > 1) return forbidden(`You may not read or change /${names.join('/')}, or it is not there.`)
  return forbidden(
    names.length === 0
      ? 'Only system admins make folders at the root.'
      : `There is no folder ${quote(`/${names[0] ?? ''}`)} that you may change, and only system admins make folders at the root.`,
  )
}

/** A folder into which a row can be put: one in the tree, or one that was inserted in this transaction. */
export type ParentRef = Pick<Resource, 'id' | 'organizationId'>

/** Inserts the missing folders of a place. @returns the innermost folder, and the rows to add to the tree after the commit */
export async function insertFolders(ctx: Context, tx: Tx, place: Place): Promise<{ parent: ParentRef | undefined; rows: ResourceRow[] }> {
  let parent: ParentRef | undefined = place.folder
  const rows: ResourceRow[] = []
  for (const name of place.missing) {
    const row = await insertResource(ctx, tx, { parent, name, type: BASIC_FOLDER })
    rows.push(row)
    parent = { id: row.id, organizationId: row.organization_id ?? row.id }
  }
  return { parent, rows }
}

/** @throws Fault not_found when the resource has left the tree since it was looked up */
export function requireLive(ctx: Context, resource: Resource): void {
  if (!ctx.tree.byId(resource.id)) throw notFound('The resource was deleted in the meantime.')
}

/**
 * @param below levels below the name, 0 for none, and bytes of the longest path below it
 * @throws Fault invalid when a path would exceed the limits of paths, so that it could not be requested
 */
export function requireReachable(
  parent: Resource | undefined,
  name: string,
  field: string,
  below: { levels: number; bytes: number } = { levels: 0, bytes: 0 },
): void {
  let levels = 1 + below.levels
  let bytes = 1 + Buffer.byteLength(name) + below.bytes
  for (let at = parent; at; at = at.parent) {
    levels++
    bytes += 1 + Buffer.byteLength(at.name)
  }
  if (levels > MAX_PATH_LEVELS) throw invalid(`${field}: paths there would have more than ${MAX_PATH_LEVELS} levels.`)
  if (bytes > MAX_PATH_BYTES) throw invalid(`${field}: paths there would be longer than ${MAX_PATH_BYTES} bytes.`)
}

/** The depth and length of paths below a resource, for {@link requireReachable}. */
export async function extentBelow(db: Db, resource: Resource): Promise<{ levels: number; bytes: number }> {
  const { levels, bytes } = await db
    .withRecursive('below', (query) =>
      query
        .selectFrom('resources')
        .select(['id', sql<number>`0`.as('level'), sql<number>`0`.as('length')])
        .where('id', '=', resource.id)
        .unionAll(
          query
            .selectFrom('below')
            .innerJoin('resources', 'resources.parent_id', 'below.id')
            .select([
              'resources.id',
              sql<number>`below.level + 1`.as('level'),
              sql<number>`below.length + 1 + octet_length(resources.name)`.as('length'),
            ])
            .where('resources.deleted', '=', 0),
        ),
    )
    .selectFrom('below')
    .select(({ fn }) => [fn.max('below.level').as('levels'), fn.max('below.length').as('bytes')])
    .executeTakeFirstOrThrow()
  return { levels, bytes }
}
