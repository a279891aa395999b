/** What a backup asks of a lab's database, at one moment of it. */
import type { Kysely } from 'kysely'
import { LAB_ID } from '../attributes/lab-id.ts'
import { parseAttributes } from '../attributes/resource-attributes.ts'
import type { Schema } from '../database/schema.ts'
import { SYSTEM_FOLDER } from '../wire/resource-types.ts'

/** The lab's id; null while no server has used the database. */
export async function readLabId(db: Kysely<Schema>): Promise<string | null> {
  const row = await db
    .selectFrom('resources')
    .select('system_attributes')
    .where('parent_id', 'is', null)
    .where('name', '=', SYSTEM_FOLDER)
    .where('deleted', '=', 0)
    .executeTakeFirst()
  const lab = row && parseAttributes(row.system_attributes)[LAB_ID]
  return typeof lab === 'string' ? lab : null
}

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
