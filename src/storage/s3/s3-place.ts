/** Where a bucket is, and who asks it. */
import { joinPath } from './s3-keys.ts'

export interface S3Place {
  /** Such as `https://s3.eu-central-1.amazonaws.com`, without a path. */
  readonly endpoint: string
  readonly region: string
  readonly bucket: string
  readonly accessKey: string
  readonly secretKey: string
  /** The bucket is in the path of addresses, rather than in their host name. */
  readonly isPathStyle: boolean
  /** What the names of all objects of this lab begin with; may be empty. */
  readonly prefix: string
}

/** For messages: `s3://BUCKET/PREFIX at HOST`. */
export const describePlace = ({ bucket, prefix, endpoint }: S3Place): string =>
  `s3://${joinPath(bucket, prefix)} at ${new URL(endpoint).host}`

/** The address of an object, or of the bucket itself when `key` is empty. */
export function addressOf({ endpoint, bucket, isPathStyle }: S3Place, key: string, query: Readonly<Record<string, string>>): URL {
  const url = new URL(endpoint)
  if (!isPathStyle) url.hostname = `${bucket}.${url.hostname}`
  url.pathname = `/${isPathStyle ? joinPath(bucket, key) : key}`
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  return url
}
