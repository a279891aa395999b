/**
 * Stores sequence values on SQLite in journal, head and blocks. A commit writes one packed journal record. Committed values are in the
 * head, in memory, for reads; when the head is full they are sealed into compressed blocks, and their journal records are dropped. After a
 * crash, values can be in both the journal and a block; this reads the same as either, because the head's values override those of blocks.
 */
import type Sqlite from 'better-sqlite3'
import { Fault } from '../../base/fault.ts'
import { isUnreadable } from '../../database/errors.ts'
import type { RowWriter } from '../../database/sqlite/writer-client.ts'
import { withCleanUp } from '../../base/clean-up.ts'
import type { Log } from '../../base/log.ts'
import type { Observer } from '../../base/store-observer.ts'
import type { Micros } from '../../base/time.ts'
import { BlockTable, type BlockHeader } from './block-table.ts'
import { verifyBlocks } from './block-checks.ts'
import type { BlockSource } from './block-source.ts'
import { CommitQueue } from './commit-queue.ts'
import { Head, type HeadSequence } from './head.ts'
import { carryOver } from './carry-over.ts'
import { packRecord, packRemoval, type Removal } from './journal.ts'
import { putAsideSteps, readJournal, type LostRecords } from './journal-reading.ts'
import { Remover } from './remover.ts'
import { Room } from './room.ts'
import { RowList } from './row-list.ts'
import { SealedValues } from './sealed-values.ts'
import { Sealer } from './sealer.ts'
import { NumberedLocks } from '../../base/locks.ts'
import { SequenceReader } from './sequence-reader.ts'
import {
  fulfils,
  type AppendRow,
  type AppendRows,
  type BlockCheck,
  type Condition,
  type Page,
  type Point,
  type Range,
  type ReadOptions,
  type SequenceInfo,
  type SequenceRef,
  type SequenceStore,
  type Shifted,
  type StoreCondition,
  type Summary,
} from '../sequence-store.ts'
import { Settler, type Failed } from './settler.ts'
import { packShift, readShifted, type Shift } from './shifting.ts'
import { findCutoff } from './truncation.ts'
import { TimeSlices } from '../../base/time-slices.ts'
import { Turns } from '../../base/turns.ts'

/** Weight at which the head is sealed: some 5 MB of memory, and some 200 ms to read back at start. */
const FULL_HEAD = 200_000
/** Journal records that one transaction drops. */
const DROP_STEP = 100

const SEE_DOCTOR = 'Look after the disk; "rhizo doctor" says what is damaged and what to do.'

export interface StoreOptions {
  readonly observer: Observer
  readonly log: Log
  /** Shared with other long answers. */
  readonly turns?: Turns
  /** Nothing can be written: removals that a crash interrupted are not finished, so that their values may show again. */
  readonly isReadOnly?: boolean
  /** Weight at which the head is sealed, for tests. */
  readonly fullHead?: number
  /** Where the data of blocks is, when the reader has only their headers. */
  readonly source?: BlockSource
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
  readonly #locks = new NumberedLocks()
  readonly #room: Room
  readonly #queue: CommitQueue
  readonly #head: Head
  readonly #values: SequenceReader
  readonly #settler: Settler
  /** The newest journal record whose values are in the head. */
  #lastRecord = 0
  /** Keep journal records from this id on: a removal that they record is not finished. */
  #keepFrom = Number.POSITIVE_INFINITY
  #settling: Promise<void> | undefined
  readonly #removals = new Set<Promise<unknown>>()
  /** Damage that was told of. */
  readonly #damaged = new Set<number | string>()
  #isClosing = false

