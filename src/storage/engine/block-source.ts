/**
 * Data of blocks that are on another machine. What reads blocks works on what is in memory, in one turn of the event loop, so that it sees
 * one moment of the store; where a block is missing it is told so, fetches it and begins again.
 */
import type { BlockHeader } from './block-table.ts'

/** Thrown by what reads blocks, before it has changed anything: this one has to be fetched first. */
export class BlockElsewhere extends Error {
  override readonly name = 'BlockElsewhere'
  readonly header: BlockHeader

  constructor(header: BlockHeader) {
    super(`block ${header.dataId} is not in memory`)
    this.header = header
  }
}

export interface BlockSource {
  /** @returns undefined when there is none of that id any more @throws BlockElsewhere */
  data(header: BlockHeader): Buffer | undefined
  /** Fetches a block, and some beside it. @throws Fault busy when they can't be reached */
  fetch(header: BlockHeader): Promise<void>
  /** Until the returned function is called, all that is fetched stays in memory. */
  hold(): () => void
}
