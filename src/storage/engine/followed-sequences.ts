/**
 * Values of a database that another machine writes and this one gets page by page: they are read, and after each change {@link
 * FollowedSequences.refresh} takes into memory what the journal has in addition.
 */
import type Sqlite from 'better-sqlite3'
import { Fault } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import type { Micros } from '../../base/time.ts'
import type { Turns } from '../../base/turns.ts'
import type { RowWriter } from '../../database/sqlite/writer-client.ts'
import { verifyBlocks } from './block-checks.ts'
import { BlockTable } from './block-table.ts'
import { Head } from './head.ts'
import { readJournal } from './journal-reading.ts'
import { Remover } from './remover.ts'
import { SealedValues } from './sealed-values.ts'
import { Sealer } from './sealer.ts'
import { SequenceReader } from './sequence-reader.ts'
import {
  fulfils,
  type BlockCheck,
  type Condition,
  type LeftOut,
  type Page,
  type Point,
  type Range,
  type ReadOptions,
  type SequenceInfo,
  type SequenceRef,
  type SequenceStore,
  type StoreCondition,
  type Summary,
} from '../sequence-store.ts'

/** What was read of the database as it is at one moment. */
interface View {
  readonly head: Head
  readonly values: SequenceReader
  readonly remover: Remover
}

export class FollowedSequences implements SequenceStore {
  readonly #reader: Sqlite.Database
  readonly #writer: RowWriter
  readonly #log: Log
  readonly #turns: Turns
  readonly #table: BlockTable
  readonly #sealer = new Sealer()
  #head: Head
  #view: View
  /** Ids of the first and the last journal record whose values are in the head. */
  #first = 0
  #last = 0

  /** @param writer refuses everything */
  constructor(reader: Sqlite.Database, writer: RowWriter, { log, turns }: { log: Log; turns: Turns }) {
    this.#reader = reader
    this.#writer = writer
    this.#log = log
    this.#turns = turns
    this.#table = new BlockTable(reader, (sequence, damage) => log.error({ sequence, damage }, 'some blocks of a sequence are damaged'))
    this.#head = this.#newHead()
    this.#view = this.#newView()
    this.refresh()
  }

  /** The database has changed. */
  refresh(): void {
    const first = this.#reader.prepare<[], number | null>('select min(id) from sequence_journal').pluck().get() ?? 0
    const last = this.#reader.prepare<[], number | null>('select max(id) from sequence_journal').pluck().get() ?? 0
    if (first !== this.#first || last < this.#last) {
      // What was dropped from the journal is in blocks.
      this.#head = this.#newHead()
      this.#last = 0
    }
    const head = this.#head
    const lost = readJournal(
      this.#reader,
      {
        value: ({ sequence, time, value }) => head.put(head.of(sequence), time, value),
        removal: (removal) => void head.remove(removal),
        record: (id) => void (this.#last = id),
      },
      this.#last,
    )
    for (const { firstRecord, damage } of lost)
      this.#log.error({ record: firstRecord, damage }, 'a record of new values is damaged: its values are missing')
    this.#first = first
    for (const one of head.list()) head.lookUp(one)
    // Opened blocks are remembered by numbers that a new start of the other machine may give again.
    this.#view = this.#newView()
  }

  #newHead(): Head {
    return new Head((ref) => this.#table.newest(ref)?.last ?? Number.NEGATIVE_INFINITY)
  }

  #newView(): View {
    const sealed = new SealedValues(this.#table, ({ sequenceId: sequence }, damage) =>
      this.#log.error({ sequence, damage }, 'a block of values is damaged; reads pass over it'),
    )
    return {
      head: this.#head,
      values: new SequenceReader(this.#head, this.#table, sealed, this.#turns),
      remover: new Remover(this.#table, sealed, this.#sealer, this.#writer),
    }
  }

  #refused(): Promise<never> {
    return Promise.reject(new Fault('busy', 'This server is a standby: it stores nothing by itself.', { retryAfter: 3_600 }))
  }

  append(): Promise<never> {
    return this.#writer.rows([]).then(() => this.#refused())
  }
  delete(): Promise<never> {
    return this.append()
  }
  truncate(): Promise<never> {
    return this.append()
  }
  shift(): Promise<never> {
    return this.append()
  }
  async settled(): Promise<void> {}

  close(): Promise<void> {
    return this.#sealer.close()
  }

  newest(sequence: SequenceRef): Promise<Point | undefined> {
    return this.#view.values.newest(sequence)
  }
  at(sequence: SequenceRef, time: Micros): Promise<Point | undefined> {
    return this.#view.values.at(sequence, time)
  }
  read(sequence: SequenceRef, options: ReadOptions): Promise<Page> {
    return this.#view.values.read(sequence, options)
  }
  extent(sequence: SequenceRef, range: Range): Promise<{ first: Micros; last: Micros } | undefined> {
    return this.#view.values.extent(sequence, range)
  }
  summarize(sequence: SequenceRef, edges: readonly Micros[], leftOut?: LeftOut): Promise<(Summary | undefined)[]> {
    return this.#view.values.summarize(sequence, edges, leftOut)
  }

  async count(sequence: SequenceRef, range: Range, where: readonly Condition[] = []): Promise<number> {
    const { head, remover } = this.#view
    const unsealed = head.read(sequence, range)
    const { start = Number.MIN_SAFE_INTEGER, end = Number.MAX_SAFE_INTEGER } = range
    const matching = unsealed.values.filter((value) => fulfils(value, where)).length
    return matching + (await remover.count({ sequence, start, end, where }, new Set(unsealed.times)))
  }

  async info(sequence: SequenceRef): Promise<SequenceInfo> {
    const { blocks, bytes } = this.#table.totals(sequence)
    const extent = await this.extent(sequence, {})
    return {
      count: await this.count(sequence, {}),
      first: extent?.first,
      last: extent?.last,
      unsealed: this.#head.get(sequence)?.current.length ?? 0,
      blocks,
      bytes,
    }
  }

  verify(): AsyncGenerator<BlockCheck> {
    return verifyBlocks(this.#reader)
  }

  condition(): StoreCondition {
    return { state: 'ok' }
  }
}
