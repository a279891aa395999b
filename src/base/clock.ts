/** The source of time. All code asks its context's clock, so that a test can stop or move time. */
import type { Micros } from './time.ts'

export interface Clock {
  /** Microseconds since 1970, UTC, with millisecond precision. May jump in either direction when the machine's clock is set. */
  now(): Micros
  /** Microseconds since some fixed moment; setting the clock doesn't change it, so it can show that the clock was set. */
  monotonic(): Micros
}

export const systemClock: Clock = { now: () => Date.now() * 1000, monotonic: () => performance.now() * 1000 }
