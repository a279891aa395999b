/**
 * Times when this server could hear nobody: it was off, or its clock was set forward over them. Silence is counted without
 * them, and goes on counting over restarts, however many there are: one that starts again every few minutes still says that
 * somebody has been silent.
 */
import type { Clock } from '../base/clock.ts'
import type { Tables } from '../database/engine.ts'
import { DAY, MINUTE, SECOND, type Micros } from '../base/time.ts'

interface Pause {
  readonly from: Micros
  readonly until: Micros
}

/** What was heard, and that the server is up, is written this often; what comes after the last time counts as a pause if it is killed. */
const LONGEST_STEP = 10 * MINUTE
/** Soon after the start it is written more often, so that a server that is killed again and again comes to count too. */
const SHORTEST_STEP = 5 * SECOND
/** A clock that is behind what was written is believed after so long: one that wakes in the past is set soon. */
const TRUSTED_BEHIND = 10 * MINUTE
/** Older pauses, and more of them, are forgotten: who was heard before them has been silent for long anyway. */
const KEPT: Micros = 30 * DAY
const MAX_PAUSES = 1_000

export class Pauses {
  readonly #tables: Tables
  readonly #clock: Clock
  /** In order, none touching another. */
  #pauses: Pause[] = []
  /** Until when the server is known to have been up, and all that was heard is written; undefined before the first time. */
  #up: Micros | undefined
  #started: Micros
  /** Silence counts from here on at most: the clock was set back. */
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
    // Whoever reads beside a running server is no server.
    this.#add(this.#up, this.#started)
  }

  /** The server is up from now on. */
  async begin(): Promise<void> {
    this.#isRunning = true
    await this.note(this.#clock.now())
  }

  /** Whether it is time to write what was heard, and then to {@link note} that. */
  get isDue(): boolean {
    const now = this.#clock.now()
    const passed = now - (this.#up ?? now)
    if (passed < 0) return now - this.#started >= TRUSTED_BEHIND
    return passed >= Math.min(LONGEST_STEP, Math.max(SHORTEST_STEP, (now - this.#started) / 2))
  }

  /** All that was heard until then is written, and the server was up. */
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

  /** The clock was set: what lies between the two times did not pass, or comes again. */
  jumped(before: Micros, now: Micros): void {
    if (now > before) {
      // A machine without a clock of its own wakes in the past, and then leaps over the time when it was off.
      this.#add(Math.max(before, this.#up ?? before), now)
      return
    }
    this.#anew = this.#started = this.#up = now
    this.#pauses = this.#pauses.filter(({ from }) => from < now).map(({ from, until }) => ({ from, until: Math.min(until, now) }))
  }

  /** Since when somebody who was heard at that time has been silent, if the pauses had not been. */
  silentSince(heard: Micros): Micros {
    const now = this.#clock.now()
    // A time to come was stamped by a clock that was wrong.
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
