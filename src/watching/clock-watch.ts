/**
 * Notices when the server's clock is set: a machine without a real-time clock does that after each boot, as soon as it reaches a time
 * server.
 */
import type { Context } from '../context.ts'
import { logWork } from '../notifications/worker-log.ts'
import { SECOND, formatTimestamp, type Micros } from '../base/time.ts'

/** A smaller difference between two checks is the slow correction that keeps clocks right. */
const TOLERANCE = 2 * SECOND

export class ClockWatch {
  readonly #ctx: Context
  #wall: Micros
  #monotonic: Micros

  constructor(ctx: Context) {
    this.#ctx = ctx
    this.#wall = ctx.clock.now()
    this.#monotonic = ctx.clock.monotonic()
  }

  /**
   * Compares the clock with the time that has passed since the last check. The time that a jump skips does not count as silence, because
   * the server could hear nothing then; stamps keep increasing by themselves, see sequences.ts.
   * @returns by how much the clock was set; 0 if it was not
   */
  check(): Micros {
    const { clock, hub, liveness, log } = this.#ctx
    const [wall, monotonic] = [clock.now(), clock.monotonic()]
    const jump = Math.round(wall - this.#wall - (monotonic - this.#monotonic))
    const before = wall - jump
    this.#wall = wall
    this.#monotonic = monotonic
    if (Math.abs(jump) < TOLERANCE) return 0
    liveness.clockJumped(before)
    hub.notify('clockJumped', { by: jump })
    const seconds = Math.round(jump / SECOND)
    log.warn(
      { seconds, before: formatTimestamp(before), now: formatTimestamp(wall) },
      "the server's clock was set; times that it stamps keep increasing, and what it leapt over counts as nobody's silence",
    )
    void logWork(
      this.#ctx,
      `The server's clock was set ${seconds > 0 ? 'forward' : 'back'} by ${Math.abs(seconds)} seconds. Times that it stamps ` +
        `keep increasing in each sequence; what it leapt over counts as nobody\'s silence.`,
    )
    return jump
  }
}
