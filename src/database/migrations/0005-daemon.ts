import type { Kysely } from 'kysely'
import type { ColumnTypes } from '../migrate.ts'
import type { Schema } from '../schema.ts'

/** The daemon that the database belongs to: each commit of a daemon looks whether it still does. */
export const name = 'daemon'

export async function up(db: Kysely<Schema>, { big }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('daemon')
    .addColumn('id', 'integer', (c) => c.primaryKey())
    .addColumn('token', big, (c) => c.notNull())
    .addColumn('process', 'text', (c) => c.notNull())
    .addColumn('pid', 'integer', (c) => c.notNull())
    .addColumn('file', 'text', (c) => c.notNull())
    .execute()
}
