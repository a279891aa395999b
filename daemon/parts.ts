/** What the daemon is made of, and how its parts start and stop. */
import type { Log } from '../src/base/log.ts'

/** A constructor only assigns; what takes a timer, a port, a thread or a file is `start`. */
export interface Part {
  /** Acts. Called once. */
  start(): Promise<void>
  /** Undoes what `start` did and leaves no open handle, also when `start` failed half way or was never called. */
  stop(): Promise<void>
}

/** The parts that were started, in order. */
export class Parts {
  readonly #log: Log
  readonly #begun: Part[] = []

  constructor(log: Log) {
    this.#log = log
  }

  /** Registers a part, then starts it. When that fails, all parts are stopped. @throws what the part's start throws */
  async start(part: Part): Promise<void> {
    this.#begun.push(part)
    await this.orStop(() => part.start())
  }

  /** For a start that does more than starting parts: when any of it fails, all parts are stopped. @throws what `work` throws */
  async orStop(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      await this.stop().catch((failure: unknown) => this.#log.error({ err: failure }, 'stopping after a start that failed'))
      throw error
    }
  }

  /** Stops all parts, the last one first; one that can't be stopped keeps none of the others. @throws the first such error */
  async stop(): Promise<void> {
    const errors: unknown[] = []
    for (let part = this.#begun.pop(); part; part = this.#begun.pop()) {
      try {
        await part.stop()
      } catch (error) {
        errors.push(error)
      }
    }
    if (errors.length > 0) throw errors[0]
  }
}

/** Parts that start in order and stop at the same time, as each of them waits for what only the others can end. */
export class Together implements Part {
  readonly parts: readonly Part[]

  constructor(...parts: readonly Part[]) {
    this.parts = parts
  }

  async start(): Promise<void> {
    for (const part of this.parts) await part.start()
  }

  async stop(): Promise<void> {
    await Promise.all(this.parts.map((part) => part.stop()))
  }
}
