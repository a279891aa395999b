/** Opens an SQLite database: migrations with backups first, then the writer thread and the reading connection. */
import Sqlite from 'better-sqlite3'
import { Kysely } from 'kysely'
import { closeSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Clock } from '../../base/clock.ts'
import { codeOf, describeFileError, isDiskError } from '../../base/disk-errors.ts'
import { Fault } from '../../base/fault.ts'
import { makeFolderNow } from '../../base/folders.ts'
import type { Log } from '../../base/log.ts'
import { fileLabelOf } from '../../base/time.ts'
import { NO_DAMAGE, type DatabaseDamage } from '../engine.ts'
import { isUnreadable } from '../errors.ts'
import { migrate, sqliteTypes, type Migration } from '../migrate.ts'
import type { Db, Schema } from '../schema.ts'
import { backUpBeforeMigration } from './checked-copy.ts'
import { requireFiles, unwritableOf } from './database-files.ts'
import { explainDamage } from './explain-damage.ts'
import { requireFree, takeHold } from './holder.ts'
import { requireNoOther } from './no-lab.ts'
import { ADVICE_ON_NAMES, countNames, requireOwnLog, SEVERAL_NAMES } from './other-names.ts'
import { PlainDialect } from './plain-dialect.ts'
import { mendDatabase } from './side-tables.ts'
import { SqliteDialect } from './sqlite-dialect.ts'
import { Writer, type DatabaseWriter } from './writer-client.ts'

/** Page size of a new database. An existing one keeps its own. */
const PAGE_BYTES = 1024

export interface SqliteOptions {
  /** The database file; its folder is created if it is missing. */
  path: string
  synchronous: 'FULL' | 'NORMAL'
  clock: Clock
  log: Log
  /** Takes the database for this process, see holder.ts. */
  isDaemon?: boolean
  /** Called when the writer thread ended by itself, or another daemon took the database: nothing can be stored any more. */
  onFatal: (error: Error) => void
  /** Migrations other than the program's own, for tests. */
  migrations?: readonly Migration[]
}

export interface SqliteDatabase {
  db: Db
  writer: DatabaseWriter
  /** The main thread's connection, which is read-only. */
  reader: Sqlite.Database
  /** What a daemon's start found damaged, as {@link mendDatabase} tells it. */
  damage: DatabaseDamage
  close(): Promise<void>
}

type MigrationOptions = Pick<SqliteOptions, 'path' | 'clock' | 'log' | 'migrations'>

function cantUse(path: string, error: unknown): Fault {
  const [unwritable] = /^SQLITE_READONLY/.test(codeOf(error) ?? '') ? unwritableOf(path) : []
  const [what, file] = unwritable === undefined || unwritable === path ? ['The database', path] : ["The database's file", unwritable]
  return new Fault('invalid', describeFileError(error, what, file), { cause: error })
}

/**
 * Upgrades the file to the newest schema; makes a backup `FILE.backup-vN` before each migration of a database with data.
 * @throws Fault invalid when the file is not a database, is damaged, or newer than this program; conflict as {@link requireOwnLog}
 */
export async function migrateSqlite(options: MigrationOptions): Promise<void> {
  requireOwnLog(options.path)
  try {
    await migrateFile(options)
  } catch (error) {
    throw isOfDisk(error) ? cantUse(options.path, error) : explainDamage(options.path, error)
  }
}

/** Of the disk, and not of what is in the file. */
const isOfDisk = (error: unknown): boolean => !(error instanceof Fault) && !isUnreadable(error) && isDiskError(error)

async function migrateFile({ path, clock, log, migrations }: MigrationOptions): Promise<void> {
  let connection: Sqlite.Database | undefined
  try {
    makeFolderNow(dirname(path))
    // The file holds hashes of keys and passwords, so only its owner may read it.
    closeSync(openSync(path, 'a', 0o600))
    connection = new Sqlite(path)
    requireNoOther(connection, path)
    // These two pragmas take effect only while the file is empty. The last page of a block is half full on average, and so is that of a
    // table with few rows: small pages waste less, and a change of a few bytes writes less. With incremental vacuum, free pages can be
    // given back a few at a time.
    connection.pragma(`page_size = ${PAGE_BYTES}`)
    connection.pragma('auto_vacuum = INCREMENTAL')
    connection.pragma('journal_mode = WAL')
    connection.pragma('synchronous = FULL')
    connection.pragma('busy_timeout = 5000')
  } catch (error) {
    connection?.close()
    throw error instanceof Fault ? error : cantUse(path, error)
  }
  const db = new Kysely<Schema>({ dialect: new PlainDialect(connection) })
  try {
    const backup = async (version: number): Promise<void> => {
      const copy = await backUpBeforeMigration(connection, path, version, fileLabelOf(clock.now()))
      log.info({ backup: copy }, 'backed up the database before upgrading it')
    }
    const { from, to } = await migrate(db, { types: sqliteTypes, clock, beforeEach: backup, ...(migrations ? { list: migrations } : {}) })
    if (from !== to) log.info({ from, to }, 'brought the database schema up to date')
  } finally {
    await db.destroy()
  }
}

/** @returns the token of this process's hold @throws Fault conflict when another daemon runs on the file */
function takeDatabase(path: string): number {
  const connection = new Sqlite(path, { timeout: 5_000 })
  try {
    connection.pragma('synchronous = FULL')
    return takeHold(connection, path)
  } finally {
    connection.close()
  }
}

/** @throws Fault as {@link migrateSqlite}; conflict when it is to be a daemon's, and another one runs on the file */
export async function openSqlite(options: SqliteOptions): Promise<SqliteDatabase> {
  try {
    return await openAll(options)
  } catch (error) {
    throw isOfDisk(error) ? cantUse(options.path, error) : error
  }
}

async function openAll(options: SqliteOptions): Promise<SqliteDatabase> {
  requireFiles(options.path)
  if (options.isDaemon) {
    requireFree(options.path)
    requireOwnLog(options.path)
    if (countNames(options.path) > 1) options.log.warn({ file: options.path }, `the database ${SEVERAL_NAMES}. ${ADVICE_ON_NAMES}`)
  }
  const damage = options.isDaemon ? mendDatabase(options.path) : NO_DAMAGE
  await migrateSqlite(options)
  const token = options.isDaemon ? takeDatabase(options.path) : undefined
  const writer = await Writer.start({ path: options.path, synchronous: options.synchronous, token }, options.onFatal, options.log)
  let reader: Sqlite.Database
  try {
    reader = new Sqlite(options.path, { readonly: true })
    reader.pragma('cache_size = -8000')
  } catch (error) {
    await writer.close().catch(() => {})
    throw error
  }
  const db = new Kysely<Schema>({ dialect: new SqliteDialect(reader, writer) })
  return {
    db,
    writer,
    reader,
    damage,
    close: async () => {
      await db.destroy()
      try {
        reader.close()
      } finally {
        await writer.close()
      }
    },
  }
}
