/**
 * Limits on how often something may be tried, counted in memory in fixed windows of time. Counts of durable rules are written to the
 * database from time to time, so that a restart does not reset them; a crash loses a few seconds of them.
 */
import type { Clock } from '../base/clock.ts'
import type { Tables } from '../database/engine.ts'
import { Fault } from '../base/fault.ts'
import { subscriberNetwork } from '../base/networks.ts'
import { sha256Hex } from '../base/secrets.ts'
import { DAY, SECOND, type Micros } from '../base/time.ts'

export interface ThrottleRule {
  /** What is limited, for the key and the message: "sign-ins". */
  readonly what: string
  readonly limit: number
  /** Length of the window; at most a day. */
  readonly window: Micros
  /** True: counts outlive a restart. */
  readonly durable?: true
}

interface Window {
  start: Micros
  count: number
}

/** Rows written in one statement. */
const ROWS_AT_ONCE = 500
/** Maximum number of names; beyond it, those whose windows ended are dropped, then the oldest. */
const MAX_NAMES = 100_000

export class Throttles {
  readonly #tables: Tables
  readonly #clock: Pick<Clock, 'now'>
  readonly #windows = new Map<string, Window>()
  /** Counts from before the start, by their names in the database, until they are first needed. */
  readonly #earlier = new Map<string, Window>()
  /** Keys of durable rules whose counts are not written yet. */
  #changed = new Set<string>()

  /** @param clock of believed time: windows must not end because the machine's clock was set */
  constructor(tables: Tables, clock: Pick<Clock, 'now'>) {
    this.#tables = tables
    this.#clock = clock
  }

  /** Reads the counts from before the start. */
  async load(): Promise<void> {
    const rows = await this.#tables.database
      .selectFrom('throttles')
      .selectAll()
      .where('window_start', '>', this.#clock.now() - DAY)
      .execute()
    for (const { name, count, window_start: start } of rows) this.#earlier.set(name, { start, count })
  }

  /** Writes changed counts of durable rules, in one transaction; does nothing if none changed. */
  async flush(): Promise<void> {
    if (this.#changed.size === 0) return
    const changed = [...this.#changed]
    this.#changed = new Set()
    const rows = changed.map((key) => ({
      name: storedName(key),
      count: this.#windows.get(key)?.count ?? 0,
      window_start: this.#windows.get(key)?.start ?? 0,
    }))
    try {
      await this.#tables.transact(async (tx) => {
        for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
          await tx
            .insertInto('throttles')
            .values(rows.slice(at, at + ROWS_AT_ONCE))
            .onConflict((conflict) =>
              conflict
                .column('name')
                .doUpdateSet((eb) => ({ count: eb.ref('excluded.count'), window_start: eb.ref('excluded.window_start') })),
            )
            .execute()
        }
      })
    } catch (error) {
      for (const key of changed) this.#changed.add(key)
      throw error
    }
  }

  /** @throws Fault throttled when the limit is reached; counts nothing */
  check(rule: ThrottleRule, name: string): void {
    const window = this.#current(rule, name)
    if (window && window.count >= rule.limit) {
      const seconds = Math.max(1, Math.ceil((window.start + rule.window - this.#clock.now()) / SECOND))
      throw new Fault(
        'throttled',
        `Too many ${rule.what}. Try again in ${seconds < 90 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`}.`,
        { retryAfter: seconds },
      )
    }
  }

  count(rule: ThrottleRule, name: string): void {
    const window = this.#current(rule, name)
    if (window) window.count++
    else {
      if (this.#windows.size >= MAX_NAMES) this.#forget(rule.window)
      this.#windows.set(keyOf(rule, name), { start: this.#clock.now(), count: 1 })
    }
    this.#note(rule, name)
  }

  /** {@link check}, then {@link count}. */
  take(rule: ThrottleRule, name: string): void {
    this.check(rule, name)
    this.count(rule, name)
  }

  /** Undoes one {@link count}, because the attempt was not of the limited kind. */
  uncount(rule: ThrottleRule, name: string): void {
    const window = this.#current(rule, name)
    if (!window || window.count === 0) return
    window.count--
    this.#note(rule, name)
  }

  clear(rule: ThrottleRule, name: string): void {
    const key = keyOf(rule, name)
    if (!this.#windows.delete(key) && this.#earlier.size === 0) return
    this.#earlier.delete(storedName(key))
    this.#note(rule, name)
  }

  #note(rule: ThrottleRule, name: string): void {
    if (rule.durable) this.#changed.add(keyOf(rule, name))
  }

  #current(rule: ThrottleRule, name: string): Window | undefined {
    const key = keyOf(rule, name)
    if (rule.durable && this.#earlier.size > 0) this.#recall(key)
    const window = this.#windows.get(key)
    const age = window ? this.#clock.now() - window.start : 0
    // A clock that was set back must not keep a limit up for ever.
    if (window && (age >= rule.window || age < 0)) {
      this.#windows.delete(key)
      return undefined
    }
    return window
  }

  /** Restores a count from before the start. */
  #recall(key: string): void {
    const name = storedName(key)
    const window = this.#earlier.get(name)
    if (!window) return
    this.#earlier.delete(name)
    if (!this.#windows.has(key)) this.#windows.set(key, window)
  }

  #forget(window: Micros): void {
    const before = this.#clock.now() - window
    for (const [key, { start }] of this.#windows) if (start < before) this.#windows.delete(key)
    for (const key of this.#windows.keys()) {
      if (this.#windows.size < MAX_NAMES) return
      this.#windows.delete(key)
    }
  }
}

/** A subscriber with an IPv6 network must not start at zero again with each of its addresses. */
const keyOf = (rule: ThrottleRule, name: string): string => `${rule.what}\n${subscriberNetwork(name)}`

/** The name in the database: a hash, since what people type as their name may be their password. */
const storedName = (key: string): string => sha256Hex(key)
