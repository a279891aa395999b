/**
 * The time that the server believes. The wall clock may be wrong for a while: without a battery a machine starts in 1970, and a time server
 * may answer nonsense. So what ends or removes something because of its age doesn't ask the wall clock, but this: it goes on with the
 * monotonic clock, and takes over a wall clock that differs only when that has held for an hour. Over a restart it goes on from the newest
 * time that was recorded. What it skipped when it took over another time is a leap: it didn't see that time pass, so it doesn't count it.
 */
import type { Clock } from './clock.ts'
import { HOUR, MINUTE, type Micros } from './time.ts'

/** A clock that shows an earlier time is wrong: this program was released later. */
export const RELEASED: Micros = Date.UTC(2026, 0, 1) * 1000

/** A wall clock that differs by no more is believed at once: clocks are corrected by little all the time. */
const TOLERANCE = MINUTE
/** How long another time must have held to be believed. */
export const TO_HOLD = HOUR
/** A server that was off for no longer than this believes the wall clock after its start. */
const PLAUSIBLE_GAP = HOUR
/** The oldest leaps beyond it are joined. */
const MAX_LEAPS = 500

/** A stretch of time that the server did not see pass. */
export interface Leap {
  readonly from: Micros
  readonly until: Micros
}

/** What is kept over a restart. */
export interface KnownTime {
  /** The newest time that was believed; undefined: nothing is known. */
  readonly newest: Micros | undefined
  /** In order, and not touching each other. */
  readonly leaps: readonly Leap[]
}

/** A wall clock that differs from what is believed. */
interface Candidate {
  readonly offset: Micros
  readonly since: Micros
}

export class BelievedTime {
  readonly #clock: Clock
  /** What was believed at one reading of the monotonic clock. */
  #anchor: { readonly time: Micros; readonly monotonic: Micros }
  /** Since the start the wall clock has shown what is believed. */
  #wasRight = false
  #candidate: Candidate | undefined
  #leaps: Leap[]

  constructor(clock: Clock, { newest, leaps }: KnownTime = { newest: undefined, leaps: [] }) {
    this.#clock = clock
    this.#leaps = [...leaps]
    this.#anchor = { time: newest ?? clock.now(), monotonic: clock.monotonic() }
    this.now()
  }

  /** The believed time. Ask it now and then: it notices by that whether another time holds. */
  now(): Micros {
    const [wall, monotonic] = [this.#clock.now(), this.#clock.monotonic()]
    const believed = this.#anchor.time + (monotonic - this.#anchor.monotonic)
    const isPlausible = wall >= believed - TOLERANCE && wall <= believed + (this.#wasRight ? TOLERANCE : PLAUSIBLE_GAP)
    if (isPlausible) {
      this.#agree(wall, monotonic)
      return wall
    }
    const offset = wall - monotonic
    if (!this.#candidate || Math.abs(offset - this.#candidate.offset) > TOLERANCE) this.#candidate = { offset, since: monotonic }
    // Anything is better than the time before the first that can be right.
    const isBelievable = wall >= RELEASED && (believed < RELEASED || monotonic - this.#candidate.since >= TO_HOLD)
    if (!isBelievable) return Math.round(believed)
    this.#takeOver(Math.round(believed), wall, monotonic)
    return wall
  }

  /** Whether the wall clock shows what is believed, and no time before this program was released. */
  get isClockRight(): boolean {
    const believed = this.now()
    const wall = this.#clock.now()
    return wall >= RELEASED && Math.abs(wall - believed) <= TOLERANCE
  }

  /** What must be older than this has surely reached that age: leaps don't count. @param age microseconds */
  before(age: Micros): Micros {
    return this.#countBack(this.now(), age)
  }

  /**
   * As {@link before}, for what is removed for good: by a wall clock that is behind, nothing is too old.
   * @param age microseconds
   */
  removableBefore(age: Micros): Micros {
    return this.#countBack(Math.min(this.now(), this.#clock.now()), age)
  }

  /** As {@link removableBefore}, with leaps counted: right if the clock was right each time that it was set. */
  supposedlyRemovableBefore(age: Micros): Micros {
    return Math.min(this.now(), this.#clock.now()) - age
  }

  /** Somebody looked at the clock and says that it is right: it is believed, and what it skipped has passed. */
  confirm(): void {
    this.#agree(this.#clock.now(), this.#clock.monotonic())
    this.#leaps = []
  }

  /** What to record, to go on from there after a restart. */
  get known(): { readonly newest: Micros; readonly leaps: readonly Leap[] } {
    return { newest: this.now(), leaps: this.#leaps }
  }

  #takeOver(believed: Micros, wall: Micros, monotonic: Micros): void {
    if (wall > believed) this.#leaps.push({ from: believed, until: wall })
    // Set back: what is to come again may not have been skipped.
    else this.#leaps = this.#leaps.filter(({ from }) => from < wall).map(({ from, until }) => ({ from, until: Math.min(until, wall) }))
    while (this.#leaps.length > MAX_LEAPS) {
      const [first, second] = this.#leaps.splice(0, 2)
      if (first && second) this.#leaps.unshift({ from: first.from + (second.from - first.until), until: second.until })
    }
    this.#agree(wall, monotonic)
  }

  #agree(wall: Micros, monotonic: Micros): void {
    this.#wasRight = true
    this.#candidate = undefined
    this.#anchor = { time: wall, monotonic }
  }

  #countBack(from: Micros, age: Micros): Micros {
    let [at, left] = [from, age]
    for (let index = this.#leaps.length - 1; index >= 0; index--) {
      const leap = this.#leaps[index]
      if (!leap || leap.from >= at) continue
      const passed = at - Math.min(leap.until, at)
      if (passed >= left) break
      left -= passed
      at = leap.from
    }
    return at - left
  }
}
