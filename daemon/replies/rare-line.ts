/** A line of the log about something that may come a thousand times: once a minute, with how often it was left out. */
import type { Log } from '../../src/base/log.ts'

const BETWEEN_MS = 60_000

export class RareLine {
  readonly #log: Log
  readonly #now: () => number
  #at = Number.NEGATIVE_INFINITY
  #leftOut = 0

  /** @param now milliseconds since some fixed moment */
  constructor(log: Log, now: () => number = () => performance.now()) {
    this.#log = log
    this.#now = now
  }

  warn(fields: object, message: string): void {
    const now = this.#now()
    if (now - this.#at < BETWEEN_MS) {
      this.#leftOut++
      return
    }
    this.#log.warn({ ...fields, ...(this.#leftOut === 0 ? {} : { more_since_last_line: this.#leftOut }) }, message)
    this.#at = now
    this.#leftOut = 0
  }
}
