/** Serves as a standby: follows the lab, shows what is there, and becomes the lab when it is told to. */
import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Daemon } from '../../daemon/daemon.ts'
import type { Session } from '../support/session.ts'
import type { Log } from '../../src/base/log.ts'
import { Fault } from '../../src/base/fault.ts'
import type { Settings } from '../../src/settings/settings.ts'
import type { StandbyRecord } from '../../src/standby/standby-record.ts'

/** How long the start waits for the lab when there is something to show, in ms. */
const FIRST_MS = 5_000

export interface ServeStandby {
  readonly session: Session
  readonly settings: Settings
  readonly record: StandbyRecord
  readonly log: Log
}

/** @returns stopped: the process was told to end; taken-over: this server is the lab now, and is to serve as that */
export async function serveStandby({ session, settings, record, log }: ServeStandby): Promise<'stopped' | 'taken-over'> {
  const [{ createDaemon }, { StandbyWorker }, { systemClock }, { Follower }, { FollowLoop }, { LabLink }, records, takeOver] =
    await Promise.all([
      import('../../daemon/daemon.ts'),
      import('../../daemon/workers/standby.ts'),
      import('../../src/base/clock.ts'),
      import('../../src/standby/follower.ts'),
      import('../../src/standby/follow-loop.ts'),
      import('../../src/standby/lab-link.ts'),
      import('../../src/standby/standby-record.ts'),
      import('../../src/standby/take-over.ts'),
    ])
  const { server } = record
  if (server === undefined) throw new Fault('invalid', 'The record of the standby names no server: say "rhizo standby follow" again.')
  const isOrdered = (): boolean => records.isTakeOverOrdered(settings.file)
  const signals = new Signals(isOrdered)
  const follower = new Follower({ settings, record, link: new LabLink(server, record.key), clock: systemClock, log })
  const loop = new FollowLoop(follower, log)
  let daemon: Daemon | undefined
  try {
    const release = await lockPlace(settings, record.lab)
    try {
      if (!signals.isEnding) loop.start()
      // A lab that is out of reach keeps nobody from what is here; without anything here there is nothing to show.
      const first = (await isUsable(settings))
        ? Promise.race([loop.caughtUp(), pause(FIRST_MS, undefined, { ref: false })])
        : loop.caughtUp()
      await Promise.race([first, signals.ended])
    } finally {
      release()
    }
    if (!signals.isEnding) {
      daemon = createDaemon(settings, {
        clock: systemClock,
        log,
        acquaintance: 'known',
        isReadOnly: true,
        isFollowed: true,
        goesOn: () => signals.isEnding && !signals.isStopping,
        extend: (ctx, metrics) => [new StandbyWorker(ctx, metrics, { follower, loop })],
      })
      await daemon.start()
      const { url } = daemon
      const said = session.out.show(
        { url, pid: process.pid, first_run_url: null, standby_of: server },
        `rhizo serves ${url} as a standby of ${server}`,
      )
      said.catch((error: unknown) => log.warn({ err: error }, 'stdout can not be written'))
      await signals.ended
    }
    await loop.stop()
    if (signals.isStopping) return 'stopped'
    await takeOver.drain(follower, log)
  } finally {
    await loop.stop()
    await daemon?.stop().catch((error: unknown) => log.error({ err: error }, 'stopping the standby'))
    await follower.close()
    signals.close()
  }
  await takeOver.becomeLab(settings, { clock: systemClock, log })
  return 'taken-over'
}

/** What ends a standby: SIGTERM and SIGINT stop it, and SIGHUP makes it look whether it is to take over. */
class Signals {
  readonly ended: Promise<void>
  readonly #isOrdered: () => boolean
  #end: () => void = () => {}
  #isStopping = false

  constructor(isOrdered: () => boolean) {
    this.#isOrdered = isOrdered
    this.ended = new Promise((resolve) => (this.#end = resolve))
    process.on('SIGTERM', this.#stop)
    process.on('SIGINT', this.#stop)
    process.on('SIGHUP', this.#look)
    this.#look()
  }

  get isStopping(): boolean {
    return this.#isStopping
  }
  get isEnding(): boolean {
    return this.#isStopping || this.#isOrdered()
  }

  close(): void {
    process.off('SIGTERM', this.#stop)
    process.off('SIGINT', this.#stop)
    process.off('SIGHUP', this.#look)
  }

  readonly #stop = (): void => {
    // A second signal ends the process at once.
    if (this.#isStopping) process.exit(1)
    this.#isStopping = true
    this.#end()
  }

  readonly #look = (): void => {
    if (this.#isOrdered()) this.#end()
  }
}

/** Keeps other servers away while there is no daemon yet. @returns gives the lock back @throws Fault conflict when one runs there */
async function lockPlace({ databaseFile, storageFolder }: Settings, lab: string | undefined): Promise<() => void> {
  const [{ takeDaemonLock }, { makeFolderNow }, { claimFolder }] = await Promise.all([
    import('../../src/database/sqlite/daemon-lock.ts'),
    import('../../src/base/folders.ts'),
    import('../../src/storage/files/folder-owner.ts'),
  ])
  makeFolderNow(dirname(databaseFile))
  const release = takeDaemonLock(databaseFile)
  try {
    if (lab !== undefined) (await claimFolder(storageFolder, { lab, database: databaseFile }))()
    return release
  } catch (error) {
    release()
    throw error
  }
}

/** Whether there is a database that this program can show. */
async function isUsable({ databaseFile }: Settings): Promise<boolean> {
  if ((statSync(databaseFile, { throwIfNoEntry: false })?.size ?? 0) === 0) return false
  const { openSnapshot } = await import('../../src/database/sqlite/snapshot.ts')
  try {
    const snapshot = await openSnapshot(databaseFile)
    await snapshot.close()
    return snapshot.version === snapshot.newest
  } catch {
    return false
  }
}
