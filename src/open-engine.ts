/** Chooses the engine by the scheme of the setting DATABASE_URI, and opens it. */
import { statfsSync } from 'node:fs'
import { open, stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { describeFileError } from './base/disk-errors.ts'
import { Fault } from './base/fault.ts'
import { makeFolderNow } from './base/folders.ts'
import { quote } from './base/path.ts'
import { Turns } from './base/turns.ts'
import type { DatabaseSize } from './database/engine.ts'
import { SoleLeases } from './database/lease.ts'
import { giveBallast, takeBallast } from './database/sqlite/ballast.ts'
import { takeDaemonLock } from './database/sqlite/daemon-lock.ts'
import { explainDamage } from './database/sqlite/explain-damage.ts'
import { identityOf } from './database/sqlite/holder.ts'
import { takeNextIds } from './database/sqlite/new-ids.ts'
import { PageFile } from './database/sqlite/page-file.ts'
import { openReadOnly } from './database/sqlite/read-only.ts'
import { openSqlite } from './database/sqlite/sqlite.ts'
import { SqliteTreeSource } from './database/sqlite/sqlite-tree-source.ts'
import type { DatabaseWriter } from './database/sqlite/writer-client.ts'
import { makeSerialTransact } from './database/transact.ts'
import type { Engine, EngineOptions, OpenEngine } from './engine.ts'
import type { Settings } from './settings/settings.ts'
import { FollowedSequences } from './storage/engine/followed-sequences.ts'
import { SqliteSequenceStore } from './storage/engine/sqlite-sequences.ts'
import { openStorage } from './storage/places/open-places.ts'
import { MemoryBus } from './tree/bus.ts'

const GAVE_BALLAST = 'the disk is full: gave up the ballast beside the database, so that things can be deleted'
/** Bytes without which a database can't be opened. */
const ROOM_TO_OPEN = 4 * 1024 * 1024

/** Whether there is room for the log of a database; true where that can't be asked. */
function hasRoom(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize >= ROOM_TO_OPEN
  } catch {
    return true
  }
}

export type { EngineOptions, OpenEngine } from './engine.ts'

/** By scheme. */
const engines: Readonly<Record<string, OpenEngine>> = { sqlite: openSqliteEngine, postgresql: openOnServer, postgres: openOnServer }

/** Loaded only where it is used. */
async function openOnServer(settings: Settings, options: EngineOptions): Promise<Engine> {
  const { openPostgresEngine } = await import('./open-postgres-engine.ts')
  return openPostgresEngine(settings, options)
}

/**
 * @throws Fault invalid when the database can't be opened or is newer than this program; conflict when another daemon uses it
 */
export async function openEngine(settings: Settings, options: EngineOptions): Promise<Engine> {
  const [scheme = ''] = settings.DATABASE_URI.split(/[:+]/, 1)
  const open = engines[scheme]
  if (!open)
    throw new Fault(
      'invalid',
      `The setting DATABASE_URI begins with ${quote(scheme)}; allowed: ${Object.keys(engines).join(' or ')}. ` +
        'See settings/config.sample.yaml.',
    )
  return open(settings, options)
}

