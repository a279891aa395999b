/** The record of backups and proofs in the lab's database. */
import type { Kysely } from 'kysely'
import type { Db, Schema } from '../database/schema.ts'
import type { Micros } from '../base/time.ts'
import type { MadeBackup } from './make-backup.ts'

/** How many records are kept. */
const KEPT = 200

export type RecordKind = 'backup' | 'proof'

export interface NewRecord {
  readonly kind: RecordKind
  /** The folder, or `-`. */
  readonly place: string
  /** The moment that the backup holds. */
  readonly point?: Micros
  readonly start: Micros
  readonly end: Micros
  readonly isScheduled?: boolean
  readonly made?: Pick<MadeBackup, 'bytes' | 'writtenBytes'>
  /** Why it failed; without it, it went well. */
  readonly error?: string
}

export interface BackupRecord {
  readonly id: number
  readonly kind: RecordKind
  readonly place: string
  readonly point: Micros | null
  readonly start: Micros
  readonly end: Micros
  readonly isScheduled: boolean
  readonly bytes: number | null
  readonly writtenBytes: number | null
  readonly error: string | null
}

export async function insertRecord(db: Db, { kind, place, point, start, end, isScheduled, made, error }: NewRecord): Promise<void> {
  const { id } = await db
    .insertInto('backup_log')
    .values({
      kind,
      place,
      point_timestamp: point ?? null,
      start_timestamp: start,
      end_timestamp: end,
      scheduled: isScheduled === true ? 1 : 0,
      bytes: made?.bytes ?? null,
      written_bytes: made?.writtenBytes ?? null,
      error: error ?? null,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await db
    .deleteFrom('backup_log')
    .where('id', '<=', id - KEPT)
    .execute()
}

/** Where backups were made, of those that are recorded. */
export async function listPlaces(db: Kysely<Schema>): Promise<string[]> {
  const rows = await db
    .selectFrom('backup_log')
    .select('place')
    .distinct()
    .where('kind', '=', 'backup')
    .where('error', 'is', null)
    .execute()
  return rows.map(({ place }) => place)
}

/** Newest first: the order in which they ended, whatever the clock said. */
export async function listRecords(db: Db): Promise<BackupRecord[]> {
  const rows = await db.selectFrom('backup_log').selectAll().orderBy('id', 'desc').execute()
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind === 'proof' ? 'proof' : 'backup',
    place: row.place,
    point: row.point_timestamp,
    start: row.start_timestamp,
    end: row.end_timestamp,
    isScheduled: row.scheduled === 1,
    bytes: row.bytes,
    writtenBytes: row.written_bytes,
    error: row.error,
  }))
}
