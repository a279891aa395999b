/**
 * The daemon's own connection: it holds the lock that keeps other daemons away from the database, and values are written through it, so
 * that nothing is acknowledged without the lock. When it breaks, it is made again.
 */
import type { Client, QueryResult } from 'pg'
import { randomInt } from 'node:crypto'
import { hostname } from 'node:os'
import { sql, type Kysely } from 'kysely'
import { setTimeout as pause } from 'node:timers/promises'
import { Fault, conflict } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import { nameOfProcess } from '../../base/processes.ts'
import type { Schema } from '../schema.ts'
import type { Connections } from './connections.ts'
import { explainPostgres, reasonOf } from './errors.ts'
import type { Statement } from './row-steps.ts'

/** The number of the lock, within its database: "rhizo" in ASCII. */
const LOCK = 0x72_68_69_7a_6f
const CHANNEL = 'rhizo_reload'
/** The lock of a former leader ends with its connections; then it may have connected again, and finds that it leads no more. */
const LOCK_WAIT = 100
const MOST_LOCK_WAITS = 100
/** Milliseconds between two attempts to connect again. */
const FIRST_WAIT = 100
const LONGEST_WAIT = 5_000

/** Finds a row while another connection has the lock. */
const HELD =
  "select 1 from pg_locks where locktype = 'advisory' and granted and objsubid = 1 and pid <> pg_backend_pid() " +
  'and database = (select oid from pg_database where datname = current_database()) ' +
  `and (classid::bigint << 32) + objid::bigint = ${LOCK}`

export interface OwnConnectionOptions {
  readonly connections: Connections
  /** For messages. */
  readonly name: string
  readonly log: Log
  /** Takes the lock. */
  readonly isDaemon: boolean
  /** Of a leader of several daemons: finds a row as long as it leads. */
  readonly fence?: Statement | undefined
  /** Another daemon took the database. */
  readonly onFatal: (error: Error) => void
}

export class OwnConnection {
  readonly #options: OwnConnectionOptions
  readonly #token = randomInt(1, 2 ** 48 - 1)
  readonly #stop = new AbortController()
  #client: Client | undefined
  #trouble: string | undefined
  #reconnecting: Promise<void> | undefined
  #hasRow = false
  #onReload: () => void = () => {}
  #tail: Promise<unknown> = Promise.resolve()

  private constructor(options: OwnConnectionOptions) {
    this.#options = options
  }

  /** @throws what connecting throws */
  static async open(options: OwnConnectionOptions): Promise<OwnConnection> {
    const own = new OwnConnection(options)
    await own.#connect()
    return own
  }

  /** Why nothing is written for now; undefined when all is well. */
  get trouble(): string | undefined {
    return this.#trouble
  }

  /** Called when a command has changed what the daemon has in memory. */
  onReload(listener: () => void): void {
    this.#onReload = listener
  }

  async #connect(): Promise<void> {
    const { connections, isDaemon } = this.#options
    const client = connections.client()
    client.on('error', () => {})
    client.on('end', () => this.#lost(client))
    client.on('notification', ({ channel }) => {
      if (channel === CHANNEL) this.#onReload()
    })
    try {
      await client.connect()
      if (isDaemon) await this.#lock(client)
    } catch (error) {
      await client.end().catch(() => {})
      throw error
    }
    this.#client = client
  }

  /** @throws Fault conflict when another daemon has it */
  async #lock(client: Client): Promise<void> {
    const { fence, name } = this.#options
    const take = async (): Promise<boolean> =>
      (await client.query<{ is_taken: boolean }>(`select pg_try_advisory_lock(${LOCK}) as is_taken`)).rows[0]?.is_taken === true
    let waits = fence && !this.#hasRow ? MOST_LOCK_WAITS : 0
    while (!(await take())) {
      if (waits-- <= 0) throw conflict(await this.#describeOther(client))
      await pause(LOCK_WAIT)
    }
    if (fence && (await client.query(fence.text, [...fence.values])).rowCount === 0)
      throw new LostDatabase(`Another daemon leads on the database ${name}.`)
    await client.query(`listen ${CHANNEL}`)
    if (this.#hasRow) await this.#requireRow(client)
  }

  async #describeOther(client: Client): Promise<string> {
    const { rows } = await client
      .query<{ pid: number; file: string }>(`select pid, file from daemon where id = 1 and process <> ''`)
      .catch(() => ({ rows: [] }))
    const who = rows[0] ? ` (process ${rows[0].pid} on ${rows[0].file})` : ''
    return `Another rhizo daemon${who} is using the database ${this.#options.name}. Stop it, or set CLUSTER for both (docs/cluster.md).`
  }

