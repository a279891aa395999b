import assert from 'node:assert/strict'
import test from 'node:test'
import { startLab } from './lab.ts'

test('a controller sets many sequences at once, and what it may not write is skipped', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  const temperature = await lab.sequence('/lab/fridge/temperature')
  const door = await lab.sequence('/lab/fridge/door', 2)
  const reply = await fridge.put('/resources', { values: { '/lab/fridge/temperature': '4.50', '/lab/fridge/door': 'open', '/lab/nowhere': 1, '/system/x': 2 } })
  assert.equal(reply.status, 200)
  assert.deepEqual((await lab.ctx.sequences.newest({ id: temperature.id, isText: false }))?.value, 4.5)
  assert.deepEqual((await lab.ctx.sequences.newest({ id: door.id, isText: true }))?.value, 'open')
})

test('a wrong number is refused with the name of its sequence, and nothing of the request is stored', async (t) => {
  const lab = await startLab(t)
  const [a, b] = [await lab.sequence('/lab/a'), await lab.sequence('/lab/b')]
  const reply = await lab.put('/resources', { values: { '/lab/a': 1, '/lab/b': 'NaN' } })
  assert.equal(reply.status, 400)
  assert.match(reply.text, /\/lab\/b must be a finite number/)
  assert.equal(await lab.ctx.sequences.newest({ id: a.id, isText: false }), undefined)
  assert.equal(await lab.ctx.sequences.newest({ id: b.id, isText: false }), undefined)
})
