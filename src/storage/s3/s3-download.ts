/** Reads an object as a stream that goes on where a connection broke. */
import { Readable } from 'node:stream'
import { Fault } from '../../base/fault.ts'
import type { S3Answer, S3Client } from './s3-client.ts'

export interface Range {
  /** First and last byte, both inclusive. */
  readonly start: number
  readonly end: number
}

/** An answer that ended too early. */
const truncated = (): Error => Object.assign(new Error('the answer was cut short'), { code: 'TRUNCATED' })

/**
 * Begins to read an object.
 * @returns undefined when there is none; the stream fails with Fault busy when it can't go on, or the object changed meanwhile
 */
export async function download(client: S3Client, key: string, range?: Range): Promise<Readable | undefined> {
  const abort = new AbortController()
  const begin = (start: number, etag?: string): Promise<S3Answer> =>
    client.request({
      method: 'GET',
      key,
      signal: abort.signal,
      accept: etag === undefined ? [404, 416] : [404],
      headers: {
        ...(range || start > 0 ? { range: `bytes=${start}-${range ? range.end : ''}` } : {}),
        ...(etag === undefined ? {} : { 'if-match': etag }),
      },
    })
  const first = await begin(range?.start ?? 0)
  if (first.status === 404) return undefined
  const length = Number(first.headers.get('content-length') ?? Number.NaN)
  if (first.status === 416 || !first.body) return Readable.from([])
  const stream = Readable.from(readOn(client, first, { first: range?.start ?? 0, length, begin }), {
    objectMode: false,
    highWaterMark: 256 * 1024,
  })
  // Whoever waits for a stalled server would wait with it.
  stream.once('close', () => abort.abort())
  return stream
}

async function* readOn(
  client: S3Client,
  answer: S3Answer,
  { first, length, begin }: { first: number; length: number; begin: (start: number, etag?: string) => Promise<S3Answer> },
): AsyncGenerator<Uint8Array> {
  const etag = answer.headers.get('etag') ?? undefined
  let done = 0
  let current = answer
  for (let failures = 0; ; ) {
    try {
      for await (const chunk of inTime(current.body, client.patience.answerMs)) {
        done += chunk.length
        failures = 0
        yield chunk
      }
      if (Number.isNaN(length) || done >= length) return
      throw truncated()
    } catch (error) {
      failures++
      if (error instanceof Fault || failures >= client.patience.attempts) throw client.explain(error)
    }
    current = await begin(first + done, etag)
    if (current.status === 404 || !current.body)
      throw new Fault('busy', 'The content was removed from the bucket while it was read. Try again.', { retryAfter: 1 })
  }
}

/** @throws Error when nothing comes for so many ms */
async function* inTime(body: ReadableStream<Uint8Array> | undefined, ms: number): AsyncGenerator<Uint8Array> {
  const reader = body?.getReader()
  if (!reader) return
  try {
    for (;;) {
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new DOMException('no answer', 'TimeoutError')), ms)
      })
      const next = await Promise.race([reader.read(), late]).finally(() => clearTimeout(timer))
      if (next.done) return
      if (next.value.length > 0) yield next.value
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}
