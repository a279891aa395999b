/** Sessions that outlive their connection (clean=false): what is kept, for how long, and across restarts of the daemon. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { encodePublish, encodePubrel } from '../../daemon/mqtt/frames.ts'
import { FakeClock, startLab, type Caller, type Lab } from '../support/lab.ts'
import { connectDevice, type Device, type DeviceOptions } from '../support/mqtt-client.ts'
import { RecordingLog } from '../support/recording-log.ts'
import { waitFor } from '../support/waiting.ts'

const kept = { over: 'tcp', clientId: 'panel', clean: false } as const

/** Connects with a session that is kept. */
const connectPanel = (t: TestContext, lab: Lab, key: string, options: DeviceOptions = {}): Promise<Device> =>
  connectDevice(t, lab, key, { ...kept, ...options })

async function leave(lab: Lab, device: Device): Promise<void> {
  const before = lab.daemon.metrics.transport('mqtt').connections
  await device.client.endAsync()
  await waitFor('the server noticed', () => lab.daemon.metrics.transport('mqtt').connections < before)
}

const queued = async ({ ctx }: Lab): Promise<number> => (await ctx.db.selectFrom('mqtt_queue').select('position').execute()).length

async function makeFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rhizo-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function makeFridge(lab: Lab): Promise<Caller & { path: string; id: number }> {
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/temperature')
  return fridge
}

test('a kept session has its subscriptions and messages of QoS 1 and 2 after an absence, those of QoS 0 not', async (t) => {
  const lab = await startLab(t, { mqtt: true })
  const fridge = await makeFridge(lab)
  const device = await connectDevice(t, lab, fridge.key, { over: 'tcp' })
  const panel = await connectPanel(t, lab, lab.key)
  assert.equal(panel.sessionPresent, false)
  await panel.subscribe('lab/fridge', 2)
  await leave(lab, panel)
  await device.publish('lab/fridge', 's,temperature,2026-01-31T12:00:01Z,1', { qos: 1 })
  await device.publish('lab/fridge', 's,temperature,2026-01-31T12:00:02Z,2', { qos: 0 })
  await device.publish('lab/fridge', 's,temperature,2026-01-31T12:00:03Z,3', { qos: 2 })
  await lab.put('/resources', { values: { '/lab/fridge/temperature': 4 } })
  const again = await connectPanel(t, lab, lab.key)
  assert.equal(again.sessionPresent, true)
  await again.hear(({ text }) => text.endsWith(',4'))
  await again.hear(({ text }) => text.endsWith(',3'))
  assert.deepEqual(again.heard.map(({ text, qos, dup, retain }) => [text.split(',')[3], qos, dup, retain]).sort(), [
    ['1', 1, false, false],
    ['3', 2, false, false],
    ['4', 1, false, false],
  ])
  await waitFor('all was confirmed', async () => (await queued(lab)) === 0)
  await leave(lab, again)

  const clean = await connectDevice(t, lab, lab.key, { ...kept, clean: true })
  assert.equal(clean.sessionPresent, false)
  await device.publish('lab/fridge', 's,temperature,,5')
  await leave(lab, clean)
  const last = await connectPanel(t, lab, lab.key)
  assert.equal(last.sessionPresent, false, 'a clean session ended what was kept')
  assert.deepEqual(last.texts(), [])
})

test('a session without subscriptions is present too, and one that unsubscribed stays so', async (t) => {
  const lab = await startLab(t, { mqtt: true })
  const fridge = await makeFridge(lab)
  const panel = await connectPanel(t, lab, lab.key)
  await panel.subscribe('lab/fridge', 1)
  await panel.client.unsubscribeAsync('lab/fridge')
  await leave(lab, panel)
  await (await connectDevice(t, lab, fridge.key, { over: 'tcp' })).publish('lab/fridge', 's,temperature,,5')
  const again = await connectPanel(t, lab, lab.key)
  assert.equal(again.sessionPresent, true)
  await again.subscribe('lab/fridge/x', 1)
  assert.deepEqual(again.texts(), [])
})

