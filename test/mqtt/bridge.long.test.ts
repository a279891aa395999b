/** An external broker beside the embedded one, or in its place: a real Mosquitto. Source: protocol, sections 7 and 8. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { createDaemon } from '../../daemon/daemon.ts'
import { silentLog } from '../../src/base/log.ts'
import { systemClock } from '../../src/base/clock.ts'
import { certificate, certificateKey } from '../support/certificate.ts'
import { FakeClock, labSettings, startLab, type Lab, type LabOptions } from '../support/lab.ts'
import { noMosquitto, startMosquitto, type Mosquitto } from '../support/mosquitto.ts'
import { connectDevice } from '../support/mqtt-client.ts'
import { connect } from '../support/peer.ts'
import { RecordingLog } from '../support/recording-log.ts'
import { waitFor } from '../support/waiting.ts'

const options = { skip: noMosquitto, timeout: 120_000 }

const bridged = ({ port }: { port: number }, more: Record<string, unknown> = {}) => ({
  MQTT_HOST: '127.0.0.1',
  MQTT_PORT: port,
  MQTT_ACTS_AS: 'admin@example.com',
  ...more,
})

const isLinked = async (lab: Lab): Promise<boolean> =>
  ((await (await fetch(`${lab.url}/health`)).json()) as Record<string, unknown>)['mqtt_broker'] === 'connected'

/** A lab that is linked to a broker. The lab's folder may be an existing one. */
async function startLinked(t: TestContext, broker: Mosquitto, { settings, ...more }: LabOptions = {}): Promise<Lab> {
  const lab = await startLab(t, { settings: bridged(broker, settings), ...more })
  await waitFor('the lab is linked', () => isLinked(lab))
  return lab
}

async function valuesOf(lab: Lab, path: string): Promise<number[]> {
  const sequence = lab.ctx.tree.find(path)
  return (await lab.ctx.sequences.read({ id: sequence?.id ?? 0, isText: false }, { order: 'ascending', limit: 10_000 })).values.map(Number)
}

/** Waits until the broker has the lab's subscription: what the lab publishes and subscribes to goes by one connection, in order. */
async function waitForSubscription(lab: Lab, broker: Mosquitto, t: TestContext, marker: string): Promise<void> {
  const device = await broker.connect(t)
  await waitFor('the broker hands on what comes', async () => {
    await device.publish('lab/fridge', { [marker]: {} })
    return lab.daemon.metrics.transport('mqtt_bridge').received > 0
  })
}

test(
  'what devices publish to the broker is stored and heard by all; what comes otherwise is published there, once, and without an echo',
  options,
  async (t) => {
    const broker = await startMosquitto(t)
    const lab = await startLinked(t, broker, { clock: new FakeClock(), mqtt: true })
    const fridge = await lab.controller('fridge')
    await lab.sequence('/lab/fridge/temperature')
    const [device, embedded, browser] = [await broker.connect(t), await connectDevice(t, lab, lab.key), await connect(t, lab, lab.key)]
    await device.subscribe('#', 1)
    await embedded.subscribe('lab/fridge', 1)
    await browser.subscribe('/lab/fridge')
    await waitForSubscription(lab, broker, t, 'hello')
    // Whatever greetings are still on their way come before this one.
    await device.publish('lab/fridge', { begin: {} })
    await device.hear('{"begin":{}}')
    await embedded.hear('{"begin":{}}')
    const before = { device: device.heard.length, embedded: embedded.heard.length }

    await device.publish('lab/fridge', 's,temperature,2026-01-31T11:00:00Z,4.50')
    await embedded.hear('s,temperature,2026-01-31T11:00:00Z,4.50')
    assert.equal((await browser.hear('sequence_update')).parameters?.['value'], '4.50')
    await device.publish('lab/fridge', { update: { $t: '2026-01-31T11:00:01Z', temperature: 5 } })
    await embedded.hear(({ text }) => text.startsWith('{"update"'))
    await device.publish('lab/fridge', 's,temperature,2026-01-31T11:00:02Z,6', { qos: 0 })
    await embedded.hear('s,temperature,2026-01-31T11:00:02Z,6')
    await device.publish('lab/fridge/temperature', '6.5')
    await embedded.hear('d,temperature,2026-01-31T12:00:00Z,6.5')
    assert.deepEqual(await valuesOf(lab, '/lab/fridge/temperature'), [4.5, 5, 6, 6.5])

    await lab.put('/resources/lab/fridge/temperature', { data: Buffer.from('7.10').toString('base64') })
    await device.hear('d,temperature,2026-01-31T12:00:00.000001Z,7.10')
    await embedded.publish('lab/fridge', 's,temperature,2026-01-31T12:00:03Z,8')
    await device.hear('s,temperature,2026-01-31T12:00:03Z,8')
    await browser.tell('update_sequence', { sequence: '/lab/fridge/temperature', value: 9, timestamp: '2026-01-31T12:00:04Z' })
    await device.hear('d,temperature,2026-01-31T12:00:04Z,9')
    await lab.post('/messages', { folder_path: '/lab/fridge', type: 'defrost', parameters: '{"minutes":5}' })
    await device.hear('{"defrost":{"minutes":5}}')
    assert.deepEqual(await valuesOf(lab, '/lab/fridge/temperature'), [4.5, 5, 6, 6.5, 7.1, 8, 9])

    await device.publish('lab/fridge', { end: {} })
    await embedded.hear('{"end":{}}')
    assert.deepEqual(
      device.texts().slice(before.device),
      [
        's,temperature,2026-01-31T11:00:00Z,4.50',
        '{"update":{"$t":"2026-01-31T11:00:01Z","temperature":5}}',
        's,temperature,2026-01-31T11:00:02Z,6',
        '6.5',
        'd,temperature,2026-01-31T12:00:00.000001Z,7.10',
        's,temperature,2026-01-31T12:00:03Z,8',
        'd,temperature,2026-01-31T12:00:04Z,9',
        '{"defrost":{"minutes":5}}',
        '{"end":{}}',
      ],
      'each once: what it published itself it has from the broker, and nothing of it comes back from us',
    )
    assert.equal(
      embedded.texts().filter((text) => text === 's,temperature,2026-01-31T12:00:03Z,8').length,
      1,
      'from here, and no second time by way of the broker',
    )
    const metrics = await (await fetch(`${lab.url}/metrics`)).text()
    assert.match(metrics, /rhizo_connections\{transport="mqtt_bridge"\} 1\n/)
    assert.match(metrics, /rhizo_messages_sent_total\{transport="mqtt_bridge"\} 4\n/)
    assert.equal(fridge.id > 0, true)
  },
)

