/** Bulk storage in the database: the suite of all storages, and what is its own. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import test, { type TestContext } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { openSqlite } from '../../src/database/sqlite/sqlite.ts'
import { makeSerialTransact } from '../../src/database/transact.ts'
import { RowStorage } from '../../src/storage/rows/row-storage.ts'
import { makeFolder } from '../support/outgoing-records.ts'
import { testBulkStorage } from '../support/bulk-storage-conformance.ts'

async function openRows(t: TestContext): Promise<{ open(): RowStorage }> {
  const path = join(await makeFolder(t), 'rhizo.db')
  const opened = await openSqlite({ path, synchronous: 'NORMAL', clock: systemClock, log: silentLog, isDaemon: false, onFatal: () => {} })
  t.after(() => opened.close())
  return { open: () => new RowStorage({ db: opened.db, transact: makeSerialTransact(opened.db), now: () => systemClock.now() }) }
}

testBulkStorage('in the database', openRows, { ownsNothing: true })

test('large content in the database is read in ranges across its chunks, and a write that is done again leaves one', async (t) => {
  const storage = (await openRows(t)).open()
  const bytes = randomBytes(700_001)
  const { path } = await storage.write(Readable.from([bytes.subarray(0, 333_333), bytes.subarray(333_333)]), bytes.length)
  const read = async (range?: { start: number; end: number }): Promise<Buffer> => {
    const chunks: Buffer[] = []
    for await (const chunk of await storage.read(path, range)) chunks.push(Buffer.from(chunk as Uint8Array))
    return Buffer.concat(chunks)
  }
  assert.ok((await read()).equals(bytes))
  for (const [start, end] of [
    [0, 0],
    [262_143, 262_144],
    [262_144, 524_287],
    [100, 699_999],
    [700_000, 700_000],
  ] as const)
    assert.ok((await read({ start, end })).equals(bytes.subarray(start, end + 1)), `${start} to ${end}`)
})
