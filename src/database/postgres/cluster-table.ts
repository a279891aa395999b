/**
 * The daemons of one database, in two tables of their own. They hold nothing of the lab: they are made by the first daemon that has
 * the setting CLUSTER, apart from the migrations, so that daemons of two versions of the program find one another during an upgrade.
 */
import type { Client, QueryResultRow } from 'pg'
import { invalid } from '../../base/fault.ts'
import { nameOfDatabase } from '../../settings/database-url.ts'
import { Connections, explainOpening } from './connections.ts'
import type { Beat, ClusterTable, Member, Standing } from './election.ts'
import { explainPostgres } from './errors.ts'
import type { Statement } from './row-steps.ts'

/** Held while the tables are made. */
const TABLES_LOCK = 0x72_68_69_7a_71
/** Milliseconds for one question; a server that is slower counts as away. */
const PATIENCE_MS = 3_000
/** Milliseconds between two looks whether connections are gone. */
const LOOK_MS = 50
const MOST_LOOKS = 100

const TABLES = [
  'create table if not exists cluster_term (id integer primary key, term bigint not null, daemon text not null, is_released integer ' +
    'not null, is_ready integer not null, seen_at timestamptz not null)',
  'create table if not exists cluster_daemons (id text primary key, name text not null, address text not null, version text not ' +
    'null, fingerprint text not null, since timestamptz not null, seen_at timestamptz not null)',
  'alter table cluster_daemons add column if not exists connections integer not null default 0',
  "insert into cluster_term values (1, 0, '', 1, 0, clock_timestamp()) on conflict do nothing",
]

const BEAT = `
  with me as (
    insert into cluster_daemons values ($1, $2, $3, $4, $5, clock_timestamp(), clock_timestamp(), $8)
    on conflict (id) do update set seen_at = excluded.seen_at, connections = excluded.connections
  ), gone as (
    delete from cluster_daemons where seen_at < clock_timestamp() - interval '1 day'
  ), renewed as (
    update cluster_term set seen_at = clock_timestamp(), is_ready = $7 where id = 1 and daemon = $1 and term = $6 and is_released = 0
  )
  select term, daemon, is_released, is_ready, address,
    extract(epoch from clock_timestamp() - greatest(t.seen_at, pg_postmaster_start_time())) * 1000 as age,
    exists (select from pg_stat_activity where datname = current_database() and application_name = 'rhizo ' || daemon) as is_connected
  from cluster_term t left join cluster_daemons d on d.id = t.daemon where t.id = 1`

const BEGIN = `
  update cluster_term set term = term + 1, daemon = $1, is_released = 0, is_ready = 0, seen_at = clock_timestamp()
  where id = 1 and term = $2 and (is_released = 1 or seen_at <= clock_timestamp() - $3 * interval '1 millisecond') returning term`

/** Of the leader before the last one too: who followed it may have ended before it came to this. */
const END_OTHERS = `
  select pg_terminate_backend(pid) from pg_stat_activity
  where datname = current_database() and application_name ~ '^rhizo [0-9a-f]{16}$' and application_name <> $1`

/** What the connections of a daemon are called with which it changes something. */
export const applicationOf = (id: string): string => `rhizo ${id}`

/** Finds a row as long as that daemon leads in that term. */
export const fenceOf = (id: string, term: number): Statement => ({
  text: 'select 1 from cluster_term where id = 1 and daemon = $1 and term = $2 and is_released = 0',
  values: [id, term],
})

/** A daemon of the cluster, as people see it. */
export interface KnownMember {
  readonly name: string
  readonly address: string
  readonly version: string
  /** Seconds since its last sign of life. */
  readonly seen: number
  readonly leads: boolean
  readonly isReady: boolean
  /** Of clients at its ports, whoever serves them. */
  readonly connections: number
}

export class PostgresCluster implements ClusterTable {
  readonly name: string
  readonly #connections: Connections
  #client: Promise<Client> | undefined

  private constructor(name: string, connections: Connections) {
    this.name = name
    this.#connections = connections
  }

  /** @throws Fault invalid when the package is missing, or the URL is malformed */
  static async load(url: string, id: string): Promise<PostgresCluster> {
    const name = nameOfDatabase(url)
    return new PostgresCluster(name, await Connections.load(url, name, { application: `rhizo cluster ${id}`, patienceMs: PATIENCE_MS }))
  }

