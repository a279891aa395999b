import type { Kysely } from 'kysely'
import type { ColumnTypes } from '../migrate.ts'
import type { Schema } from '../schema.ts'

/** Keys whose MQTT topics lie below their controller, and secrets by which webhooks reach one folder and nothing else. */
export const name = 'device_keys'

export async function up(db: Kysely<Schema>, { engine }: ColumnTypes): Promise<void> {
  await db.schema
    .alterTable('keys')
    .addColumn('mounted', engine === 'sqlite' ? 'integer' : 'smallint', (c) => c.notNull().defaultTo(0))
    .execute()
  await db.schema.alterTable('keys').addColumn('ingest_folder_id', 'integer').execute()
}
