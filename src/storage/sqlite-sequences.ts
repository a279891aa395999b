/**
 * The store of sequence values on SQLite: journal, head, blocks. A commit writes one packed journal record. Committed values
 * are in the head, in memory, for reads; when the head is full they are sealed into compressed blocks, and the journal that
 * they came from is dropped. What is in the journal and in a block at once, after a crash in between, reads the same as in
 * either: values of the head count over those of blocks.
 */
import type Sqlite from 'better-sqlite3'
import type { RowWriter } from '../database/writer-client.ts'
import type { RowsStep } from '../database/writer-protocol.ts'
import type { Log } from '../log.ts'
import type { Observer } from '../observer.ts'
import type { Micros } from '../time.ts'
import { BlockTable, type BlockHeader } from './block-table.ts'
import { verifyBlocks } from './block-checks.ts'
import { NumberBlock } from './blocks/number-block.ts'
import { CommitQueue, weightOf } from './commit-queue.ts'
import { Stretch, lowerBound, mergePoints, type HeadSequence } from './head.ts'
import { packRecord, packRemoval, unpackRecord, type Removal } from './journal.ts'
import { Remover } from './remover.ts'
import { SealedValues } from './sealed-values.ts'
import { Sealer } from './sealer.ts'
import { planSealing, type SealingPlan } from './sealing-plan.ts'
import { SequenceLocks } from './sequence-locks.ts'
import { fulfils, type AppendRow, type BlockCheck, type Condition, type Page, type Point, type Points, type Range, type ReadOptions, type SequenceInfo, type SequenceRef, type SequenceStore, type Summary } from './sequence-store.ts'
import { Sums } from './summing.ts'
import { Turns } from './turns.ts'

/** Values read at a time before others get a turn. */
const STEP = 10_000
/** Texts of one page, in characters: what one answer may hold in memory. */
const PAGE_CHARACTERS = 4_000_000
/** The head is sealed at this weight: some 5 MB of memory, and some 200 ms to read back at start. */
const FULL_HEAD = 200_000
/** Commits wait for the sealing when the head weighs so many times what it should. */
const MOST_FULL = 4
/** Weight that is sealed in one go, and the sequences. */
const GROUP_WEIGHT = 50_000
const GROUP_SEQUENCES = 500
/** Bytes of blocks in one transaction: on a slow card some 25 ms. */
const TRANSACTION_BYTES = 256 * 1024
/** Journal records that are dropped in one transaction. */
const DROP_STEP = 500

export interface StoreOptions {
  readonly observer: Observer
  readonly log: Log
  /** Weight at which the head is sealed, for tests. */
  readonly fullHead?: number
}

export class SqliteSequenceStore implements SequenceStore {
  readonly #reader: Sqlite.Database
  readonly #writer: RowWriter
  readonly #observer: Observer
  readonly #log: Log
  readonly #table: BlockTable
  readonly #sealed: SealedValues
  readonly #sealer = new Sealer()
  readonly #remover: Remover
  readonly #locks = new SequenceLocks()
  readonly #fullHead: number
  readonly #queue: CommitQueue
  readonly #head = new Map<number, HeadSequence>()
  #weight = 0
  /** The newest journal record whose values are in the head. */
  #lastRecord = 0
  /** Records from this one on must stay: what they tell was not done to the end. */
  #keepFrom = Number.POSITIVE_INFINITY
  #settling: Promise<void> | undefined
  readonly #removals = new Set<Promise<unknown>>()
  readonly #damaged = new Set<number>()
  #isClosing = false

  private constructor(reader: Sqlite.Database, writer: RowWriter, { observer, log, fullHead = FULL_HEAD }: StoreOptions) {
    this.#reader = reader
    this.#writer = writer
    this.#observer = observer
    this.#log = log
    this.#table = new BlockTable(reader)
    this.#sealed = new SealedValues(this.#table, (header, damage) => this.#reportDamage(header, damage))
    this.#remover = new Remover(this.#table, this.#sealed, this.#sealer, writer)
    this.#fullHead = fullHead
    this.#queue = new CommitQueue((batch) => this.#commit(batch), () => this.#whenRoom(), observer)
  }

