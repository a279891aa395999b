/** Opens the database and puts together what verbs work with: for the daemon, and for commands on the server's machine. */
import { dirname } from 'node:path'
import { Gathering } from './audit/gathering.ts'
import { Aging } from './base/aging.ts'
import { BelievedTime } from './base/believed-time.ts'
import type { Clock } from './base/clock.ts'
import { Fault } from './base/fault.ts'
import type { Context } from './context.ts'
import { Devices } from './mapping/devices.ts'
import { Extensions } from './extensions/extensions.ts'
import { readKnownTime } from './database/known-time.ts'
import { openEngine, type OpenEngine } from './open-engine.ts'
import { FirstRunLink } from './people/first-run.ts'
import { Hub } from './tree/hub.ts'
import { KeyCache } from './people/key-actors.ts'
import { LinkUses } from './people/link-records.ts'
import { SignInLink } from './people/sign-in-link.ts'
import { PassingSessions } from './people/passing-sessions.ts'
import { Liveness } from './watching/liveness.ts'
import type { Log } from './base/log.ts'
import { TileKinds } from './dashboards/tile-kinds.ts'
import { MessageTypes } from './messages/message-types.ts'
import { silentObserver, type Observer } from './base/store-observer.ts'
import { PushReach } from './notifications/push-reach.ts'
import { PermissionCache } from './tree/permissions.ts'
import { CorrectedReads } from './corrections/corrected-reads.ts'
import { KnownCorrections } from './corrections/known-corrections.ts'
import { Commits } from './sequences/commit.ts'
import { SkipNotes } from './sequences/skip-notes.ts'
import { ControllerClocks } from './sequences/controller-clocks.ts'
import { SequenceStates } from './sequences/sequence-states.ts'
import type { Settings } from './settings/settings.ts'
import { YamlReader } from './base/yaml-reader.ts'
import { Helper } from './content/helper.ts'
import { Conversions } from './content/spreadsheets.ts'
import { newestPieces } from './content/named-pieces.ts'
import { Thumbnails } from './content/thumbnails.ts'
import { StatisticsHistory } from './housekeeping/load-history.ts'
import { NumberedLocks } from './base/locks.ts'
import { mayMakeTables, meetLab, readIdentity, requireDatabase, type Acquaintance } from './resources/lab-identity.ts'
import { requireMoved } from './database/move-record.ts'
import { requireNoStandby } from './resources/standby-place.ts'
import { LabStanding } from './resources/lab-standing.ts'
import { insertNewRows } from './resources/new-rows.ts'
import { ensureSystemResources } from './resources/system.ts'
import type { BulkStorage, StorageOwner } from './storage/bulk-storage.ts'
import { Space } from './storage/space.ts'
import { Throttles } from './tree/throttles.ts'
import { SharedChanges } from './tree/shared-changes.ts'
import { Tree } from './tree/tree.ts'
import { QuotaCounts } from './tree/quotas.ts'
import { UsageCache } from './resources/usage.ts'

const MEGABYTE = 1_000_000

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
  /** How well the settings must know the database; undefined: any is taken, and a missing one is made. */
  readonly acquaintance?: Acquaintance
  /** Changes nothing: each change is refused. */
  readonly isReadOnly?: boolean
  /** Another machine writes the database, as this one is a standby. */
  readonly isFollowed?: boolean
  /** A standby becomes the lab; otherwise nothing but what follows changes its database. */
  readonly isTakeOver?: boolean
  /** In place of the engine that DATABASE_URI names. */
  readonly openEngine?: OpenEngine
}

/**
 * @throws Fault invalid when the database can't be opened, is newer than this program, or of another lab; conflict when another daemon
 * uses it
 */
