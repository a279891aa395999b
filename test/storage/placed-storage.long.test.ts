/** Contents in several places at once, and uploads that wait for a bucket. */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import test, { type TestContext } from 'node:test'
import { silentLog } from '../../src/base/log.ts'
import type { BulkStorage } from '../../src/storage/bulk-storage.ts'
import { FolderStorage } from '../../src/storage/files/folder-storage.ts'
import { PlacedStorage, type PlaceName } from '../../src/storage/places/placed-storage.ts'
import type { S3Place } from '../../src/storage/s3/s3-place.ts'
import { S3Storage } from '../../src/storage/s3/s3-storage.ts'
import { testBulkStorage } from '../support/bulk-storage-conformance.ts'
import { makeFolder } from '../support/outgoing-records.ts'
import { startS3Proxy } from '../support/s3-proxy.ts'
import { impatientClient, startS3 } from '../support/s3-server.ts'

const OWNER = { lab: 'lab-1', database: 'a.db' }
const sha1 = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('hex')

function openPlaced(folder: string, place: S3Place, target: PlaceName, mostWaiting = 50_000_000): PlacedStorage {
  const places = {
    folder: new FolderStorage(folder),
    database: undefined,
    bucket: new S3Storage(impatientClient(place), { partBytes: 1_000_000 }),
    waiting: new FolderStorage(join(folder, 'waiting')),
  }
  return new PlacedStorage({ places, target, mostWaiting, now: () => Date.now() * 1000, log: silentLog })
}

for (const target of ['s3', 'folder'] as const)
  testBulkStorage(`with a folder and a bucket, new content to ${target}`, async (t) => {
    const [folder, place] = [await makeFolder(t), await startS3(t)]
    return { open: () => openPlaced(folder, place, target) }
  })

async function readAll(storage: BulkStorage, path: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of await storage.read(path)) chunks.push(Buffer.from(chunk as Uint8Array))
  return Buffer.concat(chunks)
}

async function startOutage(t: TestContext) {
  const folder = await makeFolder(t)
  const place = await startS3(t)
  const proxy = await startS3Proxy(t, place)
  return { folder, proxy, bucket: new S3Storage(impatientClient(place)) }
}

test('uploads wait while the bucket is out of reach, over restarts, and are sent on when it is back', async (t) => {
  const { folder, proxy, bucket } = await startOutage(t)
  const isStopped = (): boolean => false
  const first = openPlaced(folder, proxy.place, 's3')
  await first.claim(OWNER)
  // The lock is given back at the end, as by a daemon that is restarted; of one that crashed the next one sees that it is gone.
  proxy.trouble = ({ url }) => (url?.includes('lock.json') === true ? undefined : 'cut')
  const [small, large] = [randomBytes(1_000), randomBytes(9_500_000)]
  const one = await first.write(Readable.from([small]), 1e8)
  assert.match(first.waiting()?.problem ?? '', /connection broke/)
  // Known to be out of reach: nothing is asked of it.
  const asked = proxy.seen.length
  const two = await first.write(Readable.from([large.subarray(0, 4_000_000), large.subarray(4_000_000)]), 1e8)
  assert.equal(proxy.seen.length, asked)
  assert.deepEqual([two.size, two.hash], [large.length, sha1(large)])
  assert.deepEqual([first.waiting()?.pieces, first.waiting()?.bytes], [2, 9_501_000])
  await first.probe()
  assert.ok((await readAll(first, one.path)).equals(small))
  await first.release()

  // A start without the bucket: the lab works, and claims it later.
  const second = openPlaced(folder, proxy.place, 's3')
  await second.claim(OWNER)
  assert.deepEqual([second.waiting()?.pieces, second.waiting()?.bytes], [2, 9_501_000])
  assert.equal(await second.catchUp(isStopped), 0)
  assert.ok((await readAll(second, two.path)).equals(large))
  proxy.trouble = () => undefined
  assert.equal(await second.catchUp(isStopped), 2)
  const { pieces, bytes, problem } = second.waiting() ?? {}
  assert.deepEqual([pieces, bytes, problem], [0, 0, undefined])
  assert.deepEqual((await bucket.survey()).pieces.sort(), [one.path, two.path].sort())
  assert.ok((await readAll(second, two.path)).equals(large))
  assert.deepEqual(await bucket.owner(), OWNER)
  await second.release()
})

