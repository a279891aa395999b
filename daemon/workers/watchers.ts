/** Watches the server's clock, and by it the controllers. */
import type { ClockWatch } from '../../src/watching/clock-watch.ts'
import type { Context } from '../../src/context.ts'
import { watchControllers } from '../../src/watching/watchdog.ts'
import { Periodic } from './periodic.ts'

const CLOCK_INTERVAL_MS = 5_000
const WATCHDOG_INTERVAL_MS = 10_000

export const makeClockWatcher = (ctx: Context, clockWatch: ClockWatch): Periodic =>
  new Periodic(ctx, {
    name: 'looking at the clock',
    everyMs: CLOCK_INTERVAL_MS,
    run: async () => void clockWatch.check(),
  })

export const makeWatchdog = (ctx: Context, clockWatch: ClockWatch): Periodic =>
  new Periodic(ctx, {
    name: 'watching over the controllers',
    everyMs: WATCHDOG_INTERVAL_MS,
    lease: 'watchdog',
    run: async () => {
      // Nobody is silent by a clock that was set a moment ago.
      clockWatch.check()
      await watchControllers(ctx)
    },
  })
