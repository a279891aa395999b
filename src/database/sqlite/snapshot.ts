/** A read-only view of a database as it is at one moment, whether a daemon runs on it or not. */
import Sqlite from 'better-sqlite3'
import { Kysely, SqliteDialect } from 'kysely'
import { existsSync, rmSync } from 'node:fs'
import { describeFileError } from '../../base/disk-errors.ts'
import { Fault, notFound } from '../../base/fault.ts'
import { silentLog } from '../../base/log.ts'
import { migrations, schemaVersion } from '../migrate.ts'
import type { Schema } from '../schema.ts'
import { requireLab } from './no-lab.ts'
import { requireOwnLog } from './other-names.ts'
import { findUnwritableDisk, openReader, type Opened } from './read-only.ts'

export interface Snapshot {
  readonly reader: Sqlite.Database
  readonly db: Kysely<Schema>
  /** The schema's version, and the newest that this program knows. */
  readonly version: number
  readonly newest: number
  close(): Promise<void>
}

/** @throws Fault conflict when the log beside the file is another's; Error when it is not a database, or can't be read */
export async function openSnapshot(path: string): Promise<Snapshot> {
  requireOwnLog(path)
  const isClean = !existsSync(`${path}-wal`)
  const { reader, copy } = open(path)
  const close = async (): Promise<void> => {
    await db.destroy()
    if (reader.open) reader.close()
    if (copy !== undefined) rmSync(copy, { recursive: true, force: true })
    else if (isClean) tidy(path)
  }
  const db = new Kysely<Schema>({ dialect: new SqliteDialect({ database: reader }) })
  try {
    // The transaction keeps all reads at one moment while a daemon goes on writing.
    reader.exec('begin')
    return { reader, db, version: await schemaVersion(db), newest: migrations.length, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** On a disk that can't be written, as one is after errors, nothing can be made beside the file. */
const open = (path: string): Opened =>
  findUnwritableDisk(path) === undefined || !existsSync(path)
    ? { reader: new Sqlite(path, { readonly: true, fileMustExist: true }) }
    : openReader(path, silentLog)

/** As {@link openSnapshot}, of a lab. @throws Fault naming the file, and what to do */
export async function openNamed(path: string): Promise<Snapshot> {
  if (!existsSync(path))
    throw notFound(
      `The database ${path} is not there. If its disk is not mounted, mount it; if it was moved, put it back or correct DATABASE_URI; if ` +
        'it is lost, restore a backup.',
    )
  try {
    const snapshot = await openSnapshot(path)
    try {
      requireLab(snapshot.reader, path)
      return snapshot
    } catch (error) {
      await snapshot.close()
      throw error
    }
  } catch (error) {
    throw error instanceof Fault ? error : new Fault('invalid', describeFileError(error, 'The database', path), { cause: error })
  }
}

/** A read-only connection leaves an empty log beside the database; the last connection that can write removes it. */
function tidy(path: string): void {
  try {
    const writer = new Sqlite(path, { fileMustExist: true, timeout: 0 })
    writer.pragma('schema_version')
    writer.close()
  } catch {
    // The file is not writable, or is not a database: the log does no harm.
  }
}

/** Pages that belong to nothing, as tables leave them that were made again: they waste space, and nothing is wrong with them. */
const WASTE = /^Page \d+: never used$/
const HEADING = /^\*{3} in database main \*{3}$/
/** Maximum number of defects of a database's structure that are reported; many pages may be a waste beside them. */
const MOST = 100
const MOST_LINES = 100_000

/**
 * Defects that SQLite finds in the file, and rows whose parent row is gone. @param isQuick true: skip comparing indexes with their tables
 */
export function findDefects({ reader }: Snapshot, isQuick: boolean): { structure: string[]; strayRows: string[] } {
  const lines = reader.pragma(`${isQuick ? 'quick' : 'integrity'}_check(${MOST_LINES})`) as Record<string, string>[]
  const structure = lines
    .flatMap((line) => Object.values(line))
    .flatMap((text) => text.split('\n'))
    .filter((line) => line !== 'ok' && !HEADING.test(line) && !WASTE.test(line))
    .slice(0, MOST)
  const rows = reader.pragma('foreign_key_check') as { table: string; rowid: number | null; parent: string }[]
  return {
    structure,
    strayRows: rows
      .slice(0, MOST)
      .map(({ table, rowid, parent }) => `row ${rowid ?? '?'} of ${table} belongs to a row of ${parent} that is gone`),
  }
}
