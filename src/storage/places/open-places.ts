/** Opens the places of large contents that the settings name: for the engine, and for commands that look at them one by one. */
import { join } from 'node:path'
import type { Kysely } from 'kysely'
import type { Log } from '../../base/log.ts'
import { DAY, type Micros } from '../../base/time.ts'
import type { Schema } from '../../database/schema.ts'
import type { Transact } from '../../database/transact.ts'
import type { Settings } from '../../settings/settings.ts'
import { FolderStorage } from '../files/folder-storage.ts'
import { RowStorage } from '../rows/row-storage.ts'
import { S3Client } from '../s3/s3-client.ts'
import type { S3Place } from '../s3/s3-place.ts'
import { S3Storage } from '../s3/s3-storage.ts'
import { PlacedStorage, type PlaceName, type Places } from './placed-storage.ts'

const MEGABYTE = 1_000_000
const RESTORED = 'content came back from the trash of bulk storage, as a record names it'

type PlaceSettings = Pick<
  Settings,
  | 'storageFolder'
  | 'BULK_STORAGE'
  | 'S3_STORAGE_BUCKET'
  | 'S3_ACCESS_KEY'
  | 'S3_SECRET_KEY'
  | 'S3_ENDPOINT'
  | 'S3_REGION'
  | 'S3_PATH_STYLE'
  | 'S3_PREFIX'
  | 'S3_WAITING'
  | 'S3_DELETE_AFTER'
  | 'CLUSTER'
>

export interface PlacesOptions {
  /** Undefined: what is in the database is not looked at. */
  readonly db: Kysely<Schema> | undefined
  /** Undefined: the database is only read. */
  readonly transact?: Transact | undefined
  readonly now: () => Micros
  readonly log: Log
}

/** Who opens buckets, and on which server. */
export type BucketAccess = Omit<S3Place, 'bucket' | 'prefix'>

type AccessSettings = Pick<Settings, 'S3_REGION'> & {
  readonly [K in 'S3_ACCESS_KEY' | 'S3_SECRET_KEY' | 'S3_ENDPOINT' | 'S3_PATH_STYLE']?: Settings[K] | undefined
}

/** Without keys they are empty texts. */
export function accessOf(settings: AccessSettings): BucketAccess {
  const { S3_ACCESS_KEY: accessKey = '', S3_SECRET_KEY: secretKey = '', S3_REGION: region } = settings
  const endpoint = (settings.S3_ENDPOINT ?? '').replace(/\/$/, '')
  return {
    accessKey,
    secretKey,
    region,
    endpoint: endpoint === '' ? `https://s3.${region}.amazonaws.com` : endpoint,
    isPathStyle: settings.S3_PATH_STYLE ?? endpoint !== '',
  }
}

/** Where the bucket is; undefined when the settings name none. */
export function bucketOf(settings: PlaceSettings): S3Place | undefined {
  const { S3_STORAGE_BUCKET: bucket = '' } = settings
  return bucket === '' ? undefined : placeOfBucket(bucket, settings)
}

/** Where a bucket of the S3 server is that the settings name. */
export const placeOfBucket = (bucket: string, settings: Omit<PlaceSettings, 'S3_STORAGE_BUCKET'>): S3Place => ({
  ...accessOf(settings),
  bucket,
  prefix: settings.S3_PREFIX,
})

/** Where new content goes. */
export const targetOf = (settings: PlaceSettings): PlaceName =>
  settings.BULK_STORAGE !== 'auto' ? settings.BULK_STORAGE : bucketOf(settings) ? 's3' : 'folder'

export function openPlaces(settings: PlaceSettings, { db, transact, now, log }: PlacesOptions): Places {
  const onRestored = (path: string): void => log.warn({ path }, RESTORED)
  const place = bucketOf(settings)
  return {
    folder: new FolderStorage(settings.storageFolder, onRestored),
    database: db && new RowStorage({ db, transact, now, onRestored }),
    bucket:
      place && new S3Storage(new S3Client(place), { keepRemoved: settings.S3_DELETE_AFTER * DAY, onRestored, isShared: settings.CLUSTER }),
    // Also when no more is to wait: what waits already is read and sent on.
    waiting: place && new FolderStorage(waitingFolder(settings.storageFolder), onRestored),
  }
}

export const waitingFolder = (storageFolder: string): string => join(storageFolder, 'waiting')

export function openStorage(settings: PlaceSettings, options: PlacesOptions): PlacedStorage {
  return new PlacedStorage({
    places: openPlaces(settings, options),
    target: targetOf(settings),
    mostWaiting: settings.S3_WAITING * MEGABYTE,
    now: options.now,
    log: options.log,
  })
}
