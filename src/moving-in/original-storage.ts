/** Where the original keeps what is too large for its database: a folder, or a bucket of an S3 server. */
import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { invalid } from '../base/fault.ts'
import { streamFile } from '../base/regular-files.ts'
import { loadSettings, resolveSettings } from '../settings/settings.ts'
import { placeOfBucket } from '../storage/places/open-places.ts'
import { S3Client } from '../storage/s3/s3-client.ts'
import { download } from '../storage/s3/s3-download.ts'
import { factsOf, listObjects } from '../storage/s3/s3-objects.ts'
import type { S3Place } from '../storage/s3/s3-place.ts'
import type { OriginalSettings } from './config-file.ts'

export interface OriginalStorage {
  /** @param path below the folder, or below the prefix in the bucket */
  has(path: string): Promise<boolean>
  /** @returns undefined when there is none */
  open(path: string): Promise<AsyncIterable<Uint8Array> | undefined>
}

export interface StorageOptions {
  /** A folder, or `s3://BUCKET` with a prefix or without; undefined: the bucket that the original's settings name, if they name one. */
  readonly storage: string | undefined
  /** The settings here, which say where the S3 server is, and have its keys unless the original's settings do. */
  readonly settingsFile: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

/**
 * @returns undefined where there is none
 * @throws Fault invalid when there is no such folder, or the bucket's keys are missing; busy when the bucket can't be read
 */
export async function openOriginalStorage(
  options: StorageOptions,
  config: OriginalSettings | undefined,
): Promise<OriginalStorage | undefined> {
  const named = options.storage ?? (config?.bucket === undefined ? undefined : `s3://${config.bucket.name}`)
  if (named === undefined) return undefined
  if (named.startsWith('s3://')) return openBucket(placeOf(named, options, config))
  if ((await stat(named).catch(() => undefined))?.isDirectory() !== true)
    throw invalid(
      `There is no folder ${named}. Give with --storage the folder that FILE_SYSTEM_STORAGE_PATH names, s3://BUCKET, or a copy of it.`,
    )
  return openFolder(named)
}

/** Where nothing is set yet, as in a trial: what every settings file has, for nobody to use. */
const NONE_YET = { SALT: 'no settings file yet', SECRET_KEY: 'no settings file yet' }

function openFolder(folder: string): OriginalStorage {
  const has = async (path: string): Promise<boolean> => (await stat(join(folder, path)).catch(() => undefined))?.isFile() === true
  return { has, open: async (path) => ((await has(path)) ? streamFile(join(folder, path)) : undefined) }
}

async function openBucket(place: S3Place): Promise<OriginalStorage> {
  const client = new S3Client(place)
  // Wrong keys are told now, rather than when the first large file is met; and without the right to list, what is missing is "forbidden".
  await listObjects(client, '').next()
  return {
    has: async (path) => (await factsOf(client, path)) !== undefined,
    open: (path) => download(client, path),
  }
}

function placeOf(url: string, { settingsFile: file, environment }: StorageOptions, config: OriginalSettings | undefined): S3Place {
  const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]+)(?:\/(.*?))?\/*$/.exec(url) ?? []
  if (bucket === '') throw invalid(`${url} names no bucket. Give it as s3://BUCKET, or s3://BUCKET/PREFIX.`)
  const here = existsSync(file) ? loadSettings(file, environment) : resolveSettings(NONE_YET, file, environment)
  const { accessKey = here.S3_ACCESS_KEY, secretKey = here.S3_SECRET_KEY } = config?.bucket ?? {}
  if (!accessKey || !secretKey)
    throw invalid(
      `The keys for ${url} are missing: name with --config the original's config.py that has S3_ACCESS_KEY and S3_SECRET_KEY, ` +
        `or set these two in ${file} (RHIZO_SERVER_S3_ACCESS_KEY and RHIZO_SERVER_S3_SECRET_KEY in the environment).`,
    )
  return placeOfBucket(bucket, { ...here, S3_ACCESS_KEY: accessKey, S3_SECRET_KEY: secretKey, S3_PREFIX: prefix })
}
