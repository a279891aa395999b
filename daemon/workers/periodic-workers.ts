/** All that is done from time to time, in the order in which it is done when it is asked for at once. */
import { ClockWatch } from '../../src/watching/clock-watch.ts'
import type { Context } from '../../src/context.ts'
import { watchControllers } from '../../src/watching/watchdog.ts'
import { startAlerts } from './alerts.ts'
import { startExpiry } from './expiry.ts'
import { startPeriodic, type PeriodicWorker } from './periodic.ts'
import { startPurge } from './purge.ts'
import { startThrottleWriter } from './throttle-writer.ts'

const CLOCK_INTERVAL_MS = 5_000
const WATCHDOG_INTERVAL_MS = 10_000

export interface PeriodicWorkers extends PeriodicWorker {
  /** Rules that are followed, and those that are on. */
  readonly countAlerts: () => Record<'all' | 'active', number>
}

export function startPeriodicWorkers(ctx: Context): PeriodicWorkers {
  const clockWatch = new ClockWatch(ctx)
  const clock = startPeriodic(ctx.log, {
    name: 'looking at the clock',
    everyMs: CLOCK_INTERVAL_MS,
    run: async () => void clockWatch.check(),
  })
  const watchdog = startPeriodic(ctx.log, {
    name: 'watching over the controllers',
    everyMs: WATCHDOG_INTERVAL_MS,
    run: async () => {
      // Nobody is silent by a clock that was set a moment ago.
      clockWatch.check()
      await watchControllers(ctx)
    },
  })
  const alerts = startAlerts(ctx, clockWatch)
  const workers = [clock, watchdog, alerts, startExpiry(ctx), startPurge(ctx), startThrottleWriter(ctx)]
  return {
    run: async () => {
      for (const worker of workers) await worker.run()
    },
    countAlerts: alerts.count,
    stop: async () => void (await Promise.all(workers.map((worker) => worker.stop()))),
  }
}
