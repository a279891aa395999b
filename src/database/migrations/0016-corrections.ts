import type { Kysely } from 'kysely'
import type { ColumnTypes } from '../migrate.ts'
import type { Schema } from '../schema.ts'

/** What is known to be wrong about stored values: masked stretches, and calibrations. */
export const name = 'corrections'

export async function up(db: Kysely<Schema>, { engine, serial, big, double, blob }: ColumnTypes): Promise<void> {
  const table = (name: 'masks' | 'calibrations') =>
    db.schema
      .createTable(name)
      .addColumn('id', serial, (c) => (engine === 'sqlite' ? c.primaryKey().autoIncrement() : c.primaryKey()))
      .addColumn('sequence_id', 'integer', (c) => c.notNull().references('resources.id').onDelete('cascade'))
      .addColumn('note', 'text', (c) => c.notNull())
      .addColumn('user_id', 'integer')
      .addColumn('controller_id', 'integer')
      .addColumn('creation_timestamp', big, (c) => c.notNull())
  await table('masks')
    .addColumn('start_timestamp', big)
    .addColumn('end_timestamp', big)
    .addColumn('condition', 'text', (c) => c.notNull())
    .addColumn('stretches', blob)
    .addColumn('count', 'integer', (c) => c.notNull())
    .execute()
  await table('calibrations')
    .addColumn('start_timestamp', big, (c) => c.notNull())
    .addColumn('scale', double, (c) => c.notNull())
    .addColumn('offset', double, (c) => c.notNull())
    .addColumn('points', 'text')
    .execute()
  for (const name of ['masks', 'calibrations'] as const)
    await db.schema.createIndex(`${name}_by_sequence`).on(name).columns(['sequence_id', 'start_timestamp']).execute()
}
