/**
 * Group commit: values of all callers queue up here and go to the store as one batch. While one batch is being committed
 * the next gathers, so a slow disk makes batches larger, not waits longer.
 */
import { Fault } from '../fault.ts'
import type { Observer } from '../observer.ts'
import type { AppendRow } from './sequence-store.ts'

/** Most values in one commit, so that no live value waits long behind an import. */
const MAX_BATCH = 10_000
/** Most values that may wait; past it callers are told to try again. */
const MAX_QUEUE = 500_000

interface Waiting {
  rows: readonly AppendRow[]
  resolve: (isNew: Uint8Array) => void
  reject: (error: unknown) => void
}

/**
 * Makes a batch durable: of each caller's rows it returns a byte a row, 1 where the time was new. A caller of
 * {@link CommitQueue.settled} takes part with no rows.
 */
export type Commit = (batch: readonly (readonly AppendRow[])[]) => Promise<readonly Uint8Array[]>

export class CommitQueue {
  readonly #commit: Commit
  readonly #observer: Observer
  #waiting: Waiting[] = []
  #values = 0
  #running: Promise<void> | undefined

  constructor(commit: Commit, observer: Observer) {
    this.#commit = commit
    this.#observer = observer
  }

  /** @throws Fault busy when too many wait already; whatever the commit throws */
  append(rows: readonly AppendRow[]): Promise<Uint8Array> {
    if (rows.length === 0) return Promise.resolve(new Uint8Array(0))
    if (this.#values + rows.length > MAX_QUEUE) {
      return Promise.reject(new Fault('busy', `The server has ${this.#values} values waiting to be stored: nothing of this request was stored. Try again in a moment.`, { retryAfter: 1 }))
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ rows, resolve, reject })
      this.#values += rows.length
      this.#running ??= this.#run()
    })
  }

  /** Resolves when all that was appended before has been committed, or has failed. */
  settled(): Promise<void> {
    if (!this.#running) return Promise.resolve()
    // An entry without rows: its turn comes right after those before it, not when a busy queue happens to be empty.
    return new Promise((resolve) => {
      const done = (): void => resolve()
      this.#waiting.push({ rows: [], resolve: done, reject: done })
    })
  }

  async #run(): Promise<void> {
    // Whatever the current turn of the event loop still brings belongs to the first batch.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#waiting.length > 0) {
      const batch = this.#takeBatch()
      try {
        const results = await this.#commit(batch.map(({ rows }) => rows))
        batch.forEach(({ resolve }, at) => resolve(results[at] ?? new Uint8Array(0)))
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    this.#running = undefined
  }

  #takeBatch(): Waiting[] {
    let size = 0
    let end = 0
    while (end < this.#waiting.length && size < MAX_BATCH) size += this.#waiting[end++]?.rows.length ?? 0
    this.#values -= size
    this.#observer.queued(this.#values)
    return this.#waiting.splice(0, end)
  }
}
