/**
 * Takes over into a database the pages that another machine's has, a transaction at a time. Pages are appended to the database's log as
 * SQLite's own writer appends them, and the last of a transaction says so: until it is there and durable nobody sees any of them, and
 * then everybody sees all, readers that are open too. It does what a program does that is killed when its transaction is in the log and
 * the log's index does not tell of it yet: whoever comes next makes that index again from the log.
 */
import Sqlite from 'better-sqlite3'
import { randomInt } from 'node:crypto'
import { closeSync, existsSync, fdatasyncSync, openSync, statSync, writeSync } from 'node:fs'
import { Fault } from '../../base/fault.ts'
import { frameAt, LOG_HEADER_BYTES, makeFrame, makeLogHeader, type Salts, type Sum } from './log-frames.ts'
import { PageFile } from './page-file.ts'
import { unpackPages } from './pages.ts'

/** Size of the log from which on its pages are moved into the database. */
const LOG_BYTES = 4 * 1024 * 1024
/** Bytes at the beginning of the log's index that say what the log holds, twice. */
const INDEX_HEADER_BYTES = 96

interface Place {
  /** Frames of the log. */
  readonly frames: number
  readonly salts: Salts
  readonly sum: Sum
}

export class PageApplier {
  readonly pageBytes: number
  /** The database file itself, which holds everything after {@link settle}. */
  readonly file: PageFile
  readonly #path: string
  readonly #connection: Sqlite.Database
  readonly #log: number
  readonly #index: number
  /** After the newest transaction; undefined: the log is empty. */
  #committed: Place | undefined
  /** After the newest frame. */
  #staged: Place | undefined
  /** The newest page, which waits until it is known whether it is the last one of its transaction. */
  #held: [page: number, content: Buffer] | undefined

  private constructor(path: string, connection: Sqlite.Database) {
    this.#path = path
    this.#connection = connection
    this.pageBytes = Number(connection.pragma('page_size', { simple: true }))
    this.file = new PageFile(path)
    this.#log = openSync(`${path}-wal`, 'r+')
    this.#index = openSync(`${path}-shm`, 'r+')
  }

  /**
   * Opens the database, or makes one of a single page. Nothing else may write to it from now on.
   * @throws Fault busy when another program reads it; conflict when its pages are of another size
   */
  static open(path: string, pageBytes: number): PageApplier {
    const isNew = !existsSync(path) || statSync(path).size === 0
    if (isNew) closeSync(openSync(path, 'a', 0o600))
    const connection = new Sqlite(path, { timeout: 5_000 })
    try {
      if (isNew) {
        connection.pragma(`page_size = ${pageBytes}`)
        connection.pragma('auto_vacuum = INCREMENTAL')
      }
      connection.pragma('journal_mode = WAL')
      connection.pragma('synchronous = FULL')
      connection.pragma('wal_autocheckpoint = 0')
      connection.prepare('select count(*) from sqlite_schema').get()
      const own = Number(connection.pragma('page_size', { simple: true }))
      if (own !== pageBytes)
        throw new Fault('conflict', `The database ${path} has pages of ${own} bytes, and the one that it is to follow of ${pageBytes}.`)
      const applier = new PageApplier(path, connection)
      applier.settle()
      return applier
    } catch (error) {
      connection.close()
      throw error
    }
  }

  /** Moves the log's pages into the database. @throws Fault busy when somebody reads the log for too long */
  settle(): void {
    this.discard()
    const [result] = this.#connection.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[]
    if (result?.busy !== 0) throw new Fault('busy', `Another program reads the database ${this.#path}: what follows waits for it.`)
    this.#committed = undefined
    this.#staged = undefined
  }

  /** Forgets the pages of a transaction that has no end. */
  discard(): void {
    this.#held = undefined
    this.#staged = this.#committed
  }

  /** @param pages packed as in pages.ts @throws Error when they are torn; what the disk throws */
  stage(pages: Uint8Array): void {
    for (const next of unpackPages(pages, this.pageBytes)) {
      if (this.#held) this.#write(...this.#held, 0)
      this.#held = next
    }
  }

  /** Ends the transaction; it is durable and seen when this returns. @param pageCount the database's size in pages from now on */
  commit(pageCount: number): void {
    if (!this.#held) throw new Error('a transaction without pages')
    this.#write(...this.#held, pageCount)
    this.#held = undefined
    fdatasyncSync(this.#log)
    this.#committed = this.#staged
    const frames = this.#committed?.frames ?? 0
    writeSync(this.#index, Buffer.alloc(INDEX_HEADER_BYTES), 0, INDEX_HEADER_BYTES, 0)
    this.#connection.prepare('select count(*) from sqlite_schema').get()
    const [found] = this.#connection.pragma('wal_checkpoint(NOOP)') as { log: number }[]
    if (found?.log !== frames)
      throw new Fault('busy', `Another program changes the database ${this.#path} (${found?.log} frames, not ${frames}): end it.`)
    if (frameAt(frames, this.pageBytes) < LOG_BYTES) return
    try {
      this.settle()
    } catch (error) {
      // The next transaction tries again.
      if (!(error instanceof Fault)) throw error
    }
  }

  #write(page: number, content: Buffer, pageCount: number): void {
    let staged = this.#staged
    if (!staged) {
      const salts = { first: randomInt(2 ** 32), second: randomInt(2 ** 32) }
      const { header, sum } = makeLogHeader(this.pageBytes, salts)
      writeAll(this.#log, header, 0, LOG_HEADER_BYTES)
      staged = { frames: 0, salts, sum }
    }
    const { frame, sum } = makeFrame(page, content, pageCount, staged.salts, staged.sum)
    const frames = staged.frames + 1
    writeAll(this.#log, frame, frameAt(frames, this.pageBytes), frame.length)
    this.#staged = { frames, salts: staged.salts, sum }
  }

  async close(): Promise<void> {
    try {
      this.#connection.close()
    } finally {
      closeSync(this.#log)
      closeSync(this.#index)
      await this.file.close()
    }
  }
}

function writeAll(file: number, bytes: Buffer, at: number, length: number): void {
  for (let done = 0; done < length; ) done += writeSync(file, bytes, done, length - done, at + done)
}
