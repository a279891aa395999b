/** How blocks come into their table and leave it: steps for the writer, those of one change in one transaction. */
import type Sqlite from 'better-sqlite3'
import type { Micros } from '../../base/time.ts'
import { isUnreadable } from '../../database/errors.ts'
import type { RowsStep } from '../../database/sqlite/writer-protocol.ts'
import type { Range, SequenceRef } from '../sequence-store.ts'
import type { BlockHeader } from './block-table.ts'
import type { SealedBlock } from './sealing.ts'

export const HEADER_COLUMNS = 'sequence_id, first, last, count, min, max, sum, first_value, last_value, bytes, data_id'

const FIRST = Number.MIN_SAFE_INTEGER
const LAST = Number.MAX_SAFE_INTEGER

/** A block that was found damaged and put aside. */
export interface DamagedRow {
  readonly sequenceId: number
  readonly first: Micros
  readonly last: Micros
  readonly count: number
  readonly damage: string
}

export class BlockSteps {
  readonly #damaged: Sqlite.Statement<[], [sequenceId: number, first: Micros, last: Micros, count: number, damage: string]>
  readonly #lowestId: Sqlite.Statement<[], number | null>
  #nextDataId: number
  #idStep = 1

  constructor(reader: Sqlite.Database) {
    this.#damaged = reader
      .prepare<[], [number, Micros, Micros, number, string]>(
        'select sequence_id, first, last, count, damage from sequence_damaged_blocks order by sequence_id, first',
      )
      .raw()
    this.#lowestId = reader.prepare<[], number | null>('select min(id) from sequence_block_data').pluck()
    try {
      this.#nextDataId = (reader.prepare<[], number | null>('select max(id) from sequence_block_data').pluck().get() ?? 0) + 1
    } catch (error) {
      if (!isUnreadable(error)) throw error
      this.#nextDataId = 0
      this.useOtherEnd()
    }
  }

  /** Has new blocks stored at the table's other end, since the page at this one is damaged. @returns false when they are there already */
  useOtherEnd(): boolean {
    if (this.#idStep < 0) return false
    try {
      this.#nextDataId = Math.min(this.#lowestId.get() ?? 0, 0) - 1
    } catch (error) {
      if (!isUnreadable(error)) throw error
      return false
    }
    this.#idStep = -1
    return true
  }

  /** Blocks that were found damaged and put aside. */
  damaged(): DamagedRow[] {
    return this.#damaged.all().map(([sequenceId, first, last, count, damage]) => ({ sequenceId, first, last, count, damage }))
  }

  /**
   * Steps that replace blocks by others; they belong in one transaction.
   * @param keepsData leave the data of the old ones where it is, because it can't be removed
   */
  replace(old: readonly BlockHeader[], { id }: SequenceRef, blocks: readonly SealedBlock[], keepsData = false): RowsStep[] {
    return [...this.#remove(old, keepsData), ...this.#insert(id, blocks)]
  }

  /**
   * Steps that put a damaged block aside, so that values can be sealed around it; they belong in one transaction.
   * @param data undefined when the database can't read it: then it stays where it is
   */
  quarantine(old: BlockHeader, damage: string, data: Uint8Array | undefined): RowsStep[] {
    const { sequenceId, first, last, count, dataId } = old
    return [
      {
        sql:
          'insert into sequence_damaged_blocks (sequence_id, first, last, count, damage, data, data_id) ' +
          'values (?, ?, ?, ?, ?, ?, nullif(?, 0))',
        columns: [
          Float64Array.of(sequenceId),
          Float64Array.of(first),
          Float64Array.of(last),
          Float64Array.of(count),
          [damage],
          [data ? Uint8Array.from(data) : new Uint8Array(0)],
          Float64Array.of(data ? 0 : dataId),
        ],
      },
      ...this.#remove([old], data === undefined),
    ]
  }

  /** Steps that drop the damaged blocks put aside that lie entirely in a range; none if there are none. */
  dropDamaged({ id }: SequenceRef, { start = FIRST, end = LAST }: Range): RowsStep[] {
    if (!this.damaged().some(({ sequenceId, first, last }) => sequenceId === id && first >= start && last <= end)) return []
    return [
      {
        sql: 'delete from sequence_damaged_blocks where sequence_id = ? and first >= ? and last <= ?',
        columns: [Float64Array.of(id), Float64Array.of(start), Float64Array.of(end)],
      },
    ]
  }

  #remove(old: readonly BlockHeader[], keepsData: boolean): RowsStep[] {
    if (old.length === 0) return []
    const headers: RowsStep[] = [
      {
        sql: 'delete from sequence_blocks where sequence_id = ? and first = ?',
        columns: [Float64Array.from(old, ({ sequenceId }) => sequenceId), Float64Array.from(old, ({ first }) => first)],
      },
    ]
    if (keepsData) return headers
    return [...headers, { sql: 'delete from sequence_block_data where id = ?', columns: [Float64Array.from(old, ({ dataId }) => dataId)] }]
  }

  #insert(sequenceId: number, blocks: readonly SealedBlock[]): RowsStep[] {
    if (blocks.length === 0) return []
    const ids = Float64Array.from(blocks, () => (this.#nextDataId += this.#idStep) - this.#idStep)
    const column = (of: (block: SealedBlock) => number): Float64Array => Float64Array.from(blocks, of)
    return [
      { sql: 'insert into sequence_block_data (id, data) values (?, ?)', columns: [ids.slice(), blocks.map(({ data }) => data)] },
      {
        sql: `insert into sequence_blocks (${HEADER_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
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
