/** Opens a PostgreSQL database: migrations first, then the daemon's own connection and a pool for verbs. */
import { Kysely, HandleEmptyInListsPlugin, replaceWithNoncontingentExpression, sql } from 'kysely'
import type { Pool } from 'pg'
import type { Clock } from '../../base/clock.ts'
import { invalid, type Fault } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import { migrate, migrations, postgresTypes, schemaVersion, type Migration } from '../migrate.ts'
import type { Db, Schema } from '../schema.ts'
import type { Transact } from '../transact.ts'
import { nameOfDatabase } from '../../settings/database-url.ts'
import { Connections, explainOpening } from './connections.ts'
import { explainPostgres } from './errors.ts'
import { OwnConnection } from './own-connection.ts'
import { PostgresPoolDialect } from './postgres-dialect.ts'
import type { Statement } from './row-steps.ts'
import { makeRetryingTransact } from './transact.ts'

/** The lock of an upgrade, which commands wait for. */
const UPGRADE_LOCK = 0x72_68_69_7a_70
/** Parts of blocks are compressed already: the server need not try. */
const INCOMPRESSIBLE = [
  ['sequence_block_data', 'data'],
  ['sequence_journal', 'data'],
] as const

export interface PostgresOptions {
  readonly url: string
  readonly clock: Clock
  readonly log: Log
  readonly isDaemon: boolean
  readonly isReadOnly: boolean
  /** An empty database is not made a lab's. */
  readonly mustExist?: boolean
  /** Commits wait until they survive a power cut. */
  readonly isDurable: boolean
  readonly onFatal: (error: Error) => void
  /** Undefined: it is the only one. */
  readonly lead?: Lead | undefined
  /** Migrations other than the program's own, for tests. */
  readonly migrations?: readonly Migration[]
}

/** One of several daemons on the database: the one that leads. */
export interface Lead {
  /** What its connections are called, so that they can be ended when another leads. */
  readonly application: string
  /** Finds a row as long as it leads. */
  readonly fence: Statement
}

