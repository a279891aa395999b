/** On a folder's topic the server is a broker first: what it has no use for, or refuses, reaches subscribers as it came. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { startLab } from '../support/lab.ts'
import { connectDevice } from '../support/mqtt-client.ts'
import { connect } from '../support/peer.ts'

test('whatever may be said on the topic of a folder reaches its subscribers as it came, in its order', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/temperature')
  const [device, hearer] = [await connectDevice(t, lab, fridge.key), await connectDevice(t, lab, lab.key)]
  await hearer.subscribe('lab/#', 1)
  const said = [
    '{"set_pump":1}',
    '{"set_pump": "on"}',
    '{"error":{"message":"dry"}}',
    '{"ack":{}}',
    '{"sequence_update":{"value":"1"}}',
    `{"${'x'.repeat(60)}":{"a":1}}`,
    '{"values_removed":{}}',
    '{"watchdog":{}}',
    '{"ping":null}',
    '{"send_email":{"email_addresses":["a@example.com"],"subject":"s","body":"b"}}',
    '{"send_email":{}}',
    '{"update":5}',
    '{"update":{"temperature":"nan"}}',
    '{"subscribe":{"subscriptions":[{"folder":"self"}]}}',
    '{"connect":{}}',
    '{}',
    '[1,2]',
    '{broken',
    'hello',
    'c,relay,on',
    '21.5',
    's,nope,,1',
    's,temperature,,nan',
    's,hello',
    'd,temperature,yesterday,1',
    'd,nope,,2',
    's,temperature,,4.5',
  ]
  for (const payload of said) await device.publish('lab/fridge', payload)
  await device.publish('lab/fridge', Buffer.from([0x73, 0x2c, 0xff]))
  await hearer.hear(({ bytes }) => bytes.length === 3 && bytes[2] === 0xff)
  assert.deepEqual(hearer.texts('lab/fridge').slice(0, -1), said)
  assert.equal((await lab.get('/resources/lab/fridge/temperature')).text, '4.5')
})

test('what is refused is said to its sender all the same, and nothing that may not be said or read reaches anybody', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  const guest = await lab.user('guest@example.com', { member: false })
  await lab.sequence('/lab/fridge/secret')
  await lab.sequence('/lab/fridge/locked')
  await lab.put('/resources/lab/fridge', {
    permissions: [
      [130, guest.id, 10],
      [110, lab.organization.id, 20],
      [120, lab.organization.id, 20],
    ],
  })
  await lab.put('/resources/lab/fridge/secret', { permissions: [[130, guest.id, 0]] })
  await lab.put('/resources/lab/fridge/locked', { permissions: [[120, lab.organization.id, 10]] })
  const [device, stranger, member] = [
    await connectDevice(t, lab, fridge.key),
    await connectDevice(t, lab, guest.key),
    await connectDevice(t, lab, lab.key),
  ]
  await stranger.subscribe('lab/fridge', 1)
  await member.subscribe('lab/fridge', 1)
  await device.subscribe('lab/fridge', 1)
  // The guest may read and not write.
  await stranger.publish('lab/fridge', '{"watchdog":{}}')
  await stranger.publish('lab/fridge', 'hello')
  // The controller may not set this one.
  await device.publish('lab/fridge', 's,locked,,1')
  await device.publish('lab/fridge', '{"update":{"locked":1}}')
  // The guest may not read this one.
  await device.publish('lab/fridge', 's,secret,,nan')
  await device.publish('lab/fridge', '{"update":{"secret":"nan"},"error":{}}')
  await device.publish('lab/fridge', '{"update_sequence":{"sequence":"secret","value":7},"hello":{"a":1}}')
  await device.publish('lab/fridge', 'last')
  for (const peer of [stranger, member, device]) await peer.hear('last')
  assert.deepEqual(
    stranger.texts().filter((text) => !text.startsWith('{"error":{"message"')),
    ['{"error":{}}', '{"hello":{"a":1}}', 'last'],
  )
  const heard = member.texts().map((text) => text.replace(/^d,secret,.*,7$/, 'd,secret,,7'))
  assert.deepEqual(heard, ['s,secret,,nan', '{"update":{"secret":"nan"},"error":{}}', 'd,secret,,7', '{"hello":{"a":1}}', 'last'])
  assert.ok(
    device.texts().some((text) => text.startsWith('{"error"') && text.includes('finite number')),
    'the sender is told',
  )
})

test('an update by WebSocket comes once to MQTT subscribers of its folder, and to sequences as bare values', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/a')
  const [browser, folder, sequence] = [
    await connect(t, lab, lab.key),
    await connectDevice(t, lab, fridge.key),
    await connectDevice(t, lab, fridge.key),
  ]
  await folder.subscribe('lab/fridge', 1)
  await sequence.subscribe('lab/fridge/a', 1)
  await browser.tell('update', { a: 1.5 }, { folder: '/lab/fridge' })
  await browser.tell('last', {}, { folder: '/lab/fridge' })
  await folder.hear('{"last":{}}')
  assert.deepEqual(folder.texts(), ['{"update":{"a":1.5}}', '{"last":{}}'])
  await sequence.hear('1.5')
})
