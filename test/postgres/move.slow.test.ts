/** A lab moves from a file to a PostgreSQL server and back, and is the same. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { silentObserver } from '../../src/base/store-observer.ts'
import { openEngine } from '../../src/open-engine.ts'
import type { SqliteSequenceStore } from '../../src/storage/engine/sqlite-sequences.ts'
import { beginMove } from '../../src/database/move-record.ts'
import { moveDatabase } from '../../src/moving-in/move-database.ts'
import { copyTable } from '../../src/moving-in/table-moving.ts'
import { labSettings, startLab, type Lab } from '../support/lab.ts'
import { sharedPostgres, withoutPostgres } from '../support/postgres.ts'

const newDatabase = sharedPostgres()

async function contents(lab: Lab, key: string): Promise<unknown> {
  const as = lab.as(key)
  return {
    values: (await as.get('/resources/lab/inner/temperature', { count: 50_000, start_timestamp: '1970-01-01T00:00:00Z' })).text,
    newest: await lab.ctx.sequences.newest({ id: lab.ctx.tree.find('/lab/inner/zero')?.id ?? 0, isText: false }),
    file: (await as.get('/resources/lab/large.bin')).bytes,
    whoami: (await as.get('/whoami')).text,
  }
}

test('a lab moves to a PostgreSQL server and back, also when the first attempt was interrupted', { skip: withoutPostgres() }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'rhizo-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const [from, url] = [`sqlite:///${join(folder, 'rhizo.db')}`, await newDatabase()]
  const start = (place: string): Promise<Lab> => startLab(t, { folder, settings: { DATABASE_URI: place, STORAGE_THRESHOLD: 1_000 } })
  const lab = await start(from)
  const sequence = await lab.sequence('/lab/later/temperature')
  const zero = await lab.sequence('/lab/later/zero')
  await lab.ctx.sequences.append(
    Array.from({ length: 40_000 }, (_, at) => ({ sequence: { id: sequence.id, isText: false }, time: at * 1e6, value: at / 8 })),
  )
  await lab.ctx.sequences.append([{ sequence: { id: zero.id, isText: false }, time: 1, value: -0 }])
  await (lab.ctx.sequences as SqliteSequenceStore).seal()
  await lab.ctx.sequences.append([{ sequence: { id: zero.id, isText: false }, time: 0, value: 3 }])
  await lab.post('/resources', { path: '/lab', name: 'large.bin', type: 20, data: randomBytes(5_000).toString('base64') })
  // A folder that was made after what is in it.
  await lab.post('/resources', { path: '/lab', name: 'inner', type: 10 })
  for (const name of ['temperature', 'zero'])
    assert.equal((await lab.put(`/resources/lab/later/${name}`, { parent: '/lab/inner' })).status, 200)
  const before = await contents(lab, lab.key)
  const { settings } = lab
  await lab.stop()

  // An attempt that came as far as users.
  const options = { clock: systemClock, log: silentLog, observer: silentObserver, isDaemon: true, isReadOnly: false, onFatal: () => {} }
  const [source, target] = [await openEngine(settings, options), await openEngine(labSettings(folder, { DATABASE_URI: url }), options)]
  await beginMove(target, source.name)
  await copyTable(source, target, 'users')
  for (const engine of [source, target]) await engine.close()
  await assert.rejects(start(url), /holds a part of .*rhizo\.db\. Move that to its end first/)
  const moved = await moveDatabase({ settings, to: url, clock: systemClock, log: silentLog })
  assert.ok((moved.tables['sequence_journal'] ?? 0) + (moved.tables['sequence_blocks'] ?? 0) > 0 && moved.rows > 20)
  await assert.rejects(moveDatabase({ settings, to: url, clock: systemClock, log: silentLog }), /already/)

  const there = await start(url)
  assert.deepEqual(await contents(there, lab.key), before)
  await there.user('new@example.com')
  await there.stop()
  const back = `sqlite:///${join(folder, 'back.db')}`
  await moveDatabase({ settings: labSettings(folder, { DATABASE_URI: url }), to: back, clock: systemClock, log: silentLog })
  const home = await start(back)
  assert.deepEqual(await contents(home, lab.key), before)
  assert.equal((await home.ctx.db.selectFrom('users').select('id').where('email_address', '=', 'new@example.com').execute()).length, 1)
  await home.stop()
})
