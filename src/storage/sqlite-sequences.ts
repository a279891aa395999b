/**
 * The store of sequence values on SQLite: journal, head, rows. A commit writes one packed journal record. Committed values
 * are in the head, in memory, for reads; when the head is full they are settled into rows, many of one sequence at a time,
 * and the journal that they came from is dropped. What is in the journal and in rows at once, after a crash in between,
 * reads the same as in either.
 */
import type Sqlite from 'better-sqlite3'
import type { Writer } from '../database/writer-client.ts'
import type { Log } from '../log.ts'
import type { Observer } from '../observer.ts'
import type { Micros } from '../time.ts'
import { CommitQueue } from './commit-queue.ts'
import { Stretch, mergePoints, type HeadSequence } from './head.ts'
import { packRecord, unpackRecord } from './journal.ts'
import { SequenceRows } from './sequence-rows.ts'
import { fulfils, type AppendRow, type BlockCheck, type Condition, type Page, type Point, type Points, type Range, type ReadOptions, type SequenceInfo, type SequenceRef, type SequenceStore, type Summary } from './sequence-store.ts'

/** Rows read, written or deleted before others get a turn. */
const STEP = 10_000
/** How long summing up may keep others from their turn. */
const LONGEST_TURN_MS = 8
/** Values in the head at which it is settled: a few MB of memory, and some 100 ms to read back at start. */
const FULL_HEAD = 100_000
/** Values in the head at which commits wait for the settling. */
const MAX_HEAD = 4 * FULL_HEAD

export interface StoreOptions {
  readonly observer: Observer
  readonly log: Log
  /** Values at which the head is settled, for tests. */
  readonly fullHead?: number
}

export class SqliteSequenceStore implements SequenceStore {
  readonly #writer: Writer
  readonly #observer: Observer
  readonly #log: Log
  readonly #rows: SequenceRows
  readonly #fullHead: number
  readonly #queue: CommitQueue
  readonly #head = new Map<number, HeadSequence>()
  #headSize = 0
  /** The newest journal record whose values are in the head. */
  #lastRecord = 0
  #settling: Promise<void> | undefined
  /** Work under way that counts on both head and rows: nothing may move from one to the other meanwhile. */
  readonly #holds = new Set<Promise<unknown>>()

  private constructor(reader: Sqlite.Database, writer: Writer, { observer, log, fullHead = FULL_HEAD }: StoreOptions) {
    this.#writer = writer
    this.#observer = observer
    this.#log = log
    this.#rows = new SequenceRows(reader)
    this.#fullHead = fullHead
    this.#queue = new CommitQueue((batch) => this.#commit(batch), observer)
  }

