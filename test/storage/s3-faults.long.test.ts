/** What goes wrong between a lab and its bucket: real servers, real sockets, and a proxy that breaks them. */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import test from 'node:test'
import type { BulkStorage } from '../../src/storage/bulk-storage.ts'
import { S3Client } from '../../src/storage/s3/s3-client.ts'
import type { S3Place } from '../../src/storage/s3/s3-place.ts'
import { S3Storage } from '../../src/storage/s3/s3-storage.ts'
import { startS3Proxy, type Trouble } from '../support/s3-proxy.ts'
import { IMPATIENT, impatientClient, noMoto, startMoto, startS3 } from '../support/s3-server.ts'

const PART = 100_000
const sha1 = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('hex')

async function readAll(storage: BulkStorage, path: string, range?: { start: number; end: number }): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of await storage.read(path, range)) chunks.push(Buffer.from(chunk as Uint8Array))
  return Buffer.concat(chunks)
}

/** In chunks of odd sizes, as networks give them. */
function* chunksOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0, size = 1; at < bytes.length; at += size, size = (size * 7) % 30_011) yield bytes.subarray(at, at + size)
}

/** Goes wrong for the first request of each kind that `isMeant` says. */
function once(trouble: Trouble, isMeant: (method: string, url: string) => boolean) {
  const seen = new Set<string>()
  return ({ method = '', url = '' }: { method?: string | undefined; url?: string | undefined }): Trouble | undefined => {
    const kind = `${method} ${url}`
    if (!isMeant(method, url) || seen.has(kind)) return undefined
    seen.add(kind)
    return trouble
  }
}

for (const trouble of ['cut', 'lost', 'busy'] as const)
  test(`large content goes in parts, and each is sent again when its request is ${trouble}`, async (t) => {
    const proxy = await startS3Proxy(t, await startS3(t))
    const storage = new S3Storage(impatientClient(proxy.place), { partBytes: PART })
    proxy.trouble = once(trouble, (method, url) => method === 'PUT' && url.includes('partNumber'))
    const bytes = randomBytes(3 * PART + 17)
    const { path, size, hash } = await storage.write(Readable.from(chunksOf(bytes)), 10 * PART)
    assert.deepEqual([size, hash], [bytes.length, sha1(bytes)])
    assert.equal(sha1(await readAll(storage, path)), hash)
    assert.equal(proxy.seen.filter((line) => /^PUT .*partNumber/.test(line)).length, 8)
    assert.deepEqual((await storage.survey()).pieces, [path])
  })

test('reading goes on where a connection broke, whole and in a range', async (t) => {
  const proxy = await startS3Proxy(t, await startS3(t))
  const storage = new S3Storage(impatientClient(proxy.place))
  const bytes = randomBytes(2_000_000)
  const { path } = await storage.write(Readable.from([bytes]), bytes.length)
  proxy.trouble = once('halves', (method) => method === 'GET')
  assert.equal(sha1(await readAll(storage, path)), sha1(bytes))
  proxy.trouble = once('halves', (method) => method === 'GET')
  assert.ok((await readAll(storage, path, { start: 1_000, end: 1_900_000 })).equals(bytes.subarray(1_000, 1_900_001)))
  assert.ok(proxy.seen.filter((line) => line.startsWith('GET')).length >= 4)
  // It breaks and never comes back: the reader hears of that, rather than of an end.
  let asked = 0
  proxy.trouble = () => (asked++ === 0 ? 'halves' : 'cut')
  await assert.rejects(readAll(storage, path), { code: 'busy', message: /before it was complete|connection broke/ })
})

test('an upload that can not be finished is told, and leaves nothing', { skip: noMoto }, async (t) => {
  const proxy = await startS3Proxy(t, await startMoto(t))
  const storage = new S3Storage(impatientClient(proxy.place), { partBytes: 5 * 1_048_576 })
  const bytes = randomBytes(11 * 1_048_576)
  proxy.trouble = ({ url }) => (url?.includes('partNumber=3') === true ? 'busy' : undefined)
  await assert.rejects(storage.write(Readable.from([bytes]), bytes.length), { code: 'busy', message: /overloaded/ })
  assert.deepEqual(await storage.survey(), { pieces: [], unfinished: [], discarded: [] })
  // The answer to the last request is lost: it was done all the same.
  proxy.trouble = once('lost', (method, url) => method === 'POST' && url.includes('uploadId'))
  const { path } = await storage.write(Readable.from([bytes]), bytes.length)
  assert.equal(sha1(await readAll(storage, path)), sha1(bytes))
  // Not even giving up gets through: housekeeping does it a day after the beginning, which Moto says was years ago.
  proxy.trouble = ({ method, url }) => (url?.includes('partNumber=2') === true || method === 'DELETE' ? 'cut' : undefined)
  await assert.rejects(storage.write(Readable.from([bytes]), bytes.length), { code: 'busy' })
  proxy.trouble = () => undefined
  const now = Date.now() * 1000
  assert.equal((await storage.survey()).unfinished.length, 1)
  assert.equal(await storage.tidy(now + 25 * 3_600_000_000), 1)
  assert.deepEqual(await storage.survey(), { pieces: [path], unfinished: [], discarded: [] })
})