/** One process on one file, with values in blocks beside the tables, and large files in a folder. */
async function openSqliteEngine(
  settings: Settings,
  { clock, log, observer, isDaemon, isReadOnly, isFollowed = false, onFatal }: EngineOptions,
): Promise<Engine> {
  const path = settings.databaseFile
  const undo: (() => Promise<void> | void)[] = []
  const close = async (): Promise<void> => {
    const failures: unknown[] = []
    for (let next = undo.pop(); next; next = undo.pop()) {
      try {
        await next()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
  try {
    if (!isReadOnly) makeFolderFor(path)
    if (isDaemon && !isReadOnly && !hasRoom(dirname(path)) && giveBallast(path)) log.warn({ database: path }, GAVE_BALLAST)
    if (isDaemon) undo.push(isReadOnly ? takeLockWherePossible(path) : takeDaemonLock(path))
    const synchronous = settings.DURABILITY === 'full' ? 'FULL' : 'NORMAL'
    const file = new PageFile(path)
    undo.push(() => file.close())
    const opened = await (isReadOnly ? openReadOnly(path, log) : openSqlite({ path, synchronous, clock, log, isDaemon, onFatal }))
    undo.push(() => opened.close())
    const { damage } = opened
    for (const what of damage.mended) log.warn({ database: path }, what)
    for (const what of damage.left) log.error({ database: path }, what)
    const turns = new Turns()
    const followed = isFollowed ? new FollowedSequences(opened.reader, opened.writer, { log, turns }) : undefined
    const sequences = followed ?? (await SqliteSequenceStore.open(opened.reader, opened.writer, { observer, log, turns, isReadOnly }))
    undo.push(() => sequences.close())
    const transact = makeSerialTransact(opened.db)
    const files = openStorage(settings, { db: opened.db, transact: isReadOnly ? undefined : transact, now: () => clock.now(), log })
    undo.push(() => files.release())
    return {
      name: path,
      isReadOnly,
      damage,
      database: opened.db,
      transact,
      treeSource: new SqliteTreeSource(opened.reader),
      lease: new SoleLeases(),
      takeIds: takeNextIds,
      sequences,
      files,
      bus: new MemoryBus(),
      turns,
      ...(followed ? { refresh: () => followed.refresh() } : {}),
      vacuum: (pages) => opened.writer.shrink(pages),
      durable: () => (isReadOnly || synchronous === 'FULL' ? Promise.resolve() : syncLog(path)),
      size: () => sizeOf(path),
      findLoss: isReadOnly ? () => undefined : watchFile(path, opened.writer),
      refuse: (fault) => opened.writer.refuse(fault),
      pages: { changes: (since, most) => opened.writer.pages(since, most), file },
      findTrouble: () => opened.writer.trouble,
      ballast: { take: () => takeBallast(path), give: async () => giveBallast(path) },
      explain: (error) => explainDamage(path, error),
      close,
    }
  } catch (error) {
    // What went wrong first is what matters.
    await close().catch((failure: unknown) => log.error({ err: failure }, 'closing after a start that failed'))
    throw explainDamage(path, error)
  }
}

/** Where no lock file can be written no daemon can run either. @throws Fault conflict when one runs */
function takeLockWherePossible(path: string): () => void {
  try {
    return takeDaemonLock(path)
  } catch (error) {
    if (error instanceof Fault && error.code === 'conflict') throw error
    return () => {}
  }
}

/** @throws Fault invalid when the folder can't be made */
function makeFolderFor(path: string): void {
  try {
    makeFolderNow(dirname(path))
  } catch (error) {
    throw new Fault('invalid', describeFileError(error, 'The folder of the database', dirname(path)), { cause: error })
  }
}

/** @returns looks at the file under its name, and makes the writer refuse everything once it is another one */
function watchFile(path: string, writer: DatabaseWriter): () => string | undefined {
  const endings = ['', '-wal', '-shm']
  const idOf = (ending: string): string | undefined => {
    try {
      return identityOf(path + ending)
    } catch {
      return undefined
    }
  }
  const before = endings.map(idOf)
  let loss: string | undefined
  return () => {
    const lost = loss === undefined ? endings.find((ending, at) => before[at] !== undefined && idOf(ending) !== before[at]) : undefined
    if (lost === undefined) return loss
    loss =
      `The file ${path}${lost} was deleted or replaced while the server runs on it, so nothing more is stored. Reading goes on ` +
      'while this process runs: save what you need with "rhizo get" and "rhizo seq export", then put the right file in its place and ' +
      'start again.'
    writer.refuse(new Fault('busy', loss, { retryAfter: 60 }))
    return loss
  }
}

/** What was committed is in the log, or in the database, which was synced before the log began again. */
async function syncLog(path: string): Promise<void> {
  const log = await open(`${path}-wal`, 'r')
  try {
    await log.sync()
  } finally {
    await log.close()
  }
}

async function sizeOf(file: string): Promise<DatabaseSize> {
  const sizes = await Promise.all(
    ['', '-wal'].map((ending) =>
      stat(file + ending).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
  const disk = await statfs(dirname(file)).catch(() => undefined)
  return { used: sizes.reduce((sum, size) => sum + size, 0), free: disk && disk.bavail * disk.bsize }
}
