/** Brings the values and the contents of one resource after the other. What is there already does no harm. */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { Insertable } from 'kysely'
import { changeJson } from '../database/json-columns.ts'
import type { ResourceRevisionTable } from '../database/schema.ts'
import { transact } from '../database/transact.ts'
import type { Engine } from '../engine.ts'
import type { SequenceRef } from '../storage/sequence-store.ts'
import { FILE, TEXT } from '../wire/resource-types.ts'
import { makeAside } from './aside.ts'
import type { Contents } from './contents.ts'
import { timeOfRevision, type PlannedResource, type ResourcePlan } from './plan-resources.ts'
import { noValues, readValues, type MovedPoint } from './read-values.ts'
import { idOf, type ServerDatabase } from './source.ts'

export interface Bringing {
  readonly source: ServerDatabase
  readonly contents: Contents
  readonly plan: Pick<ResourcePlan, 'lastId' | 'names'>
  readonly engine: Engine
  /** Larger contents go to bulk storage, in bytes. */
  readonly threshold: number
  readonly onProgress: (revisions: number) => void
}

/** The original removes values beyond the maximum now and then, and leaves so many more of them until then. */
const SPARE = 1_000
/** Bytes of contents in one transaction. */
const MAX_GATHERED = 1_000_000
const MAX_GATHERED_ROWS = 200

export const refOf = ({ id, dataType }: PlannedResource): SequenceRef => ({ id, isText: dataType === TEXT })

/** How many values a sequence must keep so that none of those that came is removed at once; undefined: as many as it says. */
export const neededHistory = (count: number, { maxHistory }: PlannedResource): number | undefined =>
  count > maxHistory + SPARE ? count : undefined

/** @returns when all of it is durable */
export async function bringValues(bringing: Bringing, sequence: PlannedResource): Promise<void> {
  const { source, contents, engine, plan, onProgress } = bringing
  const counts = noValues()
  let aside: SequenceRef | undefined
  let seen = 0
  for await (const batch of readValues(source, contents, sequence, counts)) {
    await append(engine, refOf(sequence), batch.points)
    if (batch.aside.length > 0) {
      aside ??= await makeAside(engine, plan, sequence)
      await append(engine, aside, batch.aside)
    }
    onProgress(counts.there - seen)
    seen = counts.there
  }
  const needed = neededHistory(counts.taken, sequence)
  if (needed !== undefined)
    await transact({ engine }, (tx) =>
      changeJson(tx, 'resources.system_attributes', sequence.id, (now) => JSON.stringify({ ...now, max_history: needed })),
    )
}

async function append(engine: Engine, sequence: SequenceRef, points: readonly MovedPoint[]): Promise<void> {
  if (points.length > 0) await engine.sequences.append(points.map(({ time: at, value }) => ({ sequence, time: at, value })))
}

/** Revisions of a file, or of a sequence of images. @returns when they are durable */
export async function bringRevisions(bringing: Bringing, resource: PlannedResource): Promise<void> {
  const { source, contents, engine, onProgress } = bringing
  const rows = await engine.database.selectFrom('resource_revisions').select('id').where('resource_id', '=', resource.id).execute()
  const there = new Set(rows.map(({ id }) => id))
  let gathered: Insertable<ResourceRevisionTable>[] = []
  let bytes = 0
  const flush = async (): Promise<void> => {
    const now = gathered
    ;[gathered, bytes] = [[], 0]
    if (now.length > 0) await transact({ engine }, (tx) => tx.insertInto('resource_revisions').values(now).execute())
  }
  for await (const batch of source.revisions(resource.id)) {
    for (const row of batch) {
      const [id, at] = [idOf(row), timeOfRevision(resource, row)]
      if (id === undefined || at === undefined || there.has(id)) continue
      const content = await contents.open(resource, id, row)
      if (!content) continue
      const kept = await keep(bringing, content)
      gathered.push({ id, resource_id: resource.id, timestamp: at, ...kept })
      bytes += kept.data?.length ?? 0
      if (bytes > MAX_GATHERED || gathered.length >= MAX_GATHERED_ROWS) await flush()
    }
    onProgress(batch.length)
  }
  await flush()
  await settle(engine, resource)
}

type Kept = Pick<Insertable<ResourceRevisionTable>, 'size' | 'hash' | 'storage_path'> & { data: Uint8Array | null }

/** Small content goes into the database, with its row; large content is durable before its row is written. */
async function keep({ engine, threshold }: Bringing, content: Uint8Array | AsyncIterable<Uint8Array>): Promise<Kept> {
  if (content instanceof Uint8Array && content.length <= threshold) return inline(content)
  const stored = await engine.files.write(content instanceof Uint8Array ? Readable.from([content]) : content, Number.MAX_SAFE_INTEGER)
  if (stored.size > threshold) return { size: stored.size, hash: stored.hash, data: null, storage_path: stored.path }
  // The original keeps large what is small here.
  const parts: Uint8Array[] = []
  for await (const part of await engine.files.read(stored.path)) parts.push(part as Uint8Array)
  await engine.files.delete(stored.path)
  return inline(Buffer.concat(parts))
}

const inline = (content: Uint8Array): Kept => ({
  size: content.length,
  hash: createHash('sha1').update(content).digest('hex'),
  data: new Uint8Array(content),
  storage_path: null,
})

/** A resource's newest revision is one that came along; a file says of itself what that is. */
async function settle(engine: Engine, { id, type, row }: PlannedResource): Promise<void> {
  const revisions = engine.database.selectFrom('resource_revisions').select(['id', 'hash', 'size']).where('resource_id', '=', id)
  const newest =
    (await revisions.where('id', '=', row.last_revision_id ?? 0).executeTakeFirst()) ??
    (await revisions.orderBy('timestamp', 'desc').orderBy('id', 'desc').limit(1).executeTakeFirst())
  await transact({ engine }, async (tx) => {
    await tx
      .updateTable('resources')
      .set({ last_revision_id: newest?.id ?? null })
      .where('id', '=', id)
      .execute()
    if (type === FILE && newest)
      await changeJson(tx, 'resources.system_attributes', id, (now) => JSON.stringify({ ...now, hash: newest.hash, size: newest.size }))
  })
}
