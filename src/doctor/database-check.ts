/** Checks the database file: its structure, the relations of its rows, and what the server reads at its start. */
import { sql } from 'kysely'
import { findDefects, type Snapshot } from '../database/sqlite/snapshot.ts'
import { findDamagedTables } from '../database/sqlite/table-checks.ts'
import { wordsOf } from '../database/tables.ts'
import type { Report } from './report.ts'

export const RESTORE =
  'Stop the server. Save all that can be read into a new lab with "rhizo doctor --salvage NEW", or restore a backup with "rhizo restore".'

const REMADE = 'Start the server again: it makes this table again from what can be read, and says what is lost.'

/** @returns whether it has tables that this program knows */
export function checkVersion(report: Report, file: string, { version, newest }: Pick<Snapshot, 'version' | 'newest'>): boolean {
  if (version === newest) return true
  if (version > newest)
    report.error(
      'database',
      file,
      `has the schema version ${version}, and this rhizo knows versions up to ${newest}`,
      'Install a newer rhizo, or restore the backup that was made before the upgrade.',
    )
  else
    report.warn(
      'database',
      file,
      `has the schema version ${version}, and this rhizo works with ${newest}, so that its content was not examined`,
      'Start the server once: it makes a backup and upgrades the database.',
    )
  return false
}

export function checkStructure(report: Report, file: string, snapshot: Snapshot, isQuick: boolean): void {
  const { structure, strayRows } = findDefects(snapshot, isQuick)
  for (const { table, reason } of findDamagedTables(snapshot.reader)) {
    const { kind, words } = wordsOf(table)
    const isSide = kind === 'side'
    const effect = isSide ? 'It holds nothing that was measured or uploaded' : 'Some of it can not be read'
    report.error('database', file, `is damaged where it holds ${words} (table ${table}): ${reason}. ${effect}`, isSide ? REMADE : RESTORE)
  }
  for (const defect of structure) report.error('database', file, `is damaged: ${defect}`, RESTORE)
  for (const row of strayRows)
    report.error(
      'database',
      file,
      `has a stray row: ${row}`,
      'Report it: the server keeps such rows from coming about. It does no harm by itself.',
    )
}

/** Checks that the rows of the tree of resources can be read. */
export async function checkResources(report: Report, file: string, { db }: Snapshot): Promise<void> {
  const tables = await db.introspection.getTables()
  report.counts.tables = tables.length
  const { count } = await db
    .selectFrom('resources')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  report.counts.resources = count
  const broken = await db
    .selectFrom('resources')
    .select(['id', 'name'])
    .where(
      sql<boolean>`not json_valid(system_attributes) or not json_valid(user_attributes)
        or (permissions is not null and not json_valid(permissions))`,
    )
    .limit(100)
    .execute()
  for (const { id, name } of broken)
    report.error(
      'database',
      `${file}, resource ${id} (${name})`,
      'has attributes or permissions that are no JSON, with which the server does not start',
      'Restore a backup, or put "{}" in their place with the sqlite3 command while the server is stopped.',
    )
  const strays = await db
    .selectFrom('resources as r')
    .leftJoin('resources as p', 'p.id', 'r.parent_id')
    .select(['r.id', 'r.name'])
    .where('r.parent_id', 'is not', null)
    .where('p.id', 'is', null)
    .limit(100)
    .execute()
  for (const { id, name } of strays)
    report.error(
      'database',
      `${file}, resource ${id} (${name})`,
      'lies in a folder that is gone, so that nobody can reach it',
      'Restore a backup.',
    )
}
