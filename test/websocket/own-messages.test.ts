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

test('an update comes once to each subscriber: as one message, or as the values of those who hear no such message', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  for (const name of ['a', 'inner/b']) await lab.sequence(`/lab/fridge/${name}`)
  const [sender, twin, person, within, both] = [
    await connect(t, lab, fridge.key),
    await connect(t, lab, fridge.key),
    await connect(t, lab, lab.key),
    await connect(t, lab, lab.key),
    await connect(t, lab, lab.key),
  ]
  await sender.subscribe('/lab/fridge', { include_self: true })
  for (const peer of [twin, person]) await peer.subscribe('/lab/fridge')
  await within.subscribe('/lab/fridge/inner')
  await both.subscribe('/lab/fridge', { message_type: 'sequence_update' })
  await both.subscribe('/lab/fridge', { message_type: 'update' })
  await sender.tell('update', { a: 1, 'inner/b': 2, note: 'on' })
  for (const peer of [sender, twin, person, within, both]) await peer.tell('ping')
  const heard = (peer: typeof sender): unknown[] =>
    peer.heard.filter(({ type }) => type !== 'ack').map(({ type, parameters }) => [type, parameters['name'] ?? Object.keys(parameters)])
  assert.deepEqual(heard(person), [['update', ['a', 'inner/b', 'note']]])
  // The controller's own plain messages reach none of its connections.
  assert.deepEqual(heard(sender), [['sequence_update', '/lab/fridge/a']])
  assert.deepEqual(heard(twin), [['sequence_update', '/lab/fridge/a']])
  assert.deepEqual(heard(within), [['sequence_update', '/lab/fridge/inner/b']])
  assert.deepEqual(heard(both), [
    ['sequence_update', '/lab/fridge/a'],
    ['update', ['a', 'inner/b', 'note']],
  ])
})

test('lists and objects become the text of a text sequence, truths the numbers of a numeric one, by each way', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/words', 2)
  await lab.sequence('/lab/fridge/n')
  const peer = await connect(t, lab, fridge.key)
  const newest = async (name: string): Promise<string> => (await lab.get(`/resources/lab/fridge/${name}`)).text
  await peer.tell('update_sequence', { sequence: 'words', value: [1, 'two'] })
  assert.deepEqual(JSON.parse(await newest('words')), [1, 'two'])
  await peer.tell('write_resource', { path: '/lab/fridge/words', data: { three: [3] } })
  assert.deepEqual(JSON.parse(await newest('words')), { three: [3] })
  await peer.tell('update', { words: [4], n: true })
  assert.deepEqual([JSON.parse(await newest('words')), await newest('n')], [[4], '1'])
  await lab.put('/resources', { values: JSON.stringify({ '/lab/fridge/words': { five: 5 }, '/lab/fridge/n': 'False' }) })
  assert.deepEqual([JSON.parse(await newest('words')), await newest('n')], [{ five: 5 }, '0'])
  await assert.rejects(peer.tell('update_sequence', { sequence: 'n', value: [1] }), /must be a number or text/)
  const deep = JSON.parse(`${'['.repeat(200)}${']'.repeat(200)}`) as unknown
  await assert.rejects(peer.tell('update_sequence', { sequence: 'words', value: deep }), /nested/)
})

test('messages by HTTP carry lists, numbers and text too', async (t) => {
  const lab = await startLab(t)
  const person = await connect(t, lab, lab.key)
  await person.subscribe('/lab')
  for (const parameters of ['[1,2]', [3, { four: 4 }], '5', '"six"', { seven: 7 }, undefined])
    assert.equal((await lab.post('/messages', { folder_path: '/lab', type: 'tell', ...(parameters && { parameters }) })).status, 200)
  assert.equal((await lab.post('/messages', { folder_path: '/lab', type: 'tell', parameters: 'no JSON' })).status, 400)
  await person.tell('ping')
  assert.deepEqual(
    person.heard.filter(({ type }) => type === 'tell').map(({ parameters }) => parameters as unknown),
    [[1, 2], [3, { four: 4 }], 5, 'six', { seven: 7 }, {}],
  )
})
