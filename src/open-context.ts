/** Opens the database and puts together what verbs work with: for the daemon, and for commands on the server's machine. */
import type { Clock } from './base/clock.ts'
import type { Context } from './context.ts'
import { openSqlite } from './database/sqlite/sqlite.ts'
import { FirstRunLink } from './people/first-run.ts'
import { MemoryBus, type Bus } from './tree/bus.ts'
import { Hub, type HubEvent } from './tree/hub.ts'
import { KeyCache } from './people/keys.ts'
import { Liveness } from './watching/liveness.ts'
import type { Log } from './base/log.ts'
import { MessageTypes } from './messages/message-types.ts'
import { silentObserver, type Observer } from './base/store-observer.ts'
import { PermissionCache } from './tree/permissions.ts'
import { Commits } from './sequences/commit.ts'
import { SequenceStates } from './sequences/sequence-states.ts'
import type { Settings } from './settings/settings.ts'
import { Conversions } from './content/spreadsheets.ts'
import { StatisticsHistory } from './housekeeping/load-history.ts'
import { FolderStorage } from './storage/files/folder-storage.ts'
import { SequenceLocks } from './base/locks.ts'
import { SqliteSequenceStore } from './storage/engine/sqlite-sequences.ts'
import { ensureSystemResources } from './resources/system.ts'
import { Throttles } from './tree/throttles.ts'
import { Tree } from './tree/tree.ts'
import { UsageCache } from './resources/usage.ts'

export interface OpenContext {
  readonly ctx: Context
  /** Waits for what is being written and closes the database. */
  close(): Promise<void>
}

export interface OpenOptions {
  readonly clock: Clock
  readonly log: Log
  readonly observer?: Observer
  /** The writer thread ended by itself: nothing can be stored any more. */
  readonly onFatal?: (error: Error) => void
  readonly bus?: Bus<HubEvent> | undefined
}

/** @throws Fault invalid when the database can't be opened or is newer than this program */
export async function openContext(
  settings: Settings,
  { clock, log, observer = silentObserver, onFatal = () => {}, bus = new MemoryBus() }: OpenOptions,
): Promise<OpenContext> {
  const database = await openSqlite({
    path: settings.databaseFile,
    synchronous: settings.DURABILITY === 'full' ? 'FULL' : 'NORMAL',
    clock,
    log,
    onFatal,
  })
  try {
    const sequences = await SqliteSequenceStore.open(database.reader, database.writer, { observer, log })
    const tree = new Tree()
    await tree.load(database.db)
    const liveness = new Liveness(database.db, clock)
    await liveness.load()
    const throttles = new Throttles(database.db, clock)
    await throttles.load()
    const ctx: Context = {
      settings,
      clock,
      log,
      db: database.db,
      shrink: (pages) => database.writer.shrink(pages),
      sequences,
      storage: new FolderStorage(settings.storageFolder),
      hub: new Hub(log, bus, tree),
      messageTypes: new MessageTypes(),
      tree,
      permissions: new PermissionCache(),
      keys: new KeyCache(),
      throttles,
      liveness,
      sequenceStates: new SequenceStates(),
      commits: new Commits(),
      largeImports: new SequenceLocks(),
      conversions: new Conversions(),
      firstRun: new FirstRunLink(),
      statistics: new StatisticsHistory(),
      usage: new UsageCache(),
    }
    await ensureSystemResources(ctx)
    return {
      ctx,
      close: async () => {
        await sequences.close()
        await ctx.liveness.flush(true)
        await ctx.throttles.flush()
        await database.close()
      },
    }
  } catch (error) {
    await database.close()
    throw error
  }
}
