/** Brings the lab of an original server into a new database, whole, and compares both. */
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { silentObserver } from '../base/store-observer.ts'
import type { Engine } from '../engine.ts'
import { openContext } from '../open-context.ts'
import { openEngine } from '../open-engine.ts'
import { changeSettingsFile } from '../settings/change-file.ts'
import { requireDatabaseFile } from '../settings/database-url.ts'
import { initializeSettings, loadSettings, readSettingsFile, type Settings } from '../settings/settings.ts'
import { SEQUENCE } from '../wire/resource-types.ts'
import { bringRevisions, bringValues, type Bringing } from './bring.ts'
import { compare, holdsRevisions } from './compare.ts'
import { readConfigFile, type OriginalSettings } from './config-file.ts'
import { Contents } from './contents.ts'
import { Findings } from './findings.ts'
import { openOriginalStorage } from './original-storage.ts'
import { openSource } from './open-source.ts'
import { planAll, type Plan } from './plan.ts'
import type { PlannedResource } from './plan-resources.ts'
import { ProgressRecord } from './progress-record.ts'
import type { ServerDatabase, TableName } from './source.ts'
import { findInhabitant, requireEmpty, writeRows } from './target.ts'

export interface ImportOptions {
  /** An SQLite file, or the URL of a PostgreSQL database. */
  readonly place: string
  /** The original's bulk storage: a folder or `s3://BUCKET/PREFIX`; undefined: the bucket that `config` names, if it does. */
  readonly storage: string | undefined
  /** The original's config.py; undefined: the settings here have its SALT already. */
  readonly config: string | undefined
  /** Leaves organizations the time zone that the original gave to each. */
  readonly keepsZones: boolean
  /** Reads and counts all, and writes nothing. */
  readonly isTrial: boolean
  readonly settingsFile: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  readonly log: Log
  /** @param revisions of the total, which were dealt with since the last call */
  readonly onProgress: (step: 'bring' | 'compare', revisions: number, total: number) => void
}

/** How many the original has, and how many came or would come along. */
export interface MovedCount {
  readonly there: number
  readonly taken: number
}

export interface ImportReport {
  readonly source: string
  readonly isTrial: boolean
  /** It went on with an earlier one. */
  readonly isResumed: boolean
  readonly database: string | undefined
  /** By what they are. */
  readonly counts: Readonly<Record<string, MovedCount>>
  /** Values that are aside as text, and those that another one of the same time replaced. */
  readonly aside: number
  readonly repeated: number
  readonly findings: Findings
  readonly compared: number
  readonly different: readonly string[]
  readonly settings: OriginalSettings | undefined
}

/**
 * @throws Fault invalid when the source can't be read; conflict when the database is in use, or has people already, unless an earlier
 * import of the same source left it
 */
export async function importServer(options: ImportOptions): Promise<ImportReport> {
  const config = options.config === undefined ? undefined : readConfigFile(options.config)
  const contents = new Contents(await openOriginalStorage(options, config))
  const source = await openSource(options.place)
  try {
    const findings = new Findings()
    const how = { now: options.clock.now(), keepsZones: options.keepsZones }
    const plan = await planAll(source, findings, how)
    const total = await source.count('resource_revisions')
    const move: Move = { options, source, contents, plan, findings, total, config }
    return await (options.isTrial ? report(move, undefined) : bring(move))
  } finally {
    await source.close()
  }
}

interface Move {
  readonly options: ImportOptions
  readonly source: ServerDatabase
  readonly contents: Contents
  readonly plan: Plan
  readonly findings: Findings
  /** Revisions. */
  readonly total: number
  readonly config: OriginalSettings | undefined
}

async function bring(move: Move): Promise<ImportReport> {
  const { options, source, config } = move
  const { settingsFile: file, environment, clock, log } = options
  initializeSettings(file)
  const before = loadSettings(file, environment)
  requireDatabaseFile(before, 'Moving an original server in', 'set DATABASE_URI to an SQLite file for now.')
  const record = new ProgressRecord(before.databaseFile, source.name)
  const engine = await openEngine(before, { clock, log, observer: silentObserver, isDaemon: true, isReadOnly: false, onFatal: () => {} })
  let told: ImportReport
  try {
    if (!record.isResumed) await requireEmpty(engine)
    const settings = config ? takeSettings(config, before, environment) : before
    if ((await findInhabitant(engine)) === undefined) {
      record.begin(source.name)
      await writeRows(engine, move.plan)
    }
    await bringContents(move, record, engine, settings)
    told = await report(move, { engine, isResumed: record.isResumed })
  } finally {
    await engine.close()
  }
  // Makes what each server has and the original had not, and writes down that the settings are this lab's.
  const opened = await openContext(loadSettings(file, environment), { clock, log, isDaemon: true, acquaintance: 'first' })
  await opened.close()
  record.end()
  return told
}

/** The SALT in place of the one here, and what else is not set here yet. */
function takeSettings({ taken }: OriginalSettings, { file }: Settings, environment: ImportOptions['environment']): Settings {
  const present = readSettingsFile(file)
  changeSettingsFile(file, new Map([...taken].filter(([name]) => name === 'SALT' || present[name] === undefined)))
  return loadSettings(file, environment)
}

async function bringContents(move: Move, record: ProgressRecord, engine: Engine, settings: Settings): Promise<void> {
  const { options, source, contents, plan, total } = move
  const bringing: Bringing = {
    source,
    contents,
    plan,
    engine,
    threshold: settings.STORAGE_THRESHOLD,
    onProgress: (revisions) => options.onProgress('bring', revisions, total),
  }
  for (const resource of plan.resources) {
    if (!hasContents(resource) || record.isDone(resource.id)) continue
    await (holdsRevisions(resource) ? bringRevisions(bringing, resource) : bringValues(bringing, resource))
    record.note(resource.id)
  }
}

const hasContents = (resource: PlannedResource): boolean => resource.type === SEQUENCE || holdsRevisions(resource)

async function report(move: Move, made: { engine: Engine; isResumed: boolean } | undefined): Promise<ImportReport> {
  const { options, source, contents, plan, findings, total, config } = move
  const onProgress = (revisions: number): void => options.onProgress('compare', revisions, total)
  const { counts, different, compared } = await compare({ source, contents, plan, findings, engine: made?.engine, onProgress })
  const stray = total - counts.values.there - counts.revisions.there
  if (stray > 0) findings.leave(`${stray} revisions`, 'are of resources that do not come along, or that hold none')
  const of = (taken: readonly object[], table: TableName): MovedCount => ({ there: plan.rows.get(table) ?? 0, taken: taken.length })
  return {
    source: source.name,
    isTrial: made === undefined,
    isResumed: made?.isResumed === true,
    database: made?.engine.name,
    counts: {
      users: of(plan.users, 'users'),
      keys: of(plan.keys, 'keys'),
      members: of(plan.members, 'organization_users'),
      resources: { there: plan.there, taken: plan.resources.length },
      values: { there: counts.values.there, taken: counts.values.taken },
      revisions: counts.revisions,
      small_pictures: of(plan.thumbnails, 'thumbnails'),
      views: of(plan.views, 'resource_views'),
      controller_statuses: of(plan.statuses, 'controller_status'),
      invitations: of(plan.requests, 'account_requests'),
      outgoing_messages: of(plan.messages, 'outgoing_messages'),
    },
    aside: counts.values.aside,
    repeated: counts.values.repeated,
    findings,
    compared,
    different,
    settings: config,
  }
}
