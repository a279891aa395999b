/** The times that the server gives to values without one: unique and increasing in each sequence, whatever the clock does. */
import { MINUTE, type Micros } from '../base/time.ts'

/** When a stored value is at most this far ahead of the clock, the clock was set back; further ahead, the value's time is wrong. */
const TRUSTED_AHEAD = MINUTE

/**
 * After which time the stamps of a sequence go on, by the time of its newest value (undefined: there is none). A value from the far future,
 * which a controller's wrong clock made, doesn't count.
 */
export const lastStampOf = (newest: Micros | undefined, now: Micros): Micros =>
  newest !== undefined && newest <= now + TRUSTED_AHEAD ? newest : Number.NEGATIVE_INFINITY

export const nextStamp = (lastStamp: Micros, now: Micros): Micros => Math.max(now, lastStamp + 1)
