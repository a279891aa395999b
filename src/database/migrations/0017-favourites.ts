import type { Kysely } from 'kysely'
import type { ColumnTypes } from '../migrate.ts'
import type { Schema } from '../schema.ts'

/** What users have starred. */
export const name = 'favourites'

export async function up(db: Kysely<Schema>, { big }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('favourites')
    .addColumn('resource_id', 'integer', (c) => c.notNull().references('resources.id').onDelete('cascade'))
    .addColumn('user_id', 'integer', (c) => c.notNull().references('users.id').onDelete('cascade'))
    .addColumn('creation_timestamp', big, (c) => c.notNull())
    .addPrimaryKeyConstraint('favourites_key', ['resource_id', 'user_id'])
    .execute()
  await db.schema.createIndex('favourites_by_user').on('favourites').columns(['user_id']).execute()
}
