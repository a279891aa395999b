import type { Kysely } from 'kysely'
import type { ColumnTypes } from '../migrate.ts'
import type { Schema } from '../schema.ts'

/** Stretches of time in which the server's clock was wrong. */
export const name = 'wrong clocks'

export async function up(db: Kysely<Schema>, { engine, serial, big }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('wrong_clocks')
    .addColumn('id', serial, (c) => (engine === 'sqlite' ? c.primaryKey().autoIncrement() : c.primaryKey()))
    .addColumn('boot', 'text', (c) => c.notNull())
    .addColumn('start_timestamp', big, (c) => c.notNull())
    .addColumn('end_timestamp', big, (c) => c.notNull())
    .addColumn('off_by', big)
    .addColumn('moved', 'text', (c) => c.notNull().defaultTo('[]'))
    .addColumn('settled_timestamp', big)
    .addColumn('settled_as', 'text')
    .execute()
}
