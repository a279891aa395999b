/** Copies a lab's database into another one, of any engine, and compares the two. */
import type { Clock } from '../base/clock.ts'
import { conflict, Fault, invalid } from '../base/fault.ts'
import type { Log } from '../base/log.ts'
import { silentObserver } from '../base/store-observer.ts'
import { withCleanUp } from '../base/clean-up.ts'
import { beginMove, endMove, readMove } from '../database/move-record.ts'
import { openNamed } from '../database/sqlite/snapshot.ts'
import type { Engine } from '../engine.ts'
import { openEngine } from '../open-engine.ts'
import { resolveSettings, type Settings } from '../settings/settings.ts'
import { copyTable, fingerprint, raiseIds, tableNames } from './table-moving.ts'
import { requireEmpty } from './target.ts'

export interface DatabaseMove {
  readonly settings: Settings
  /** As the setting DATABASE_URI. */
  readonly to: string
  readonly clock: Clock
  readonly log: Log
}

export interface MovedDatabase {
  readonly from: string
  readonly to: string
  readonly rows: number
  /** Rows by table. */
  readonly tables: Readonly<Record<string, number>>
}

/** Rows that others refer to come first; the rest follow in any order. */
const FIRST = ['users', 'resources', 'outgoing_messages']

/**
 * No daemon may run on either. What was copied by an earlier attempt is not copied again.
 * @throws Fault conflict when a daemon runs, or another lab is there; invalid for a place that can't be used; internal when the two differ
 */
export async function moveDatabase({ settings, to, clock, log }: DatabaseMove): Promise<MovedDatabase> {
  const next = resolveSettings({ SALT: settings.SALT, SECRET_KEY: settings.SECRET_KEY, DATABASE_URI: to }, settings.file, {})
  if (next.databaseFile === settings.databaseFile) throw invalid(`The database is at ${next.databaseFile} already.`)
  // Opening what is empty would make a lab of it.
  if (!settings.isOnServer) await (await openNamed(settings.databaseFile)).close()
  const options = { clock, log, observer: silentObserver, isDaemon: true, isReadOnly: false, onFatal: () => {} }
  const source = await openEngine(settings, { ...options, mustExist: true })
  return withCleanUp(
    async () => {
      const target = await openEngine(next, options)
      return withCleanUp(
        () => fillDatabase(source, target),
        () => target.close(),
      )
    },
    () => source.close(),
  )
}

/** A database that is copied, as the record of the move names it. */
type Source = Pick<Engine, 'database' | 'name'>

/** @returns whether a part of the source is there already @throws Fault conflict when another lab is there, or a part of one */
export async function requireRoomFor(name: string, target: Engine): Promise<boolean> {
  const begun = await readMove(target)
  if (begun === undefined) await requireEmpty(target)
  else if (begun !== name) throw conflict(`The database ${target.name} holds a part of ${begun}. Name an empty one.`)
  return begun !== undefined
}

/** How often a table is compared: a backup that is made meanwhile adds its record. */
const COMPARISONS = 3

/** @returns its rows @throws Fault internal when they differ */
async function compareTable(source: Source, target: Engine, name: string): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const [was, is] = [await fingerprint(source.database, name), await fingerprint(target.database, name)]
    if (was.count === is.count && was.hash === is.hash) return is.count
    if (attempt === COMPARISONS)
      throw new Fault(
        'internal',
        `The table ${name} is not the same in ${target.name}: ${was.count} rows before, ${is.count} now. Something changed the lab ` +
          'meanwhile, or a disk is not sound: move it into another, empty database.',
      )
    await copyTable(source, target, name)
  }
}

/** Goes on where an earlier attempt of the same source ended. @throws as {@link moveDatabase} */
export async function fillDatabase(source: Source, target: Engine): Promise<MovedDatabase> {
  if (!(await requireRoomFor(source.name, target))) await beginMove(target, source.name)
  const names = await tableNames(source.database)
  const order = [...FIRST, ...names.filter((name) => !FIRST.includes(name))]
  for (const name of order) await copyTable(source, target, name)
  const tables: Record<string, number> = {}
  for (const name of order) {
    tables[name] = await compareTable(source, target, name)
  }
  await raiseIds(target.database, order)
  await endMove(target)
  return { from: source.name, to: target.name, rows: Object.values(tables).reduce((sum, count) => sum + count, 0), tables }
}
