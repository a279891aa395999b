import type { ColumnDefinitionBuilder, Kysely } from 'kysely'
import type { ColumnTypes } from '../migrate.ts'
import type { Schema } from '../schema.ts'

/** Where damaged records of the journal are put aside, and where the data of blocks that could not be read still is. */
export const name = 'damage'

export async function up(db: Kysely<Schema>, { engine, serial, big, blob }: ColumnTypes): Promise<void> {
  const key = (c: ColumnDefinitionBuilder) => (engine === 'sqlite' ? c.primaryKey().autoIncrement() : c.primaryKey())
  await db.schema.alterTable('sequence_damaged_blocks').addColumn('data_id', 'integer').execute()
  await db.schema
    .createTable('sequence_damaged_records')
    .addColumn('id', serial, key)
    .addColumn('first_record', big, (c) => c.notNull())
    .addColumn('last_record', big, (c) => c.notNull())
    .addColumn('sequences', 'text', (c) => c.notNull())
    .addColumn('first', big)
    .addColumn('last', big)
    .addColumn('damage', 'text', (c) => c.notNull())
    .addColumn('data', blob, (c) => c.notNull())
    .execute()
}
