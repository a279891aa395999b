/** Finds tables of a database that can't be read whole. */
import type Sqlite from 'better-sqlite3'
import { isUnreadable, readAgain } from '../errors.ts'
import { columnsOf } from './table-copy.ts'

export interface DamagedTable {
  readonly table: string
  readonly reason: string
}

/** Reads every row of tables, without indexes. @param only the tables to read; all when undefined */
export function findDamagedTables(db: Sqlite.Database, only?: (table: string) => boolean): DamagedTable[] {
  // What is virtual lies in tables of its own.
  const tables = db
    .prepare<[], string>(
      "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' and sql not like 'create virtual %'",
    )
    .pluck()
    .all()
  return tables
    .filter((table) => only?.(table) !== false)
    .flatMap((table) => {
      const reason = findUnreadable(db, table)
      return reason === undefined ? [] : [{ table, reason }]
    })
}

/** @returns why a table can't be read whole; undefined when it can */
export function findUnreadable(db: Sqlite.Database, table: string): string | undefined {
  try {
    // The sum needs each value, and so each page of long ones.
    const sizes = columnsOf(db, table).map((name) => `total(length("${name}" || ''))`)
    readAgain(() => db.prepare(`select ${sizes.join(', ')} from "${table}" not indexed`).get())
    return undefined
  } catch (error) {
    if (!isUnreadable(error)) throw error
    return error.message
  }
}
