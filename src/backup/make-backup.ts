/**
 * Makes a backup of a lab, whether a daemon runs on it or not. Content of files first, as far as it is there; then, at one moment, what the
 * database names, the content that came meanwhile, and the database itself as it was at that moment: the manifest names nothing that the
 * database does not have, and all that it has.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { join, relative } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { Fault, conflict } from '../base/fault.ts'
import { formatTimestamp, type Micros } from '../base/time.ts'
import { VERSION } from '../base/version.ts'
import { findFileProblem, freeBytes, removeDatabase } from '../database/sqlite/checked-copy.ts'
import { takeLock } from '../database/sqlite/daemon-lock.ts'
import { readIdentity } from '../resources/lab-identity.ts'
import { isBucket } from '../settings/backup-place.ts'
import type { Settings } from '../settings/settings.ts'
import { ContentCopier } from './content-copier.ts'
import { copyBeside, openLab } from './lab-snapshot.ts'
import { readNamedContent, type NamedContent } from './named-content.ts'
import { FORMAT, formatManifest, type Manifest, type ManifestBody, type UnreadContent } from './manifest.ts'
import { putPieces, type BackupTarget } from './put-pieces.ts'
import { listPlaces } from './records.ts'
import { copySettings } from './settings-copy.ts'

/** Content bytes of a piece of the database, where much stays the same from day to day. */
const DATABASE_PIECE = 1_048_576
/** How often a newer moment is taken, because content of one was removed before it was copied. */
const ATTEMPTS = 5

export interface BackupOptions {
  readonly settings: Settings
  readonly clock: Clock
  readonly hasSecrets: boolean
  /** An earlier backup in the same folder: content that it holds is not read again. */
  readonly before?: Manifest | undefined
}

export interface MadeBackup {
  readonly time: Micros
  /** The manifest's file, or `-`. */
  readonly file: string
  /** Bytes of what is in it, and bytes that were written for it. */
  readonly bytes: number
  readonly writtenBytes: number
  readonly files: number
  readonly rows: Readonly<Record<string, number>>
  /** What is wrong with the lab itself, in sentences; the backup is as complete as the lab is. */
  readonly warnings: readonly string[]
  /** Content that could not be read, so that this is not the whole lab. */
  readonly unread: readonly UnreadContent[]
}

/** The lab's id, which the target is asked for. @throws Fault not_found when there is no database */
export async function identifyLab(settings: Settings): Promise<{ id: string | null; places: ReadonlySet<string> }> {
  const snapshot = await openLab(settings)
  try {
    const { lab: id = null } = await readIdentity(snapshot.db)
    // A database of an earlier program has no such table.
    const places = await listPlaces(snapshot.db).catch(() => [])
    return { id, places: new Set(places) }
  } finally {
    await snapshot.close()
  }
}

/** @throws Fault busy when there is no room or the disk fails; internal when the database is damaged; what the target throws */
export async function makeBackup(target: BackupTarget, options: BackupOptions): Promise<MadeBackup> {
  const { settings } = options
  requireOutside(target.path, settings.storageFolder)
  const { copy, release } = await takeCopy(target, settings)
  try {
    const content = new ContentCopier(target, options)
    await content.copy(await namedNow(settings))
    const { point, missing } = await takePoint(settings, options.clock, copy, content)
    return await assemble(target, options, { copy, point, content, missing })
  } finally {
    removeDatabase(copy)
    release()
  }
}

interface Point {
  readonly time: Micros
  readonly lab: string | null
  readonly schema: number
  readonly rows: Record<string, number>
  readonly named: readonly NamedContent[]
}

/**
 * Copies the database as it is at one moment, after the contents that it names then: copying it may take long, and what is purged
 * meanwhile is there already.
 */
async function takePoint(
  settings: Settings,
  clock: Clock,
  copy: string,
  content: ContentCopier,
): Promise<{ point: Point; missing: readonly string[] }> {
  for (let attempt = 1; ; attempt++) {
    const snapshot = await openLab(settings)
    try {
      const { db, version: schema } = snapshot
      const time = clock.now()
      const [{ lab = null }, named] = [await readIdentity(db), await readNamedContent(db)]
      const missing = await content.copy(named)
      // What was purged since is not missing in a newer moment; what is lost for good stays so.
      if (missing.length > 0 && attempt < ATTEMPTS) continue
      await content.requirePlace(missing)
      const point = { time, lab, schema, named, rows: await snapshot.copyTo(copy, clock) }
      await requireSound(settings, copy, point)
      return { point, missing }
    } finally {
      await snapshot.close()
    }
  }
}

