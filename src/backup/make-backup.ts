/**
 * Makes a backup of a lab, whether a daemon runs on it or not. Content of files first, as far as it is there, then the database at one
 * moment, then the content that came meanwhile: the manifest names nothing that the database at that moment does not have, and all
 * that it has.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { join, relative } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { codeOf } from '../base/disk-errors.ts'
import { Fault, conflict } from '../base/fault.ts'
import { formatTimestamp, type Micros } from '../base/time.ts'
import { VERSION } from '../base/version.ts'
import { findFileProblem, freeBytes, removeDatabase } from '../database/sqlite/checked-copy.ts'
import { takeLock } from '../database/sqlite/daemon-lock.ts'
import { readIdentity } from '../resources/lab-identity.ts'
import { isBucket } from '../settings/backup-place.ts'
import type { Settings } from '../settings/settings.ts'
import { silentLog } from '../base/log.ts'
import type { BulkStorage } from '../storage/bulk-storage.ts'
import { openStorage } from '../storage/places/open-places.ts'
import { copyBeside, openLab } from './lab-snapshot.ts'
import { namesOf, readNamedContent, type NamedContent } from './named-content.ts'
import {
  FORMAT,
  formatManifest,
  type Manifest,
  type ManifestBody,
  type PiecedFile,
  type StoredFile,
  type UnreadContent,
} from './manifest.ts'
import type { PieceCipher } from './piece-cipher.ts'
import { listPlaces } from './records.ts'
import { copySettings } from './settings-copy.ts'

/** Content bytes of a piece: of the database, where much stays the same from day to day; and of files, which never change. */
const DATABASE_PIECE = 1_048_576
const FILE_PIECE = 4_194_304
/** How often the database is copied again, because content of its moment was removed before it was copied. */
const ATTEMPTS = 3

/** Where pieces and manifest go: a folder, or a stream. */
export interface BackupTarget {
  readonly path: string
  readonly cipher: PieceCipher
  /** A folder for the copy of the database while it is made; undefined: it is made beside the database. */
  readonly scratch: string | undefined
  has(name: string, bytes: number): Promise<boolean>
  /** @returns bytes written: 0 when it is there */
  put(name: string, content: Uint8Array): Promise<number>
  finish(time: Micros, manifest: string): Promise<string>
}

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
    for (let attempt = 1; ; attempt++) {
      const point = await copyDatabase(settings, options.clock, copy)
      const missing = await content.copy(point.named)
      // What was purged since is not missing in a newer moment; what is lost for good stays so.
      if (missing.length === 0 || attempt === ATTEMPTS) return await assemble(target, options, { copy, point, content, missing })
    }
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

