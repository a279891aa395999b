import { sql, type Kysely } from 'kysely'
import type { ColumnTypes } from '../migrate.ts'
import type { Schema } from '../schema.ts'

/**
 * The index by which names are found by a part of them. It is empty at first: the daemon fills it in the background, in the order of ids,
 * and searches look at all other names themselves. So what changes resources never waits for it, and never fails with it.
 */
export const name = 'names'

export async function up(db: Kysely<Schema>, { engine }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('changed_names')
    .addColumn('id', 'integer', (c) => c.primaryKey())
    .execute()
  // Elsewhere all names are in memory.
  if (engine !== 'sqlite') return
  await sql`create virtual table resource_names using fts5
    (words, content='', contentless_delete=1, tokenize='trigram', detail='none')`.execute(db)
  // What is not in the index yet need not be taken out of it.
  await sql`create trigger resources_renamed after update of name on resources
    when old.name <> new.name and old.id <= (select max(id) from resource_names_docsize)
    begin insert or ignore into changed_names (id) values (old.id); end`.execute(db)
  await sql`create trigger resources_removed after delete on resources
    when old.id <= (select max(id) from resource_names_docsize)
    begin insert or ignore into changed_names (id) values (old.id); end`.execute(db)
}
