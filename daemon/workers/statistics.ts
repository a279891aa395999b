/** Samples how busy the server is, for the system's page. */
import type { Context } from '../../src/context.ts'
import { SAMPLE_SECONDS } from '../../src/housekeeping/load-history.ts'
import { SECOND } from '../../src/base/time.ts'
import type { Metrics } from '../metrics.ts'

/** @returns stops it */
export function startStatistics(ctx: Context, metrics: Metrics): () => void {
  let before = { time: ctx.clock.monotonic(), totals: metrics.totals(), processor: process.cpuUsage() }
  const take = (): void => {
    const time = ctx.clock.monotonic()
    const seconds = (time - before.time) / SECOND
    // A clock that stands still would make rates of nothing.
    if (seconds <= 0) return
    const totals = metrics.totals()
    const { user, system } = process.cpuUsage(before.processor)
    const rate = (name: 'values' | 'requests' | 'messages'): number => (totals[name] - before.totals[name]) / seconds
    ctx.statistics.record({
      time: ctx.clock.now(),
      values: rate('values'),
      requests: rate('requests'),
      messages: rate('messages'),
      connections: totals.connections,
      memory: process.memoryUsage.rss(),
      processor: (user + system) / 10_000 / seconds,
    })
    before = { time, totals, processor: process.cpuUsage() }
  }
  const timer = setInterval(take, SAMPLE_SECONDS * 1000)
  return () => clearInterval(timer)
}
