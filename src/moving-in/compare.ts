/** Compares the new lab with the original, value by value and byte by byte: by count, and by a hash of each resource. */
import { createHash, type Hash } from 'node:crypto'
import type { Engine } from '../engine.ts'
import type { SequenceRef } from '../storage/sequence-store.ts'
import { FILE, IMAGE, SEQUENCE } from '../wire/resource-types.ts'
import { asideOf, lookForAside } from './aside.ts'
import { neededHistory, refOf } from './bring.ts'
import type { Contents } from './contents.ts'
import type { Findings } from './findings.ts'
import { timeOfRevision, type PlannedResource, type ResourcePlan } from './plan-resources.ts'
import { noValues, readValues, type MovedPoint, type ValueCounts } from './read-values.ts'
import { idOf, time, type Row, type ServerDatabase } from './source.ts'

export interface ContentCounts {
  values: ValueCounts
  revisions: { there: number; taken: number }
}

export interface Comparing {
  readonly source: ServerDatabase
  readonly contents: Contents
  readonly plan: ResourcePlan
  readonly findings: Findings
  /** The new lab; undefined: there is none yet, and all is only counted. */
  readonly engine: Engine | undefined
  readonly onProgress: (revisions: number) => void
}

/** Values read at a time. */
const PAGE = 10_000

export interface Comparison {
  readonly counts: ContentCounts
  /** Paths of resources whose contents are not the same on both sides; empty as long as there is no new lab. */
  readonly different: readonly string[]
  /** How many were compared. */
  readonly compared: number
}

export async function compare(comparing: Comparing): Promise<Comparison> {
  const counts: ContentCounts = { values: noValues(), revisions: { there: 0, taken: 0 } }
  const different: string[] = []
  let compared = 0
  for (const resource of comparing.plan.resources) {
    const isSame = holdsRevisions(resource)
      ? await compareRevisions(comparing, resource, counts)
      : resource.type === SEQUENCE
        ? await compareValues(comparing, resource, counts)
        : undefined
    if (isSame !== undefined) compared++
    if (isSame === false) different.push(resource.path)
  }
  return { counts, different, compared: comparing.engine ? compared : 0 }
}

export const holdsRevisions = ({ type, dataType }: PlannedResource): boolean => type === FILE || dataType === IMAGE

async function compareValues(comparing: Comparing, sequence: PlannedResource, total: ContentCounts): Promise<boolean> {
  const { source, contents, plan, findings, engine, onProgress } = comparing
  const counts = noValues()
  const [own, texts] = [new Digest(), new Digest()]
  let seen = 0
  for await (const { points, aside } of readValues(source, contents, sequence, counts)) {
    own.add(points)
    texts.add(aside)
    onProgress(counts.there - seen)
    seen = counts.there
  }
  for (const name of Object.keys(counts) as (keyof ValueCounts)[]) total.values[name] += counts[name]
  const aside = asideOf(plan, sequence)
  tellOf(findings, sequence, counts, aside.path)
  if (!engine) return true
  const moved = counts.aside > 0 ? await lookForAside(engine, plan, sequence) : undefined
  const movedTexts = moved ? await digest(engine, moved) : new Digest().end()
  return own.end() === (await digest(engine, refOf(sequence))) && texts.end() === movedTexts
}

function tellOf(findings: Findings, sequence: PlannedResource, counts: ValueCounts, asidePath: string): void {
  const { path } = sequence
  if (counts.aside > 0)
    findings.change(path, `has ${counts.aside} values that are no numbers or lose digits as such; they are in ${asidePath}`)
  if (counts.repeated > 0) findings.change(path, `has ${counts.repeated} values at times at which another one came later, which is kept`)
  if (counts.unreadable > 0) findings.leave(path, `has ${counts.unreadable} values without a time or without content`)
  const needed = neededHistory(counts.taken, sequence)
  if (needed !== undefined)
    findings.change(path, `keeps ${needed} values now: it has so many, though its max_history is ${sequence.maxHistory}`)
}

async function digest(engine: Engine, sequence: SequenceRef): Promise<string> {
  const all = new Digest()
  for (let start: number | undefined; ; ) {
    const page = await engine.sequences.read(sequence, { start, order: 'ascending', limit: PAGE })
    all.add(page.times.map((at, index) => ({ time: at, value: page.values[index] ?? '' })))
    const last = page.times.at(-1)
    if (!page.more || last === undefined) return all.end()
    start = last + 1
  }
}

/** How many values there are, and a hash of them. */
class Digest {
  readonly #hash: Hash = createHash('sha256')
  #count = 0

  add(points: readonly MovedPoint[]): void {
    this.#count += points.length
    this.#hash.update(points.map(({ time: at, value }) => `${at}\t${JSON.stringify(value)}\n`).join(''))
  }
  end(): string {
    return `${this.#count} ${this.#hash.digest('hex')}`
  }
}

async function compareRevisions(comparing: Comparing, resource: PlannedResource, total: ContentCounts): Promise<boolean> {
  const { source, contents, findings, engine, onProgress } = comparing
  let isSame = true
  let [missing, timeless] = [0, 0]
  for await (const batch of source.revisions(resource.id)) {
    for (const row of batch) {
      total.revisions.there++
      const [id, at] = [idOf(row), timeOfRevision(resource, row)]
      const isThere = id !== undefined && at !== undefined && (await contents.has(resource, id, row))
      if (!isThere) missing++
      else if (engine && !(await isSameRevision(comparing, engine, resource, id, row))) isSame = false
      total.revisions.taken += isThere ? 1 : 0
      if (isThere && time(row, 'timestamp') === undefined) timeless++
    }
    onProgress(batch.length)
  }
  if (timeless > 0)
    findings.change(resource.path, `has ${timeless} revisions whose time can’t be read; it is that of the last change of the file now`)
  if (missing > 0)
    findings.leave(resource.path, `has ${missing} revisions without a time, or whose content is not in the original's storage`)
  return isSame
}

async function isSameRevision({ contents }: Comparing, engine: Engine, resource: PlannedResource, id: number, row: Row): Promise<boolean> {
  const content = await contents.open(resource, id, row)
  return content !== undefined && (await sha1(content)) === (await hashOfMoved(engine, resource.id, id))
}

async function hashOfMoved(engine: Engine, resourceId: number, id: number): Promise<string | undefined> {
  const row = await engine.database
    .selectFrom('resource_revisions')
    .select(['data', 'storage_path'])
    .where('id', '=', id)
    .where('resource_id', '=', resourceId)
    .executeTakeFirst()
  if (row?.data) return sha1(row.data)
  return row?.storage_path == null ? undefined : sha1(await engine.files.read(row.storage_path))
}

async function sha1(content: Uint8Array | AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha1')
  if (content instanceof Uint8Array) hash.update(content)
  else for await (const part of content) hash.update(part)
  return hash.digest('hex')
}
