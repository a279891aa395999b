/**
 * Bulk storage in a folder: `ab/cdef…` below it, written under another name first and renamed when durable. What was discarded
 * is in `trash/`, as `ab-cdef…`, with the time when it got there as its time of modification.
 */
import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, readdir, rename, rm, stat, utimes, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { describeFileError, explainDiskError, isFailing } from '../../base/disk-errors.ts'
import { Fault, notFound } from '../../base/fault.ts'
import { makeFolder, syncFolder } from '../../base/folders.ts'
import { openAtOnce } from '../../base/regular-files.ts'
import type { Micros } from '../../base/time.ts'
import { newPath, tooLarge } from '../pieces.ts'
import type { BulkStorage, StorageOwner, StorageSurvey, StoredContent } from '../bulk-storage.ts'
import { codeOf, isMissing, unlessMissing } from './files.ts'
import { claimFolder, OWNER, readOwner } from './folder-owner.ts'

const TRASH = 'trash'
/** Names of folders of pieces. */
const PIECES = /^[0-9a-f]{2}$/

const NOT_READ = "the file can't be read now"

interface Awaited {
  /** Whose the folder is to be. */
  readonly owner: StorageOwner
  /** Pieces that the lab names. */
  readonly named: (() => Promise<readonly string[]>) | undefined
}

export class FolderStorage implements BulkStorage {
  readonly #folder: string
  readonly #onRestored: (path: string) => void
  #unlock: (() => void) | undefined
  /** Id of the lab. */
  #claimedBy: string | undefined
  /** As long as it is not the one that the lab had, or can't be used. */
  #awaited: Awaited | undefined
  /** Under way, once that one is back. */
  #taking: Promise<void> | undefined
  /** Folders whose own names are durable, or about to be. */
  readonly #durable = new Map<string, Promise<void>>()

  /** @param onRestored a piece that was discarded came back, as somebody reads it */
  constructor(folder: string, onRestored: (path: string) => void = () => {}) {
    this.#folder = folder
    this.#onRestored = onRestored
  }

