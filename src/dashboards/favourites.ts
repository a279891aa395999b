/** What a user has starred: it stands on their first page. */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { forbidden, invalid } from '../base/fault.ts'
import { transact } from '../database/transact.ts'
import { canRead, requireRead } from '../tree/permissions.ts'
import { isFolder, type Resource } from '../tree/tree.ts'
import { listActiveAlerts } from '../watching/active-alerts.ts'
import type { NewestValue } from '../wire/dashboard-answers.ts'
import { readNewestValues } from './tiles/values.ts'
import { holdsImages } from './tiles/described.ts'

export const MAX_FAVOURITES = 200
/** Newest values on the first page. */
const MAX_VALUES = 24

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

/** Newest values of the sequences among the favourites, and of those that lie in a favourite folder or controller. */
export async function readFavouriteValues(ctx: Context, actor: Actor, favourites: readonly Resource[]): Promise<NewestValue[]> {
  const sequences = new Set<Resource>()
  for (const one of favourites) {
    for (const candidate of isFolder(one) ? one.children.values() : [one])
      if (candidate.sequence && !holdsImages(candidate) && canRead(ctx, actor, candidate)) sequences.add(candidate)
    if (sequences.size >= MAX_VALUES) break
  }
  return readNewestValues({ ctx, actor, alerts: () => listActiveAlerts(ctx, actor) }, [...sequences].slice(0, MAX_VALUES))
}