test('what nobody names any more comes back for some days, then it is removed', async (t) => {
  const place = await startS3(t)
  const day = 86_400_000_000
  const storage = new S3Storage(impatientClient(place), { keepRemoved: 7 * day })
  const write = async (text: string): Promise<string> => (await storage.write(Readable.from([Buffer.from(text)]), 100)).path
  const [one, two] = [await write('one'), await write('two')]
  const now = Date.now() * 1000
  await storage.retire(one, now)
  await storage.retire(two, now)
  assert.equal(await storage.sizeOf(one), undefined)
  assert.equal(await storage.tidy(now + 6 * day), 0)
  assert.equal((await readAll(storage, one)).toString(), 'one')
  assert.equal(await storage.tidy(now + 8 * day), 1)
  await assert.rejects(readAll(storage, two), { code: 'not_found' })
  assert.deepEqual(await storage.survey(), { pieces: [one], unfinished: [], discarded: [] })
  const atOnce = new S3Storage(impatientClient(place))
  await atOnce.retire(one, now)
  assert.deepEqual(await atOnce.survey(), { pieces: [], unfinished: [], discarded: [] })
})

test('each way to fail says what to do', async (t) => {
  const place = await startS3(t)
  const proxy = await startS3Proxy(t, place)
  const messageOf = async (wrong: Partial<S3Place>): Promise<string> => {
    const storage = new S3Storage(new S3Client({ ...proxy.place, ...wrong }, { ...IMPATIENT, answerMs: 300 }))
    const error: unknown = await storage.probe().then(
      () => 'it worked',
      (thrown: unknown) => thrown,
    )
    assert.ok(error instanceof Error && 'code' in error && error.code === 'busy', String(error))
    assert.ok(error.message.includes('S3RVER') === false || 'accessKey' in wrong || error.message.includes('access key'))
    return error.message
  }
  assert.match(await messageOf({ accessKey: 'nobody' }), /knows no access key nobody.*S3_ACCESS_KEY/)
  assert.match(await messageOf({ secretKey: 'wrong' }), /secret key is not the one.*S3_SECRET_KEY/)
  assert.ok(!(await messageOf({ secretKey: 'wrong' })).includes('"wrong"'))
  assert.match(await messageOf({ bucket: 'elsewhere' }), /does not exist.*S3_STORAGE_BUCKET/)
  assert.match(await messageOf({ endpoint: 'http://127.0.0.1:9' }), /out of reach|connection broke/)
  assert.match(await messageOf({ endpoint: 'http://s3.invalid' }), /no address for s3\.invalid/)
  assert.match(await messageOf({ endpoint: proxy.place.endpoint.replace('http:', 'https:') }), /certificate|connection broke/)
  for (const [trouble, message] of [
    ['busy', /503, SlowDown.*overloaded/],
    ['cut', /connection broke/],
    ['silent', /no answer in time/],
  ] as const) {
    proxy.trouble = () => trouble
    assert.match(await messageOf({}), message)
  }
})

test('answers of other servers than the tests have are understood', async (t) => {
  const { createServer } = await import('node:http')
  let answer: { status: number; headers?: Record<string, string>; code?: string } = { status: 500 }
  const server = createServer((incoming, outgoing) => {
    incoming.resume()
    outgoing.writeHead(answer.status, answer.headers ?? {})
    outgoing.end(answer.code === undefined ? '' : `<Error><Code>${answer.code}</Code><Message>Why &amp; how.</Message></Error>`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  const storage = new S3Storage(
    impatientClient({
      endpoint: `http://127.0.0.1:${address.port}`,
      region: 'eu-west-1',
      bucket: 'b',
      accessKey: 'a',
      secretKey: 's',
      isPathStyle: true,
      prefix: '',
    }),
  )
  for (const [given, message] of [
    [
      { status: 301, headers: { 'x-amz-bucket-region': 'eu-north-1' }, code: 'PermanentRedirect' },
      /in the region eu-north-1.*S3_REGION says eu-west-1/,
    ],
    [{ status: 400, code: 'AuthorizationHeaderMalformed' }, /not in the region eu-west-1/],
    [
      { status: 403, headers: { date: new Date(Date.now() - 3 * 3_600_000).toUTCString() }, code: 'RequestTimeTooSkewed' },
      /clock differs.*by 3 hours, it is ahead.*Set the clock/,
    ],
    [{ status: 403, code: 'AccessDenied' }, /may not be used.*Why & how.*s3:PutObject/],
    [{ status: 403 }, /may not be used/],
    [{ status: 507, code: 'XMinioStorageFull' }, /is full/],
    [{ status: 400, code: 'Strange' }, /not understood \(status 400, Strange: Why & how\.\)/],
  ] as const) {
    answer = given
    await assert.rejects(storage.probe(), { code: 'busy', message })
  }
  // A server that has begun to answer what takes long can tell only in the text that it failed.
  answer = { status: 200, code: 'InternalError' }
  await assert.rejects(storage.write(Readable.from([Buffer.from('content')]), 100), { code: 'busy', message: /InternalError/ })
})

test('two labs share a bucket by prefix, and none takes what is the other one’s', async (t) => {
  const place = await startS3(t)
  const [a, b] = [new S3Storage(impatientClient({ ...place, prefix: 'a' })), new S3Storage(impatientClient({ ...place, prefix: 'b' }))]
  await a.claim({ lab: 'lab-a', database: 'a.db' })
  await b.claim({ lab: 'lab-b', database: 'b.db' })
  const { path } = await a.write(Readable.from([Buffer.from('of a')]), 100)
  assert.deepEqual((await b.survey()).pieces, [])
  await assert.rejects(readAll(b, path), { code: 'not_found' })
  await a.release()
  await assert.rejects(new S3Storage(impatientClient({ ...place, prefix: 'a' })).claim({ lab: 'lab-b', database: 'b.db' }), {
    code: 'conflict',
    message: /S3_PREFIX/,
  })
  await b.release()
})
