/** Kysely on a pool of connections to PostgreSQL, with errors that callers know from any engine. */
import {
  CompiledQuery,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type Kysely,
  type QueryCompiler,
  type QueryResult,
  type TransactionSettings,
} from 'kysely'
import type { Pool, PoolClient, QueryResult as PgResult } from 'pg'
import { Fault } from '../../base/fault.ts'
import { DatabaseError } from '../errors.ts'
import { explainPostgres } from './errors.ts'
import type { Statement } from './row-steps.ts'

export interface DialectOptions {
  readonly pool: Pool
  /** For messages. */
  readonly name: string
  /** Called before anything is changed. @throws Fault busy when nothing may be */
  readonly requireWritable: () => void
  /** Of a leader of several daemons: finds a row as long as it leads. Its connections are ended when another begins to. */
  readonly fence?: Statement | undefined
}

export class PostgresPoolDialect implements Dialect {
  readonly #options: DialectOptions

  constructor(options: DialectOptions) {
    this.#options = options
  }

  createAdapter(): DialectAdapter {
    return new PostgresAdapter()
  }
  createDriver(): Driver {
    return new PoolDriver(this.#options)
  }
  createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    return new PostgresIntrospector(db)
  }
  createQueryCompiler(): QueryCompiler {
    return new PostgresQueryCompiler()
  }
}

class PoolDriver implements Driver {
  readonly #options: DialectOptions
  /** Connections that were made while this daemon led. */
  readonly #known = new WeakSet<PoolClient>()

  constructor(options: DialectOptions) {
    this.#options = options
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    const { pool, name } = this.#options
    try {
      const client = await pool.connect()
      if (this.#options.fence && !this.#known.has(client)) await this.#requireLead(client, this.#options.fence)
      return new Connection(client, this.#options)
    } catch (error) {
      throw explainPostgres(name, error)
    }
  }

  /** @throws Fault busy when another daemon leads */
  async #requireLead(client: PoolClient, { text, values }: Statement): Promise<void> {
    let isLeader = false
    try {
      isLeader = (await client.query(text, [...values])).rowCount === 1
    } finally {
      if (isLeader) this.#known.add(client)
      else client.release(true)
    }
    if (!isLeader) throw new Fault('busy', `Another daemon leads on the database ${this.#options.name}: try again.`, { retryAfter: 1 })
  }

  async beginTransaction(connection: DatabaseConnection, { isolationLevel }: TransactionSettings): Promise<void> {
    this.#options.requireWritable()
    await connection.executeQuery(CompiledQuery.raw(isolationLevel ? `begin transaction isolation level ${isolationLevel}` : 'begin'))
  }
  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await (connection as Connection).commit()
  }
  /** Fine when the connection is gone: the server rolls back by itself, and what went wrong first is what matters. */
  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('rollback')).catch(() => (connection as Connection).spoil())
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    ;(connection as Connection).release()
  }

  /** The pool is closed by the code that opened it. */
  async destroy(): Promise<void> {}
}

class Connection implements DatabaseConnection {
  readonly #client: PoolClient
  readonly #options: DialectOptions
  #isSpoilt = false

  constructor(client: PoolClient, options: DialectOptions) {
    this.#client = client
    this.#options = options
  }

  /** @throws DatabaseError when a statement failed before: PostgreSQL has rolled back then, whatever became of that error */
  async commit(): Promise<void> {
    const { command } = await this.#run('commit', [])
    if (command === 'ROLLBACK') throw new DatabaseError('25P02', 'A statement of this transaction failed: nothing was stored.')
  }

  /** It is not used again. */
  spoil(): void {
    this.#isSpoilt = true
  }

  release(): void {
    this.#client.release(this.#isSpoilt)
  }

  async executeQuery<R>({ query, sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    if (query.kind === 'InsertQueryNode' || query.kind === 'UpdateQueryNode' || query.kind === 'DeleteQueryNode')
      this.#options.requireWritable()
    const { rows, rowCount } = await this.#run(sql, parameters)
    return { rows: rows as R[], numAffectedRows: BigInt(rowCount ?? 0) }
  }

  async #run(
    sql: string,
    parameters: readonly unknown[],
  ): Promise<Pick<PgResult<Record<string, unknown>>, 'rows' | 'rowCount' | 'command'>> {
    try {
      // As text a number loses the sign of -0.
      return await this.#client.query<Record<string, unknown>>(
        sql,
        parameters.map((value) => (Object.is(value, -0) ? '-0' : value)),
      )
    } catch (error) {
      throw explainPostgres(this.#options.name, error)
    }
  }

  // As on SQLite: results are small enough for executeQuery everywhere.
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('streaming queries are not used here')
  }
}
