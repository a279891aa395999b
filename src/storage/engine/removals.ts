/** Removes values, and moves them to other times: a journal record makes it durable, then head and blocks follow. */
import { withCleanUp } from '../../base/clean-up.ts'
import type { NumberedLocks } from '../../base/locks.ts'
import type { Log } from '../../base/log.ts'
import type { Micros } from '../../base/time.ts'
import { isUnreadable } from '../../database/errors.ts'
import { fulfils, type Condition, type Range, type SequenceRef, type Shifted } from '../sequence-store.ts'
import type { Arrivals } from './arrivals.ts'
import type { CommitQueue } from './commit-queue.ts'
import type { Head } from './head.ts'
import { packRemoval, type Removal } from './journal.ts'
import type { JournalWriter } from './journal-writer.ts'
import type { Remover } from './remover.ts'
import type { SequenceReader } from './sequence-reader.ts'
import { packShift, readShifted, type Shift } from './shifting.ts'

export interface RemovalsParts {
  readonly head: Head
  readonly values: SequenceReader
  readonly arrivals: Arrivals
  readonly journal: JournalWriter
  readonly remover: Remover
  readonly locks: NumberedLocks
  readonly between: CommitQueue['between']
  readonly log: Log
}

export class Removals {
  readonly #parts: RemovalsParts
  readonly #running = new Set<Promise<unknown>>()

  constructor(parts: RemovalsParts) {
    this.#parts = parts
  }

  /** Those that are under way. */
  get running(): ReadonlySet<Promise<unknown>> {
    return this.#running
  }

  async count(sequence: SequenceRef, range: Range, where: readonly Condition[]): Promise<number> {
    const { head, remover } = this.#parts
    const unsealed = head.read(sequence, range)
    const matching = unsealed.values.filter((value) => fulfils(value, where)).length
    return matching + (await remover.count({ sequence, ...bounds(range), where }, new Set(unsealed.times)))
  }

  /** @returns how many values went */
  delete(sequence: SequenceRef, range: Range, where: readonly Condition[]): Promise<number> {
    return this.#alone(sequence, () => this.#delete({ sequence, ...bounds(range), where }))
  }

  /** @param isTrial only says what would be moved */
  shift(shift: Shift, isTrial: boolean): Promise<Shifted> {
    return this.#alone(shift.sequence, () => this.#shift(shift, isTrial))
  }

  /** Removes from blocks what a journal record tells of, after a crash; when that fails, the next start tries again. */
  async finish(removal: Removal, gone: ReadonlySet<Micros>, record: number): Promise<void> {
    const { remover, journal, log } = this.#parts
    try {
      await remover.remove(removal, gone, gone)
    } catch (error) {
      if (!isUnreadable(error)) throw error
      journal.keep(record)
      log.error({ sequence: removal.sequence.id, err: error }, 'values that were deleted could not be taken out of damaged blocks')
    }
  }

  async #alone<T>(sequence: SequenceRef, work: () => Promise<T>): Promise<T> {
    const removing = this.#parts.locks.hold([sequence.id], work)
    this.#running.add(removing)
    try {
      return await removing
    } finally {
      this.#running.delete(removing)
    }
  }

  async #delete(removal: Removal): Promise<number> {
    const { head, journal, remover, between } = this.#parts
    const [record, { gone, hidden }] = await between(async () => {
      const { lastId } = await journal.write(packRemoval(removal))
      journal.isInHead(lastId)
      return [lastId, head.remove(removal)] as const
    })
    return withCleanUp(
      async () => {
        try {
          return gone.size + (await remover.remove(removal, hidden, gone))
        } catch (error) {
          // The next start finishes the removal.
          journal.keep(record)
          throw error
        }
      },
      () => this.#lookUp(removal.sequence),
    )
  }

  /** One transaction of the journal removes the values and puts them where they go; then head and blocks follow. */
  async #shift(shift: Shift, isTrial: boolean): Promise<Shifted> {
    const { head, values, arrivals, journal, remover, log, between } = this.#parts
    const removal: Removal = { sequence: shift.sequence, start: shift.start, end: shift.end, where: [] }
    const [rows, record, { gone, hidden }] = await between(async () => {
      const moved = await readShifted(values, shift)
      if (isTrial || moved.length === 0) return [moved, undefined, NOTHING_REMOVED] as const
      const { records, batches } = packShift(removal, moved)
      const { lastId } = await journal.write(...records)
      const removed = head.remove(removal)
      arrivals.takeIn(batches, undefined)
      journal.isInHead(lastId)
      return [moved, lastId - records.length + 1, removed] as const
    })
    try {
      if (record !== undefined) await remover.remove(removal, hidden, gone)
    } catch (error) {
      // The next start finishes it.
      if (record !== undefined) journal.keep(record)
      log.error({ err: error, sequence: shift.sequence.id }, 'taking values that were moved out of their blocks failed')
      throw error
    } finally {
      this.#lookUp(shift.sequence)
    }
    return { count: rows.length, first: rows[0]?.time, last: rows.at(-1)?.time }
  }

  /** The head asks again for the sequence's newest time in blocks. */
  #lookUp(sequence: SequenceRef): void {
    const found = this.#parts.head.get(sequence)
    if (found) this.#parts.head.lookUp(found)
  }
}

const NOTHING_REMOVED = { gone: new Set<Micros>(), hidden: new Set<Micros>() }

const bounds = ({ start = Number.MIN_SAFE_INTEGER, end = Number.MAX_SAFE_INTEGER }: Range): { start: Micros; end: Micros } => ({
  start,
  end,
})