  /** @throws Fault invalid when the database can't be opened, or a daemon with other secrets runs on it */
  async prepare(fingerprint: string): Promise<void> {
    try {
      const client = await this.#connected()
      await client.query(`select pg_advisory_lock(${TABLES_LOCK})`)
      for (const text of TABLES) await client.query(text)
      await client.query(`select pg_advisory_unlock(${TABLES_LOCK})`)
      const others = await client.query<{ name: string }>(
        "select name from cluster_daemons where fingerprint <> $1 and seen_at > clock_timestamp() - interval '10 seconds'",
        [fingerprint],
      )
      const [other] = others.rows
      if (other)
        throw invalid(
          `The daemon ${other.name} on the database ${this.name} has other secrets in its settings, so that keys and sessions of the one ` +
            'would mean nothing to the other. Copy its settings file.',
        )
    } catch (error) {
      throw explainOpening(this.name, explainPostgres(this.name, error))
    }
  }

  async beat({ id, name, address, version, fingerprint }: Member, { term, isReady, connections }: Beat): Promise<Standing> {
    const [row] = await this.#query<StandingRow>(BEAT, [id, name, address, version, fingerprint, term ?? -1, isReady ? 1 : 0, connections])
    if (!row) throw new Error('the table cluster_term is empty')
    return {
      term: row.term,
      leader: row.daemon,
      isReleased: row.is_released === 1,
      isReady: row.is_ready === 1,
      age: row.age,
      isConnected: row.is_connected,
      address: row.address ?? undefined,
    }
  }

  async begin(id: string, { term, age }: { readonly term: number; readonly age: number }): Promise<number | undefined> {
    return (await this.#query<{ term: number }>(BEGIN, [id, term, age]))[0]?.term
  }

  /** @throws Error when they don't end */
  async endConnections(id: string): Promise<void> {
    for (let looks = 0; looks < MOST_LOOKS; looks++) {
      if ((await this.#query(END_OTHERS, [applicationOf(id)])).length === 0) return
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    }
    throw new Error('the connections of a former leader to the database do not end')
  }

  async release(id: string, term: number): Promise<void> {
    await this.#query('update cluster_term set is_released = 1, is_ready = 0 where id = 1 and daemon = $1 and term = $2', [id, term])
  }

  async leave(id: string): Promise<void> {
    await this.#query('delete from cluster_daemons where id = $1', [id])
  }

  /** Those that gave a sign of life within the last minute, the leader first. */
  async members(): Promise<KnownMember[]> {
    const [there] = await this.#query<{ is_there: boolean }>("select to_regclass('cluster_term') is not null as is_there", [])
    if (there?.is_there !== true) return []
    const rows = await this.#query<MemberRow>(
      `select name, address, version, d.connections, extract(epoch from clock_timestamp() - d.seen_at) as seen,
        t.daemon = d.id and t.is_released = 0 as leads, t.is_ready = 1 as is_ready
      from cluster_daemons d, cluster_term t where d.seen_at > clock_timestamp() - interval '1 minute' order by leads desc, name`,
      [],
    )
    return rows.map(({ is_ready: isReady, ...row }) => ({ ...row, isReady }))
  }

  /** The address from which this machine reaches the database server. */
  async ownAddress(): Promise<string> {
    const [row] = await this.#query<{ address: string | null }>('select host(inet_client_addr()) as address', [])
    return row?.address ?? '127.0.0.1'
  }

  async close(): Promise<void> {
    const client = await this.#client?.catch(() => undefined)
    this.#client = undefined
    await client?.end().catch(() => {})
  }

  #connected(): Promise<Client> {
    return (this.#client ??= this.#connect())
  }

  async #connect(): Promise<Client> {
    const client = this.#connections.client()
    const forget = (): void => void (this.#client = undefined)
    client.on('error', forget)
    client.on('end', forget)
    try {
      await client.connect()
      return client
    } catch (error) {
      forget()
      throw error
    }
  }

  async #query<R extends QueryResultRow>(text: string, values: readonly unknown[]): Promise<R[]> {
    const client = await this.#connected()
    try {
      return (await client.query<R>(text, [...values])).rows
    } catch (error) {
      // An answer that was not awaited would be taken for that of the next question.
      if (error instanceof Error && !('severity' in error)) {
        this.#client = undefined
        client.end().catch(() => {})
      }
      throw explainPostgres(this.name, error)
    }
  }
}

interface StandingRow {
  readonly term: number
  readonly daemon: string
  readonly is_released: number
  readonly is_ready: number
  readonly age: number
  readonly is_connected: boolean
  readonly address: string | null
}

interface MemberRow {
  readonly name: string
  readonly address: string
  readonly version: string
  readonly seen: number
  readonly leads: boolean
  readonly is_ready: boolean
  readonly connections: number
}
