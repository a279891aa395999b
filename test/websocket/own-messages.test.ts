/** What a sender hears of itself, and what a message may carry, as programs of rhizo-server know it. Source: protocol, section 6. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { startLab } from '../support/lab.ts'
import { connect } from '../support/peer.ts'

test('values come back to the connection that sent them when it asked for its own, and to no other that did not', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/temperature')
  for (const key of [fridge.key, lab.key]) {
    const [eager, plain] = [await connect(t, lab, key), await connect(t, lab, key)]
    await eager.subscribe('/lab/fridge', { include_self: 1 })
    await plain.subscribe('/lab/fridge')
    await eager.tell('update_sequence', { sequence: '/lab/fridge/temperature', value: 4.5 })
    await plain.tell('update_sequence', { sequence: '/lab/fridge/temperature', value: 5.5 })
    const own = await eager.hear(({ type, parameters }) => type === 'sequence_update' && parameters?.['value'] === '4.5')
    assert.equal(own.parameters['name'], '/lab/fridge/temperature')
    await plain.hear(({ parameters }) => parameters?.['value'] === '4.5')
    await eager.hear(({ parameters }) => parameters?.['value'] === '5.5')
    await plain.tell('ping')
    assert.equal(plain.heard.filter(({ parameters }) => parameters?.['value'] === '5.5').length, 0)
  }
})

test('users hear their own messages, controllers do not', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  const [person, device] = [await connect(t, lab, lab.key), await connect(t, lab, fridge.key)]
  for (const peer of [person, device]) await peer.subscribe('/lab/fridge')
  await person.tell('hello', { from: 'person' }, { folder: '/lab/fridge' })
  await device.tell('hello', { from: 'device' })
  await person.hear(({ parameters }) => parameters?.['from'] === 'person')
  await person.hear(({ parameters }) => parameters?.['from'] === 'device')
  await device.tell('ping')
  assert.deepEqual(
    device.heard.filter(({ type }) => type === 'hello').map(({ parameters }) => parameters['from']),
    ['person'],
  )
})

test('the parameters of a message that only passes on may be a list, a number or text', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  const [person, device] = [await connect(t, lab, lab.key), await connect(t, lab, fridge.key)]
  await person.subscribe('/lab/fridge')
  const sent: unknown[] = [[1, 'two', { three: 3 }], 21.5, 'relay,on', true, {}]
  for (const parameters of sent) await device.tell('set_pump', parameters)
  await lab.post('/messages', { folder_path: '/lab/fridge', type: 'last', parameters: '{}' })
  await person.hear('last')
  assert.deepEqual(
    person.heard.filter(({ type }) => type === 'set_pump').map(({ parameters }) => parameters as unknown),
    sent,
  )
  const deep = JSON.parse(`${'['.repeat(200)}${']'.repeat(200)}`) as Record<string, unknown>
  await assert.rejects(device.tell('set_pump', deep), /nested/)
})
