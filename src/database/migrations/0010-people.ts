import type { ColumnDefinitionBuilder, Kysely } from 'kysely'
import type { ColumnTypes } from '../migrate.ts'
import type { Schema } from '../schema.ts'

/** The audit trail, second factors, and when and from where keys and sessions were used. */
export const name = 'people'

export async function up(db: Kysely<Schema>, { engine, serial, big, blob }: ColumnTypes): Promise<void> {
  // An id is never given out again: copies of the trail are compared by it.
  const key = (c: ColumnDefinitionBuilder) => (engine === 'sqlite' ? c.primaryKey().autoIncrement() : c.primaryKey())
  await db.schema
    .createTable('audit_records')
    .addColumn('id', serial, key)
    .addColumn('timestamp', big, (c) => c.notNull())
    .addColumn('last_timestamp', big, (c) => c.notNull())
    .addColumn('count', 'integer', (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('user_id', 'integer')
    .addColumn('controller_id', 'integer')
    .addColumn('by_server', 'integer', (c) => c.notNull())
    .addColumn('key_id', 'integer')
    .addColumn('address', 'text', (c) => c.notNull())
    .addColumn('organization_id', 'integer')
    .addColumn('subject_kind', 'text', (c) => c.notNull())
    .addColumn('subject_id', 'integer')
    .addColumn('subject_name', 'text', (c) => c.notNull())
    .addColumn('details', 'text', (c) => c.notNull())
    .addColumn('told', 'integer', (c) => c.notNull())
    .execute()
  await db.schema.createIndex('audit_records_by_time').on('audit_records').columns(['timestamp', 'id']).execute()
  await db.schema
    .createIndex('audit_records_by_organization')
    .on('audit_records')
    .columns(['organization_id', 'timestamp', 'id'])
    .where('organization_id', 'is not', null)
    .execute()
  await db.schema.createIndex('audit_records_untold').on('audit_records').columns(['told', 'id']).where('told', '=', 0).execute()

  await db.schema.alterTable('keys').addColumn('last_use_timestamp', big).execute()
  await db.schema
    .alterTable('keys')
    .addColumn('last_use_address', 'text', (c) => c.notNull().defaultTo(''))
    .execute()
  await db.schema.createIndex('keys_by_creator').on('keys').column('creation_user_id').execute()
  await db.schema.alterTable('sessions').addColumn('proof_timestamp', big).execute()

  await db.schema
    .createTable('user_factors')
    .addColumn('id', serial, key)
    .addColumn('user_id', 'integer', (c) => c.notNull().references('users.id').onDelete('cascade'))
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('creation_timestamp', big, (c) => c.notNull())
    .addColumn('last_use_timestamp', big)
    .addColumn('secret', 'text')
    .addColumn('last_step', big)
    .addColumn('credential_id', 'text')
    .addColumn('public_key', blob)
    .addColumn('counter', big)
    .addColumn('transports', 'text')
    .execute()
  await db.schema.createIndex('user_factors_by_user').on('user_factors').column('user_id').execute()
  await db.schema.createIndex('user_factors_by_credential').unique().on('user_factors').column('credential_id').execute()
  await db.schema
    .createTable('recovery_codes')
    .addColumn('user_id', 'integer', (c) => c.notNull().references('users.id').onDelete('cascade'))
    .addColumn('code_hash', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('recovery_codes_primary', ['user_id', 'code_hash'])
    .execute()
}
