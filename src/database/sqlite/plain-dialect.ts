/** Kysely's own dialect, without a writer thread: a transaction that the disk broke off throws the error of the disk. */
import type { Database } from 'better-sqlite3'
import { SqliteDialect, SqliteDriver, type DatabaseConnection, type Driver } from 'kysely'

export class PlainDialect extends SqliteDialect {
  readonly #database: Database

  constructor(database: Database) {
    super({ database })
    this.#database = database
  }

  override createDriver(): Driver {
    return new PlainDriver(this.#database)
  }
}

class PlainDriver extends SqliteDriver {
  readonly #database: Database

  constructor(database: Database) {
    super({ database })
    this.#database = database
  }

  /** A full or failing disk makes SQLite roll back by itself: to do it again fails, and hid why. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#database.inTransaction) await super.rollbackTransaction(connection)
  }
}
