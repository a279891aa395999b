/** The main thread's side of the sealer thread, which lives while there is work and a little longer. */
import { Worker } from 'node:worker_threads'
import { workerUrl } from '../../base/worker-url.ts'
import type { SealerReply, SealerRequest } from './sealer-worker.ts'
import { memoryOf, type SealingJob, type SealingResult } from './sealing.ts'

/** How long a thread without work stays, in milliseconds; it keeps some 10 MB of memory. */
const PATIENCE = 10_000

interface Waiter {
  resolve: (results: readonly SealingResult[]) => void
  reject: (error: Error) => void
}

/** A running thread and the callers that wait for its results. */
interface Thread {
  readonly worker: Worker
  readonly waiters: Map<number, Waiter>
}

export class Sealer {
  #thread: Thread | undefined
  #nextId = 1
  #idle: NodeJS.Timeout | undefined

  /**
   * Seals jobs in order. Their points move to the thread: the caller's arrays are empty afterwards. @throws Error when the thread fails;
   * nothing was sealed then
   */
  seal(jobs: readonly SealingJob[]): Promise<readonly SealingResult[]> {
    clearTimeout(this.#idle)
    const { worker, waiters } = (this.#thread ??= this.#start())
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      waiters.set(id, { resolve, reject })
      worker.postMessage({ id, jobs } satisfies SealerRequest, memoryOf(jobs))
    })
  }

  #start(): Thread {
    const worker = new Worker(workerUrl('storage/engine/sealer-worker'))
    const waiters = new Map<number, Waiter>()
    worker.on('message', ({ id, results, error }: SealerReply) => {
      const waiter = waiters.get(id)
      waiters.delete(id)
      if (results) waiter?.resolve(results)
      else waiter?.reject(new Error(`sealing failed: ${error}`))
      if (waiters.size === 0) this.#idle = setTimeout(() => void this.close(), PATIENCE).unref()
    })
    const fail = (error: Error): void => {
      if (this.#thread?.worker === worker) this.#thread = undefined
      for (const { reject } of waiters.values()) reject(error)
      waiters.clear()
    }
    worker.on('error', fail)
    worker.on('exit', () => fail(new Error('the sealer thread ended')))
    return { worker, waiters }
  }

  /** Ends the thread; jobs in progress fail. */
  async close(): Promise<void> {
    clearTimeout(this.#idle)
    const thread = this.#thread
    this.#thread = undefined
    await thread?.worker.terminate()
  }
}
