/** Whether the server can do its work: readiness writes a row, for real. */
import { sql } from 'kysely'
import type { Context } from '../context.ts'

/** Resolves with how long the write took, in milliseconds, once it is durable. @throws whatever the database says */
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
