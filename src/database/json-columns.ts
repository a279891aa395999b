/** Changes a part of the JSON text in a column. */
import { sql } from 'kysely'
import type { Tx } from './schema.ts'

/** Columns that are changed in parts. A column of type `JsonText` in schema.ts can't be written by any other update. */
export type JsonColumn = 'controller_status.attributes' | 'users.attributes' | 'resources.system_attributes' | 'outgoing_messages.results'

/**
 * Reads the JSON object in a column, and writes what `change` returns. Both happen in the caller's transaction: transactions run one at a
 * time, so no other caller's write can come in between and be lost.
 * @param change returns the new JSON text for the present object
 * @returns that text; undefined when there is no such row, and `change` was not called
 */
export async function changeJson(
  tx: Tx,
  column: JsonColumn,
  id: number,
  change: (now: Record<string, unknown>) => string | Promise<string>,
): Promise<string | undefined> {
  const [table = '', name = ''] = column.split('.')
  const found = await sql<{ text: string }>`select ${sql.id(name)} as text from ${sql.table(table)} where id = ${id}`.execute(tx)
  const row = found.rows[0]
  if (!row) return undefined
  const text = await change(JSON.parse(row.text) as Record<string, unknown>)
  await sql`update ${sql.table(table)} set ${sql.id(name)} = ${text} where id = ${id}`.execute(tx)
  return text
}
