/** What a file of SQLite is when it is no lab's database: another program's, which must not be changed, or one that holds nothing. */
import type { Database } from 'better-sqlite3'
import { invalid } from '../../base/fault.ts'
import { isUnreadable } from '../errors.ts'

/** Something wrong with a database, as the rest of a sentence about it, and what to do. */
export interface NoLab {
  readonly what: 'nothing' | 'other'
  readonly problem: string
  readonly advice: string
}

/** Tables that a lab has since the first version, and no other program. */
const OURS = ['sequence_journal', 'sequence_blocks']
const MOST_NAMED = 3

/** undefined: it is a lab's, or so damaged that nobody can tell. */
export function describeNoLab(connection: Database): NoLab | undefined {
  const tables = tablesOf(connection)
  if (tables === undefined || tables.some((name) => OURS.includes(name)) || hasVersions(connection)) return undefined
  if (tables.length === 0)
    return {
      what: 'nothing',
      problem: 'holds nothing',
      advice:
        'If its disk is not mounted, mount it; if it was moved, put it back or correct DATABASE_URI; if it is lost, restore a backup.',
    }
  if (tables.includes('resources') && tables.includes('resource_revisions'))
    return {
      what: 'other',
      problem: 'is of the original server, and nothing was changed in it',
      advice: 'Name another file with DATABASE_URI, and bring what is in this one with "rhizo import-server".',
    }
  const named = tables.slice(0, MOST_NAMED).join(', ')
  return {
    what: 'other',
    problem: `is of another program: it has the tables ${named}${tables.length > MOST_NAMED ? ', …' : ''}. Nothing was changed in it`,
    advice: 'Name a file of its own for this lab with DATABASE_URI.',
  }
}

/** @throws Fault invalid when it is another program's */
export function requireNoOther(connection: Database, path: string): void {
  const found = describeNoLab(connection)
  if (found?.what === 'other') throw asFault(path, found)
}

/** @throws Fault invalid when it is another program's, or holds nothing */
export function requireLab(connection: Database, path: string): void {
  const found = describeNoLab(connection)
  if (found) throw asFault(path, found)
}

const asFault = (path: string, { problem, advice }: NoLab) => invalid(`The database ${path} ${problem}. ${advice}`)

function tablesOf(connection: Database): string[] | undefined {
  try {
    const query = "select name from sqlite_schema where type = 'table' and name not like 'sqlite!_%' escape '!' order by name"
    return connection.prepare<[], string>(query).pluck().all()
  } catch (error) {
    if (isUnreadable(error)) return undefined
    throw error
  }
}

/** Others call a table so too, and have no numbers in it. */
const hasVersions = (connection: Database): boolean =>
  connection.prepare("select 1 from pragma_table_info('schema_migrations') where name = 'number'").get() !== undefined
