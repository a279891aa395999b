/** A restore from where backups are kept: a folder, or a stream. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { BackupFolder } from './backup-folder.ts'
import { unpackStream } from './backup-stream.ts'
import { restore, type RestoreOptions, type RestoredLab } from './restore.ts'

type Keyed = RestoreOptions & { readonly key: string | undefined }

/** @throws Fault what {@link restore} throws */
export async function restoreFrom(path: string, { key, ...options }: Keyed): Promise<RestoredLab> {
  return restore(await BackupFolder.open(path, key), options)
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
