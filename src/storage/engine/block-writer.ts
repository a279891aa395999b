/** Replaces blocks by others, around pages of the database that are damaged. */
import { isUnreadable } from '../../database/errors.ts'
import type { RowWriter } from '../../database/sqlite/writer-client.ts'
import type { BlockHeader, BlockTable } from './block-table.ts'
import type { SealedBlock } from './sealing.ts'
import type { SequenceRef } from '../sequence-store.ts'

export interface Replacement {
  readonly sequence: SequenceRef
  readonly old: readonly BlockHeader[]
  readonly blocks: readonly SealedBlock[]
}

/**
 * Replaces blocks, in one transaction. A damaged page beside what is written makes that fail: then the data of the old blocks stays where
 * it is, or the new ones go to the other end of the table.
 * @throws DatabaseError when there is no way around the damage; whatever else the writer throws
 */
export async function replaceBlocks(table: BlockTable, writer: RowWriter, replacements: readonly Replacement[]): Promise<void> {
  let keepsData = false
  for (;;) {
    // A request takes the memory of what it writes along.
    const copies = replacements.map(({ blocks, ...rest }) => ({
      ...rest,
      blocks: blocks.map((one) => ({ ...one, data: one.data.slice() })),
    }))
    try {
      await writer.rows(
        copies.flatMap(({ old, sequence, blocks }) => table.steps.replace(old, sequence, blocks, keepsData)),
        'later',
      )
      return
    } catch (error) {
      if (!isUnreadable(error)) throw error
      if (!keepsData) keepsData = true
      else if (!table.steps.useOtherEnd()) throw error
    }
  }
}
