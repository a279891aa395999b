import { formatTimestamp } from '../base/time.ts'
import type { Micros } from '../base/time.ts'

/** Timestamps of this process: unique and increasing, so that a value sent again replaces itself and two of one millisecond both live. */
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

/** ISO 8601 of a Date, of microseconds since 1970, or of text that is passed on as it is. */
export function timestampText(time: Date | string | Micros | undefined): string | undefined {
  if (time === undefined || typeof time === 'string') return time
  return formatTimestamp(typeof time === 'number' ? time : time.getTime() * 1000)
}
