/** Makes a sound lab of a damaged one, in a new place, and tells what is gone. The damaged one is only read. */
import { createHash } from 'node:crypto'
import { closeSync, copyFileSync, existsSync, openSync, readSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { explainDiskError, isDiskError } from '../base/disk-errors.ts'
import { Fault, invalid } from '../base/fault.ts'
import { makeFolderNow } from '../base/folders.ts'
import { silentLog } from '../base/log.ts'
import { formatTimestamp } from '../base/time.ts'
import { isUnreadable } from '../database/errors.ts'
import { removeDatabase } from '../database/sqlite/checked-copy.ts'
import { openConnection, type Connection } from '../database/sqlite/connection.ts'
import { copyGroups, copyTable, type CopiedTable } from '../database/sqlite/table-copy.ts'
import { requireLab } from '../database/sqlite/no-lab.ts'
import { requireOwnLog } from '../database/sqlite/other-names.ts'
import { migrateSqlite } from '../database/sqlite/sqlite.ts'
import { openSnapshot } from '../database/sqlite/snapshot.ts'
import { migrations } from '../database/migrate.ts'
import { isOfNameIndex } from '../database/name-index.ts'
import { wordsOf } from '../database/tables.ts'
import { requireDatabaseFile } from '../settings/database-url.ts'
import type { Settings } from '../settings/settings.ts'
import { bucketOf, openStorage, waitingFolder } from '../storage/places/open-places.ts'
import { checkResources, checkStructure } from './database-check.ts'
import { checkFiles } from './files-check.ts'
import { Report } from './report.ts'
import { mendRelations, nameSequences } from './salvage-relations.ts'
import { copyValues } from './salvage-values.ts'
import { checkBlocks, checkJournal } from './values-check.ts'

export interface Salvage {
  /** What is gone, each a sentence in words of the lab; empty when nothing is. */
  readonly gone: readonly string[]
  /** Rows by table, blocks and files that are in the new lab. */
  readonly saved: Readonly<Record<string, number>>
  /** What doctor says of the new lab. */
  readonly report: Report
  readonly database: string
  readonly storage: string
}

/** Bytes of the damaged file that are read at a time, so that a bad sector takes no more. */
const SECTOR = 512
const CHUNK = 256 * 1024
const GROUPED = { organization_users: ['organization_id', 'user_id'] } as const
/** Values have a copy of their own; what was put aside is gone; who tried too often, which daemon runs, and changed names begin again. */
const LEFT_OUT = new Set([
  'schema_migrations',
  'throttles',
  'daemon',
  'changed_names',
  'sequence_journal',
  'sequence_blocks',
  'sequence_block_data',
])
const PUT_ASIDE = new Set(['sequence_damaged_blocks', 'sequence_damaged_records'])

/**
 * @param to a folder that is not there yet, or is empty
 * @throws Fault invalid when the folder has something in it, or nothing can be read of the database; conflict when its log is another's
 */
export async function salvage(settings: Settings, to: string, clock: Clock): Promise<Salvage> {
  const { databaseFile } = settings
  requireDatabaseFile(
    settings,
    'Making a sound lab of a damaged one',
    'restore a backup with "rhizo restore" into an empty database. pg_amcheck says what is damaged.',
  )
  if (!existsSync(databaseFile)) throw invalid(`There is no database at ${databaseFile}.`)
  requireOwnLog(databaseFile)
  if (existsSync(to) && readdirSync(to).length > 0) throw invalid(`${to} has something in it. Name a folder that is new or empty.`)
  const place = { database: join(to, 'rhizo.db'), storage: join(to, 'storage'), scratch: join(to, 'damaged.db') }
  try {
    makeFolderNow(to, 0o700)
    return await makeSound(settings, place, clock)
  } catch (error) {
    removeCopy(place.scratch)
    removeDatabase(place.database)
    rmSync(place.storage, { recursive: true, force: true })
    if (isUnreadable(error)) throw error
    throw explainDiskError(error, `The folder ${to}`, 'no sound lab was made there') ?? error
  }
}

/** Where the sound lab comes, and for a while a copy of the damaged database. */
interface Place {
  readonly database: string
  readonly storage: string
  readonly scratch: string
}

async function makeSound(settings: Settings, { database, storage, scratch }: Place, clock: Clock): Promise<Salvage> {
  const { databaseFile } = settings
  for (const ending of ['', '-wal']) copyAround(databaseFile + ending, scratch + ending)
  const old = openCopy(scratch, databaseFile)
  const gone: string[] = []
  const saved: Record<string, number> = {}
  try {
    await migrateSqlite({ path: database, clock, log: silentLog, migrations: migrations.slice(0, versionOf(old)) })
    const made = openConnection(database)
    try {
      made.pragma('synchronous = OFF')
      made.pragma('foreign_keys = OFF')
      made.transaction(() => copyAll(old, made, gone, saved))()
    } finally {
      made.close()
    }
    await migrateSqlite({ path: database, clock, log: silentLog })
  } finally {
    old.close()
  }
  removeCopy(scratch)
  copyFiles(database, settings, storage, gone, saved)
  return { gone, saved, report: await check({ ...settings, storageFolder: storage }, database, clock), database, storage }
}

/** Copies a file; what can't be read of it becomes zeros. */
function copyAround(from: string, to: string): void {
  if (!existsSync(from)) return
  const [source, target] = [openSync(from, 'r'), openSync(to, 'wx', 0o600)]
  try {
    const { size } = statSync(from)
    const buffer = new Uint8Array(CHUNK)
    for (let at = 0; at < size; at += CHUNK) {
      const length = Math.min(CHUNK, size - at)
      buffer.fill(0)
      if (!readPart(source, buffer, 0, length, at))
        for (let part = 0; part < length; part += SECTOR) readPart(source, buffer, part, Math.min(SECTOR, length - part), at + part)
      writeSync(target, buffer, 0, length, at)
    }
  } finally {
    closeSync(source)
    closeSync(target)
  }
}

function readPart(file: number, buffer: Uint8Array, offset: number, length: number, at: number): boolean {
  try {
    return readSync(file, buffer, offset, length, at) === length
  } catch {
    return false
  }
}

function removeCopy(scratch: string): void {
  for (const ending of ['', '-wal', '-shm', '.backup']) rmSync(scratch + ending, { force: true })
}

function openCopy(scratch: string, name: string): Connection {
  const db = openConnection(scratch)
  try {
    db.pragma('cell_size_check = ON')
    db.prepare('select count(*) from sqlite_schema').get()
    requireLab(db, name)
    return db
  } catch (error) {
    db.close()
    removeCopy(scratch)
    if (error instanceof Fault || (isDiskError(error) && !isUnreadable(error))) throw error
    throw invalid(
      `Nothing can be read of ${name} (${error instanceof Error ? error.message : String(error)}): the pages are damaged that say where ` +
        'all others are. Restore a backup with "rhizo restore".',
    )
  }
}

/** The schema's version by its record, or else by the tables that are there. */
function versionOf(old: Connection): number {
  try {
    const number = old.prepare<[], number | null>('select max(number) from schema_migrations').pluck().get()
    if (typeof number === 'number') return Math.min(number, migrations.length)
  } catch (error) {
    if (!isUnreadable(error)) throw error
  }
  return migrations.length
}

function copyAll(old: Connection, made: Connection, gone: string[], saved: Record<string, number>): void {
  const tables = made.prepare<[], string>("select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'").pluck().all()
  const copied: CopiedTable[] = []
  // The tree comes first: the others are found by its ids.
  for (const table of ['resources', ...tables.filter((name) => name !== 'resources')]) {
    if (LEFT_OUT.has(table) || PUT_ASIDE.has(table) || isOfNameIndex(table)) continue
    const grouped = Object.hasOwn(GROUPED, table) ? GROUPED[table as keyof typeof GROUPED] : undefined
    const ids = (): Iterable<number> => findOrganizations(old, made)
    copied.push(grouped ? copyGroups(old, made, table, grouped[0], grouped[1], ids()) : copyTable(old, made, table))
  }
  for (const one of copied) {
    saved[one.table] = one.rows
    if (one.lost.length > 0 || one.gaps.length > 0) gone.push(describeTable(made, one))
  }
  copyValues(old, made, gone, saved)
  mendRelations(made, gone)
  nameSequences(made, gone)
}

/** Ids of organizations that may have members: of those whose own row is gone, too. */
function findOrganizations(old: Connection, made: Connection): Set<number> {
  const ids = new Set(made.prepare<[], number>('select id from resources').pluck().all())
  const next = old.prepare<[number], number | null>('select min(organization_id) from organization_users where organization_id > ?').pluck()
  try {
    for (let id = next.get(Number.MIN_SAFE_INTEGER); typeof id === 'number'; id = next.get(id)) ids.add(id)
  } catch (error) {
    if (!isUnreadable(error)) throw error
  }
  return ids
}

/** Says which rows of a table are gone, by their paths where they have some. */
function describeTable(made: Connection, { table, rows, lost, gaps }: CopiedTable): string {
  const { words } = wordsOf(table)
  const highest = Number(
    made
      .prepare(`select max(rowid) from "${GROUPED_TABLES.has(table) ? 'resources' : table}"`)
      .pluck()
      .get() ?? 0,
  )
  const ranges = [
    ...lost.map(String),
    ...gaps.map(({ from, to }) => {
      const [low, high] = [Math.max(from, 1), to > highest ? undefined : to]
      return high === undefined ? `${low} and later` : low === high ? String(low) : `${low} to ${high}`
    }),
  ]
  return `${words}: some are gone (numbers ${ranges.join(', ')}); ${rows.toLocaleString('en')} are there`
}

const GROUPED_TABLES: ReadonlySet<string> = new Set(Object.keys(GROUPED))

interface Revision {
  readonly id: number
  readonly resource_id: number
  readonly timestamp: number
  readonly hash: string
  readonly storage_path: string | null
}

/** Copies the content of files that is outside of the database; a revision whose content is not what its hash says is gone. */
function copyFiles(database: string, settings: Settings, to: string, gone: string[], saved: Record<string, number>): void {
  const db = openConnection(database)
  try {
    const rows = db.prepare<[], Revision>('select id, resource_id, timestamp, hash, storage_path from resource_revisions order by id').all()
    const content = db.prepare<[number], Uint8Array | null>('select data from resource_revisions where id = ?').pluck()
    const nameOf = db.prepare<[number], string>('select name from resources where id = ?').pluck()
    const isInDatabase = db.prepare<[string], number>('select 1 from stored_pieces where path = ? and is_finished = 1').pluck()
    const chunks = db.prepare<[string], Uint8Array>('select data from stored_chunks where path = ? order by number').pluck()
    saved['files'] = 0
    for (const { id, resource_id: resource, timestamp, hash, storage_path: path } of rows) {
      const problem =
        path === null
          ? findDifference(content.get(id) ?? new Uint8Array(0), hash)
          : isInDatabase.get(path) === undefined
            ? savePiece(settings, path, join(to, path), hash)
            : findDifference(chunks.iterate(path), hash)
      if (problem === undefined) {
        if (path !== null) saved['files']++
        continue
      }
      gone.push(`the content of ${nameOf.get(resource) ?? `file ${resource}`}, revision ${id} of ${formatTimestamp(timestamp)}: ${problem}`)
      db.prepare('delete from resource_revisions where id = ?').run(id)
      db.prepare(
        'update resources set last_revision_id = (select max(id) from resource_revisions where resource_id = ?) ' +
          'where id = ? and last_revision_id = ?',
      ).run(resource, resource, id)
    }
  } finally {
    db.close()
  }
}

function findDifference(data: Uint8Array | Iterable<Uint8Array>, hash: string): string | undefined {
  const sum = createHash('sha1')
  for (const part of data instanceof Uint8Array ? [data] : data) sum.update(part)
  return sum.digest('hex') === hash ? undefined : 'it is not what was stored: its SHA-1 is another one'
}

/** What is in the bucket stays there, where the new lab finds it. */
function savePiece(settings: Settings, path: string, to: string, hash: string): string | undefined {
  const { storageFolder } = settings
  const from = [storageFolder, waitingFolder(storageFolder)].map((folder) => join(folder, path)).find(existsSync)
  return from === undefined && bucketOf(settings) ? undefined : copyPiece(from ?? join(storageFolder, path), to, hash)
}

/** @returns what is wrong with a piece of the storage folder, which is not copied then */
function copyPiece(from: string, to: string, hash: string): string | undefined {
  try {
    makeFolderNow(dirname(to), 0o700)
    copyFileSync(from, to)
    const problem = hashOf(to) === hash ? undefined : 'it is not what was stored: its SHA-1 is another one'
    if (problem !== undefined) rmSync(to, { force: true })
    return problem
  } catch (error) {
    rmSync(to, { force: true })
    return error instanceof Error ? error.message : String(error)
  }
}

function hashOf(path: string): string {
  const file = openSync(path, 'r')
  try {
    const sum = createHash('sha1')
    const buffer = new Uint8Array(CHUNK)
    for (let length = readSync(file, buffer); length > 0; length = readSync(file, buffer)) sum.update(buffer.subarray(0, length))
    return sum.digest('hex')
  } finally {
    closeSync(file)
  }
}

/** Doctor's own look at the new lab. */
async function check(settings: Settings, database: string, clock: Clock): Promise<Report> {
  const report = new Report()
  const snapshot = await openSnapshot(database)
  try {
    await report.run('database', database, () => checkStructure(report, database, snapshot, false))
    await report.run('database', database, () => checkResources(report, database, snapshot))
    await report.run('values', database, () => checkJournal(report, database, snapshot))
    await report.run('values', database, () => checkBlocks(report, snapshot))
    const storage = openStorage(settings, { db: snapshot.db, now: () => clock.now(), log: silentLog })
    const files = { db: snapshot.db, storage, now: clock.now(), isQuick: false }
    await report.run('files', settings.storageFolder, () => checkFiles(report, files))
  } finally {
    await snapshot.close()
  }
  return report
}
