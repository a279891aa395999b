/** Whether the server can do its work: readiness really writes a row. */
import { sql } from 'kysely'
import type { Context } from '../context.ts'

/** Writes a row, and resolves when it is durable with the duration in milliseconds. @throws any error of the database */
export async function probeDatabase(ctx: Context): Promise<number> {
  const start = performance.now()
  const timestamp = ctx.clock.now()
  await ctx.db
    .insertInto('probes')
    .values({ id: 1, timestamp })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ timestamp: sql<number>`excluded.timestamp` }))
    .execute()
  return performance.now() - start
}
