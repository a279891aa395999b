/** What was deleted goes for good after a while, with what is out of date, and its space is given back. */
import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { DAY, SECOND } from '../../src/base/time.ts'
import { removeInSteps } from '../../src/database/removal-steps.ts'
import { Shrinking } from '../../src/housekeeping/shrinking.ts'
import { FakeClock, startLab, type Lab } from '../support/lab.ts'
import { onFileAlone } from '../support/postgres.ts'

const days = (count: number): number => (count * DAY) / SECOND

const idsOf = async (lab: Lab): Promise<number[]> => (await lab.ctx.db.selectFrom('resources').select('id').execute()).map(({ id }) => id)

test('what was deleted thirty days ago goes for good, with all that it held; what was deleted later stays', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock, settings: { STORAGE_THRESHOLD: 100 } })
  const before = (await idsOf(lab)).length
  const fridge = await lab.controller('fridge')
  const temperature = await lab.sequence('/lab/fridge/deep/temperature')
  await fridge.put('/resources', { values: { '/lab/fridge/deep/temperature': 4 } })
  for (let number = 0; number < 60; number++)
    await lab.post('/resources', {
      path: '/lab/fridge/files',
      name: `file-${number}.txt`,
      type: 20,
      data: Buffer.alloc(number === 0 ? 200 : 10, 97).toString('base64'),
    })
  const { storage_path: path } = await lab.ctx.db
    .selectFrom('resource_revisions')
    .select('storage_path')
    .where('size', '=', 200)
    .executeTakeFirstOrThrow()
  assert.ok(path)
  await lab.delete('/resources/lab/fridge')
  clock.advance(days(1))
  await lab.post('/resources', { path: '/lab', name: 'later', type: 10 })
  await lab.delete('/resources/lab/later')

  clock.advance(days(28.9))
  await lab.daemon.runWorkers()
  assert.ok((await idsOf(lab)).includes(fridge.id))
  clock.advance(days(0.2))
  await lab.daemon.runWorkers()
  assert.deepEqual(await lab.ctx.sequences.newest({ id: temperature.id, isText: false }), undefined)
  await assert.rejects(lab.ctx.storage.read(path))
  assert.deepEqual(await lab.ctx.db.selectFrom('resource_revisions').select('id').where('size', 'in', [10, 200]).execute(), [])
  assert.equal((await lab.ctx.db.selectFrom('controller_status').selectAll().execute()).length, 0)
  assert.equal((await lab.post('/resources/lab/fridge', { undelete: 1 })).status, 404)
  assert.equal((await lab.post('/resources/lab/later', { undelete: 1 })).status, 200)
  const log = await lab.get('/resources/system/worker/log')
  assert.match(log.text, /^Removed 6[0-9] resources for good/)
  // What is left is what was there, the folder that was brought back, and the logs of workers and of the audit trail with their folders.
  assert.equal((await idsOf(lab)).length, before + 5)
})

test('a purge that was cut short cannot be undone, and goes on after a restart', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  await lab.post('/resources', { path: '/lab/old', name: 'one', type: 10 })
  await lab.delete('/resources/lab/old')
  await lab.ctx.db.updateTable('resources').set({ deleted: 2 }).where('name', '=', 'old').execute()
  clock.advance(days(31))
  assert.equal((await lab.post('/resources/lab/old', { undelete: 1 })).status, 404)
  await lab.stop()
  const again = await startLab(t, { clock, folder: lab.folder })
  await again.daemon.runWorkers()
  assert.deepEqual(await again.ctx.db.selectFrom('resources').select('id').where('name', 'in', ['old', 'one']).execute(), [])
})

test('PINs that nobody may enter any more are removed', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  await lab.as('').post('/pins')
  await lab.daemon.runWorkers()
  assert.equal((await lab.ctx.db.selectFrom('pins').select('id').execute()).length, 1)
  clock.advance(days(1))
  await lab.daemon.runWorkers()
  assert.equal((await lab.ctx.db.selectFrom('pins').select('id').execute()).length, 0)
})

test('many rows that are out of date go in many small transactions, and others have their turn in between', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const names = Array.from({ length: 3_000 }, (_, n) => ({ name: `stranger-${n}`, count: 1, window_start: clock.now() }))
  for (let from = 0; from < names.length; from += 500)
    await lab.ctx.db
      .insertInto('throttles')
      .values(names.slice(from, from + 500))
      .execute()
  clock.advance(days(2))
  await lab.daemon.runWorkers()
  assert.deepEqual(await lab.ctx.db.selectFrom('throttles').select('name').where('name', 'like', 'stranger-%').execute(), [])

  const limits: number[] = []
  let [left, turns, isCounting] = [5_000, 0, true]
  const count = (): void => {
    turns++
    if (isCounting) setImmediate(count)
  }
  setImmediate(count)
  const removed = await removeInSteps(async (limit) => {
    limits.push(limit)
    const some = Math.min(limit, left)
    left -= some
    return some
  })
  isCounting = false
  assert.deepEqual([removed, left], [5_000, 0])
  assert.ok(Math.max(...limits) <= 1_000 && limits.length >= 6, `limits ${limits.join(' ')}`)
  assert.ok(turns >= limits.length - 2, `${turns} turns of others in ${limits.length} steps`)
})

test(
  'the space of what was purged is given back to the disk',
  onFileAlone('the server of a PostgreSQL database gives space back by itself'),
  async (t) => {
    const clock = new FakeClock()
    const lab = await startLab(t, { clock, settings: { STORAGE_THRESHOLD: 10_000_000 } })
    const file = join(lab.folder, 'rhizo.db')
    await lab.post('/resources', { path: '/lab', name: 'big.bin', type: 20, data: Buffer.alloc(9_000_000, 1).toString('base64') })
    await lab.delete('/resources/lab/big.bin')
    clock.advance(days(31))
    await lab.daemon.runWorkers()
    const { free, total } = await lab.ctx.engine.vacuum(0)
    assert.ok(free <= 2_000, `${free} of ${total} pages are free`)
    await lab.stop()
    assert.ok(statSync(file).size < 4_000_000, `the file has ${statSync(file).size} bytes`)
  },
)

test(
  'space that lies free is given back at the second look, and not what has just come free',
  onFileAlone('the server of a PostgreSQL database gives space back by itself'),
  async (t) => {
    const lab = await startLab(t, { settings: { STORAGE_THRESHOLD: 10_000_000 } })
    const shrinking = new Shrinking(lab.ctx)
    const free = async (): Promise<number> => (await lab.ctx.engine.vacuum(0)).free
    await lab.post('/resources', { path: '/lab', name: 'big.bin', type: 20, data: Buffer.alloc(9_000_000, 1).toString('base64') })
    assert.equal(await shrinking.look(), 0)
    await lab.ctx.db.deleteFrom('resource_revisions').where('size', '=', 9_000_000).execute()
    const before = await free()
    assert.ok(before > 8_000, `${before} pages are free`)
    assert.equal(await shrinking.look(), 0, 'it may be needed at once')
    const given = await shrinking.look()
    assert.ok(given > 6_000, `${given} pages were given back`)
    assert.ok((await free()) <= 2_000)
    assert.equal(await shrinking.look(), 0, 'what is kept is for the values to come')
  },
)
