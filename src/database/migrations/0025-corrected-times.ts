import type { Kysely } from 'kysely'
import type { ColumnTypes } from '../migrate.ts'
import type { Schema } from '../schema.ts'

/** Which values were stored at corrected times, so that they can go back to the times that they were sent with. */
export const name = 'corrected times'

export async function up(db: Kysely<Schema>, { engine, serial, big }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('corrected_times')
    .addColumn('id', serial, (c) => (engine === 'sqlite' ? c.primaryKey().autoIncrement() : c.primaryKey()))
    .addColumn('controller_id', 'integer', (c) => c.notNull())
    .addColumn('sequence_id', 'integer', (c) => c.notNull())
    .addColumn('since_timestamp', big, (c) => c.notNull())
    .addColumn('off_by', big, (c) => c.notNull())
    .addColumn('first_timestamp', big, (c) => c.notNull())
    .addColumn('last_timestamp', big, (c) => c.notNull())
    .addColumn('undone_timestamp', big)
    .execute()
  await db.schema.createIndex('corrected_times_controller').on('corrected_times').columns(['controller_id', 'sequence_id']).execute()
}