test(
  'messages on the topics of a controller count as its own, as far as the user whom the settings name may change it; others ' +
    'are refused and acknowledged',
  options,
  async (t) => {
    const broker = await startMosquitto(t)
    const log = new RecordingLog()
    const clock = new FakeClock()
    const lab = await startLab(t, { clock, log, settings: bridged(broker, { MQTT_ACTS_AS: 'gate@example.com' }) })
    await waitFor('it is said that the user is missing', () =>
      log.warnings.some(({ reason }) => /There is no user "gate@example.com", whom the setting MQTT_ACTS_AS names/.test(String(reason))),
    )
    const [fridge, oven] = [await lab.controller('fridge'), await lab.controller('oven')]
    await lab.sequence('/lab/oven/temperature')
    await lab.sequence('/lab/fridge/temperature')
    const gate = await lab.user('gate@example.com')
    await waitFor('the lab is linked', () => isLinked(lab))
    await lab.put(`/resources${oven.path}`, { permissions: [[110, lab.organization.id, 10]] })
    const device = await broker.connect(t)
    await device.subscribe('#', 1)
    await waitForSubscription(lab, broker, t, 'hello')
    clock.advance(5)
    await device.publish('lab/fridge', { watchdog: {} })
    await waitFor('the watchdog message is noted', () => lab.ctx.liveness.get(fridge.id)?.lastWatchdog === clock.now())
    for (const [topic, payload] of [
      ['lab/oven', 's,temperature,,1'],
      ['lab/fridge', 's,none,,1'],
      ['lab/fridge', 'rubbish'],
      ['lab/fridge/temperature/deep', '1'],
    ] as const)
      await device.publish(topic, payload)
    await device.publish('lab/fridge', 's,temperature,2026-01-31T11:00:00Z,2')
    await waitFor('what came after them is stored', async () => (await valuesOf(lab, '/lab/fridge/temperature')).length === 1)
    const reasons = log.warnings
      .filter(({ message }) => message === 'refused a message of the external MQTT broker')
      .map(({ reason }) => String(reason))
    // What is no message of the server's own passes on as it came.
    assert.equal(reasons.length, 2, reasons.join('\n'))
    assert.match(reasons[0] ?? '', /You may not change \/lab\/oven\/temperature/)
    assert.match(reasons[1] ?? '', /There is no sequence "none" in \/lab\/fridge/)
    assert.deepEqual(await valuesOf(lab, '/lab/oven/temperature'), [])

    // What the user may not read does not go there.
    await lab.put(`/resources${oven.path}`, { permissions: [[110, lab.organization.id, 0]] })
    await lab.put('/resources', { values: { '/lab/oven/temperature': 200 } })
    await lab.put('/resources', { values: { '/lab/fridge/temperature': 3 } })
    await device.hear(({ text }) => text.startsWith('d,temperature,') && text.endsWith(',3'))
    assert.deepEqual(device.texts('lab/oven'), ['s,temperature,,1'])

    await lab.delete(`/users/${gate.id}`)
    await waitFor('a user who is gone ends it', async () => !(await isLinked(lab)))
  },
)

