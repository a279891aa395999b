/** Samples how busy the server is, for the system's page. */
import type { Context } from '../../src/context.ts'
import { SAMPLE_SECONDS } from '../../src/housekeeping/load-history.ts'
import { SECOND, type Micros } from '../../src/base/time.ts'
import type { Metrics, Totals } from '../metrics.ts'
import type { Part } from '../parts.ts'

interface Reading {
  readonly time: Micros
  readonly totals: Totals
  readonly processor: NodeJS.CpuUsage
}

export class Statistics implements Part {
  readonly #ctx: Context
  readonly #metrics: Metrics
  #timer: NodeJS.Timeout | undefined

  constructor(ctx: Context, metrics: Metrics) {
    this.#ctx = ctx
    this.#metrics = metrics
  }

  async start(): Promise<void> {
    let before = this.#read()
    this.#timer = setInterval(() => (before = this.#sample(before)), SAMPLE_SECONDS * 1000)
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
  }

  #read(): Reading {
    return { time: this.#ctx.clock.monotonic(), totals: this.#metrics.totals(), processor: process.cpuUsage() }
  }

  /** Records rates since the reading before. @returns the new reading */
  #sample(before: Reading): Reading {
    const reading = this.#read()
    const { totals } = reading
    const seconds = (reading.time - before.time) / SECOND
    // A clock that stands still would make rates of nothing.
    if (seconds <= 0) return before
    const { user, system } = process.cpuUsage(before.processor)
    const rate = (name: 'values' | 'requests' | 'messages'): number => (totals[name] - before.totals[name]) / seconds
    this.#ctx.statistics.record({
      time: this.#ctx.clock.now(),
      values: rate('values'),
      requests: rate('requests'),
      messages: rate('messages'),
      connections: totals.connections,
      memory: process.memoryUsage.rss(),
      processor: (user + system) / 10_000 / seconds,
    })
    return reading
  }
}