/** @throws Fault internal when the copy is none */
async function requireSound({ databaseFile }: Settings, copy: string, { schema, rows }: Point): Promise<void> {
  const problem = await findFileProblem(copy, { version: schema, rows })
  if (problem !== undefined)
    throw new Fault(
      'internal',
      `The copy of the database ${databaseFile} is not sound, so that it is no backup: ${problem}. ` +
        'See what "rhizo doctor" says. Earlier backups are still there.',
    )
}

async function assemble(
  target: BackupTarget,
  { settings, hasSecrets }: BackupOptions,
  { copy, point, content, missing }: { copy: string; point: Point; content: ContentCopier; missing: readonly string[] },
): Promise<MadeBackup> {
  const sum = createHash('sha256')
  const { file, written } = await putPieces(target, createReadStream(copy, { highWaterMark: DATABASE_PIECE }), DATABASE_PIECE, sum)
  const text = Buffer.from(copySettings(settings, hasSecrets))
  const kept = await putPieces(target, [text], DATABASE_PIECE)
  const body: ManifestBody = {
    database: { ...file, sha256: sum.digest('hex') },
    settings: { ...kept.file, has_secrets: hasSecrets },
    files: content.filesOf(point.named),
    missing,
    unread: await content.unreadOf(point.named, copy),
    rows: point.rows,
  }
  const head = {
    format: FORMAT,
    lab: point.lab,
    time: formatTimestamp(point.time),
    program: VERSION,
    schema: point.schema,
    encryption: target.cipher.encryption ?? null,
    unread: body.unread.length,
  }
  const manifest = formatManifest(head, body, target.cipher)
  const place = await target.finish(point.time, manifest)
  return {
    time: point.time,
    file: place,
    bytes: [body.database, body.settings, ...body.files].reduce((bytes, { size }) => bytes + size, 0),
    writtenBytes: written + kept.written + content.written + manifest.length,
    files: body.files.length,
    rows: point.rows,
    warnings: [...content.warnings, ...(missing.length > 0 ? [describeMissing(missing)] : [])],
    unread: body.unread,
  }
}

const describeMissing = (missing: readonly string[]): string =>
  `The content of ${missing.length} revisions is not in bulk storage any more (${missing.slice(0, 3).join(', ')}` +
  `${missing.length > 3 ? ', …' : ''}): "rhizo doctor" names their files.`

async function namedNow(settings: Settings): Promise<NamedContent[]> {
  const snapshot = await openLab(settings)
  try {
    return await readNamedContent(snapshot.db)
  } finally {
    await snapshot.close()
  }
}

/**
 * A place for the copy of the database, for this process alone. It is in the clear, so an encrypted backup has it made beside the
 * database (one on a server: beside the settings), and not on the backup's disk.
 */
async function takeCopy({ scratch, cipher }: BackupTarget, settings: Settings): Promise<{ copy: string; release: () => void }> {
  const isBeside = scratch === undefined || cipher.encryption !== undefined
  const copy = isBeside ? copyBeside(settings) : join(scratch, 'rhizo.db')
  const release = isBeside ? lockCopy(copy) : () => {}
  removeDatabase(copy)
  const [needed, free] = [await bytesOfLab(settings), freeBytes(copy)]
  if (free === undefined || free >= needed) return { copy, release }
  release()
  throw new Fault(
    'busy',
    `The backup needs ${Math.ceil(needed / 1e6)} MB for a copy of the database at ${copy}, and ` +
      `${Math.ceil(free / 1e6)} MB are free there. ` +
      'Nothing was written: free some space, or choose another disk.',
  )
}

async function bytesOfLab(settings: Settings): Promise<number> {
  const snapshot = await openLab(settings)
  try {
    return snapshot.bytes
  } finally {
    await snapshot.close()
  }
}

function lockCopy(copy: string): () => void {
  try {
    return takeLock(copy, copy)
  } catch (error) {
    if (error instanceof Fault && error.code === 'conflict') throw conflict('Another backup of this lab is under way: wait for it.')
    throw error
  }
}

function requireOutside(path: string, storage: string): void {
  if (path === '-' || isBucket(path)) return
  const below = relative(storage, path)
  if (below === '' || !(below.startsWith('..') || below.startsWith('/')))
    throw conflict(`The folder ${path} is in the storage folder ${storage}, which the server tidies: choose another.`)
}
