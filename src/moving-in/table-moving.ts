/** Copies tables from one database to another, row by row in the order of their keys, and tells whether they are the same. */
import { createHash } from 'node:crypto'
import { PostgresAdapter, sql, type RawBuilder } from 'kysely'
import type { Tables } from '../database/engine.ts'
import { isOfNameIndex } from '../database/name-index.ts'
import type { Db } from '../database/schema.ts'

type Row = Record<string, unknown>

/** What each database keeps for itself, and the daemons that share it. */
const OWN: ReadonlySet<string> = new Set(['schema_migrations', 'daemon', 'probes', 'changed_names', 'cluster_term', 'cluster_daemons'])

type Database = Pick<Tables, 'database'>

/** Primary keys that are not `id`. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  organization_users: ['organization_id', 'user_id'],
  resource_views: ['resource_id', 'user_id'],
  favourites: ['resource_id', 'user_id'],
  thumbnails: ['resource_id', 'width'],
  alert_states: ['resource_id', 'name'],
  throttles: ['name'],
  pauses: ['from_timestamp'],
  known_times: ['from_timestamp'],
  sequence_blocks: ['sequence_id', 'first'],
  mqtt_queue: ['session_id', 'position'],
  mqtt_retained: ['topic'],
  recovery_codes: ['user_id', 'code_hash'],
  extension_values: ['extension', 'key'],
  newest_texts: ['sequence_id'],
  stored_pieces: ['path'],
  stored_chunks: ['path', 'number'],
}

/** Rows in one statement: those with contents take up to 64 kB each. */
const ROWS = 200

const isOnPostgres = (db: Db): boolean => db.getExecutor().adapter instanceof PostgresAdapter

/** Of tables whose rows belong to the lab. */
export async function tableNames(db: Db): Promise<string[]> {
  const tables = await db.introspection.getTables()
  return tables.flatMap(({ name, schema = 'public' }) => (OWN.has(name) || isOfNameIndex(name) || schema !== 'public' ? [] : [name])).sort()
}

/** The columns of a table's primary key. @throws Error for a table whose key is not known */
export async function keyOf(db: Db, table: string): Promise<readonly string[]> {
  const columns = (await db.introspection.getTables()).find(({ name }) => name === table)?.columns.map(({ name }) => name) ?? []
  const key = KEYS[table] ?? ['id']
  if (!key.every((name) => columns.includes(name))) throw new Error(`how rows of ${table} are told apart is not known`)
  return key
}

const listOf = (names: readonly string[]): RawBuilder<unknown> => sql.join(names.map((name) => sql.ref(name)))

/** All rows after a key, in its order. */
async function* pages(db: Db, table: string, key: readonly string[], after?: readonly unknown[]): AsyncGenerator<Row[]> {
  for (let last = after; ; ) {
    const beyond = last ? sql`where (${listOf(key)}) > (${sql.join(last)})` : sql``
    const { rows } = await sql<Row>`select * from ${sql.table(table)} ${beyond} order by ${listOf(key)} limit ${sql.lit(ROWS)}`.execute(db)
    if (rows.length > 0) yield rows
    const end = rows.at(-1)
    if (rows.length < ROWS || !end) return
    last = key.map((name) => end[name])
  }
}

/** Goes on after the rows that are there. */
export async function copyTable(source: Database, target: Database, table: string): Promise<void> {
  if (table === 'resources') return copyResources(source, target)
  const key = await keyOf(source.database, table)
  const newest = sql.join(key.map((name) => sql`${sql.ref(name)} desc`))
  const { rows } = await sql<Row>`select ${listOf(key)} from ${sql.table(table)} order by ${newest} limit 1`.execute(target.database)
  const reached = rows[0]
  for await (const page of pages(source.database, table, key, reached && key.map((name) => reached[name])))
    await insert(target.database, table, page)
}

/** Folders before what is in them, whatever their ids are. */
async function copyResources(source: Database, target: Database): Promise<void> {
  const places = await source.database.selectFrom('resources').select(['id', 'parent_id']).orderBy('id').execute()
  const below = new Map<number | null, number[]>()
  for (const { id, parent_id: parent } of places) below.set(parent, [...(below.get(parent) ?? []), id])
  const there = new Set((await target.database.selectFrom('resources').select('id').execute()).map(({ id }) => id))
  let level = below.get(null) ?? []
  while (level.length > 0) {
    const missing = level.filter((id) => !there.has(id))
    for (let from = 0; from < missing.length; from += ROWS) {
      const rows = await source.database
        .selectFrom('resources')
        .selectAll()
        .where('id', 'in', missing.slice(from, from + ROWS))
        .execute()
      await insert(target.database, 'resources', rows)
    }
    level = level.flatMap((id) => below.get(id) ?? [])
  }
}

/** How many rows a table has. */
export async function countTable(db: Db, table: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from ${sql.table(table)}`.execute(db)
  return rows[0]?.count ?? 0
}

async function insert(db: Db, table: string, rows: readonly object[]): Promise<void> {
  const columns = Object.keys(rows[0] ?? {})
  const values = rows.map((row) => sql`(${sql.join(Object.values(row))})`)
  await sql`insert into ${sql.table(table)} (${listOf(columns)}) values ${sql.join(values)}`.execute(db)
}

/** Of all rows of a table, whichever engine has them. */
export async function fingerprint(db: Db, table: string): Promise<{ count: number; hash: string }> {
  const hash = createHash('sha256')
  let count = 0
  for await (const rows of pages(db, table, await keyOf(db, table))) {
    count += rows.length
    for (const row of rows)
      hash.update(
        JSON.stringify(
          Object.entries(row)
            .sort(byName)
            .map(([name, value]) => [name, plain(value)]),
        ),
      )
  }
  return { count, hash: hash.digest('hex') }
}

const byName = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : 1)

const plain = (value: unknown): unknown =>
  value instanceof Uint8Array ? Buffer.from(value).toString('base64') : Object.is(value, -0) ? '-0' : value

/** Ids that a PostgreSQL server gives from now on come after those that are there; SQLite sees to it by itself. */
export async function raiseIds(db: Db, tables: readonly string[]): Promise<void> {
  if (!isOnPostgres(db)) return
  for (const table of tables) {
    if ((await keyOf(db, table))[0] !== 'id') continue
    await sql`
      select setval(sequence, greatest((select max(id) from ${sql.table(table)}), 1))
      from pg_get_serial_sequence(${table}, 'id') as sequence where sequence is not null`.execute(db)
  }
}