  /** Reads the journal back into the head. @throws Error when a record is damaged */
  static open(reader: Sqlite.Database, writer: Writer, options: StoreOptions): SqliteSequenceStore {
    const store = new SqliteSequenceStore(reader, writer, options)
    for (const [id, record] of reader.prepare<[], [number, Uint8Array]>('select id, data from sequence_journal order by id').raw().all()) {
      unpackRecord(record, ({ sequence, time, value }) => store.#put(sequence, time, value))
      store.#lastRecord = id
    }
    return store
  }

  append(rows: readonly AppendRow[]): Promise<Uint8Array> {
    return this.#queue.append(rows)
  }

  settled(): Promise<void> {
    return this.#queue.settled()
  }

  /** Writes the batch as one journal record, then takes its values into the head. */
  async #commit(batch: readonly (readonly AppendRow[])[]): Promise<Uint8Array[]> {
    const count = batch.reduce((sum, rows) => sum + rows.length, 0)
    if (count > 0) {
      const { commitMs, lastId } = await this.#writer.rows([{ sql: 'insert into sequence_journal (data) values (?)', columns: [[packRecord(batch)]] }])
      this.#lastRecord = lastId
      this.#observer.committed(count, commitMs)
    }
    const results = batch.map((rows) => {
      const isNew = new Uint8Array(rows.length)
      for (let at = 0; at < rows.length; at++) {
        const row = rows[at]
        if (row && this.#put(row.sequence, row.time, row.value)) isNew[at] = 1
      }
      return isNew
    })
    if (this.#headSize >= this.#fullHead && !this.#settling) this.#settleAll().catch((error: unknown) => this.#log.error({ err: error }, 'settling values failed; they stay in the journal'))
    // A head this full waits for the disk, and with it whoever appends next.
    if (this.#headSize >= MAX_HEAD) await this.#settling?.catch(() => {})
    return results
  }

  /** Takes a committed value into the head. @returns whether there was none at its time */
  #put(ref: SequenceRef, time: Micros, value: number | string): boolean {
    let head = this.#head.get(ref.id)
    if (!head) this.#head.set(ref.id, (head = { ref, current: new Stretch(), settling: undefined, settled: undefined, newestRow: this.#rows.newest(ref)?.time ?? Number.NEGATIVE_INFINITY }))
    if (!head.current.put(time, value)) return false
    this.#headSize++
    if (head.settling?.get(time) !== undefined) return false
    return time > head.newestRow || this.#rows.at(ref, time) === undefined
  }

  /** Settles all that is committed by now, after the settling that may be under way. @throws what the database says; the journal keeps all then */
  #settleAll(): Promise<void> {
    const before = this.#settling ?? Promise.resolve()
    const settling = before.catch(() => {}).then(() => this.#settle())
    const done = settling.finally(() => {
      if (this.#settling === done) this.#settling = undefined
    })
    this.#settling = done
    return done
  }

  /** Moves the whole head into rows, a sequence at a time, and then drops the journal that it came from. One runs at a time. */
  async #settle(): Promise<void> {
    const lastRecord = this.#lastRecord
    for (const head of [...this.#head.values()]) await this.#settleSequence(head)
    await this.#writer.rows([{ sql: 'delete from sequence_journal where id <= ?', columns: [Float64Array.of(lastRecord)] }])
    for (const [id, { current, settling }] of this.#head) if (current.length === 0 && !settling) this.#head.delete(id)
  }

  async #settleSequence(head: HeadSequence): Promise<void> {
    while (head.settled || this.#holds.size > 0) await Promise.allSettled([head.settled, ...this.#holds])
    const stretch = head.current
    if (stretch.length === 0) return
    head.settling = stretch
    head.current = new Stretch()
    const writing = this.#writeStretch(head, stretch)
    head.settled = writing.catch(() => {}).finally(() => {
      head.settled = undefined
    })
    await writing
  }

  async #writeStretch(head: HeadSequence, stretch: Stretch): Promise<void> {
    try {
      for (let from = 0; from < stretch.length; from += STEP) await this.#writer.rows([this.#rows.insertStep(head.ref, stretch, from, STEP)])
      this.#headSize -= stretch.length
      head.newestRow = Math.max(head.newestRow, stretch.times.at(-1) ?? head.newestRow)
    } catch (error) {
      const newer = head.current
      for (let at = 0; at < newer.length; at++) if (!stretch.put(newer.times[at] ?? 0, newer.values[at] ?? 0)) this.#headSize--
      head.current = stretch
      throw error
    } finally {
      head.settling = undefined
    }
  }

  async newest(sequence: SequenceRef): Promise<Point | undefined> {
    const head = this.#head.get(sequence.id)
    // Later ones win where times are equal.
    const candidates = [this.#rows.newest(sequence), head?.settling?.newest, head?.current.newest]
    return candidates.reduce((newest, one) => (one && (!newest || one.time >= newest.time) ? one : newest), undefined)
  }

  async at(sequence: SequenceRef, time: Micros): Promise<Point | undefined> {
    const head = this.#head.get(sequence.id)
    const value = head?.current.get(time) ?? head?.settling?.get(time)
    return value === undefined ? this.#rows.at(sequence, time) : { time, value }
  }

  async read(sequence: SequenceRef, options: ReadOptions): Promise<Page> {
    const { limit } = options
    const points = await this.#readPoints(sequence, { ...options, limit: limit + 1 })
    const more = points.times.length > limit
    if (more) points.times.length = points.values.length = limit
    return { ...points, more }
  }

  async #readPoints(sequence: SequenceRef, options: ReadOptions): Promise<Points> {
    const { order, limit } = options
    const points: Points = { times: [], values: [] }
    let { start, end } = options
    while (points.times.length < limit) {
      const step = Math.min(limit - points.times.length, STEP)
      const page = this.#readPage(sequence, { ...options, start, end, limit: step })
      for (let at = 0; at < page.times.length; at++) {
        points.times.push(page.times[at] ?? 0)
        points.values.push(page.values[at] ?? 0)
      }
      const last = page.times.at(-1)
      if (page.times.length < step || last === undefined) break
      if (order === 'ascending') start = last + 1
      else end = last - 1
      if (points.times.length < limit) await new Promise((resolve) => setImmediate(resolve))
    }
    return points
  }

  /** One page, of rows and head as they are at this moment. */
  #readPage(sequence: SequenceRef, { start, end, order, limit, text }: ReadOptions): Points {
    // The first `limit` points of both together are among the first `limit` of each; a search has to know all of the head.
    const unsettled = text === undefined ? this.#unsettled(sequence, { start, end }, limit, order) : this.#unsettled(sequence, { start, end })
    if (unsettled.times.length === 0) return this.#rows.read(sequence, { start, end }, order, limit, text)
    // Rows whose times the head has too don't count; there are at most as many as it has values.
    const rows = this.#rows.read(sequence, { start, end }, order, limit + unsettled.times.length, text)
    if (order === 'descending') reverse(rows)
    const merged = text === undefined ? mergePoints(rows, unsettled) : mergePoints(withoutTimes(rows, unsettled), filterText(unsettled, text))
    if (order === 'descending') reverse(merged)
    merged.times.length = merged.values.length = Math.min(limit, merged.times.length)
    return merged
  }

  async extent(sequence: SequenceRef, range: Range): Promise<{ first: Micros; last: Micros } | undefined> {
    const [first] = (await this.read(sequence, { ...range, order: 'ascending', limit: 1 })).times
    const [last] = (await this.read(sequence, { ...range, order: 'descending', limit: 1 })).times
    return first === undefined || last === undefined ? undefined : { first, last }
  }

  async summarize(sequence: SequenceRef, edges: readonly Micros[]): Promise<(Summary | undefined)[]> {
    await this.#settleLate(sequence)
    return this.#hold(this.#sumUp(sequence, edges))
  }

  /** Keeps the head from being settled until the work, which has just begun, is done. */
  async #hold<T>(work: Promise<T>): Promise<T> {
    this.#holds.add(work)
    try {
      return await work
    } finally {
      this.#holds.delete(work)
    }
  }

  /** Late values may stand at times of rows, where summing up would count both: moves them into the rows. */
  async #settleLate({ id }: SequenceRef): Promise<void> {
    for (let head = this.#head.get(id); head; head = this.#head.get(id)) {
      const oldest = head.current.times[0]
      if (head.settled) await head.settled
      else if (oldest !== undefined && oldest <= head.newestRow) await this.#settleSequence(head)
      else return
    }
  }

  async #sumUp(sequence: SequenceRef, edges: readonly Micros[]): Promise<(Summary | undefined)[]> {
    const unsettled = this.#unsettled(sequence, { start: edges[0], end: (edges.at(-1) ?? 0) - 1 })
    const result: (Summary | undefined)[] = []
    let [turn, next] = [performance.now(), 0]
    for (let at = 0; at + 1 < edges.length; at++) {
      const [from = 0, to = 0] = [edges[at], edges[at + 1]]
      let summary = this.#rows.summarize(sequence, from, to)
      while (next < unsettled.times.length && (unsettled.times[next] ?? 0) < to) summary = addPoint(summary, unsettled.times[next] ?? 0, unsettled.values[next++] as number)
      result.push(summary)
      if (performance.now() - turn > LONGEST_TURN_MS) {
        await new Promise((resolve) => setImmediate(resolve))
        turn = performance.now()
      }
    }
    return result
  }

