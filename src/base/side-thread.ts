/**
 * Work on texts of people in a thread beside the main one: a text may be made so that this takes long. The thread starts when it is needed,
 * does one thing after the other, and is ended when one takes too much time or memory, or when it has been idle.
 */
import { Worker } from 'node:worker_threads'
import { WorkerCalls } from './worker-calls.ts'

/** How long it waits for more work, in milliseconds. */
const IDLE_MS = 30_000
const MAX_WAITING = 20

export interface SideThreadOptions {
  /** How long one thing may take, the thread's start included, and how long it may wait for its turn, in milliseconds. */
  readonly timeMs: number
  readonly heapMb: number
}

/** It took more time or memory than it may. */
export class TooCostly extends Error {}
/** Its turn did not come in time, much is waiting, or the server is stopping. */
export class NotTaken extends Error {}

interface Numbered {
  readonly id: number
}

interface Thread<Request extends Numbered, Reply extends Numbered> {
  readonly worker: Worker
  readonly calls: WorkerCalls<Request, Reply>
}

/** A request goes to the thread as it is; a reply has the number of its request. */
export class SideThread<Request extends Numbered, Reply extends Numbered> {
  readonly #script: URL
  readonly #options: SideThreadOptions
  #thread: Thread<Request, Reply> | undefined
  #idle: NodeJS.Timeout | undefined
  #tail: Promise<unknown> = Promise.resolve()
  #waiting = 0
  /** How often it was stopped. */
  #stops = 0

  constructor(script: URL, options: SideThreadOptions) {
    this.#script = script
    this.#options = options
  }

  get isRunning(): boolean {
    return this.#thread !== undefined
  }

  /** @throws TooCostly; NotTaken when it was not begun */
  async run(request: Parameters<WorkerCalls<Request, Reply>['call']>[0]): Promise<Reply> {
    if (this.#waiting >= MAX_WAITING) throw new NotTaken('much is waiting')
    this.#waiting++
    clearTimeout(this.#idle)
    const stops = this.#stops
    let isLate = false
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        isLate = true
        reject(new NotTaken('its turn did not come'))
      }, this.#options.timeMs)
    })
    const turn = this.#tail.then(async () => {
      clearTimeout(timer)
      if (isLate || this.#stops > stops) return undefined
      return this.#work(request)
    })
    this.#tail = turn.catch(() => {})
    try {
      const reply = await Promise.race([turn, late])
      if (reply === undefined) throw new NotTaken('its turn did not come')
      return reply
    } finally {
      this.#waiting--
      this.#rest()
    }
  }

  /** Ends the thread, what it works on, and what waits. */
  async stop(): Promise<void> {
    this.#stops++
    await this.#end(new NotTaken('the thread was stopped'))
  }

  async #work(request: Parameters<WorkerCalls<Request, Reply>['call']>[0]): Promise<Reply> {
    const { calls } = (this.#thread ??= this.#start())
    const timer = setTimeout(() => void this.#end(new TooCostly('it took too long')), this.#options.timeMs)
    try {
      return await calls.call(request)
    } catch (error) {
      throw error instanceof NotTaken ? error : new TooCostly('it took too much', { cause: error })
    } finally {
      clearTimeout(timer)
    }
  }

  #start(): Thread<Request, Reply> {
    const worker = new Worker(this.#script, {
      resourceLimits: { maxOldGenerationSizeMb: this.#options.heapMb, maxYoungGenerationSizeMb: 16 },
    })
    const forget = (): void => {
      if (this.#thread?.worker === worker) this.#thread = undefined
    }
    return { worker, calls: new WorkerCalls<Request, Reply>(worker, (reply) => reply, forget) }
  }

  async #end(reason: Error): Promise<void> {
    clearTimeout(this.#idle)
    const thread = this.#thread
    this.#thread = undefined
    thread?.calls.end(reason)
    await thread?.worker.terminate()
  }

  #rest(): void {
    clearTimeout(this.#idle)
    if (this.#thread === undefined || this.#waiting > 0) return
    this.#idle = setTimeout(() => void this.#end(new NotTaken('the thread was idle')), IDLE_MS)
    this.#idle.unref()
  }
}
