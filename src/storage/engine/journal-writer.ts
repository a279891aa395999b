/** Adds records to the journal, and drops those that are no longer needed, oldest first. */
import type Sqlite from 'better-sqlite3'
import { Fault } from '../../base/fault.ts'
import type { Observer } from '../../base/store-observer.ts'
import { isUnreadable } from '../../database/errors.ts'
import type { RowWriter } from '../../database/sqlite/writer-client.ts'

/** Records that one transaction drops. */
const DROP_STEP = 100

export class JournalWriter {
  readonly #reader: Sqlite.Database
  readonly #writer: RowWriter
  readonly #observer: Observer
  #lastInHead = 0
  /** Keep records from this id on: a removal that they record is not finished. */
  #keepFrom = Number.POSITIVE_INFINITY

  constructor(reader: Sqlite.Database, writer: RowWriter, observer: Observer) {
    this.#reader = reader
    this.#writer = writer
    this.#observer = observer
  }

  /** The newest record whose values are in the head. */
  get lastInHead(): number {
    return this.#lastInHead
  }

  /** The head has the values of all records up to this one. */
  isInHead(record: number): void {
    this.#lastInHead = record
  }

  /**
   * Makes records durable, in one transaction.
   * @returns the id of the last one; those before it have the ids before that
   * @throws Fault busy when the disk refuses, or the journal is damaged where records are added
   */
  async write(...records: Uint8Array[]): Promise<{ commitMs: number; lastId: number }> {
    try {
      return await this.#writer.rows([{ sql: 'insert into sequence_journal (data) values (?)', columns: [records] }])
    } catch (error) {
      this.#observer.commitFailed()
      if (!isUnreadable(error)) throw error
      throw new Fault(
        'busy',
        `The database is damaged where new values are written (${error.message}): nothing was stored. A start of the server puts ` +
          'the damaged part aside.',
        { retryAfter: 60, cause: error },
      )
    }
  }

  /** Never drops this record or a later one: the next start does again what it tells of. */
  keep(record: number): void {
    this.#keepFrom = Math.min(this.#keepFrom, record)
  }

  /** What is left is always a complete tail of the journal, which reads the same over the blocks. */
  async drop(until: number): Promise<void> {
    const last = Math.min(until, this.#keepFrom - 1)
    const oldest = this.#reader.prepare<[], number | null>('select min(id) from sequence_journal').pluck()
    for (let id = oldest.get() ?? null; id !== null && id <= last; id = oldest.get() ?? null) {
      await this.#writer.rows(
        [{ sql: 'delete from sequence_journal where id <= ?', columns: [Float64Array.of(Math.min(last, id + DROP_STEP))] }],
        'later',
      )
    }
  }
}
