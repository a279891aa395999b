/** A database on a server beside its daemon, for a command that writes a row of its own: the daemon keeps nothing of it in memory. */
import { Kysely } from 'kysely'
import { nameOfDatabase } from '../../settings/database-url.ts'
import { migrations, schemaVersion } from '../migrate.ts'
import type { Db, Schema } from '../schema.ts'
import { Connections } from './connections.ts'
import { PostgresPoolDialect } from './postgres-dialect.ts'

/**
 * Does `work` with a connection of its own. Nothing is upgraded.
 * @returns false when the database has another version than this program works with: `work` was not called
 * @throws Fault busy when it can't be reached
 */
export async function besideServerDaemon(url: string, work: (db: Db) => Promise<void>): Promise<boolean> {
  const name = nameOfDatabase(url)
  const pool = (await Connections.load(url, name, { application: 'rhizo command' })).pool()
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  const db = new Kysely<Schema>({ dialect: new PostgresPoolDialect({ pool, name, requireWritable: () => {} }) })
  try {
    if ((await schemaVersion(db, 'postgres')) !== migrations.length) return false
    await work(db)
    return true
  } finally {
    await db.destroy()
    await pool.end()
  }
}
