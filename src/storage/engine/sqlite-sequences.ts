/**
 * Stores sequence values on SQLite in journal, head and blocks. A commit writes one packed journal record. Committed values are in the
 * head, in memory, for reads; when the head is full they are sealed into compressed blocks, and their journal records are dropped. After a
 * crash, values can be in both the journal and a block; this reads the same as either, because the head's values override those of blocks.
 */
import type Sqlite from 'better-sqlite3'
import { NumberedLocks } from '../../base/locks.ts'
import type { Log } from '../../base/log.ts'
import type { Observer } from '../../base/store-observer.ts'
import type { Micros } from '../../base/time.ts'
import { Turns } from '../../base/turns.ts'
import type { RowWriter } from '../../database/sqlite/writer-client.ts'
import type {
  AppendRow,
  AppendRows,
  BlockCheck,
  Condition,
  LeftOut,
  Page,
  Point,
  Range,
  ReadOptions,
  SequenceInfo,
  SequenceRef,
  SequenceStore,
  Shifted,
  StoreCondition,
  Summary,
} from '../sequence-store.ts'
import { Arrivals } from './arrivals.ts'
import { verifyBlocks } from './block-checks.ts'
import type { BlockSource } from './block-source.ts'
import { BlockTable, type BlockHeader } from './block-table.ts'
import { CommitQueue } from './commit-queue.ts'
import { DamageReports } from './damage-reports.ts'
import { Head } from './head.ts'
import { packRecord, type Removal } from './journal.ts'
import { putAsideSteps, readJournal, type LostRecords } from './journal-reading.ts'
import { JournalWriter } from './journal-writer.ts'
import { Removals } from './removals.ts'
import { Remover } from './remover.ts'
import { Room } from './room.ts'
import { RowList } from './row-list.ts'
import { SealedValues } from './sealed-values.ts'
import { Sealer } from './sealer.ts'
import { Sealings } from './sealings.ts'
import { SequenceReader } from './sequence-reader.ts'
import { Settler } from './settler.ts'
import { findCutoff } from './truncation.ts'

/** Weight at which the head is sealed: some 5 MB of memory, and some 200 ms to read back at start. */
const FULL_HEAD = 200_000

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
  readonly #damage: DamageReports
  readonly #table: BlockTable
  readonly #sealed: SealedValues
  readonly #sealer = new Sealer()
  readonly #head: Head
  readonly #values: SequenceReader
  readonly #arrivals: Arrivals
  readonly #journal: JournalWriter
  readonly #settler: Settler
  readonly #room: Room
  readonly #queue: CommitQueue
  readonly #removals: Removals
  readonly #sealings: Sealings

  private constructor(
    reader: Sqlite.Database,
    writer: RowWriter,
    { observer, log, turns = new Turns(), fullHead = FULL_HEAD, source }: StoreOptions,
  ) {
    this.#reader = reader
    this.#writer = writer
    this.#observer = observer
    this.#log = log
    this.#damage = new DamageReports(observer, log)
    const onDamage = (header: BlockHeader, damage: string): void => this.#damage.block(header, damage)
    const locks = new NumberedLocks()
    const table = (this.#table = new BlockTable(reader, (sequenceId, damage) => this.#damage.headers(sequenceId, damage), source))
    const sealed = (this.#sealed = new SealedValues(table, onDamage))
    const head = (this.#head = new Head((ref) => table.newest(ref)?.last ?? Number.NEGATIVE_INFINITY))
    const values = (this.#values = new SequenceReader(head, table, sealed, turns))
    const arrivals = (this.#arrivals = new Arrivals(head, table, sealed))
    const journal = (this.#journal = new JournalWriter(reader, writer, observer))
    const settler = (this.#settler = new Settler({ head, table, sealer: this.#sealer, writer, locks, onDamage }))
    const room = (this.#room = new Room(fullHead))
    const queue = (this.#queue = new CommitQueue(
      (batch) => this.#commit(batch),
      () => this.#sealings.waitForRoom(),
      observer,
    ))
    const remover = new Remover(table, sealed, this.#sealer, writer)
    const between: CommitQueue['between'] = (work) => queue.between(work)
    this.#removals = new Removals({ head, values, arrivals, journal, remover, locks, between, log })
    this.#sealings = new Sealings({ head, room, settler, journal, between, removals: this.#removals.running, observer, log })
  }

  /** Reads the journal back into the head. Damaged records are put aside, and named in the log. */
  static async open(reader: Sqlite.Database, writer: RowWriter, options: StoreOptions): Promise<SqliteSequenceStore> {
    const store = new SqliteSequenceStore(reader, writer, options)
    const removals: [removal: Removal, gone: ReadonlySet<Micros>, id: number][] = []
    const lost = readJournal(reader, {
      value: ({ sequence, time, value }) => store.#head.put(store.#head.of(sequence), time, value),
      removal: (removal, id) => void removals.push([removal, store.#head.remove(removal).gone, id]),
      record: (id) => store.#journal.isInHead(id),
    })
    for (const records of lost) store.#damage.records(records)
    if (options.isReadOnly !== true) {
      if (lost.length > 0) await store.#putAside(lost)
      // A crash may have left removed values in blocks.
      for (const [removal, gone, id] of removals) await store.#removals.finish(removal, gone, id)
    }
    for (const head of store.#head.list()) store.#head.lookUp(head)
    return store
  }

  async #putAside(lost: readonly LostRecords[]): Promise<void> {
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
    this.#sealings.close()
    await this.settled()
    await Promise.allSettled([this.#sealings.ended(), ...this.#removals.running])
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
    const { commitMs, lastId } = await this.#journal.write(packRecord(batch))
    this.#observer.committed(count, commitMs)
    const known = await this.#arrivals.findKnown(batch)
    // No `await` from here to the end: a sealing may drop a record only when its values are in the head.
    const results = this.#arrivals.takeIn(batch, known)
    this.#journal.isInHead(lastId)
    this.#sealings.whenFull()
    return results
  }

  /** Seals everything that is in the head now. @throws Error if that fails; the journal then keeps everything */
  async seal(): Promise<void> {
    await this.settled()
    await this.#sealings.all()
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

  summarize(sequence: SequenceRef, edges: readonly Micros[], leftOut?: LeftOut): Promise<(Summary | undefined)[]> {
    return this.#values.summarize(sequence, edges, leftOut)
  }

  count(sequence: SequenceRef, range: Range, where: readonly Condition[] = []): Promise<number> {
    return this.#removals.count(sequence, range, where)
  }

  async delete(sequence: SequenceRef, range: Range, where: readonly Condition[] = []): Promise<number> {
    // Values that were sent before this call are deleted too.
    await this.settled()
    return this.#removals.delete(sequence, range, where)
  }

  async shift(sequence: SequenceRef, range: { start: Micros; end: Micros }, by: Micros, isTrial = false): Promise<Shifted> {
    // Values that were sent before this call are moved too.
    await this.settled()
    try {
      return await this.#removals.shift({ sequence, ...range, by }, isTrial)
    } finally {
      this.#sealings.whenFull()
    }
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
    if (this.#damage.count === 0) return { state: 'ok' }
    return {
      state: 'warning',
      message: `${this.#damage.count} damaged blocks or journal records were found since the start; reads pass over them. ${SEE_DOCTOR}`,
    }
  }
}
