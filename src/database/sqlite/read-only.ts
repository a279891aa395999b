/**
 * A database that is only looked at: on a disk that can't be written, or because an administrator wants it so. No writer thread, no lock
 * that needs a file, nothing beside the database changes.
 */
import Sqlite from 'better-sqlite3'
import { Kysely } from 'kysely'
import { accessSync, constants, copyFileSync, existsSync, mkdtempSync, rmSync, statSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Fault, invalid } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import { NO_DAMAGE } from '../engine.ts'
import { migrations, schemaVersion } from '../migrate.ts'
import type { Schema } from '../schema.ts'
import { requireLab } from './no-lab.ts'
import { requireOwnLog } from './other-names.ts'
import { SqliteDialect } from './sqlite-dialect.ts'
import type { SqliteDatabase } from './sqlite.ts'
import type { DatabaseWriter } from './writer-client.ts'

/** Bytes without which SQLite can't make the files that a reader of a database with a log needs. */
const LEAST_ROOM = 1024 * 1024

/** @returns why the database's disk can't be written, which is no matter of permissions; undefined when it can */
export function findUnwritableDisk(databaseFile: string): string | undefined {
  const folder = dirname(databaseFile)
  try {
    accessSync(folder, constants.W_OK)
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize < LEAST_ROOM && !existsSync(`${databaseFile}.ballast`) ? `the disk of ${folder} is full` : undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EROFS' ? `the disk of ${folder} is read-only` : undefined
  }
}

/**
 * Opens a database whose every change is refused. Where not even a reader can work beside the file, it reads a copy in the folder for
 * temporary files.
 * @throws Fault invalid when it is no database, needs an upgrade, or can't be copied; conflict when the log beside it is another's
 */
export async function openReadOnly(path: string, log: Log): Promise<SqliteDatabase> {
  requireOwnLog(path)
  const writer = new RefusingWriter(path)
  const { reader, copy } = openReader(path, log)
  const close = (): void => {
    reader.close()
    if (copy !== undefined) rmSync(copy, { recursive: true, force: true })
  }
  const db = new Kysely<Schema>({ dialect: new SqliteDialect(reader, writer) })
  try {
    reader.pragma('cache_size = -8000')
    requireLab(reader, path)
    const version = await schemaVersion(db)
    if (version !== migrations.length)
      throw invalid(
        `The database ${path} has schema version ${version}, and this rhizo reads version ${migrations.length}: it can't be looked at ` +
          `read-only. ${version < migrations.length ? 'Upgrade it on a disk that can be written.' : 'Install a newer rhizo.'}`,
      )
  } catch (error) {
    close()
    throw error
  }
  return {
    db,
    writer,
    reader,
    damage: NO_DAMAGE,
    close: async () => {
      await db.destroy()
      close()
    },
  }
}

export interface Opened {
  readonly reader: Sqlite.Database
  /** A folder with a copy of the database, to be removed at the end. */
  readonly copy?: string
}

/**
 * A connection that reads the file, or a copy of it where it has a log and no file can be made beside it.
 * @throws Fault invalid when it can't be read, or copied
 */
export function openReader(path: string, log: Log): Opened {
  try {
    return { reader: openChecked(path) }
  } catch (error) {
    if (!(error instanceof Sqlite.SqliteError) || !/^SQLITE_(?:CANTOPEN|READONLY|FULL|IOERR)/.test(error.code))
      throw invalid(`Can't read the database ${path}: ${error instanceof Error ? error.message : String(error)}`)
  }
  // A reader of a database with a log needs a file beside it, which can't be made there.
  const copy = copyAside(path)
  log.warn({ database: path, copy }, 'reads a copy of the database, as no file can be made beside it')
  try {
    return { reader: openChecked(join(copy, 'rhizo.db')), copy }
  } catch (error) {
    rmSync(copy, { recursive: true, force: true })
    throw error
  }
}

function openChecked(path: string): Sqlite.Database {
  const reader = new Sqlite(path, { readonly: true, fileMustExist: true })
  try {
    reader.prepare('select count(*) from sqlite_schema').get()
    return reader
  } catch (error) {
    reader.close()
    throw error
  }
}

/** Nothing writes to the originals meanwhile: nothing can. @returns the folder of the copy */
function copyAside(path: string): string {
  const files = ['', '-wal'].filter((ending) => existsSync(path + ending))
  const bytes = files.reduce((sum, ending) => sum + statSync(path + ending).size, 0)
  const { bavail, bsize } = statfsSync(tmpdir())
  if (bavail * bsize < bytes + LEAST_ROOM)
    throw invalid(
      `The database ${path} can be read only as a copy, as no file can be made beside it, and ${tmpdir()} has no room for it. ` +
        'Name a folder on another disk with the environment variable TMPDIR.',
    )
  const folder = mkdtempSync(join(tmpdir(), 'rhizo-read-only-'))
  for (const ending of files) copyFileSync(path + ending, join(folder, `rhizo.db${ending}`))
  return folder
}

class RefusingWriter implements DatabaseWriter {
  readonly trouble = undefined
  #fault: Fault

  constructor(path: string) {
    this.#fault = new Fault('busy', `The server is read-only: nothing is changed in the database ${path}.`, { retryAfter: 3_600 })
  }

  async lock(): Promise<() => void> {
    return () => {}
  }
  statement(): Promise<never> {
    return Promise.reject(this.#fault)
  }
  async rollBack(): Promise<void> {}
  rows(): Promise<never> {
    return Promise.reject(this.#fault)
  }
  shrink(): Promise<never> {
    return Promise.reject(this.#fault)
  }
  pages(): Promise<never> {
    return Promise.reject(this.#fault)
  }
  refuse(fault: Fault): void {
    this.#fault = fault
  }
  async close(): Promise<void> {}
}
