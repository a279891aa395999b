/** Who may connect, publish and hear over MQTT; permission changes and revoked keys act on open connections. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { ONE_CONTROLLER, ONE_USER } from '../../src/wire/permissions.ts'
import { startLab, type Lab } from '../support/lab.ts'
import { connectDevice, refusedDevice, type Device } from '../support/mqtt-client.ts'
import { RecordingLog } from '../support/recording-log.ts'
import { waitFor } from '../support/waiting.ts'

/** Waits until all that was published before has been delivered to a device. */
async function settle(lab: Lab, device: Device): Promise<void> {
  const text = `d,marker,2026-01-31T12:00:00Z,${Math.random()}`
  const admin = lab.ctx.tree.find('/lab/marker')
  assert.ok(admin)
  await device.subscribe('lab/marker')
  lab.ctx.hub.publish({ folder: admin, type: 'marker', parameters: { text }, timestamp: 0 })
  await device.hear((message) => message.text.includes(text))
}

test('a key as the password lets controllers and users in, by TCP and WebSocket; nothing else does', async (t) => {
  const log = new RecordingLog()
  const lab = await startLab(t, { mqtt: true, log })
  const fridge = await lab.controller('fridge')
  const person = await lab.user('person@example.com')
  for (const over of ['tcp', 'websocket'] as const) {
    for (const key of [fridge.key, person.key]) (await connectDevice(t, lab, key, { over })).client.end()
    assert.equal(await refusedDevice(t, lab, { over, password: `${fridge.key}X` }), 4)
    assert.equal(await refusedDevice(t, lab, { over, password: '' }), 4)
    assert.equal(await refusedDevice(t, lab, { over, username: '', password: '' }), 4)
    assert.equal(await refusedDevice(t, lab, { over, password: fridge.key, clientId: 'x'.repeat(300) }), 2)
  }
  assert.ok(log.warnings.some(({ reason }) => String(reason).includes('The key is not valid')))
  assert.ok(!JSON.stringify(log.lines).includes(fridge.key))
})

test('the controller counts as connected, with the version that it calls itself', async (t) => {
  const lab = await startLab(t, { mqtt: true })
  const fridge = await lab.controller('fridge')
  const device = await connectDevice(t, lab, fridge.key, { over: 'tcp', username: 'greenhouse 1.2' })
  await device.publish('lab/fridge', { watchdog: {} })
  const state = lab.ctx.liveness.get(fridge.id)
  assert.equal(state?.connections, 1)
  assert.equal(state?.clientVersion, 'greenhouse 1.2')
  assert.equal(state?.address, '127.0.0.1')
  assert.equal(state?.received, 1)
  assert.ok(state?.lastWatchdog !== undefined)
  await device.client.endAsync()
  await waitFor('the controller counts as gone', () => lab.ctx.liveness.get(fridge.id)?.connections === 0)
})

test('each publication needs write: with MQTT_REFUSED: close QoS 1 ends the connection unacknowledged; the log says why', async (t) => {
  const log = new RecordingLog()
  const lab = await startLab(t, { mqtt: true, log, settings: { MQTT_REFUSED: 'close' } })
  await lab.controller('fridge')
  await lab.sequence('/lab/fridge/temperature')
  const stranger = await lab.user('stranger@example.com', { member: false })
  const cases: [topic: string, payload: string][] = [
    ['lab/fridge', 's,temperature,,1'],
    ['lab/fridge', 'd,temperature,,1'],
    ['lab/fridge', '{"update":{"temperature":1}}'],
    ['lab/fridge', '{"update_sequence":{"sequence":"temperature","value":1}}'],
    ['lab/fridge', '{"hello":{}}'],
    ['lab/fridge', ''],
    ['lab/fridge/temperature', '1'],
    ['lab/fridge/cmnd/POWER', 'ON'],
  ]
  const listener = await connectDevice(t, lab, lab.key, { over: 'tcp' })
  await listener.subscribe('lab/#', 1)
  for (const [topic, payload] of cases) {
    for (const qos of [1, 2] as const) {
      const device = await connectDevice(t, lab, stranger.key, { over: 'tcp' })
      await assert.rejects(
        Promise.race([
          device.publish(topic, payload, { qos, retain: payload === '' }),
          device.closed.then(() => Promise.reject(new Error('closed'))),
        ]),
        `${topic} ${payload}`,
      )
      await device.closed
    }
    assert.ok(
      log.warnings.some(({ reason, topic: about }) => about === topic && String(reason).includes('You may not')),
      topic,
    )
  }
  const device = await connectDevice(t, lab, stranger.key, { over: 'tcp' })
  for (const [topic, payload] of cases) await device.publish(topic, payload, { qos: 0, retain: payload === '' })
  assert.equal(await device.subscribe('lab/fridge'), 128)
  assert.equal(device.client.connected, true)
  assert.deepEqual(listener.texts(), [])
  assert.equal((await lab.get('/resources/lab/fridge/temperature')).text, '')
})