test('what was sent and not confirmed comes again with DUP, also after a restart of the daemon', async (t) => {
  const folder = await makeFolder(t)
  const before = await startLab(t, { mqtt: true, folder })
  const fridge = await makeFridge(before)
  const device = await connectDevice(t, before, fridge.key, { over: 'tcp' })
  const panel = await connectPanel(t, before, before.key, { isSilent: true })
  await panel.subscribe('lab/fridge', 2)
  await device.publish('lab/fridge', '{"note":{"n":1}}')
  await device.publish('lab/fridge', '{"note":{"n":2}}', { qos: 2 })
  await waitFor('the first came, after which the client takes no more', () => panel.packets.some(({ cmd }) => cmd === 'publish'))
  const key = before.key
  panel.client.stream.destroy()
  const again = await connectPanel(t, before, key, { isSilent: true })
  await waitFor('it came again', () => again.packets.some((packet) => packet.cmd === 'publish' && packet.dup))
  again.client.stream.destroy()
  await before.stop()

  const lab = await startLab(t, { mqtt: true, folder })
  const last = await connectPanel(t, lab, key)
  assert.equal(last.sessionPresent, true)
  await last.hear('{"note":{"n":2}}')
  assert.deepEqual(
    last.heard.map(({ text, dup, qos }) => [text, dup, qos]),
    [
      ['{"note":{"n":1}}', true, 1],
      ['{"note":{"n":2}}', true, 2],
    ],
  )
  await waitFor('all was confirmed', async () => (await queued(lab)) === 0)
  const publisher = await connectDevice(t, lab, fridge.key, { over: 'tcp' })
  await publisher.publish('lab/fridge', '{"note":{"n":3}}')
  await last.hear('{"note":{"n":3}}')
})

test('what waited for a client that was away outlives a restart, in order', async (t) => {
  const folder = await makeFolder(t)
  const before = await startLab(t, { mqtt: true, folder })
  const fridge = await makeFridge(before)
  const panel = await connectPanel(t, before, before.key)
  await panel.subscribe('lab/#', 1)
  await leave(before, panel)
  const device = await connectDevice(t, before, fridge.key, { over: 'tcp' })
  await Promise.all(Array.from({ length: 300 }, (_, n) => device.publish('lab/fridge', { note: { n } })))
  assert.equal(await queued(before), 300, 'acknowledged means that they are on the disk')
  const { key } = before
  await before.stop()
  const lab = await startLab(t, { mqtt: true, folder })
  const again = await connectPanel(t, lab, key)
  await again.hear('{"note":{"n":299}}')
  assert.deepEqual(
    again.texts(),
    Array.from({ length: 300 }, (_, n) => `{"note":{"n":${n}}}`),
  )
})

test('what may not be read any more is not delivered from the queue', async (t) => {
  const lab = await startLab(t, { mqtt: true })
  const fridge = await makeFridge(lab)
  const guest = await lab.user('guest@example.com', { member: false })
  const folder = lab.ctx.tree.find('/lab/fridge')
  assert.ok(folder)
  lab.ctx.tree.setPermissions(folder, [[130, guest.id, 10]])
  const panel = await connectPanel(t, lab, guest.key)
  await panel.subscribe('lab/fridge', 1)
  await leave(lab, panel)
  const device = await connectDevice(t, lab, fridge.key, { over: 'tcp' })
  await device.publish('lab/fridge', '{"secret":{}}')
  assert.equal(await queued(lab), 1)
  lab.ctx.tree.setPermissions(folder, null)
  await device.publish('lab/fridge', '{"more":{}}')
  const again = await connectPanel(t, lab, guest.key)
  assert.equal(again.sessionPresent, true)
  await waitFor('it was dropped', async () => (await queued(lab)) === 0)
  lab.ctx.tree.setPermissions(folder, [[130, guest.id, 10]])
  await device.publish('lab/fridge', '{"open":{}}')
  await again.hear('{"open":{}}')
  assert.deepEqual(again.texts(), ['{"open":{}}'])
})

test('of too many messages the oldest go, by count and by size, with a line in the log and a count', async (t) => {
  const log = new RecordingLog()
  const lab = await startLab(t, { mqtt: true, log, settings: { MQTT_MAX_QUEUED: 5, MAX_OUTBOX_SIZE: 10_000 } })
  const fridge = await makeFridge(lab)
  const panel = await connectPanel(t, lab, lab.key)
  await panel.subscribe('lab/fridge', 1)
  await leave(lab, panel)
  const device = await connectDevice(t, lab, fridge.key, { over: 'tcp' })
  for (let n = 0; n < 8; n++) await device.publish('lab/fridge', { note: { n } })
  assert.equal(await queued(lab), 5)
  assert.equal(lab.daemon.metrics.transport('mqtt').dropped, 3)
  assert.ok(log.warnings.some(({ reason }) => /MQTT_MAX_QUEUED/.test(String(reason))))
  await device.publish('lab/fridge', { long: { text: 'x'.repeat(9_970) } })
  assert.equal(await queued(lab), 1)
  const again = await connectPanel(t, lab, lab.key)
  await again.hear(({ text }) => text.startsWith('{"long"'))
  assert.equal(again.heard.length, 1)
})

