/** Opens the database and puts together what verbs work with: for the daemon, and for commands on the server's machine. */
import type { Clock } from './base/clock.ts'
import type { Context } from './context.ts'
import { openEngine, type OpenEngine } from './open-engine.ts'
import { FirstRunLink } from './people/first-run.ts'
import { Hub } from './tree/hub.ts'
import { KeyCache } from './people/keys.ts'
import { Liveness } from './watching/liveness.ts'
import type { Log } from './base/log.ts'
import { MessageTypes } from './messages/message-types.ts'
import { silentObserver, type Observer } from './base/store-observer.ts'
import { PermissionCache } from './tree/permissions.ts'
import { Commits } from './sequences/commit.ts'
import { SkipNotes } from './sequences/skip-notes.ts'
import { SequenceStates } from './sequences/sequence-states.ts'
import type { Settings } from './settings/settings.ts'
import { Conversions } from './content/spreadsheets.ts'
import { StatisticsHistory } from './housekeeping/load-history.ts'
import { SequenceLocks } from './base/locks.ts'
import { ensureLabId, ensureSystemResources } from './resources/system.ts'
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
  /** Nothing can be stored any more. */
  readonly onFatal?: (error: Error) => void
  /** Keeps other daemons away from the database and the storage. A command leaves them to a daemon that may be running. */
  readonly isDaemon?: boolean
  /** In place of the engine that DATABASE_URI names. */
  readonly openEngine?: OpenEngine
}

/** @throws Fault invalid when the database can't be opened or is newer than this program; conflict when another daemon uses it */
export async function openContext(settings: Settings, options: OpenOptions): Promise<OpenContext> {
  const { clock, log, observer = silentObserver, onFatal = () => {}, isDaemon = false } = options
  const engine = await (options.openEngine ?? openEngine)(settings, { clock, log, observer, isDaemon, onFatal })
  try {
    const tree = new Tree()
    await tree.load(engine.database)
    const liveness = new Liveness(engine, clock)
    await liveness.load()
    const throttles = new Throttles(engine, clock)
    await throttles.load()
    const ctx: Context = {
      settings,
      clock,
      log,
      engine,
      db: engine.database,
      sequences: engine.sequences,
      storage: engine.files,
      hub: new Hub(log, engine.bus, tree),
      messageTypes: new MessageTypes(),
      tree,
      permissions: new PermissionCache(),
      keys: new KeyCache(),
      throttles,
      liveness,
      sequenceStates: new SequenceStates(),
      commits: new Commits(),
      skipNotes: new SkipNotes(),
      largeImports: new SequenceLocks(),
      conversions: new Conversions(),
      firstRun: new FirstRunLink(),
      statistics: new StatisticsHistory(),
      usage: new UsageCache(),
    }
    await ensureSystemResources(ctx)
    if (isDaemon) await engine.files.claim({ lab: await ensureLabId(ctx), database: engine.name })
    return {
      ctx,
      close: async () => {
        try {
          await ctx.liveness.flush(true)
          await ctx.throttles.flush()
        } finally {
          await engine.close()
        }
      },
    }
  } catch (error) {
    await engine.close()
    throw error
  }
}
