/**
 * The write-ahead log of the writer's connection: kept short, told of to a standby, stamped so that it is known whose it is
 * (log-stamp.ts), and never believed after an error of the disk.
 *
 * After an fsync that failed, the system forgets what it could not write and the next fsync succeeds: the log may have a hole, behind
 * which a power cut loses everything. So the log is in doubt until all of it was moved into the database, which was synced, and the log
 * is empty. Meanwhile nothing is committed. Errors of writing and of truncating may hide the same.
 */
import type Database from 'better-sqlite3'
import { codeOf } from '../../base/disk-errors.ts'
import { stampBeginning, stampEnd } from './log-stamp.ts'
import { PageChanges } from './page-changes.ts'
import type { ChangedPages, PagePosition } from './pages.ts'
import { BEGIN, type WriterConnection } from './writer-connection.ts'
import { IN_DOUBT } from './writer-protocol.ts'

const DOUBTFUL = /^SQLITE_IOERR(?:_(?:FSYNC|DIR_FSYNC|WRITE|TRUNCATE|CLOSE|DIR_CLOSE))?$/

/** Size of changed pages in the log from which on a checkpoint moves them into the database. */
const LOG_BYTES = 8 * 1024 * 1024

/** How often pages are asked for while another program commits in between. */
const ATTEMPTS = 5

/** What SQLite calls an error. */
export const sqliteCodeOf = (error: unknown): string => codeOf(error) ?? 'ERROR'

const busy = (reason: string): Error => Object.assign(new Error(reason), { code: 'SQLITE_BUSY' })

export class WriterLog {
  readonly #connection: WriterConnection
  readonly #path: string
  readonly #tell: (doubt: string | undefined) => void
  #doubt: string | undefined
  /** The log has said the last that it says of itself; it is moved into the database next. */
  #isEnded = false
  /** Which pages changed, once a standby has asked. */
  #changes: PageChanges | undefined

  /** @param path of the database @param tell hears why the log is in doubt, and undefined when it no longer is */
  constructor(connection: WriterConnection, path: string, tell: (doubt: string | undefined) => void) {
    this.#connection = connection
    this.#path = path
    this.#tell = tell
  }

  /** A daemon that ended while its log was in doubt may have left it so. @returns why it is in doubt still; this is not told */
  begin(): string | undefined {
    try {
      this.#beginAnew()
    } catch (error) {
      this.#doubt = `${sqliteCodeOf(error)} when the log of an earlier run was to be emptied`
    }
    return this.#doubt
  }

  /** @throws an error of the code {@link IN_DOUBT} as long as the log can't be settled */
  requireSettled(): void {
    if (this.#doubt === undefined) return
    try {
      this.#settle()
    } catch (error) {
      throw Object.assign(new Error(`${this.#doubt}; emptying the log failed with ${sqliteCodeOf(error)}`), { code: IN_DOUBT })
    }
    this.#setDoubt(undefined)
  }

  /** At once: the system still has in memory what it could not write. */
  noteError(error: unknown): void {
    const code = sqliteCodeOf(error)
    if (!DOUBTFUL.test(code)) return
    this.#setDoubt(code)
    try {
      this.requireSettled()
    } catch {
      // The next request tries again.
    }
  }

  /** Commits what the work writes, while this daemon has the database. @throws what SQLite throws; LOST; nothing is written then */
  commit<T>(work: (db: Database.Database) => T): T {
    const connection = this.#connection
    connection.prepare(BEGIN).run()
    try {
      connection.requireHold()
      const result = work(connection.db)
      connection.prepare('commit').run()
      return result
    } catch (error) {
      this.rollBack()
      throw error
    }
  }

  /** Fine when SQLite has rolled back by itself, as it does when the disk is full or fails. */
  rollBack(): void {
    try {
      if (this.#connection.db.inTransaction) this.#connection.prepare('rollback').run()
    } catch (error) {
      // Opening again drops the transaction.
      this.#setDoubt(sqliteCodeOf(error))
      this.noteError(error)
    }
  }

  /** Checkpoints keep the log short; with large ones, pages that change often are written only once. */
  keepShort(): void {
    const { db } = this.#connection
    if (db.inTransaction) return
    try {
      if (this.#look() * this.#connection.pageBytes < LOG_BYTES) return
      this.#end()
      const frames = this.#look()
      const [moved] = db.pragma('wal_checkpoint(PASSIVE)') as { checkpointed: number }[]
      if (moved?.checkpointed !== frames) return
      this.#isEnded = false
      this.commit(stampBeginning)
    } catch (error) {
      // What was committed is in the log, and on the disk: this concerns only what comes next.
      this.noteError(error)
    }
  }

  /** Pages that changed since a position, for a standby. @param most pages @throws SQLITE_BUSY while another program keeps committing */
  takePages(since: PagePosition | undefined, most: number): ChangedPages {
    this.requireSettled()
    const { db } = this.#connection
    this.#changes ??= new PageChanges(db, this.#path)
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      this.#look()
      // Nobody else commits or begins the log again meanwhile.
      this.#connection.prepare(BEGIN).run()
      try {
        if (!this.#changes.isUpToDate(db)) continue
        return this.#changes.take(since, most, Number(db.pragma('page_count', { simple: true })))
      } finally {
        this.#connection.prepare('rollback').run()
      }
    }
    throw busy('another program keeps changing the database')
  }

  close(): void {
    this.#changes?.close()
  }

  #setDoubt(reason: string | undefined): void {
    if (reason === this.#doubt) return
    this.#doubt = reason
    this.#tell(reason)
  }

  /** @throws what SQLite throws */
  #settle(): void {
    this.#connection.reopen()
    this.#changes?.restart()
    this.#beginAnew()
  }

  /**
   * Empties the log, and gives the file a number of its own, which copies that were made before lack, and which the log that begins tells.
   * @throws what SQLite throws
   */
  #beginAnew(): void {
    this.#empty()
    try {
      this.commit((db) => {
        stampBeginning(db)
        stampEnd(db)
      })
      this.#isEnded = true
      this.#empty()
      this.commit(stampBeginning)
    } catch (error) {
      // On a full disk, and beside another program, the log is as good without.
      if (DOUBTFUL.test(sqliteCodeOf(error))) throw error
    }
  }

  /** @throws what SQLite throws, also when somebody reads the log for too long */
  #empty(): void {
    const [result] = this.#connection.db.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[]
    if (result?.busy !== 0) throw busy('another program reads the database')
    this.#isEnded = false
  }

  #end(): void {
    if (this.#isEnded) return
    this.commit(stampEnd)
    this.#isEnded = true
  }

  /** Tells of the frames that are new, before a checkpoint lets others take their place. @returns how many the log has */
  #look(): number {
    const { db } = this.#connection
    const [now] = db.pragma('wal_checkpoint(NOOP)') as { log: number }[]
    const frames = now?.log ?? 0
    try {
      this.#changes?.look(db, frames)
    } catch {
      // A standby compares all pages then; the log must be kept short all the same.
      this.#changes?.restart()
    }
    return frames
  }
}