  async count(sequence: SequenceRef, range: Range, where: readonly Condition[] = []): Promise<number> {
    return (await this.#matches(sequence, range, where)).length
  }

  async #matches(sequence: SequenceRef, range: Range, where: readonly Condition[]): Promise<Micros[]> {
    const { times, values } = await this.#readPoints(sequence, { ...range, order: 'ascending', limit: Number.POSITIVE_INFINITY })
    return times.filter((_, at) => fulfils(values[at] ?? 0, where))
  }

  async info(sequence: SequenceRef): Promise<SequenceInfo> {
    const extent = await this.extent(sequence, {})
    return { count: await this.count(sequence, {}), first: extent?.first, last: extent?.last, unsealed: this.#head.get(sequence.id)?.current.length ?? 0, blocks: 0, bytes: 0 }
  }

  async *verify(): AsyncGenerator<BlockCheck> {
    yield* []
  }

  async delete(sequence: SequenceRef, { start = Number.MIN_SAFE_INTEGER, end = Number.MAX_SAFE_INTEGER }: Range, where: readonly Condition[] = []): Promise<number> {
    // What was sent before this goes with it, and nothing of it may come back from the journal.
    await this.settled()
    await this.#settleAll()
    let deleted = 0
    if (where.length > 0) {
      const doomed = await this.#matches(sequence, { start, end }, where)
      for (const time of doomed) await this.#writer.rows([this.#rows.deleteStep(sequence, time, time)])
      return doomed.length
    }
    for (;;) {
      const last = this.#rows.read(sequence, { start, end }, 'ascending', STEP).times
      const until = last.at(-1)
      if (until === undefined) break
      await this.#writer.rows([this.#rows.deleteStep(sequence, start, until)])
      deleted += last.length
    }
    const head = this.#head.get(sequence.id)
    if (head) head.newestRow = this.#rows.newest(sequence)?.time ?? Number.NEGATIVE_INFINITY
    return deleted
  }

  async truncate(sequence: SequenceRef, keep: number, before?: Micros): Promise<number> {
    if (before !== undefined) await this.delete(sequence, { end: before - 1 })
    await this.#settleLate(sequence)
    return this.#hold(this.#dropOldest(sequence, keep))
  }

  async #dropOldest(sequence: SequenceRef, keep: number): Promise<number> {
    const head = this.#head.get(sequence.id)
    const inHead = head?.current.length ?? 0
    let inRows = await this.#countRows(sequence)
    while (inRows > 0 && inRows + inHead > keep) {
      const oldest = this.#rows.read(sequence, {}, 'ascending', Math.min(inRows + inHead - keep, inRows, STEP)).times
      const until = oldest.at(-1)
      if (until === undefined) break
      await this.#writer.rows([this.#rows.deleteStep(sequence, Number.MIN_SAFE_INTEGER, until)])
      inRows -= oldest.length
    }
    // Values that never were settled need not be: after a crash the journal brings them back, and they go again.
    if (head && inRows === 0 && head.current.length > keep) {
      this.#headSize -= head.current.length - keep
      head.current.dropOldest(head.current.length - keep)
    }
    return Math.min(keep, inRows + inHead)
  }

