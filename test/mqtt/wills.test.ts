/** Last wills: published when a connection ends without a goodbye, by whatever end, with the permission of their sender. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { startLab } from '../support/lab.ts'
import { connectDevice } from '../support/mqtt-client.ts'
import { RecordingLog } from '../support/recording-log.ts'
import { waitFor } from '../support/waiting.ts'

const will = (topic: string, payload: string, more = {}) => ({
  topic,
  payload: Buffer.from(payload),
  qos: 1 as const,
  retain: false,
  ...more,
})

test('a will is published when the connection breaks, stores its value, and is void after a goodbye', async (t) => {
  const lab = await startLab(t, { mqtt: true })
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/online')
  const panel = await connectDevice(t, lab, lab.key, { over: 'tcp' })
  await panel.subscribe('lab/fridge', 1)
  const wills = async (): Promise<number> => (await lab.ctx.db.selectFrom('mqtt_wills').select('id').execute()).length
  const device = await connectDevice(t, lab, fridge.key, { over: 'tcp', will: will('lab/fridge', 's,online,,0') })
  assert.equal(await wills(), 1)
  device.client.stream.destroy()
  await panel.hear(({ text }) => text.startsWith('s,online'))
  assert.equal((await lab.get('/resources/lab/fridge/online')).text, '0')
  await waitFor('its record is gone', async () => (await wills()) === 0)
  const polite = await connectDevice(t, lab, fridge.key, { over: 'websocket', will: will('lab/fridge', 's,online,,1') })
  await polite.client.endAsync()
  await waitFor('its record is gone', async () => (await wills()) === 0)
  assert.equal((await lab.get('/resources/lab/fridge/online')).text, '0')
})

test('a will that stays is there for those who come later', async (t) => {
  const lab = await startLab(t, { mqtt: true })
  const fridge = await lab.controller('fridge')
  const device = await connectDevice(t, lab, fridge.key, {
    over: 'tcp',
    will: will('lab/fridge/availability', 'offline', { retain: true }),
  })
  await device.publish('lab/fridge/availability', 'online', { retain: true })
  device.client.stream.destroy()
  await waitFor('the server noticed', () => lab.daemon.metrics.transport('mqtt').connections === 0)
  const panel = await connectDevice(t, lab, lab.key, { over: 'tcp' })
  await panel.subscribe('lab/fridge/availability')
  assert.equal((await panel.hear('offline')).retain, true)
})

test('a will needs the permission of its sender when it is published; a revoked key has none', async (t) => {
  const log = new RecordingLog()
  const lab = await startLab(t, { mqtt: true, log })
  const [fridge, oven] = [await lab.controller('fridge'), await lab.controller('oven')]
  const guest = await lab.user('guest@example.com', { member: false })
  const folder = lab.ctx.tree.find('/lab/fridge')
  assert.ok(folder)
  const panel = await connectDevice(t, lab, lab.key, { over: 'tcp' })
  await panel.subscribe('lab/#', 1)
  lab.ctx.tree.setPermissions(folder, [[130, guest.id, 20]])
  const device = await connectDevice(t, lab, guest.key, { over: 'tcp', will: will('lab/fridge/a', 'not allowed any more') })
  lab.ctx.tree.setPermissions(folder, null)
  device.client.stream.destroy()
  await waitFor('the log says why', () => log.warnings.some(({ reason }) => String(reason).includes('You may not')))
  const revoked = await connectDevice(t, lab, fridge.key, { over: 'tcp', will: will('lab/fridge/b', 'by a revoked key') })
  const keys = (await lab.get('/keys', { access_as_controller_id: fridge.id })).json as Record<string, unknown>
  await lab.delete(`/keys/${Object.keys(keys)[0]}`)
  await revoked.closed
  await (await connectDevice(t, lab, oven.key, { over: 'tcp' })).publish('lab/oven/c', 'end')
  await panel.hear('end')
  assert.deepEqual(panel.texts(), ['end'])
})

test('a restart of the daemon publishes the wills of those who were connected, with what they may do by then', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'rhizo-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const before = await startLab(t, { mqtt: true, folder })
  const [fridge, oven] = [await before.controller('fridge'), await before.controller('oven')]
  await before.sequence('/lab/fridge/online')
  await before.sequence('/lab/oven/online')
  await connectDevice(t, before, fridge.key, { over: 'tcp', will: will('lab/fridge', 's,online,,7') })
  await connectDevice(t, before, oven.key, { over: 'tcp', will: will('lab/oven', 's,online,,8') })
  const panel = await connectDevice(t, before, before.key, { over: 'tcp', clientId: 'panel', clean: false })
  await panel.subscribe('lab/fridge', 1)
  const { key } = before
  await before.stop()
  const between = await startLab(t, { folder, settings: { MQTT_EMBEDDED: true } })
  assert.equal((await between.as(key).get('/resources/lab/fridge/online')).text, '7')
  assert.equal((await between.as(key).get('/resources/lab/oven/online')).text, '8')
  assert.deepEqual(await between.ctx.db.selectFrom('mqtt_wills').selectAll().execute(), [])
  const again = await connectDevice(t, between, key, { clientId: 'panel', clean: false })
  await again.hear(({ text }) => text.startsWith('s,online') && text.endsWith(',7'))
})

test('a client that another one with its id displaces leaves its will', async (t) => {
  const lab = await startLab(t, { mqtt: true })
  const fridge = await lab.controller('fridge')
  const panel = await connectDevice(t, lab, lab.key, { over: 'tcp' })
  await panel.subscribe('lab/#', 1)
  await connectDevice(t, lab, fridge.key, { over: 'tcp', clientId: 'one', will: will('lab/fridge/a', 'first') })
  const second = await connectDevice(t, lab, fridge.key, { over: 'tcp', clientId: 'one', will: will('lab/fridge/a', 'second') })
  await panel.hear('first')
  second.client.stream.destroy()
  await panel.hear('second')
  assert.deepEqual(panel.texts(), ['first', 'second'])
})
