/** Where time comes from. Everything asks its context's clock, so that a test can hold time still or move it. */
import type { Micros } from './time.ts'

export interface Clock {
  /** Microseconds since 1970, UTC, to the millisecond. May jump either way when the machine's clock is set. */
  now(): Micros
  /** Microseconds since some moment, which no setting of the clock changes: for telling that it was set. */
  monotonic(): Micros
}

export const systemClock: Clock = { now: () => Date.now() * 1000, monotonic: () => performance.now() * 1000 }
