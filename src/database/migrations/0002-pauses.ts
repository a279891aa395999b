/** When the server was off, so that this time doesn't count as silence of controllers. */
import type { Kysely } from 'kysely'
import type { ColumnTypes } from '../migrate.ts'
import type { Schema } from '../schema.ts'

export const name = 'pauses'

export async function up(db: Kysely<Schema>, { big }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('pauses')
    .addColumn('from_timestamp', big, (c) => c.primaryKey())
    .addColumn('until_timestamp', big)
    .execute()
}
