/** Small objects, lists and copies: what a storage does beside reading and writing pieces. */
import { isObject } from '../../base/json.ts'
import type { Micros } from '../../base/time.ts'
import type { S3Client } from './s3-client.ts'
import { joinPath } from './s3-keys.ts'
import { elementsOf, textOf } from '../../base/little-xml.ts'

const GIGABYTE = 1_073_741_824
/** S3 copies no more at once. */
const MOST_COPIED = 5 * GIGABYTE
/** How large the parts are in which more is copied. */
const COPIED_PART = GIGABYTE

export interface ListedObject {
  /** Below the prefix of the place. */
  readonly key: string
  readonly written: Micros
}

/** Objects whose keys begin with `folder`, below the place's prefix. */
export async function* listObjects(client: S3Client, folder: string): AsyncGenerator<ListedObject> {
  const { prefix } = client.place
  const start = prefix === '' ? '' : `${prefix}/`
  for (let token: string | undefined; ; ) {
    const { text } = await client.request({
      method: 'GET',
      query: { 'list-type': '2', prefix: `${start}${folder}`, ...(token === undefined ? {} : { 'continuation-token': token }) },
    })
    for (const element of elementsOf(text, 'Contents')) {
      const key = textOf(element, 'Key')
      if (key?.startsWith(start) === true) yield { key: key.slice(start.length), written: microsOf(textOf(element, 'LastModified')) ?? 0 }
    }
    token = textOf(text, 'NextContinuationToken')
    if (token === undefined || textOf(text, 'IsTruncated') !== 'true') return
  }
}

export interface OpenUpload {
  readonly key: string
  readonly id: string
  readonly begun: Micros
}

/** Uploads in parts that are not finished; none where the server doesn't tell. */
export async function listUploads(client: S3Client, folder: string): Promise<OpenUpload[]> {
  const { prefix } = client.place
  const start = prefix === '' ? '' : `${prefix}/`
  const found: OpenUpload[] = []
  for (let after: Record<string, string> = {}; ; ) {
    const { status, text } = await client.request({
      method: 'GET',
      query: { uploads: '', prefix: `${start}${folder}`, ...after },
      accept: [404, 405, 501],
    })
    if (status !== 200) return found
    for (const element of elementsOf(text, 'Upload')) {
      const [key, id] = [textOf(element, 'Key'), textOf(element, 'UploadId')]
      if (key?.startsWith(start) === true && id !== undefined)
        found.push({ key: key.slice(start.length), id, begun: microsOf(textOf(element, 'Initiated')) ?? 0 })
    }
    const [key, id] = [textOf(text, 'NextKeyMarker'), textOf(text, 'NextUploadIdMarker')]
    if (textOf(text, 'IsTruncated') !== 'true' || !key || !id) return found
    after = { 'key-marker': key, 'upload-id-marker': id }
  }
}

export interface ObjectFacts {
  readonly size: number
  readonly written: Micros
  /** When it was put aside, if it was. */
  readonly discarded: Micros | undefined
}

export async function factsOf(client: S3Client, key: string): Promise<ObjectFacts | undefined> {
  const { status, headers } = await client.request({ method: 'HEAD', key, accept: [404] })
  if (status === 404) return undefined
  const discarded = Number(headers.get('x-amz-meta-discarded') ?? Number.NaN)
  return {
    size: Number(headers.get('content-length')),
    written: microsOf(headers.get('last-modified')) ?? 0,
    discarded: Number.isFinite(discarded) ? discarded : undefined,
  }
}

/**
 * Moves an object to another key, within the server: the copy first, so that it is never in neither place.
 * @param meta what is said of it from now on
 * @returns whether there was one
 */
export async function moveObject(client: S3Client, from: string, to: string, meta: Readonly<Record<string, string>>): Promise<boolean> {
  const facts = await factsOf(client, from)
  if (!facts) return false
  const { bucket, prefix } = client.place
  const source = `/${joinPath(bucket, prefix, from).split('/').map(encodeURIComponent).join('/')}`
  const headers = Object.fromEntries(Object.entries(meta).map(([name, value]) => [`x-amz-meta-${name}`, value]))
  if (facts.size <= MOST_COPIED) {
    const { status } = await client.request({
      method: 'PUT',
      key: to,
      headers: { ...headers, 'x-amz-copy-source': source, 'x-amz-metadata-directive': 'REPLACE' },
      accept: [404],
    })
    if (status === 404) return false
  } else await copyInParts(client, { source, to, size: facts.size, headers })
  await removeObject(client, from)
  return true
}

async function copyInParts(
  client: S3Client,
  { source, to, size, headers }: { source: string; to: string; size: number; headers: Record<string, string> },
): Promise<void> {
  const begun = await client.request({ method: 'POST', key: to, query: { uploads: '' }, headers })
  const uploadId = textOf(begun.text, 'UploadId') ?? ''
  const parts: string[] = []
  for (let at = 0; at < size; at += COPIED_PART) {
    const { text } = await client.request({
      method: 'PUT',
      key: to,
      query: { partNumber: String(parts.length + 1), uploadId },
      headers: { 'x-amz-copy-source': source, 'x-amz-copy-source-range': `bytes=${at}-${Math.min(at + COPIED_PART, size) - 1}` },
    })
    parts.push(`<Part><PartNumber>${parts.length + 1}</PartNumber><ETag>${textOf(text, 'ETag') ?? ''}</ETag></Part>`)
  }
  await client.request({
    method: 'POST',
    key: to,
    query: { uploadId },
    body: Buffer.from(`<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`),
  })
}

export async function removeObject(client: S3Client, key: string): Promise<void> {
  await client.request({ method: 'DELETE', key, accept: [404] })
}

/** A small JSON object, with the server's time and when it was written there, in ms since 1970; undefined when there is none. */
export async function readJson(
  client: S3Client,
  key: string,
): Promise<{ content: Record<string, unknown>; written: number; now: number } | undefined> {
  const answer = await client.request({ method: 'GET', key, accept: [404] })
  if (answer.status === 404 || !answer.body) return undefined
  const chunks: Uint8Array[] = []
  for await (const chunk of answer.body as AsyncIterable<Uint8Array>) chunks.push(chunk)
  let content: unknown
  try {
    content = JSON.parse(Buffer.concat(chunks).toString())
  } catch {
    content = undefined
  }
  const time = (name: string): number => Date.parse(answer.headers.get(name) ?? '')
  return { content: isObject(content) ? content : {}, written: time('last-modified'), now: time('date') }
}

export async function writeJson(client: S3Client, key: string, content: object): Promise<void> {
  await client.request({
    method: 'PUT',
    key,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(`${JSON.stringify(content)}\n`),
  })
}

function microsOf(text: string | null | undefined): Micros | undefined {
  const time = Date.parse(text ?? '')
  return Number.isNaN(time) ? undefined : time * 1000
}
