/** What an upgrade of a database would do, found out without doing it. */
import { accessSync, constants, existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { describeFileError } from '../../base/disk-errors.ts'
import { migrations } from '../migrate.ts'
import { databaseBytes, freeBytes, requireBackupPlace, upgradeBackupOf } from './checked-copy.ts'
import { unwritableOf } from './database-files.ts'
import { runningDaemon } from './daemon-lock.ts'
import { findDefects, openNamed } from './snapshot.ts'

export interface UpgradePlan {
  /** The schema's version, and the one that this program works with. */
  readonly from: number
  readonly to: number
  /** Names of the migrations that are missing, in order. */
  readonly steps: readonly string[]
  /** The backups that would be made, one before each step. */
  readonly backups: readonly string[]
  /** Bytes of the database with its log. */
  readonly databaseBytes: number
  /** Free bytes that the upgrade needs at most, and those that the disk has, where that can be asked. */
  readonly neededBytes: number
  readonly freeBytes: number | undefined
  /** Why it would not work now: sentences that say what to do. */
  readonly problems: readonly string[]
}

/** @throws Fault when the file is not there, is not a database, or can't be read */
export async function planUpgrade(path: string): Promise<UpgradePlan> {
  const snapshot = await openNamed(path)
  try {
    const { version: from, newest: to } = snapshot
    const missing = migrations.slice(from)
    const size = databaseBytes(path)
    // Each backup is a copy; the migration itself may write each page to the log once before it reaches the database.
    const neededBytes = missing.length === 0 ? 0 : size * (missing.length + 1)
    const free = freeBytes(path)
    const problems: string[] = []
    if (from > to)
      problems.push(
        `The database has the schema version ${from}, and this rhizo knows versions up to ${to}: install a newer rhizo, or restore a ` +
          'backup that was made before the upgrade.',
      )
    if (missing.length > 0) {
      const pid = existsSync(`${path}.lock`) ? runningDaemon(path) : undefined
      if (pid !== undefined) problems.push(`A daemon (process ${pid}) runs on the database: stop it first.`)
      if (free !== undefined && free < neededBytes)
        problems.push(
          `The upgrade needs up to ${megabytes(neededBytes)} for backups and its log, and the disk has ${megabytes(free)} free: make room.`,
        )
      problems.push(...findObstacles(path, from, to))
      const [defect] = findDefects(snapshot, false).structure
      if (defect !== undefined)
        problems.push(`The database is damaged (${defect}): no backup of it would be sound. "rhizo doctor" says more, and what to do.`)
    }
    return {
      from,
      to,
      steps: missing.map(({ name }) => name),
      backups: missing.map((_, at) => upgradeBackupOf(path, from + at)),
      databaseBytes: size,
      neededBytes,
      freeBytes: free,
      problems,
    }
  } finally {
    await snapshot.close()
  }
}

/** What has the name of a backup that would be made, and what may not be written. */
function findObstacles(path: string, from: number, to: number): string[] {
  const found: string[] = []
  for (let version = from; version < to; version++)
    try {
      requireBackupPlace(path, version)
    } catch (error) {
      found.push(error instanceof Error ? error.message : String(error))
    }
  for (const [what, place] of [
    ...unwritableOf(path).map((file) => ["The database's file", file] as const),
    ['The folder of the database,', dirname(path)] as const,
  ])
    try {
      accessSync(place, constants.W_OK)
    } catch (error) {
      found.push(describeFileError(error, what, place))
    }
  return found
}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`
