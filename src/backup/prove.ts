/** Proves that a backup can be restored: it is, into a scratch folder, and is examined there as `rhizo doctor` examines a lab. */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { explainDiskError } from '../base/disk-errors.ts'
import { Fault } from '../base/fault.ts'
import { silentLog } from '../base/log.ts'
import type { Micros } from '../base/time.ts'
import { migrateSqlite } from '../database/sqlite/sqlite.ts'
import { examine } from '../doctor/doctor.ts'
import { isBucket } from '../settings/backup-place.ts'
import type { Settings } from '../settings/settings.ts'
import { migrations } from '../database/migrate.ts'
import { accessOf } from '../storage/places/open-places.ts'
import { Backups } from './backups.ts'
import { bytesOf, filesOf, type Manifest } from './manifest.ts'
import { identifyLab } from './make-backup.ts'
import { scratchOf } from './lab-snapshot.ts'
import { openPlace } from './open-place.ts'
import { choose, restore } from './restore.ts'

export interface ProofOptions {
  /** Of the lab whose backup it should be. */
  readonly settings: Settings
  readonly clock: Clock
  readonly key: string | undefined
  /** Where to restore to; undefined: beside the backups, or beside the database when they are encrypted or in a bucket. */
  readonly scratch?: string | undefined
}

export interface Proof {
  /** The moment that the backup holds. */
  readonly time: Micros
  readonly rows: number
  readonly values: number
  readonly files: number
  /** Why it is no proof, in sentences; none: the restored lab is the one of that moment, and sound. */
  readonly problems: readonly string[]
}

/** @throws Fault not_found when there is no backup; busy when there is no room to restore it */
export async function proveNewest(path: string, { settings, clock, key, scratch }: ProofOptions): Promise<Proof> {
  const folder = await Backups.open(openPlace(path, accessOf(settings)), key)
  const { manifest, warnings } = await choose(folder, undefined, clock.now())
  const { lab, encryption } = manifest.head
  const own = await identifyLab(settings).then(
    ({ id }) => id,
    () => null,
  )
  const problems = [...warnings]
  if (own !== null && lab !== own)
    problems.push(`The newest backup in ${path} is of another lab (${lab ?? 'without a name'}; this one is ${own}).`)
  const parent = scratch ?? (encryption === null && !isBucket(path) ? path : scratchOf(settings))
  await removeLeftovers(parent, clock.now())
  const place = await mkdtemp(join(parent, SCRATCH)).catch((error: unknown) => {
    const words = explainDiskError(error, parent, 'the backup can not be restored there for its proof')
    throw words ? new Fault(words.code, `${words.message} Or name a folder elsewhere with --scratch.`, { cause: error }) : error
  })
  try {
    const { values, found } = await restoreAndExamine(folder, place, clock, manifest)
    problems.push(...found)
    return { ...countsOf(manifest), values, problems }
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'invalid') throw error
    problems.push(error.message, ...(await setDamagedAside(folder, manifest)))
    return { ...countsOf(manifest), values: 0, problems }
  } finally {
    await rm(place, { recursive: true, force: true })
  }
}

const SCRATCH = '.proving-'
/** A proof that is under way is younger, in milliseconds. */
const LEFT_AFTER = 86_400_000

/** What a proof left that was ended half-way. */
async function removeLeftovers(parent: string, now: Micros): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(SCRATCH)) continue
    const folder = join(parent, name)
    if (now / 1_000 - (await stat(folder)).mtimeMs > LEFT_AFTER) await rm(folder, { recursive: true, force: true })
  }
}

function countsOf({ time, body }: Manifest): Pick<Proof, 'time' | 'rows' | 'files'> {
  return { time, rows: Object.values(body.rows).reduce((sum, count) => sum + count, 0), files: body.files.length }
}

/** Whatever engine the lab is on: a proof touches nothing but its own folder. */
const environment = { RHIZO_SERVER_DATABASE_URI: 'sqlite:///rhizo.db', RHIZO_SERVER_CLUSTER: 'false' }

/** The restore compares hashes and counts with those of the lab at that moment; what is left is whether the lab would work. */
async function restoreAndExamine(
  folder: Backups,
  place: string,
  clock: Clock,
  { time, head, body }: Manifest,
): Promise<{ values: number; found: string[] }> {
  const lab = await restore(folder, { clock, settingsFile: join(place, 'config.yaml'), environment, at: time, isOver: false })
  // A lab of an older version has to come through its upgrade, too.
  if (head.schema < migrations.length) await migrateSqlite({ path: lab.settings.databaseFile, clock, log: silentLog })
  const { findings, counts } = await examine({ file: lab.settings.file, environment, clock, urlOf: () => '', isQuick: false })
  const ofNoConcern = body.settings.has_secrets ? ['machine', 'extensions'] : ['machine', 'extensions', 'settings']
  const serious = findings.filter(({ check, severity }) => severity === 'error' && !ofNoConcern.includes(check))
  return { values: counts.values, found: serious.map(({ subject, problem, advice }) => `${subject} ${problem}. ${advice}`) }
}

/** So that the next backup writes these pieces again. */
async function setDamagedAside(folder: Backups, { body }: Manifest): Promise<string[]> {
  const damaged = new Set<string>()
  for (const [, file] of filesOf(body))
    for (const [at, name] of file.pieces.entries()) {
      if (damaged.has(name)) continue
      const content = await folder.get(name).catch(() => undefined)
      if (content?.length !== bytesOf(file, at)) damaged.add(name)
    }
  for (const name of damaged) await folder.setAside(name)
  return damaged.size === 0
    ? []
    : [
        `${damaged.size} pieces are damaged or missing; the next backup writes those again that the lab still has. ` +
          'See whether the disk is sound.',
      ]
}
