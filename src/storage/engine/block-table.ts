/**
 * The table of sealed blocks: a header for each, those of one sequence side by side in order of time, and the blocks' data in another
 * table. Blocks of a sequence do not overlap. Read through the main thread's connection; the writer changes it in steps.
 */
import type Sqlite from 'better-sqlite3'
import type { RowsStep } from '../../database/sqlite/writer-protocol.ts'
import type { Micros } from '../../base/time.ts'
import type { SealedBlock } from './sealing.ts'
import type { Range, SequenceRef, Summary } from '../sequence-store.ts'

/** What is known of a block without decoding its data. For texts the summary's values mean nothing. */
export interface BlockHeader extends Summary {
  readonly sequenceId: number
  readonly dataId: number
  /** Size of the data. */
  readonly bytes: number
}

type HeaderRow = [
  sequenceId: number,
  first: Micros,
  last: Micros,
  count: number,
  min: number | null,
  max: number | null,
  sum: number | null,
  firstValue: number | null,
  lastValue: number | null,
  bytes: number,
  dataId: number,
]
export interface Totals {
  readonly count: number
  readonly blocks: number
  readonly bytes: number
}

const FIRST = Number.MIN_SAFE_INTEGER
const LAST = Number.MAX_SAFE_INTEGER
const COLUMNS = 'sequence_id, first, last, count, min, max, sum, first_value, last_value, bytes, data_id'
/** Approximate size of a header, beside its block's data. */
const HEADER_BYTES = 70

export class BlockTable {
  readonly #floor: Sqlite.Statement<[number, Micros], [first: Micros, last: Micros]>
  readonly #ascending: Sqlite.Statement<[number, Micros, Micros, number], HeaderRow>
  readonly #descending: Sqlite.Statement<[number, Micros, Micros, number], HeaderRow>
  readonly #all: Sqlite.Statement<[number, Micros, number], HeaderRow>
  readonly #totals: Sqlite.Statement<[number], [count: number | null, blocks: number, bytes: number | null]>
  readonly #data: Sqlite.Statement<[number], Buffer>
  readonly #damaged: Sqlite.Statement<[], [sequenceId: number, first: Micros, last: Micros, count: number, damage: string]>
  #nextDataId: number

  constructor(reader: Sqlite.Database) {
    const headers = `select ${COLUMNS} from sequence_blocks where sequence_id = ? and first >= ? and first <= ? order by first`
    this.#floor = reader
      .prepare<[number, Micros], [Micros, Micros]>(
        'select first, last from sequence_blocks where sequence_id = ? and first <= ? order by first desc limit 1',
      )
      .raw()
    this.#ascending = reader.prepare<[number, Micros, Micros, number], HeaderRow>(`${headers} asc limit ?`).raw()
    this.#descending = reader.prepare<[number, Micros, Micros, number], HeaderRow>(`${headers} desc limit ?`).raw()
    this.#all = reader
      .prepare<[number, Micros, number], HeaderRow>(
        `select ${COLUMNS} from sequence_blocks where (sequence_id, first) > (?, ?) order by sequence_id, first limit ?`,
      )
      .raw()
    this.#totals = reader
      .prepare<[number], [number | null, number, number | null]>(
        'select sum(count), count(*), sum(bytes) from sequence_blocks where sequence_id = ?',
      )
      .raw()
    this.#data = reader.prepare<[number], Buffer>('select data from sequence_block_data where id = ?').pluck()
    this.#damaged = reader
      .prepare<[], [number, Micros, Micros, number, string]>(
        'select sequence_id, first, last, count, damage from sequence_damaged_blocks order by sequence_id, first',
      )
      .raw()
    this.#nextDataId = (reader.prepare<[], number | null>('select max(id) from sequence_block_data').pluck().get() ?? 0) + 1
  }

