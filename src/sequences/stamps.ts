/**
 * The times that the server gives to values without one: unique in each sequence, and increasing as long as the clock isn't set back by
 * more than a minute. After that they begin again at what the clock shows.
 */
import { MINUTE, type Micros } from '../base/time.ts'

/** What is at most this far ahead of the clock was stamped before the clock was set back a little; further ahead, its time is wrong. */
export const TRUSTED_AHEAD = MINUTE

/** Whether a time can't be right: a wrong clock made it, or it is of the future on purpose. */
export const isAhead = (time: Micros, now: Micros): boolean => time > now + TRUSTED_AHEAD

/** The next stamp of a sequence, by the last one that the server gave there; -Infinity: there is none. */
export const nextStamp = (lastStamp: Micros, now: Micros): Micros => (isAhead(lastStamp, now) ? now : Math.max(now, lastStamp + 1))

/**
 * Microseconds to add to stamps where there are values already, because the clock was ahead. Clocks show milliseconds, so stamps at other
 * microseconds don't meet those from before.
 */
export const pickPhase = (): Micros => 1 + Math.floor(Math.random() * 999)
