/** Copies content of large files into a backup, from wherever it is, and notes what can't be read. */
import { createHash } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import { codeOf } from '../base/disk-errors.ts'
import { Fault } from '../base/fault.ts'
import { silentLog } from '../base/log.ts'
import type { Micros } from '../base/time.ts'
import { migrations } from '../database/migrate.ts'
import type { Settings } from '../settings/settings.ts'
import type { BulkStorage } from '../storage/bulk-storage.ts'
import { openStorage } from '../storage/places/open-places.ts'
import { RowStorage } from '../storage/rows/row-storage.ts'
import { openLab } from './lab-snapshot.ts'
import type { Manifest, PiecedFile, StoredFile, UnreadContent } from './manifest.ts'
import { namesOf, type NamedContent } from './named-content.ts'
import { putPieces, type BackupTarget } from './put-pieces.ts'

/** Content bytes of a piece: content never changes. */
const FILE_PIECE = 4_194_304
/** How often content is looked for that moves from one place to another meanwhile. */
const LOOKS = 4

export interface CopierOptions {
  readonly settings: Settings
  readonly clock: Clock
  /** An earlier backup in the same place: content that it holds is not read again. */
  readonly before?: Manifest | undefined
}

/** Copies content that is not in the database, from the storage folder and the bucket, each piece once. */
export class ContentCopier {
  readonly #target: BackupTarget
  readonly #storage: BulkStorage
  readonly #settings: Settings
  readonly #now: () => Micros
  /** By path. */
  readonly #copied = new Map<string, StoredFile>()
  readonly #before: ReadonlyMap<string, StoredFile>
  /** What could not be read: the error's code by path. */
  readonly #unread = new Map<string, string>()
  readonly warnings: string[] = []
  written = 0

  constructor(target: BackupTarget, { settings, clock, before }: CopierOptions) {
    this.#target = target
    this.#settings = settings
    this.#now = () => clock.now()
    this.#storage = openStorage(settings, { db: undefined, now: this.#now, log: silentLog })
    this.#before = new Map(before?.body.files.map((file) => [file.path, file]))
  }

  /** @throws Fault busy when content is probably missing only because its disk is: a backup without it would be taken for a whole one */
  async requirePlace(missing: readonly string[]): Promise<void> {
    if (missing.length > 0) await this.#storage.examine?.(missing)
  }

  /** @returns paths of those that are nowhere */
  async copy(named: readonly NamedContent[]): Promise<string[]> {
    let missing: readonly NamedContent[] = await this.#copyFrom(this.#storage, named)
    for (let look = 1; look < LOOKS && missing.length > 0; look++) {
      missing = await this.#copyMoved(missing)
      missing = await this.#copyFrom(this.#storage, missing)
    }
    return missing.map(({ path }) => path)
  }

  /** @returns those that are not there */
  async #copyFrom(storage: BulkStorage, named: readonly NamedContent[]): Promise<NamedContent[]> {
    const missing: NamedContent[] = []
    for (const content of named) {
      const { path } = content
      if (this.#copied.has(path)) continue
      const before = this.#before.get(path)
      this.#unread.delete(path)
      const file = before && (await this.#isWhole(before)) ? before : await this.#read(content, storage)
      if (file) this.#copied.set(path, file)
      else if (!this.#unread.has(path)) missing.push(content)
    }
    return missing
  }

  /** Copies what was moved into the database since the moment that is backed up. @returns those that are not there either */
  async #copyMoved(missing: readonly NamedContent[]): Promise<readonly NamedContent[]> {
    const snapshot = await openLab(this.#settings)
    try {
      // A database of an earlier program has no contents of files.
      if (snapshot.version !== migrations.length) return missing
      return await this.#copyFrom(new RowStorage({ db: snapshot.db, transact: undefined, now: this.#now }), missing)
    } finally {
      await snapshot.close()
    }
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

  async #read({ path, size, hash }: NamedContent, storage: BulkStorage): Promise<StoredFile | undefined> {
    const sum = createHash('sha1')
    let file: PiecedFile
    try {
      const put = await putPieces(this.#target, readContent(storage, path), FILE_PIECE, sum)
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
