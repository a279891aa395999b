/** The one writing connection of the writer thread, with its statements, and whether this daemon still has the database. */
import Database from 'better-sqlite3'
import { endHold, makeHoldCheck } from './holder.ts'
import { LOST, type WriterSettings } from './writer-protocol.ts'

/** The statement that begins each transaction. */
export const BEGIN = 'begin immediate'

/** Statements that are kept; with more, all are prepared anew. */
const MOST_PREPARED = 500

export class WriterConnection {
  readonly #settings: WriterSettings
  readonly #prepared = new Map<string, Database.Statement>()
  #db: Database.Database
  #holds: (() => boolean) | undefined
  #pageBytes: number | undefined

  /** @throws what SQLite throws */
  constructor(settings: WriterSettings) {
    this.#settings = settings
    this.#db = open(settings)
    this.#holds = this.#makeHolds()
  }

  get db(): Database.Database {
    return this.#db
  }

  get pageBytes(): number {
    return (this.#pageBytes ??= Number(this.#db.pragma('page_size', { simple: true })))
  }

  prepare(sql: string): Database.Statement {
    let statement = this.#prepared.get(sql)
    if (!statement) {
      statement = this.#db.prepare(sql)
      if (this.#prepared.size >= MOST_PREPARED) this.#prepared.clear()
      this.#prepared.set(sql, statement)
    }
    return statement
  }

  /** Opens it again, which drops a transaction that is open. @throws what SQLite throws */
  reopen(): void {
    this.#prepared.clear()
    if (this.#db.open) this.#db.close()
    this.#db = open(this.#settings)
    this.#holds = this.#makeHolds()
  }

  /** @throws an error of the code {@link LOST} when the database belongs to another daemon: nothing is committed any more */
  requireHold(): void {
    if (this.#holds?.() === false) throw Object.assign(new Error('another daemon has the database'), { code: LOST })
  }

  /** Inside of the transaction that has begun, in which no other process can take the database. @throws as {@link requireHold} */
  requireHoldInside(): void {
    try {
      this.requireHold()
    } catch (error) {
      this.prepare('rollback').run()
      throw error
    }
  }

  /** Another daemon may take the database from now on. */
  close(): void {
    this.#prepared.clear()
    const { token } = this.#settings
    try {
      if (token !== undefined) endHold(this.#db, token)
    } finally {
      this.#db.close()
    }
  }

  #makeHolds(): (() => boolean) | undefined {
    const { token } = this.#settings
    return token === undefined ? undefined : makeHoldCheck(this.#db, token)
  }
}

function open({ path, synchronous }: WriterSettings): Database.Database {
  // A file that was deleted meanwhile must not come back empty.
  const connection = new Database(path, { fileMustExist: true })
  connection.pragma('journal_mode = WAL')
  connection.pragma(`synchronous = ${synchronous}`)
  connection.pragma('foreign_keys = ON')
  // Another process (`rhizo create-admin` beside a running daemon) may hold the lock for a moment.
  connection.pragma('busy_timeout = 5000')
  connection.pragma('cache_size = -8000')
  // SQLite's own checkpoints keep their errors to themselves.
  connection.pragma('wal_autocheckpoint = 0')
  return connection
}
