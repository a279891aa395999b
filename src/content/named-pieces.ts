/** Which pieces of bulk storage the records name: by them a storage that lost its disk is told from a new one. */
import type { Kysely } from 'kysely'
import type { Schema } from '../database/schema.ts'

/** Names of the newest pieces, at most three; none when the records name none. */
export async function newestPieces(db: Kysely<Schema>): Promise<string[]> {
  const rows = await db
    .selectFrom('resource_revisions')
    .select('storage_path')
    .where('storage_path', 'is not', null)
    .orderBy('id', 'desc')
    .limit(3)
    .execute()
  return rows.map(({ storage_path: path }) => path).filter((path) => path !== null)
}