async function copyDatabase(settings: Settings, clock: Clock, copy: string): Promise<Point> {
  const snapshot = await openLab(settings)
  let point: Point
  try {
    const { db, version: schema } = snapshot
    const time = clock.now()
    const [{ lab = null }, named] = [await readIdentity(db), await readNamedContent(db)]
    point = { time, lab, schema, named, rows: await snapshot.copyTo(copy, clock) }
  } finally {
    await snapshot.close()
  }
  const problem = await findFileProblem(copy, { version: point.schema, rows: point.rows })
  if (problem !== undefined)
    throw new Fault(
      'internal',
      `The copy of the database ${settings.databaseFile} is not sound, so that it is no backup: ${problem}. ` +
        'See what "rhizo doctor" says. Earlier backups are still there.',
    )
  return point
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

/** Copies content that is not in the database, from the storage folder and the bucket, each piece once. */
class ContentCopier {
  readonly #target: BackupTarget
  readonly #storage: BulkStorage
  /** By path. */
  readonly #copied = new Map<string, StoredFile>()
  readonly #before: ReadonlyMap<string, StoredFile>
  /** What could not be read: the error's code by path. */
  readonly #unread = new Map<string, string>()
  readonly warnings: string[] = []
  written = 0

  constructor(target: BackupTarget, { settings, clock, before }: BackupOptions) {
    this.#target = target
    this.#storage = openStorage(settings, { db: undefined, now: () => clock.now(), log: silentLog })
    this.#before = new Map(before?.body.files.map((file) => [file.path, file]))
  }

  /** @returns paths of those that are not there */
  async copy(named: readonly NamedContent[]): Promise<string[]> {
    const missing: string[] = []
    for (const content of named) {
      const { path } = content
      if (this.#copied.has(path)) continue
      const before = this.#before.get(path)
      this.#unread.delete(path)
      const file = before && (await this.#isWhole(before)) ? before : await this.#read(content)
      if (file) this.#copied.set(path, file)
      else if (!this.#unread.has(path)) missing.push(path)
    }
    return missing
  }

  filesOf(named: readonly NamedContent[]): StoredFile[] {
    return [...new Set(named.map(({ path }) => path))].flatMap((path) => this.#copied.get(path) ?? [])
  }

  /** @param copy the copy of the database, which says what the files are called */
  async unreadOf(named: readonly NamedContent[], copy: string): Promise<UnreadContent[]> {
    const unread = named.filter(({ path }) => this.#unread.has(path))
    const names = await namesOf(copy, unread)
    return unread.map(({ path }, at) => ({ path, file: names[at] ?? path, code: this.#unread.get(path) ?? '' }))
  }

  async #isWhole({ pieces, size, piece_bytes: most }: PiecedFile): Promise<boolean> {
    for (const [at, name] of pieces.entries()) if (!(await this.#target.has(name, Math.min(most, size - at * most)))) return false
    return true
  }

  async #read({ path, size, hash }: NamedContent): Promise<StoredFile | undefined> {
    const sum = createHash('sha1')
    let file: PiecedFile
    try {
      const put = await putPieces(this.#target, readContent(this.#storage, path), FILE_PIECE, sum)
      file = put.file
      this.written += put.written
    } catch (error) {
      // The rest of the lab is worth a backup all the same.
      if (error instanceof Unreadable) this.#unread.set(path, error.code)
      else if (!(error instanceof Gone)) throw error
      return undefined
    }
    if (file.size !== size || sum.digest('hex') !== hash)
      this.warnings.push(`The content ${path} in bulk storage is not what was stored: the backup has it as it is. See "rhizo doctor".`)
    return { path, ...file }
  }
}

/** The disk can't read this piece, whatever it does with others. */
class Unreadable extends Error {
  readonly code: string

  constructor(code: string, cause: unknown) {
    super(code, { cause })
    this.code = code
  }
}

class Gone extends Error {}

/** What the disk says of one file. Of what else fails, such as a bucket out of reach, the whole backup fails. */
const OF_A_FILE: ReadonlySet<string> = new Set(['EIO', 'EACCES', 'EPERM', 'EISDIR', 'ELOOP', 'ENXIO', 'ENODATA', 'EBADMSG', 'EUCLEAN'])

/** @throws Gone when it is not there; Unreadable; other errors of the storage */
async function* readContent(storage: BulkStorage, path: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of await storage.read(path)) yield chunk as Uint8Array
  } catch (error) {
    if (error instanceof Fault && error.code === 'not_found') throw new Gone()
    const code = codeOf(error instanceof Fault ? error.cause : error)
    throw code !== undefined && OF_A_FILE.has(code) ? new Unreadable(code, error) : error
  }
}

/** Cuts a file into pieces and stores those that are not there. @param sum takes its bytes */
async function putPieces(
  target: BackupTarget,
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  most: number,
  sum?: { update(bytes: Uint8Array): unknown },
): Promise<{ file: PiecedFile; written: number }> {
  const pieces: string[] = []
  let [size, written] = [0, 0]
  const put = async (piece: Uint8Array): Promise<void> => {
    const name = target.cipher.nameOf(piece)
    written += await target.put(name, piece)
    pieces.push(name)
    size += piece.length
  }
  let waiting: Uint8Array[] = []
  let length = 0
  for await (const chunk of content) {
    sum?.update(chunk)
    waiting.push(chunk)
    length += chunk.length
    if (length < most) continue
    const all = Buffer.concat(waiting)
    let from = 0
    for (; length - from >= most; from += most) await put(all.subarray(from, from + most))
    waiting = [all.subarray(from)]
    length -= from
  }
  if (length > 0) await put(Buffer.concat(waiting))
  return { file: { size, piece_bytes: most, pieces }, written }
}

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
