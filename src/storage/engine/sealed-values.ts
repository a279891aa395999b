/** Reads values from sealed blocks, decoding only the segments that are needed. A damaged block is reported and passed over. */
import type { Micros } from '../../base/time.ts'
import type { BlockHeader, BlockTable } from './block-table.ts'
import { DamagedBlock, SEGMENT_VALUES } from './blocks/block.ts'
import { NumberBlock } from './blocks/number-block.ts'
import { decodeTexts } from './blocks/text-block.ts'
import { lowerBound } from './sorted-points.ts'
import type { Columns } from './sealing.ts'
import type { Point, Points, Range, SequenceRef } from '../sequence-store.ts'

/** Number of opened blocks that are cached, since successive reads mostly touch the same ones. */
const REMEMBERED = 24

/** Points in ascending order. */
export interface SealedPoints extends Points {
  /** True when the size limit cut off further points. */
  readonly isCut: boolean
}

/** An opened block: numbers are decoded a segment at a time, texts all at once. */
export type OpenBlock = NumberBlock | Columns

export class SealedValues {
  readonly #table: BlockTable
  readonly #onDamage: (header: BlockHeader, damage: string) => void
  readonly #opened = new Map<number, OpenBlock>()

  constructor(table: BlockTable, onDamage: (header: BlockHeader, damage: string) => void) {
    this.#table = table
    this.#onDamage = onDamage
  }

  /** Opens a block. Undefined when it is damaged, which is reported, or when it was resealed after its header was read. */
  open(header: BlockHeader, isText: boolean): OpenBlock | undefined {
    const known = this.#opened.get(header.dataId)
    if (known) return known
    const opened = this.guard(header, () => {
      const data = this.#table.data(header)
      return data && (isText ? decodeText(data) : NumberBlock.open(data))
    })
    if (!opened) return undefined
    if (this.#opened.size >= REMEMBERED) for (const [oldest] of this.#opened) if (this.#opened.delete(oldest)) break
    this.#opened.set(header.dataId, opened)
    return opened
  }

  /** Whether a block was resealed after its header was read: other blocks have its values now. */
  isReplaced({ dataId, sequenceId, first }: BlockHeader): boolean {
    return this.#table.floor({ id: sequenceId, isText: false }, first)?.dataId !== dataId
  }

  /** Runs code that decodes a block; undefined when the block turns out to be damaged, which is reported. */
  guard<T>(header: BlockHeader, decode: () => T): T | undefined {
    try {
      return decode()
    } catch (error) {
      if (!(error instanceof DamagedBlock)) throw error
      this.#onDamage(header, error.message)
      return undefined
    }
  }

  /** All values of a block; undefined as for {@link open}. */
  decode(header: BlockHeader, isText: boolean): Columns | undefined {
    const block = this.open(header, isText)
    return block instanceof NumberBlock ? this.guard(header, () => block.decode()) : block
  }

  /** At most `limit` values in a range, from one end, in ascending order; fewer when their texts would take more than `characters`. */
  read(
    ref: SequenceRef,
    range: Range,
    order: 'ascending' | 'descending',
    limit: number,
    characters = Number.POSITIVE_INFINITY,
  ): SealedPoints {
    const pieces: Points[] = []
    let [count, size, isCut] = [0, 0, false]
    // Begin with two headers, since most pages lie in one or two blocks.
    for (let [{ start, end }, batch] = [range, 2]; count < limit && !isCut; batch *= 4) {
      const headers = this.#table.headers(ref, { start, end }, order, batch)
      for (const header of headers) {
        isCut = size > characters
        if (count >= limit || isCut) break
        const piece = this.#readBlock(header, ref.isText, range, order, limit - count)
        count += piece.times.length
        if (ref.isText) for (const value of piece.values) size += String(value).length
        pieces.push(piece)
      }
      const reached = headers.at(-1)
      if (!reached || headers.length < batch) break
      if (order === 'ascending') start = reached.last + 1
      else end = reached.first - 1
    }
    if (order === 'descending') pieces.reverse()
    const [only] = pieces
    const points =
      only && pieces.length === 1 ? only : { times: pieces.flatMap(({ times }) => times), values: pieces.flatMap(({ values }) => values) }
    return { ...points, isCut }
  }

  /**
   * Tells, for each of some ascending times, whether there is a value. The generator may be suspended for any while between two of them.
   */
  *find(ref: SequenceRef, times: Iterable<Micros>): Generator<boolean> {
    let header: BlockHeader | undefined
    let known: ArrayLike<Micros> | undefined
    for (const time of times) {
      if (known && time >= (known[0] ?? 0) && time <= (known[known.length - 1] ?? 0)) {
        yield known[lowerBound(known, time)] === time
        continue
      }
      if (!header || time < header.first || time > header.last) header = this.#table.floor(ref, time)
      known = header && time <= header.last ? this.#timesAround(header, ref.isText, time) : undefined
      yield known?.[lowerBound(known, time)] === time
    }
  }

  /** The times of the segment that covers a time. */
  #timesAround(header: BlockHeader, isText: boolean, time: Micros): ArrayLike<Micros> | undefined {
    const block = this.open(header, isText)
    if (!(block instanceof NumberBlock)) return block?.times
    const [from, to] = segmentsOf(block, { start: time, end: time })
    return from < to ? this.guard(header, () => block.decode(from, to).times) : undefined
  }