test('what is malformed is refused with a reason, and told to a sender that listens there', async (t) => {
  const log = new RecordingLog()
  const lab = await startLab(t, { mqtt: true, log, settings: { MQTT_REFUSED: 'acknowledge' } })
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/temperature')
  await lab.sequence('/lab/fridge/camera', 3)
  const device = await connectDevice(t, lab, fridge.key, { over: 'tcp' })
  await device.subscribe('lab/fridge')
  const cases: [payload: string | Buffer, reason: RegExp][] = [
    ['{"update": {', /is not JSON/],
    ['{}', /names no type/],
    ['{"subscribe": {}}', /SUBSCRIBE/],
    ['{"resource_moved": {}}', /server's own/],
    [`{"${'x'.repeat(2_001)}": {}}`, /longer than 2000/],
    [`{"note": ${'['.repeat(40)}${']'.repeat(40)}}`, /nested deeper/],
    ['s,temperature,4.5', /NAME,TIMESTAMP,VALUE/],
    ['s,,,4.5', /NAME in the payload/],
    ['s,temperature,yesterday,4.5', /TIMESTAMP in the payload is "yesterday"/],
    ['s,temperature,,nan', /must be a finite number, found "nan"/],
    ['s,pressure,,1', /There is no sequence "pressure" in \/lab\/fridge/],
    ['s,camera,,1', /image sequence/],
    [Buffer.from([0x73, 0x2c, 0xff, 0x2c, 0x2c, 0x31]), /not UTF-8/],
  ]
  // What is no message of this protocol passes on as it came.
  for (const payload of ['hello', '21.5', '["a", 1]', '{"state": "ON"}']) {
    await device.publish('lab/fridge', payload)
    await device.hear(payload)
  }
  assert.ok(log.warnings.some(({ reason }) => /a bare value goes to that of its sequence/.test(String(reason))))
  device.heard.length = 0
  for (const [payload, reason] of cases) {
    await device.publish('lab/fridge', payload)
    const { text } = await device.hear(({ text }) => text.startsWith('{"error"'))
    assert.match((JSON.parse(text) as { error: { message: string } }).error.message, reason)
    device.heard.length = 0
  }
  for (const topic of [
    'lab/fridge/temperature/below',
    '/lab/fridge',
    'lab//fridge',
    'elsewhere',
    `lab/${'x'.repeat(300)}`,
    `lab${'/x'.repeat(40)}`,
  ])
    await device.publish(topic, 'x', { qos: topic.length > 60 ? 0 : 1 }).catch(() => {})
  assert.ok(log.warnings.length > 0)
})

test('wildcards bring what may be read and nothing else, whatever changes', async (t) => {
  const lab = await startLab(t, { mqtt: true })
  for (const name of ['a', 'b', 'marker']) await lab.controller(name)
  for (const path of ['/lab/a/t', '/lab/b/t', '/lab/b/secret/t']) await lab.sequence(path)
  const guest = await lab.user('guest@example.com', { member: false })
  const organization = lab.ctx.tree.find('/lab')
  const [a, b, marker] = ['/lab/a', '/lab/b', '/lab/marker'].map((path) => lab.ctx.tree.find(path))
  assert.ok(organization && a && b && marker)
  lab.ctx.tree.setPermissions(a, [[ONE_USER, guest.id, 10]])
  lab.ctx.tree.setPermissions(marker, [[ONE_USER, guest.id, 10]])
  const device = await connectDevice(t, lab, guest.key, { over: 'tcp' })
  assert.equal(await device.subscribe('lab/#', 1), 1)
  assert.equal(await device.subscribe('+/+/t', 1), 1)
  assert.equal(await device.subscribe('#', 1), 1)
  assert.equal(await device.subscribe('lab/b', 1), 128)
  assert.equal(await device.subscribe('lab/b/#', 1), 128)
  assert.equal(await device.subscribe('$SYS/#', 1), 128)
  const put = (value: number): Promise<unknown> =>
    lab.put('/resources', { values: { '/lab/a/t': value, '/lab/b/t': value, '/lab/b/secret/t': value } })
  await put(1)
  await settle(lab, device)
  const about = (): string[] =>
    device.heard.filter(({ text }) => !text.includes('marker')).map(({ topic, text }) => `${topic} ${text.replace(/T[^,]*Z/, '')}`)
  assert.deepEqual(
    about().map((line) => line.replace(/\d{4}-\d\d-\d\d/, '')),
    ['lab/a d,t,,1', 'lab/a/t 1'],
  )

  lab.ctx.tree.setPermissions(b, [[ONE_USER, guest.id, 10]])
  device.heard.length = 0
  await put(2)
  await settle(lab, device)
  assert.deepEqual([...new Set(device.heard.map(({ topic }) => topic))].sort(), [
    'lab/a',
    'lab/a/t',
    'lab/b',
    'lab/b/secret',
    'lab/b/t',
    'lab/marker',
  ])

  lab.ctx.tree.setPermissions(a, null)
  lab.ctx.tree.setPermissions(b, null)
  device.heard.length = 0
  await put(3)
  await settle(lab, device)
  assert.deepEqual([...new Set(device.heard.map(({ topic }) => topic))], ['lab/marker'])
})

test('a revoked key, a deleted controller and a changed account end open connections', async (t) => {
  const lab = await startLab(t, { mqtt: true })
  const [fridge, oven] = [await lab.controller('fridge'), await lab.controller('oven')]
  const person = await lab.user('person@example.com')
  const [first, second, third] = [
    await connectDevice(t, lab, fridge.key, { over: 'tcp' }),
    await connectDevice(t, lab, oven.key),
    await connectDevice(t, lab, person.key, { over: 'tcp' }),
  ]
  const keys = (await lab.get('/keys', { access_as_controller_id: fridge.id })).json as Record<string, unknown>
  await lab.delete(`/keys/${Object.keys(keys)[0]}`)
  await first.closed
  assert.equal(await refusedDevice(t, lab, { password: fridge.key }), 4)
  await lab.delete('/resources/lab/oven')
  await second.closed
  await lab.delete(`/organizations/${lab.organization.id}/users/${person.id}`)
  await third.closed
})

test('two clients with the same id are one and the same only when they act as the same', async (t) => {
  const lab = await startLab(t, { mqtt: true })
  const [fridge, oven] = [await lab.controller('fridge'), await lab.controller('oven')]
  const first = await connectDevice(t, lab, fridge.key, { over: 'tcp', clientId: 'ESP32Client' })
  const other = await connectDevice(t, lab, oven.key, { over: 'tcp', clientId: 'ESP32Client' })
  assert.equal(first.client.connected, true)
  const again = await connectDevice(t, lab, fridge.key, { over: 'tcp', clientId: 'ESP32Client' })
  await first.closed
  assert.equal(again.client.connected, true)
  assert.equal(other.client.connected, true)
})

test('topics beneath a folder pass from client to client with the folder’s permissions', async (t) => {
  const lab = await startLab(t, { mqtt: true })
  const [plug, oven] = [await lab.controller('plug'), await lab.controller('oven')]
  const resource = lab.ctx.tree.find('/lab/plug')
  assert.ok(resource)
  const [tasmota, home, other] = [
    await connectDevice(t, lab, plug.key, { over: 'tcp' }),
    await connectDevice(t, lab, lab.key),
    await connectDevice(t, lab, oven.key),
  ]
  lab.ctx.tree.setPermissions(resource, [
    [ONE_CONTROLLER, plug.id, 20],
    [120, lab.organization.id, 0],
  ])
  await tasmota.subscribe('lab/plug/cmnd/#')
  await home.subscribe('lab/plug/+/+')
  assert.equal(await other.subscribe('lab/plug/stat/POWER'), 128)
  await home.publish('lab/plug/cmnd/POWER', 'ON', { qos: 0 })
  assert.deepEqual([(await tasmota.hear('ON')).topic], ['lab/plug/cmnd/POWER'])
  await tasmota.publish('lab/plug/stat/RESULT', '{"POWER":"ON","Time":"2026-01-31T12:00:00"}')
  await home.hear('{"POWER":"ON","Time":"2026-01-31T12:00:00"}')
})

test('the publisher hears too, and nothing comes twice, in whatever QoS and over whatever subscriptions', async (t) => {
  const lab = await startLab(t, { mqtt: true })
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/temperature')
  const device = await connectDevice(t, lab, fridge.key, { over: 'tcp', clientId: 'one', clean: false })
  const panel = await connectDevice(t, lab, lab.key, { over: 'tcp', clientId: 'two', clean: false })
  for (const one of [device, panel])
    for (const [filter, qos] of [
      ['lab/#', 2],
      ['lab/fridge', 1],
      ['+/+', 0],
      ['lab/+/stat', 2],
      ['lab/fridge/stat', 0],
    ] as const)
      await one.subscribe(filter, qos)
  const sent: string[] = []
  for (const qos of [0, 1, 2] as const) {
    for (const [topic, payload] of [
      ['lab/fridge', `s,temperature,2026-01-31T12:00:0${qos}Z,${qos}`],
      ['lab/fridge', `{"note":{"n":${qos}}}`],
      ['lab/fridge/stat', `stat ${qos}`],
    ] as const) {
      await device.publish(topic, payload, { qos })
      sent.push(payload)
    }
  }
  await lab.put('/resources', { values: { '/lab/fridge/temperature': 7 } })
  for (const one of [device, panel]) await one.hear(({ text }) => text.endsWith(',7'))
  for (const one of [device, panel]) {
    await one.hear('stat 2')
    assert.deepEqual(
      one
        .texts('lab/fridge')
        .concat(one.texts('lab/fridge/stat'))
        .filter((text) => !text.endsWith(',7'))
        .sort(),
      [...sent].sort(),
    )
  }
})