  /** Reads the journal back into the head. @throws Error when a record is damaged */
  static async open(reader: Sqlite.Database, writer: RowWriter, options: StoreOptions): Promise<SqliteSequenceStore> {
    const store = new SqliteSequenceStore(reader, writer, options)
    const removals: [removal: Removal, gone: ReadonlySet<Micros>][] = []
    const records = reader.prepare<[], [number, Uint8Array]>('select id, data from sequence_journal order by id').raw()
    for (const [id, record] of records.iterate()) {
      unpackRecord(record, {
        value: (row) => store.#put(store.#headOf(row.sequence), row),
        removal: (removal) => void removals.push([removal, store.#removeFromHead(removal).gone]),
      })
      store.#lastRecord = id
    }
    // What was removed may still be in blocks, if a crash came between.
    for (const [removal, gone] of removals) await store.#remover.remove(removal, gone, gone)
    for (const head of store.#head.values()) head.newestSealed = store.#table.newest(head.ref)?.last ?? Number.NEGATIVE_INFINITY
    return store
  }

  append(rows: readonly AppendRow[]): Promise<Uint8Array> {
    return this.#queue.append(rows)
  }

  settled(): Promise<void> {
    return this.#queue.settled()
  }

  /** Waits for what is being committed, and leaves the head to the journal. */
  async close(): Promise<void> {
    this.#isClosing = true
    await this.settled()
    await Promise.allSettled([this.#settling, ...this.#removals])
    await this.#sealer.close()
  }

  /** Writes the batch as one journal record, then takes its values into the head. */
  async #commit(batch: readonly (readonly AppendRow[])[]): Promise<Uint8Array[]> {
    const count = batch.reduce((sum, rows) => sum + rows.length, 0)
    if (count === 0) return batch.map(() => new Uint8Array(0))
    const { commitMs, lastId } = await this.#writer.rows([{ sql: 'insert into sequence_journal (data) values (?)', columns: [[packRecord(batch)]] }])
    this.#observer.committed(count, commitMs)
    const known = await this.#findKnown(batch)
    // From here on to the end in one step: a sealing may drop a record only when its values are in the head.
    const results = this.#takeIn(batch, known)
    this.#lastRecord = lastId
    if (this.#weight >= this.#fullHead && !this.#settling && !this.#isClosing) this.#settle()
    return results
  }

  /** A head this full waits for the disk, and with it whoever appends next. */
  async #whenRoom(): Promise<void> {
    if (this.#weight >= MOST_FULL * this.#fullHead) await this.#settling
  }

  #headOf(ref: SequenceRef): HeadSequence {
    let head = this.#head.get(ref.id)
    if (!head) {
      const newest = this.#table.newest(ref)?.last ?? Number.NEGATIVE_INFINITY
      this.#head.set(ref.id, (head = { ref, current: new Stretch(), weight: 0, settling: undefined, newestSealed: newest, newest }))
    }
    return head
  }

  #put(head: HeadSequence, { time, value }: Point): void {
    this.#weigh(head, weightOf(value))
    if (time > head.newest) head.newest = time
    head.current.put(time, value)
  }

  #weigh(head: HeadSequence, more: number): void {
    head.weight += more
    this.#weight += more
  }

  /** Of the values that are not newer than all others of their sequence: those times at which there is one, as `id:time`. */
  async #findKnown(batch: readonly (readonly AppendRow[])[]): Promise<ReadonlySet<string> | undefined> {
    let known: Set<string> | undefined
    const late = new Map<HeadSequence, Micros[]>()
    for (const rows of batch) {
      for (const { sequence, time } of rows) {
        const head = this.#headOf(sequence)
        if (time > head.newest) continue
        known ??= new Set()
        if (head.current.get(time) !== undefined || head.settling?.get(time) !== undefined) known.add(keyOf(head, time))
        else if (time <= head.newestSealed) {
          const times = late.get(head)
          if (times) times.push(time)
          else late.set(head, [time])
        }
      }
    }
    const turns = new Turns()
    for (const [head, times] of late) {
      times.sort((a, b) => a - b)
      let at = 0
      for (const isThere of this.#sealed.find(head.ref, times)) {
        if (isThere) known?.add(keyOf(head, times[at] ?? 0))
        at++
        if (turns.isOver()) await turns.next()
      }
    }
    return known
  }

  #takeIn(batch: readonly (readonly AppendRow[])[], known: ReadonlySet<string> | undefined): Uint8Array[] {
    const late = new Map<HeadSequence, { points: Point[]; places: [result: Uint8Array, at: number][] }>()
    const results = batch.map((rows) => {
      const isNew = new Uint8Array(rows.length)
      for (const [at, row] of rows.entries()) {
        const head = this.#headOf(row.sequence)
        if (row.time > head.newest) {
          this.#put(head, row)
          isNew[at] = 1
          continue
        }
        let group = late.get(head)
        if (!group) late.set(head, (group = { points: [], places: [] }))
        group.points.push(row)
        group.places.push([isNew, at])
      }
      return isNew
    })
    for (const [head, { points, places }] of late) {
      this.#weigh(head, points.reduce((sum, { value }) => sum + weightOf(value), 0))
      const isNew = head.current.putAll(points)
      for (const [at, [result, place]] of places.entries()) if (isNew[at] === true && known?.has(keyOf(head, points[at]?.time ?? 0)) !== true) result[place] = 1
    }
    return results
  }

