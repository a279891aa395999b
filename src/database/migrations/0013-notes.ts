import type { Kysely } from 'kysely'
import type { ColumnTypes } from '../migrate.ts'
import type { Schema } from '../schema.ts'

/** What people and devices note about a time or a stretch of time. */
export const name = 'notes'

export async function up(db: Kysely<Schema>, { engine, serial, big }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('notes')
    .addColumn('id', serial, (c) => (engine === 'sqlite' ? c.primaryKey().autoIncrement() : c.primaryKey()))
    .addColumn('resource_id', 'integer', (c) => c.notNull().references('resources.id').onDelete('cascade'))
    .addColumn('start_timestamp', big, (c) => c.notNull())
    .addColumn('end_timestamp', big)
    .addColumn('text', 'text', (c) => c.notNull())
    .addColumn('tags', 'text', (c) => c.notNull())
    .addColumn('source', 'text', (c) => c.notNull())
    .addColumn('user_id', 'integer')
    .addColumn('controller_id', 'integer')
    .addColumn('creation_timestamp', big, (c) => c.notNull())
    .addColumn('modification_timestamp', big)
    .execute()
  await db.schema.createIndex('notes_by_resource').on('notes').columns(['resource_id', 'start_timestamp']).execute()
}
