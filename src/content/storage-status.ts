/** What each place of large contents holds, as far as it can be asked. */
import type { Kysely } from 'kysely'
import { Fault } from '../base/fault.ts'
import type { Schema } from '../database/schema.ts'
import type { BulkStorage } from '../storage/bulk-storage.ts'
import type { Places } from '../storage/places/placed-storage.ts'

export interface PlaceStatus {
  readonly place: 'folder' | 'database' | 's3' | 'waiting'
  readonly pieces: number
  /** Of pieces that records name. */
  readonly bytes: number
  /** Pieces that were put aside, and are removed for good in the end. */
  readonly trash: number
  /** Why it can't be used; undefined when it can. */
  readonly problem: string | undefined
}

export async function examinePlaces(db: Kysely<Schema>, { folder, database, waiting, bucket }: Places): Promise<PlaceStatus[]> {
  const rows = await db.selectFrom('resource_revisions').select(['storage_path', 'size']).where('storage_path', 'is not', null).execute()
  const sizes = new Map(rows.flatMap(({ storage_path: path, size }) => (path === null ? [] : [[path, size] as const])))
  const missing = new Set(sizes.keys())
  const examine = async (place: PlaceStatus['place'], storage: BulkStorage): Promise<PlaceStatus> => {
    try {
      if (place === 's3') await storage.probe()
      const { pieces, discarded } = await storage.survey()
      for (const path of [...pieces, ...discarded]) missing.delete(path)
      const bytes = pieces.reduce((sum, path) => sum + (sizes.get(path) ?? 0), 0)
      return { place, pieces: pieces.length, bytes, trash: discarded.length, problem: undefined }
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      return { place, pieces: 0, bytes: 0, trash: 0, problem: error.message }
    }
  }
  const found = [
    await examine('folder', folder),
    ...(database ? [await examine('database', database)] : []),
    ...(waiting ? [await examine('waiting', waiting)] : []),
    ...(bucket ? [await examine('s3', bucket)] : []),
  ]
  // What is missing may be in a place that can't be asked.
  const isAllKnown = found.every(({ problem }) => problem === undefined)
  const problem = await problemOf(folder, isAllKnown ? [...missing] : [])
  return found.map((status) => (status.place === 'folder' && problem !== undefined ? { ...status, problem } : status))
}

async function problemOf(folder: BulkStorage, missing: readonly string[]): Promise<string | undefined> {
  try {
    await folder.examine?.(missing)
    return undefined
  } catch (error) {
    if (error instanceof Fault) return error.message
    throw error
  }
}
