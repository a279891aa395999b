/** Timestamps for values that are sent without one. */
import { formatTimestamp } from '../base/time.ts'
import type { Micros } from '../base/time.ts'

/**
 * Timestamps of this process, unique and increasing: a value that is sent again replaces itself, and two values of the same millisecond are
 * both kept.
 */
export class Stamper {
  #last: Micros = 0
  readonly #now: () => Micros

  constructor(now: () => Micros = () => Date.now() * 1000) {
    this.#now = now
  }

  next(): string {
    return formatTimestamp(this.nextMicros())
  }

  nextMicros(): Micros {
    this.#last = Math.max(this.#now(), this.#last + 1)
    return this.#last
  }
}

/** ISO 8601 text of a Date or of microseconds since 1970; text is returned unchanged. */
export function timestampText(time: Date | string | Micros | undefined): string | undefined {
  if (time === undefined || typeof time === 'string') return time
  return formatTimestamp(typeof time === 'number' ? time : time.getTime() * 1000)
}
