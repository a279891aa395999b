/** Moves values of a sequence to other times, in one transaction of the journal: all of them or none, whatever happens. */
import { Fault } from '../../base/fault.ts'
import type { Micros } from '../../base/time.ts'
import type { AppendRow, AppendRows, SequenceRef } from '../sequence-store.ts'
import { requireFree } from '../shift-goal.ts'
import { packRecord, packRemoval, type Removal } from './journal.ts'
import { RowList } from './row-list.ts'
import type { SequenceReader } from './sequence-reader.ts'

/** Values that one shift moves: they are in memory, and in one transaction. */
export const MOST_SHIFTED = 500_000
/** Characters of texts that one shift moves. */
const MOST_CHARACTERS = 20_000_000
/** Values in one record of the journal. */
const RECORD = 10_000
const PAGE = 5_000

export interface Shift {
  readonly sequence: SequenceRef
  /** Both inclusive. */
  readonly start: Micros
  readonly end: Micros
  readonly by: Micros
}

/** The values that a shift moves, at their new times, oldest first. @throws Fault too_large; conflict when others are where they go */
export async function readShifted(reader: SequenceReader, { sequence, start, end, by }: Shift): Promise<AppendRow[]> {
  const rows: AppendRow[] = []
  let characters = 0
  for (let from = start, more = true; more; ) {
    const page = await reader.read(sequence, { start: from, end, order: 'ascending', limit: PAGE })
    for (const [at, time] of page.times.entries()) {
      const value = page.values[at] ?? 0
      if (typeof value === 'string') characters += value.length
      rows.push({ sequence, time: time + by, value })
    }
    if (rows.length > MOST_SHIFTED || characters > MOST_CHARACTERS)
      throw new Fault(
        'too_large',
        `More than ${MOST_SHIFTED} values, or ${MOST_CHARACTERS} characters of text: nothing was moved. Move shorter ranges, one ` +
          `after the other, beginning with the ${by > 0 ? 'newest' : 'oldest'}.`,
      )
    more = page.more
    from = (page.times.at(-1) ?? end) + 1
  }
  const [first, last] = [rows[0], rows.at(-1)]
  if (first && last)
    await requireFree('values', { start, end }, { first: first.time, last: last.time }, (range) => reader.extent(sequence, range))
  return rows
}

/** The records of the journal, in order: values may be moved to times from which others are removed. */
export function packShift(removal: Removal, rows: readonly AppendRow[]): { records: Uint8Array[]; batches: AppendRows[] } {
  const batches: AppendRows[] = []
  for (let from = 0; from < rows.length; from += RECORD) batches.push(new RowList(rows.slice(from, from + RECORD)))
  return { records: [packRemoval(removal), ...batches.map((batch) => packRecord([batch]))], batches }
}