test(
  'a broker that is killed and started again: what was published there meanwhile is stored, what was stored meanwhile is ' +
    'published, each once',
  options,
  async (t) => {
    const broker = await startMosquitto(t)
    const log = new RecordingLog()
    const lab = await startLinked(t, broker, { log })
    await lab.controller('fridge')
    await lab.sequence('/lab/fridge/temperature')
    await waitForSubscription(lab, broker, t, 'hello')
    const first = await broker.connect(t)
    for (let n = 0; n < 50; n++) await first.publish('lab/fridge/temperature', String(n))
    await waitFor('they are stored', async () => (await valuesOf(lab, '/lab/fridge/temperature')).length === 50)
    await (await broker.connect(t, 'follower')).subscribe('lab/#', 1)

    await broker.stop('SIGTERM')
    await waitFor('the loss is noticed', async () => !(await isLinked(lab)))
    for (let n = 50; n < 60; n++) await lab.put('/resources/lab/fridge/temperature', { data: Buffer.from(String(n)).toString('base64') })
    await broker.start()
    const second = await broker.connect(t, 'follower')
    await second.hear(({ text }) => text.endsWith(',59'))
    assert.deepEqual(
      second.texts('lab/fridge').map((text) => Number(text.split(',')[3])),
      [50, 51, 52, 53, 54, 55, 56, 57, 58, 59],
    )
    await second.publish('lab/fridge/temperature', '60')
    await waitFor('values come again', async () => (await valuesOf(lab, '/lab/fridge/temperature')).length === 61)
    assert.deepEqual(
      await valuesOf(lab, '/lab/fridge/temperature'),
      Array.from({ length: 61 }, (_, n) => n),
    )
    assert.ok(log.lines.some(({ message }) => message === 'lost the connection to the external MQTT broker; tries again'))
    assert.ok(log.lines.some(({ message }) => message === 'connected to the external MQTT broker again'))
  },
)

test('the broker keeps what comes while the daemon is away, and gives it once', options, async (t) => {
  const broker = await startMosquitto(t)
  const lab = await startLinked(t, broker)
  await lab.controller('fridge')
  await lab.sequence('/lab/fridge/temperature')
  await waitForSubscription(lab, broker, t, 'hello')
  await lab.stop()
  const device = await broker.connect(t)
  for (let n = 0; n < 90; n++) await device.publish('lab/fridge', `s,temperature,,${n}`)
  const again = await startLinked(t, broker, { folder: lab.folder })
  await waitFor('all are there', async () => (await valuesOf(again, '/lab/fridge/temperature')).length >= 90)
  await device.publish('lab/fridge', 's,temperature,,90')
  await waitFor('the last one is there', async () => (await valuesOf(again, '/lab/fridge/temperature')).at(-1) === 90)
  assert.deepEqual(
    await valuesOf(again, '/lab/fridge/temperature'),
    Array.from({ length: 91 }, (_, n) => n),
  )
})

test('what can not be stored is not acknowledged, and comes again when it can', options, async (t) => {
  const broker = await startMosquitto(t)
  const log = new RecordingLog()
  const lab = await startLinked(t, broker, { log })
  await lab.controller('fridge')
  await lab.sequence('/lab/fridge/temperature')
  await waitForSubscription(lab, broker, t, 'hello')
  const { sequences } = lab.ctx
  const append = sequences.append.bind(sequences)
  let failures = 0
  t.mock.method(sequences, 'append', (rows: Parameters<typeof append>[0]) => {
    if (failures++ === 0) return Promise.reject(new Error('database or disk is full'))
    return append(rows)
  })
  const device = await broker.connect(t)
  await device.publish('lab/fridge', 's,temperature,,1')
  await waitFor('it is stored at last', async () => (await valuesOf(lab, '/lab/fridge/temperature')).length === 1)
  assert.ok(log.warnings.some(({ message }) => message === 'could not store a message of the external MQTT broker, and has it sent again'))
})