  private constructor(
    reader: Sqlite.Database,
    writer: RowWriter,
    { observer, log, turns = new Turns(), fullHead = FULL_HEAD, source }: StoreOptions,
  ) {
    this.#reader = reader
    this.#writer = writer
    this.#observer = observer
    this.#log = log
    this.#table = new BlockTable(reader, (sequenceId, damage) => this.#reportHeaders(sequenceId, damage), source)
    this.#sealed = new SealedValues(this.#table, (header, damage) => this.#reportDamage(header, damage))
    this.#head = new Head((ref) => this.#table.newest(ref)?.last ?? Number.NEGATIVE_INFINITY)
    this.#values = new SequenceReader(this.#head, this.#table, this.#sealed, turns)
    this.#settler = new Settler({
      head: this.#head,
      table: this.#table,
      sealer: this.#sealer,
      writer,
      locks: this.#locks,
      onDamage: (header, damage) => this.#reportDamage(header, damage),
    })
    this.#remover = new Remover(this.#table, this.#sealed, this.#sealer, writer)
    this.#room = new Room(fullHead)
    this.#queue = new CommitQueue(
      (batch) => this.#commit(batch),
      () => this.#waitForRoom(),
      observer,
    )
  }

  /** Reads the journal back into the head. Damaged records are put aside, and named in the log. */
  static async open(reader: Sqlite.Database, writer: RowWriter, options: StoreOptions): Promise<SqliteSequenceStore> {
    const store = new SqliteSequenceStore(reader, writer, options)
    const removals: [removal: Removal, gone: ReadonlySet<Micros>, id: number][] = []
    const lost = readJournal(reader, {
      value: ({ sequence, time, value }) => store.#head.put(store.#head.of(sequence), time, value),
      removal: (removal, id) => void removals.push([removal, store.#head.remove(removal).gone, id]),
      record: (id) => void (store.#lastRecord = id),
    })
    if (lost.length > 0) await store.#putAside(lost, options.isReadOnly !== true)
    // A crash may have left removed values in blocks.
    if (options.isReadOnly !== true) for (const [removal, gone, id] of removals) await store.#finish(removal, gone, id)
    for (const head of store.#head.list()) store.#head.lookUp(head)
    return store
  }

  /** Removes from blocks what a journal record tells of; when that fails, the next start tries again. */
  async #finish(removal: Removal, gone: ReadonlySet<Micros>, record: number): Promise<void> {
    try {
      await this.#remover.remove(removal, gone, gone)
    } catch (error) {
      if (!isUnreadable(error)) throw error
      this.#keepFrom = Math.min(this.#keepFrom, record)
      this.#log.error({ sequence: removal.sequence.id, err: error }, 'values that were deleted could not be taken out of damaged blocks')
    }
  }

  async #putAside(lost: readonly LostRecords[], mayWrite: boolean): Promise<void> {
    for (const { firstRecord, lastRecord, sequences, first, last, damage } of lost) {
      this.#damaged.add(`record ${firstRecord}`)
      this.#observer.damaged('record')
      const time = (micros: Micros | undefined): Date | undefined => (micros === undefined ? undefined : new Date(micros / 1000))
      this.#log.error(
        {
          record: firstRecord,
          ...(lastRecord === firstRecord ? {} : { until: lastRecord }),
          sequences,
          first: time(first),
          last: time(last),
          damage,
        },
        'a record of new values is damaged and was put aside: its values are missing. "rhizo doctor" names all',
      )
    }
    if (!mayWrite) return
    try {
      await this.#writer.rows(putAsideSteps(lost))
    } catch (error) {
      // They are passed over at each start.
      this.#log.error({ err: error }, 'the damaged records could not be taken out of the journal')
    }
  }

  append(rows: readonly AppendRow[] | AppendRows): Promise<Uint8Array> {
    const list = 'sequence' in rows ? rows : new RowList(rows)
    const refusal = this.#room.refuse(list)
    if (!refusal) return this.#queue.append(list)
    this.#observer.refused(list.length)
    return Promise.reject(refusal)
  }

  settled(): Promise<void> {
    return this.#queue.settled()
  }

  /** Waits for commits in progress. The head is not sealed: its values are in the journal. */
  async close(): Promise<void> {
    this.#isClosing = true
    await this.settled()
    await Promise.allSettled([this.#settling, ...this.#removals])
    await this.#sealer.close()
  }

  /** Writes the batch as one journal record, then puts its values into the head. */
  async #commit(batch: readonly AppendRows[]): Promise<Uint8Array[]> {
    const count = batch.reduce((sum, rows) => sum + rows.length, 0)
    if (count === 0) return batch.map(() => new Uint8Array(0))
    if (this.#room.isFull(this.#head.weight)) {
      this.#observer.refused(count)
      throw this.#room.refusal()
    }
    const { commitMs, lastId } = await this.#writeRecord(packRecord(batch))
    this.#observer.committed(count, commitMs)
    const known = await this.#findKnown(batch)
    // No `await` from here to the end: a sealing may drop a record only when its values are in the head.
    const results = this.#takeIn(batch, known)
    this.#lastRecord = lastId
    this.#settleWhenFull()
    return results
  }

  /** @throws Fault busy when the disk refuses, or the journal is damaged where records are added */
  async #writeRecord(record: Uint8Array): Promise<{ commitMs: number; lastId: number }> {
    try {
      return await this.#writer.rows([{ sql: 'insert into sequence_journal (data) values (?)', columns: [[record]] }])
    } catch (error) {
      this.#observer.commitFailed()
      if (!isUnreadable(error)) throw error
      throw new Fault(
        'busy',
        `The database is damaged where new values are written (${error.message}): nothing was stored. A start of the server puts ` +
          'the damaged part aside.',
        { retryAfter: 60, cause: error },
      )
    }
  }

  /** Backpressure: when the head is too full, the queue's next batch waits for the sealing. */
  async #waitForRoom(): Promise<void> {
    while (this.#room.isFull(this.#head.weight)) {
      this.#settleWhenFull()
      // Sealing fails, or the store closes: what comes now is refused.
      if (!this.#settling) return
      await this.#settling
    }
  }

  /** For values that are not newer than their whole sequence: the times, as `id:time`, at which there already is a value. */
  async #findKnown(batch: readonly AppendRows[]): Promise<ReadonlySet<string> | undefined> {
    let known: Set<string> | undefined
    const late = new Map<HeadSequence, Micros[]>()
    for (const rows of batch) {
      for (let row = 0; row < rows.length; row++) {
        const head = this.#head.of(rows.sequence(row))
        const time = rows.time(row)
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
    const slices = new TimeSlices()
    for (const [head, times] of late) {
      times.sort((a, b) => a - b)
      let at = 0
      while (at < times.length) {
        try {
          for (const isThere of this.#sealed.find(head.ref, at === 0 ? times : times.slice(at))) {
            if (isThere) known?.add(keyOf(head, times[at] ?? 0))
            at++
            if (slices.isOver()) await slices.next()
          }
        } catch (error) {
          try {
            await this.#table.fetch(error)
          } catch (failure) {
            // The values are stored. Only whether their times are new stays unknown.
            if (!(failure instanceof Fault)) throw failure
            return known
          }
        }
      }
    }
    return known
  }

  #takeIn(batch: readonly AppendRows[], known: ReadonlySet<string> | undefined): Uint8Array[] {
    const late = new Map<HeadSequence, { points: Point[]; places: [result: Uint8Array, at: number][] }>()
    const results = batch.map((rows) => {
      const isNew = new Uint8Array(rows.length)
      for (let row = 0; row < rows.length; row++) {
        const head = this.#head.of(rows.sequence(row))
        const time = rows.time(row)
        if (time > head.newest) {
          this.#head.put(head, time, rows.value(row))
          isNew[row] = 1
          continue
        }
        let group = late.get(head)
        if (!group) late.set(head, (group = { points: [], places: [] }))
        group.points.push({ time, value: rows.value(row) })
        group.places.push([isNew, row])
      }
      return isNew
    })
    for (const [head, { points, places }] of late) {
      const isNew = this.#head.putLate(head, points)
      for (const [at, [result, place]] of places.entries())
        if (isNew[at] === true && known?.has(keyOf(head, points[at]?.time ?? 0)) !== true) result[place] = 1
    }
    return results
  }

  /**
   * Seals everything that is in the head now, and drops its journal records. @throws Error if sealing fails; the journal then keeps
   * everything
   */
  async seal(): Promise<void> {
    await this.settled()
    while (this.#settling) await this.#settling
    await this.#settle()
  }

  /** Must not run while another sealing does. */
  #settle(): Promise<void> {
    const settling = this.#settleAll().finally(() => {
      this.#settling = undefined
    })
    // Waiters need to know when it is over, not whether it succeeded.
    this.#settling = settling.catch(() => {})
    return settling
  }

  #settleWhenFull(): void {
    if (!this.#room.wantsSealing(this.#head.weight) || this.#settling || this.#isClosing) return
    this.#settle().catch(() => {})
  }

  async #settleAll(): Promise<void> {
    const began = performance.now()
    let failed: readonly Failed[] | undefined
    try {
      failed = await this.#settleHead()
    } catch (error) {
      if (!this.#isClosing && this.#room.failed(error))
        this.#log.error({ err: error }, 'sealing values failed; they stay in the journal, and it is tried again')
      if (!this.#isClosing) this.#observer.sealingFailed()
      throw error
    }
    if (!failed) return
    this.#observer.sealed(performance.now() - began)
    const known = this.#room.stuck
    this.#room.ended(
      failed,
      failed.reduce((sum, { head }) => sum + head.weight, 0),
    )
    const [first] = failed
    if (!first) return
    this.#observer.sealingFailed()
    for (const { head, error } of failed)
      if (!known.has(head.ref.id))
        this.#log.error({ sequence: head.ref.id, err: error }, 'values of a sequence could not be sealed; they stay in the journal')
    throw first.error
  }

  /** @returns the sequences that could not be sealed; undefined when the store closes */
  async #settleHead(): Promise<readonly Failed[] | undefined> {
    const lastRecord = this.#lastRecord
    const removals = [...this.#removals]
    const failed = await this.#settler.settleAll(() => this.#isClosing)
    if (!failed) return undefined
    await Promise.allSettled(removals)
    const heads = failed.map(({ head }) => head)
    // Their records have values of other sequences too, and would keep the journal growing.
    if (heads.length > 0)
      await this.#queue.between(() =>
        carryOver(heads, async (record) => {
          this.#lastRecord = (await this.#writeRecord(record)).lastId
        }),
      )
    await this.#dropRecords(Math.min(lastRecord, this.#keepFrom - 1))
    this.#head.forgetEmpty()
    return failed
  }

  /** Drops the oldest records first: what is left is always a complete tail of the journal, which reads the same over the blocks. */
  async #dropRecords(until: number): Promise<void> {
    const oldest = this.#reader.prepare<[], number | null>('select min(id) from sequence_journal').pluck()
    for (let id = oldest.get() ?? null; id !== null && id <= until; id = oldest.get() ?? null) {
      await this.#writer.rows(
        [{ sql: 'delete from sequence_journal where id <= ?', columns: [Float64Array.of(Math.min(until, id + DROP_STEP))] }],
        'later',
      )
    }
  }

  newest(sequence: SequenceRef): Promise<Point | undefined> {
    return this.#values.newest(sequence)
  }

  at(sequence: SequenceRef, time: Micros): Promise<Point | undefined> {
    return this.#values.at(sequence, time)
  }

  read(sequence: SequenceRef, options: ReadOptions): Promise<Page> {
    return this.#values.read(sequence, options)
  }

  extent(sequence: SequenceRef, range: Range): Promise<{ first: Micros; last: Micros } | undefined> {
    return this.#values.extent(sequence, range)
  }

  summarize(sequence: SequenceRef, edges: readonly Micros[]): Promise<(Summary | undefined)[]> {
    return this.#values.summarize(sequence, edges)
  }

  async count(sequence: SequenceRef, range: Range, where: readonly Condition[] = []): Promise<number> {
    const unsealed = this.#head.read(sequence, range)
    const matching = unsealed.values.filter((value) => fulfils(value, where)).length
    return matching + (await this.#remover.count({ sequence, ...bounds(range), where }, new Set(unsealed.times)))
  }

  async delete(sequence: SequenceRef, range: Range, where: readonly Condition[] = []): Promise<number> {
    const removal: Removal = { sequence, ...bounds(range), where }
    // Values that were sent before this call are deleted too.
    await this.settled()
    const removing = this.#locks.hold([sequence.id], () => this.#remove(removal))
    this.#removals.add(removing)
    try {
      return await removing
    } finally {
      this.#removals.delete(removing)
    }
  }

  /** Makes the removal durable as a journal record, then removes the values from head and blocks. The caller holds the lock. */
  async #remove(removal: Removal): Promise<number> {
    const [record, { gone, hidden }] = await this.#queue.between(async () => {
      const { lastId } = await this.#writeRecord(packRemoval(removal))
      this.#lastRecord = lastId
      return [lastId, this.#head.remove(removal)] as const
    })
    return withCleanUp(
      async () => {
        try {
          return gone.size + (await this.#remover.remove(removal, hidden, gone))
        } catch (error) {
          // The next start finishes the removal.
          this.#keepFrom = Math.min(this.#keepFrom, record)
          throw error
        }
      },
      () => {
        const head = this.#head.get(removal.sequence)
        if (head) this.#head.lookUp(head)
      },
    )
  }

  async shift(sequence: SequenceRef, range: { start: Micros; end: Micros }, by: Micros, isTrial = false): Promise<Shifted> {
    // Values that were sent before this call are moved too.
    await this.settled()
    const shifting = this.#locks.hold([sequence.id], () => this.#shift({ sequence, ...range, by }, isTrial))
    this.#removals.add(shifting)
    try {
      return await shifting
    } finally {
      this.#removals.delete(shifting)
      this.#settleWhenFull()
    }
  }

  /** One transaction of the journal removes the values and puts them where they go; then head and blocks follow. Needs the lock. */
  async #shift(shift: Shift, isTrial: boolean): Promise<Shifted> {
    const removal: Removal = { sequence: shift.sequence, start: shift.start, end: shift.end, where: [] }
    const [rows, record, { gone, hidden }] = await this.#queue.between(async () => {
      const moved = await readShifted(this.#values, shift)
      if (isTrial || moved.length === 0) return [moved, undefined, NOTHING_REMOVED] as const
      const { records, batches } = packShift(removal, moved)
      const { lastId } = await this.#writer.rows([{ sql: 'insert into sequence_journal (data) values (?)', columns: [records] }])
      const removed = this.#head.remove(removal)
      this.#takeIn(batches, undefined)
      this.#lastRecord = lastId
      return [moved, lastId - records.length + 1, removed] as const
    })
    try {
      if (record !== undefined) await this.#remover.remove(removal, hidden, gone)
    } catch (error) {
      // The next start finishes it.
      this.#keepFrom = Math.min(this.#keepFrom, record ?? this.#keepFrom)
      this.#log.error({ err: error, sequence: shift.sequence.id }, 'taking values that were moved out of their blocks failed')
      throw error
    } finally {
      const head = this.#head.get(shift.sequence)
      if (head) this.#head.lookUp(head)
    }
    return { count: rows.length, first: rows[0]?.time, last: rows.at(-1)?.time }
  }

  async truncate(sequence: SequenceRef, keep: number, before = Number.NEGATIVE_INFINITY, onCut?: (end: Micros) => void): Promise<number> {
    // Seal late values first: counting needs them in blocks, not among them.
    await this.#settler.settleLate(sequence)
    const parts = { head: this.#head, table: this.#table, sealed: this.#sealed }
    const { total, cutoff } = await this.#table.withBlocks(() => findCutoff(parts, sequence, keep, before))
    if (cutoff === undefined) return total
    onCut?.(cutoff - 1)
    return total - (await this.delete(sequence, { end: cutoff - 1 }))
  }

  async info(sequence: SequenceRef): Promise<SequenceInfo> {
    const { blocks, bytes } = this.#table.totals(sequence)
    const extent = await this.extent(sequence, {})
    const head = this.#head.get(sequence)
    return {
      count: await this.count(sequence, {}),
      first: extent?.first,
      last: extent?.last,
      unsealed: (head?.current.length ?? 0) + (head?.settling?.length ?? 0),
      blocks,
      bytes,
    }
  }

  verify(): AsyncGenerator<BlockCheck> {
    return verifyBlocks(this.#reader, this.#table)
  }

  condition(): StoreCondition {
    const { failure, stuck } = this.#room
    if (this.#room.isFull(this.#head.weight) && failure !== undefined)
      return { state: 'error', message: `Values are refused, because they can't be moved into blocks: ${failure}. ${SEE_DOCTOR}` }
    if (failure !== undefined)
      return {
        state: stuck.size > 0 ? 'warning' : 'error',
        message: `Values of ${stuck.size || 'all'} sequences can't be moved into blocks: ${failure}. ${SEE_DOCTOR}`,
      }
    if (this.#damaged.size === 0) return { state: 'ok' }
    return {
      state: 'warning',
      message: `${this.#damaged.size} damaged blocks or journal records were found since the start; reads pass over them. ${SEE_DOCTOR}`,
    }
  }

  #reportHeaders(sequence: number, damage: string): void {
    const key = `headers of ${sequence}`
    if (this.#damaged.has(key)) return
    this.#damaged.add(key)
    this.#observer.damaged('block')
    this.#log.error({ sequence, damage }, "some blocks of a sequence can't be found, because the list of its blocks is damaged")
  }

  #reportDamage({ sequenceId, first, last, count, dataId }: BlockHeader, damage: string): void {
    if (this.#damaged.has(dataId)) return
    this.#damaged.add(dataId)
    this.#observer.damaged('block')
    this.#log.error(
      { sequence: sequenceId, first: new Date(first / 1000), last: new Date(last / 1000), values: count, damage },
      'a block of values is damaged; reads pass over it. "rhizo doctor" names all',
    )
  }
}

const NOTHING_REMOVED = { gone: new Set<Micros>(), hidden: new Set<Micros>() }

const keyOf = ({ ref }: HeadSequence, time: Micros): string => `${ref.id}:${time}`

const bounds = ({ start = Number.MIN_SAFE_INTEGER, end = Number.MAX_SAFE_INTEGER }: Range): { start: Micros; end: Micros } => ({
  start,
  end,
})
