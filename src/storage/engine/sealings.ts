/** Seals the head when it is full, one sealing at a time, and drops the journal records that are then no longer needed. */
import type { Log } from '../../base/log.ts'
import type { Observer } from '../../base/store-observer.ts'
import { carryOver } from './carry-over.ts'
import type { CommitQueue } from './commit-queue.ts'
import type { Head } from './head.ts'
import type { JournalWriter } from './journal-writer.ts'
import type { Room } from './room.ts'
import type { Failed, Settler } from './settler.ts'

export interface SealingsParts {
  readonly head: Head
  readonly room: Room
  readonly settler: Settler
  readonly journal: JournalWriter
  readonly between: CommitQueue['between']
  /** Removals that are under way: their records must stay until they end. */
  readonly removals: ReadonlySet<Promise<unknown>>
  readonly observer: Observer
  readonly log: Log
}

export class Sealings {
  readonly #parts: SealingsParts
  #running: Promise<void> | undefined
  #isClosing = false

  constructor(parts: SealingsParts) {
    this.#parts = parts
  }

  /**
   * Seals everything that is in the head now, and drops its journal records. @throws Error if sealing fails; the journal then keeps
   * everything
   */
  async all(): Promise<void> {
    while (this.#running) await this.#running
    await this.#start()
  }

  /** Begins to seal if the head is full and no sealing runs. */
  whenFull(): void {
    const { room, head } = this.#parts
    if (!room.wantsSealing(head.weight) || this.#running || this.#isClosing) return
    this.#start().catch(() => {})
  }

  /** Backpressure: when the head is too full, the queue's next batch waits for the sealing. */
  async waitForRoom(): Promise<void> {
    const { room, head } = this.#parts
    while (room.isFull(head.weight)) {
      this.whenFull()
      // Sealing fails, or the store closes: what comes now is refused.
      if (!this.#running) return
      await this.#running
    }
  }

  /** Begins nothing more. */
  close(): void {
    this.#isClosing = true
  }

  /** Resolves when the sealing that runs is over, whether it succeeds or not. */
  async ended(): Promise<void> {
    await this.#running
  }

  /** Must not run while another sealing does. */
  #start(): Promise<void> {
    const sealing = this.#seal().finally(() => {
      this.#running = undefined
    })
    // Waiters need to know when it is over, not whether it succeeded.
    this.#running = sealing.catch(() => {})
    return sealing
  }

  async #seal(): Promise<void> {
    const { room, observer, log } = this.#parts
    const began = performance.now()
    let failed: readonly Failed[] | undefined
    try {
      failed = await this.#settle()
    } catch (error) {
      if (!this.#isClosing && room.failed(error))
        log.error({ err: error }, 'sealing values failed; they stay in the journal, and it is tried again')
      if (!this.#isClosing) observer.sealingFailed()
      throw error
    }
    if (!failed) return
    observer.sealed(performance.now() - began)
    const known = room.stuck
    room.ended(
      failed,
      failed.reduce((sum, { head }) => sum + head.weight, 0),
    )
    const [first] = failed
    if (!first) return
    observer.sealingFailed()
    for (const { head, error } of failed)
      if (!known.has(head.ref.id))
        log.error({ sequence: head.ref.id, err: error }, 'values of a sequence could not be sealed; they stay in the journal')
    throw first.error
  }

  /** @returns the sequences that could not be sealed; undefined when the store closes */
  async #settle(): Promise<readonly Failed[] | undefined> {
    const { head, settler, journal, between } = this.#parts
    const lastRecord = journal.lastInHead
    const removals = [...this.#parts.removals]
    const failed = await settler.settleAll(() => this.#isClosing)
    if (!failed) return undefined
    await Promise.allSettled(removals)
    const heads = failed.map((one) => one.head)
    // Their records have values of other sequences too, and would keep the journal growing.
    if (heads.length > 0) await between(() => carryOver(heads, async (record) => journal.isInHead((await journal.write(record)).lastId)))
    await journal.drop(lastRecord)
    head.forgetEmpty()
    return failed
  }
}
