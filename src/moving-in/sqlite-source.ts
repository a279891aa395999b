/** The original's database in an SQLite file. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { invalid } from '../base/fault.ts'
import { requireFile } from '../base/regular-files.ts'
import { openForReading, type Connection } from '../database/sqlite/connection.ts'
import { BATCH, type Row, type ServerDatabase } from './source.ts'

/** @throws Fault invalid when there is no such file, or it is no SQLite database */
export function openSqliteSource(file: string): ServerDatabase {
  const path = resolve(file)
  if (!existsSync(path)) throw invalid(`There is no file ${path}.`)
  requireFile(path)
  let connection: Connection
  try {
    connection = openForReading(path)
    // From the first reading on all of it is as it is at that moment, though the original may still run.
    connection.exec('begin')
    connection.prepare('select count(*) from sqlite_schema').get()
  } catch (error) {
    throw invalid(`${path} can't be read as an SQLite database: ${error instanceof Error ? error.message : String(error)}.`)
  }
  return {
    name: path,
    tables: async () => new Set(connection.prepare<[], string>("select name from sqlite_schema where type = 'table'").pluck().all()),
    count: async (table) => connection.prepare<[], number>(`select count(*) from "${table}"`).pluck().get() ?? 0,
    rows: (table) => inBatches(connection, `select * from "${table}" order by id`, []),
    revisions: (id) => inBatches(connection, 'select * from resource_revisions where resource_id = ? order by timestamp, id', [id]),
    close: async () => void connection.close(),
  }
}

async function* inBatches(connection: Connection, query: string, bind: number[]): AsyncGenerator<readonly Row[]> {
  let batch: Row[] = []
  for (const row of connection.prepare<number[], Row>(query).iterate(...bind)) {
    batch.push(row)
    if (batch.length < BATCH) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
