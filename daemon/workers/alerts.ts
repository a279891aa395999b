/** Follows alert rules: values as they come, time as it passes. */
import { AlertWatch } from '../../src/watching/alert-watch.ts'
import type { ClockWatch } from '../../src/watching/clock-watch.ts'
import type { Context } from '../../src/context.ts'
import { fulfils } from '../../src/storage/sequence-store.ts'
import { startPeriodic, type PeriodicWorker } from './periodic.ts'

const INTERVAL_MS = 10_000
/** Between a value that is news and its telling: what comes together is told together. */
const DELAY_MS = 200

export interface AlertsWorker extends PeriodicWorker {
  readonly count: () => Record<'all' | 'active', number>
}

export function startAlerts(ctx: Context, clockWatch: ClockWatch): AlertsWorker {
  const watch = new AlertWatch(ctx)
  const worker = startPeriodic(ctx.log, {
    name: 'following alerts',
    everyMs: INTERVAL_MS,
    run: async () => {
      clockWatch.check()
      await watch.check()
    },
  })
  // What was on when the server stopped is known before the first values come.
  void worker.run()
  let soon: NodeJS.Timeout | undefined
  const unsubscribes = [
    ctx.hub.on('valuesCommitted', (committed) => {
      if (!watch.take(committed) || soon) return
      soon = setTimeout(() => {
        soon = undefined
        void worker.run()
      }, DELAY_MS)
    }),
    ctx.hub.on('valuesRemoved', ({ sequence, range: { start = Number.NEGATIVE_INFINITY, end = Number.POSITIVE_INFINITY }, where, why }) => {
      const resource = ctx.tree.byId(sequence)
      // A value that somebody removed was wrong; what only grew old was right, and has been judged.
      if (why !== 'request' || !resource?.alerts) return
      watch
        .takeBack(resource, (time, value) => time >= start && time <= end && fulfils(value, where))
        .then(() => worker.run())
        .catch((error: unknown) =>
          ctx.log.error({ err: error, sequence }, 'looking at the values that are left of a sequence with alerts failed'),
        )
    }),
    ctx.hub.on('clockJumped', () => watch.clockJumped()),
  ]
  return {
    run: () => worker.run(),
    count: () => watch.count(),
    stop: async () => {
      for (const unsubscribe of unsubscribes) unsubscribe()
      clearTimeout(soon)
      await worker.stop()
    },
  }
}
