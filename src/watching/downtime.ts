/**
 * Times when this server could hear nothing: it was off, or its clock was set forward past them. They don't count as silence, and silence
 * continues over any number of restarts: even a server that restarts every few minutes reports a silent controller.
 */
import type { Clock } from '../base/clock.ts'
import type { Tables } from '../database/engine.ts'
import { DAY, MINUTE, SECOND, type Micros } from '../base/time.ts'

interface Pause {
  readonly from: Micros
  readonly until: Micros
}

/**
 * Maximum time between two writes of what was heard and that the server is up; if it is killed, the time since the last write counts as a
 * pause.
 */
const LONGEST_STEP = 10 * MINUTE
/** Minimum of that time, soon after the start: writing more often makes silence count even on a server that is killed again and again. */
const SHORTEST_STEP = 5 * SECOND
/** After this time, trust a clock that is behind what was written: one that is only wrong after a boot is set soon. */
const TRUSTED_BEHIND = 10 * MINUTE
/** Older pauses, and more of them, are dropped: a controller last heard before them has been silent for long anyway. */
const KEPT: Micros = 30 * DAY
const MAX_PAUSES = 1_000

export class Pauses {
  readonly #tables: Tables
  readonly #clock: Clock
  /** Sorted, and not touching each other. */
  #pauses: Pause[] = []
  /** Until when the server is known to have been up, and everything heard is written; undefined before the first time. */
  #up: Micros | undefined
  #upBefore: Micros | undefined
  #started: Micros
  /** Silence counts from here on at most, because the clock was set back. */
  #anew: Micros = Number.NEGATIVE_INFINITY
  #isRunning = false

  constructor(tables: Tables, clock: Clock) {
    this.#tables = tables
    this.#clock = clock
    this.#started = clock.now()
  }

  async load(): Promise<void> {
    const rows = await this.#tables.database.selectFrom('pauses').selectAll().orderBy('from_timestamp').execute()
    for (const { from_timestamp: from, until_timestamp: until } of rows) {
      if (until === null) this.#up = from
      else this.#pauses.push({ from, until })
    }
    this.#upBefore = this.#up
    // Only in memory: commands that open the database beside a daemon must not record downtime.
    this.#add(this.#up, this.#started)
  }

  /** As {@link Pauses.note} said last before this start; undefined before the first time. */
  get upBefore(): Micros | undefined {
    return this.#upBefore
  }

  /** The server is up from now on. */
  async begin(): Promise<void> {
    this.#isRunning = true
    await this.note(this.#clock.now())
  }

  /** Whether it is time to write what was heard, and then to call {@link note}. */
  get isDue(): boolean {
    const now = this.#clock.now()
    const passed = now - (this.#up ?? now)
    if (passed < 0) return now - this.#started >= TRUSTED_BEHIND
    return passed >= Math.min(LONGEST_STEP, Math.max(SHORTEST_STEP, (now - this.#started) / 2))
  }

  /** Records that the server was up until then, and that everything heard until then is written. */
  async note(time: Micros): Promise<void> {
    if (!this.#isRunning) return
    if (this.#up === undefined || time > this.#up || time - this.#started >= TRUSTED_BEHIND) this.#up = time
    this.#pauses = this.#pauses.filter(({ until }) => until > time - KEPT).slice(-MAX_PAUSES)
    const rows = [
      ...this.#pauses.map(({ from, until }) => ({ from_timestamp: from, until_timestamp: until })),
      { from_timestamp: this.#up, until_timestamp: null },
    ]
    await this.#tables.transact(async (tx) => {
      await tx.deleteFrom('pauses').execute()
      await tx.insertInto('pauses').values(rows).execute()
    })
  }

  /** The clock was set: the time between the two did not pass, or comes again. */
  jumped(before: Micros, now: Micros): void {
    if (now > before) {
      // A machine without a clock of its own starts in the past, and then skips the time when it was off.
      this.#add(Math.max(before, this.#up ?? before), now)
      return
    }
    this.#anew = this.#started = this.#up = now
    this.#pauses = this.#pauses.filter(({ from }) => from < now).map(({ from, until }) => ({ from, until: Math.min(until, now) }))
  }

  /** Since when a controller that was last heard at that time has been silent, as if the pauses had not been. */
  silentSince(heard: Micros): Micros {
    const now = this.#clock.now()
    // A time in the future was stamped by a wrong clock.
    if (heard > now) return Math.max(this.#started, this.#anew)
    let since = heard
    for (const { from, until } of this.#pauses) since += Math.max(0, Math.min(until, now) - Math.max(from, heard))
    return Math.max(since, this.#anew)
  }

  #add(from: Micros | undefined, until: Micros): void {
    if (from === undefined || until <= from) return
    const last = this.#pauses.at(-1)
    if (last && last.until >= from)
      this.#pauses[this.#pauses.length - 1] = { from: Math.min(last.from, from), until: Math.max(last.until, until) }
    else this.#pauses.push({ from, until })
  }
}
