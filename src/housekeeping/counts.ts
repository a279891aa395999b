/** Counts for administrators of the server. Source: protocol, section 5. */
import { sql } from 'kysely'
import { isSystemAdmin, type Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { forbidden } from '../base/fault.ts'

export interface Stats {
  user_count: number
  /** Live resources. */
  resource_count: number
  thumbnail_count: number
  /** Revisions of files and image sequences; values of other sequences are not counted. */
  resource_revision_count: number
  /** E-mails and text messages, sent or waiting. */
  message_count: number
}

/** @throws Fault forbidden for all but system admins */
export async function readStats(ctx: Context, actor: Actor): Promise<Stats> {
  if (!isSystemAdmin(actor)) throw forbidden('Only system admins see the statistics of the server.')
  const count = async (table: 'thumbnails' | 'resource_revisions' | 'outgoing_messages'): Promise<number> =>
    (
      await ctx.db
        .selectFrom(table)
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow()
    ).count
  const users = await ctx.db
    .selectFrom('users')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('deleted', '=', 0)
    .executeTakeFirstOrThrow()
  const live = await ctx.db
    .selectFrom('resources')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('deleted', '=', sql.lit(0))
    .executeTakeFirstOrThrow()
  return {
    user_count: users.count,
    resource_count: live.count - (await countBelowDeleted(ctx)),
    thumbnail_count: await count('thumbnails'),
    resource_revision_count: await count('resource_revisions'),
    message_count: await count('outgoing_messages'),
  }
}

/** What is not deleted itself, and lies in something that is. */
async function countBelowDeleted(ctx: Context): Promise<number> {
  const { count } = await ctx.db
    .withRecursive('gone', (query) =>
      query
        .selectFrom('resources')
        .select('id')
        .where('deleted', '<>', sql.lit(0))
        .union(query.selectFrom('gone').innerJoin('resources', 'resources.parent_id', 'gone.id').select('resources.id')),
    )
    .selectFrom('gone')
    .innerJoin('resources', 'resources.id', 'gone.id')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('resources.deleted', '=', 0)
    .executeTakeFirstOrThrow()
  return count
}
