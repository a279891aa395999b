import type { Kysely } from 'kysely'
import type { ColumnTypes } from '../migrate.ts'
import type { Schema } from '../schema.ts'

/** What became of backups and of the proofs that they can be restored. */
export const name = 'backups'

export async function up(db: Kysely<Schema>, { engine, serial, big }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('backup_log')
    .addColumn('id', serial, (c) => (engine === 'sqlite' ? c.primaryKey().autoIncrement() : c.primaryKey()))
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('place', 'text', (c) => c.notNull())
    .addColumn('point_timestamp', big)
    .addColumn('start_timestamp', big, (c) => c.notNull())
    .addColumn('end_timestamp', big, (c) => c.notNull())
    .addColumn('scheduled', 'integer', (c) => c.notNull())
    .addColumn('bytes', big)
    .addColumn('written_bytes', big)
    .addColumn('error', 'text')
    .execute()
}
