/** What every bulk storage must do, wherever it keeps its pieces. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import test, { type TestContext } from 'node:test'
import type { BulkStorage } from '../../src/storage/bulk-storage.ts'

const DAY = 86_400_000_000
const NONE = { code: 'not_found' }

async function readAll(storage: BulkStorage, path: string, range?: { start: number; end: number }): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of await storage.read(path, range)) chunks.push(Buffer.from(chunk as Uint8Array))
  return Buffer.concat(chunks).toString()
}

const store = async (storage: BulkStorage, text: string): Promise<string> =>
  (await storage.write(Readable.from([Buffer.from(text)]), 1_000)).path

/** @param open opens a storage on what was there before; the first time on nothing */
export function testBulkStorage(
  name: string,
  makePlace: (t: TestContext) => Promise<{ open(): BulkStorage }>,
  /** ownsNothing: what holds the storage has an owner and a lock of its own. */
  { skip = false, ownsNothing = false }: { skip?: string | false; ownsNothing?: boolean } = {},
): void {
  const options = { skip }
  test(`what is written is read back, whole and in part, also after another start, ${name}`, options, async (t) => {
    const place = await makePlace(t)
    const storage = place.open()
    assert.deepEqual(await storage.survey(), { pieces: [], unfinished: [], discarded: [] })
    const bytes = Buffer.from('0123456789')
    const before = Date.now() * 1000 - 2_000_000
    const { path, size, hash } = await storage.write(Readable.from([bytes.subarray(0, 3), bytes.subarray(3)]), 10)
    assert.deepEqual([size, hash], [10, createHash('sha1').update(bytes).digest('hex')])
    const empty = await store(storage, '')
    assert.notEqual(path, empty)
    const again = place.open()
    assert.equal(await readAll(again, path), '0123456789')
    assert.equal(await readAll(again, path, { start: 3, end: 5 }), '345')
    assert.equal(await readAll(again, empty), '')
    assert.deepEqual([await again.sizeOf(path), await again.sizeOf(empty)], [10, 0])
    const time = await again.writtenAt(path)
    assert.ok(time !== undefined && time >= before && time <= Date.now() * 1000 + 2_000_000)
    assert.deepEqual((await again.survey()).pieces.sort(), [path, empty].sort())
    await again.delete(path)
    await again.delete(path)
    await assert.rejects(again.read(path), NONE)
    assert.deepEqual(
      [await again.sizeOf(path), await again.writtenAt(path), await again.discardedAt(path)],
      [undefined, undefined, undefined],
    )
    assert.deepEqual((await again.survey()).pieces, [empty])
  })

  test(`a write that fails or is too large leaves nothing, ${name}`, options, async (t) => {
    const storage = (await makePlace(t)).open()
    await assert.rejects(storage.write(Readable.from([Buffer.alloc(6), Buffer.alloc(5)]), 10), { code: 'too_large' })
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(5)
      throw new Error('the line broke')
    }
    await assert.rejects(storage.write(broken(), 10), /^Error: the line broke$/)
    assert.deepEqual(await storage.survey(), { pieces: [], unfinished: [], discarded: [] })
  })

  test(`a write under way is not finished, and not read, ${name}`, options, async (t) => {
    const storage = (await makePlace(t)).open()
    let goOn = (): void => {}
    const waiting = new Promise<void>((resolve) => (goOn = resolve))
    let isBegun = (): void => {}
    const begun = new Promise<void>((resolve) => (isBegun = resolve))
    const slow = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('one ')
      isBegun()
      await waiting
      yield Buffer.from('two')
    }
    const writing = storage.write(slow(), 100)
    await begun
    const { pieces, unfinished } = await storage.survey()
    assert.deepEqual([pieces, unfinished.length], [[], 1])
    goOn()
    const { path } = await writing
    assert.equal(await readAll(storage, path), 'one two')
    assert.deepEqual(await storage.survey(), { pieces: [path], unfinished: [], discarded: [] })
  })

  test(`what is discarded is gone until it is brought back or read, and can be removed for good, ${name}`, options, async (t) => {
    const place = await makePlace(t)
    const storage = place.open()
    const [one, two, three] = [await store(storage, 'one'), await store(storage, 'two'), await store(storage, 'three')]
    const now = Date.now() * 1000 - 3 * DAY
    for (const path of [one, two, three]) await storage.discard(path, now)
    await storage.discard(two, now + DAY)
    assert.deepEqual([await storage.sizeOf(one), await storage.writtenAt(one)], [undefined, undefined])
    const discarded = (await storage.discardedAt(two)) ?? 0
    assert.ok(Math.abs(discarded - now) < 2_000_000, 'what is gone can not be discarded again')
    const again = place.open()
    assert.deepEqual((await again.survey()).discarded.sort(), [one, two, three].sort())
    assert.equal(await again.restore(one), true)
    assert.equal(await again.restore(one), false)
    assert.equal(await readAll(again, one), 'one')
    assert.equal(await readAll(again, two, { start: 1, end: 2 }), 'wo')
    assert.equal(await again.sizeOf(two), 3)
    await again.delete(three)
    assert.equal(await again.restore(three), false)
    await assert.rejects(again.read(three), NONE)
    assert.deepEqual({ ...(await again.survey()), pieces: [] }, { pieces: [], unfinished: [], discarded: [] })
  })

  if (ownsNothing) return
  test(`one lab and one daemon at a time, ${name}`, options, async (t) => {
    const place = await makePlace(t)
    const [first, second] = [place.open(), place.open()]
    const mine = { lab: 'lab-1', database: 'a.db' }
    assert.equal(await first.owner(), undefined)
    await first.claim(mine)
    assert.deepEqual(await second.owner(), mine)
    await assert.rejects(second.claim(mine), { code: 'conflict' }, 'it is in use')
    await first.release()
    await first.release()
    await assert.rejects(second.claim({ lab: 'lab-2', database: 'b.db' }), (error: Error) =>
      ['a.db', 'b.db', 'lab-1', 'lab-2'].every((part) => error.message.includes(part)),
    )
    assert.deepEqual(await second.owner(), mine)
    await second.claim({ ...mine, database: 'moved.db' })
    assert.deepEqual(await first.owner(), { ...mine, database: 'moved.db' })
    await second.release()
  })
}
