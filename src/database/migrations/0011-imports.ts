import type { Kysely } from 'kysely'
import type { ColumnTypes } from '../migrate.ts'
import type { Schema } from '../schema.ts'

/** What imports of files brought, so that one can be undone as a whole. */
export const name = 'imports'

export async function up(db: Kysely<Schema>, { engine, serial, big, blob }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('imports')
    .addColumn('id', serial, (c) => (engine === 'sqlite' ? c.primaryKey().autoIncrement() : c.primaryKey()))
    .addColumn('organization_id', 'integer', (c) => c.notNull())
    .addColumn('user_id', 'integer')
    .addColumn('controller_id', 'integer')
    .addColumn('file_name', 'text', (c) => c.notNull())
    .addColumn('creation_timestamp', big, (c) => c.notNull())
    .addColumn('removal_timestamp', big)
    .execute()
  await db.schema
    .createTable('import_values')
    .addColumn('id', serial, (c) => (engine === 'sqlite' ? c.primaryKey().autoIncrement() : c.primaryKey()))
    .addColumn('import_id', 'integer', (c) => c.notNull())
    .addColumn('sequence_id', 'integer', (c) => c.notNull())
    .addColumn('first', big, (c) => c.notNull())
    .addColumn('last', big, (c) => c.notNull())
    .addColumn('count', 'integer', (c) => c.notNull())
    .addColumn('times', blob, (c) => c.notNull())
    .execute()
  await db.schema.createIndex('import_values_by_import').on('import_values').columns(['import_id', 'sequence_id']).execute()
}
