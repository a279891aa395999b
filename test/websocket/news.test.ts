/** News of removed values and of new names and places: told to those who ask for them by type, and who may read what they are about. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { SECOND } from '../../src/base/time.ts'
import { refOf } from '../../src/sequences/sequences.ts'
import { NONE, PUBLIC, READ } from '../../src/wire/permissions.ts'
import { startLab } from '../support/lab.ts'
import { connect } from '../support/peer.ts'

const NEWS = ['values_removed', 'resource_moved'] as const

test('who asks for news hears of removed and masked values and of moves, also of folders above; others hear nothing new', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  const temperature = await lab.sequence('/lab/fridge/temperature')
  const now = lab.ctx.clock.now()
  await lab.ctx.sequences.append([1, 2, 99].map((value, at) => ({ sequence: refOf(temperature), time: now - at * SECOND, value })))
  const reader = await connect(t, lab, fridge.key)
  await reader.tell('subscribe', { subscriptions: NEWS.map((type) => ({ folder: '/lab/fridge', message_type: type })) })
  const old = await connect(t, lab, fridge.key)
  await old.tell('subscribe', { subscriptions: [{ folder: '/lab/fridge' }] })

  await lab.delete('/resources/lab/fridge/temperature', { data_only: 1, where: 'value = 2' })
  const removed = await reader.hear(({ type }) => type === 'values_removed')
  assert.deepEqual(removed.parameters, { id: temperature.id, name: '/lab/fridge/temperature', start_timestamp: null, end_timestamp: null })
  await lab.post('/sequences/masks', { path: '/lab/fridge/temperature', where: 'value > 90' })
  await reader.hear((message) => message.type === 'values_removed' && message !== removed)

  await lab.put('/resources/lab/fridge/temperature', { name: 'inside' })
  const moved = await reader.hear(({ type }) => type === 'resource_moved')
  assert.deepEqual(moved.parameters, { id: temperature.id, from: '/lab/fridge/temperature', to: '/lab/fridge/inside' })
  await lab.put('/resources/lab/fridge', { name: 'freezer' })
  const above = await reader.hear((message) => message.type === 'resource_moved' && message !== moved)
  assert.deepEqual(above.parameters, { id: fridge.id, from: '/lab/fridge', to: '/lab/freezer' })

  // A value that comes after all of it is the first that a subscriber to everything hears.
  await lab.put('/resources', { values: { '/lab/freezer/inside': 3 } })
  await old.hear(({ type }) => type === 'sequence_update')
  assert.deepEqual(
    old.heard.map(({ type }) => type).filter((type) => type !== 'ack'),
    ['sequence_update'],
  )
  old.send({ type: 'resource_moved', folder: '/lab/freezer', id: 7, parameters: { from: '/lab', to: '/elsewhere' } })
  await old.hear(({ type, id: answered }) => type === 'error' && answered === 7)
})

test('news of what a subscriber may not read do not reach them', async (t) => {
  const lab = await startLab(t)
  const now = lab.ctx.clock.now()
  for (const name of ['secret', 'open']) {
    const sequence = await lab.sequence(`/lab/house/${name}`)
    await lab.ctx.sequences.append([{ sequence: refOf(sequence), time: now, value: 1 }])
  }
  await lab.put('/resources/lab/house', { permissions: [[PUBLIC, 0, READ]] })
  await lab.put('/resources/lab/house/secret', { permissions: [[PUBLIC, 0, NONE]] })
  const stranger = await connect(t, lab, '')
  await stranger.tell('subscribe', { subscriptions: NEWS.map((type) => ({ folder: '/lab/house', message_type: type })) })
  for (const name of ['secret', 'open']) {
    await lab.delete(`/resources/lab/house/${name}`, { data_only: 1 })
    await lab.put(`/resources/lab/house/${name}`, { name: `${name} 2` })
  }
  await stranger.hear('resource_moved')
  assert.deepEqual(
    stranger.heard.filter(({ type }) => type !== 'ack').map(({ type, parameters }) => [type, parameters['name'] ?? parameters['to']]),
    [
      ['values_removed', '/lab/house/open'],
      ['resource_moved', '/lab/house/open 2'],
    ],
  )
})
