/** A database as it is at one moment, which whoever looks at it can't change, whether a daemon runs on it or not. */
import Sqlite from 'better-sqlite3'
import { Kysely, SqliteDialect } from 'kysely'
import { existsSync } from 'node:fs'
import { migrations, schemaVersion } from '../migrate.ts'
import type { Schema } from '../schema.ts'

export interface Snapshot {
  readonly reader: Sqlite.Database
  readonly db: Kysely<Schema>
  /** The schema's version, and the one that this program knows. */
  readonly version: number
  readonly newest: number
  close(): Promise<void>
}

/** @throws Error when the file is no database, or can't be read */
export async function openSnapshot(path: string): Promise<Snapshot> {
  const isClean = !existsSync(`${path}-wal`)
  const reader = new Sqlite(path, { readonly: true, fileMustExist: true })
  const close = async (): Promise<void> => {
    await db.destroy()
    if (reader.open) reader.close()
    if (isClean) tidy(path)
  }
  const db = new Kysely<Schema>({ dialect: new SqliteDialect({ database: reader }) })
  try {
    // What is read from here on is of one moment; a daemon goes on writing.
    reader.exec('begin')
    return { reader, db, version: await schemaVersion(db), newest: migrations.length, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** A connection that can't write leaves an empty log beside the database; the last one that can takes it away. */
function tidy(path: string): void {
  try {
    const writer = new Sqlite(path, { fileMustExist: true, timeout: 0 })
    writer.pragma('schema_version')
    writer.close()
  } catch {
    // Not allowed to, or no database: it does no harm.
  }
}

/** Most defects that are told of a database's structure. */
const MOST = 100

/**
 * What SQLite finds wrong with the file, and rows that belong to rows that are gone. @param isQuick without comparing indexes with their
 * tables
 */
export function findDefects({ reader }: Snapshot, isQuick: boolean): { structure: string[]; strayRows: string[] } {
  const lines = reader.pragma(`${isQuick ? 'quick' : 'integrity'}_check(${MOST})`) as Record<string, string>[]
  const structure = lines.flatMap((line) => Object.values(line)).filter((line) => line !== 'ok')
  const rows = reader.pragma('foreign_key_check') as { table: string; rowid: number | null; parent: string }[]
  return {
    structure,
    strayRows: rows
      .slice(0, MOST)
      .map(({ table, rowid, parent }) => `row ${rowid ?? '?'} of ${table} belongs to a row of ${parent} that is gone`),
  }
}

/** Records of the journal of values, oldest first. */
export function* readJournal({ reader }: Snapshot): Generator<[id: number, data: Uint8Array]> {
  yield* reader.prepare<[], [number, Uint8Array]>('select id, data from sequence_journal order by id').raw().iterate()
}
