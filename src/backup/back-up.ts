/** The whole of a backup: the target is taken, what it holds is used, and it is given back. */
import type { Clock } from '../base/clock.ts'
import type { Settings } from '../settings/settings.ts'
import { accessOf } from '../storage/places/open-places.ts'
import { Backups, type Listed } from './backups.ts'
import { BackupStream } from './backup-stream.ts'
import { identifyLab, makeBackup, type MadeBackup } from './make-backup.ts'
import { openPlace, requireApart } from './open-place.ts'
import { toRemove, type Keep } from './schedule.ts'

export interface WholeBackup {
  readonly settings: Settings
  readonly clock: Clock
  readonly key: string | undefined
  readonly hasSecrets: boolean
  /** The place held backups before: when it holds none, its disk is not there. */
  readonly isKnown?: boolean
  /** Removes older backups, once this one is there; undefined: keeps all. */
  readonly keep?: Keep
}

/** @param path a folder, or `s3://BUCKET/PREFIX` @throws Fault what {@link Backups.claim} and {@link makeBackup} throw */
export async function backUp(path: string, { keep, isKnown = false, ...options }: WholeBackup): Promise<MadeBackup> {
  const lab = await identifyLab(options.settings)
  requireApart(path, options.settings)
  const backups = await Backups.claim(openPlace(path, accessOf(options.settings)), { lab: lab.id, key: options.key, isKnown })
  try {
    const newest = (await backups.list()).at(-1)
    const before = newest && (await backups.read(newest).catch(() => undefined))
    const made = withWarning(
      await makeBackup(backups, { ...options, before }),
      backups.whenGone !== undefined && lab.places.has(path)
        ? `${path} held backups of this lab before, and held none now: ${backups.whenGone}. This one is the first there.`
        : undefined,
    )
    if (keep === undefined) return made
    const { whole, partial } = await sortOut(backups)
    // None that lacks something takes the place of one that is whole; of those, the newest is of use until there is a whole one.
    const superseded = partial.filter(({ time }) => time < made.time)
    const removed = await backups.remove([...toRemove(whole, keep, made.time), ...superseded])
    const warning = `A manifest in ${path} can't be read, so that pieces that no backup needs were not removed: see "rhizo backup --list".`
    return withWarning(made, removed === undefined ? warning : undefined)
  } finally {
    await backups.close()
  }
}

/** Backups that lack what could not be read, apart from the others. */
async function sortOut(backups: Backups): Promise<{ whole: Listed[]; partial: Listed[] }> {
  const sorted: { whole: Listed[]; partial: Listed[] } = { whole: [], partial: [] }
  for (const listed of await backups.list()) {
    const head = await backups.readHead(listed).catch(() => undefined)
    sorted[head === undefined || head.unread === 0 ? 'whole' : 'partial'].push(listed)
  }
  return sorted
}

const withWarning = (made: MadeBackup, warning: string | undefined): MadeBackup =>
  warning === undefined ? made : { ...made, warnings: [...made.warnings, warning] }

/** @param write takes the stream; resolves when it takes more */
export async function backUpToStream(write: (bytes: Uint8Array) => Promise<void>, options: WholeBackup): Promise<MadeBackup> {
  const lab = await identifyLab(options.settings)
  return makeBackup(await BackupStream.begin(write, { lab: lab.id, key: options.key, now: options.clock.now() }), options)
}
