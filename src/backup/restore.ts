/** Makes a lab of a backup: into an empty place, or over a stopped lab, which is put aside and not removed. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { explainDiskError } from '../base/disk-errors.ts'
import { Fault, conflict, invalid, notFound } from '../base/fault.ts'
import { makeFolder } from '../base/folders.ts'
import { readText } from '../base/regular-files.ts'
import { DAY, fileLabelOf, formatTimestamp, type Micros } from '../base/time.ts'
import { databaseBytes, findFileProblem, freeBytes, removeDatabase } from '../database/sqlite/checked-copy.ts'
import { migrations } from '../database/migrate.ts'
import { recordFile } from '../resources/lab-identity.ts'
import { readSettingsFile, resolveSettings, type Settings } from '../settings/settings.ts'
import { syncFolder, unlessMissing, writeText } from '../storage/files/files.ts'
import { claimFolder, readOwner } from '../storage/files/folder-owner.ts'
import type { Backups, Listed } from './backups.ts'
import { scratchOf } from './lab-snapshot.ts'
import { bytesOf, describeUnread, filesOf, type Manifest, type ManifestBody, type PiecedFile, type StoredFile } from './manifest.ts'
import { takePlace } from './restore-database.ts'
import { placeSettings } from './settings-copy.ts'

export interface RestoreOptions {
  readonly clock: Clock
  /** The settings file of the lab that is made: it says where database and files go, or the backup's does when there is none. */
  readonly settingsFile: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The newest backup at or before this time; undefined: the newest. */
  readonly at?: Micros | undefined
  /** Puts a lab that is there aside; otherwise one that is there is refused. */
  readonly isOver: boolean
}

export interface RestoredLab {
  readonly time: Micros
  readonly manifest: Manifest
  readonly settings: Settings
  readonly files: number
  /** Where what was there before is now. */
  readonly aside: readonly string[]
  /** What is not as it was, and what to do: sentences. */
  readonly warnings: readonly string[]
}

/**
 * @throws Fault not_found when there is no such backup; conflict when a lab is there, or its daemon runs; invalid when a piece is missing
 * or damaged, or the backup is newer than this program; busy when there is no room. The lab that was there is as it was then.
 */
export async function restore(folder: Backups, options: RestoreOptions): Promise<RestoredLab> {
  try {
    return await restoreLab(folder, options)
  } catch (error) {
    const path = error instanceof Error && 'path' in error && typeof error.path === 'string' ? error.path : dirname(options.settingsFile)
    throw explainDiskError(error, path, 'the backup was not restored') ?? error
  }
}

async function restoreLab(folder: Backups, options: RestoreOptions): Promise<RestoredLab> {
  const { manifest, warnings } = await choose(folder, options.at, options.clock.now())
  requireKnown(manifest)
  await requireWhole(folder, manifest.body)
  const before = await unlessMissing(readText(options.settingsFile))
  const text = new TextDecoder().decode(await readWhole(folder, manifest.body.settings))
  const placed = placeSettings(text, before)
  const settings = await settingsAt(options, placed.text)
  await refuseOthers(settings, manifest, options.isOver)
  await makeFolder(scratchOf(settings), 0o700)
  const target = await takePlace(settings, `the backup of ${formatTimestamp(manifest.time)}`, options.clock)
  const { copy } = target
  try {
    const { database } = manifest.body
    removeDatabase(copy)
    await requireRoom(settings, manifest.body)
    try {
      await writeDatabase(folder, database, copy)
      const problem = await findFileProblem(copy, { version: manifest.head.schema, rows: manifest.body.rows })
      if (problem !== undefined)
        throw invalid(`The database of the backup is not sound: ${problem}. Nothing was replaced; try an older backup.`)
      const label = fileLabelOf(options.clock.now())
      const aside: string[] = []
      const files = await restoreFiles(folder, settings, manifest, label, aside)
      await replaceSettings(settings.file, before, placed.text, label, aside)
      // The lab that was there may have been another one: the settings get to know this one at the next start.
      await rm(recordFile(settings.file), { force: true })
      const old = await target.take(label)
      if (old !== undefined) aside.push(old)
      return { time: manifest.time, manifest, settings, files, aside, warnings: [...warnings, ...tellSecrets(manifest, placed.generated)] }
    } finally {
      removeDatabase(copy)
    }
  } finally {
    await target.release()
  }
}

/**
 * The newest backup that can be read, at or before a time. One that lacks content which could not be read is taken when it is the only
 * one, or when its own time is asked for; so is one that is dated ahead of this machine's clock, as by a clock that was wrong.
 * @throws Fault not_found
 */