  /** Seals all that is in the head by now. One runs at a time; when it fails the journal keeps all. */
  #settle(): void {
    this.#settling = this.#settleAll()
      .catch((error: unknown) => {
        if (!this.#isClosing) this.#log.error({ err: error }, 'sealing values failed; they stay in the journal')
      })
      .finally(() => {
        this.#settling = undefined
      })
  }

  async #settleAll(): Promise<void> {
    const lastRecord = this.#lastRecord
    const removals = [...this.#removals]
    let group: HeadSequence[] = []
    let weight = 0
    const heads = [...this.#head.values()]
    for (const [at, head] of heads.entries()) {
      group.push(head)
      weight += head.weight
      if (weight < GROUP_WEIGHT && group.length < GROUP_SEQUENCES && at < heads.length - 1) continue
      if (this.#isClosing) return
      await this.#settleGroup(group)
      group = []
      weight = 0
    }
    await Promise.allSettled(removals)
    await this.#dropRecords(Math.min(lastRecord, this.#keepFrom - 1))
    for (const [id, { current, settling }] of this.#head) if (current.length === 0 && !settling) this.#head.delete(id)
  }

  /** The oldest ones first: what is left at any time is a whole end of the journal, which reads the same over the blocks. */
  async #dropRecords(until: number): Promise<void> {
    const oldest = this.#reader.prepare<[], number | null>('select min(id) from sequence_journal').pluck()
    for (let id = oldest.get() ?? null; id !== null && id <= until; id = oldest.get() ?? null) {
      await this.#writer.rows([{ sql: 'delete from sequence_journal where id <= ?', columns: [Float64Array.of(Math.min(until, id + DROP_STEP))] }])
    }
  }

  async #settleGroup(heads: readonly HeadSequence[]): Promise<void> {
    await this.#locks.hold(heads.map(({ ref }) => ref.id), async () => {
      const taken = heads.filter(({ current }) => current.length > 0).map((head) => ({ head, weight: head.weight }))
      for (const { head } of taken) {
        head.settling = head.current
        head.current = new Stretch()
        head.weight = 0
      }
      try {
        await this.#sealAll(taken.map(({ head }) => head))
        for (const { head, weight } of taken) {
          head.newestSealed = Math.max(head.newestSealed, head.settling?.newest?.time ?? head.newestSealed)
          this.#weight -= weight
        }
      } catch (error) {
        for (const { head, weight } of taken) {
          if (head.settling) head.current = Object.assign(new Stretch(), mergePoints(head.settling, head.current))
          head.weight += weight
        }
        throw error
      } finally {
        for (const { head } of taken) head.settling = undefined
      }
    })
  }

  /** Makes blocks of what these are settling. Their locks are held. */
  async #sealAll(heads: readonly HeadSequence[]): Promise<void> {
    const turns = new Turns()
    const plans: [head: HeadSequence, plan: SealingPlan][] = []
    for (const head of heads) {
      for (const plan of planSealing(this.#table, head.ref, head.settling ?? { times: [], values: [] })) plans.push([head, plan])
      if (turns.isOver()) await turns.next()
    }
    const results = await this.#sealer.seal(plans.map(([, { job }]) => job))
    const damaged = new Set<HeadSequence>()
    let steps: RowsStep[] = []
    let bytes = 0
    for (const [at, [head, { old }]] of plans.entries()) {
      const result = results[at]
      if (!result) throw new Error('the sealer left a job out')
      if ('damage' in result) {
        const block = old[result.damaged]
        if (!block) throw new Error(`sealing failed: ${result.damage}`)
        this.#reportDamage(block, result.damage)
        await this.#writer.rows(this.#table.quarantineSteps([block], result.damage))
        damaged.add(head)
        continue
      }
      steps.push(...this.#table.replaceSteps(old, head.ref, result.blocks))
      bytes += result.blocks.reduce((sum, { data }) => sum + data.length, 0)
      if (bytes < TRANSACTION_BYTES && at < plans.length - 1) continue
      await this.#writer.rows(steps)
      steps = []
      bytes = 0
    }
    if (steps.length > 0) await this.#writer.rows(steps)
    // Around the damaged blocks, which are out of the way now. What was sealed already is only sealed again.
    if (damaged.size > 0) await this.#sealAll([...damaged])
  }

  async newest(sequence: SequenceRef): Promise<Point | undefined> {
    const head = this.#head.get(sequence.id)
    // Later ones win where times are equal.
    const candidates = [this.#sealed.newest(sequence), head?.settling?.newest, head?.current.newest]
    return candidates.reduce((newest, one) => (one && (!newest || one.time >= newest.time) ? one : newest), undefined)
  }

  async at(sequence: SequenceRef, time: Micros): Promise<Point | undefined> {
    const head = this.#head.get(sequence.id)
    const value = head?.current.get(time) ?? head?.settling?.get(time)
    return value === undefined ? this.#sealed.at(sequence, time) : { time, value }
  }

  async read(sequence: SequenceRef, options: ReadOptions): Promise<Page> {
    const { order, text, limit } = options
    const points: Points = { times: [], values: [] }
    let { start, end } = options
    let characters = 0
    // One more than asked for shows whether there are more.
    while (points.times.length <= limit && characters < PAGE_CHARACTERS) {
      const step = text === undefined ? Math.min(limit + 1 - points.times.length, STEP) : STEP
      const page = this.#page(sequence, { start, end }, order, step)
      for (const [at, time] of page.times.entries()) {
        const value = page.values[at] ?? 0
        if (text !== undefined && !String(value).includes(text)) continue
        points.times.push(time)
        points.values.push(value)
        if (typeof value === 'string') characters += value.length
        if (points.times.length > limit) break
      }
      const last = page.times.at(-1)
      if (!page.more || last === undefined) return cutAt(points, limit, false)
      if (order === 'ascending') start = last + 1
      else end = last - 1
      if (points.times.length <= limit) await new Promise((resolve) => setImmediate(resolve))
    }
    return cutAt(points, limit, true)
  }

  /** One page, of blocks and head as they are at this moment, in the order asked for. */
  #page(sequence: SequenceRef, range: Range, order: 'ascending' | 'descending', limit: number): Page {
    const sealed = this.#sealed.read(sequence, range, order, limit, PAGE_CHARACTERS)
    // What the head has beyond the end of an incomplete page belongs to the next.
    const reached = sealed.isCut ? (order === 'ascending' ? { ...range, end: sealed.times.at(-1) } : { ...range, start: sealed.times[0] }) : range
    // The first `limit` points of both together are among the first `limit` of each.
    const merged = mergePoints(sealed, this.#unsealed(sequence, reached, limit, order))
    const more = sealed.isCut || merged.times.length >= limit
    const points = { times: [...merged.times], values: [...merged.values] }
    if (order === 'descending') {
      points.times.reverse()
      points.values.reverse()
    }
    return cutAt(points, limit, more)
  }

  async extent(sequence: SequenceRef, range: Range): Promise<{ first: Micros; last: Micros } | undefined> {
    const [first] = this.#page(sequence, range, 'ascending', 1).times
    const [last] = this.#page(sequence, range, 'descending', 1).times
    return first === undefined || last === undefined ? undefined : { first, last }
  }

  async summarize(sequence: SequenceRef, edges: readonly Micros[]): Promise<(Summary | undefined)[]> {
    const range = { start: edges[0], end: (edges.at(-1) ?? 0) - 1 }
    const sums = new Sums(edges)
    const turns = new Turns()
    // Both as they are at this moment; what is sealed from now on is in what was unsealed then.
    const unsealed = this.#unsealed(sequence, range)
    for (const header of this.#table.headers(sequence, range)) {
      const hidden = between(unsealed.times, header)
      if (hidden === 0 && sums.isWhole(header)) sums.addSummary(header)
      else this.#sumBlock(sums, header, unsealed, hidden > 0)
      if (turns.isOver()) await turns.next()
    }
    sums.add(unsealed.times, unsealed.values as number[])
    return sums.results()
  }

  /** Adds a block's values; those at times that the head has too don't count. */
  #sumBlock(sums: Sums, header: BlockHeader, unsealed: Points, hasHidden: boolean): void {
    const block = this.#sealed.open(header, false)
    if (!(block instanceof NumberBlock)) {
      if (this.#table.data(header)) return
      // Sealed anew in between: the same values are in other blocks now.
      const points = withoutTimes(this.#sealed.read({ id: header.sequenceId, isText: false }, { start: header.first, end: header.last }, 'ascending', Number.POSITIVE_INFINITY), unsealed)
      sums.add(points.times, points.values as number[])
    } else if (hasHidden) {
      const columns = this.#sealed.guard(header, () => block.decode())
      const points = columns && withoutTimes({ times: [...columns.times], values: [...columns.values] }, unsealed)
      if (points) sums.add(points.times, points.values as number[])
    } else {
      this.#sealed.guard(header, () => {
        for (let segment = 0; segment < block.segments; segment++) {
          const summary = block.summary(segment)
          if (sums.isWhole(summary)) sums.addSummary(summary)
          else {
            const { times, values } = block.decode(segment, segment + 1)
            sums.add(times, values)
          }
        }
      })
    }
  }

  async count(sequence: SequenceRef, range: Range, where: readonly Condition[] = []): Promise<number> {
    const unsealed = this.#unsealed(sequence, range)
    const matching = unsealed.values.filter((value) => fulfils(value, where)).length
    return matching + (await this.#remover.count({ sequence, ...bounds(range), where }, new Set(unsealed.times)))
  }

  async delete(sequence: SequenceRef, range: Range, where: readonly Condition[] = []): Promise<number> {
    const removal: Removal = { sequence, ...bounds(range), where }
    // What was sent before this goes with it.
    await this.settled()
    const removing = this.#locks.hold([sequence.id], () => this.#remove(removal))
    this.#removals.add(removing)
    try {
      return await removing
    } finally {
      this.#removals.delete(removing)
    }
  }

  /** Durable with its record in the journal; then what it concerns is taken out of head and blocks. The lock is held. */
  async #remove(removal: Removal): Promise<number> {
    const [record, { gone, hidden }] = await this.#queue.between(async () => {
      const { lastId } = await this.#writer.rows([{ sql: 'insert into sequence_journal (data) values (?)', columns: [[packRemoval(removal)]] }])
      this.#lastRecord = lastId
      return [lastId, this.#removeFromHead(removal)] as const
    })
    try {
      return gone.size + (await this.#remover.remove(removal, hidden, gone))
    } catch (error) {
      // The next start finishes it.
      this.#keepFrom = Math.min(this.#keepFrom, record)
      throw error
    } finally {
      const head = this.#head.get(removal.sequence.id)
      if (head) head.newestSealed = this.#table.newest(head.ref)?.last ?? Number.NEGATIVE_INFINITY
    }
  }

  /** @returns the times that are gone, and all that the head had, whose values in blocks did not show */
  #removeFromHead({ sequence, start, end, where }: Removal): { gone: ReadonlySet<Micros>; hidden: ReadonlySet<Micros> } {
    const head = this.#head.get(sequence.id)
    if (!head) return { gone: new Set(), hidden: new Set() }
    const hidden = new Set(head.current.slice({ start, end }).times)
    const gone = new Map<Micros, number | string>()
    if (hidden.size > 0) head.current.remove((time, value) => time >= start && time <= end && fulfils(value, where) && gone.set(time, value) !== undefined)
    this.#weigh(head, -[...gone.values()].reduce<number>((sum, value) => sum + weightOf(value), 0))
    return { gone: new Set(gone.keys()), hidden }
  }

  async truncate(sequence: SequenceRef, keep: number, before = Number.NEGATIVE_INFINITY): Promise<number> {
    await this.#settleLate(sequence)
    const unsealed = this.#head.get(sequence.id)?.current.times ?? []
    const { count } = this.#table.totals(sequence)
    const total = count + unsealed.length
    const cutoff = Math.max(this.#findExpired(sequence, before), total > keep ? this.#findNth(sequence, total - keep, count, unsealed) : Number.NEGATIVE_INFINITY)
    if (cutoff === Number.NEGATIVE_INFINITY) return total
    return total - (await this.delete(sequence, { end: cutoff - 1 }))
  }

  /** Late values stand in the midst of blocks, where counting needs them: seals them. */
  async #settleLate({ id }: SequenceRef): Promise<void> {
    for (let head = this.#head.get(id); head; head = this.#head.get(id)) {
      const [oldest] = head.current.times
      if (head.settling) await this.#locks.hold([id], () => Promise.resolve())
      else if (oldest !== undefined && oldest <= head.newestSealed) await this.#settleGroup([head])
      else return
    }
  }

  /** Before which time everything may go because of its age. A block is cut only when that is worth it. */
  #findExpired(sequence: SequenceRef, before: Micros): Micros {
    const [oldest] = this.#table.headers(sequence, {}, 'ascending', 1)
    const first = oldest?.first ?? this.#head.get(sequence.id)?.current.times[0] ?? Number.POSITIVE_INFINITY
    if (first >= before) return Number.NEGATIVE_INFINITY
    if (!oldest || oldest.last < before) return before
    return (before - oldest.first) / (oldest.last - oldest.first) >= LEAST_CUT ? before : Number.NEGATIVE_INFINITY
  }

  /** The time of the value that has `nth` values before it; blocks come first, then the head. */
  #findNth(sequence: SequenceRef, nth: number, sealed: number, unsealed: readonly Micros[]): Micros {
    if (nth >= sealed) return unsealed[nth - sealed] ?? (unsealed.at(-1) ?? this.#table.newest(sequence)?.last ?? 0) + 1
    let passed = 0
    for (let start: Micros | undefined; ; ) {
      const headers = this.#table.headers(sequence, { start }, 'ascending', 100)
      for (const header of headers) {
        if (passed + header.count > nth) return this.#sealed.decode(header, sequence.isText)?.times[nth - passed] ?? header.first
        passed += header.count
        start = header.last + 1
      }
      if (headers.length === 0) return Number.NEGATIVE_INFINITY
    }
  }

  async info(sequence: SequenceRef): Promise<SequenceInfo> {
    const { blocks, bytes } = this.#table.totals(sequence)
    const extent = await this.extent(sequence, {})
    const head = this.#head.get(sequence.id)
    return { count: await this.count(sequence, {}), first: extent?.first, last: extent?.last, unsealed: (head?.current.length ?? 0) + (head?.settling?.length ?? 0), blocks, bytes }
  }

  verify(): AsyncGenerator<BlockCheck> {
    return verifyBlocks(this.#reader)
  }

  /** What the head has in a range, ascending; with a limit, at least that many from one end. */
  #unsealed({ id }: SequenceRef, range: Range, limit?: number, order?: 'ascending' | 'descending'): Points {
    const head = this.#head.get(id)
    if (!head) return { times: [], values: [] }
    const current = head.current.slice(range, limit, order)
    return head.settling ? mergePoints(head.settling.slice(range, limit, order), current) : current
  }

  #reportDamage({ sequenceId, first, last, count, dataId }: BlockHeader, damage: string): void {
    if (this.#damaged.has(dataId)) return
    this.#damaged.add(dataId)
    this.#log.error({ sequence: sequenceId, first: new Date(first / 1000), last: new Date(last / 1000), values: count, damage }, 'a block of values is damaged; reads pass over it. "rhizo doctor" names all')
  }
}

/** Share of a block's time that must have expired for the block to be cut. */
const LEAST_CUT = 1 / 8

const keyOf = ({ ref }: HeadSequence, time: Micros): string => `${ref.id}:${time}`

const bounds = ({ start = Number.MIN_SAFE_INTEGER, end = Number.MAX_SAFE_INTEGER }: Range): { start: Micros; end: Micros } => ({ start, end })

/** How many of the times lie in a block's stretch. */
const between = (times: readonly Micros[], { first, last }: BlockHeader): number => lowerBound(times, last + 1) - lowerBound(times, first)

/** The first `limit`; what is cut off counts as more. */
function cutAt({ times, values }: Points, limit: number, more: boolean): Page {
  const isLonger = times.length > limit
  if (isLonger) times.length = values.length = limit
  return { times, values, more: more || isLonger }
}

function withoutTimes({ times, values }: Points, other: Points): Points {
  const gone = new Set(other.times)
  const kept = times.map((time, at) => (gone.has(time) ? -1 : at)).filter((at) => at >= 0)
  return { times: kept.map((at) => times[at] ?? 0), values: kept.map((at) => values[at] ?? 0) }
}
