/** On SQLite a transaction that has begun is the only one that writes: the next ids are its own, until it ends. */
import { sql } from 'kysely'
import type { OfEach, TakeIds } from '../new-ids.ts'

export const takeNextIds: TakeIds = async (tx, counts) => {
  const { rows } = await sql<OfEach<number>>`select
    (select coalesce(max(id), 0) from resources) as resources,
    (select coalesce(max(id), 0) from resource_revisions) as revisions`.execute(tx)
  const after = (count: number, last = 0): number[] => Array.from({ length: count }, (_, at) => last + 1 + at)
  return { resources: after(counts.resources, rows[0]?.resources), revisions: after(counts.revisions, rows[0]?.revisions) }
}
