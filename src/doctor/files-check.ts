/** Checks the content of files and images: that all of it exists and matches its record, and that there are no pieces without a record. */
import { statSync } from 'node:fs'
import { createHash } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { Schema } from '../database/schema.ts'
import type { BulkStorage } from '../storage/bulk-storage.ts'
import { isDiskError } from '../base/disk-errors.ts'
import { Fault } from '../base/fault.ts'
import { DAY, formatTimestamp, type Micros } from '../base/time.ts'
import { describeOtherOwner } from '../storage/files/folder-owner.ts'
import { newestPieces } from '../content/named-pieces.ts'
import { readIdentity } from '../resources/lab-identity.ts'
import { reasonOf, unwatched, type Report } from './report.ts'

const STEP = 200
/** A younger piece without a record may be an upload in progress. */
const FRESH = DAY
const RESTORE = 'Restore it from a backup of the storage folder, or upload the file again.'

export interface FilesCheck {
  readonly db: Kysely<Schema>
  readonly storage: BulkStorage
  readonly now: Micros
  /** Don't read the content. */
  readonly isQuick: boolean
}

export async function checkFiles(report: Report, { db, storage, now, isQuick }: FilesCheck, watch = unwatched): Promise<void> {
  // List the pieces first: the records of pieces that are written later come later, too.
  const { pieces, unfinished, discarded } = await storage.survey()
  report.counts.files = pieces.length
  const orphans = new Set(pieces)
  const trash = new Set(discarded)
  let inTrash = 0
  const { revisions } = await db
    .selectFrom('resource_revisions')
    .select(({ fn }) => fn.countAll<number>().as('revisions'))
    .executeTakeFirstOrThrow()
  const progress = watch.begin('files', revisions)
  for (let last = 0; ; ) {
    const rows = await db
      .selectFrom('resource_revisions as r')
      .innerJoin('resources', 'resources.id', 'r.resource_id')
      .select(['r.id', 'r.timestamp', 'r.size', 'r.hash', 'r.storage_path', 'resources.name'])
      .select(({ fn }) => fn<number | null>('length', ['r.data']).as('length'))
      .where('r.id', '>', last)
      .orderBy('r.id')
      .limit(STEP)
      .execute()
    for (const { id, timestamp, size, hash, storage_path: path, name, length } of rows) {
      report.counts.revisions++
      progress.advance(1)
      const subject = `revision ${id} of ${name}, of ${formatTimestamp(timestamp)}`
      if (path !== null) {
        orphans.delete(path)
        // Reading it would bring it back, and nothing is changed here.
        if (trash.delete(path)) {
          inTrash++
          continue
        }
        const problem = await findPieceProblem(storage, path, { size, hash }, isQuick).catch((error: unknown) => {
          if (!isDiskError(error instanceof Fault ? error.cause : error)) throw error
          return `can't be read: ${reasonOf(error)}`
        })
        if (problem !== undefined) report.error('files', subject, `${problem} (${path} in the storage folder)`, RESTORE)
      } else if (length !== size)
        report.error('files', subject, `has ${length ?? 'no'} bytes in the database, and should have ${size}`, RESTORE)
      else if (!isQuick && (await hashInDatabase(db, id)) !== hash)
        report.error('files', subject, 'is not what was stored: its SHA-1 is another one', RESTORE)
    }
    const newest = rows.at(-1)
    if (!newest) break
    last = newest.id
  }
  progress.end()
  if (inTrash > 0)
    report.warn(
      'files',
      `the content of ${inTrash} revisions`,
      'is in the trash of the storage folder',
      'Probably an older copy of the database was in use for a while. ' +
        'The server brings the content back when it starts, or is asked for it.',
    )
  if (trash.size > 0)
    report.warn(
      'files',
      `${trash.size} pieces in the trash of the storage folder`,
      `belong to no file (${examples([...trash])})`,
      'They take up space only. Each is removed for good 30 days after it got there; what a record names again comes back.',
    )
  const old = await findOld(storage, [...orphans, ...unfinished], now - FRESH)
  if (old.length === 0) return
  report.warn(
    'files',
    `${old.length} pieces in the storage folder`,
    `belong to no file (${examples(old)})`,
    'They take up space only. The server puts those that are a week old into the trash of the folder, for 30 days.',
  )
}

const examples = (paths: readonly string[]): string => `${paths.slice(0, 3).join(', ')}${paths.length > 3 ? ', …' : ''}`

/** That the storage is this lab's: the server doesn't start with another's, and stores nothing in one that lost its disk. */
export async function checkOwner(report: Report, folder: string, database: string, { db, storage }: FilesCheck): Promise<void> {
  const recorded = await storage.owner()
  if (recorded === undefined) {
    const newest = await newestPieces(db)
    const isFile = statSync(folder, { throwIfNoEntry: false })?.isDirectory() === false
    const sizes = await Promise.all(newest.map((path) => storage.sizeOf(path)))
    if (newest.length > 0 && sizes.every((size) => size === undefined) && (await storage.survey()).pieces.length === 0)
      report.error(
        'files',
        folder,
        `${isFile ? 'is no folder, but a file' : 'is empty, or not there'}, though the lab has files in it`,
        'If its disk is not mounted, mount it. If the files are lost, restore the folder from a backup, or go on without them: ' +
          'rhizo init-db --adopt.',
      )
    return
  }
  const { lab } = await readIdentity(db)
  if (recorded.lab === lab) return
  const owner = { lab: lab ?? 'not named yet', database }
  const { problem, advice } = describeOtherOwner(folder, recorded, owner)
  report.error('files', folder, problem, advice)
}

async function findPieceProblem(
  storage: BulkStorage,
  path: string,
  { size, hash }: { size: number; hash: string },
  isQuick: boolean,
): Promise<string | undefined> {
  const length = await storage.sizeOf(path)
  if (length === undefined) return 'has lost its content'
  if (length !== size) return `has ${length} bytes, and should have ${size}`
  if (isQuick) return undefined
  const sum = createHash('sha1')
  for await (const chunk of (await storage.read(path)) as AsyncIterable<Uint8Array>) sum.update(chunk)
  return sum.digest('hex') === hash ? undefined : 'is not what was stored: its SHA-1 is another one'
}

async function hashInDatabase(db: Kysely<Schema>, id: number): Promise<string | undefined> {
  const row = await db.selectFrom('resource_revisions').select('data').where('id', '=', id).executeTakeFirst()
  return row?.data ? createHash('sha1').update(row.data).digest('hex') : undefined
}

async function findOld(storage: BulkStorage, paths: readonly string[], before: Micros): Promise<string[]> {
  const old: string[] = []
  for (const path of paths) {
    const time = await storage.writtenAt(path)
    if (time !== undefined && time < before) old.push(path)
  }
  return old
}
