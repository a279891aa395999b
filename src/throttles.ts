/** Limits on how often something may be tried, counted in memory in fixed windows of time. */
import type { Clock } from './clock.ts'
import { Fault } from './fault.ts'
import { SECOND, type Micros } from './time.ts'

export interface ThrottleRule {
  /** What is limited, for the key and the message: "sign-ins". */
  readonly what: string
  readonly limit: number
  readonly window: Micros
}

/** Names kept at most; beyond it the ones whose windows ended are dropped, then the oldest. */
const MAX_NAMES = 100_000

export class Throttles {
  readonly #clock: Clock
  readonly #windows = new Map<string, { start: Micros; count: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** @throws Fault throttled when the limit is reached; counts nothing */
  check(rule: ThrottleRule, name: string): void {
    const window = this.#current(rule, name)
    if (window && window.count >= rule.limit) {
      const seconds = Math.max(1, Math.ceil((window.start + rule.window - this.#clock.now()) / SECOND))
      throw new Fault('throttled', `Too many ${rule.what}. Try again in ${seconds < 90 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`}.`, { retryAfter: seconds })
    }
  }

  count(rule: ThrottleRule, name: string): void {
    const window = this.#current(rule, name)
    if (window) window.count++
    else {
      if (this.#windows.size >= MAX_NAMES) this.#forget(rule.window)
      this.#windows.set(`${rule.what}\n${name}`, { start: this.#clock.now(), count: 1 })
    }
  }

  /** {@link check}, then {@link count}. */
  take(rule: ThrottleRule, name: string): void {
    this.check(rule, name)
    this.count(rule, name)
  }

  /** Takes one {@link count} back: it turned out to be none of those that are limited. */
  uncount(rule: ThrottleRule, name: string): void {
    const window = this.#current(rule, name)
    if (window && window.count > 0) window.count--
  }

  clear(rule: ThrottleRule, name: string): void {
    this.#windows.delete(`${rule.what}\n${name}`)
  }

  #current(rule: ThrottleRule, name: string): { start: Micros; count: number } | undefined {
    const key = `${rule.what}\n${name}`
    const window = this.#windows.get(key)
    const age = window ? this.#clock.now() - window.start : 0
    // A clock that was set back must not lock anybody out for ever.
    if (window && (age >= rule.window || age < 0)) {
      this.#windows.delete(key)
      return undefined
    }
    return window
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
