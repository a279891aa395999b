import type { Kysely } from 'kysely'
import type { ColumnTypes } from '../migrate.ts'
import type { Schema } from '../schema.ts'

/** When alerts were on, who was told and who took care; and which are muted. */
export const name = 'alarms'

export async function up(db: Kysely<Schema>, { engine, serial, big, double }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('alert_history')
    .addColumn('id', serial, (c) => (engine === 'sqlite' ? c.primaryKey().autoIncrement() : c.primaryKey()))
    .addColumn('resource_id', 'integer', (c) => c.notNull().references('resources.id').onDelete('cascade'))
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('condition', 'text', (c) => c.notNull())
    .addColumn('start_timestamp', big, (c) => c.notNull())
    .addColumn('end_timestamp', big)
    .addColumn('lowest', double)
    .addColumn('highest', double)
    .addColumn('told', 'text', (c) => c.notNull())
    .addColumn('ack_timestamp', big)
    .addColumn('ack_user_id', 'integer')
    .addColumn('ack_note', 'text', (c) => c.notNull().defaultTo(''))
    .addColumn('escalation_timestamp', big)
    .execute()
  await db.schema.createIndex('alert_history_by_resource').on('alert_history').columns(['resource_id', 'name', 'id']).execute()
  await db.schema
    .createIndex('alert_history_on')
    .on('alert_history')
    .columns(['resource_id', 'end_timestamp'])
    .where('end_timestamp', 'is', null)
    .execute()

  await db.schema
    .createTable('alert_mutes')
    .addColumn('id', serial, (c) => (engine === 'sqlite' ? c.primaryKey().autoIncrement() : c.primaryKey()))
    .addColumn('resource_id', 'integer', (c) => c.notNull().references('resources.id').onDelete('cascade'))
    .addColumn('name', 'text')
    .addColumn('creation_timestamp', big, (c) => c.notNull())
    .addColumn('until_timestamp', big, (c) => c.notNull())
    .addColumn('user_id', 'integer')
    .addColumn('reason', 'text', (c) => c.notNull())
    .execute()
  await db.schema.createIndex('alert_mutes_by_resource').on('alert_mutes').column('resource_id').execute()
}