test('a bucket that breaks in the middle of a large upload loses none of it', async (t) => {
  const { folder, proxy, bucket } = await startOutage(t)
  const storage = openPlaced(folder, proxy.place, 's3')
  proxy.trouble = ({ url }) => (url?.includes('partNumber=5') === true ? 'cut' : undefined)
  const bytes = randomBytes(8_000_000)
  const chunks = Array.from({ length: 80 }, (_, at) => bytes.subarray(at * 100_000, (at + 1) * 100_000))
  const stored = await storage.write(Readable.from(chunks), 1e8)
  assert.deepEqual([stored.size, stored.hash], [bytes.length, sha1(bytes)])
  assert.equal(storage.waiting()?.pieces, 1)
  proxy.trouble = () => undefined
  assert.equal(await storage.catchUp(() => false), 1)
  assert.ok((await readAll(bucket, stored.path)).equals(bytes))
  // Without trouble nothing is left in the folder.
  await storage.write(Readable.from(chunks), 1e8)
  assert.deepEqual(await new FolderStorage(join(folder, 'waiting')).survey(), { pieces: [], unfinished: [], discarded: [] })
})

test('no more waits than the setting says', async (t) => {
  const { folder, proxy } = await startOutage(t)
  proxy.trouble = () => 'busy'
  const storage = openPlaced(folder, proxy.place, 's3', 2_000)
  await storage.write(Readable.from([randomBytes(1_500)]), 1e8)
  await assert.rejects(storage.write(Readable.from([randomBytes(1_500)]), 1e8), { code: 'busy', message: /overloaded.*S3_WAITING/ })
  await storage.write(Readable.from([randomBytes(500)]), 1e8)
  await assert.rejects(storage.probe(), { code: 'busy' })
  const none = openPlaced(await makeFolder(t), proxy.place, 's3', 0)
  await assert.rejects(none.write(Readable.from([randomBytes(5)]), 1e8), { code: 'busy', message: /overloaded/ })
})

test('what waits and is deleted is not sent, and content of both places is found', async (t) => {
  const { folder, proxy, bucket } = await startOutage(t)
  const storage = openPlaced(folder, proxy.place, 's3')
  const local = await new FolderStorage(folder).write(Readable.from([Buffer.from('old')]), 10)
  const remote = await storage.write(Readable.from([Buffer.from('new')]), 10)
  proxy.trouble = () => 'cut'
  const waiting = await storage.write(Readable.from([Buffer.from('gone')]), 10)
  assert.equal((await readAll(storage, local.path)).toString(), 'old')
  proxy.trouble = () => undefined
  assert.equal((await readAll(storage, remote.path)).toString(), 'new')
  await storage.delete(waiting.path)
  assert.equal(await storage.catchUp(() => false), 0)
  assert.deepEqual((await bucket.survey()).pieces, [remote.path])
  assert.deepEqual((await storage.survey()).pieces.sort(), [local.path, remote.path].sort())
})

test('a bucket that is new, as by a mistyped prefix, gets nothing while the lab names files: they wait for the right one', async (t) => {
  const [folder, place] = [await makeFolder(t), await startS3(t)]
  const [right, wrong] = [
    { ...place, prefix: 'lab' },
    { ...place, prefix: 'lap' },
  ]
  const first = openPlaced(folder, right, 's3')
  await first.claim(OWNER)
  const old = await first.write(Readable.from([Buffer.from('old')]), 10)
  await first.release()
  const named = async (): Promise<string[]> => Promise.resolve([old.path])

  const mistaken = openPlaced(folder, wrong, 's3')
  await mistaken.claim(OWNER, named)
  assert.match(mistaken.waiting()?.problem ?? '', /lap .*is new, though the lab has files in a bucket.*S3_PREFIX/)
  const later = await mistaken.write(Readable.from([Buffer.from('new')]), 10)
  assert.equal(await mistaken.catchUp(() => false), 0)
  await mistaken.release()
  assert.deepEqual((await new S3Storage(impatientClient(wrong)).survey()).pieces, [])

  const again = openPlaced(folder, right, 's3')
  await again.claim(OWNER, named)
  assert.equal(await again.catchUp(() => false), 1)
  assert.equal((await readAll(again, later.path)).toString(), 'new')
  await again.release()

  // What is in the folder needs no bucket.
  const local = await new FolderStorage(folder).write(Readable.from([Buffer.from('local')]), 10)
  const moving = openPlaced(folder, { ...place, prefix: 'third' }, 's3')
  await moving.claim(OWNER, async () => Promise.resolve([local.path]))
  assert.equal(moving.waiting()?.problem, undefined)
  await moving.release()
  // An admin's word takes it as it is.
  const adopted = openPlaced(folder, wrong, 's3')
  await adopted.claim(OWNER)
  assert.equal(adopted.waiting()?.problem, undefined)
  await adopted.release()
})
