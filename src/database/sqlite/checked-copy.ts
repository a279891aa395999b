/** Copies of a database that are one consistent point of it, and that count only when they are whole, sound and on the disk. */
import Sqlite from 'better-sqlite3'
import { closeSync, existsSync, fsyncSync, openSync, readSync, renameSync, rmSync, statSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { Fault } from '../../base/fault.ts'
import { requireFile } from '../../base/regular-files.ts'
import { findDefects, openSnapshot, type Snapshot } from './snapshot.ts'

/** Pages a step: between steps a copy lets other work of its thread run. */
const PAGES_A_STEP = 500

/** What a database file may have beside it. */
const COMPANIONS = ['-wal', '-shm', '-journal']

/**
 * Copies what a snapshot sees into a new file, readable by its owner only, and waits until it is on the disk. Commits of others
 * neither wait for it nor make it begin again, as it holds its moment: it ends however many values flow.
 */
export async function copySnapshot({ reader }: Pick<Snapshot, 'reader'>, to: string): Promise<void> {
  removeDatabase(to)
  closeSync(openSync(to, 'wx', 0o600))
  await reader.backup(to, { progress: () => PAGES_A_STEP })
  syncPath(to)
}

/** Removes a database file with its log. */
export function removeDatabase(path: string): void {
  for (const ending of ['', ...COMPANIONS]) rmSync(path + ending, { force: true })
}

/** Moves what a database's log holds into the database, where that works: a damaged one keeps its log. */
export function foldLog(path: string): void {
  try {
    const database = new Sqlite(path, { fileMustExist: true, timeout: 0 })
    try {
      database.pragma('wal_checkpoint(TRUNCATE)')
    } finally {
      database.close()
    }
  } catch {
    // Its log goes along when it is renamed.
  }
}

/** Renames a database with its log, which belongs to it by its name. What the log's index held is made again from the log. */
export function renameDatabase(from: string, to: string): void {
  for (const ending of COMPANIONS) rmSync(to + ending, { force: true })
  for (const ending of ['-wal', '-journal']) if (existsSync(from + ending)) renameSync(from + ending, to + ending)
  renameSync(from, to)
  rmSync(`${from}-shm`, { force: true })
  syncPath(dirname(to))
}

/** How many rows each table has, by its name. */
export function countRows({ reader }: Pick<Snapshot, 'reader'>): Record<string, number> {
  const tables = reader
    .prepare<[], string>("select name from sqlite_schema where type = 'table' and name not like 'sqlite\\_%' escape '\\' order by name")
    .pluck()
    .all()
  const count = (table: string): number =>
    reader
      .prepare<[], number>(`select count(*) from "${table.replaceAll('"', '""')}"`)
      .pluck()
      .get() ?? 0
  return Object.fromEntries(tables.map((table) => [table, count(table)]))
}

/** What is wrong with a database file that nobody changes, in words; undefined when it is whole and sound. */
export async function findFileProblem(
  path: string,
  expected: { version?: number; rows?: Record<string, number> },
): Promise<string | undefined> {
  if (!existsSync(path)) return 'it is not there'
  if (statSync(path).size === 0) return 'it is empty'
  let snapshot: Snapshot | undefined
  try {
    snapshot = await openSnapshot(path)
    const { structure } = findDefects(snapshot, false)
    if (structure.length > 0) return structure.slice(0, 3).join('; ')
    const { version } = snapshot
    if (expected.version !== undefined && version !== expected.version)
      return `it has the schema version ${version}, not ${expected.version}`
    return expected.rows && differenceOf(expected.rows, countRows(snapshot))
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    await snapshot?.close()
  }
}

/** The first table whose number of rows is another one, in words. */
export function differenceOf(expected: Record<string, number>, found: Record<string, number>): string | undefined {
  const table = [...new Set([...Object.keys(expected), ...Object.keys(found)])].find((name) => expected[name] !== found[name])
  return table === undefined
    ? undefined
    : `the table ${table} has ${found[table] ?? 'no'} rows, and had ${expected[table] ?? 'none'} when the backup was made`
}

/**
 * Makes the backup before a migration, `FILE.backup-vN`: written under another name, checked, synced, and only then renamed, so
 * that what has this name is whole. One of the same state, as an interrupted upgrade leaves it, is kept; a damaged one is replaced; a
 * sound one of another state keeps its content as `FILE.backup-vN.before-TIME`.
 * @param label the time, for names of files
 * @throws Fault busy when the disk has no room for it; internal when the copy is not sound: the migration must not begin then
 */
export async function backUpBeforeMigration(reader: Sqlite.Database, path: string, version: number, label: string): Promise<string> {
  const backup = upgradeBackupOf(path, version)
  const unfinished = `${backup}.part`
  requireBackupPlace(path, version)
  const room = freeBytes(path)
  const size = databaseBytes(path)
  removeDatabase(unfinished)
  if (room !== undefined && room < size)
    throw new Fault(
      'busy',
      `The database ${path} needs a backup of ${toMegabytes(size)} before it is upgraded, and its disk has ${toMegabytes(room)} free. ` +
        'Nothing was changed. Make room, or move older backups of the folder to another disk; then start again.',
    )
  try {
    const rows = await copyNow(reader, unfinished)
    const problem = await findFileProblem(unfinished, { version, rows })
    if (problem !== undefined)
      throw new Fault(
        'internal',
        `The database ${path} was not upgraded, as the backup that is made before is not sound: ${problem}. Nothing was changed. ` +
          'See what "rhizo doctor" says of the database, and whether the disk is sound.',
      )
    if (existsSync(backup)) {
      if (isSameContent(backup, unfinished)) {
        removeDatabase(unfinished)
        return backup
      }
      if ((await findFileProblem(backup, { version })) === undefined) renameDatabase(backup, `${backup}.before-${label}`)
    }
    renameDatabase(unfinished, backup)
    return backup
  } catch (error) {
    removeDatabase(unfinished)
    throw error
  }
}

/** @throws NotAFile when a folder or the like has the name that the backup before a migration gets */
export function requireBackupPlace(path: string, version: number): void {
  for (const ending of ['', '.part'])
    requireFile(upgradeBackupOf(path, version) + ending, {
      advice: 'The backup before the upgrade gets that name: move what is there away. Nothing was changed.',
    })
}

/** Copies what a connection sees at one moment. @returns how many rows its tables have then */
async function copyNow(reader: Sqlite.Database, to: string): Promise<Record<string, number>> {
  reader.exec('begin')
  try {
    const rows = countRows({ reader })
    await copySnapshot({ reader }, to)
    return rows
  } finally {
    reader.exec('commit')
  }
}

/** Where the backup before the migration from a version is. */
export const upgradeBackupOf = (path: string, version: number): string => `${path}.backup-v${version}`

/** Bytes that a database takes with its log. */
export const databaseBytes = (path: string): number =>
  ['', '-wal'].reduce((sum, ending) => sum + (statSync(path + ending, { throwIfNoEntry: false })?.size ?? 0), 0)

/** Bytes that are free on the disk of a file; undefined where that can't be asked. */
export function freeBytes(path: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(dirname(path))
    return bavail * bsize
  } catch {
    return undefined
  }
}

const toMegabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`

function isSameContent(a: string, b: string): boolean {
  if (statSync(a).size !== statSync(b).size) return false
  const files = [openSync(a, 'r'), openSync(b, 'r')] as const
  const buffers = [Buffer.alloc(1 << 16), Buffer.alloc(1 << 16)] as const
  try {
    for (;;) {
      const [read, other] = [readSync(files[0], buffers[0]), readSync(files[1], buffers[1])]
      if (read !== other || !buffers[0].subarray(0, read).equals(buffers[1].subarray(0, other))) return false
      if (read === 0) return true
    }
  } finally {
    for (const file of files) closeSync(file)
  }
}

/** Waits until a file's content, or a folder's names, are on the disk. */
function syncPath(path: string): void {
  const handle = openSync(path, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
