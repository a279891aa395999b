/** On PostgreSQL ids come from the sequences of their tables, as those of all other rows do. */
import { sql } from 'kysely'
import type { TakeIds } from '../new-ids.ts'
import type { Tx } from '../schema.ts'

export const takeNextIds: TakeIds = async (tx, { resources, revisions }) => ({
  resources: await nextOf(tx, 'resources', resources),
  revisions: await nextOf(tx, 'resource_revisions', revisions),
})

async function nextOf(tx: Tx, table: string, count: number): Promise<number[]> {
  const { rows } = await sql<{ id: string | number }>`
    select nextval(pg_get_serial_sequence(${table}, 'id')) as id from generate_series(1, ${sql.lit(count)})`.execute(tx)
  return rows.map(({ id }) => Number(id)).sort((a, b) => a - b)
}
