/** What verbs work with: their first argument. There is no other state, in particular none at module level. */
import type { Gathering } from './audit/gathering.ts'
import type { AnswerRoom } from './base/answer-room.ts'
import type { Aging } from './base/aging.ts'
import type { BelievedTime } from './base/believed-time.ts'
import type { Clock } from './base/clock.ts'
import type { TileKinds } from './dashboards/tile-kinds.ts'
import type { Db, ResourceRow } from './database/schema.ts'
import type { Devices } from './mapping/devices.ts'
import type { Engine } from './engine.ts'
import type { Extensions } from './extensions/extensions.ts'
import type { FirstRunLink } from './people/first-run.ts'
import type { Hub } from './tree/hub.ts'
import type { KeyCache } from './people/key-actors.ts'
import type { LinkUses } from './people/link-records.ts'
import type { SignInLink } from './people/sign-in-link.ts'
import type { PassingSessions } from './people/passing-sessions.ts'
import type { Liveness } from './watching/liveness.ts'
import type { LabStanding } from './resources/lab-standing.ts'
import type { NewRows } from './resources/new-rows.ts'
import type { Log } from './base/log.ts'
import type { Observer } from './base/store-observer.ts'
import type { MessageTypes } from './messages/message-types.ts'
import type { PushReach } from './notifications/push-reach.ts'
import type { PermissionCache } from './tree/permissions.ts'
import type { CorrectedReads } from './corrections/corrected-reads.ts'
import type { KnownCorrections } from './corrections/known-corrections.ts'
import type { Commits } from './sequences/commit.ts'
import type { SkipNotes } from './sequences/skip-notes.ts'
import type { ControllerClocks } from './sequences/controller-clocks.ts'
import type { SequenceStates } from './sequences/sequence-states.ts'
import type { Settings } from './settings/settings.ts'
import type { BulkStorage } from './storage/bulk-storage.ts'
import type { Conversions } from './content/spreadsheets.ts'
import type { Thumbnails } from './content/thumbnails.ts'
import type { Space } from './storage/space.ts'
import type { StatisticsHistory } from './housekeeping/load-history.ts'
import type { NumberedLocks } from './base/locks.ts'
import type { SequenceStore } from './storage/sequence-store.ts'
import type { Throttles } from './tree/throttles.ts'
import type { Turns } from './base/turns.ts'
import type { SharedChanges } from './tree/shared-changes.ts'
import type { Tree } from './tree/tree.ts'
import type { YamlReader } from './base/yaml-reader.ts'
import type { QuotaCounts } from './tree/quotas.ts'
import type { UsageCache } from './resources/usage.ts'

export interface Context {
  readonly settings: Settings
  readonly clock: Clock
  /** The time by which things end or are too old; see base/believed-time.ts. */
  readonly believed: BelievedTime
  /** What may be removed because of its age. */
  readonly aging: Aging
  /** Shares the event loop among long answers. */
  readonly turns: Turns
  /** What the answer that is being made holds in memory until it is read; undefined: nobody counts it. */
  readonly answer: AnswerRoom | undefined
  readonly log: Log
  /** Which lab this is, and whether another server has taken it over. */
  readonly lab: LabStanding
  /** Counts for the metrics. */
  readonly observer: Observer
  /** What the data stands on; its parts that verbs use most have names of their own below. */
  readonly engine: Engine
  /** `engine.database`, for what needs no transaction; `transact(ctx, work)` begins one. */
  readonly db: Db
  /** Values of numeric and text sequences, as they are stored. */
  readonly sequences: SequenceStore
  /** The same as they are right: without masked ones, and calibrated. Whoever shows, sums up or judges values reads here. */
  readonly readings: CorrectedReads
  /** Which sequences have masks and calibrations. */
  readonly corrections: KnownCorrections
  /** Content of large revisions. */
  readonly storage: BulkStorage
  /** Free space on the disks of both. */
  readonly space: Space
  readonly hub: Hub
  /** Which people web push can reach. */
  readonly pushReach: PushReach
  /** Which messages extensions answer. */
  readonly messageTypes: MessageTypes
  /** Kinds of tiles that dashboards can have. */
  readonly tileKinds: TileKinds
  /** What the lab has added to its server; see extensions/. */
  readonly extensions: Extensions
  /** The live resources and the members of organizations. */
  readonly tree: Tree
  readonly permissions: PermissionCache
  /** What organizations with a quota use. */
  readonly quotas: QuotaCounts
  readonly keys: KeyCache
  /** When secret links were last used. */
  readonly linkUses: LinkUses
  /** Of people who signed in while the server changes nothing. */
  readonly passingSessions: PassingSessions
  readonly throttles: Throttles
  /** What of the audit trail is gathered before it is written. */
  readonly audit: Gathering
  /** When each controller was last heard. */
  readonly liveness: Liveness
  /** What is known in memory about sequences in use. */
  readonly sequenceStates: SequenceStates
  /** Batches of values that are being committed. */
  readonly commits: Commits
  /** Says in controllers' logs which values went nowhere. */
  readonly skipNotes: SkipNotes
  /** Understands what devices send. */
  readonly devices: Devices
  /** Whether the times that controllers send are right. */
  readonly controllerClocks: ControllerClocks
  /** Large imports into the same sequence run one after the other, because values in order cost the store the least. */
  readonly largeImports: NumberedLocks
  /** Checks of passwords: one at a time of strangers, and one of those who have signed in from there before. */
  readonly passwordChecks: NumberedLocks
  /** Reads YAML that people write. */
  readonly yaml: YamlReader
  /** Conversions between spreadsheets and CSV, one at a time. */
  readonly conversions: Conversions
  /** Small versions of images, one at a time. */
  readonly thumbnails: Thumbnails
  /** The link with which the first admin of a server without users is created. */
  readonly firstRun: FirstRunLink
  /** The link that signs in whoever started a demo. */
  readonly signInLink: SignInLink
  /** How busy the server has been lately. */
  readonly statistics: StatisticsHistory
  /** How much organizations stored when it was last counted. */
  readonly usage: UsageCache
  /** Where small changes of several callers share a commit. */
  readonly sharedChanges: SharedChanges<NewRows, ResourceRow>
}