export async function choose(
  folder: Backups,
  at: Micros | undefined,
  now: Micros,
): Promise<{ listed: Listed; manifest: Manifest; warnings: string[] }> {
  const all = await folder.list()
  const warnings: string[] = []
  const isAhead = ({ time }: Listed): boolean => at === undefined && time > now + AHEAD
  const ahead = all.filter(isAhead)
  if (ahead.length > 0 && ahead.length < all.length)
    warnings.push(
      `Passed over what is dated ahead of this machine's clock (${formatTimestamp(now)}): ` +
        `${ahead.map(({ time }) => formatTimestamp(time)).join(', ')}. A clock that was wrong may have dated it; --at takes it.`,
    )
  let partial: { listed: Listed; manifest: Manifest } | undefined
  const inTurn = [...all.filter((one) => !isAhead(one)).reverse(), ...ahead.reverse()]
  for (const listed of inTurn.filter(({ time }) => at === undefined || time <= at)) {
    try {
      const manifest = await folder.read(listed)
      if (manifest.body.unread.length > 0 && listed.time !== at) {
        partial ??= { listed, manifest }
        continue
      }
      if (partial) warnings.push(tellPassedOver(partial.manifest))
      return { listed, manifest, warnings: [...warnings, ...tellUnread(manifest)] }
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      warnings.push(`${error.message} The next older one is used.`)
    }
  }
  if (partial) return { ...partial, warnings: [...warnings, ...tellUnread(partial.manifest)] }
  const [oldest] = all
  throw notFound(
    `There is no ${warnings.length > 0 ? 'sound ' : ''}backup in ${folder.path}` +
      (at === undefined
        ? '.'
        : ` of ${formatTimestamp(at)} or before${oldest ? `; the oldest is of ${formatTimestamp(oldest.time)}` : ''}.`),
  )
}

/** Clocks of two machines differ by less. */
const AHEAD = DAY

const tellUnread = ({ body }: Manifest): string[] => [describeUnread(body.unread) ?? []].flat()

function tellPassedOver({ head, body }: Manifest): string {
  return (
    `The backup of ${head.time} is newer and was passed over, as it is not the whole lab. ${describeUnread(body.unread) ?? ''} ` +
    `To take it all the same, say --at ${head.time}.`
  )
}

function requireKnown({ head }: Manifest): void {
  if (head.schema > migrations.length)
    throw invalid(
      `The backup's database has the schema version ${head.schema}, and this rhizo knows versions up to ${migrations.length}: ` +
        `install the rhizo that made it (${head.program}) or a newer one.`,
    )
}

/** Before anything is touched: all pieces are there. Their content is compared with their hash when it is read. */
async function requireWhole(folder: Backups, body: ManifestBody): Promise<void> {
  for (const [what, file] of filesOf(body))
    for (const [at, name] of file.pieces.entries())
      if (!(await folder.has(name, bytesOf(file, at))))
        throw invalid(
          `A piece of ${what} (${name}) is missing from the backup in ${folder.path}, or is cut. Try an older backup with --at.`,
        )
}

async function settingsAt({ settingsFile, environment }: RestoreOptions, text: string): Promise<Settings> {
  const folder = dirname(settingsFile)
  await makeFolder(folder, 0o700)
  const trial = `${settingsFile}.restoring`
  try {
    await writeText(trial, text)
    return resolveSettings(readSettingsFile(trial), settingsFile, environment)
  } finally {
    await rm(trial, { force: true })
  }
}

async function refuseOthers(
  { databaseFile, isOnServer, storageFolder, file }: Settings,
  { head }: Manifest,
  isOver: boolean,
): Promise<void> {
  const there = [
    !isOnServer && existsSync(databaseFile) && databaseBytes(databaseFile) > 0 ? databaseFile : undefined,
    (await unlessMissing(readdir(storageFolder)))?.length ? storageFolder : undefined,
    existsSync(file) ? file : undefined,
  ].filter((path) => path !== undefined)
  if (there.length === 0 || isOver) return
  throw conflict(
    `A lab is there already (${there.join(', ')}). To restore this one of ${head.time} over it, stop its server and say --over: what is ` +
      'there is put aside, not removed. Or name an empty folder.',
  )
}

