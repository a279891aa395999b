/** The original's database on a PostgreSQL server. The package `pg`, which speaks to it, is optional. */
import type { Client } from 'pg'
import { Fault, invalid } from '../base/fault.ts'
import { codeOf } from '../base/disk-errors.ts'
import { BATCH, type Row, type ServerDatabase } from './source.ts'

/** As SQLAlchemy writes them, with or without the name of a driver. */
const SCHEME = /^postgres(?:ql)?(?:\+\w+)?:\/\//

export const isPostgresUrl = (place: string): boolean => SCHEME.test(place)

/** Of PostgreSQL's types: times without a zone, which come as text, since a Date has milliseconds only. */
const TIMESTAMP = 1114

/** @throws Fault invalid when the package is missing, or the database can't be opened */
export async function openPostgresSource(place: string): Promise<ServerDatabase> {
  const url = place.replace(SCHEME, 'postgresql://')
  const name = withoutPassword(url)
  const { default: pg } = await import('pg').catch((error: unknown) => {
    throw new Fault('invalid', `To read ${name} the package pg is needed, which is not installed: npm install pg`, { cause: error })
  })
  const types = new pg.TypeOverrides()
  types.setTypeParser(TIMESTAMP, (value) => value)
  const client = new pg.Client({ connectionString: url, types, application_name: 'rhizo import-server' })
  try {
    await client.connect()
    // All of it is as it is at one moment, though the original may still run.
    await client.query('begin transaction isolation level repeatable read read only')
  } catch (error) {
    await client.end().catch(() => {})
    throw new Fault('invalid', `${name} can't be opened: ${reasonOf(error)}.`, { cause: error })
  }
  return {
    name,
    tables: async () => {
      const { rows } = await client.query<{ name: string }>(
        'select table_name as name from information_schema.tables where table_schema = any (current_schemas(false))',
      )
      return new Set(rows.map((row) => row.name))
    },
    count: async (table) => Number((await client.query<{ count: string }>(`select count(*) as count from "${table}"`)).rows[0]?.count),
    rows: (table) => inBatches(client, `select * from "${table}" order by id`, []),
    revisions: (id) => inBatches(client, 'select * from resource_revisions where resource_id = $1 order by timestamp, id', [id]),
    close: () => client.end(),
  }
}

async function* inBatches(client: Client, query: string, bind: number[]): AsyncGenerator<readonly Row[]> {
  await client.query(`declare reading no scroll cursor for ${query}`, bind)
  try {
    for (;;) {
      const { rows } = await client.query<Record<string, unknown>>(`fetch ${BATCH} from reading`)
      if (rows.length > 0) yield rows
      if (rows.length < BATCH) break
    }
  } finally {
    await client.query('close reading').catch(() => {})
  }
}

function withoutPassword(url: string): string {
  try {
    const parsed = new URL(url)
    parsed.password = ''
    parsed.search = ''
    return parsed.toString()
  } catch {
    throw invalid('The URL of the PostgreSQL database is malformed. Write postgresql://USER:PASSWORD@HOST/DATABASE.')
  }
}

/** Connecting to several addresses gives an error without words. */
const reasonOf = (error: unknown): string =>
  error instanceof Error && error.message !== '' ? error.message : (codeOf(error) ?? 'no answer')
