/** A database beside its daemon, for a command that writes a row of its own: the daemon keeps nothing of it in memory. */
import Sqlite from 'better-sqlite3'
import { Kysely } from 'kysely'
import { migrations, schemaVersion } from '../migrate.ts'
import type { Db, Schema } from '../schema.ts'
import { requireOwnLog } from './other-names.ts'
import { PlainDialect } from './plain-dialect.ts'

/** How long it waits for the daemon's transaction, in milliseconds. */
const PATIENCE = 10_000

/**
 * Does `work` with a connection of its own. Nothing is upgraded.
 * @returns false when the database has another version than this program works with: `work` was not called
 * @throws Error when it can't be opened or written
 */
export async function besideDaemon(path: string, work: (db: Db) => Promise<void>): Promise<boolean> {
  requireOwnLog(path)
  const connection = new Sqlite(path, { fileMustExist: true, timeout: PATIENCE })
  const db = new Kysely<Schema>({ dialect: new PlainDialect(connection) })
  try {
    connection.pragma('synchronous = FULL')
    if ((await schemaVersion(db)) !== migrations.length) return false
    await work(db)
    return true
  } finally {
    await db.destroy()
  }
}
