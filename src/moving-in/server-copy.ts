/** A database on a PostgreSQL server at one moment, as a new SQLite file: what backups hold, and what is examined. */
import { closeSync, fsyncSync, openSync } from 'node:fs'
import { Kysely } from 'kysely'
import type { Clock } from '../base/clock.ts'
import { Fault } from '../base/fault.ts'
import { silentLog } from '../base/log.ts'
import { PlainDialect } from '../database/sqlite/plain-dialect.ts'
import { migrations } from '../database/migrate.ts'
import type { PostgresSnapshot } from '../database/postgres/snapshot.ts'
import { removeDatabase } from '../database/sqlite/checked-copy.ts'
import { openConnection } from '../database/sqlite/connection.ts'
import { migrateSqlite } from '../database/sqlite/sqlite.ts'
import type { Schema } from '../database/schema.ts'
import { copyTable, countTable, tableNames } from './table-moving.ts'

/** Tables whose rows are large, and that few examinations need. */
export const LARGE: ReadonlySet<string> = new Set(['sequence_block_data', 'stored_chunks'])

export interface ServerCopyOptions {
  readonly clock: Clock
  /** Tables whose rows are left out. */
  readonly without?: ReadonlySet<string>
}

/**
 * Writes what a snapshot sees into a file that only its owner may read, in the tables of the snapshot's own version, and waits until it
 * is on the disk. Rows keep their ids.
 * @throws Fault invalid for a database that is newer than this program; internal when a table has other rows in the end
 */
export async function copyToFile(snapshot: PostgresSnapshot, path: string, options: ServerCopyOptions): Promise<void> {
  const { name, db: source, version, newest } = snapshot
  const { clock, without = new Set() } = options
  if (version > newest)
    throw new Fault(
      'invalid',
      `The database ${name} has the schema version ${version}, and this rhizo knows ${newest}: install a newer one.`,
    )
  removeDatabase(path)
  await migrateSqlite({ path, clock, log: silentLog, migrations: migrations.slice(0, version) })
  const connection = openConnection(path)
  const target = new Kysely<Schema>({ dialect: new PlainDialect(connection) })
  try {
    // Nobody reads it before it is whole. Rows come in any order: relations were the server's to see to.
    connection.pragma('journal_mode = OFF')
    connection.pragma('synchronous = OFF')
    connection.pragma('foreign_keys = OFF')
    for (const table of inOrder(await tableNames(source))) {
      if (without.has(table)) continue
      connection.exec('begin')
      await copyTable({ database: source }, { database: target }, table)
      connection.exec('commit')
      const [was, is] = [await countTable(source, table), await countTable(target, table)]
      if (was !== is) throw new Fault('internal', `The copy of the table ${table} of ${name} has ${is} rows, and should have ${was}.`)
    }
    connection.pragma('journal_mode = WAL')
  } finally {
    await target.destroy()
    if (connection.open) connection.close()
  }
  const handle = openSync(path, 'r')
  fsyncSync(handle)
  closeSync(handle)
}

/** What mostly grows comes first, so that the beginning of one copy is that of the next: backups keep equal pieces once. */
function inOrder(tables: readonly string[]): string[] {
  return [...LARGE].filter((table) => tables.includes(table)).concat(tables.filter((table) => !LARGE.has(table)))
}
