/** The main thread's side of the thread that applies pages, see page-applier.ts for what it does. */
import { Worker } from 'node:worker_threads'
import { Fault } from '../../base/fault.ts'
import { WorkerCalls } from '../../base/worker-calls.ts'
import { workerUrl } from '../../base/worker-url.ts'
import type { ApplierReply, ApplierRequest, ApplierSettings } from './applier-protocol.ts'

export class Applier {
  readonly #worker: Worker
  readonly #calls: WorkerCalls<ApplierRequest, ApplierReply>

  /** Opens the database with the first request. */
  constructor(settings: ApplierSettings) {
    this.#worker = new Worker(workerUrl('database/sqlite/applier'), { workerData: settings })
    this.#calls = new WorkerCalls(this.#worker, requireDone, () => {})
  }

  /**
   * Makes the database file hold all that was committed.
   * @returns hashes of its first groups of pages, one after the other
   * @throws Fault busy when another program reads the database; conflict when its pages are of another size
   */
  async settle(groups: number): Promise<Buffer> {
    const reply = await this.#calls.call({ kind: 'settle', groups })
    return Buffer.from(reply.kind === 'hashes' ? reply.hashes : [])
  }

  /** Forgets what was staged since the last {@link commit}. */
  async discard(): Promise<void> {
    await this.#calls.call({ kind: 'discard' })
  }

  /** @param pages packed as in pages.ts; seen by nobody until {@link commit} */
  async stage(pages: Uint8Array): Promise<void> {
    await this.#calls.call({ kind: 'stage', pages })
  }

  /** Durable, and seen by readers, when this resolves. @param pageCount the database's size in pages from now on */
  async commit(pageCount: number): Promise<void> {
    await this.#calls.call({ kind: 'commit', pageCount })
  }

  async close(): Promise<void> {
    if (!this.#calls.ended) await this.#calls.call({ kind: 'close' })
    this.#calls.end(new Error('the database is closed'))
    await this.#worker.terminate()
  }
}

function requireDone(reply: ApplierReply): ApplierReply {
  if (reply.kind === 'error') throw reply.code === undefined ? new Error(reply.message) : new Fault(reply.code, reply.message)
  return reply
}
