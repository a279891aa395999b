/** Follows alert rules: values as they come, time as it passes. */
import { AlertWatch } from '../../src/watching/alert-watch.ts'
import type { ClockWatch } from '../../src/watching/clock-watch.ts'
import type { Context } from '../../src/context.ts'
import { fulfils } from '../../src/storage/sequence-store.ts'
import type { Part } from '../parts.ts'
import { Periodic } from './periodic.ts'

const INTERVAL_MS = 10_000
/** Between a value that is news, or a rule that is new, and a check: what comes together is told together. */
const DELAY_MS = 200

export class AlertsWorker implements Part {
  readonly #ctx: Context
  readonly #watch: AlertWatch
  readonly #worker: Periodic
  #soon: NodeJS.Timeout | undefined
  #unsubscribes: (() => void)[] = []

  constructor(ctx: Context, clockWatch: ClockWatch) {
    this.#ctx = ctx
    this.#watch = new AlertWatch(ctx)
    this.#worker = new Periodic(ctx, {
      name: 'following alerts',
      everyMs: INTERVAL_MS,
      // What was on when the server stopped is known before the first values come.
      isFirstAtStart: true,
      lease: 'alerts',
      run: async () => {
        clockWatch.check()
        await this.#watch.check()
      },
    })
  }

  async start(): Promise<void> {
    const { hub, log, tree } = this.#ctx
    const [watch, worker] = [this.#watch, this.#worker]
    await worker.start()
    this.#unsubscribes = [
      tree.watchRules(() => this.#runSoon()),
      hub.on('valuesCommitted', (committed) => {
        if (watch.take(committed)) this.#runSoon()
      }),
      hub.on('valuesRemoved', ({ sequence, range: { start = Number.NEGATIVE_INFINITY, end = Number.POSITIVE_INFINITY }, where, why }) => {
        const resource = tree.byId(sequence)
        // A value that somebody removed was wrong; what only grew old was right, and has been judged.
        if (why !== 'request' || !resource?.alerts) return
        watch
          .takeBack(resource, (time, value) => time >= start && time <= end && fulfils(value, where))
          .then(() => worker.run())
          .catch((error: unknown) =>
            log.error({ err: error, sequence }, 'looking at the values that are left of a sequence with alerts failed'),
          )
      }),
      hub.on('clockJumped', () => watch.clockJumped()),
    ]
  }

  async stop(): Promise<void> {
    for (const unsubscribe of this.#unsubscribes.splice(0)) unsubscribe()
    clearTimeout(this.#soon)
    await this.#worker.stop()
  }

  run(): Promise<void> {
    return this.#worker.run()
  }

  #runSoon(): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined
      void this.#worker.run()
    }, DELAY_MS)
  }

  /** Rules that are followed, and those that are on. */
  count(): Record<'all' | 'active', number> {
    return this.#watch.count()
  }
}
