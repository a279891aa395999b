/** Follows the lab until it is stopped. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Log } from '../base/log.ts'
import type { Follower } from './follower.ts'

/** Between two questions when there was nothing more, in ms. */
const IDLE_MS = 1_000
/** Between two attempts, growing. */
const FIRST_WAIT_MS = 500
const LAST_WAIT_MS = 5_000

export class FollowLoop {
  readonly #follower: Follower
  readonly #log: Log
  readonly #end = new AbortController()
  #running: Promise<void> | undefined
  #problem: string | undefined
  #caughtUp: () => void = () => {}

  constructor(follower: Follower, log: Log) {
    this.#follower = follower
    this.#log = log
  }

  /** Why nothing is taken over now; undefined when all is well. */
  get problem(): string | undefined {
    return this.#problem
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** Resolves the next time that the standby has all that the lab had, or when it is stopped. */
  caughtUp(): Promise<void> {
    return new Promise((resolve) => {
      const before = this.#caughtUp
      this.#caughtUp = () => {
        before()
        resolve()
      }
    })
  }

  /** Interrupts what is under way. */
  async stop(): Promise<void> {
    this.#end.abort()
    await this.#running
    this.#caughtUp()
  }

  async #run(): Promise<void> {
    const { signal } = this.#end
    for (let failures = 0; !signal.aborted; ) {
      let wait = 0
      try {
        if (await this.#follower.step(signal)) {
          wait = IDLE_MS
          this.#caughtUp()
          this.#caughtUp = () => {}
        }
        if (this.#problem !== undefined) this.#log.info({}, 'the lab answers again, and is followed')
        this.#problem = undefined
        failures = 0
      } catch (error) {
        if (signal.aborted) return
        const problem = error instanceof Error ? error.message : String(error)
        if (problem !== this.#problem) this.#log.warn({ err: error }, 'the lab is not followed for now')
        this.#problem = problem
        wait = Math.min(FIRST_WAIT_MS * 2 ** failures++, LAST_WAIT_MS)
      }
      if (wait > 0) await pause(wait, undefined, { signal }).catch(() => {})
    }
  }
}
