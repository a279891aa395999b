/** What a backup asks of a lab's database, at one moment of it. */
import type { Kysely } from 'kysely'
import type { Schema } from '../database/schema.ts'

/** A piece of the storage folder that a record names. */
export interface NamedContent {
  readonly path: string
  readonly size: number
  /** SHA-1, hex. */
  readonly hash: string
}

/** Content that records name in the storage folder. */
export async function readNamedContent(db: Kysely<Schema>): Promise<NamedContent[]> {
  const rows = await db
    .selectFrom('resource_revisions')
    .select(['storage_path', 'size', 'hash'])
    .where('storage_path', 'is not', null)
    .orderBy('id')
    .execute()
  return rows.flatMap(({ storage_path: path, size, hash }) => (path === null ? [] : [{ path, size, hash }]))
}
