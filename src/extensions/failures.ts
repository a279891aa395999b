/** How often an extension failed lately. */
import { MINUTE, type Micros } from '../base/time.ts'

/** So many failures within {@link WINDOW} switch an extension off. */
export const MOST_FAILURES = 5
const WINDOW = 10 * MINUTE

export class Failures {
  readonly #times: Micros[] = []
  /** Since it was set up. */
  total = 0
  /** The newest: what failed, and how. */
  last: string | undefined

  /** @param now on a clock that only goes forward @returns whether these are too many */
  note(now: Micros, what: string): boolean {
    this.total++
    this.last = what
    this.#times.push(now)
    while ((this.#times[0] ?? now) < now - WINDOW) this.#times.shift()
    return this.#times.length >= MOST_FAILURES
  }
}
