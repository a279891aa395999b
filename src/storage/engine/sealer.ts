/** The main thread's side of the sealer thread, which lives while there is work and a little longer. */
import { Worker } from 'node:worker_threads'
import { WorkerCalls } from '../../base/worker-calls.ts'
import { workerUrl } from '../../base/worker-url.ts'
import type { SealerReply, SealerRequest } from './sealer-worker.ts'
import { memoryOf, type SealingJob, type SealingResult } from './sealing.ts'

/** How long a thread without work stays, in milliseconds; it keeps some 10 MB of memory. */
const PATIENCE = 10_000

interface Thread {
  readonly worker: Worker
  readonly calls: WorkerCalls<SealerRequest, SealerReply, readonly SealingResult[]>
}

export class Sealer {
  #thread: Thread | undefined
  #idle: NodeJS.Timeout | undefined

  /**
   * Seals jobs in order. Their points move to the thread: the caller's arrays are empty afterwards. @throws Error when the thread fails;
   * nothing was sealed then
   */
  async seal(jobs: readonly SealingJob[]): Promise<readonly SealingResult[]> {
    clearTimeout(this.#idle)
    const thread = (this.#thread ??= this.#start())
    try {
      return await thread.calls.call({ jobs }, memoryOf(jobs))
    } finally {
      if (this.#thread === thread && thread.calls.waiting === 0) this.#idle = setTimeout(() => void this.close(), PATIENCE).unref()
    }
  }

  #start(): Thread {
    const worker = new Worker(workerUrl('storage/engine/sealer-worker'))
    const calls: Thread['calls'] = new WorkerCalls(worker, resultsOf, () => {
      if (this.#thread?.worker === worker) this.#thread = undefined
    })
    return { worker, calls }
  }

  /** Ends the thread; work in progress fails. */
  async close(): Promise<void> {
    clearTimeout(this.#idle)
    const thread = this.#thread
    this.#thread = undefined
    await thread?.worker.terminate()
  }
}

function resultsOf({ results, error }: SealerReply): readonly SealingResult[] {
  if (results) return results
  throw new Error(`sealing failed: ${error}`)
}
