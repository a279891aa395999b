import type { Kysely } from 'kysely'
import type { Schema } from '../schema.ts'

/** What extensions keep: JSON by key, each extension's own. */
export const name = 'extensions'

export async function up(db: Kysely<Schema>): Promise<void> {
  await db.schema
    .createTable('extension_values')
    .addColumn('extension', 'text', (c) => c.notNull())
    .addColumn('key', 'text', (c) => c.notNull())
    .addColumn('value', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('extension_values_key', ['extension', 'key'])
    .execute()
}
