/** Puts the database of a backup, as a checked SQLite file, in the place that the settings name. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { Fault, conflict } from '../base/fault.ts'
import { withCleanUp } from '../base/clean-up.ts'
import { silentLog } from '../base/log.ts'
import { silentObserver } from '../base/store-observer.ts'
import { foldLog, removeDatabase, renameDatabase } from '../database/sqlite/checked-copy.ts'
import { takeDaemonLock } from '../database/sqlite/daemon-lock.ts'
import type { Engine } from '../engine.ts'
import { fillDatabase, requireRoomFor } from '../moving-in/move-database.ts'
import { openEngine } from '../open-engine.ts'
import { resolveSettings, type Settings } from '../settings/settings.ts'
import { scratchOf } from './lab-snapshot.ts'

export interface DatabasePlace {
  /** Where the database of the backup is written first. */
  readonly copy: string
  /** Takes the copy in. @returns where a database that was there is now */
  take(label: string): Promise<string | undefined>
  /** No daemon runs on it until then. */
  release(): Promise<void> | void
}

/**
 * @param name of what is restored: an attempt that was interrupted goes on with it
 * @throws Fault conflict when a daemon runs on it, or another lab is in it on a server
 */
export const takePlace = (settings: Settings, name: string, clock: Clock): Promise<DatabasePlace> | DatabasePlace =>
  settings.isOnServer ? takeServer(settings, name, clock) : takeFile(settings)

function takeFile({ databaseFile }: Settings): DatabasePlace {
  const release = takeDaemonLock(databaseFile)
  const copy = `${databaseFile}.restoring`
  const take = async (label: string): Promise<string | undefined> => {
    const old = existsSync(databaseFile) ? `${databaseFile}.before-restore-${label}` : undefined
    if (old !== undefined) {
      foldLog(databaseFile)
      renameDatabase(databaseFile, old)
    }
    // Logs that belong to no database would be taken for the restored one's.
    removeDatabase(databaseFile)
    renameDatabase(copy, databaseFile)
    return old
  }
  return { copy, take, release }
}

async function takeServer(settings: Settings, name: string, clock: Clock): Promise<DatabasePlace> {
  const options = { clock, log: silentLog, observer: silentObserver, isDaemon: true, isReadOnly: false, onFatal: () => {} }
  const target: Engine = await openEngine(settings, options)
  const copy = join(scratchOf(settings), 'rhizo-server.restoring')
  try {
    // What is there can't be put aside as a file can.
    await requireRoomFor(name, target)
  } catch (error) {
    await target.close()
    if (!(error instanceof Fault) || error.code !== 'conflict') throw error
    throw conflict(
      `${error.message} Nothing was changed. To restore to another place, write DATABASE_URI into ${settings.file} (an empty database on ` +
        'a server, or sqlite:///rhizo.db for a file), and say --over.',
    )
  }
  const take = async (): Promise<undefined> => {
    const file = { SALT: settings.SALT, SECRET_KEY: settings.SECRET_KEY, DATABASE_URI: `sqlite:///${copy}` }
    // Of an older version it is upgraded here: the tables must be the same.
    const source = await openEngine(resolveSettings(file, settings.file, {}), options)
    await withCleanUp(
      () => fillDatabase({ database: source.database, name }, target),
      () => source.close(),
    )
    return undefined
  }
  return { copy, take, release: () => target.close() }
}
