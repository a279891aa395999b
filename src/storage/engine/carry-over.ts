/** Values that can't be sealed go into new records of the journal, so that the old ones can be dropped. */
import type { HeadSequence } from './head.ts'
import { packRecord } from './journal.ts'
import { RowList } from './row-list.ts'
import type { AppendRow } from '../sequence-store.ts'

/** Values in one record. */
const MOST_ROWS = 10_000

/** Must run while no batch is being committed: what is in the head then is newer than all records. */
export async function carryOver(heads: readonly HeadSequence[], write: (record: Uint8Array) => Promise<unknown>): Promise<void> {
  let rows: AppendRow[] = []
  const flush = async (): Promise<void> => {
    if (rows.length > 0) await write(packRecord([new RowList(rows)]))
    rows = []
  }
  for (const { ref: sequence, current } of heads) {
    const { times, values } = current.slice({})
    for (const [at, time] of times.entries()) {
      rows.push({ sequence, time, value: values[at] ?? 0 })
      if (rows.length >= MOST_ROWS) await flush()
    }
  }
  await flush()
}
