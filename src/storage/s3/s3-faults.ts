/** Words for each way in which S3 can fail: what is wrong, and what to do. */
import { codeOf } from '../../base/disk-errors.ts'
import { Fault } from '../../base/fault.ts'
import { describePlace, type S3Place } from './s3-place.ts'
import { textOf } from '../../base/little-xml.ts'

/** What a server said instead of doing what it was asked. */
export interface Refusal {
  readonly status: number
  /** S3's own, such as NoSuchKey; empty where it said none, as in answers to HEAD. */
  readonly code: string
  readonly message: string
  /** Where the bucket is, when the server says so. */
  readonly region: string | undefined
  /** The server's time, in ms since 1970; NaN when it didn't say. */
  readonly time: number
}

/** @param body of the answer, at least its beginning */
export function readRefusal(status: number, headers: Headers, body: string): Refusal {
  return {
    status,
    code: textOf(body, 'Code') ?? '',
    message: textOf(body, 'Message') ?? '',
    region: headers.get('x-amz-bucket-region') ?? textOf(body, 'Region'),
    time: Date.parse(headers.get('date') ?? textOf(body, 'ServerTime') ?? ''),
  }
}

/** Whether asking once more may help. */
export const isPassing = ({ status, code }: Refusal): boolean =>
  status === 429 || status === 500 || status === 502 || status === 503 || status === 504 || PASSING.has(code)

const PASSING: ReadonlySet<string> = new Set([
  'SlowDown',
  'InternalError',
  'ServiceUnavailable',
  'RequestTimeout',
  'BadDigest',
  'XAmzContentSHA256Mismatch',
  'OperationAborted',
])

/** @param now ms since 1970, by this machine */
export function explainRefusal(place: S3Place, refusal: Refusal, now: number): Fault {
  const retryAfter = isPassing(refusal) ? 10 : 60
  return new Fault('busy', `The bucket ${describePlace(place)} ${tell(place, refusal, now)}`, { retryAfter })
}

function tell({ region, bucket, accessKey }: S3Place, refusal: Refusal, now: number): string {
  const { status, code, message } = refusal
  switch (code) {
    case 'InvalidAccessKeyId':
      return `can't be used: the server knows no access key ${accessKey}. See the setting S3_ACCESS_KEY.`
    case 'SignatureDoesNotMatch':
      return (
        "can't be used: the secret key is not the one of the access key. See the setting S3_SECRET_KEY; with a proxy in between, " +
        'also S3_ENDPOINT.'
      )
    case 'RequestTimeTooSkewed':
    case 'RequestExpired':
      return (
        `can't be used: this machine's clock differs from the S3 ` +
        `server's${Number.isNaN(refusal.time) ? '' : ` by ${skewOf(refusal.time, now)}`}, ` +
        'and a quarter of an hour is allowed. Set the clock, such as with "timedatectl set-ntp true".'
      )
    case 'NoSuchBucket':
      return `does not exist. Make the bucket ${bucket}, or see the settings S3_STORAGE_BUCKET and S3_ENDPOINT.`
    case 'AuthorizationHeaderMalformed':
    case 'PermanentRedirect':
    case 'TemporaryRedirect':
    case 'IllegalLocationConstraintException':
    case 'InvalidRegion':
      return elsewhere(region, refusal)
    case 'AccessDenied':
    case 'AllAccessDisabled':
    case 'AccountProblem':
      return denied(message)
    case 'QuotaExceeded':
    case 'XMinioStorageFull':
    case 'XMinioAdminBucketQuotaExceeded':
    case 'InsufficientStorage':
      return `is full (${message || code}). Free some space in it, or raise its quota.`
    case 'EntityTooLarge':
    case 'TooManyParts':
      return `takes no content as large as this (${message || code}). See the setting MAX_FILE_SIZE.`
    case 'BadDigest':
    case 'InvalidDigest':
    case 'XAmzContentSHA256Mismatch':
      return (
        'received other bytes than were sent, several times. Something on the way changes them: see the network, and ' +
        'proxies in between.'
      )
    case 'SlowDown':
    case 'ServiceUnavailable':
    case 'InternalError':
      return overloaded(status, code)
    default:
  }
  if (status === 301 || status === 302 || status === 307 || status === 308) return elsewhere(region, refusal)
  if (status === 401 || status === 403) return denied(message)
  if (status === 507) return 'is full. Free some space in it, or raise its quota.'
  if (isPassing(refusal)) return overloaded(status, code)
  const told = [code, message].filter((text) => text !== '').join(': ')
  return (
    `gave an answer that is not understood (status ${status}${told === '' ? '' : `, ${told}`}). Is S3_ENDPOINT the ` +
    `address of an S3 server?`
  )
}