  /** Headers of the blocks that may have values in the range: at most `limit`, from its beginning, or from its end when descending. */
  headers(
    { id }: SequenceRef,
    { start = FIRST, end = LAST }: Range,
    order: 'ascending' | 'descending' = 'ascending',
    limit = LAST,
  ): BlockHeader[] {
    // Include the block that begins before the range (and count it among the `limit`) only if it extends into the range.
    const [first, last] = this.#floor.get(id, start) ?? [FIRST, FIRST]
    return (order === 'ascending' ? this.#ascending : this.#descending).all(id, last >= start ? first : start, end, limit).map(toHeader)
  }

  /** The block that holds a time, or else the last one before it. */
  floor({ id }: SequenceRef, time: Micros): BlockHeader | undefined {
    const row = this.#descending.get(id, FIRST, time, 1)
    return row && toHeader(row)
  }

  /** The first block that begins after a time. */
  after({ id }: SequenceRef, time: Micros): BlockHeader | undefined {
    const row = this.#ascending.get(id, time + 1, LAST, 1)
    return row && toHeader(row)
  }

  newest(ref: SequenceRef): BlockHeader | undefined {
    return this.floor(ref, LAST)
  }

  /** Headers of all sequences in the order of their keys, beginning after the given one. */
  page(after: Pick<BlockHeader, 'sequenceId' | 'first'> | undefined, limit: number): BlockHeader[] {
    return this.#all.all(after?.sequenceId ?? FIRST, after?.first ?? FIRST, limit).map(toHeader)
  }

  totals({ id }: SequenceRef): Totals {
    const [count, blocks, bytes] = this.#totals.get(id) ?? [0, 0, 0]
    return { count: count ?? 0, blocks, bytes: (bytes ?? 0) + blocks * HEADER_BYTES }
  }

  /** A block's data; undefined when the block was resealed after its header was read. */
  data({ dataId }: BlockHeader): Buffer | undefined {
    return this.#data.get(dataId)
  }

  /** Blocks that were found damaged and put aside. */
  damaged(): { sequenceId: number; first: Micros; last: Micros; count: number; damage: string }[] {
    return this.#damaged.all().map(([sequenceId, first, last, count, damage]) => ({ sequenceId, first, last, count, damage }))
  }

  /** Steps that replace blocks by others; they belong in one transaction. */
  replaceSteps(old: readonly BlockHeader[], { id }: SequenceRef, blocks: readonly SealedBlock[]): RowsStep[] {
    return [...this.#removeSteps(old), ...this.#insertSteps(id, blocks)]
  }

  /** Steps that put damaged blocks aside, so that values can be sealed around them; they belong in one transaction. */
  quarantineSteps(old: readonly BlockHeader[], damage: string): RowsStep[] {
    const copy =
      'insert into sequence_damaged_blocks (sequence_id, first, last, count, damage, data) select sequence_id, first, last, ' +
      'count, ?, data from sequence_blocks join sequence_block_data on id = data_id where data_id = ?'
    return [{ sql: copy, columns: [old.map(() => damage), Float64Array.from(old, ({ dataId }) => dataId)] }, ...this.#removeSteps(old)]
  }

  /** Steps that drop the damaged blocks put aside that lie entirely in a range; none if there are none. */
  dropDamagedSteps({ id }: SequenceRef, { start = FIRST, end = LAST }: Range): RowsStep[] {
    if (!this.damaged().some(({ sequenceId, first, last }) => sequenceId === id && first >= start && last <= end)) return []
    return [
      {
        sql: 'delete from sequence_damaged_blocks where sequence_id = ? and first >= ? and last <= ?',
        columns: [Float64Array.of(id), Float64Array.of(start), Float64Array.of(end)],
      },
    ]
  }

  #removeSteps(old: readonly BlockHeader[]): RowsStep[] {
    if (old.length === 0) return []
    return [
      {
        sql: 'delete from sequence_blocks where sequence_id = ? and first = ?',
        columns: [Float64Array.from(old, ({ sequenceId }) => sequenceId), Float64Array.from(old, ({ first }) => first)],
      },
      { sql: 'delete from sequence_block_data where id = ?', columns: [Float64Array.from(old, ({ dataId }) => dataId)] },
    ]
  }

  #insertSteps(sequenceId: number, blocks: readonly SealedBlock[]): RowsStep[] {
    if (blocks.length === 0) return []
    const ids = Float64Array.from(blocks, () => this.#nextDataId++)
    const column = (of: (block: SealedBlock) => number): Float64Array => Float64Array.from(blocks, of)
    return [
      { sql: 'insert into sequence_block_data (id, data) values (?, ?)', columns: [ids.slice(), blocks.map(({ data }) => data)] },
      {
        sql: `insert into sequence_blocks (${COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        columns: [
          column(() => sequenceId),
          column(({ first }) => first),
          column(({ last }) => last),
          column(({ count }) => count),
          column(({ min }) => min),
          column(({ max }) => max),
          column(({ sum }) => sum),
          column(({ firstValue }) => firstValue),
          column(({ lastValue }) => lastValue),
          column(({ data }) => data.length),
          ids,
        ],
      },
    ]
  }
}

/** The database stores NaN as null: the sum of huge values, and all summary values of texts. */
function toHeader([sequenceId, first, last, count, min, max, sum, firstValue, lastValue, bytes, dataId]: HeaderRow): BlockHeader {
  return {
    sequenceId,
    first,
    last,
    count,
    min: min ?? Number.NaN,
    max: max ?? Number.NaN,
    sum: sum ?? Number.NaN,
    firstValue: firstValue ?? Number.NaN,
    lastValue: lastValue ?? Number.NaN,
    bytes,
    dataId,
  }
}
