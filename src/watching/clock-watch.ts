/**
 * Notices when the server's clock is set: a machine without a real-time clock does that after each boot, as soon as it reaches a time
 * server.
 */
import { uptime as uptimeOfMachine } from 'node:os'
import type { Context } from '../context.ts'
import { RELEASED } from '../base/believed-time.ts'
import { nameOfBoot } from '../base/processes.ts'
import { writeKnownTime } from '../database/known-time.ts'
import { forgetWrongStretch, writeWrongStretch } from '../database/wrong-clocks.ts'
import { logWork } from '../notifications/worker-log.ts'
import { MINUTE, SECOND, formatTimestamp, type Micros } from '../base/time.ts'

/** A smaller difference between two checks is the slow correction that keeps clocks right. */
const TOLERANCE = 2 * SECOND
/** How often the believed time is recorded, so that the next start knows it. */
const RECORD_EVERY = 10 * MINUTE

/**
 * Seconds after a boot in which a clock that looks right may show the time of the last shutdown, as machines without a battery keep it:
 * when it is set forward in such a run, it did.
 */
const FRESH_BOOT = 600
/** By how much a clock is set at least that was wrong, when nothing else says that it was. */
const SURELY_SET = MINUTE

/**
 * What is thought of the clock since it was last set. `behind`: what it showed then was over already. `maybe behind`: it may go on from the
 * last shutdown. `maybe ahead`: it skipped time that nobody saw pass.
 */
type Doubt = 'none' | 'behind' | 'maybe behind' | 'maybe ahead'

const HOW_TO_SET = 'Set it, or let the machine do so (timedatectl set-ntp true).'

export class ClockWatch {
  readonly #ctx: Context
  #wall: Micros
  #monotonic: Micros
  /** When the believed time was recorded, by the monotonic clock, and with how many leaps. */
  #recorded: { readonly at: Micros; readonly leaps: number } | undefined
  readonly #boot = nameOfBoot()
  /** Since when, as it shows itself, the clock has run without being set. */
  #since: Micros
  #doubt: Doubt
  /** Since the clock was last set, nothing was recorded of it. */
  #isNews = true
  /** Stretches that ended and are not recorded yet. */
  #ended: { start: Micros; end: Micros; offBy: Micros }[] = []

  /** @param uptime seconds since the machine was started */
  constructor(ctx: Context, { uptime = uptimeOfMachine }: { uptime?: () => number } = {}) {
    this.#ctx = ctx
    this.#wall = this.#since = ctx.clock.now()
    this.#monotonic = ctx.clock.monotonic()
    this.#doubt = this.#judge()
    if (this.#doubt === 'none' && uptime() < FRESH_BOOT) this.#doubt = 'maybe behind'
  }

  #judge(): Doubt {
    const { believed, clock } = this.#ctx
    if (believed.isClockRight) return 'none'
    return clock.now() < RELEASED || clock.now() < believed.now() ? 'behind' : 'maybe ahead'
  }

  /**
   * Compares the clock with the time that has passed since the last check. The time that a jump skips does not count as silence, because
   * the server could hear nothing then; how values are stamped after it is in sequences/stamps.ts.
   * @returns by how much the clock was set; 0 if it was not
   */
  check(): Micros {
    const { believed, clock, hub, liveness, log } = this.#ctx
    believed.now()
    const [wall, monotonic] = [clock.now(), clock.monotonic()]
    const jump = Math.round(wall - this.#wall - (monotonic - this.#monotonic))
    const before = wall - jump
    this.#wall = wall
    this.#monotonic = monotonic
    if (Math.abs(jump) < TOLERANCE) return 0
    if (showsWrong(this.#doubt, jump)) this.#ended.push({ start: Math.min(this.#since, before), end: before, offBy: jump })
    this.#since = wall
    this.#doubt = this.#judge()
    this.#isNews = true
    liveness.clockJumped(before)
    hub.notify('clockJumped', { by: jump })
    const seconds = Math.round(jump / SECOND)
    const consequence = describeJump(jump)
    log.warn({ seconds, before: formatTimestamp(before), now: formatTimestamp(wall) }, `the server's clock was set; ${consequence}`)
    void logWork(
      this.#ctx,
      `The server's clock was set ${seconds > 0 ? 'forward' : 'back'} by ${Math.abs(seconds)} seconds, from ` +
        `${formatTimestamp(before)} to ${formatTimestamp(wall)}: ${consequence}.`,
    )
    return jump
  }

  /** At the start: says so if the clock can't be right. */
  async tellIfImplausible(): Promise<void> {
    const { believed, clock, log } = this.#ctx
    if (believed.isClockRight) return
    const wall = clock.now()
    const text =
      wall < RELEASED
        ? `The server's clock shows ${formatTimestamp(wall)}, which is long ago: values without a time are stamped wrong. ${HOW_TO_SET} ` +
          'Values that are stamped meanwhile can be moved when it was set: "rhizo doctor clock".'
        : `The server's clock shows ${formatTimestamp(wall)}, but it was last seen at ${formatTimestamp(believed.now())}. If it is ` +
          `wrong: ${HOW_TO_SET} Until it has held for an hour, nothing ends or is removed because of its age.`
    log.warn({ clock: formatTimestamp(wall), believed: formatTimestamp(believed.now()) }, text)
    await logWork(this.#ctx, text)
  }

  /** Records that the clock is behind, unless that has held for so long that it is believed. */
  async #keepDoubt(): Promise<void> {
    const { believed, clock, engine } = this.#ctx
    if (!believed.isClockRight) return writeWrongStretch(engine, { boot: this.#boot, start: this.#since, end: clock.now() })
    this.#doubt = 'maybe behind'
    await forgetWrongStretch(engine, this.#boot)
  }

  /** Records the believed time when it is time for that, and tells admins of what waits for their word. */
  async keep(everything = false): Promise<void> {
    const { aging, believed, clock, engine } = this.#ctx
    for (const text of aging.takeNews()) await logWork(this.#ctx, text)
    for (const stretch of this.#ended.splice(0)) {
      await writeWrongStretch(engine, { boot: this.#boot, ...stretch })
      await logWork(this.#ctx, 'What was stamped before that can be moved by what the clock was off: "rhizo doctor clock".')
    }
    const { known } = believed
    const at = clock.monotonic()
    const last = this.#recorded
    // What a clock that is behind stamps is spared by retention from when it is recorded on.
    const isUrgent = everything || (this.#isNews && this.#doubt === 'behind')
    if (!isUrgent && last && last.leaps === known.leaps.length && at - last.at < RECORD_EVERY) return
    if (this.#doubt === 'behind') await this.#keepDoubt()
    await writeKnownTime(engine, known)
    this.#recorded = { at, leaps: known.leaps.length }
    this.#isNews = false
  }
}

const showsWrong = (doubt: Doubt, jump: Micros): boolean =>
  doubt === 'behind' || (doubt === 'maybe behind' && jump >= SURELY_SET) || (doubt === 'maybe ahead' && jump <= -SURELY_SET)

/** What a jump means for values and for silence. */
function describeJump(jump: Micros): string {
  if (jump > 0) return "what it leapt over counts as nobody's silence, and until it has held for an hour nothing is removed by it"
  if (-jump <= MINUTE) return 'times that it stamps keep increasing in each sequence until it is where it was before'
  return (
    'values without a time are stamped by what it shows now. What was stamped before, while it was ahead, stays where it is: ' +
    '"rhizo seq shift" moves it'
  )
}
