import type { Kysely } from 'kysely'
import type { ColumnTypes } from '../migrate.ts'
import type { Schema } from '../schema.ts'

/** What MQTT 5 adds to what is kept for clients: how long sessions and messages are good for, and what goes with a message. */
export const name = 'mqtt5'

export async function up(db: Kysely<Schema>, { big, blob }: ColumnTypes): Promise<void> {
  await db.schema.alterTable('mqtt_sessions').addColumn('expiry', big).execute()
  for (const table of ['mqtt_queue', 'mqtt_retained', 'mqtt_wills'] as const)
    await db.schema.alterTable(table).addColumn('properties', blob).execute()
  for (const table of ['mqtt_queue', 'mqtt_retained'] as const) await db.schema.alterTable(table).addColumn('expires', big).execute()
  await db.schema.alterTable('mqtt_queue').addColumn('subscription_ids', 'text').execute()
  await db.schema
    .alterTable('mqtt_queue')
    .addColumn('retain', 'integer', (c) => c.notNull().defaultTo(0))
    .execute()
  await db.schema.alterTable('mqtt_wills').addColumn('expiry', big).execute()
  await db.schema
    .alterTable('mqtt_wills')
    .addColumn('delay', big, (c) => c.notNull().defaultTo(0))
    .execute()
  await db.schema
    .alterTable('mqtt_wills')
    .addColumn('session', 'text', (c) => c.notNull().defaultTo(''))
    .execute()
}
