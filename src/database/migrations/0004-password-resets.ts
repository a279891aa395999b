import type { Kysely } from 'kysely'
import type { ColumnTypes } from '../migrate.ts'
import type { Schema } from '../schema.ts'

/** Codes with which people who have forgotten their password set a new one. */
export const name = 'password-resets'

export async function up(db: Kysely<Schema>, { engine, serial, big }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('password_resets')
    .addColumn('id', serial, (c) => (engine === 'sqlite' ? c.primaryKey().autoIncrement() : c.primaryKey()))
    .addColumn('user_id', 'integer', (c) => c.references('users.id').onDelete('cascade'))
    .addColumn('code_hash', 'text', (c) => c.notNull().unique())
    .addColumn('creation_timestamp', big, (c) => c.notNull())
    .addColumn('message_id', 'integer', (c) => c.references('outgoing_messages.id').onDelete('set null'))
    .execute()
  await db.schema.createIndex('password_resets_user').on('password_resets').column('user_id').execute()
}
