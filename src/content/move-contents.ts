/**
 * Moves the contents of large files from wherever they are to one place, beside a server that goes on: a piece is copied, compared
 * with its record, read back, and only then removed where it was. Records don't change, as a piece keeps its name. What was moved
 * stays moved, so an interrupted run goes on with the rest.
 */
import { createHash } from 'node:crypto'
import type { Kysely } from 'kysely'
import { Fault } from '../base/fault.ts'
import type { Schema } from '../database/schema.ts'
import type { BulkStorage } from '../storage/bulk-storage.ts'
import type { PlaceName, Places } from '../storage/places/placed-storage.ts'

const STEP = 500

export interface MoveOptions {
  readonly db: Kysely<Schema>
  readonly places: Places
  readonly to: PlaceName
  /** Asked between pieces. */
  readonly isStopped?: () => boolean
  readonly onTotal?: (pieces: number) => void
  /** After each piece that was somewhere else. @param bytes of it */
  readonly onPiece?: (bytes: number) => void
}

export interface Moved {
  readonly moved: number
  readonly bytes: number
  /** Pieces that records name and that were there already. */
  readonly already: number
  /** Pieces that records name and that are in no place. */
  readonly missing: number
  /** What could not be moved, and stays where it is. */
  readonly failed: readonly { readonly path: string; readonly problem: string }[]
  /** Pieces elsewhere that no record names: the server puts them into the trash, and removes them there. */
  readonly unnamed: number
  /** Whether all was looked at. */
  readonly isDone: boolean
}

interface Named {
  readonly path: string
  readonly size: number
  readonly hash: string
}

/** Places from which content is moved, by name. */
const sourcesOf = ({ folder, waiting, database, bucket }: Places, to: PlaceName): BulkStorage[] => [
  ...(to === 'folder' ? [] : [folder]),
  ...(waiting ? [waiting] : []),
  ...(database && to !== 'database' ? [database] : []),
  ...(bucket && to !== 's3' ? [bucket] : []),
]

export function placeOf(places: Places, name: PlaceName): BulkStorage {
  const place = name === 's3' ? places.bucket : places[name]
  if (!place) throw new Fault('invalid', 'There is no bucket: see the setting S3_STORAGE_BUCKET.')
  return place
}

/** @throws Fault busy when a place can't be used at all */
export async function moveContents({ db, places, to, isStopped = () => false, onTotal, onPiece }: MoveOptions): Promise<Moved> {
  const target = placeOf(places, to)
  const elsewhere = new Map<string, BulkStorage[]>()
  const origins = sourcesOf(places, to)
  for (const place of origins) {
    const { pieces, discarded } = await place.survey()
    for (const path of [...pieces, ...discarded.filter((path) => !path.endsWith('.part'))])
      elsewhere.set(path, [...(elsewhere.get(path) ?? []), place])
  }
  const there = new Set((await target.survey()).pieces)
  onTotal?.(elsewhere.size)
  const failed: { path: string; problem: string }[] = []
  let [moved, bytes, already, missing, isDone] = [0, 0, 0, 0, true]
  for await (const named of namedContents(db)) {
    const sources = elsewhere.get(named.path) ?? (there.has(named.path) ? [] : await placesWith(named.path, origins))
    elsewhere.delete(named.path)
    if (sources.length === 0) {
      if (there.has(named.path) || (await target.sizeOf(named.path)) !== undefined) already++
      else if ((await target.discardedAt(named.path)) === undefined && (await isNamed(db, named.path))) missing++
      continue
    }
    if (isStopped()) {
      isDone = false
      break
    }
    let problem: string | undefined
    try {
      problem = await movePiece(named, sources, target, there.has(named.path))
    } catch (error) {
      if (await isNamed(db, named.path)) throw error
      continue
    }
    // What was purged meanwhile is nobody's any more.
    if (problem !== undefined && !(await isNamed(db, named.path))) continue
    if (problem !== undefined) failed.push({ path: named.path, problem })
    else {
      moved++
      bytes += named.size
    }
    onPiece?.(named.size)
  }
  return { moved, bytes, already, missing, failed, unnamed: isDone ? elsewhere.size : 0, isDone }
}

/** @returns what is wrong with the piece; undefined when it was moved @throws Fault busy when a place can't be used */
async function movePiece(
  named: Named,
  sources: readonly BulkStorage[],
  target: BulkStorage,
  isThere: boolean,
): Promise<string | undefined> {
  const { path, size } = named
  let problem = isThere ? await findDifference(named, target) : 'it is in no place'
  for (const source of sources) {
    if (problem === undefined) break
    const from = await source.read(path).catch(whenGone)
    if (!from) continue
    const stored = await target.write(from, Number.MAX_SAFE_INTEGER, path)
    problem =
      stored.size === size && stored.hash === named.hash
        ? await findDifference(named, target)
        : 'it is not what ' + 'was stored: its SHA-1 is another one'
    // Where it came from it may still be saved.
    if (problem !== undefined) await target.delete(path)
  }
  if (problem === undefined) for (const source of sources) await source.delete(path)
  return problem
}

async function findDifference({ path, size, hash }: Named, place: BulkStorage): Promise<string | undefined> {
  const sum = createHash('sha1')
  let length = 0
  const content = await place.read(path).catch(whenGone)
  if (!content) return 'it is not there when it is read back'
  for await (const chunk of content as AsyncIterable<Uint8Array>) {
    sum.update(chunk)
    length += chunk.length
  }
  return length === size && sum.digest('hex') === hash ? undefined : 'what is read back is not what was stored'
}

/** Where a piece is that came after the places were surveyed. */
async function placesWith(path: string, places: readonly BulkStorage[]): Promise<BulkStorage[]> {
  const found: BulkStorage[] = []
  for (const place of places) if ((await place.sizeOf(path)) !== undefined) found.push(place)
  return found
}

/** Whether a record still names a piece. */
async function isNamed(db: Kysely<Schema>, path: string): Promise<boolean> {
  const row = await db.selectFrom('resource_revisions').select('id').where('storage_path', '=', path).executeTakeFirst()
  return row !== undefined
}

function whenGone(error: unknown): undefined {
  if (error instanceof Fault && error.code === 'not_found') return undefined
  throw error
}

async function* namedContents(db: Kysely<Schema>): AsyncGenerator<Named> {
  for (let last = 0; ; ) {
    const rows = await db
      .selectFrom('resource_revisions')
      .select(['id', 'storage_path', 'size', 'hash'])
      .where('id', '>', last)
      .orderBy('id')
      .limit(STEP)
      .execute()
    for (const { storage_path: path, size, hash } of rows) if (path !== null) yield { path, size, hash }
    const newest = rows.at(-1)
    if (!newest) return
    last = newest.id
  }
}
