/** The database of a lab that is measured, opened beside its daemon. */
import Sqlite from 'better-sqlite3'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Lab } from './lab.ts'

export function openDatabase(lab: Lab): Sqlite.Database {
  const file = readdirSync(lab.folder, { recursive: true })
    .map(String)
    .find((name) => name.endsWith('.db'))
  if (file === undefined) throw new Error('The lab has no database')
  return new Sqlite(join(lab.folder, file))
}
