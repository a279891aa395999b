/** Where backups are, by the name that people give it: a folder, or `s3://BUCKET/PREFIX`. */
import { conflict, invalid } from '../base/fault.ts'
import { bucketOf, type BucketAccess } from '../storage/places/open-places.ts'
import { isBucket } from '../settings/backup-place.ts'
import type { Settings } from '../settings/settings.ts'
import { BucketPlace } from './bucket-place.ts'
import type { BackupPlace } from './backup-place.ts'
import { FolderPlace } from './folder-place.ts'

const ADDRESS = /^s3:\/\/([a-z0-9][a-z0-9._-]{1,253})(?:\/([\w.-]+(?:\/[\w.-]+)*))?\/?$/i

/** @param access who opens a bucket, and where; a folder needs none @throws Fault invalid for what is no such name, or without access */
export function openPlace(where: string, access: BucketAccess | undefined): BackupPlace {
  if (!isBucket(where)) return new FolderPlace(where)
  const [, bucket, prefix = ''] = ADDRESS.exec(where) ?? []
  if (bucket === undefined)
    throw invalid(`${where} names no part of a bucket: say s3://BUCKET/PREFIX, with letters, digits, ".", "-" and "_".`)
  if (!access?.accessKey || !access.secretKey)
    throw invalid(
      'Backups in a bucket need the settings S3_ACCESS_KEY and S3_SECRET_KEY, and S3_ENDPOINT where it is not AWS; for a restore ' +
        'without settings also as RHIZO_SERVER_S3_ACCESS_KEY and so on in the environment.',
    )
  return new BucketPlace(where, { ...access, bucket, prefix })
}

/** @throws Fault conflict when backups would lie among the lab's large files, which the server tidies */
export function requireApart(where: string, settings: Settings): void {
  const large = bucketOf(settings)
  const [, bucket, prefix = ''] = ADDRESS.exec(where) ?? []
  if (!large || bucket !== large.bucket) return
  const [ours, theirs] = [`${prefix}/`, `${large.prefix}/`]
  if (prefix === '' || large.prefix === '' || ours.startsWith(theirs) || theirs.startsWith(ours))
    throw conflict(
      `${where} is where the lab's large files are (S3_PREFIX ${large.prefix}), which the server tidies: name another part of the ` +
        'bucket, or better another bucket.',
    )
}
