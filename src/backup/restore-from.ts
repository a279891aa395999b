/** A restore from where backups are kept: a folder, a bucket, or a stream. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { BucketAccess } from '../storage/places/open-places.ts'
import { Backups } from './backups.ts'
import { unpackStream } from './backup-stream.ts'
import { openPlace } from './open-place.ts'
import { restore, type RestoreOptions, type RestoredLab } from './restore.ts'

type Keyed = RestoreOptions & {
  readonly key: string | undefined
  /** For a bucket. */
  readonly access?: BucketAccess | undefined
}

/** @throws Fault what {@link restore} throws */
export async function restoreFrom(path: string, { key, access, ...options }: Keyed): Promise<RestoredLab> {
  return restore(await Backups.open(openPlace(path, access), key), options)
}

/**
 * Unpacks the stream beside the lab first, as its manifest comes last.
 * @throws Fault invalid for one that is cut; what {@link restore} throws
 */
export async function restoreStream(stream: AsyncIterable<Uint8Array>, options: Keyed): Promise<RestoredLab> {
  const place = dirname(options.settingsFile)
  await mkdir(place, { recursive: true, mode: 0o700 })
  const scratch = await mkdtemp(join(place, '.restoring-'))
  try {
    await unpackStream(stream, scratch)
    return await restoreFrom(scratch, options)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}