  async claim(owner: StorageOwner, named?: () => Promise<readonly string[]>): Promise<void> {
    try {
      if (named && (await this.#isNew()) && (await named()).length > 0) throw this.#lost()
      await this.#take(owner)
    } catch (error) {
      const fault = this.#describe(error)
      if (fault.code === 'busy') this.#awaited = { owner, named }
      throw fault
    }
  }

  async #take(owner: StorageOwner): Promise<void> {
    const unlock = await claimFolder(this.#folder, owner)
    let folders: string[]
    try {
      // What is there was made before: one sync stands for all of it.
      folders = await this.#list('')
      await syncFolder(this.#folder)
    } catch (error) {
      unlock()
      throw error
    }
    this.#unlock = unlock
    this.#claimedBy = owner.lab
    this.#awaited = undefined
    for (const name of folders) this.#durable.set(join(this.#folder, name), Promise.resolve())
  }

  /** Why the folder can't be taken: `busy` when its disk failed, which may pass, and `invalid` when somebody has to put it right. */
  #describe(error: unknown): Fault {
    const cause = error instanceof Fault ? error.cause : error
    if (isFailing(cause)) {
      const failed = explainDiskError(cause, `The storage folder ${this.#folder}`, 'nothing is stored there until it can be used')
      if (failed) return failed
    }
    return error instanceof Fault ? error : new Fault('invalid', describeFileError(error, 'The storage folder', this.#folder), { cause })
  }

  async release(): Promise<void> {
    this.#unlock?.()
    this.#unlock = undefined
    this.#claimedBy = undefined
    this.#awaited = undefined
  }

  /** Whether nobody has claimed the folder, and it holds no piece, or is not there. */
  async #isNew(): Promise<boolean> {
    const names = (await unlessMissing(readdir(this.#folder))) ?? []
    return !names.some((name) => name === OWNER || name === TRASH || PIECES.test(name))
  }

  #lost(): Fault {
    return new Fault(
      'busy',
      `The storage folder ${this.#folder} is empty, though the lab has files in it: nothing is stored there. If its disk is not ` +
        'mounted, mount it; the server uses it then by itself. If the files are lost, restore the folder from a backup, or go on ' +
        'without them: stop the server and run "rhizo init-db --adopt".',
      { retryAfter: 60 },
    )
  }

  /** Whether it is empty and the lab has files in it. */
  async #isLost({ named }: Awaited): Promise<boolean> {
    return (await this.#isNew()) && (named === undefined || (await named()).length > 0)
  }

  /** @throws Fault */
  async #takeAgain(owner: StorageOwner): Promise<void> {
    try {
      await this.#take(owner)
    } catch (error) {
      throw this.#describe(error)
    }
  }

  /** Nothing is stored in a folder that is not the lab's, as when its disk is not mounted. @throws Fault busy */
  async #requireOwn(): Promise<void> {
    if (this.#awaited) {
      if (await this.#isLost(this.#awaited)) throw this.#lost()
      // Somebody else may have taken it meanwhile, or be about to.
      const { owner } = this.#awaited ?? {}
      if (owner) await (this.#taking ??= this.#takeAgain(owner).finally(() => (this.#taking = undefined)))
    }
    if (this.#claimedBy !== undefined && (await this.#recorded())?.lab !== this.#claimedBy)
      throw new Fault('busy', `The storage folder ${this.#folder} is not the one that the server began with. Is its disk still mounted?`, {
        retryAfter: 60,
      })
  }

  owner(): Promise<StorageOwner | undefined> {
    return readOwner(this.#folder)
  }

  async write(content: AsyncIterable<Uint8Array>, limit: number, path = newPath()): Promise<StoredContent> {
    const target = this.#resolve(path)
    const unfinished = `${target}.part`
    return this.#explained('the file was not stored', async () => {
      await this.#requireOwn()
      const file = await this.#create(unfinished)
      try {
        const written = await this.#fill(file, content, limit)
        await file.datasync()
        await file.close()
        await rename(unfinished, target)
        await syncFolder(dirname(target))
        return { path, ...written }
      } catch (error) {
        // What can't be removed either is found by the next tidying; what went wrong first is what matters.
        await file.close().catch(() => {})
        await rm(unfinished, { force: true }).catch(() => {})
        await rm(target, { force: true }).catch(() => {})
        throw error
      }
    })
  }

  async #create(file: string): Promise<FileHandle> {
    const folder = dirname(file)
    await this.#makeFolder(folder)
    try {
      return await open(file, 'wx', 0o600)
    } catch (error) {
      if (!isMissing(error)) throw error
      // Somebody removed the folder since it was made.
      this.#durable.delete(folder)
      await this.#makeFolder(folder)
      return open(file, 'wx', 0o600)
    }
  }

  /** @throws Fault too_large past the limit; whatever the stream throws */
  async #fill(file: FileHandle, content: AsyncIterable<Uint8Array>, limit: number): Promise<{ size: number; hash: string }> {
    const hash = createHash('sha1')
    let size = 0
    for await (const chunk of content) {
      size += chunk.length
      if (size > limit) throw tooLarge(limit)
      hash.update(chunk)
      await writeAll(file, chunk)
    }
    return { size, hash: hash.digest('hex') }
  }

  async read(path: string, range?: { start: number; end: number }): Promise<Readable> {
    const file = await this.#explained(`${NOT_READ} (${path})`, () => this.#open(path))
    return createReadStream('', { fd: file, ...(range ?? {}), highWaterMark: 256 * 1024 })
  }

  async delete(path: string): Promise<void> {
    await this.#explained('the file was not removed', async () => {
      const isThere = await unlessMissing(rm(this.#resolve(path)).then(() => true))
      if (isThere === undefined) await rm(this.#trashed(path), { force: true })
    })
  }

  async probe(): Promise<void> {
    const probe = join(this.#folder, `.probe-${randomBytes(8).toString('hex')}`)
    try {
      await this.#requireOwn()
      await (await open(probe, 'wx', 0o600)).close()
    } catch (error) {
      if (error instanceof Fault) throw error
      throw new Fault('busy', `The storage folder ${this.#folder} can't be written (${codeOf(error) ?? String(error)}).`, { cause: error })
    } finally {
      await rm(probe, { force: true }).catch(() => {})
    }
  }

  async survey(): Promise<StorageSurvey> {
    const survey: StorageSurvey = { pieces: [], unfinished: [], discarded: [] }
    for (const folder of await this.#list('')) {
      if (!PIECES.test(folder)) continue
      for (const name of await this.#list(folder)) {
        if (/^[0-9a-f]+\.part$/.test(name)) survey.unfinished.push(`${folder}/${name}`)
        else if (/^[0-9a-f]+$/.test(name)) survey.pieces.push(`${folder}/${name}`)
      }
    }
    for (const name of await this.#list(TRASH))
      if (/^[0-9a-f]{2}-[0-9a-f]+(?:\.part)?$/.test(name)) survey.discarded.push(name.replace('-', '/'))
    return survey
  }

  async discard(path: string, now: Micros): Promise<void> {
    const piece = this.#resolve(path)
    if ((await unlessMissing(stat(piece))) === undefined) return
    await this.#makeFolder(join(this.#folder, TRASH))
    // The time first: a crash before the rename leaves a piece that looks as if it were written now.
    const seconds = now / 1_000_000
    const isDone = await unlessMissing(utimes(piece, seconds, seconds).then(() => rename(piece, this.#trashed(path)).then(() => true)))
    // Its new place before its old one: a power cut may leave it in both, and never in none.
    if (isDone !== undefined) await syncFolder(join(this.#folder, TRASH))
  }

  async restore(path: string): Promise<boolean> {
    const piece = this.#resolve(path)
    const discarded = this.#trashed(path)
    if ((await unlessMissing(stat(discarded))) === undefined) return false
    await this.#makeFolder(dirname(piece))
    // Somebody else may have brought it back meanwhile.
    const isDone = await unlessMissing(rename(discarded, piece).then(() => true))
    if (isDone !== undefined) await syncFolder(dirname(piece))
    return true
  }

  async sizeOf(path: string): Promise<number | undefined> {
    return (await unlessMissing(stat(this.#resolve(path))))?.size
  }

  async writtenAt(path: string): Promise<Micros | undefined> {
    return timeOf(this.#resolve(path))
  }

  async discardedAt(path: string): Promise<Micros | undefined> {
    return timeOf(this.#trashed(path))
  }

  async #open(path: string): Promise<FileHandle> {
    const piece = this.#resolve(path)
    try {
      return await openAtOnce(piece)
    } catch (error) {
      if (!isMissing(error)) throw error
    }
    if (await this.restore(path)) this.#onRestored(path)
    // Also when it is not in the trash: somebody else may have brought it back meanwhile.
    const again = await unlessMissing(openAtOnce(piece))
    if (again) return again
    await this.#requireFolder()
    throw notFound('The content of this revision is missing from the storage folder (ENOENT).')
  }

  /** Whose the folder is now. @throws Error of the disk that can't be read */
  async #recorded(): Promise<StorageOwner | undefined> {
    try {
      return await readOwner(this.#folder)
    } catch (error) {
      throw error instanceof Fault && error.cause !== undefined ? error.cause : error
    }
  }

  /** A piece is missing only from a folder that is there, and is the one that was claimed. @throws Fault busy when it is not */
  async #requireFolder(): Promise<void> {
    if (this.#awaited && (await this.#isLost(this.#awaited))) throw this.#lost()
    const recorded = this.#claimedBy === undefined ? undefined : await this.#recorded()
    if (recorded?.lab === this.#claimedBy) return this.#requireThere()
    throw new Fault(
      'busy',
      `The storage folder ${this.#folder} is not the one that the server began with: ${NOT_READ}. Is its disk still mounted?`,
      { retryAfter: 60 },
    )
  }

  /** @throws Fault busy when there is no such folder, or something else in its place */
  async #requireThere(): Promise<void> {
    const status = await unlessMissing(stat(this.#folder))
    if (status?.isDirectory()) return
    const [problem, advice] = status
      ? ['is no folder, but a file', 'Move that away, then mount the folder’s disk, or restore the folder from a backup.']
      : ['is not there', 'If its disk is not mounted, mount it. If it is lost, restore it from a backup.']
    throw new Fault('busy', `The storage folder ${this.#folder} ${problem}: no file can be stored or read there. ${advice}`, {
      retryAfter: 60,
    })
  }

  async examine(missing: readonly string[]): Promise<void> {
    if (missing.length > 0 || (await unlessMissing(stat(this.#folder)))) await this.#requireThere()
    if (missing.length > 0 && (await this.#isNew())) throw this.#lost()
  }

  /** Names of files and folders in one of the folders, none when it is not there. */
  async #list(folder: string): Promise<string[]> {
    const path = join(this.#folder, folder)
    const entries = (await unlessMissing(readdir(path, { withFileTypes: true }))) ?? []
    return entries.filter((entry) => (folder === '' ? entry.isDirectory() : entry.isFile())).map(({ name }) => name)
  }

  /** A new folder is durable once the one above it is; everybody who wants it meanwhile waits for that. */
  async #makeFolder(folder: string): Promise<void> {
    let made = this.#durable.get(folder)
    if (!made) {
      made = makeFolder(folder, 0o700)
      this.#durable.set(folder, made)
      made.catch(() => this.#durable.delete(folder))
    }
    await made
  }

  /** @throws Fault busy with words for errors of the disk */
  async #explained<T>(outcome: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw explainDiskError(error, 'The storage folder', outcome) ?? error
    }
  }

  #resolve(path: string): string {
    if (!/^[0-9a-f]{2}\/[0-9a-f]+(?:\.part)?$/.test(path)) throw new Error(`no path of this storage: ${path}`)
    return join(this.#folder, path)
  }

  #trashed(path: string): string {
    this.#resolve(path)
    return join(this.#folder, TRASH, path.replace('/', '-'))
  }
}

async function timeOf(file: string): Promise<Micros | undefined> {
  const status = await unlessMissing(stat(file))
  return status && Math.round(status.mtimeMs * 1000)
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length; ) at += (await file.write(chunk, at, chunk.length - at)).bytesWritten
}
