/** Removes for good what was deleted long ago or is out of date, and gives the space back to the disk. */
import type { Context } from '../../src/context.ts'
import { purge } from '../../src/housekeeping/purge.ts'
import { logWork } from '../../src/notifications/worker-log.ts'
import { Periodic } from './periodic.ts'

const INTERVAL_MS = 3_600_000

export const makePurge = (ctx: Context): Periodic =>
  new Periodic(ctx, {
    name: 'purging',
    everyMs: INTERVAL_MS,
    lease: 'purge',
    run: async (isStopped) => {
      const purged = await purge(ctx, isStopped)
      if (purged.resources === 0 && purged.pages === 0) return
      ctx.log.info(purged, 'purged what was deleted')
      if (purged.resources > 0)
        await logWork(
          ctx,
          `Removed ${purged.resources} resources for good that were deleted more than ${ctx.settings.PURGE_DELETED_AFTER} days ago.`,
        )
    },
  })
