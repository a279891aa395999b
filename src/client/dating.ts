/** When values were measured, as they are sent: by the machine's clock, or where that can't be right, by its counter. */
import { randomUUID } from 'node:crypto'
import { RELEASED } from '../base/believed-time.ts'
import { formatTimestamp, SECOND, type Micros } from '../base/time.ts'
import { Stamper, type StamperClock } from './stamper.ts'

/** Either a time, as ISO 8601 text, or what the counter showed then and shows now. */
export interface Moment {
  readonly time?: string
  readonly counter?: { readonly monotonic: number; readonly monotonic_now: number; readonly boot: string }
}

const systemClock: Required<StamperClock> = { now: () => Date.now() * 1000, monotonic: () => performance.now() * 1000 }

export class Dating {
  readonly #clock: Required<StamperClock>
  readonly #stamper: Stamper
  readonly #hasClock: boolean
  /** The counter begins with this process. */
  readonly #boot = randomUUID()
  #lastCount = -1

  constructor(clock: StamperClock = {}, hasClock = true) {
    this.#clock = { ...systemClock, ...clock }
    this.#stamper = new Stamper(clock)
    this.#hasClock = hasClock
  }

  /**
   * Takes the time.
   * @returns what the clock shows, and what to say of it each time that it is sent. Until the first time the clock may still be set; from
   *   then on it means the same time, since the server may have it
   */
  take(): { shown: Moment; date: () => Moment } {
    const stamp = this.#stamper.stamp()
    const count = this.#count()
    let sent: Moment | 'counted' | undefined
    return {
      shown: { time: formatTimestamp(stamp.time) },
      date: () => {
        sent ??= this.#isClockRight() ? { time: formatTimestamp(this.#stamper.correct(stamp)) } : 'counted'
        return sent === 'counted' ? this.#counted(count) : sent
      },
    }
  }

  #isClockRight(): boolean {
    return this.#hasClock && this.#clock.now() >= RELEASED
  }

  /** Microseconds of the counter, unique and increasing: two values of one moment are both kept. */
  #count(): Micros {
    this.#lastCount = Math.max(Math.round(this.#clock.monotonic()), this.#lastCount + 1)
    return this.#lastCount
  }

  #counted(count: Micros): Moment {
    const now = Math.max(count, Math.round(this.#clock.monotonic()))
    return { counter: { monotonic: count / SECOND, monotonic_now: now / SECOND, boot: this.#boot } }
  }
}
