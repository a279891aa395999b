/** Mends what a salvaged database names and does not hold: folders, files and sequences whose own rows are gone get other names. */
import type { Connection } from '../database/sqlite/connection.ts'
import { wordsOf } from '../database/tables.ts'
import { BASIC_FOLDER, FILE, NUMERIC, ORGANIZATION_FOLDER, SEQUENCE, TEXT } from '../wire/resource-types.ts'

/** Tables whose rows name folders that have to be there. */
const FOLDERS_OF: ReadonlySet<string> = new Set(['resources', 'organization_users', 'keys'])

/** Values whose sequence is gone get one of another name, so that they can be reached. */
export function nameSequences(made: Connection, gone: string[]): void {
  const strangers = made
    .prepare<[], { id: number; isText: number }>(
      'select sequence_id as id, max(min is null) as isText from sequence_blocks where sequence_id not in (select id from resources) ' +
        'group by sequence_id',
    )
    .all()
  const organization =
    made.prepare<[number], number>('select min(id) from resources where type = ?').pluck().get(ORGANIZATION_FOLDER) ?? null
  const insert = made.prepare(
    'insert into resources (id, parent_id, organization_id, name, type, system_attributes, user_attributes, creation_timestamp, ' +
      "modification_timestamp, deleted) values (?, ?, ?, ?, ?, ?, '{}', 0, 0, 0)",
  )
  for (const { id, isText } of strangers) {
    const attributes = JSON.stringify({ data_type: isText === 1 ? TEXT : NUMERIC })
    insert.run(id, organization, organization, `salvaged-${id}`, SEQUENCE, attributes)
    gone.push(`The name and the settings of a sequence are gone. Its values are in salvaged-${id} of the first organization now: rename it`)
  }
}

/**
 * Rows whose parent row is gone lose the reference, or go, too, where they are nothing without it. Folders that are gone come back
 * under another name.
 */
export function mendRelations(made: Connection, gone: string[]): void {
  for (let at = 0; at < 20; at++) {
    const strays = made.pragma('foreign_key_check') as { table: string; rowid: number | null; parent: string; fkid: number }[]
    if (strays.length === 0) return
    // What lies in folders comes after them.
    strays.sort((a, b) => Number(FOLDERS_OF.has(b.table)) - Number(FOLDERS_OF.has(a.table)))
    for (const { table, rowid, parent, fkid } of strays) mendRow(made, gone, table, rowid, parent, fkid)
  }
}

function mendRow(made: Connection, gone: string[], table: string, rowid: number | null, parent: string, fkid: number): void {
  const key = made
    .prepare<[string, number], { from: string; to: string; on_delete: string }>(
      'select "from", "to", on_delete from pragma_foreign_key_list(?) where id = ?',
    )
    .get(table, fkid)
  if (!key) return
  const { words } = wordsOf(table)
  if (rowid === null) {
    if (table === 'organization_users' && parent === 'resources') {
      const missing = made
        .prepare<[], number>(
          'select distinct organization_id from organization_users where organization_id not in (select id from resources)',
        )
        .pluck()
      for (const id of missing.all()) makePlaceholder(made, gone, id, true)
      return
    }
    const { changes } = made.prepare(`delete from "${table}" where "${key.from}" not in (select "${key.to}" from "${parent}")`).run()
    if (changes > 0) gone.push(`${words}: ${changes} went with the ${wordsOf(parent).words} that they belonged to`)
    return
  }
  const missing = made.prepare<[number], number>(`select "${key.from}" from "${table}" where rowid = ?`).pluck().get(rowid)
  if (missing === undefined) return
  if (parent === 'resources' && (table === 'resources' || table === 'keys'))
    makePlaceholder(made, gone, missing, key.from === 'organization_id')
  else if (parent === 'resources' && table === 'resource_revisions') makeFile(made, gone, missing)
  else if (key.on_delete === 'SET NULL') made.prepare(`update "${table}" set "${key.from}" = null where rowid = ?`).run(rowid)
  else {
    made.prepare(`delete from "${table}" where rowid = ?`).run(rowid)
    gone.push(`${words}: number ${rowid} belonged to number ${missing} of the ${wordsOf(parent).words}, which is gone`)
  }
}

/** A folder that is gone is needed by what lies in it: one of another name takes its place. */
function makePlaceholder(made: Connection, gone: string[], id: number, isOrganization: boolean): void {
  const name = `salvaged-${id}`
  const child = made
    .prepare<[number], { organization_id: number | null }>('select organization_id from resources where parent_id = ?')
    .get(id)
  const organization = child?.organization_id ?? null
  const isTop = isOrganization || organization === null || organization === id
  const { changes } = made
    .prepare(
      'insert or ignore into resources (id, parent_id, organization_id, name, type, system_attributes, user_attributes, ' +
        "creation_timestamp, modification_timestamp, deleted) values (?, ?, ?, ?, ?, '{}', '{}', 0, 0, 0)",
    )
    .run(id, isTop ? null : organization, isTop ? null : organization, name, isTop ? ORGANIZATION_FOLDER : BASIC_FOLDER)
  if (changes > 0)
    gone.push(`The name and the settings of a folder are gone. What was in it is in /${isTop ? '' : '…/'}${name} now: rename it`)
}

/** A file whose name is gone gets another one, in the first organization, so that its revisions can be reached. */
function makeFile(made: Connection, gone: string[], id: number): void {
  const organization =
    made.prepare<[number], number>('select min(id) from resources where type = ?').pluck().get(ORGANIZATION_FOLDER) ?? null
  const newest = made
    .prepare<[number], { id: number; hash: string; size: number }>(
      'select id, hash, size from resource_revisions where resource_id = ? order by id desc limit 1',
    )
    .get(id)
  if (!newest) return
  const { changes } = made
    .prepare(
      'insert or ignore into resources (id, parent_id, organization_id, name, type, system_attributes, user_attributes, ' +
        "creation_timestamp, modification_timestamp, last_revision_id, deleted) values (?, ?, ?, ?, ?, ?, '{}', 0, 0, ?, 0)",
    )
    .run(id, organization, organization, `salvaged-${id}`, FILE, JSON.stringify({ hash: newest.hash, size: newest.size }), newest.id)
  if (changes > 0)
    gone.push(`The name and the settings of a file are gone. Its revisions are in salvaged-${id} of the first organization now: rename it`)
}
