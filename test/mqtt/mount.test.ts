/** Mounted keys: a device with fixed topics needs a host, a port and a password. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { startLab, type Lab } from '../support/lab.ts'
import { connectDevice } from '../support/mqtt-client.ts'

/** A controller that makes sequences, and a mounted key of it. */
async function mounted(lab: Lab): Promise<string> {
  const { id } = await lab.controller('house')
  await lab.put('/resources/lab/house', { system_attributes: { create_sequences: true } })
  const made = (await lab.post('/keys', { access_as_controller_id: id, mounted: 1 })).json as { secret_key: string }
  const keys = Object.values((await lab.get('/keys', { access_as_controller_id: id })).json as Record<string, { mounted: boolean }>)
  assert.deepEqual(keys.map(({ mounted: is }) => is).sort(), [false, true])
  return made.secret_key
}

for (const protocolVersion of [4, 5] as const)
  test(`what a client of version ${protocolVersion} publishes and hears lies below its controller, its will too`, async (t) => {
    const lab = await startLab(t, { mqtt: true })
    const key = await mounted(lab)
    await lab.controller('other')
    await lab.sequence('/lab/house/weight')
    const panel = await connectDevice(t, lab, lab.key)
    await panel.subscribe('lab/#')
    const plug = await connectDevice(t, lab, key, {
      over: 'tcp',
      protocolVersion,
      clientId: 'plug',
      will: { topic: 'tele/plug/LWT', payload: Buffer.from('Offline'), qos: 1, retain: true },
    })
    assert.equal(await plug.subscribe('cmnd/plug/+', 1), 1)
    assert.equal(await plug.subscribe('weight', 0), 0)
    assert.equal(await plug.subscribe('#', 0), 0)
    await plug.publish('tele/plug/LWT', 'Online', { retain: true })
    await plug.publish('tele/plug/SENSOR', { AM2301: { Temperature: 21.5 }, TempUnit: 'C' })
    assert.equal((await lab.get('/resources/lab/house/plug/AM2301/Temperature')).text, '21.5')
    assert.equal((await panel.hear('Online')).topic, 'lab/house/tele/plug/LWT')
    await panel.publish('lab/house/cmnd/plug/POWER', 'ON', { qos: 1 })
    assert.equal((await plug.hear('ON')).topic, 'cmnd/plug/POWER')
    await lab.put('/resources', { values: { '/lab/house/weight': 4.5 } })
    assert.equal((await plug.hear('4.5')).topic, 'weight')
    // The topic of the folder itself, and what lies elsewhere, has no name there.
    await panel.publish('lab/house', { stop: {} }, { qos: 1 })
    await panel.publish('lab/other/x', 'hidden', { qos: 1 })
    await panel.publish('lab/house/cmnd/plug/POWER', 'OFF', { qos: 1 })
    await plug.hear('OFF')
    assert.ok(plug.heard.every(({ topic, text }) => !topic.startsWith('lab') && topic !== '' && !/stop|hidden/.test(text)))
    plug.client.stream.destroy()
    await panel.hear('Offline')
    assert.equal((await lab.get('/resources/lab/house/plug/online')).text, '0')
  })

test('a session that is kept hears under its own names after a restart; another key of the controller is not mounted', async (t) => {
  const lab = await startLab(t, { mqtt: true })
  const key = await mounted(lab)
  const options = { over: 'tcp', clientId: 'lamp', clean: false } as const
  const lamp = await connectDevice(t, lab, key, options)
  await lamp.subscribe('zigbee2mqtt/lamp/set', 1)
  await lamp.client.endAsync()
  const panel = await connectDevice(t, lab, lab.key)
  await panel.publish('lab/house/zigbee2mqtt/lamp/set', '{"state":"ON"}', { qos: 1 })
  await lab.stop()
  const again = await startLab(t, { mqtt: true, folder: lab.folder })
  const back = await connectDevice(t, again, key, options)
  assert.equal((await back.hear('{"state":"ON"}')).topic, 'zigbee2mqtt/lamp/set')
  const { id } = again.ctx.tree.find('/lab/house') ?? { id: 0 }
  const plain = ((await again.post('/keys', { access_as_controller_id: id })).json as { secret_key: string }).secret_key
  const device = await connectDevice(t, again, plain, { clientId: 'other' })
  await device.subscribe('lab/house/#')
  await back.publish('zigbee2mqtt/lamp', { brightness: 7, linkquality: 90 })
  assert.equal((await device.hear('{"brightness":7,"linkquality":90}')).topic, 'lab/house/zigbee2mqtt/lamp')
})