  /** Says in the database which daemon has it. Called once, when the tables are there. */
  async takeRow(): Promise<void> {
    await this.run([
      {
        text:
          'insert into daemon (id, token, process, pid, file) values (1, $1, $2, $3, $4) on conflict (id) do update set ' +
          'token = excluded.token, process = excluded.process, pid = excluded.pid, file = excluded.file',
        values: [this.#token, nameOfProcess(process.pid) ?? 'rhizo', process.pid, hostname()],
      },
    ])
    this.#hasRow = true
  }

  /** While the connection was away, another daemon may have come, changed things and gone. */
  async #requireRow(client: Client): Promise<void> {
    const { rows } = await client.query<{ token: number }>('select token from daemon where id = 1')
    if (rows[0]?.token !== this.#token)
      throw new LostDatabase(`Another rhizo daemon has used the database ${this.#options.name} meanwhile.`)
  }

  #lost(client: Client): void {
    if (this.#client !== client) return
    this.#client = undefined
    if (this.#stop.signal.aborted) return
    const { name, log } = this.#options
    this.#trouble = `The connection to the database ${name} broke: nothing is stored until it is back, which is tried all the time.`
    log.error({ database: name }, this.#trouble)
    this.#reconnecting ??= this.#reconnect().finally(() => (this.#reconnecting = undefined))
  }

  async #reconnect(): Promise<void> {
    const { name, log, onFatal } = this.#options
    const { signal } = this.#stop
    for (let wait: number = FIRST_WAIT; !signal.aborted; wait = Math.min(2 * wait, LONGEST_WAIT)) {
      try {
        await this.#connect()
        this.#trouble = undefined
        log.warn({ database: name }, 'the connection to the database is back: values are stored again')
        return
      } catch (error) {
        if (error instanceof LostDatabase) return onFatal(error)
        this.#trouble = `The database ${name} can't be reached (${reasonOf(error)}): nothing is stored until it is back.`
        await pause(wait, undefined, { signal }).catch(() => {})
      }
    }
  }

  /**
   * Several statements are one transaction. Callers take turns: the statements of two of them on one connection would be one transaction,
   * which the first of them ends for both.
   * @throws Fault busy when the database can't be reached, or refuses
   */
  run(statements: readonly Statement[]): Promise<QueryResult<Record<string, unknown>>[]> {
    const result = this.#tail.then(() => this.#run(statements))
    this.#tail = result.catch(() => {})
    return result
  }

  async #run(statements: readonly Statement[]): Promise<QueryResult<Record<string, unknown>>[]> {
    const client = this.#client
    if (!client) throw new Fault('busy', this.#trouble ?? `The database ${this.#options.name} is closed.`, { retryAfter: 5 })
    if (statements.length === 0) return []
    const isOne = statements.length === 1
    try {
      if (!isOne) await client.query('begin')
      const results = []
      for (const { text, values } of statements) results.push(await client.query<Record<string, unknown>>({ text, values }))
      if (!isOne) await client.query('commit')
      return results
    } catch (error) {
      if (!isOne) await client.query('rollback').catch(() => {})
      throw explainPostgres(this.#options.name, error)
    }
  }

  /** Tells the daemon, wherever it runs, that something changed beside it. @returns whether there is one */
  async tellOthers(): Promise<boolean> {
    const [, locks] = await this.run([
      { text: `notify ${CHANNEL}`, values: [] },
      { text: HELD, values: [] },
    ])
    return (locks?.rows.length ?? 0) > 0
  }

  /** Resolves when all that was committed survives a power cut: a commit that waits for the disk takes those before it along. */
  async makeDurable(): Promise<void> {
    await this.run([
      { text: 'set local synchronous_commit = on', values: [] },
      {
        text: 'insert into probes (id, timestamp) values (2, 0) on conflict (id) do update set timestamp = excluded.timestamp',
        values: [],
      },
    ])
  }

  /** @throws Fault busy while nothing is written */
  requireThere(): void {
    if (this.#trouble !== undefined) throw new Fault('busy', this.#trouble, { retryAfter: 5 })
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#reconnecting
    const client = this.#client
    this.#client = undefined
    if (this.#hasRow) await client?.query(`update daemon set process = '' where id = 1 and token = ${this.#token}`).catch(() => {})
    await client?.end()
  }
}

/** The daemon of a machine that uses the database, alone or among others; undefined when none does. */
export async function findProcess(db: Kysely<Schema>, machine: string): Promise<number | undefined> {
  const { rows: held } = await sql`${sql.raw(HELD)}`.execute(db)
  if (held.length === 0) return undefined
  const { rows: shared } = await sql<{ name: string | null }>`select to_regclass('cluster_daemons')::text as name`.execute(db)
  if (shared[0]?.name != null) {
    const { rows } = await sql<{ name: string }>`
      select name from cluster_daemons where seen_at > clock_timestamp() - interval '10 seconds'`.execute(db)
    const own = rows.map(({ name }) => name).find((name) => name.startsWith(`${machine}:`))
    if (own !== undefined) return Number(own.slice(machine.length + 1))
  }
  const row = await db.selectFrom('daemon').select(['pid', 'file']).where('id', '=', 1).where('process', '<>', '').executeTakeFirst()
  return row?.file === machine ? row.pid : undefined
}

class LostDatabase extends Error {
  override readonly name = 'LostDatabase'
}
