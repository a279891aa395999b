/** The newest time that the server believed, and what its clock skipped: what is removed by age asks it. */
import type { Kysely } from 'kysely'
import type { ColumnTypes } from '../migrate.ts'
import type { Schema } from '../schema.ts'

export const name = 'known-time'

export async function up(db: Kysely<Schema>, { big }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('known_times')
    .addColumn('from_timestamp', big, (c) => c.primaryKey())
    .addColumn('until_timestamp', big)
    .execute()
}
