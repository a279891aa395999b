/** Message types that an extension registers are answered over WebSocket and MQTT alike; others behave as if there were none. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { resolveFolder } from '../../src/messages/messages.ts'
import { awaited, inTurn } from '../../src/messages/steps.ts'
import { invalid } from '../../src/base/fault.ts'
import { requireWrite } from '../../src/tree/permissions.ts'
import { startLab, type Lab } from '../support/lab.ts'
import { connectDevice } from '../support/mqtt-client.ts'
import { connect, messageOf } from '../support/peer.ts'

/** Registers `calibrate`, which doubles a number, after a while when it is asked to be slow. */
function registerCalibrate(lab: Lab): () => void {
  return lab.ctx.messageTypes.register('calibrate', (ctx, call, { folder: name, parameters: { reading, slow } }) => {
    const folder = resolveFolder(ctx, call.actor, name)
    requireWrite(ctx, call.actor, folder)
    if (typeof reading !== 'number') throw invalid('reading must be a number.')
    const answer = (): void => call.reply('calibrated', { folder: folder.name, reading: reading * 2 })
    if (slow !== true) return inTurn(answer)
    return awaited(async () => {
      await ctx.sequences.settled()
      answer()
    })
  })
}

test('a registered type is answered over WebSocket and MQTT, to its sender alone', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  registerCalibrate(lab)
  const peer = await connect(t, lab, fridge.key)
  const device = await connectDevice(t, lab, fridge.key)
  const watcher = await connect(t, lab, lab.key)
  await watcher.subscribe(fridge.path)
  const listener = await connectDevice(t, lab, lab.key)
  await Promise.all([device.subscribe('lab/fridge'), listener.subscribe('lab/fridge')])
  for (const slow of [false, true]) {
    peer.send({ type: 'calibrate', id: 7, parameters: { reading: 4, slow } })
    const answer = await peer.hear('calibrated')
    assert.deepEqual([answer.id, answer.parameters], [7, { folder: 'fridge', reading: 8 }])
    await peer.hear('ack')
    peer.heard.splice(0)
    await device.publish('lab/fridge', { calibrate: { reading: 5, slow } })
    assert.equal((await device.hear('{"calibrated":{"folder":"fridge","reading":10}}')).topic, 'lab/fridge')
    device.heard.splice(0)
  }
  // What goes to subscribers comes after all of that, so that they would have heard it by now.
  await peer.tell('marker', { n: 1 })
  await watcher.hear('marker')
  await listener.hear('{"marker":{"n":1}}')
  assert.deepEqual(
    watcher.heard.filter(({ type }) => type !== 'ack').map(({ type }) => type),
    ['marker'],
  )
  assert.deepEqual(listener.texts(), ['{"marker":{"n":1}}'])
})

test('a registered type checks its messages itself: refusals reach the sender', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  const guest = await lab.user('guest@example.com', { member: false })
  registerCalibrate(lab)
  const peer = await connect(t, lab, fridge.key)
  assert.match(messageOf(await peer.ask('calibrate', { reading: 'high' })), /reading must be a number/)
  const stranger = await connect(t, lab, guest.key)
  const refusal = await stranger.ask('calibrate', { reading: 1 }, { folder: '/lab/fridge' })
  assert.equal(refusal.parameters['code'], 'forbidden')
  const device = await connectDevice(t, lab, fridge.key)
  await device.subscribe('lab/fridge')
  await device.publish('lab/fridge', { calibrate: { reading: 'high' } }, { qos: 0 })
  await device.hear(({ text }) => text.includes('reading must be a number'))
})

test('answers come after the values that were sent before', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/t')
  registerCalibrate(lab)
  const peer = await connect(t, lab, fridge.key)
  peer.send({ type: 'update_sequence', id: 1, parameters: { sequence: 't', value: 4.5 } })
  peer.send({ type: 'calibrate', id: 2, parameters: { reading: 1 } })
  await peer.hear(({ type, id }) => type === 'ack' && id === 2)
  assert.deepEqual(
    peer.heard.map(({ type, id }) => [type, id]),
    [
      ['ack', 1],
      ['calibrated', 2],
      ['ack', 2],
    ],
  )
})

test('a type that is not registered, or no longer, goes to the subscribers of its folder', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  const unregister = registerCalibrate(lab)
  const watcher = await connect(t, lab, lab.key)
  await watcher.subscribe(fridge.path)
  const peer = await connect(t, lab, fridge.key)
  await peer.tell('recalibrate', { reading: 1 })
  assert.deepEqual((await watcher.hear('recalibrate')).parameters, { reading: 1 })
  unregister()
  await peer.tell('calibrate', { reading: 3 })
  assert.deepEqual((await watcher.hear('calibrate')).parameters, { reading: 3 })
  const device = await connectDevice(t, lab, fridge.key)
  await device.publish('lab/fridge', { calibrate: { reading: 9 } })
  await watcher.hear(({ type, parameters }) => type === 'calibrate' && parameters['reading'] === 9)
})

test('the server’s own types, and one that is taken, can not be registered', async (t) => {
  const lab = await startLab(t)
  const { messageTypes } = lab.ctx
  registerCalibrate(lab)
  for (const type of ['update', 'setNode', 'ack', 'sequence_update', 'calibrate', '', 'x'.repeat(2_001)])
    assert.throws(() => messageTypes.register(type, () => inTurn(() => {})), { name: 'Fault' }, type)
})
