/**
 * The daemon's hold of its database: a row in the database itself, so it holds by whatever name the file is opened, and without the lock
 * file. Each commit of a daemon looks at the row. One that finds another's there has lost the database and commits nothing any more.
 */
import Sqlite from 'better-sqlite3'
import { randomInt } from 'node:crypto'
import { statSync } from 'node:fs'
import { conflict } from '../../base/fault.ts'
import { nameOfProcess } from '../../base/processes.ts'

const SELECT = 'select token, process, pid, file from daemon where id = 1'

interface Row {
  readonly token: number
  readonly process: string
  readonly pid: number
  readonly file: string
}

/** @throws Fault conflict when the process that has the database still runs */
function requireOwn(row: Row | undefined, path: string): void {
  const isOfOther = row && row.process !== '' && row.file === identityOf(path) && row.pid !== process.pid
  if (isOfOther && nameOfProcess(row.pid) === row.process)
    throw conflict(
      `Another rhizo daemon (process ${row.pid}) is using ${path}, by another name of the file or without its lock file. ` +
        'Stop it first.',
    )
}

/**
 * Looks whether a process has the database, before anything is written by this name of the file: another name has another log beside it,
 * whose pages would overwrite those of the daemon that runs.
 * @throws Fault conflict when that process still runs
 */
export function requireFree(path: string): void {
  let row: Row | undefined
  try {
    const connection = new Sqlite(path, { readonly: true, fileMustExist: true, timeout: 5_000 })
    try {
      row = connection.prepare<[], Row>(SELECT).get()
    } finally {
      connection.close()
    }
  } catch {
    // What can't be read, or is not there yet, is told where the database is opened.
    return
  }
  requireOwn(row, path)
}

/**
 * Writes the row for this process.
 * @param connection may write, and has no transaction open
 * @returns the token that each commit must find
 * @throws Fault conflict when the process that has the database still runs
 */
export function takeHold(connection: Sqlite.Database, path: string): number {
  const file = identityOf(path)
  return connection
    .transaction(() => {
      requireOwn(connection.prepare<[], Row>(SELECT).get(), path)
      const token = randomInt(1, 2 ** 48 - 1)
      connection
        .prepare(
          'insert into daemon (id, token, process, pid, file) values (1, ?, ?, ?, ?) ' +
            'on conflict (id) do update set token = excluded.token, process = excluded.process, pid = excluded.pid, file = excluded.file',
        )
        .run(token, nameOfProcess(process.pid) ?? '', process.pid, file)
      return token
    })
    .immediate()
}

/** Says that the daemon has ended. Nothing happens when another one has the database meanwhile. */
export function endHold(connection: Sqlite.Database, token: number): void {
  connection.prepare("update daemon set process = '' where id = 1 and token = ?").run(token)
}

/** Whether the database is still the one of the daemon that took that token. */
export const makeHoldCheck = (connection: Sqlite.Database, token: number): (() => boolean) => {
  const statement = connection.prepare<[], number>('select token from daemon where id = 1').pluck()
  return () => statement.get() === token
}

/** Device and inode: the same under all names of a file, and different for a file that took its place. @throws Error if it is gone */
export function identityOf(path: string): string {
  const { dev, ino } = statSync(path, { bigint: true })
  return `${dev}:${ino}`
}
