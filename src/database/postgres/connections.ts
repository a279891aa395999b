/** Connections to a PostgreSQL server. The package `pg`, which speaks to it, is optional, and loaded when it is first needed. */
import type pg from 'pg'
import type { Client, ClientConfig, Pool } from 'pg'
import { Fault } from '../../base/fault.ts'
import { toPostgresUrl } from '../../settings/database-url.ts'
import { reasonOf } from './errors.ts'

/** Of PostgreSQL's types: those whose values come as text unless told otherwise. Ids, times and counts are below 2^53. */
const NUMBERS: ReadonlySet<number> = new Set([20, 1700])

/** Connections for verbs: one runs transactions, the others read. */
const MOST = 8
const CONNECT_MILLISECONDS = 5_000

export interface ConnectionOptions {
  /** For the server's list of connections. */
  readonly application: string
  /** Each change is refused by the database server. */
  readonly isReadOnly?: boolean
  /** Commits wait until they survive a power cut. */
  readonly isDurable?: boolean
  /** Milliseconds after which an answer is no longer awaited. */
  readonly patienceMs?: number
}

/** What of the package is used. */
type Package = Pick<typeof pg, 'Client' | 'Pool' | 'TypeOverrides'>

/** Makes connections to one database. */
export class Connections {
  readonly #url: string
  readonly #pg: Package
  readonly #options: ConnectionOptions

  private constructor(url: string, pg: Package, options: ConnectionOptions) {
    this.#url = url
    this.#pg = pg
    this.#options = options
  }

  /** @throws Fault invalid when the package is missing */
  static async load(url: string, name: string, options: ConnectionOptions): Promise<Connections> {
    const { default: loaded } = await import('pg').catch((error: unknown) => {
      throw new Fault('invalid', `For the database ${name} the package pg is needed, which is not installed: npm install pg`, {
        cause: error,
      })
    })
    return new Connections(url, loaded, options)
  }

  #config(): ClientConfig {
    const { TypeOverrides } = this.#pg
    const types = new TypeOverrides()
    for (const oid of NUMBERS) types.setTypeParser(oid, Number)
    const { application, isReadOnly = false, isDurable = true, patienceMs } = this.#options
    return {
      connectionString: toPostgresUrl(this.#url),
      types,
      application_name: application,
      connectionTimeoutMillis: CONNECT_MILLISECONDS,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      ...(patienceMs === undefined ? {} : { query_timeout: patienceMs }),
      options: `-c synchronous_commit=${isDurable ? 'on' : 'off'} -c default_transaction_read_only=${isReadOnly ? 'on' : 'off'}`,
    }
  }

  /** A connection of its own, which is not open yet. */
  client(): Client {
    return new this.#pg.Client(this.#config())
  }

  pool(): Pool {
    return new this.#pg.Pool({ ...this.#config(), max: MOST })
  }
}

/** @throws Fault invalid with what is wrong and what to do, when a first connection fails */
export function explainOpening(name: string, error: unknown): unknown {
  if (error instanceof Fault) return error
  return new Fault(
    'invalid',
    `The database ${name} can't be opened: ${reasonOf(error)}. See that its server runs, that DATABASE_URI names it, and that its user ` +
      'may make tables there.',
    { cause: error },
  )
}
