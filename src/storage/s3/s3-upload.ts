/** Sends content to a bucket with bounded memory: in one request, or in parts when it is large. */
import { createHash, type Hash } from 'node:crypto'
import { Fault } from '../../base/fault.ts'
import { tooLarge } from '../pieces.ts'
import type { S3Answer, S3Client } from './s3-client.ts'
import { describePlace } from './s3-place.ts'
import { escapeXml, textOf } from '../../base/little-xml.ts'

const MEGABYTE = 1_048_576
/** S3 takes no smaller ones, except the last, and no more than so many. */
const LEAST_PART = 8 * MEGABYTE
const MOST_PARTS = 10_000
const LARGEST_PART = 256 * MEGABYTE

/** Bytes of a part, so that content of this size fits. */
export const partBytes = (limit: number): number =>
  Math.min(LARGEST_PART, Math.max(LEAST_PART, Math.ceil(limit / MOST_PARTS / MEGABYTE) * MEGABYTE))

export interface Uploaded {
  readonly size: number
  /** SHA-1, hex. */
  readonly hash: string
}

/**
 * Stores a stream under a key. The server checks each request by its MD5 and SHA-256; what it says of the whole is compared, too.
 * @param largest bytes of a part; what is shorter goes in one request
 * @throws Fault too_large past the limit, busy when the server fails; whatever the stream throws. Nothing is stored then.
 */
export async function upload(
  client: S3Client,
  key: string,
  content: AsyncIterable<Uint8Array>,
  { limit, largest = partBytes(limit) }: { limit: number; largest?: number },
): Promise<Uploaded> {
  const hash = createHash('sha1')
  let size = 0
  let parts: PartsUpload | undefined
  try {
    for await (const part of partsOf(counted(content, hash, limit), largest)) {
      const isWhole = part.isLast && !parts
      size += part.bytes.length
      if (isWhole) await putWhole(client, key, part.bytes)
      else {
        parts ??= await PartsUpload.begin(client, key)
        await parts.add(part.bytes)
      }
    }
    if (parts) await parts.finish(size)
    return { size, hash: hash.digest('hex') }
  } catch (error) {
    // What can't be given up now is found by housekeeping; what went wrong first is what matters.
    await parts?.giveUp().catch(() => {})
    throw error
  }
}

async function* counted(content: AsyncIterable<Uint8Array>, hash: Hash, limit: number): AsyncGenerator<Uint8Array> {
  let size = 0
  for await (const chunk of content) {
    size += chunk.length
    if (size > limit) throw tooLarge(limit)
    hash.update(chunk)
    yield chunk
  }
}

/** Cuts a stream into parts of one size; there is always a last one, which may be empty. */
async function* partsOf(content: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<{ bytes: Uint8Array; isLast: boolean }> {
  let waiting: Uint8Array[] = []
  let length = 0
  for await (const chunk of content) {
    for (let at = 0; at < chunk.length; ) {
      // A full part goes out when more comes: the last one is known to be the last.
      if (length === most) {
        yield { bytes: Buffer.concat(waiting), isLast: false }
        waiting = []
        length = 0
      }
      const piece = chunk.subarray(at, at + most - length)
      waiting.push(piece)
      length += piece.length
      at += piece.length
    }
  }
  yield { bytes: Buffer.concat(waiting), isLast: true }
}

async function putWhole(client: S3Client, key: string, bytes: Uint8Array): Promise<void> {
  const answer = await client.request({ method: 'PUT', key, body: bytes })
  requireEtag(client, answer, createHash('md5').update(bytes).digest('hex'))
}

/** An ETag is the MD5, unless the server encrypts by a key of its own. */
function requireEtag(client: S3Client, { headers, text }: S3Answer, md5: string): void {
  const etag = (headers.get('etag') ?? textOf(text, 'ETag') ?? '').replaceAll('"', '').toLowerCase()
  if (headers.has('x-amz-server-side-encryption') || headers.has('x-amz-server-side-encryption-customer-algorithm')) return
  if (etag.length !== md5.length || !/^[0-9a-f]{32}(?:-\d+)?$/.test(etag) || etag === md5) return
  throw new Fault(
    'busy',
    `The bucket ${describePlace(client.place)} stored other bytes than were sent: its MD5 is another one. Try again.`,
    {
      retryAfter: 10,
    },
  )
}

class PartsUpload {
  readonly #client: S3Client
  readonly #key: string
  readonly #id: string
  readonly #etags: string[] = []
  readonly #sums: Buffer[] = []
  #isEncrypted = false

  private constructor(client: S3Client, key: string, id: string) {
    this.#client = client
    this.#key = key
    this.#id = id
  }

  static async begin(client: S3Client, key: string): Promise<PartsUpload> {
    const { text } = await client.request({ method: 'POST', key, query: { uploads: '' } })
    const id = textOf(text, 'UploadId')
    if (id === undefined)
      throw new Fault('busy', `The bucket ${describePlace(client.place)} takes no content in parts. Is S3_ENDPOINT an S3 server?`)
    return new PartsUpload(client, key, id)
  }

  async add(bytes: Uint8Array): Promise<void> {
    const number = this.#etags.length + 1
    const answer = await this.#client.request({
      method: 'PUT',
      key: this.#key,
      query: { partNumber: String(number), uploadId: this.#id },
      body: bytes,
    })
    const sum = createHash('md5').update(bytes).digest()
    requireEtag(this.#client, answer, sum.toString('hex'))
    this.#isEncrypted ||= answer.headers.has('x-amz-server-side-encryption')
    this.#sums.push(sum)
    this.#etags.push(answer.headers.get('etag') ?? `"${sum.toString('hex')}"`)
  }

  /** @param size of all parts, in bytes */
  async finish(size: number): Promise<void> {
    const parts = this.#etags.map((etag, at) => `<Part><PartNumber>${at + 1}</PartNumber><ETag>${escapeXml(etag)}</ETag></Part>`)
    let failure: Fault | undefined
    const answer = await this.#client
      .request({
        method: 'POST',
        key: this.#key,
        query: { uploadId: this.#id },
        headers: { 'content-type': 'application/xml' },
        body: Buffer.from(`<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`),
        accept: [404],
      })
      .catch((error: unknown) => {
        failure = this.#client.explain(error)
      })
    // An answer that was lost leaves it open whether it was done: a server that did it knows no such upload when asked again.
    const head = await this.#client.request({ method: 'HEAD', key: this.#key, accept: [404] })
    const stored = head.status === 404 ? undefined : Number(head.headers.get('content-length'))
    if (stored !== size && failure) throw failure
    if (stored !== size)
      throw new Fault(
        'busy',
        `The bucket ${describePlace(this.#client.place)} put the parts of a large file together wrongly: ` +
          `${stored === undefined ? 'nothing was stored' : `${stored} bytes were stored, and ${size} sent`}. Try again.`,
        { retryAfter: 10 },
      )
    if (this.#isEncrypted || answer?.status !== 200) return
    const sum = createHash('md5').update(Buffer.concat(this.#sums)).digest('hex')
    requireEtag(this.#client, head, `${sum}-${this.#etags.length}`)
  }

  /** Gives the space of the parts back. Servers that can't be asked for it do so by rules of their buckets. */
  async giveUp(): Promise<void> {
    await abortUpload(this.#client, this.#key, this.#id)
  }
}

export async function abortUpload(client: S3Client, key: string, id: string): Promise<void> {
  await client.request({ method: 'DELETE', key, query: { uploadId: id }, accept: [404, 405, 501] })
}
