/**
 * Group commit: values of all callers queue up here and go to the store as one batch. The next batch gathers while one is being committed,
 * so a slow disk makes batches larger, not waits longer.
 */
import { Fault } from '../../base/fault.ts'
import type { Observer } from '../../base/store-observer.ts'
import { RowList } from './row-list.ts'
import type { AppendRows } from '../sequence-store.ts'

/** Maximum weight of one commit, in units of {@link roomOf}, so that live values don't wait long behind an import. */
const MAX_BATCH = 10_000
/** Maximum weight that may wait; beyond it callers are told to try again. */
const MAX_QUEUE = 500_000
const CHARACTERS_A_UNIT = 16

/** The room that a value takes in memory, in units of about two numbers: 1, and more for long texts. */
export const roomOf = (value: number | string): number => (typeof value === 'number' ? 1 : 1 + Math.floor(value.length / CHARACTERS_A_UNIT))

function weigh(rows: AppendRows): number {
  let weight = 0
  if (rows.runs) {
    for (const { values } of rows.runs) {
      if (values instanceof Float64Array) weight += values.length
      else for (const text of values) weight += roomOf(text)
    }
  } else for (let row = 0; row < rows.length; row++) weight += roomOf(rows.value(row))
  return weight
}

const NO_ROWS = new RowList([])

interface Waiting {
  rows: AppendRows
  weight: number
  resolve: (isNew: Uint8Array) => void
  reject: (error: unknown) => void
}

/**
 * Makes a batch durable. Returns, for each caller's rows, a byte a row: 1 if the time was new. A caller of {@link CommitQueue.settled}
 * takes part with no rows.
 */
export type Commit = (batch: readonly AppendRows[]) => Promise<readonly Uint8Array[]>

export class CommitQueue {
  readonly #commit: Commit
  readonly #waitForRoom: () => Promise<void>
  readonly #observer: Observer
  #waiting: Waiting[] = []
  #values = 0
  #weight = 0
  #running: Promise<void> | undefined
  #turn: Promise<unknown> = Promise.resolve()

  /** @param waitForRoom awaited before each batch; resolves when the store can take more, or when waiting is of no use */
  constructor(commit: Commit, waitForRoom: () => Promise<void>, observer: Observer) {
    this.#commit = commit
    this.#waitForRoom = waitForRoom
    this.#observer = observer
  }

  /** @throws Fault busy when too much is waiting already; whatever the commit throws */
  append(rows: AppendRows): Promise<Uint8Array> {
    if (rows.length === 0) return Promise.resolve(new Uint8Array(0))
    const weight = weigh(rows)
    // A request larger than the whole queue is accepted when nothing else waits: otherwise it could never be stored.
    if (this.#weight > 0 && this.#weight + weight > MAX_QUEUE) {
      return Promise.reject(
        new Fault(
          'busy',
          `The server has ${this.#values} values waiting to be stored: nothing of this request was stored. Try again in a moment.`,
          { retryAfter: 1 },
        ),
      )
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ rows, weight, resolve, reject })
      this.#values += rows.length
      this.#weight += weight
      this.#running ??= this.#run()
    })
  }

  /** Resolves when everything appended before has been committed or has failed. */
  settled(): Promise<void> {
    if (!this.#running) return Promise.resolve()
    // Queue an entry without rows: it is served right after those before it, and needn't wait until a busy queue happens to be empty.
    return new Promise((resolve) => {
      const done = (): void => resolve()
      this.#waiting.push({ rows: NO_ROWS, weight: 0, resolve: done, reject: done })
    })
  }

  /** Runs work while no batch is being committed. The work must not wait for room in the store. */
  between<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work)
    this.#turn = turn.catch(() => {})
    return turn
  }

  async #run(): Promise<void> {
    // Wait for the end of this turn of the event loop, so that everything that arrives in it joins the first batch.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#waiting.length > 0) {
      await this.#waitForRoom()
      const batch = this.#takeBatch()
      try {
        const results = await this.between(() => this.#commit(batch.map(({ rows }) => rows)))
        batch.forEach(({ resolve }, at) => resolve(results[at] ?? new Uint8Array(0)))
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    this.#running = undefined
  }

  #takeBatch(): Waiting[] {
    let [weight, values, end] = [0, 0, 0]
    for (let next = this.#waiting[0]; next && weight < MAX_BATCH; next = this.#waiting[++end]) {
      weight += next.weight
      values += next.rows.length
    }
    this.#weight -= weight
    this.#values -= values
    this.#observer.queued(this.#values)
    return this.#waiting.splice(0, end)
  }
}