test(
  'a broker that refuses the login, or can not be reached, is said to the log without the password, and tried again',
  options,
  async (t) => {
    const broker = await startMosquitto(t, { login: { user: 'rhizo', password: 'right-password' } })
    const [refused, unreachable] = [new RecordingLog(), new RecordingLog()]
    await startLab(t, { log: refused, settings: bridged(broker, { MQTT_USER_NAME: 'rhizo', MQTT_PASSWORD: 'wrong-password' }) })
    const warning = await waitFor('the refusal is said', () =>
      refused.warnings.find(({ message }) => message === "can't reach the external MQTT broker"),
    )
    assert.deepEqual(
      [warning['broker'], warning['reason']],
      [`127.0.0.1:${broker.port}`, 'Connection refused: Not authorized (MQTT_USER_NAME and MQTT_PASSWORD)'],
    )
    assert.doesNotMatch(JSON.stringify(refused.lines), /wrong-password/)
    const lab = await startLinked(t, broker, {
      settings: { MQTT_USER_NAME: 'rhizo', MQTT_PASSWORD: 'right-password', MQTT_CLIENT_ID: 'other' },
    })
    assert.equal(await isLinked(lab), true)
    await broker.stop()
    const without = await startLab(t, { log: unreachable, settings: bridged(broker) })
    const failure = await waitFor('it is said', () =>
      unreachable.warnings.find(({ message }) => message === "can't reach the external MQTT broker"),
    )
    assert.match(String(failure['reason']), /ECONNREFUSED/)
    assert.equal(await isLinked(without), false)
  },
)

test('with TLS the broker is believed by its certificate; without the embedded broker there is no other way in', options, async (t) => {
  const broker = await startMosquitto(t, { tls: { certificate, key: certificateKey } })
  const log = new RecordingLog()
  await startLab(t, { log, settings: bridged(broker, { MQTT_TLS: true }) })
  const failure = await waitFor('the strange certificate is refused', () =>
    log.warnings.find(({ message }) => message === "can't reach the external MQTT broker"),
  )
  assert.match(String(failure['reason']), /self-signed certificate/)
  const lab = await startLinked(t, broker, {
    settings: { MQTT_TLS: true, MQTT_CA_FILE: join(broker.folder, 'certificate.pem'), MQTT_EMBEDDED: false },
    mqtt: true,
  })
  assert.equal(lab.daemon.mqttPort, undefined)
  await assert.rejects(connectDevice(t, lab, lab.key))
  const trusting = await startLinked(t, broker, { settings: { MQTT_TLS: true, MQTT_VERIFY: false } })
  assert.equal(await isLinked(trusting), true)
})

test('settings of an external broker that do not go together are refused at the start', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'rhizo-bridge-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const refusals: [Record<string, unknown>, RegExp][] = [
    [{ MQTT_HOST: 'broker' }, /The setting MQTT_ACTS_AS is missing/],
    [
      { MQTT_HOST: 'mqtt://broker:1883', MQTT_ACTS_AS: 'admin' },
      /MQTT_HOST is "mqtt:\/\/broker:1883"; allowed: a host name or address alone/,
    ],
    [{ MQTT_HOST: 'broker', MQTT_ACTS_AS: 'admin', MQTT_PASSWORD: 'pass' }, /MQTT_PASSWORD is there without MQTT_USER_NAME/],
    [
      { MQTT_HOST: 'broker', MQTT_ACTS_AS: 'admin', MQTT_TLS: true, MQTT_CA_FILE: 'none.pem' },
      /MQTT_CA_FILE is "none.pem", which can't be read/,
    ],
    [{ MQTT_EMBEDDED: false }, /there would be no MQTT at all/],
  ]
  for (const [settings, expected] of refusals)
    await assert.rejects(createDaemon(labSettings(folder, settings), { clock: systemClock, log: silentLog }).start(), expected)
})

test('past its bound what waits for the broker collapses to the newest value of each sequence, and the log says so', options, async (t) => {
  const broker = await startMosquitto(t)
  const log = new RecordingLog()
  const lab = await startLinked(t, broker, { log, settings: { MAX_OUTBOX_SIZE: 10_000 } })
  await lab.controller('fridge')
  for (const name of ['a', 'b']) await lab.sequence(`/lab/fridge/${name}`)
  await (await broker.connect(t, 'follower')).subscribe('lab/#', 1)
  await broker.stop('SIGTERM')
  await waitFor('the loss is noticed', async () => !(await isLinked(lab)))
  for (let n = 0; n < 300; n++) await lab.put('/resources', { values: { '/lab/fridge/a': n, '/lab/fridge/b': -n } })
  await broker.start()
  const device = await broker.connect(t, 'follower')
  await device.hear(({ text }) => text.endsWith(',299'))
  await device.hear(({ text }) => text.endsWith(',-299'))
  assert.ok(device.heard.length < 300, `heard ${device.heard.length} of 600`)
  assert.ok(log.warnings.some(({ message }) => message === 'keeps only the newest value of each sequence for the external MQTT broker'))
})
