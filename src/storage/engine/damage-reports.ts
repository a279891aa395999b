/** Tells of each damage once, in the log and in the metrics, and counts what was found since the start. */
import type { Log } from '../../base/log.ts'
import type { Observer } from '../../base/store-observer.ts'
import type { Micros } from '../../base/time.ts'
import type { BlockHeader } from './block-table.ts'
import type { LostRecords } from './journal-reading.ts'

export class DamageReports {
  readonly #observer: Observer
  readonly #log: Log
  readonly #known = new Set<number | string>()

  constructor(observer: Observer, log: Log) {
    this.#observer = observer
    this.#log = log
  }

  /** Damaged blocks, lists of blocks, and stretches of the journal since the start. */
  get count(): number {
    return this.#known.size
  }

  /** The list of a sequence's blocks can't be read as a whole. */
  headers(sequence: number, damage: string): void {
    if (!this.#isNew(`headers of ${sequence}`, 'block')) return
    this.#log.error({ sequence, damage }, "some blocks of a sequence can't be found, because the list of its blocks is damaged")
  }

  block({ sequenceId, first, last, count, dataId }: BlockHeader, damage: string): void {
    if (!this.#isNew(dataId, 'block')) return
    this.#log.error(
      { sequence: sequenceId, first: dateOf(first), last: dateOf(last), values: count, damage },
      'a block of values is damaged; reads pass over it. "rhizo doctor" names all',
    )
  }

  records({ firstRecord, lastRecord, sequences, first, last, damage }: LostRecords): void {
    if (!this.#isNew(`record ${firstRecord}`, 'record')) return
    const until = lastRecord === firstRecord ? {} : { until: lastRecord }
    this.#log.error(
      { record: firstRecord, ...until, sequences, first: dateOf(first), last: dateOf(last), damage },
      'a record of new values is damaged and was put aside: its values are missing. "rhizo doctor" names all',
    )
  }

  #isNew(key: number | string, what: 'block' | 'record'): boolean {
    if (this.#known.has(key)) return false
    this.#known.add(key)
    this.#observer.damaged(what)
    return true
  }
}

function dateOf(micros: Micros): Date
function dateOf(micros: Micros | undefined): Date | undefined
function dateOf(micros: Micros | undefined): Date | undefined {
  return micros === undefined ? undefined : new Date(micros / 1000)
}
