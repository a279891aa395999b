import type { Kysely } from 'kysely'
import type { ColumnTypes } from '../migrate.ts'
import type { Schema } from '../schema.ts'

/** Newest numbers as they were sent, so that they read the same after a restart. */
export const name = 'newest-texts'

export async function up(db: Kysely<Schema>, { big }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('newest_texts')
    .addColumn('sequence_id', 'integer', (c) => c.primaryKey().references('resources.id').onDelete('cascade'))
    .addColumn('timestamp', big, (c) => c.notNull())
    .addColumn('text', 'text', (c) => c.notNull())
    .execute()
}