  /** At most `limit` values of a block from one end of the range, ascending. */
  #readBlock(header: BlockHeader, isText: boolean, range: Range, order: 'ascending' | 'descending', limit: number): Points {
    const block = this.open(header, isText)
    if (!block) return { times: [], values: [] }
    if (!(block instanceof NumberBlock)) return clip(block, range, order, limit)
    const [from, to] = segmentsOf(block, range)
    // One segment more than the limit needs if all are full, because the first one may begin outside of the range.
    const most = Math.ceil(limit / SEGMENT_VALUES) + 1
    const decode =
      order === 'ascending' ? () => block.decode(from, Math.min(to, from + most)) : () => block.decode(Math.max(from, to - most), to)
    const columns = from < to ? this.guard(header, decode) : undefined
    return columns ? clip(columns, range, order, limit) : { times: [], values: [] }
  }

  newest(ref: SequenceRef): Point | undefined {
    const header = this.#table.newest(ref)
    if (header && !ref.isText) return { time: header.last, value: header.lastValue }
    const { times, values } = this.read(ref, {}, 'descending', 1)
    const [time, value] = [times[0], values[0]]
    return time === undefined || value === undefined ? undefined : { time, value }
  }

  at(ref: SequenceRef, time: Micros): Point | undefined {
    const { values } = this.read(ref, { start: time, end: time }, 'ascending', 1)
    return values[0] === undefined ? undefined : { time, value: values[0] }
  }
}

/** The segments that may have values in a range: the first one, and the one after the last. */
export function segmentsOf(
  block: NumberBlock,
  { start = Number.NEGATIVE_INFINITY, end = Number.POSITIVE_INFINITY }: Range,
): [from: number, to: number] {
  const from = block.find(start)
  const reached = block.find(end)
  const isInReach = reached < block.segments && block.summary(reached).first <= end
  return [from, Math.max(from, isInReach ? reached + 1 : reached)]
}

function clip({ times, values }: Columns, { start, end }: Range, order: 'ascending' | 'descending', limit: number): Points {
  let from = start === undefined ? 0 : lowerBound(times, start)
  let to = end === undefined ? times.length : lowerBound(times, end + 1)
  if (order === 'ascending') to = Math.min(to, from + limit)
  else from = Math.max(from, to - limit)
  return { times: Array.from(times.subarray(from, to)), values: Array.from<number | string>(values.slice(from, to)) }
}

function decodeText(data: Uint8Array): Columns {
  const { times, texts } = decodeTexts(data)
  return { times, values: texts }
}
