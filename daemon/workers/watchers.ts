/** Watches the server's clock, and by it the controllers. */
import type { ClockWatch } from '../../src/watching/clock-watch.ts'
import type { Log } from '../../src/base/log.ts'
import type { Context } from '../../src/context.ts'
import { watchControllers } from '../../src/watching/watchdog.ts'
import type { Part } from '../parts.ts'
import { Periodic } from './periodic.ts'

const CLOCK_INTERVAL_MS = 5_000
const WATCHDOG_INTERVAL_MS = 10_000

/** Records the believed time too: at the start, so that a server that is killed soon knows it the next time, and at the end. */
export class ClockWatcher implements Part {
  readonly #log: Log
  readonly #watch: ClockWatch
  readonly #worker: Periodic
  #isStarted = false

  constructor(ctx: Context, clockWatch: ClockWatch) {
    this.#log = ctx.log
    this.#watch = clockWatch
    this.#worker = new Periodic(ctx, {
      name: 'looking at the clock',
      everyMs: CLOCK_INTERVAL_MS,
      run: async () => {
        clockWatch.check()
        await clockWatch.keep()
      },
    })
  }

  async start(): Promise<void> {
    await this.#watch.tellIfImplausible()
    await this.#watch.keep(true)
    this.#isStarted = true
    await this.#worker.start()
  }

  run(): Promise<void> {
    return this.#worker.run()
  }

  async stop(): Promise<void> {
    await this.#worker.stop()
    if (!this.#isStarted) return
    // The next start then knows the time of some minutes ago.
    await this.#watch.keep(true).catch((error: unknown) => this.#log.error({ err: error }, 'the time could not be recorded at the end'))
  }
}

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
