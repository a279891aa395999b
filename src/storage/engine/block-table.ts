/**
 * The table of sealed blocks: a header for each, those of one sequence side by side in order of time, and the blocks' data in another
 * table. Blocks of a sequence do not overlap. Read through the main thread's connection; `block-steps.ts` has how the writer changes it.
 */
import type Sqlite from 'better-sqlite3'
import { isReadError, isUnreadable, readAgain } from '../../database/errors.ts'
import { readAround } from '../../database/sqlite/around-damage.ts'
import { readAfresh } from '../../database/sqlite/connection.ts'
import type { Micros } from '../../base/time.ts'
import { BlockElsewhere, type BlockSource } from './block-source.ts'
import { DamagedBlock } from './blocks/block.ts'
import { BlockSteps, HEADER_COLUMNS } from './block-steps.ts'
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
/** How often joining a block fails before it is put aside; a sealing tries once or twice. */
const MOST_FAILURES = 4
/** Approximate size of a header, beside its block's data. */
const HEADER_BYTES = 70

export class BlockTable {
  /** How the writer changes it. */
  readonly steps: BlockSteps
  readonly #floor: Sqlite.Statement<[number, Micros], [first: Micros, last: Micros]>
  readonly #ascending: Sqlite.Statement<[number, Micros, Micros, number], HeaderRow>
  readonly #descending: Sqlite.Statement<[number, Micros, Micros, number], HeaderRow>
  readonly #all: Sqlite.Statement<[number, Micros, number], HeaderRow>
  readonly #totals: Sqlite.Statement<[number], [count: number | null, blocks: number, bytes: number | null]>
  readonly #data: Sqlite.Statement<[number], Buffer>
  readonly #onUnreadable: (sequenceId: number, damage: string) => void
  readonly #file: string
  readonly #source: BlockSource | undefined
  /** How often reading a block failed, by its `dataId`. */
  readonly #failures = new Map<number, number>()

  /**
   * @param onUnreadable called when headers of a sequence can't be read and are passed over
   * @param source where the blocks' data is; undefined: beside their headers
   */
  constructor(reader: Sqlite.Database, onUnreadable: (sequenceId: number, damage: string) => void = () => {}, source?: BlockSource) {
    this.#onUnreadable = onUnreadable
    this.#source = source
    this.#file = reader.name
    this.steps = new BlockSteps(reader)
    const headers = `select ${HEADER_COLUMNS} from sequence_blocks where sequence_id = ? and first >= ? and first <= ? order by first`
    this.#floor = reader
      .prepare<[number, Micros], [Micros, Micros]>(
        'select first, last from sequence_blocks where sequence_id = ? and first <= ? order by first desc limit 1',
      )
      .raw()
    this.#ascending = reader.prepare<[number, Micros, Micros, number], HeaderRow>(`${headers} asc limit ?`).raw()
    this.#descending = reader.prepare<[number, Micros, Micros, number], HeaderRow>(`${headers} desc limit ?`).raw()
    this.#all = reader
      .prepare<[number, Micros, number], HeaderRow>(
        `select ${HEADER_COLUMNS} from sequence_blocks where (sequence_id, first) > (?, ?) order by sequence_id, first limit ?`,
      )
      .raw()
    this.#totals = reader
      .prepare<[number], [number | null, number, number | null]>(
        'select sum(count), count(*), sum(bytes) from sequence_blocks where sequence_id = ?',
      )
      .raw()
    this.#data = reader.prepare<[number], Buffer>('select data from sequence_block_data where id = ?').pluck()
  }

  /** Headers of the blocks that may have values in the range: at most `limit`, from its beginning, or from its end when descending. */
  headers(
    { id }: SequenceRef,
    { start = FIRST, end = LAST }: Range,
    order: 'ascending' | 'descending' = 'ascending',
    limit = LAST,
  ): BlockHeader[] {
    return this.#guard(
      id,
      () => {
        // Include the block that begins before the range (and count it among the `limit`) only if it extends into the range.
        const [first, last] = this.#floor.get(id, start) ?? [FIRST, FIRST]
        return (order === 'ascending' ? this.#ascending : this.#descending).all(id, last >= start ? first : start, end, limit).map(toHeader)
      },
      (readable) => {
        const inside = readable.filter(({ first, last }) => last >= start && first <= end)
        return (order === 'ascending' ? inside : inside.reverse()).slice(0, limit)
      },
    )
  }

  /** Reads headers; when a page of them is damaged, chooses from those of the sequence that can be read. */
  #guard<T>(id: number, read: () => T, choose: (readable: BlockHeader[]) => T): T {
    try {
      return readAgain(read)
    } catch (error) {
      if (!isUnreadable(error)) throw error
      this.#onUnreadable(id, error.message)
      return choose(this.#readable(id))
    }
  }

