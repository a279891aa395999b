/** Opens the places of the lab on this machine, beside its server. */
import { conflict } from '../../src/base/fault.ts'
import type { Context } from '../../src/context.ts'
import type { PlaceName, Places } from '../../src/storage/places/placed-storage.ts'

export interface PlacesHere {
  readonly ctx: Context
  readonly places: Places
  /** Where new content goes. */
  readonly target: PlaceName
  readonly close: () => Promise<void>
}

export async function openPlacesHere({ isReadOnly }: { isReadOnly: boolean }): Promise<PlacesHere> {
  const [{ loadSettings }, { openContext }, { openPlaces, targetOf }, { systemClock }, { silentLog }] = await Promise.all([
    import('../../src/settings/settings.ts'),
    import('../../src/open-context.ts'),
    import('../../src/storage/places/open-places.ts'),
    import('../../src/base/clock.ts'),
    import('../../src/base/log.ts'),
  ])
  const settings = loadSettings()
  const opened = await openContext(settings, { clock: systemClock, log: silentLog, acquaintance: 'known', isReadOnly })
  const { ctx } = opened
  const places = openPlaces(settings, {
    db: ctx.db,
    transact: isReadOnly ? undefined : ctx.engine.transact,
    now: () => systemClock.now(),
    log: silentLog,
  })
  return { ctx, places, target: targetOf(settings), close: () => opened.close() }
}

/**
 * Sees to it that the server of this lab looks for contents in the bucket, too.
 * @throws Fault conflict when the bucket belongs to another lab, or the running server doesn't know it yet
 */
export async function requireKnownBucket({ settings, db, engine }: Context, { bucket }: Places): Promise<void> {
  if (!bucket) return
  const [{ readIdentity }, { runningDaemon }] = await Promise.all([
    import('../../src/resources/lab-identity.ts'),
    import('../../src/database/sqlite/daemon-lock.ts'),
  ])
  const { lab = '' } = await readIdentity(db)
  const owner = await bucket.owner()
  if (owner?.lab === lab) return
  const isServed = engine.others ? await engine.others.tell() : runningDaemon(settings.databaseFile) !== undefined
  if (owner === undefined && isServed)
    throw conflict('The running server does not use the bucket yet, and would not find what is there: restart it first.')
  await bucket.claim({ lab, database: engine.name })
  await bucket.release()
}
