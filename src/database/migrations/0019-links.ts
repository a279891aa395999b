import type { Kysely } from 'kysely'
import type { ColumnTypes } from '../migrate.ts'
import type { Schema } from '../schema.ts'

/** Secret links, by which people without an account read. */
export const name = 'links'

export async function up(db: Kysely<Schema>, { engine, serial, big }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('links')
    .addColumn('id', serial, (c) => (engine === 'sqlite' ? c.primaryKey().autoIncrement() : c.primaryKey()))
    .addColumn('resource_id', 'integer', (c) => c.notNull().references('resources.id').onDelete('cascade'))
    .addColumn('organization_id', 'integer', (c) => c.notNull())
    .addColumn('user_id', 'integer', (c) => c.notNull())
    .addColumn('confined', 'integer', (c) => c.notNull())
    .addColumn('reach', 'text', (c) => c.notNull())
    .addColumn('query', 'text', (c) => c.notNull())
    .addColumn('note', 'text', (c) => c.notNull())
    .addColumn('secret_hash', 'text', (c) => c.notNull())
    .addColumn('creation_timestamp', big, (c) => c.notNull())
    .addColumn('expiration_timestamp', big, (c) => c.notNull())
    .addColumn('revocation_timestamp', big)
    .addColumn('revocation_user_id', 'integer')
    .addColumn('last_use_timestamp', big)
    .addColumn('uses', 'integer', (c) => c.notNull())
    .execute()
  await db.schema.createIndex('links_by_secret').unique().on('links').column('secret_hash').execute()
  await db.schema.createIndex('links_by_resource').on('links').column('resource_id').execute()
}
