/** What a backup asks of a lab's database, at one moment of it. */
import type { ExpressionBuilder, Kysely } from 'kysely'
import type { Schema } from '../database/schema.ts'
import { openSnapshot } from '../database/sqlite/snapshot.ts'

/** A piece of bulk storage, outside of the database, that a record names. */
export interface NamedContent {
  readonly revision: number
  readonly resource: number
  readonly path: string
  readonly size: number
  /** SHA-1, hex. */
  readonly hash: string
}

/** Content that records name in bulk storage. What of it is in the database is saved with that. */
export async function readNamedContent(db: Kysely<Schema>): Promise<NamedContent[]> {
  const named = db
    .selectFrom('resource_revisions')
    .select(['id', 'resource_id', 'storage_path', 'size', 'hash'])
    .where('storage_path', 'is not', null)
    .orderBy('id')
  // A database of an earlier program has no such table.
  const hasPieces = (await db.introspection.getTables()).some(({ name }) => name === 'stored_pieces')
  const rows = await (hasPieces ? named.where(isElsewhere) : named).execute()
  return rows.flatMap(({ id, resource_id, storage_path: path, size, hash }) =>
    path === null ? [] : [{ revision: id, resource: resource_id, path, size, hash }],
  )
}

const isElsewhere = (row: ExpressionBuilder<Schema, 'resource_revisions'>) =>
  row.not(
    row.exists(
      row.selectFrom('stored_pieces').select('path').whereRef('path', '=', 'resource_revisions.storage_path').where('is_finished', '=', 1),
    ),
  )

/** What the files of contents are called, such as "/lab/video.mp4 (revision 12)", by a copy of the lab's database. */
export async function namesOf(copy: string, contents: readonly NamedContent[]): Promise<string[]> {
  if (contents.length === 0) return []
  const snapshot = await openSnapshot(copy)
  try {
    const names: string[] = []
    for (const { resource, revision } of contents) names.push(`${await pathOf(snapshot.db, resource)} (revision ${revision})`)
    return names
  } finally {
    await snapshot.close()
  }
}

async function pathOf(db: Kysely<Schema>, resource: number): Promise<string> {
  const parts: string[] = []
  for (let id: number | null = resource; id !== null; ) {
    const row: { name: string; parent_id: number | null } | undefined = await db
      .selectFrom('resources')
      .select(['name', 'parent_id'])
      .where('id', '=', id)
      .executeTakeFirst()
    parts.unshift(row?.name ?? `resource ${id}`)
    id = row?.parent_id ?? null
  }
  return `/${parts.join('/')}`
}