const elsewhere = (region: string, refusal: Refusal): string =>
  refusal.region === undefined || refusal.region === region
    ? `is not at this address, or not in the region ${region}. See the settings S3_REGION and S3_ENDPOINT.`
    : `is in the region ${refusal.region}, and the setting S3_REGION says ${region}. Set S3_REGION to ${refusal.region}.`

const denied = (message: string): string =>
  `may not be used with this access key${message === '' ? '' : ` (${message.replace(/\.$/, '')})`}. Its policy must allow ` +
  `s3:GetObject, s3:PutObject, ` +
  's3:DeleteObject, s3:ListBucket, s3:AbortMultipartUpload and s3:ListBucketMultipartUploads.'

const overloaded = (status: number, code: string): string =>
  `can't answer now (status ${status}${code === '' ? '' : `, ${code}`}): its server is overloaded or has a fault. This is ` +
  `tried again by itself.`

function skewOf(theirs: number, ours: number): string {
  const minutes = Math.round(Math.abs(theirs - ours) / 60_000)
  return `${minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`}, it is ${ours > theirs ? 'ahead' : 'behind'}`
}

/** For what was thrown while a server was asked, or its answer read. */
export function explainFailure(place: S3Place, error: unknown): Fault {
  const { code, text } = reasonOf(error)
  return new Fault('busy', `The bucket ${describePlace(place)} ${tellFailure(code, text, place)}`, { cause: error, retryAfter: 10 })
}

function tellFailure(code: string, text: string, { endpoint }: S3Place): string {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return (
      `is out of reach: there is no address for ${new URL(endpoint).hostname} (${code}). See the network and its DNS, ` +
      `and the setting S3_ENDPOINT.`
    )
  if (code === 'ECONNREFUSED' || code === 'EHOSTUNREACH' || code === 'ENETUNREACH' || code === 'ENETDOWN')
    return `is out of reach (${code}). See that the network and the S3 server are up, and the setting S3_ENDPOINT.`
  if (/CERT|SIGNED|SELF_SIGNED|ISSUER|ALTNAME|EPROTO|SSL/.test(code))
    return (
      `is not trusted: its certificate can't be checked (${code}). For a certificate of your own authority start the server with ` +
      'NODE_EXTRA_CA_CERTS=FILE; and see that S3_ENDPOINT says http or https as the server does.'
    )
  if (code === 'ABORT_ERR' || code === 'TIMEOUT' || code === 'TimeoutError' || code.endsWith('TIMEOUT') || code === 'ETIMEDOUT')
    return 'gives no answer in time. See the network, and whether the S3 server is overloaded.'
  if (code === 'TRUNCATED') return 'ended its answer before it was complete, several times. See the network, and proxies in between.'
  return `is out of reach: the connection broke (${code || text}). See the network and the S3 server.`
}

/** The innermost reason that fetch gives. */
function reasonOf(error: unknown): { code: string; text: string } {
  let last: unknown = error
  for (let depth = 0; depth < 5 && last instanceof Error; depth++) {
    const inner: unknown = last instanceof AggregateError ? last.errors[0] : last.cause
    if (!(inner instanceof Error)) break
    last = inner
  }
  const own = last instanceof Error ? last : undefined
  const code = codeOf(last)
  return { code: code !== undefined && /^[A-Z]/.test(code) ? code : (own?.name ?? ''), text: own?.message ?? String(error) }
}
