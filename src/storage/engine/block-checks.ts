/** Decodes every block and checks it against its header. A read-only connection is enough. */
import type Sqlite from 'better-sqlite3'
import { BlockTable, type BlockHeader } from './block-table.ts'
import { DamagedBlock } from './blocks/block.ts'
import { NumberBlock } from './blocks/number-block.ts'
import { decodeColumns } from './sealing.ts'
import type { BlockCheck } from '../sequence-store.ts'
import { TimeSlices } from '../../base/time-slices.ts'

const PAGE = 100

/** Checks all blocks in order of sequence and time, then lists those that were found damaged before and put aside. */
export async function* verifyBlocks(reader: Sqlite.Database, table = new BlockTable(reader)): AsyncGenerator<BlockCheck> {
  const slices = new TimeSlices()
  let before: BlockHeader | undefined
  for (let page = table.page(undefined, PAGE); page.length > 0; page = table.page(before, PAGE)) {
    for (const header of page) {
      const { sequenceId, first, last, count } = header
      const overlaps = before?.sequenceId === sequenceId && before.last >= first
      // Data can be missing because the block was resealed after its page of headers was read.
      const damage = overlaps
        ? 'it begins before the end of the one before it'
        : findDamage(header, await table.withBlocks(() => table.data(header)))
      yield { sequenceId, first, last, count, damage }
      before = header
      if (slices.isOver()) await slices.next()
    }
  }
  for (const { sequenceId, first, last, count, damage } of table.steps.damaged())
    yield { sequenceId, first, last, count, damage: `${damage}; it was put aside` }
}

/** @returns what is wrong with a block; undefined when it is sound */
export function findDamage(header: BlockHeader, data: Uint8Array | undefined): string | undefined {
  if (!data) return 'its data is missing'
  if (data.length !== header.bytes) return `it has ${data.length} bytes, not ${header.bytes}`
  try {
    // The header of a block of texts has no minimum.
    const { times, values } = decodeColumns(data, Number.isNaN(header.min))
    if (times.length !== header.count || times[0] !== header.first || times.at(-1) !== header.last)
      return 'its times are not those of its header'
    if (Number.isNaN(header.min)) return undefined
    // Check the segments' own summaries too, since summaries of wide ranges are computed from them.
    NumberBlock.open(data).check()
    let [min, max, sum, size] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0]
    for (const value of values as Float64Array) {
      if (value < min) min = value
      if (value > max) max = value
      sum += value
      size += Math.abs(value)
    }
    const isSame =
      min === header.min && max === header.max && Object.is(values[0], header.firstValue) && Object.is(values.at(-1), header.lastValue)
    // The sum may be rounded differently when added in another order; one that overflowed passes, since it can't be compared.
    const isSum = !(Math.abs(sum - header.sum) > 1e-9 * size)
    return isSame && isSum ? undefined : 'its values are not those of its header'
  } catch (error) {
    if (error instanceof DamagedBlock) return error.message
    throw error
  }
}