  /** All headers of a sequence that can be read, ascending. */
  #readable(id: number): BlockHeader[] {
    const rows: HeaderRow[] = []
    readAround(
      { from: FIRST, to: LAST },
      ({ from, to }, order) => (order === 'asc' ? this.#ascending : this.#descending).iterate(id, from, to, LAST),
      ([, first]) => first,
      (row) => void rows.push(row),
    )
    return rows.sort(([, a], [, b]) => a - b).map(toHeader)
  }

  /** The block that holds a time, or else the last one before it. */
  floor({ id }: SequenceRef, time: Micros): BlockHeader | undefined {
    return this.#guard(
      id,
      () => optional(this.#descending.get(id, FIRST, time, 1)),
      (readable) => readable.findLast(({ first }) => first <= time),
    )
  }

  /** The first block that begins after a time. */
  after({ id }: SequenceRef, time: Micros): BlockHeader | undefined {
    return this.#guard(
      id,
      () => optional(this.#ascending.get(id, time + 1, LAST, 1)),
      (readable) => readable.find(({ first }) => first > time),
    )
  }

  newest(ref: SequenceRef): BlockHeader | undefined {
    return this.floor(ref, LAST)
  }

  /** Headers of all sequences in the order of their keys, beginning after the given one. */
  page(after: Pick<BlockHeader, 'sequenceId' | 'first'> | undefined, limit: number): BlockHeader[] {
    return this.#all.all(after?.sequenceId ?? FIRST, after?.first ?? FIRST, limit).map(toHeader)
  }

  totals({ id }: SequenceRef): Totals {
    const [count, blocks, bytes] = this.#guard<[number | null, number, number | null]>(
      id,
      () => this.#totals.get(id) ?? [0, 0, 0],
      (readable) => [
        readable.reduce((sum, header) => sum + header.count, 0),
        readable.length,
        readable.reduce((sum, header) => sum + header.bytes, 0),
      ],
    )
    return { count: count ?? 0, blocks, bytes: (bytes ?? 0) + blocks * HEADER_BYTES }
  }

  /**
   * A block's data; undefined when the block was resealed after its header was read.
   * @throws DamagedBlock when the database can't read it; BlockElsewhere, see {@link fetch}
   */
  data(header: BlockHeader): Buffer | undefined {
    if (this.#source) return this.#source.data(header)
    try {
      return readAgain(() => this.#data.get(header.dataId))
    } catch (error) {
      if (!isUnreadable(error)) throw error
      throw new DamagedBlock(`The database can't read it (${error.message})`, { cause: error })
    }
  }

  /** After an error of what reads blocks: fetches the block that was missing, so that it can begin again. @throws any other error */
  async fetch(error: unknown): Promise<void> {
    if (!(error instanceof BlockElsewhere) || !this.#source) throw error
    await this.#source.fetch(error.header)
  }

  /** Runs what reads many blocks, again until none of them is missing: all of them stay in memory meanwhile. */
  async withBlocks<T>(read: () => T): Promise<T> {
    const release = this.#source?.hold()
    try {
      for (;;) {
        try {
          return read()
        } catch (error) {
          await this.fetch(error)
        }
      }
    } finally {
      release?.()
    }
  }

  /**
   * As {@link data}, for a block that is put aside when it is damaged.
   * @throws DamagedBlock only when reading failed several times, as an error of the disk may pass; until then what the database throws
   */
  dataToJoin(header: BlockHeader): Buffer | undefined {
    try {
      return this.data(header)
    } catch (error) {
      if (error instanceof DamagedBlock && isReadError(error.cause) && !this.#isGivenUp(header)) throw error.cause
      throw error
    }
  }

  /** Whether a block whose bytes are wrong gives the same when it is read afresh; when it does not, it is worth trying again. */
  isSurelyDamaged(header: BlockHeader, data: Uint8Array): boolean {
    // Whoever fetched it checked that it came as it is there.
    if (this.#source) return true
    const read = (connection: Sqlite.Database): Buffer | undefined =>
      connection.prepare<[number], Buffer>('select data from sequence_block_data where id = ?').pluck().get(header.dataId)
    return this.#isGivenUp(header) || readAfresh(this.#file, read)?.equals(data) === true
  }

  #isGivenUp({ dataId }: BlockHeader): boolean {
    const failed = (this.#failures.get(dataId) ?? 0) + 1
    this.#failures.set(dataId, failed)
    return failed >= MOST_FAILURES
  }
}

const optional = (row: HeaderRow | undefined): BlockHeader | undefined => row && toHeader(row)

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
