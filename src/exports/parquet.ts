/**
 * Tables as Parquet, for pandas, R, DuckDB and their like. Times are moments in UTC, to the microsecond. One thread encodes all files that
 * are being made; it lives while there are some, and a little longer.
 */
import { Worker } from 'node:worker_threads'
import type { Turns } from '../base/turns.ts'
import { WorkerCalls } from '../base/worker-calls.ts'
import { workerUrl } from '../base/worker-url.ts'
import type { ParquetReply, ParquetRequest } from './parquet-worker.ts'
import type { Table } from './table.ts'

/** How long a thread without work stays, in milliseconds. */
const PATIENCE = 10_000

class ParquetThread {
  readonly #calls: WorkerCalls<ParquetRequest, ParquetReply, Uint8Array>
  readonly #worker: Worker
  #nextFile = 1
  #files = 0
  #idle: NodeJS.Timeout | undefined

  constructor() {
    this.#worker = new Worker(workerUrl('exports/parquet-worker'))
    this.#calls = new WorkerCalls(this.#worker, bytesOf, () => this.#forget())
    // A process may end while it has nothing to do.
    this.#worker.unref()
  }

  /** @returns the number of a new file */
  open(): number {
    clearTimeout(this.#idle)
    if (this.#files++ === 0) this.#worker.ref()
    return this.#nextFile++
  }

  async step(file: number, step: ParquetRequest['step']): Promise<Uint8Array> {
    return this.#calls.call({ file, step })
  }

  close(file: number): void {
    this.step(file, 'drop').catch(() => undefined)
    if (--this.#files > 0) return
    this.#worker.unref()
    this.#idle = setTimeout(() => {
      this.#forget()
      void this.#worker.terminate()
    }, PATIENCE).unref()
  }

  #forget(): void {
    if (shared === this) shared = undefined
  }
}

let shared: ParquetThread | undefined

export async function* encodeParquet(table: Table, turns: Turns): AsyncGenerator<Uint8Array> {
  const thread = (shared ??= new ParquetThread())
  const file = thread.open()
  try {
    await thread.step(file, { begin: table.columns })
    for await (const rows of table.batches) {
      if (turns.isOver()) await turns.next()
      const bytes = await thread.step(file, { add: rows })
      if (bytes.length > 0) yield bytes
    }
    yield await thread.step(file, 'end')
  } finally {
    thread.close(file)
  }
}

function bytesOf({ bytes, error }: ParquetReply): Uint8Array {
  if (bytes) return bytes
  throw new Error(`making a Parquet file failed: ${error}`)
}
