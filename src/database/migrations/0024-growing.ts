import { sql, type Kysely } from 'kysely'
import type { ColumnTypes } from '../migrate.ts'
import type { Schema } from '../schema.ts'

/** Indexes by which the tree of resources is read a few rows at a time. */
export const name = 'growing'

export async function up(db: Kysely<Schema>, { engine }: ColumnTypes): Promise<void> {
  const mentions = (attribute: string) =>
    engine === 'sqlite'
      ? sql`instr(system_attributes, ${sql.lit(attribute)}) > 0`
      : sql`strpos(system_attributes, ${sql.lit(attribute)}) > 0`
  // Files are most of what there is, and nothing asks for all of them often.
  await sql`create index resources_type on resources (type, id) where deleted = 0 and type <> 20`.execute(db)
  await sql`create index resources_ruled on resources (id) where deleted = 0 and ${mentions('"alerts"')}`.execute(db)
  await sql`create index resources_aging on resources (id) where deleted = 0 and ${mentions('"max_age"')}`.execute(db)
  await sql`create index resources_deleted_name on resources (parent_id, name) where deleted = 1`.execute(db)
  // With the type, those who look for folders and sequences pass over files without reading their rows.
  await db.schema.dropIndex('resources_parent').execute()
  await db.schema.createIndex('resources_parent').on('resources').columns(['parent_id', 'type']).execute()
  await db.schema.createIndex('organization_users_user').on('organization_users').column('user_id').execute()
}
