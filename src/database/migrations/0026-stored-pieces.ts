import type { Kysely } from 'kysely'
import type { ColumnTypes } from '../migrate.ts'
import type { Schema } from '../schema.ts'

/** Large contents in the database, for labs that want them there. */
export const name = 'stored pieces'

export async function up(db: Kysely<Schema>, { big, blob }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('stored_pieces')
    .addColumn('path', 'text', (c) => c.primaryKey().notNull())
    .addColumn('size', big, (c) => c.notNull())
    .addColumn('written_timestamp', big, (c) => c.notNull())
    .addColumn('discarded_timestamp', big)
    .addColumn('is_finished', 'integer', (c) => c.notNull())
    .execute()
  await db.schema
    .createTable('stored_chunks')
    .addColumn('path', 'text', (c) => c.notNull())
    .addColumn('number', 'integer', (c) => c.notNull())
    .addColumn('data', blob, (c) => c.notNull())
    .addPrimaryKeyConstraint('stored_chunks_key', ['path', 'number'])
    .execute()
}
