/** Limits on how often something may be tried, counted in memory in fixed windows of time. */
import { isIPv4, isIPv6 } from 'node:net'
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
      this.#windows.set(keyOf(rule, name), { start: this.#clock.now(), count: 1 })
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
    this.#windows.delete(keyOf(rule, name))
  }

  #current(rule: ThrottleRule, name: string): { start: Micros; count: number } | undefined {
    const key = keyOf(rule, name)
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

const keyOf = (rule: ThrottleRule, name: string): string => `${rule.what}\n${isIPv6(name) ? networkOf(name) : name}`

/** The first 64 bits of an IPv6 address: whoever has one of such a network has them all, and could count anew with each. */
function networkOf(address: string): string {
  const last = address.slice(address.lastIndexOf(':') + 1)
  if (/^::ffff:/i.test(address) && isIPv4(last)) return last
  const [left = '', right] = address.split('%', 1)[0]?.split('::') ?? []
  const groups = left === '' ? [] : left.split(':')
  const after = right ? right.split(':') : []
  // An IPv4 address at the end stands for two groups.
  const missing = right === undefined ? 0 : 8 - groups.length - after.length - (isIPv4(last) ? 1 : 0)
  const all = [...groups, ...Array.from({ length: missing }, () => '0'), ...after]
  return all.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16)).join(':')
}
