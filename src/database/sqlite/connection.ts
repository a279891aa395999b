/** A plain connection to a database, for work on one that no daemon has. */
import Sqlite from 'better-sqlite3'

export type Connection = Sqlite.Database
export type Statement<Bind extends unknown[], Row> = Sqlite.Statement<Bind, Row>

/** Reads past the caches of other connections, which may hold what was read wrong. @throws Error when the file is not there */
export function readAfresh<T>(path: string, read: (connection: Connection) => T): T {
  const connection = new Sqlite(path, { readonly: true, fileMustExist: true })
  try {
    return read(connection)
  } finally {
    connection.close()
  }
}

/** @throws Error when the file is not there */
export const openConnection = (path: string): Connection => new Sqlite(path, { fileMustExist: true })

/** Refuses each change. @throws Error when the file is not there, or can't be read */
export const openForReading = (path: string): Connection => new Sqlite(path, { readonly: true, fileMustExist: true })
