import type { Kysely } from 'kysely'
import type { Schema } from '../schema.ts'

/** The note that an alert wrote when it came on. */
export const name = 'alert notes'

export async function up(db: Kysely<Schema>): Promise<void> {
  await db.schema.alterTable('alert_history').addColumn('note_id', 'integer').execute()
}
