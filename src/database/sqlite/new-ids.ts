/**
 * On SQLite a transaction that has begun is the only one that writes: the next ids are its own, until it ends. An id is never used again
 * after its row is gone, as AUTOINCREMENT promises: keys, links and what waits in the trash may still name it.
 */
import { sql } from 'kysely'
import type { OfEach, TakeIds } from '../new-ids.ts'

export const takeNextIds: TakeIds = async (tx, counts) => {
  // SQLite keeps the greatest id of each table that there ever was, also of rows that came with theirs.
  const { rows } = await sql<OfEach<number>>`select
    max(coalesce((select seq from sqlite_sequence where name = 'resources'), 0), coalesce((select max(id) from resources), 0)) as resources,
    max(coalesce((select seq from sqlite_sequence where name = 'resource_revisions'), 0),
      coalesce((select max(id) from resource_revisions), 0)) as revisions`.execute(tx)
  const after = (count: number, last = 0): number[] => Array.from({ length: count }, (_, at) => last + 1 + at)
  return { resources: after(counts.resources, rows[0]?.resources), revisions: after(counts.revisions, rows[0]?.revisions) }
}
