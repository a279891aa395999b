/** Says of a database that can't be opened what is damaged, in words of the lab, and what to do. */
import Sqlite from 'better-sqlite3'
import { Fault } from '../../base/fault.ts'
import { isUnreadable } from '../errors.ts'
import { wordsOf } from '../tables.ts'
import { findDamagedTables } from './table-checks.ts'

/** @returns a Fault that names the file, what is on the damaged pages and the next step; the error itself when it is of another kind */
export function explainDamage(path: string, error: unknown): unknown {
  const cause = error instanceof Fault ? error.cause : error
  if (!isUnreadable(cause)) return error
  return new Fault(
    'invalid',
    `The database ${path} is damaged${describe(path)} (${cause.message}). Save all that can be read into a new lab with ` +
      '"rhizo doctor --salvage NEW", or restore a backup with "rhizo restore". The damaged file is left as it is.',
    { cause: error },
  )
}

function describe(path: string): string {
  let db: Sqlite.Database | undefined
  try {
    db = new Sqlite(path, { readonly: true, fileMustExist: true })
    const words = findDamagedTables(db).map(({ table }) => `${wordsOf(table).words} (table ${table})`)
    return words.length > 0 ? ` where it holds ${words.join(', ')}` : ' in an index, or where it is not in use'
  } catch {
    return ' where it says what is where'
  } finally {
    db?.close()
  }
}
