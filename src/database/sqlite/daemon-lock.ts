/**
 * One daemon for each database: a daemon keeps resources in memory, so a second one would not see its changes. The lock is the operating
 * system's (held through an SQLite file of its own), so a power cut leaves none behind.
 */
import Sqlite from 'better-sqlite3'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Fault } from '../../base/fault.ts'

const lockFile = (databaseFile: string): string => `${databaseFile}.lock`
const pidFile = (databaseFile: string): string => `${databaseFile}.pid`

/**
 * Takes the lock for this process.
 * @returns a function that releases it
 * @throws Fault conflict when another daemon holds it
 */
export function takeDaemonLock(databaseFile: string): () => void {
  const lock = tryLock(databaseFile)
  if (!lock)
    throw new Fault(
      'conflict',
      `Another rhizo daemon (process ${readPid(databaseFile) ?? 'unknown'}) is using ${databaseFile}. Stop it first.`,
    )
  writeFileSync(pidFile(databaseFile), `${process.pid}\n`)
  return () => {
    rmSync(pidFile(databaseFile), { force: true })
    lock.close()
  }
}

/** The process id of the daemon that uses the database; undefined if there is none. */
export function runningDaemon(databaseFile: string): number | undefined {
  const lock = tryLock(databaseFile)
  if (!lock) return readPid(databaseFile)
  lock.close()
  return undefined
}

function tryLock(databaseFile: string): Sqlite.Database | undefined {
  const lock = new Sqlite(lockFile(databaseFile), { timeout: 0 })
  try {
    lock.exec('begin exclusive')
    return lock
  } catch (error) {
    lock.close()
    if (error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY')) return undefined
    throw error
  }
}

function readPid(databaseFile: string): number | undefined {
  try {
    const pid = Number(readFileSync(pidFile(databaseFile), 'utf8').trim())
    return Number.isInteger(pid) && pid > 1 ? pid : undefined
  } catch {
    return undefined
  }
}
