/** What a backup asks of a lab's database, at one moment of it. */
import type { ExpressionBuilder, Kysely } from 'kysely'
import type { Schema } from '../database/schema.ts'

/** A piece of bulk storage, outside of the database, that a record names. */
export interface NamedContent {
  readonly path: string
  readonly size: number
  /** SHA-1, hex. */
  readonly hash: string
}

/** Content that records name in bulk storage. What of it is in the database is saved with that. */
export async function readNamedContent(db: Kysely<Schema>): Promise<NamedContent[]> {
  const named = db
    .selectFrom('resource_revisions')
    .select(['storage_path', 'size', 'hash'])
    .where('storage_path', 'is not', null)
    .orderBy('id')
  // A database of an earlier program has no such table.
  const hasPieces = (await db.introspection.getTables()).some(({ name }) => name === 'stored_pieces')
  const rows = await (hasPieces ? named.where(isElsewhere) : named).execute()
  return rows.flatMap(({ storage_path: path, size, hash }) => (path === null ? [] : [{ path, size, hash }]))
}

const isElsewhere = (row: ExpressionBuilder<Schema, 'resource_revisions'>) =>
  row.not(
    row.exists(
      row.selectFrom('stored_pieces').select('path').whereRef('path', '=', 'resource_revisions.storage_path').where('is_finished', '=', 1),
    ),
  )
