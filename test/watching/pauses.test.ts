/** The times when a server was off, as far as it can know when it was killed; and that writing them is rare. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { openSqlite, type SqliteDatabase } from '../../src/database/sqlite/sqlite.ts'
import type { Tables } from '../../src/database/engine.ts'
import type { Db } from '../../src/database/schema.ts'
import { makeSerialTransact } from '../../src/database/transact.ts'
import { silentLog } from '../../src/base/log.ts'
import { Pauses } from '../../src/watching/downtime.ts'
import { SECOND } from '../../src/base/time.ts'
import { FakeClock } from '../support/lab.ts'

const tablesOf = (db: Db): Tables => ({ database: db, transact: makeSerialTransact(db) })

async function openDatabase(t: TestContext, clock: FakeClock): Promise<SqliteDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'rhizo-pauses-'))
  const database = await openSqlite({ path: join(folder, 'rhizo.db'), synchronous: 'FULL', clock, log: silentLog, onFatal: () => {} })
  t.after(async () => {
    await database.close()
    await rm(folder, { recursive: true, force: true })
  })
  return database
}

test('a server that is killed again and again counts the silence of its short lives, and none of the time between', async (t) => {
  const clock = new FakeClock()
  const { db } = await openDatabase(t, clock)
  const heard = clock.now()
  let pauses = new Pauses(tablesOf(db), clock)
  await pauses.load()
  await pauses.begin()
  for (let life = 0; life < 20; life++) {
    for (let second = 0; second < 30; second += 5) {
      clock.advance(5)
      if (pauses.isDue) await pauses.note(clock.now())
    }
    clock.advance(1_000)
    pauses = new Pauses(tablesOf(db), clock)
    await pauses.load()
    await pauses.begin()
  }
  const counted = (clock.now() - pauses.silentSince(heard)) / SECOND
  // What was not written before it was killed is lost: at most half of a life.
  assert.ok(counted >= 300 && counted <= 600, `counted ${counted} of 600 seconds`)
})

test('a server that stays up writes every ten minutes, and one that only reads beside it writes nothing', async (t) => {
  const clock = new FakeClock()
  const { db } = await openDatabase(t, clock)
  const [pauses, reader] = [new Pauses(tablesOf(db), clock), new Pauses(tablesOf(db), clock)]
  for (const each of [pauses, reader]) await each.load()
  await pauses.begin()
  const up = async (): Promise<number> =>
    (await db.selectFrom('pauses').select('from_timestamp').where('until_timestamp', 'is', null).executeTakeFirstOrThrow()).from_timestamp
  let writes = 0
  for (let second = 0; second < 86_400; second += 10) {
    clock.advance(10)
    if (!pauses.isDue) continue
    await pauses.note(clock.now())
    writes++
  }
  assert.ok(writes >= 140 && writes <= 160, `${writes} writes in a day`)
  const last = await up()
  clock.advance(1)
  await reader.note(clock.now())
  assert.equal(await up(), last)
})
