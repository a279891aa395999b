/** Work of an extension that is done from time to time: one run at a time. */
import { callUnasked, type HookOwner } from './hook-calls.ts'
import type { Work } from './interface.ts'

export class RepeatedWork {
  readonly #owner: HookOwner
  readonly #work: Work
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #again = false
  #isStopped = false

  constructor(owner: HookOwner, work: Work) {
    this.#owner = owner
    this.#work = work
  }

  start(): void {
    this.#timer = setInterval(() => this.wake(), this.#work.everySeconds * 1_000)
    this.#timer.unref()
    this.wake()
  }

  wake(): void {
    if (this.#isStopped || this.#timer === undefined) return
    this.#again = true
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
  }

  /** Resolves when the step under way is done, or has used its budget up. */
  async stop(): Promise<void> {
    this.#isStopped = true
    clearInterval(this.#timer)
    await this.#running
  }

  async #run(): Promise<void> {
    while (this.#again && !this.#isStopped && this.#owner.offReason === undefined) {
      this.#again = false
      const isMore = await callUnasked(this.#owner, `the work ${this.#work.name}`, () => this.#work.run())
      if (isMore === true) this.#again = true
      // A run that never waits must not keep everybody else from the loop.
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}
