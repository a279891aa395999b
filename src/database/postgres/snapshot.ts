/** A read-only view of a PostgreSQL database as it is at one moment, whether a daemon runs on it or not. */
import { Kysely, sql } from 'kysely'
import { notFound } from '../../base/fault.ts'
import { nameOfDatabase } from '../../settings/database-url.ts'
import { migrations, schemaVersion } from '../migrate.ts'
import type { Schema } from '../schema.ts'
import { Connections } from './connections.ts'
import { explainPostgres } from './errors.ts'
import { PostgresPoolDialect } from './postgres-dialect.ts'

export interface PostgresSnapshot {
  readonly name: string
  readonly db: Kysely<Schema>
  /** The schema's version, and the newest that this program knows. */
  readonly version: number
  readonly newest: number
  /** Of the database with its indexes. */
  readonly bytes: number
  close(): Promise<void>
}

/** @throws Fault busy when it can't be reached; not_found when it holds no lab; invalid when the package pg is missing */
export async function openPostgresSnapshot(url: string): Promise<PostgresSnapshot> {
  const name = nameOfDatabase(url)
  const pool = (await Connections.load(url, name, { application: 'rhizo snapshot', isReadOnly: true })).pool()
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  const all = new Kysely<Schema>({ dialect: new PostgresPoolDialect({ pool, name, requireWritable: () => {} }) })
  const end = async (): Promise<void> => {
    await all.destroy()
    await pool.end()
  }
  return orEnd(name, end, async () => {
    // What it reads is of the moment of its first statement, however long it takes; writers don't wait for it.
    const db = await all.startTransaction().setIsolationLevel('repeatable read').execute()
    const close = async (): Promise<void> => {
      // The connection may be gone, and nothing was changed.
      await db
        .rollback()
        .execute()
        .catch(() => {})
      await end()
    }
    return orEnd(name, close, async () => {
      const version = await schemaVersion(db, 'postgres')
      if (version === 0) throw notFound(`The database ${name} holds no lab: it is empty.`)
      const { rows } = await sql<{ bytes: number }>`select pg_database_size(current_database()) as bytes`.execute(db)
      return { name, db, version, newest: migrations.length, bytes: rows[0]?.bytes ?? 0, close }
    })
  })
}

async function orEnd<T>(name: string, end: () => Promise<void>, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    await end().catch(() => {})
    throw explainPostgres(name, error)
  }
}
