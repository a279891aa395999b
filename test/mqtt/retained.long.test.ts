/** What a new MQTT subscriber gets at once: retained messages, and the newest values of sequences. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { FakeClock, startLab } from '../support/lab.ts'
import { connectDevice, type Device } from '../support/mqtt-client.ts'
import { RecordingLog } from '../support/recording-log.ts'
import { waitFor } from '../support/waiting.ts'

const about = ({ heard }: Device): (string | number | boolean)[][] =>
  heard.map(({ topic, text, qos, retain }) => [topic, text, qos, retain])

test('a retained message comes to those who subscribe later, marked; to those there already unmarked; an empty one ends it', async (t) => {
  const lab = await startLab(t, { mqtt: true })
  const fridge = await lab.controller('fridge')
  const device = await connectDevice(t, lab, fridge.key, { over: 'tcp' })
  const early = await connectDevice(t, lab, lab.key, { over: 'tcp' })
  await early.subscribe('lab/#', 1)
  await device.publish('lab/fridge/stat/POWER', 'OFF', { retain: true })
  await device.publish('lab/fridge/stat/POWER', 'ON', { retain: true, qos: 2 })
  await device.publish('lab/fridge', { mode: { is: 'eco' } }, { retain: true, qos: 0 })
  await device.publish('lab/fridge/stat/other', 'not kept')
  await early.hear('not kept')
  assert.ok(early.heard.every(({ retain }) => !retain))

  const late = await connectDevice(t, lab, lab.key, { over: 'tcp' })
  await late.subscribe('lab/fridge/+/POWER', 1)
  await late.hear('ON')
  await late.subscribe('lab/fridge/#', 2)
  await late.hear('{"mode":{"is":"eco"}}')
  await waitFor('both came by the second subscription', () => late.heard.length === 3)
  assert.deepEqual(about(late).sort(), [
    ['lab/fridge', '{"mode":{"is":"eco"}}', 0, true],
    ['lab/fridge/stat/POWER', 'ON', 1, true],
    ['lab/fridge/stat/POWER', 'ON', 2, true],
  ])

  await device.publish('lab/fridge/stat/POWER', '', { retain: true })
  await early.hear(({ topic, text }) => topic.endsWith('POWER') && text === '')
  const last = await connectDevice(t, lab, lab.key, { over: 'tcp' })
  await last.subscribe('lab/#', 1)
  await last.hear('{"mode":{"is":"eco"}}')
  await device.publish('lab/fridge/stat/POWER', 'live')
  await last.hear('live')
  assert.deepEqual(about(last), [
    ['lab/fridge', '{"mode":{"is":"eco"}}', 0, true],
    ['lab/fridge/stat/POWER', 'live', 1, false],
  ])
})

test('several filters of one packet bring a retained message and a newest value once', async (t) => {
  const lab = await startLab(t, { mqtt: true })
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/temperature')
  const device = await connectDevice(t, lab, fridge.key, { over: 'tcp' })
  await device.publish('lab/fridge/stat', 'on', { retain: true })
  await device.publish('lab/fridge', 's,temperature,,4.50')
  const panel = await connectDevice(t, lab, lab.key, { over: 'tcp' })
  await panel.client.subscribeAsync({ 'lab/fridge/stat': { qos: 1 }, 'lab/fridge/+': { qos: 1 }, 'lab/+/temperature': { qos: 0 } })
  await device.publish('lab/fridge/stat', 'end')
  await panel.hear('end')
  assert.deepEqual(about(panel).sort(), [
    ['lab/fridge/stat', 'end', 1, false],
    ['lab/fridge/stat', 'on', 1, true],
    ['lab/fridge/temperature', '4.50', 1, true],
  ])
})

test('values, updates and what is done need not be retained; nor may anybody retain where they may not write', async (t) => {
  const lab = await startLab(t, { mqtt: true, settings: { MQTT_VALUES_ON_SUBSCRIBE: 'none', MQTT_REFUSED: 'acknowledge' } })
  const fridge = await lab.controller('fridge')
  const stranger = await lab.user('stranger@example.com', { member: false })
  await lab.sequence('/lab/fridge/temperature')
  const device = await connectDevice(t, lab, fridge.key, { over: 'tcp' })
  for (const payload of ['s,temperature,,1', 'd,temperature,,2', '{"update":{"temperature":3}}', '{"watchdog":{}}'])
    await device.publish('lab/fridge', payload, { retain: true })
  await device.publish('lab/fridge/temperature', '4', { retain: true })
  await (await connectDevice(t, lab, stranger.key, { over: 'tcp' })).publish('lab/fridge/stat', 'mine', { retain: true })
  await device.publish('lab/fridge', 'd,mode,,eco', { retain: true })
  assert.deepEqual(
    await lab.ctx.db.selectFrom('mqtt_retained').select('topic').execute(),
    [{ topic: 'lab/fridge' }],
    'only of the name that is no sequence',
  )
})

test('retained messages and their end outlive a restart, and go with what their topic stood for', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'rhizo-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const before = await startLab(t, { mqtt: true, folder })
  const fridge = await before.controller('fridge')
  const device = await connectDevice(t, before, fridge.key, { over: 'tcp' })
  await before.sequence('/lab/secret/temperature')
  const admin = await connectDevice(t, before, before.key, { over: 'tcp' })
  await device.publish('lab/fridge/a', Buffer.from([0, 255, 1]), { retain: true })
  await device.publish('lab/fridge/b', 'gone', { retain: true })
  await device.publish('lab/fridge/b', '', { retain: true })
  await admin.publish('lab/secret/c', 'for few', { retain: true })
  const { key } = before
  await before.stop()

  const lab = await startLab(t, { mqtt: true, folder })
  await lab.put('/resources/lab/secret', { name: 'hidden' })
  const panel = await connectDevice(t, lab, key, { over: 'tcp' })
  await panel.subscribe('lab/#', 1)
  const { bytes } = await panel.hear(({ topic }) => topic === 'lab/fridge/a')
  assert.deepEqual([...bytes], [0, 255, 1])
  await (await connectDevice(t, lab, fridge.key, { over: 'tcp' })).publish('lab/fridge/z', 'end')
  await panel.hear('end')
  assert.deepEqual(
    panel.heard.map(({ topic }) => topic),
    ['lab/fridge/a', 'lab/fridge/z'],
    'a topic that lies elsewhere by now would be read with the rights of another folder',
  )
  await lab.daemon.runWorkers()
  assert.deepEqual(await lab.ctx.db.selectFrom('mqtt_retained').select('topic').execute(), [{ topic: 'lab/fridge/a' }])
})

test('how many there are and how large they are has a limit; past it they pass on all the same', async (t) => {
  const log = new RecordingLog()
  const lab = await startLab(t, { mqtt: true, log, settings: { MQTT_MAX_RETAINED: 2, MQTT_MAX_RETAINED_SIZE: 100 } })
  const fridge = await lab.controller('fridge')
  const device = await connectDevice(t, lab, fridge.key, { over: 'tcp' })
  const panel = await connectDevice(t, lab, lab.key, { over: 'tcp' })
  await panel.subscribe('lab/#')
  await device.publish('lab/fridge/a', 'x'.repeat(60), { retain: true })
  await device.publish('lab/fridge/b', 'y'.repeat(60), { retain: true })
  await panel.hear('y'.repeat(60))
  assert.ok(log.warnings.some(({ reason }) => /MQTT_MAX_RETAINED_SIZE/.test(String(reason))))
  for (const name of ['b', 'c']) await device.publish(`lab/fridge/${name}`, name, { retain: true })
  await panel.hear('c')
  assert.ok(log.warnings.some(({ reason }) => /MQTT_MAX_RETAINED\)/.test(String(reason))))
  await device.publish('lab/fridge/a', 'again', { retain: true })
  assert.deepEqual(
    (await lab.ctx.db.selectFrom('mqtt_retained').select(['topic', 'payload']).orderBy('topic').execute()).map(({ topic, payload }) => [
      topic,
      Buffer.from(payload).toString(),
    ]),
    [
      ['lab/fridge/a', 'again'],
      ['lab/fridge/b', 'b'],
    ],
  )
})

test('only what may be read is brought', async (t) => {
  const lab = await startLab(t, { mqtt: true, settings: { MQTT_VALUES_ON_SUBSCRIBE: 'folders' } })
  const guest = await lab.user('guest@example.com', { member: false })
  for (const name of ['a', 'b']) {
    const { key } = await lab.controller(name)
    await lab.sequence(`/lab/${name}/t`)
    const device = await connectDevice(t, lab, key, { over: 'tcp' })
    await device.publish(`lab/${name}/x`, `retained ${name}`, { retain: true })
    await device.publish(`lab/${name}`, 's,t,2026-01-31T12:00:00Z,5')
  }
  const a = lab.ctx.tree.find('/lab/a')
  assert.ok(a)
  lab.ctx.tree.setPermissions(a, [[130, guest.id, 10]])
  const panel = await connectDevice(t, lab, guest.key, { over: 'tcp' })
  await panel.client.subscribeAsync(['#', '+/+/t'])
  lab.ctx.hub.publish({ folder: a, type: 'end', parameters: {}, timestamp: 0 })
  await panel.hear('{"end":{}}')
  await panel.hear('5')
  assert.deepEqual(
    about(panel)
      .filter(([, text]) => text !== '{"end":{}}')
      .sort(),
    [
      ['lab/a', 'd,t,2026-01-31T12:00:00Z,5', 0, true],
      ['lab/a/t', '5', 0, true],
      ['lab/a/x', 'retained a', 0, true],
    ],
  )
})

for (const which of ['sequences', 'folders', 'none'] as const) {
  test(`MQTT_VALUES_ON_SUBSCRIBE ${which}: the newest value comes on the topics it says`, async (t) => {
    const lab = await startLab(t, { mqtt: true, clock: new FakeClock(), settings: { MQTT_VALUES_ON_SUBSCRIBE: which } })
    await lab.controller('fridge')
    await lab.sequence('/lab/fridge/temperature')
    await lab.sequence('/lab/fridge/inner/state', 2)
    await lab.sequence('/lab/fridge/empty')
    await lab.sequence('/lab/fridge/camera', 3)
    await lab.put('/resources', { values: { '/lab/fridge/temperature': 4.5, '/lab/fridge/inner/state': 'on, and well' } })
    const panel = await connectDevice(t, lab, lab.key, { over: 'tcp' })
    await panel.client.subscribeAsync({ 'lab/fridge/#': { qos: 1 }, 'lab/fridge/temperature': { qos: 0 } })
    const folder = lab.ctx.tree.find('/lab/fridge')
    assert.ok(folder)
    const shown = [
      ['lab/fridge', 'd,temperature,2026-01-31T12:00:00Z,4.5', 1, true],
      ['lab/fridge/inner', 'd,state,2026-01-31T12:00:00Z,on, and well', 1, true],
    ]
    const bare = [['lab/fridge/temperature', '4.5', 0, true]]
    const expected = which === 'none' ? [] : which === 'folders' ? [...shown, ...bare] : bare
    await waitFor('it came', () => panel.heard.length >= expected.length)
    lab.ctx.hub.publish({ folder, type: 'end', parameters: {}, timestamp: 0 })
    await panel.hear('{"end":{}}')
    assert.deepEqual(
      about(panel)
        .filter(([, text]) => text !== '{"end":{}}')
        .sort(),
      expected,
    )
  })
}

test('ten thousand sequences: live values get through in between, and none comes after a newer one', async (t) => {
  const log = new RecordingLog()
  const lab = await startLab(t, { mqtt: true, log, settings: { MQTT_VALUES_ON_SUBSCRIBE: 'folders', MQTT_MAX_VALUES_ON_SUBSCRIBE: 9_000 } })
  const device = await lab.controller('device')
  await lab.sequence('/lab/device/s0')
  const folder = lab.ctx.tree.find('/lab/device')
  assert.ok(folder)
  await lab.ctx.db.transaction().execute(async (tx) => {
    const attributes = JSON.stringify({ data_type: 1, min_storage_interval: 0, max_history: 1_000 })
    for (let from = 1; from < 10_000; from += 500) {
      const names = Array.from({ length: Math.min(500, 10_000 - from) }, (_, n) => `s${from + n}`)
      await tx
        .insertInto('resources')
        .values(
          names.map((name) => ({
            parent_id: folder.id,
            organization_id: folder.organizationId,
            name,
            type: 21,
            permissions: null,
            system_attributes: attributes,
            user_attributes: '{}',
            creation_timestamp: 0,
            modification_timestamp: 0,
            last_revision_id: null,
            deleted: 0 as const,
            deletion_timestamp: null,
          })),
        )
        .execute()
    }
  })
  await lab.daemon.reload()
  const paths = Array.from({ length: 10_000 }, (_, n) => `/lab/device/s${n}`)
  const values = (value: number, of = paths): Promise<unknown> =>
    lab.put('/resources', { values: Object.fromEntries(of.map((path) => [path, value])) })
  await values(1)
  const panel = await connectDevice(t, lab, lab.key, { over: 'tcp' })
  const publisher = await connectDevice(t, lab, device.key, { over: 'tcp' })
  const subscribed = panel.subscribe('lab/device', 0)
  await panel.hear(({ retain }) => retain)
  let live = 2
  for (; live < 12; live++) {
    for (const name of ['s1', 's5000', 's9998']) await publisher.publish('lab/device', `s,${name},,${live}`)
    await panel.hear(({ text }) => text.startsWith('s,s9998,') && text.endsWith(`,${live}`))
  }
  await subscribed
  // The server says so when it has handed over the last one that it sends.
  await waitFor('the server says that it sends no more', () =>
    log.warnings.some(({ reason }) => /MQTT_MAX_VALUES_ON_SUBSCRIBE/.test(String(reason))),
  )
  await waitFor('the rest came', () => panel.heard.filter(({ retain }) => retain).length >= 9_000)
  const newest = new Map<string, number>()
  for (const { text } of panel.heard) {
    const [, name = '', , value] = text.split(',')
    assert.ok(Number(value) >= (newest.get(name) ?? 0), `${name}: ${value} after ${newest.get(name)}`)
    newest.set(name, Number(value))
  }
  const retained = panel.heard.filter(({ retain }) => retain)
  assert.equal(new Set(retained.map(({ text }) => text.split(',')[1])).size, retained.length, 'each once')
  assert.equal(retained.length, 9_000)
})
