/** Looks at the disks: how much is free, and whether the database is still the file that the server began with. */
import type { Context } from '../../src/context.ts'
import { alarmAdmins } from '../../src/notifications/admin-alarms.ts'
import { describeDisk } from '../../src/storage/space.ts'
import { MINUTE, type Micros } from '../../src/base/time.ts'
import { Periodic } from './periodic.ts'

const INTERVAL_MS = 5_000

/** A server that was just started has other things to write. */
const BALLAST_AFTER: Micros = MINUTE
/** Free bytes below which the ballast is given up. */
const FULL = 1_000_000
const GAVE_BALLAST = 'the disk is full: gave up the ballast beside the database, so that things can be deleted'

const ADVICE =
  'Free some space, keep less (max_age, max_history, PURGE_DELETED_AFTER), or move the database and the storage folder to a larger disk. ' +
  'Deleting and purging work at any time.'

export function makeStorageWatch(ctx: Context): Periodic {
  const start = ctx.clock.monotonic()
  let isTold = false
  let isLost = false
  return new Periodic(ctx, {
    name: 'looking at the disks',
    everyMs: INTERVAL_MS,
    isFirstAtStart: true,
    run: async () => {
      const { space, engine, log } = ctx
      await space.look()
      if (space.level === 'enough' && ctx.clock.monotonic() - start > BALLAST_AFTER) await engine.ballast.take()
      else if (space.disks.some(({ free }) => free < FULL) && (await engine.ballast.give())) log.warn({}, GAVE_BALLAST)
      const worst = space.disks.find(({ level }) => level === space.level)
      // Told once until there is enough again: at the edge it would go back and forth.
      if (space.level === 'enough') isTold = false
      else if (worst && !isTold) {
        isTold = await alarmAdmins(
          ctx,
          `The disk of ${ctx.settings.SYSTEM_NAME} is getting full`,
          `${worst.folder} has ${describeDisk(worst)}: below that no files are stored, below half of it no values. ${ADVICE}`,
        )
      }
      const loss = engine.findLoss()
      if (loss !== undefined && !isLost) {
        isLost = true
        log.error({ reason: loss }, 'the database is lost')
      }
    },
  })
}
