import { sql, type ColumnDefinitionBuilder, type Kysely } from 'kysely'
import type { ColumnTypes } from '../migrate.ts'
import type { Schema } from '../schema.ts'

/** All tables of the first release. */
export const name = 'initial'

export async function up(db: Kysely<Schema>, types: ColumnTypes): Promise<void> {
  const { serial, big, blob } = types
  const flag = 'integer'
  // An id is never reused, so that an id kept elsewhere can't come to mean another row.
  const key = (c: ColumnDefinitionBuilder) => (types.engine === 'sqlite' ? c.primaryKey().autoIncrement() : c.primaryKey())
  // The table is its primary key's index, which saves a second one. Suits short rows.
  const clustered = types.engine === 'sqlite' ? sql`without rowid` : sql``

  await db.schema
    .createTable('users')
    .addColumn('id', serial, key)
    .addColumn('user_name', 'text')
    .addColumn('email_address', 'text', (c) => c.notNull())
    .addColumn('password_hash', 'text', (c) => c.notNull())
    .addColumn('full_name', 'text', (c) => c.notNull())
    .addColumn('role', 'integer', (c) => c.notNull())
    .addColumn('info_status', 'text', (c) => c.notNull())
    .addColumn('attributes', 'text', (c) => c.notNull())
    .addColumn('deleted', flag, (c) => c.notNull())
    .addColumn('creation_timestamp', big, (c) => c.notNull())
    .execute()
  await sql`create unique index users_email_address on users (lower(email_address))`.execute(db)
  await sql`create unique index users_user_name on users (lower(user_name))`.execute(db)

  await db.schema
    .createTable('sessions')
    .addColumn('id', serial, key)
    .addColumn('user_id', 'integer', (c) => c.notNull().references('users.id').onDelete('cascade'))
    .addColumn('token_hash', 'text', (c) => c.notNull().unique())
    .addColumn('creation_timestamp', big, (c) => c.notNull())
    .addColumn('last_use_timestamp', big, (c) => c.notNull())
    .addColumn('expiry_timestamp', big, (c) => c.notNull())
    .addColumn('address', 'text', (c) => c.notNull())
    .addColumn('user_agent', 'text', (c) => c.notNull())
    .execute()
  await db.schema.createIndex('sessions_user').on('sessions').column('user_id').execute()

  await db.schema
    .createTable('resources')
    .addColumn('id', serial, key)
    .addColumn('parent_id', 'integer', (c) => c.references('resources.id').onDelete('cascade'))
    .addColumn('organization_id', 'integer', (c) => c.references('resources.id'))
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('type', 'integer', (c) => c.notNull())
    .addColumn('permissions', 'text')
    .addColumn('system_attributes', 'text', (c) => c.notNull())
    .addColumn('user_attributes', 'text', (c) => c.notNull())
    .addColumn('creation_timestamp', big, (c) => c.notNull())
    .addColumn('modification_timestamp', big, (c) => c.notNull())
    .addColumn('last_revision_id', big)
    .addColumn('deleted', flag, (c) => c.notNull())
    .addColumn('deletion_timestamp', big)
    .execute()
  await db.schema.createIndex('resources_parent').on('resources').column('parent_id').execute()
  // Deleting a row looks in each table for rows that refer to it: without an index, that scans the whole table.
  await db.schema.createIndex('resources_organization').on('resources').column('organization_id').execute()
  await sql`create index resources_deleted on resources (deletion_timestamp) where deleted <> 0`.execute(db)
  // A folder has at most one live resource of a name; deleted ones of that name may exist beside it.
  await sql`create unique index resources_live_name on resources (coalesce(parent_id, 0), name) where deleted = 0`.execute(db)

  await db.schema
    .createTable('organization_users')
    .addColumn('organization_id', 'integer', (c) => c.notNull().references('resources.id').onDelete('cascade'))
    .addColumn('user_id', 'integer', (c) => c.notNull().references('users.id').onDelete('cascade'))
    .addColumn('is_admin', flag, (c) => c.notNull())
    .addPrimaryKeyConstraint('organization_users_key', ['organization_id', 'user_id'])
    .modifyEnd(clustered)
    .execute()

  await db.schema
    .createTable('keys')
    .addColumn('id', serial, key)
    .addColumn('organization_id', 'integer', (c) => c.notNull().references('resources.id').onDelete('cascade'))
    .addColumn('creation_user_id', 'integer', (c) => c.notNull().references('users.id'))
    .addColumn('revocation_user_id', 'integer', (c) => c.references('users.id'))
    .addColumn('creation_timestamp', big, (c) => c.notNull())
    .addColumn('revocation_timestamp', big)
    .addColumn('access_as_user_id', 'integer', (c) => c.references('users.id').onDelete('cascade'))
    .addColumn('access_as_controller_id', 'integer', (c) => c.references('resources.id').onDelete('cascade'))
    .addColumn('confined', flag, (c) => c.notNull())
    .addColumn('key_part', 'text', (c) => c.notNull())
    .addColumn('key_hash', 'text', (c) => c.notNull())
    .execute()
  await db.schema.createIndex('keys_part').on('keys').column('key_part').execute()
  await db.schema.createIndex('keys_organization').on('keys').column('organization_id').execute()
  await db.schema.createIndex('keys_controller').on('keys').column('access_as_controller_id').execute()

  await db.schema
    .createTable('resource_revisions')
    .addColumn('id', serial, key)
    .addColumn('resource_id', 'integer', (c) => c.notNull().references('resources.id').onDelete('cascade'))
    .addColumn('timestamp', big, (c) => c.notNull())
    .addColumn('size', big, (c) => c.notNull())
    .addColumn('hash', 'text', (c) => c.notNull())
    .addColumn('data', blob)
    .addColumn('storage_path', 'text')
    .execute()
  await db.schema.createIndex('resource_revisions_time').on('resource_revisions').columns(['resource_id', 'timestamp']).execute()

  await db.schema
    .createTable('resource_views')
    .addColumn('resource_id', 'integer', (c) => c.notNull().references('resources.id').onDelete('cascade'))
    .addColumn('user_id', 'integer', (c) => c.notNull().references('users.id').onDelete('cascade'))
    .addColumn('view', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('resource_views_key', ['resource_id', 'user_id'])
    .execute()

  await db.schema
    .createTable('thumbnails')
    .addColumn('resource_id', 'integer', (c) => c.notNull().references('resources.id').onDelete('cascade'))
    .addColumn('revision_id', 'integer', (c) => c.notNull())
    .addColumn('width', 'integer', (c) => c.notNull())
    .addColumn('height', 'integer', (c) => c.notNull())
    .addColumn('format', 'text', (c) => c.notNull())
    .addColumn('data', blob, (c) => c.notNull())
    .addPrimaryKeyConstraint('thumbnails_key', ['resource_id', 'width'])
    .execute()

  await db.schema
    .createTable('pins')
    .addColumn('id', serial, key)
    .addColumn('pin', 'integer', (c) => c.notNull())
    .addColumn('code_hash', 'text', (c) => c.notNull())
    .addColumn('creation_timestamp', big, (c) => c.notNull())
    .addColumn('enter_timestamp', big)
    .addColumn('user_id', 'integer', (c) => c.references('users.id').onDelete('cascade'))
    .addColumn('controller_id', 'integer', (c) => c.references('resources.id').onDelete('cascade'))
    .addColumn('key_created', flag, (c) => c.notNull())
    .addColumn('attributes', 'text', (c) => c.notNull())
    .execute()
  await db.schema.createIndex('pins_controller').on('pins').column('controller_id').execute()

  await db.schema
    .createTable('controller_status')
    .addColumn('id', 'integer', (c) => c.primaryKey().references('resources.id').onDelete('cascade'))
    .addColumn('client_version', 'text', (c) => c.notNull())
    .addColumn('address', 'text', (c) => c.notNull().defaultTo(''))
    .addColumn('web_socket_connected', flag, (c) => c.notNull())
    .addColumn('last_connect_timestamp', big)
    .addColumn('last_message_timestamp', big)
    .addColumn('last_watchdog_timestamp', big)
    .addColumn('messages_received', big, (c) => c.notNull().defaultTo(0))
    .addColumn('messages_sent', big, (c) => c.notNull().defaultTo(0))
    .addColumn('watchdog_notification_sent', flag, (c) => c.notNull())
    .addColumn('attributes', 'text', (c) => c.notNull())
    .execute()

  await db.schema
    .createTable('outgoing_messages')
    .addColumn('id', serial, key)
    .addColumn('controller_id', 'integer', (c) => c.references('resources.id').onDelete('set null'))
    .addColumn('user_id', 'integer', (c) => c.references('users.id').onDelete('set null'))
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('recipients', 'text', (c) => c.notNull())
    .addColumn('subject', 'text', (c) => c.notNull())
    .addColumn('body', 'text', (c) => c.notNull())
    .addColumn('data', 'text')
    .addColumn('secret', flag, (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('attempts', 'integer', (c) => c.notNull())
    .addColumn('interrupted', flag, (c) => c.notNull())
    .addColumn('creation_timestamp', big, (c) => c.notNull())
    .addColumn('next_attempt_timestamp', big)
    .addColumn('sent_timestamp', big)
    .addColumn('results', 'text', (c) => c.notNull())
    .addColumn('error', 'text')
    .execute()
  await db.schema.createIndex('outgoing_messages_controller').on('outgoing_messages').column('controller_id').execute()
  await db.schema.createIndex('outgoing_messages_due').on('outgoing_messages').columns(['state', 'next_attempt_timestamp']).execute()

  await db.schema
    .createTable('account_requests')
    .addColumn('id', serial, key)
    .addColumn('organization_name', 'text')
    .addColumn('organization_id', 'integer', (c) => c.references('resources.id').onDelete('cascade'))
    .addColumn('inviter_id', 'integer', (c) => c.references('users.id'))
    .addColumn('creation_timestamp', big, (c) => c.notNull())
    .addColumn('redeemed_timestamp', big)
    .addColumn('access_code_hash', 'text', (c) => c.notNull().unique())
    .addColumn('email_address', 'text', (c) => c.notNull())
    .addColumn('message_id', 'integer', (c) => c.references('outgoing_messages.id').onDelete('set null'))
    .addColumn('attributes', 'text', (c) => c.notNull())
    .execute()
  await db.schema.createIndex('account_requests_organization').on('account_requests').column('organization_id').execute()

  await db.schema
    .createTable('alert_states')
    .addColumn('resource_id', 'integer', (c) => c.notNull().references('resources.id').onDelete('cascade'))
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('condition', 'text', (c) => c.notNull())
    .addColumn('active', flag, (c) => c.notNull())
    .addColumn('since_timestamp', big)
    .addColumn('start_timestamp', big)
    .addColumn('end_timestamp', big)
    .addColumn('start_told', flag, (c) => c.notNull())
    .addColumn('told_timestamp', big)
    .addPrimaryKeyConstraint('alert_states_key', ['resource_id', 'name'])
    .execute()

  await db.schema
    .createTable('throttles')
    .addColumn('name', 'text', (c) => c.primaryKey())
    .addColumn('count', 'integer', (c) => c.notNull())
    .addColumn('window_start', big, (c) => c.notNull())
    .modifyEnd(clustered)
    .execute()

  await db.schema
    .createTable('probes')
    .addColumn('id', 'integer', (c) => c.primaryKey())
    .addColumn('timestamp', big, (c) => c.notNull())
    .execute()

  // One packed record a commit, until its values are sealed in the blocks below.
  await db.schema
    .createTable('sequence_journal')
    .addColumn('id', serial, (c) => c.primaryKey())
    .addColumn('data', blob, (c) => c.notNull())
    .execute()

  // The headers of a sequence's blocks are stored side by side, without their data. A REAL column would turn -0 into 0.
  const exact = types.engine === 'sqlite' ? blob : types.double
  await db.schema
    .createTable('sequence_blocks')
    .addColumn('sequence_id', 'integer', (c) => c.notNull())
    .addColumn('first', big, (c) => c.notNull())
    .addColumn('last', big, (c) => c.notNull())
    .addColumn('count', 'integer', (c) => c.notNull())
    .addColumn('min', exact)
    .addColumn('max', exact)
    .addColumn('sum', exact)
    .addColumn('first_value', exact)
    .addColumn('last_value', exact)
    .addColumn('bytes', 'integer', (c) => c.notNull())
    .addColumn('data_id', 'integer', (c) => c.notNull())
    .addPrimaryKeyConstraint('sequence_blocks_key', ['sequence_id', 'first'])
    .modifyEnd(clustered)
    .execute()
  await db.schema
    .createTable('sequence_block_data')
    .addColumn('id', serial, (c) => c.primaryKey())
    .addColumn('data', blob, (c) => c.notNull())
    .execute()
  // Blocks that were found damaged when values had to be merged into them.
  await db.schema
    .createTable('sequence_damaged_blocks')
    .addColumn('id', serial, (c) => c.primaryKey())
    .addColumn('sequence_id', 'integer', (c) => c.notNull())
    .addColumn('first', big, (c) => c.notNull())
    .addColumn('last', big, (c) => c.notNull())
    .addColumn('count', 'integer', (c) => c.notNull())
    .addColumn('damage', 'text', (c) => c.notNull())
    .addColumn('data', blob, (c) => c.notNull())
    .execute()
}