export async function openContext(settings: Settings, options: OpenOptions): Promise<OpenContext> {
  const {
    clock,
    log,
    observer = silentObserver,
    onFatal = () => {},
    isDaemon = false,
    isReadOnly = false,
    isFollowed = false,
    acquaintance,
  } = options
  if (acquaintance !== undefined) {
    if (!isReadOnly && options.isTakeOver !== true) requireNoStandby(settings.file)
    requireDatabase(settings, acquaintance)
  }
  const engine = await (options.openEngine ?? openEngine)(settings, {
    clock,
    log,
    observer,
    isDaemon,
    isReadOnly,
    isFollowed,
    mustExist: settings.isOnServer && !mayMakeTables(settings, acquaintance),
    onFatal,
  })
  try {
    const tree = new Tree(engine.treeSource)
    await tree.load(engine.database)
    const liveness = new Liveness(engine, clock)
    await liveness.load()
    const believed = new BelievedTime(clock, await readKnownTime(engine))
    const throttles = new Throttles(engine, believed)
    await throttles.load()
    const pushReach = new PushReach()
    // A lab whose users can't be read starts all the same.
    await pushReach
      .load(engine.database)
      .catch((error: unknown) => log.warn({ err: error }, 'who has devices for alarms could not be read'))
    const helper = new Helper()
    const yaml = new YamlReader()
    const quotas = new QuotaCounts()
    const corrections = new KnownCorrections(engine.database)
    const ctx: Context = {
      settings,
      clock,
      believed,
      aging: new Aging(believed, log),
      turns: engine.turns,
      answer: undefined,
      log,
      lab: new LabStanding(),
      observer,
      engine,
      db: engine.database,
      sequences: engine.sequences,
      readings: new CorrectedReads(engine.sequences, corrections),
      corrections,
      storage: engine.files,
      space: new Space(
        [...(settings.isOnServer ? [] : [dirname(settings.databaseFile)]), settings.storageFolder],
        settings.FREE_SPACE_RESERVE * MEGABYTE,
      ),
      hub: new Hub(log, engine.bus, tree),
      pushReach,
      messageTypes: new MessageTypes(),
      tileKinds: new TileKinds(),
      extensions: new Extensions(),
      tree,
      permissions: new PermissionCache(),
      keys: new KeyCache(),
      linkUses: new LinkUses(),
      passingSessions: new PassingSessions(),
      throttles,
      audit: new Gathering(engine, believed),
      liveness,
      sequenceStates: new SequenceStates(),
      commits: new Commits(),
      skipNotes: new SkipNotes(),
      devices: new Devices(),
      controllerClocks: new ControllerClocks(),
      largeImports: new NumberedLocks(),
      passwordChecks: new NumberedLocks(),
      yaml,
      conversions: new Conversions(helper),
      thumbnails: new Thumbnails(helper),
      firstRun: new FirstRunLink(),
      signInLink: new SignInLink(),
      statistics: new StatisticsHistory(),
      quotas,
      usage: new UsageCache(),
      sharedChanges: new SharedChanges(
        engine,
        (tx, additions) => insertNewRows(engine, tx, additions),
        () => quotas.doubt(),
      ),
    }
    if (isDaemon) await requireMoved(engine)
    await ctx.sequenceStates.texts.load(engine)
    await ensureSystemResources(ctx)
    const lab = await meetLab(ctx, acquaintance)
    ctx.lab.settle(lab, (await readIdentity(ctx.db)).epoch)
    if (isDaemon) await ctx.space.look()
    const owner = { lab, database: engine.name }
    if (isDaemon && !isReadOnly) await engine.files.claim(owner, () => newestPieces(ctx.db))
    else if (acquaintance === 'adopt') await adoptPlaces(engine.files, owner)
    return {
      ctx,
      close: async () => {
        helper.stop()
        await yaml.stop()
        try {
          if (isReadOnly) return
          await ctx.liveness.flush(true)
          ctx.sequenceStates.noteTexts()
          await ctx.sequenceStates.texts.flush(engine, (id) => ctx.tree.byId(id) !== undefined)
          await ctx.throttles.flush()
          await ctx.audit.flush()
          await ctx.keys.flushUses(ctx)
          await ctx.linkUses.flush(ctx)
        } catch (error) {
          // Only when controllers were last heard, how numbers were written, and the like: no value that was acknowledged.
          log.error({ err: error }, 'what changed last could not be written at the end')
        } finally {
          await engine.close()
        }
      },
    }
  } catch (error) {
    const explained = engine.explain(error)
    // What breaks the start may break the end, too, and is not to hide it.
    await engine.close().catch((failure: unknown) => log.error({ err: failure }, 'closing a database that could not be opened'))
    throw explained
  }
}

/** Takes the places of contents as they are, though what the database names may be gone. What is another lab's stays so. */
async function adoptPlaces(files: BulkStorage, owner: StorageOwner): Promise<void> {
  try {
    await files.claim(owner)
    await files.release()
  } catch (error) {
    // The server says so when it starts.
    if (!(error instanceof Fault) || error.code !== 'conflict') throw error
  }
}
