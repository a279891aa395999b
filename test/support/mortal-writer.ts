/** A writer of rows that dies between two transactions, with whatever waits for it. */
import type { RowWriter } from '../../src/database/sqlite/writer-client.ts'
import type { RowsStep, Sync } from '../../src/database/sqlite/writer-protocol.ts'

export class MortalWriter implements RowWriter {
  readonly #writer: RowWriter
  #left = Number.POSITIVE_INFINITY
  #onDeath: (() => void) | undefined

  constructor(writer: RowWriter) {
    this.#writer = writer
  }

  /** Does the work and dies: after so many transactions, or else once it is done. @returns whether it was done */
  async dieIn(transactions: number, work: () => Promise<unknown>): Promise<boolean> {
    this.#left = transactions
    const death = new Promise<false>((resolve) => (this.#onDeath = () => resolve(false)))
    const isDone = await Promise.race([work().then(() => true), death])
    this.#left = 0
    return isDone
  }

  rows(steps: RowsStep[], sync?: Sync): ReturnType<RowWriter['rows']> {
    if (this.#left-- > 0) return this.#writer.rows(steps, sync)
    this.#onDeath?.()
    return new Promise(() => {})
  }
}
