/** An SQLite database in memory, which goes with the process. */
import Sqlite from 'better-sqlite3'

export const openMemory = (): Sqlite.Database => new Sqlite(':memory:')