async function requireRoom(settings: Settings, { database, files }: ManifestBody): Promise<void> {
  const { storageFolder } = settings
  const folder = scratchOf(settings)
  let content = 0
  for (const { path, size } of files) if ((await unlessMissing(stat(join(storageFolder, path))))?.size !== size) content += size
  const needed = database.size + content
  const free = freeBytes(join(folder, 'any'))
  if (free !== undefined && free < needed)
    throw new Fault(
      'busy',
      `The restored lab needs ${Math.ceil(needed / 1e6)} MB, and ${Math.ceil(free / 1e6)} MB are free at ${folder}. ` +
        'Nothing was changed: free some space, or restore to another place.',
    )
}

async function writeDatabase(folder: Backups, database: ManifestBody['database'], to: string): Promise<void> {
  const sum = createHash('sha256')
  await writeFile(folder, database, to, sum)
  if (sum.digest('hex') !== database.sha256)
    throw invalid('The database of the backup is not what was backed up: its SHA-256 is another one.')
}

/** Adds what is not in the storage folder. Content never changes, so what is there under its name is kept when it has its size. */
async function restoreFiles(
  folder: Backups,
  { storageFolder, databaseFile }: Settings,
  { head, body }: Manifest,
  label: string,
  aside: string[],
): Promise<number> {
  if (body.files.length === 0 && !existsSync(storageFolder)) return 0
  const owner = await readOwner(storageFolder)
  if (owner && owner.lab !== head.lab) {
    const other = `${storageFolder}.before-restore-${label}`
    await rename(storageFolder, other)
    aside.push(other)
  }
  const isNew = !existsSync(storageFolder)
  if (head.lab === null) await makeFolder(storageFolder, 0o700)
  const release = head.lab === null ? () => {} : await claimFolder(storageFolder, { lab: head.lab, database: databaseFile })
  try {
    const touched = new Set<string>()
    for (const file of body.files) if (await restoreFile(folder, storageFolder, file)) touched.add(dirname(file.path))
    for (const name of touched) await syncFolder(join(storageFolder, name))
    await syncFolder(storageFolder)
    await syncFolder(dirname(storageFolder))
  } catch (error) {
    // What is not complete must not look like a lab to the next attempt.
    if (isNew) await rm(storageFolder, { recursive: true, force: true })
    throw error
  } finally {
    release()
  }
  return body.files.length
}

/** @returns whether it had to be written */
async function restoreFile(folder: Backups, storage: string, file: StoredFile): Promise<boolean> {
  const target = join(storage, file.path)
  if ((await unlessMissing(stat(target)))?.size === file.size && (await isSame(folder, target, file))) return false
  await makeFolder(dirname(target), 0o700)
  const unfinished = `${target}.part`
  await rm(unfinished, { force: true })
  try {
    await writeFile(folder, file, unfinished)
    await rename(unfinished, target)
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
  return true
}

/** Whether a file's content is that of its pieces, by their names. */
async function isSame({ cipher }: Backups, path: string, file: PiecedFile): Promise<boolean> {
  const handle = await open(path, 'r')
  try {
    for (const [at, name] of file.pieces.entries()) {
      const bytes = Buffer.alloc(bytesOf(file, at))
      for (let from = 0; from < bytes.length; ) {
        const { bytesRead } = await handle.read(bytes, from, bytes.length - from)
        if (bytesRead === 0) return false
        from += bytesRead
      }
      if (cipher.nameOf(bytes) !== name) return false
    }
    return true
  } finally {
    await handle.close()
  }
}

async function writeFile(folder: Backups, file: PiecedFile, to: string, sum?: { update(bytes: Uint8Array): unknown }): Promise<void> {
  const handle = await open(to, 'wx', 0o600)
  try {
    for (const name of file.pieces) {
      const content = await folder.get(name)
      sum?.update(content)
      await handle.writeFile(content)
    }
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function readWhole(folder: Backups, file: PiecedFile): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for (const name of file.pieces) parts.push(await folder.get(name))
  return Buffer.concat(parts)
}

async function replaceSettings(file: string, before: string | undefined, text: string, label: string, aside: string[]): Promise<void> {
  if (before === text) return
  if (before !== undefined) {
    const old = `${file}.before-restore-${label}`
    await writeText(old, await readText(file))
    aside.push(old)
  }
  await writeText(file, text)
  await chmod(file, 0o600).catch(() => {})
}

function tellSecrets({ body }: Manifest, generated: readonly string[]): string[] {
  if (generated.includes('SALT'))
    return [
      'The backup has no secrets, so a new SALT was made: no key of the lab works any more. Put the lab’s SALT into the ' +
        'settings file, or start with "rhizo init-db --adopt" and make new keys.',
    ]
  return body.settings.has_secrets ? [] : ['The backup has no secrets: those of the settings file that was there are kept.']
}
