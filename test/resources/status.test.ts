import assert from 'node:assert/strict'
import test from 'node:test'
import { startLab } from '../support/lab.ts'
import { SECOND, formatTimestamp } from '../../src/base/time.ts'

const ROUNDS = 60

test('a status and values with a wrong clock that arrive together lose nothing of each other', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/temperature')
  const lost: unknown[] = []
  for (let round = 1; round <= ROUNDS; round++) {
    // Further off each time, so that each request renews the correction.
    const timestamp = formatTimestamp(Date.now() * 1000 - round * 500 * SECOND)
    const [status, values] = await Promise.all([
      fridge.put(`/resources${fridge.path}`, { status: { n: round, [`only${round}`]: true } }),
      fridge.put('/resources', { values: { '/lab/fridge/temperature': round }, timestamp }),
    ])
    assert.deepEqual([status.status, values.status], [200, 200])
    const { attributes } = await lab.ctx.db
      .selectFrom('controller_status')
      .selectAll()
      .where('id', '=', fridge.id)
      .executeTakeFirstOrThrow()
    const known = JSON.parse(attributes) as Record<string, unknown>
    const correction = Number(known['timestamp_correction'])
    if (known['n'] !== round || known[`only${round}`] !== true || Math.abs(correction - round * 500) > 20) lost.push({ round, ...known })
  }
  assert.deepEqual(lost, [])
})

test('two reports of status that arrive together are both kept', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  const names = Array.from({ length: 40 }, (_, at) => `field${at}`)
  const replies = await Promise.all(names.map((name, at) => fridge.put(`/resources${fridge.path}`, { status: { [name]: at } })))
  assert.ok(replies.every(({ status }) => status === 200))
  const { attributes } = await lab.ctx.db.selectFrom('controller_status').selectAll().where('id', '=', fridge.id).executeTakeFirstOrThrow()
  assert.deepEqual(JSON.parse(attributes), Object.fromEntries(names.map((name, at) => [name, at])))
})
