/** Removes values from sealed blocks: drops whole blocks, and reseals others without the removed values. */
import type { RowWriter } from '../../database/sqlite/writer-client.ts'
import type { Micros } from '../../base/time.ts'
import type { BlockHeader, BlockTable } from './block-table.ts'
import { replaceBlocks } from './block-writer.ts'
import type { Removal } from './journal.ts'
import type { SealedValues } from './sealed-values.ts'
import type { Sealer } from './sealer.ts'
import type { Columns } from './sealing.ts'
import { fulfils, type Condition } from '../sequence-store.ts'
import { TimeSlices } from '../../base/time-slices.ts'

/** Blocks that are examined together, and changed in one transaction. */
const PAGE = 32

type Times = ReadonlySet<Micros>

export class Remover {
  readonly #table: BlockTable
  readonly #sealed: SealedValues
  readonly #sealer: Sealer
  readonly #writer: RowWriter

  constructor(table: BlockTable, sealed: SealedValues, sealer: Sealer, writer: RowWriter) {
    this.#table = table
    this.#sealed = sealed
    this.#sealer = sealer
    this.#writer = writer
  }

  /** Counts the values in blocks that a removal covers, without those at `hidden` times, which the head overrides. */
  async count(removal: Removal, hidden: Times): Promise<number> {
    let count = 0
    const slices = new TimeSlices()
    for await (const headers of this.#pages(removal)) {
      for (const header of headers) {
        if (slices.isOver()) await slices.next()
        count += (await this.#match(header, removal, hidden, NONE)).count
      }
    }
    return count
  }

  /**
   * Removes the values in blocks that a removal covers, and any value at the `gone` times. The caller holds the sequence's lock.
   * @returns how many of them were visible, as in {@link count}
   */
  async remove(removal: Removal, hidden: Times, gone: Times): Promise<number> {
    let count = 0
    for await (const headers of this.#pages(removal)) {
      const matches: { readonly header: BlockHeader; readonly match: Match }[] = []
      for (const header of headers) {
        const match = await this.#match(header, removal, hidden, gone)
        if (match.isTouched) matches.push({ header, match })
      }
      if (matches.length === 0) continue
      const rest = matches.flatMap(({ match }) => (match.kept ? [match.kept] : []))
      const sealed = await this.#sealer.seal(rest.map((kept) => ({ ...kept, isText: removal.sequence.isText, isTail: false, under: [] })))
      const blocks = sealed.flatMap((result) => ('blocks' in result ? result.blocks : []))
      const old = matches.map(({ header }) => header)
      await replaceBlocks(this.#table, this.#writer, [{ old, sequence: removal.sequence, blocks }])
      count += matches.reduce((sum, { match }) => sum + match.count, 0)
    }
    const dropSteps = removal.where.length === 0 ? this.#table.steps.dropDamaged(removal.sequence, removal) : []
    if (dropSteps.length > 0) await this.#writer.rows(dropSteps, 'later')
    return count
  }

  async *#pages({ sequence, start, end }: Removal): AsyncGenerator<BlockHeader[]> {
    const slices = new TimeSlices()
    for (let from = start; ; ) {
      const headers = this.#table.headers(sequence, { start: from, end }, 'ascending', PAGE)
      const last = headers.at(-1)
      if (!last) return
      yield headers
      from = last.last + 1
      if (slices.isOver()) await slices.next()
    }
  }

  async #match(header: BlockHeader, removal: Removal, hidden: Times, gone: Times): Promise<Match> {
    for (;;) {
      try {
        return this.#matchNow(header, removal, hidden, gone)
      } catch (error) {
        await this.#table.fetch(error)
      }
    }
  }

  /** @throws BlockElsewhere */
  #matchNow(header: BlockHeader, { sequence, start, end, where }: Removal, hidden: Times, gone: Times): Match {
    const isInside = header.first >= start && header.last <= end
    if (!isAny(gone, header) && !mayHold(header, where, sequence.isText)) return UNTOUCHED
    if (isInside && where.length === 0 && !isAny(hidden, header)) return { isTouched: true, count: header.count, kept: undefined }
    const columns = this.#sealed.decode(header, sequence.isText)
    // The values of a damaged block are unknown: drop it when all of it should go, otherwise keep it.
    if (!columns) return isInside && where.length === 0 ? { isTouched: true, count: header.count, kept: undefined } : UNTOUCHED
    const kept: { times: Micros[]; values: (number | string)[] } = { times: [], values: [] }
    let count = 0
    for (const [at, time] of columns.times.entries()) {
      const value = columns.values[at] ?? 0
      const isRemoved = time >= start && time <= end && (gone.has(time) || fulfils(value, where))
      if (!isRemoved) {
        kept.times.push(time)
        kept.values.push(value)
      } else if (!hidden.has(time)) count++
    }
    if (kept.times.length === columns.times.length) return UNTOUCHED
    if (kept.times.length === 0) return { isTouched: true, count, kept: undefined }
    return {
      isTouched: true,
      count,
      kept: {
        times: Float64Array.from(kept.times),
        values: sequence.isText ? kept.values.map(String) : Float64Array.from(kept.values as number[]),
      },
    }
  }
}

interface Match {
  readonly isTouched: boolean
  /** Visible values that are removed. */
  readonly count: number
  /** What the block keeps; undefined: nothing. */
  readonly kept: Columns | undefined
}

const NONE: Times = new Set()
const UNTOUCHED: Match = { isTouched: false, count: 0, kept: undefined }

function isAny(times: Times, { first, last }: BlockHeader): boolean {
  for (const time of times) if (time >= first && time <= last) return true
  return false
}

/** Whether a block of numbers can hold a value that meets the conditions, judged by its minimum and maximum. */
function mayHold({ min, max }: BlockHeader, where: readonly Condition[], isText: boolean): boolean {
  if (isText) return true
  return where.every(({ is, value }) => {
    if (typeof value !== 'number') return is === '!='
    if (is === '<') return min < value
    if (is === '<=') return min <= value
    if (is === '>') return max > value
    if (is === '>=') return max >= value
    if (is === '=') return min <= value && value <= max
    return is === '!=' && !(min === value && max === value)
  })
}