test('sessions end after MQTT_SESSION_LIFETIME, when their controller is deleted, and when there are too many', async (t) => {
  const clock = new FakeClock()
  const log = new RecordingLog()
  const lab = await startLab(t, { mqtt: true, clock, log, settings: { MQTT_SESSION_LIFETIME: 3_600, MQTT_MAX_SESSIONS: 2 } })
  const fridge = await makeFridge(lab)
  const rows = async (): Promise<string[]> =>
    (await lab.ctx.db.selectFrom('mqtt_sessions').select('name').orderBy('id').execute()).map(({ name }) => name.split(' ')[1] ?? '')
  for (const clientId of ['a', 'b', 'c']) {
    const panel = await connectPanel(t, lab, lab.key, { clientId })
    await panel.subscribe('lab/fridge', 1)
    clock.advance(1)
    await leave(lab, panel)
  }
  await lab.daemon.runWorkers()
  assert.deepEqual(await rows(), ['b', 'c'], 'the one that was away for the longest made room')
  assert.ok(log.warnings.some(({ reason }) => /MQTT_MAX_SESSIONS/.test(String(reason))))
  const [b, c] = [await connectPanel(t, lab, lab.key, { clientId: 'b' }), await connectPanel(t, lab, lab.key, { clientId: 'c' })]
  await assert.rejects(connectPanel(t, lab, lab.key, { clientId: 'd' }))
  await leave(lab, b)

  const own = await connectPanel(t, lab, fridge.key, { clientId: 'own' })
  await own.subscribe('lab/fridge', 1)
  await leave(lab, own)
  await lab.delete('/resources/lab/fridge')
  await lab.daemon.runWorkers()
  assert.deepEqual(await rows(), ['b', 'c'])
  clock.advance(3_601)
  await lab.daemon.runWorkers()
  assert.deepEqual(await rows(), ['c'], 'who is connected stays')
  assert.equal(await queued(lab), 0)
  await leave(lab, c)
})

test('another client with the same id and other rights has a session of its own', async (t) => {
  const lab = await startLab(t, { mqtt: true })
  const fridge = await makeFridge(lab)
  const panel = await connectPanel(t, lab, lab.key)
  await panel.subscribe('lab/fridge', 1)
  await leave(lab, panel)
  const other = await connectPanel(t, lab, fridge.key)
  assert.equal(other.sessionPresent, false)
})

test('a message of QoS 2 that was begun before a restart is taken once', async (t) => {
  const folder = await makeFolder(t)
  const before = await startLab(t, { mqtt: true, folder })
  const fridge = await makeFridge(before)
  const session = { over: 'tcp', clientId: 'sender', clean: false } as const
  const device = await connectDevice(t, before, fridge.key, session)
  const send = (device: Device, dup: boolean): void =>
    device.raw(encodePublish({ topic: 'lab/fridge', payload: Buffer.from('s,temperature,,7'), qos: 2, dup, messageId: 5 }))
  send(device, false)
  await waitFor('it was received', () => device.packets.some(({ cmd }) => cmd === 'pubrec'))
  device.client.stream.destroy()
  await before.stop()
  const lab = await startLab(t, { mqtt: true, folder })
  const again = await connectDevice(t, lab, fridge.key, session)
  assert.equal(again.sessionPresent, true)
  send(again, true)
  await waitFor('it was received again', () => again.packets.some(({ cmd }) => cmd === 'pubrec'))
  const sequence = lab.ctx.tree.find('/lab/fridge/temperature')
  const { values } = await lab.ctx.sequences.read({ id: sequence?.id ?? 0, isText: false }, { order: 'ascending', limit: 10 })
  assert.deepEqual(values, [7])
  again.raw(encodePubrel(5))
  await waitFor('it is complete', () => again.packets.some(({ cmd }) => cmd === 'pubcomp'))
  send(again, false)
  await waitFor(
    'its id stands for another one now',
    async () => (await lab.ctx.sequences.count({ id: sequence?.id ?? 0, isText: false }, {})) === 2,
  )
})

test('a kept session and its messages outlive a boot in 1970, and a clock that is set by a year', async (t) => {
  const clock = new FakeClock()
  const folder = await makeFolder(t)
  const first = await startLab(t, { mqtt: true, clock, folder })
  const fridge = await makeFridge(first)
  const panel = await connectPanel(t, first, first.key)
  await panel.subscribe('lab/fridge', 1)
  await first.stop()
  const right = clock.time
  clock.time = 10_000_000
  const lab = await startLab(t, { mqtt: true, clock, folder })
  const device = await connectDevice(t, lab, fridge.key, { over: 'tcp' })
  for (const n of [1, 2, 3]) await device.publish('lab/fridge', `s,temperature,,${n}`, { qos: 1 })
  for (const time of [right + 3_600_000_000, right + 365 * 86_400_000_000, right + 3_600_000_000]) {
    clock.time = time
    await lab.daemon.runWorkers()
    clock.advance(3_601)
    await lab.daemon.runWorkers()
  }
  assert.equal(await queued(lab), 3)
  const again = await connectPanel(t, lab, lab.key)
  assert.equal(again.sessionPresent, true)
  await again.hear(({ text }) => text.endsWith(',3'))
})
