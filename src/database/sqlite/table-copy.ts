/** Copies the rows of tables from a damaged database to a sound one, as far as they can be read, without indexes. */
import type Sqlite from 'better-sqlite3'
import { isUnreadable } from '../errors.ts'
import { readAround, type KeyRange } from './around-damage.ts'

/** Pieces of a table that are tried in vain: a large one may have many sound pages between damaged ones. */
const PATIENCE = 2_000

export interface CopiedTable {
  readonly table: string
  readonly rows: number
  /** Keys of rows that are known to be gone. */
  readonly lost: readonly number[]
  /** Ranges of keys of which nothing is known; there need not be rows at all of them. */
  readonly gaps: readonly KeyRange[]
}

const quoted = (name: string): string => `"${name}"`

/** Names of the columns; empty when there is no such table. */
export const columnsOf = (db: Sqlite.Database, table: string): string[] =>
  db.prepare<[string], string>('select name from pragma_table_info(?)').pluck().all(table)

/**
 * Copies a table with a rowid by ranges of it.
 * @param keep which rows are copied
 */
export function copyTable(
  from: Sqlite.Database,
  to: Sqlite.Database,
  table: string,
  keep: (key: number) => boolean = () => true,
): CopiedTable {
  return copyRows(from, to, table, 'rowid', undefined, keep)
}

/** Copies the rows of a table without a rowid, whose key is a number within each of some groups. */
export function copyGroups(
  from: Sqlite.Database,
  to: Sqlite.Database,
  table: string,
  group: string,
  key: string,
  groups: Iterable<number>,
): CopiedTable {
  let rows = 0
  const gaps: KeyRange[] = []
  for (const id of groups) {
    const copied = copyRows(from, to, table, key, [group, id])
    rows += copied.rows
    if (copied.gaps.length > 0) gaps.push({ from: id, to: id })
  }
  return { table, rows, lost: [], gaps }
}

function copyRows(
  from: Sqlite.Database,
  to: Sqlite.Database,
  table: string,
  key: string,
  group: readonly [column: string, id: number] | undefined,
  keep: (key: number) => boolean = () => true,
): CopiedTable {
  const known = new Set(columnsOf(from, table))
  const columns = columnsOf(to, table).filter((name) => known.has(name))
  if (columns.length === 0) return { table, rows: 0, lost: [], gaps: [] }
  const list = columns.map(quoted).join(', ')
  const where = `${group ? `${quoted(group[0])} = ${group[1]} and ` : ''}${key} between ? and ?`
  const select = (order: string, what: string): Sqlite.Statement<[number, number], unknown[]> =>
    from
      .prepare<[number, number], unknown[]>(
        `select ${key}, ${what} from ${quoted(table)} not indexed where ${where} order by ${key} ${order}`,
      )
      .raw()
  const insert = to.prepare(`insert or ignore into ${quoted(table)} (${list}) values (${columns.map(() => '?').join(', ')})`)
  let rows = 0
  const whole = { asc: select('asc', list), desc: select('desc', list) }
  const range = { from: Number.MIN_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER }
  const gaps = readAround(
    range,
    (part, order) => whole[order].iterate(part.from, part.to),
    ([id]) => Number(id),
    ([id, ...row]) => {
      if (!keep(Number(id))) return
      insert.run(...row)
      rows++
    },
    PATIENCE,
  )
  if (gaps.length === 0) return { table, rows, lost: [], gaps }
  // Where only the rest of a long row is damaged, its key can still be read.
  const lost: number[] = []
  const keys = { asc: select('asc', '1'), desc: select('desc', '1') }
  const unknown = gaps.flatMap((gap) =>
    readAround(
      gap,
      (part, order) => keys[order].iterate(part.from, part.to),
      ([id]) => Number(id),
      ([id]) => void lost.push(Number(id)),
      PATIENCE,
    ),
  )
  return { table, rows, lost: lost.sort((a, b) => a - b), gaps: unknown }
}

/** The content of a row's long column; undefined when it can't be read. */
export function readBlob(from: Sqlite.Database, table: string, column: string): (id: number) => Uint8Array | undefined {
  const statement = from.prepare<[number], Uint8Array>(`select ${quoted(column)} from ${quoted(table)} where rowid = ?`).pluck()
  return (id) => {
    try {
      return statement.get(id)
    } catch (error) {
      if (!isUnreadable(error)) throw error
      return undefined
    }
  }
}
