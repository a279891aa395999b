/** Timestamps for values that are sent without one. */
import { SECOND, formatTimestamp } from '../base/time.ts'
import type { Micros } from '../base/time.ts'

/** A smaller step of the clock is the slow correction that keeps clocks right. */
const TOLERANCE = 2 * SECOND

/** When something was measured. */
export interface Stamp {
  /** What the clock showed. */
  readonly time: Micros
  /** What it showed beyond the counter that is never set: it differs later when the clock was set meanwhile. */
  readonly offset: Micros
}

export interface StamperClock {
  /** Microseconds since 1970. */
  readonly now?: () => Micros
  /** Microseconds since some fixed moment; setting the clock doesn't change it. */
  readonly monotonic?: () => Micros
}

/**
 * Timestamps of this process, unique and increasing until the clock is set: a value that is sent again replaces itself, and two values of
 * the same millisecond are both kept.
 */
export class Stamper {
  #last: Micros = 0
  #offset: Micros | undefined
  readonly #now: () => Micros
  readonly #monotonic: () => Micros

  constructor({ now = () => Date.now() * 1000, monotonic = () => performance.now() * 1000 }: StamperClock = {}) {
    this.#now = now
    this.#monotonic = monotonic
  }

  next(): string {
    return formatTimestamp(this.nextMicros())
  }

  nextMicros(): Micros {
    return this.stamp().time
  }

  stamp(): Stamp {
    const now = this.#now()
    const offset = now - this.#monotonic()
    // A clock that was set back begins again: what it showed before was wrong.
    if (this.#offset !== undefined && Math.abs(offset - this.#offset) >= TOLERANCE) this.#last = 0
    this.#offset = offset
    this.#last = Math.max(now, this.#last + 1)
    return { time: this.#last, offset }
  }

  /** When it was really measured, by what the clock shows now: a machine without a battery learns the time after it has begun. */
  correct({ time, offset }: Stamp): Micros {
    const jump = this.#now() - this.#monotonic() - offset
    return Math.abs(jump) < TOLERANCE ? time : Math.round(time + jump)
  }
}

/** ISO 8601 text of a Date or of microseconds since 1970; text is returned unchanged. */
export function timestampText(time: Date | string | Micros | undefined): string | undefined {
  if (time === undefined || typeof time === 'string') return time
  return formatTimestamp(typeof time === 'number' ? time : time.getTime() * 1000)
}
