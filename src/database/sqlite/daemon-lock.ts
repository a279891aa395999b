/**
 * One daemon for each database: a daemon keeps resources in memory, so a second one would not see its changes. And one for each storage
 * folder. Locks are the operating system's (held through an SQLite file of their own), so a power cut leaves none behind.
 */
import Sqlite from 'better-sqlite3'
import { closeSync, fchmodSync, fstatSync, openSync, readdirSync, readlinkSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { codeOf, describeFileError, isDiskError } from '../../base/disk-errors.ts'
import { Fault } from '../../base/fault.ts'
import { quoteForShell } from '../../base/quote.ts'
import { readTextNow, requireFile } from '../../base/regular-files.ts'

const lockFile = (path: string): string => `${path}.lock`
const pidFile = (path: string): string => `${path}.pid`

/**
 * Takes the lock of a database for this process.
 * @returns a function that releases it
 * @throws Fault conflict when another daemon holds it
 */
export const takeDaemonLock = (databaseFile: string): (() => void) => takeLock(realPath(databaseFile), `the database ${databaseFile}`)

/**
 * Takes a lock for this process: it is held by the file `PATH.lock`, and `PATH.pid` says by which process.
 * @param what is locked, and `otherwise` what else can be done than stopping the other daemon, for the message
 * @returns a function that releases it
 * @throws Fault conflict when another process, or this one, holds it; Error when the file can't be written
 */
export function takeLock(path: string, what: string, otherwise = ''): () => void {
  let lock: Sqlite.Database | undefined
  try {
    lock = tryLock(path)
  } catch (error) {
    throw isDiskError(error) ? cantLock(path, what, error) : error
  }
  if (!lock)
    throw new Fault(
      'conflict',
      `Another rhizo daemon (process ${readPid(path) ?? 'unknown'}) is using ${what}. ` +
        `Stop it first${otherwise === '' ? '' : `, ${otherwise}`}.`,
    )
  try {
    writeFileSync(pidFile(path), `${process.pid}\n`, { mode: 0o600 })
  } catch (error) {
    lock.close()
    throw new Fault('invalid', describeFileError(error, `The file that says which process uses ${what},`, pidFile(path)), { cause: error })
  }
  return () => {
    try {
      rmSync(pidFile(path), { force: true })
    } finally {
      lock.close()
    }
  }
}

function cantLock(path: string, what: string, error: unknown): Fault {
  // Without the cause, which would be taken for one of what is locked.
  if (/^SQLITE_(?:NOTADB|CORRUPT)/.test(codeOf(error) ?? ''))
    return new Fault(
      'invalid',
      `The lock file of ${what}, ${lockFile(path)}, holds what no server wrote. Nothing of the lab is in it: when no server runs on ` +
        `${what}, remove it, and it is made anew: rm ${quoteForShell(lockFile(path))}.`,
    )
  return new Fault('invalid', describeFileError(error, `The lock file of ${what},`, lockFile(path)), { cause: error })
}

/** The process id of the daemon that uses the database; undefined if there is none. */
export function runningDaemon(databaseFile: string): number | undefined {
  const path = realPath(databaseFile)
  let lock: Sqlite.Database | undefined
  try {
    lock = tryLock(path)
  } catch (error) {
    if (!UNWRITABLE.test(codeOf(error) ?? '')) throw error
    // The lock can't be tried on a disk that can't be written.
    const pid = readPid(path)
    return pid !== undefined && hasOpen(pid, lockFile(path)) ? pid : undefined
  }
  if (!lock) return readPid(path)
  lock.close()
  return undefined
}

/** Errors of a disk that is full or read-only. */
const UNWRITABLE = /^(?:EROFS|ENOSPC|EDQUOT|SQLITE_FULL|SQLITE_READONLY(?:_DBMOVED|_CANTLOCK)?|SQLITE_IOERR_WRITE)$/

/** Whether a process has a file open; true of one of another user, which can't be looked at. */
function hasOpen(pid: number, file: string): boolean {
  const folder = `/proc/${pid}/fd`
  try {
    return readdirSync(folder).some((name) => {
      try {
        return readlinkSync(join(folder, name)) === file
      } catch {
        return false
      }
    })
  } catch (error) {
    return codeOf(error) === 'EACCES'
  }
}

/** The file's own path, whatever symbolic links lead to it. */
function realPath(file: string): string {
  try {
    return realpathSync(file)
  } catch {
    // It is not there yet, but its folder is.
    return join(realpathSync(dirname(file)), basename(file))
  }
}

function tryLock(path: string): Sqlite.Database | undefined {
  closeSync(openPrivately(lockFile(path)))
  const lock = new Sqlite(lockFile(path), { timeout: 0 })
  try {
    lock.exec('begin exclusive')
    return lock
  } catch (error) {
    lock.close()
    if (error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY')) return undefined
    throw error
  }
}

/** Opens the file, made for this user alone: who may read it may lock others out. Earlier versions left it readable. */
function openPrivately(file: string): number {
  requireFile(file)
  const descriptor = openSync(file, 'a', 0o600)
  const { mode, uid } = fstatSync(descriptor)
  if ((mode & 0o077) !== 0 && uid === process.getuid?.()) fchmodSync(descriptor, 0o600)
  return descriptor
}

function readPid(path: string): number | undefined {
  try {
    const pid = Number(readTextNow(pidFile(path)).trim())
    return Number.isInteger(pid) && pid > 1 ? pid : undefined
  } catch {
    return undefined
  }
}