  async #countRows(sequence: SequenceRef): Promise<number> {
    let total = 0
    let after = Number.MIN_SAFE_INTEGER
    for (;;) {
      const { count, last } = this.#rows.countAfter(sequence, after, 2 * STEP)
      total += count
      if (count < 2 * STEP || last === null) return total
      after = last
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  /** What the head has in a range, ascending; with a limit, at least that many from one end. */
  #unsettled({ id }: SequenceRef, range: Range, limit?: number, order?: 'ascending' | 'descending'): Points {
    const head = this.#head.get(id)
    if (!head) return { times: [], values: [] }
    const current = head.current.slice(range, limit, order)
    return head.settling ? mergePoints(head.settling.slice(range, limit, order), current) : current
  }
}

function reverse({ times, values }: Points): void {
  times.reverse()
  values.reverse()
}

function filterText({ times, values }: Points, text: string): Points {
  const kept = values.map((value, at) => (String(value).includes(text) ? at : -1)).filter((at) => at >= 0)
  return { times: kept.map((at) => times[at] ?? 0), values: kept.map((at) => values[at] ?? '') }
}

function withoutTimes({ times, values }: Points, other: Points): Points {
  const gone = new Set(other.times)
  const kept = times.map((time, at) => (gone.has(time) ? -1 : at)).filter((at) => at >= 0)
  return { times: kept.map((at) => times[at] ?? 0), values: kept.map((at) => values[at] ?? 0) }
}

function addPoint(summary: Summary | undefined, time: Micros, value: number): Summary {
  if (!summary) return { first: time, last: time, firstValue: value, lastValue: value, min: value, max: value, sum: value, count: 1 }
  const { first, firstValue, min, max, sum, count } = summary
  return { first, firstValue, last: time, lastValue: value, min: Math.min(min, value), max: Math.max(max, value), sum: sum + value, count: count + 1 }
}