export interface PostgresDatabase {
  readonly name: string
  readonly db: Db
  readonly transact: Transact
  readonly own: OwnConnection
  /** Reads rows beside verbs. @throws Fault busy when the server can't be reached */
  read(text: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>
  /** From now on nothing is changed: each change is refused with this. */
  refuse(fault: Fault): void
  /** @throws Fault busy when nothing may be changed */
  requireWritable(): void
  close(): Promise<void>
}

/** @throws Fault invalid when it can't be opened or is newer than this program; conflict when another daemon uses it */
export async function openPostgres(options: PostgresOptions): Promise<PostgresDatabase> {
  const { url, log, isDaemon, isReadOnly, isDurable, onFatal, lead } = options
  const name = nameOfDatabase(url)
  const application = lead?.application ?? `rhizo${isDaemon ? '' : ' command'}`
  const fence = lead?.fence
  const connections = await Connections.load(url, name, { application, isReadOnly, isDurable })
  const own = await OwnConnection.open({ connections, name, log, isDaemon: isDaemon && !isReadOnly, fence, onFatal }).catch(
    (error: unknown) => {
      throw explainOpening(name, error)
    },
  )
  const pool = connections.pool()
  // A connection that breaks while nobody uses it: the next use makes another. While one is used, its query fails.
  pool.on('error', (error) => log.debug({ err: error }, 'an unused connection to the database broke'))
  pool.on('connect', (client) => client.on('error', () => {}))
  let refusal: Fault | undefined
  const requireWritable = (): void => {
    if (refusal) throw refusal
    own.requireThere()
  }
  const db = new Kysely<Schema>({
    dialect: new PostgresPoolDialect({ pool, name, requireWritable, fence }),
    plugins: [new HandleEmptyInListsPlugin({ strategy: replaceWithNoncontingentExpression })],
  })
  const close = async (): Promise<void> => {
    await db.destroy()
    try {
      await pool.end()
    } finally {
      await own.close()
    }
  }
  try {
    await requireUtf8(db, name)
    if (isReadOnly) await requireVersion(db, name)
    else {
      if (options.mustExist === true && (await schemaVersion(db, 'postgres')) === 0)
        throw invalid(
          `The database ${name} is empty. See that DATABASE_URI names the right one. To begin with a new lab there: rhizo init-db; if ` +
            'these settings were used with it before: rhizo init-db --adopt.',
        )
      await upgrade(db, name, options)
    }
    if (isDaemon) await warnOfSettings(db, name, log)
    if (isDaemon && !isReadOnly) await own.takeRow()
  } catch (error) {
    await close().catch(() => {})
    throw explainOpening(name, error)
  }
  return {
    name,
    db,
    transact: makeRetryingTransact(db),
    own,
    read: (text, values = []) => read(pool, name, text, values),
    refuse: (fault) => {
      refusal = fault
    },
    requireWritable,
    close,
  }
}

async function requireUtf8(db: Db, name: string): Promise<void> {
  const { rows } = await sql<{ encoding: string }>`select getdatabaseencoding() as encoding`.execute(db)
  const encoding = rows[0]?.encoding
  if (encoding !== 'UTF8')
    throw invalid(`The database ${name} has the encoding ${encoding}, and rhizo needs UTF8: createdb --encoding UTF8 --template template0.`)
}

async function requireVersion(db: Db, name: string): Promise<void> {
  const version = await schemaVersion(db, 'postgres')
  if (version !== migrations.length)
    throw invalid(
      `The database ${name} has schema version ${version}, and this rhizo reads version ${migrations.length}: it can't be looked at ` +
        `read-only. ${version < migrations.length ? 'Start the server without --read-only first.' : 'Install a newer rhizo.'}`,
    )
}

async function upgrade(db: Db, name: string, { clock, log, migrations: list }: PostgresOptions): Promise<void> {
  await db.connection().execute(async (one) => {
    await sql`select pg_advisory_lock(${sql.lit(UPGRADE_LOCK)})`.execute(one)
    try {
      const { from, to } = await migrate(one, {
        types: postgresTypes,
        clock,
        beforeEach: async (version) => log.info({ database: name, version }, 'upgrades the database; no backup was made before'),
        ...(list ? { list } : {}),
      })
      if (from === to) return
      await compareBytewise(one)
      for (const [table, column] of from === 0 ? INCOMPRESSIBLE : [])
        await sql`alter table ${sql.table(table)} alter column ${sql.id(column)} set storage external`.execute(one)
      log.info({ from, to }, 'brought the database schema up to date')
    } finally {
      await sql`select pg_advisory_unlock(${sql.lit(UPGRADE_LOCK)})`.execute(one)
    }
  })
}

/** Names compare and sort as on SQLite, whatever the language of the server: by their bytes, and only ASCII has letter case. */
async function compareBytewise(db: Kysely<Schema>): Promise<void> {
  const { rows } = await sql<{ table: string; column: string }>`
    select table_name as "table", column_name as "column" from information_schema.columns
    where table_schema = current_schema() and data_type = 'text' and collation_name is null
    order by table_name, ordinal_position`.execute(db)
  const columns = new Map<string, string[]>()
  for (const { table, column } of rows) columns.set(table, [...(columns.get(table) ?? []), column])
  for (const [table, names] of columns) {
    const changes = names.map((name) => sql`alter column ${sql.id(name)} type text collate "C"`)
    await sql`alter table ${sql.table(table)} ${sql.join(changes)}`.execute(db)
  }
}

/** What makes a PostgreSQL server forget what it has confirmed. */
async function warnOfSettings(db: Db, name: string, log: Log): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    select name from pg_settings where name in ('fsync', 'full_page_writes') and setting = 'off'`.execute(db)
  for (const { name: setting } of rows)
    log.warn({ database: name }, `the database server runs with ${setting}=off: a power cut may spoil all that is in it`)
}

async function read(pool: Pool, name: string, text: string, values: readonly unknown[]): Promise<readonly Record<string, unknown>[]> {
  try {
    return (await pool.query<Record<string, unknown>>(text, [...values])).rows
  } catch (error) {
    throw explainPostgres(name, error)
  }
}
