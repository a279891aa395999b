/**
 * Kysely on SQLite with two connections: selects outside a transaction run on the main thread's read-only connection, which sees the newest
 * committed state; everything else, including everything inside a transaction, runs on the writer thread.
 */
import type BetterSqlite3 from 'better-sqlite3'
import {
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type CompiledQuery,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type Kysely,
  type QueryCompiler,
  type QueryResult,
} from 'kysely'
import type { DatabaseWriter } from './writer-client.ts'

export class SqliteDialect implements Dialect {
  readonly #reader: BetterSqlite3.Database
  readonly #writer: DatabaseWriter

  constructor(reader: BetterSqlite3.Database, writer: DatabaseWriter) {
    this.#reader = reader
    this.#writer = writer
  }

  createAdapter(): DialectAdapter {
    return new SqliteAdapter()
  }
  createDriver(): Driver {
    return new TwoConnectionDriver(this.#reader, this.#writer)
  }
  createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    return new SqliteIntrospector(db)
  }
  createQueryCompiler(): QueryCompiler {
    return new SqliteQueryCompiler()
  }
}

class TwoConnectionDriver implements Driver {
  readonly #reader: BetterSqlite3.Database
  readonly #writer: DatabaseWriter
  readonly #prepared = new Map<string, BetterSqlite3.Statement>()

  constructor(reader: BetterSqlite3.Database, writer: DatabaseWriter) {
    this.#reader = reader
    this.#writer = writer
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return new Connection(this.#reader, this.#prepared, this.#writer)
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await (connection as Connection).begin()
  }
  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await (connection as Connection).commit()
  }
  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await (connection as Connection).rollBack()
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    ;(connection as Connection).release()
  }

  /** The connections are closed by the code that opened them. */
  async destroy(): Promise<void> {
    this.#prepared.clear()
  }
}

class Connection implements DatabaseConnection {
  readonly #reader: BetterSqlite3.Database
  readonly #prepared: Map<string, BetterSqlite3.Statement>
  readonly #writer: DatabaseWriter
  #unlock: (() => void) | undefined
  /** The beginning of the transaction, which is sent along with its first statement; undefined: there was none yet. */
  #begun: Promise<unknown> | undefined

  constructor(reader: BetterSqlite3.Database, prepared: Map<string, BetterSqlite3.Statement>, writer: DatabaseWriter) {
    this.#reader = reader
    this.#prepared = prepared
    this.#writer = writer
  }

  async begin(): Promise<void> {
    this.#unlock = await this.#writer.lock()
  }

  async commit(): Promise<void> {
    if (this.#begun) await Promise.all([this.#begun, this.#writer.statement('commit', [], true)])
  }

  async rollBack(): Promise<void> {
    await this.#writer.rollBack()
  }

  /** In the next turn: whoever waits for the commit first does what is to follow it, and the next transaction sees that. */
  release(): void {
    if (this.#unlock) setImmediate(this.#unlock)
    this.#unlock = undefined
    this.#begun = undefined
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    if (this.#unlock) return this.#write(query)
    if (query.query.kind === 'SelectQueryNode') return { rows: this.#prepare(query.sql).all(...query.parameters) as R[] }
    const unlock = await this.#writer.lock()
    try {
      return await this.#write(query)
    } finally {
      unlock()
    }
  }

  async #write<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    // IMMEDIATE, because a transaction that reads first and writes later fails if another process wrote in between.
    if (this.#unlock) this.#begun ??= this.#writer.statement('begin immediate', [])
    const done = this.#writer.statement(query.sql, query.parameters, this.#unlock !== undefined)
    const [{ rows, changes, lastId }] = await Promise.all([done, this.#begun])
    return { rows: rows as R[], numAffectedRows: BigInt(changes), insertId: BigInt(lastId) }
  }

  #prepare(sql: string): BetterSqlite3.Statement {
    let statement = this.#prepared.get(sql)
    if (!statement) {
      statement = this.#reader.prepare(sql)
      if (this.#prepared.size >= 500) this.#prepared.clear()
      this.#prepared.set(sql, statement)
    }
    return statement
  }

  // Results are small enough for executeQuery everywhere: the storage engine reads values of sequences itself, in pages.
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('streaming queries are not used here')
  }
}
