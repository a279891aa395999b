/** A plain connection to a database, for work on one that no daemon has. */
import Sqlite from 'better-sqlite3'

export type Connection = Sqlite.Database
export type Statement<Bind extends unknown[], Row> = Sqlite.Statement<Bind, Row>

/** @throws Error when the file is not there */
export const openConnection = (path: string): Connection => new Sqlite(path, { fileMustExist: true })
