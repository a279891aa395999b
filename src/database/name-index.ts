/**
 * The index of parts of names on SQLite: which groups of three characters each name has. It follows the resources at a distance: what has
 * a higher id than all that it holds, and what `changed_names` lists, is not in it as it is. It holds those that were removed too, as they
 * may be restored: whoever reads it looks at the rows themselves.
 */
import { sql } from 'kysely'
import type { Tx } from './schema.ts'

/** The table, and with an underscore and more behind it those in which SQLite keeps it. */
export const NAME_INDEX = 'resource_names'

export const isOfNameIndex = (table: string): boolean => table === NAME_INDEX || table.startsWith(`${NAME_INDEX}_`)

/** Stands twice before each name, so that its first characters make groups of their own. */
export const BEGIN = '\u0001'
/** Stands behind each name. */
export const END = '\u0002'

/** Names that are taken in by one transaction. */
const STEP = 500
const CHANGED = 250

/** As words of the search are in lower case: the one capital that becomes two characters then. */
const words = sql`char(1) || char(1) || replace(name, 'İ', 'i' || char(775)) || char(2)`

/** Takes in some names that are not in the index as they are. @returns how many; 0: there are none */
export async function indexSomeNames(tx: Tx): Promise<number> {
  const { rows } = await sql<{ reached: number | null }>`select max(id) as reached from resource_names_docsize`.execute(tx)
  const reached = rows[0]?.reached ?? 0
  const changed = await tx.selectFrom('changed_names').select('id').orderBy('id').limit(CHANGED).execute()
  if (changed.length > 0) {
    const ids = sql.join(changed.map(({ id }) => id))
    await sql`delete from resource_names where rowid in (${ids})`.execute(tx)
    await sql`insert into resource_names (rowid, words)
      select id, ${words} from resources where id in (${ids}) and id <= ${reached}`.execute(tx)
    await sql`delete from changed_names where id in (${ids})`.execute(tx)
  }
  const { numAffectedRows = 0n } = await sql`
    insert into resource_names (rowid, words)
    select id, ${words} from resources where id > ${reached} order by id limit ${sql.lit(STEP)}`.execute(tx)
  return changed.length + Number(numAffectedRows)
}

/** After which the index is filled from its beginning. */
export async function emptyNameIndex(tx: Tx): Promise<void> {
  await sql`insert into resource_names (resource_names) values ('delete-all')`.execute(tx)
  await tx.deleteFrom('changed_names').execute()
}
