/** Gives space of the database that nothing needs back to the disk, some minutes after it came free. */
import type { Context } from '../../src/context.ts'
import { Shrinking } from '../../src/housekeeping/shrinking.ts'
import { Periodic } from './periodic.ts'

/** What was free at two looks is given back: within ten minutes of rest. */
const INTERVAL_MS = 240_000

export function makeShrinking(ctx: Context): Periodic {
  const shrinking = new Shrinking(ctx)
  return new Periodic(ctx, {
    name: 'giving space back to the disk',
    everyMs: INTERVAL_MS,
    lease: 'shrinking',
    run: async (isStopped) => {
      const pages = await shrinking.look(isStopped)
      if (pages > 0) ctx.log.info({ pages }, 'gave space of the database back to the disk')
    },
  })
}
