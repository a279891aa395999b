/** A bucket of an S3 server for large files. */
import type { Setting } from './setting.ts'

const group = 'Large files in a bucket (S3)'

export const s3 = {
  S3_STORAGE_BUCKET: {
    group,
    kind: 'text',
    pattern: /^(?:|[a-z0-9][a-z0-9._-]{1,253})$/i,
    allowed: 'the name of a bucket',
    meaning:
      'A bucket of AWS, MinIO, Garage, Ceph, R2 or another S3 server, for large files instead of the storage folder: ' +
      'docs/storage.md. Not ' +
      'set: none.',
    example: 'greenhouse-files',
  },
  S3_ACCESS_KEY: { group, kind: 'text', meaning: 'The access key (its id) with which the server uses the bucket.' },
  S3_SECRET_KEY: { group, kind: 'secret', minimum: 0, meaning: 'The secret that belongs to the access key.' },
  S3_ENDPOINT: {
    group,
    kind: 'text',
    pattern: /^(?:|https?:\/\/[^/?#@\s]+\/?)$/,
    allowed: 'http://HOST:PORT or https://HOST, without a path',
    meaning: 'The address of the S3 server. Not set: AWS, in the region of S3_REGION.',
    example: 'https://minio.example.org:9000',
  },
  S3_REGION: {
    group,
    kind: 'text',
    pattern: /^[\w-]+$/,
    allowed: 'the name of a ' + 'region',
    default: 'us-east-1',
    meaning: 'The region of the bucket. R2 takes auto, Garage what its configuration says.',
  },
  S3_PATH_STYLE: {
    group,
    kind: 'flag',
    meaning:
      'Whether the bucket is in the path of addresses (https://HOST/BUCKET) rather than in the name of the host. ' +
      'Not set: with S3_ENDPOINT it is.',
  },
  S3_PREFIX: {
    group,
    kind: 'text',
    pattern: /^(?:[\w.-]+(?:\/[\w.-]+)*)?$/,
    allowed: 'letters, digits, ".", "-" and "_", with "/" in between',
    default: 'rhizo',
    meaning:
      'What the names of all objects of this lab begin with. Each lab in a bucket has its own: the bucket records ' +
      'which database it belongs to.',
  },
  S3_WAITING: {
    group,
    kind: 'number',
    minimum: 0,
    maximum: 100_000_000,
    unit: 'megabytes',
    default: 1_000,
    meaning:
      'While the bucket is out of reach so much waits in the storage folder and is sent on by itself; then uploads are refused. 0: ' +
      'nothing waits.',
  },
  S3_DELETE_AFTER: {
    group,
    kind: 'number',
    minimum: 0,
    maximum: 3_650,
    unit: 'days',
    default: 7,
    meaning:
      'For so long what was removed for good stays in the bucket, below removed/, from where it comes back when an ' +
      'older copy of the database names it. 0: it is removed at once.',
  },
  S3_DIRECT_DOWNLOADS: {
    group,
    kind: 'number',
    minimum: 0,
    maximum: 100_000_000,
    unit: 'megabytes',
    default: 0,
    meaning:
      'Downloads of files at least this large go straight from the bucket to the reader, by a link that works for 5 minutes; browsers ' +
      'and programs must reach S3_ENDPOINT. 0: all pass through this server.',
  },
} as const satisfies Record<string, Setting>
