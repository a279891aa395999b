import type { ColumnDefinitionBuilder, Kysely } from 'kysely'
import type { ColumnTypes } from '../migrate.ts'
import type { Schema } from '../schema.ts'

/** State of MQTT clients that outlives their connection: sessions, their queued messages, retained messages, wills. */
export const name = 'mqtt-state'

export async function up(db: Kysely<Schema>, { big, blob }: ColumnTypes): Promise<void> {
  const flag = 'integer'
  // The daemon has all rows in memory and assigns the ids itself.
  const key = (c: ColumnDefinitionBuilder) => c.primaryKey()
  await db.schema
    .createTable('mqtt_sessions')
    .addColumn('id', 'integer', key)
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('actor', 'text', (c) => c.notNull())
    .addColumn('filters', 'text', (c) => c.notNull())
    .addColumn('received', 'text', (c) => c.notNull())
    .addColumn('gone_timestamp', big)
    .execute()
  await db.schema
    .createTable('mqtt_queue')
    .addColumn('session_id', 'integer', (c) => c.notNull())
    .addColumn('position', big, (c) => c.notNull())
    .addColumn('topic', 'text', (c) => c.notNull())
    .addColumn('payload', blob, (c) => c.notNull())
    .addColumn('qos', 'integer', (c) => c.notNull())
    .addColumn('resource_id', 'integer', (c) => c.notNull())
    .addColumn('message_id', 'integer')
    .addColumn('released', flag, (c) => c.notNull())
    .addPrimaryKeyConstraint('mqtt_queue_key', ['session_id', 'position'])
    .execute()
  await db.schema
    .createTable('mqtt_retained')
    .addColumn('topic', 'text', key)
    .addColumn('payload', blob, (c) => c.notNull())
    .addColumn('qos', 'integer', (c) => c.notNull())
    .addColumn('resource_id', 'integer', (c) => c.notNull())
    .execute()
  await db.schema
    .createTable('mqtt_wills')
    .addColumn('id', 'integer', key)
    .addColumn('key_id', 'integer', (c) => c.notNull())
    .addColumn('topic', 'text', (c) => c.notNull())
    .addColumn('payload', blob, (c) => c.notNull())
    .addColumn('qos', 'integer', (c) => c.notNull())
    .addColumn('retain', flag, (c) => c.notNull())
    .execute()
}
