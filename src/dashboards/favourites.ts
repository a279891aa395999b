/** What a user has starred: it stands on their first page. */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { forbidden, invalid } from '../base/fault.ts'
import { transact } from '../database/transact.ts'
import { canRead, requireRead } from '../tree/permissions.ts'
import { isFolder, type Resource } from '../tree/tree.ts'
import type { ControllerStatus } from '../wire/answers.ts'
import { NUMERIC } from '../wire/resource-types.ts'
import { listActiveAlerts } from '../watching/active-alerts.ts'
import type { NewestValue } from '../wire/dashboard-answers.ts'
import { readNewestValues } from './tiles/values.ts'
import { holdsImages } from './tiles/described.ts'

export const MAX_FAVOURITES = 200
/** Newest values on the first page. */
const MAX_VALUES = 24
/** Controllers whose values are there while nothing is starred. */
const MAX_CONTROLLERS = 3

/** @throws Fault forbidden for others than users; invalid when there are too many */
export async function setFavourite(ctx: Context, actor: Actor, resource: Resource, isFavourite: boolean): Promise<void> {
  if (actor.kind !== 'user') throw forbidden('Only users have favourites. Sign in.')
  const { userId } = actor
  if (!isFavourite) {
    await ctx.db.deleteFrom('favourites').where('resource_id', '=', resource.id).where('user_id', '=', userId).execute()
    return
  }
  requireRead(ctx, actor, resource)
  await transact(ctx, async (tx) => {
    const { count } = await tx
      .selectFrom('favourites')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('user_id', '=', userId)
      .executeTakeFirstOrThrow()
    if (count >= MAX_FAVOURITES) throw invalid(`You have ${MAX_FAVOURITES} favourites, which is the most. Take the star off some first.`)
    await tx
      .insertInto('favourites')
      .values({ resource_id: resource.id, user_id: userId, creation_timestamp: ctx.clock.now() })
      .onConflict((clash) => clash.columns(['resource_id', 'user_id']).doNothing())
      .execute()
  })
}

export async function isFavourite(ctx: Context, userId: number, { id }: Pick<Resource, 'id'>): Promise<boolean> {
  const row = await ctx.db
    .selectFrom('favourites')
    .select('resource_id')
    .where('resource_id', '=', id)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return row !== undefined
}

/** In the order in which they were starred, without those that are gone or may not be read any more. */
export async function listFavourites(ctx: Context, actor: Actor): Promise<Resource[]> {
  if (actor.kind !== 'user') return []
  const rows = await ctx.db
    .selectFrom('favourites')
    .select('resource_id')
    .where('user_id', '=', actor.userId)
    .orderBy('creation_timestamp')
    .orderBy('resource_id')
    .execute()
  return rows.flatMap(({ resource_id: id }) => {
    const resource = ctx.tree.byId(id)
    return resource && canRead(ctx, actor, resource) ? [resource] : []
  })
}

/** Of a controller's folder, or of others that hold what a user sees first. */
function sequencesIn(ctx: Context, actor: Actor, places: readonly Resource[], fits: (sequence: Resource) => boolean): Resource[] {
  const found = new Set<Resource>()
  for (const place of places) {
    for (const candidate of isFolder(place) ? place.children.values() : [place]) {
      if (found.size >= MAX_VALUES) return [...found]
      if (candidate.sequence && fits(candidate) && canRead(ctx, actor, candidate)) found.add(candidate)
    }
  }
  return [...found]
}

const readNewest = (ctx: Context, actor: Actor, sequences: readonly Resource[]): Promise<NewestValue[]> =>
  readNewestValues({ ctx, actor, alerts: () => listActiveAlerts(ctx, actor) }, sequences)

/** Newest values of the sequences among the favourites, and of those that lie in a favourite folder or controller. */
export async function readFavouriteValues(ctx: Context, actor: Actor, favourites: readonly Resource[]): Promise<NewestValue[]> {
  return readNewest(
    ctx,
    actor,
    sequencesIn(ctx, actor, favourites, (sequence) => !holdsImages(sequence)),
  )
}

/**
 * Newest numbers of the controllers that were heard last, for who has no favourites yet.
 * @param controllers those that the actor may see
 */
export async function readLatelyHeard(ctx: Context, actor: Actor, controllers: readonly ControllerStatus[]): Promise<NewestValue[]> {
  const heard = controllers.flatMap(({ id, last_heard_timestamp: at }) => (at === null ? [] : [{ id, at }]))
  const folders = heard
    .sort((a, b) => b.at.localeCompare(a.at))
    .slice(0, MAX_CONTROLLERS)
    .flatMap(({ id }) => ctx.tree.byId(id) ?? [])
  const values = await readNewest(
    ctx,
    actor,
    sequencesIn(ctx, actor, folders, ({ sequence }) => sequence?.dataType === NUMERIC),
  )
  return values.filter(({ newest }) => newest !== undefined)
}
