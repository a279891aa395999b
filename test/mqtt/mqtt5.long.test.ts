/** MQTT 5: what its clients are told at the handshake, in acknowledgements and at the end, and what goes with their messages. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { once } from 'node:events'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import type { IPublishPacket, IDisconnectPacket, MqttClient, Packet } from 'mqtt'
import { generate, parser } from 'mqtt-packet'
import { FakeClock, startLab, type Lab } from '../support/lab.ts'
import { connectDevice, type Device, type DeviceOptions } from '../support/mqtt-client.ts'
import { waitFor } from '../support/waiting.ts'

const connect5 = (t: TestContext, lab: Lab, key: string, options: DeviceOptions = {}): Promise<Device> =>
  connectDevice(t, lab, key, { over: 'tcp', protocolVersion: 5, ...options })

type Answer = Packet & { reasonCode?: number; properties?: { reasonString?: string } }

/** The last packet of a kind that came. */
const last = (device: Device, cmd: string): Answer | undefined => device.packets.findLast((packet) => packet.cmd === cmd)

/** Publishes, whatever the answer says. @returns its reason code and text */
async function publish5(
  device: Device,
  topic: string,
  payload: string,
  qos: 1 | 2 = 1,
  properties: IPublishPacket['properties'] = {},
): Promise<[number, string | undefined]> {
  const cmd = qos === 1 ? 'puback' : 'pubrec'
  const before = device.packets.filter((packet) => packet.cmd === cmd).length
  device.client.publish(topic, payload, { qos, properties }, () => {})
  await waitFor('it is answered', () => device.packets.filter((packet) => packet.cmd === cmd).length > before)
  const answer = last(device, cmd)
  return [answer?.reasonCode ?? 0, answer?.properties?.reasonString]
}

const published = (device: Device): IPublishPacket[] =>
  device.packets.filter((packet): packet is IPublishPacket => packet.cmd === 'publish')
const ended = (client: MqttClient): Promise<IDisconnectPacket> => new Promise((resolve) => client.once('disconnect', resolve))

interface Raw {
  packets: Packet[]
  send(packet: Packet): void
  write(bytes: Uint8Array): void
  closed: Promise<unknown>
}

const hello = (key: string, properties: object = {}): Buffer =>
  generate(
    {
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 5,
      clean: true,
      keepalive: 0,
      clientId: 'raw',
      username: 'key',
      password: Buffer.from(key),
      properties,
    },
    { protocolVersion: 5 },
  )

/** A client that sends just what it is told to. */
async function openRaw(t: TestContext, lab: Lab): Promise<Raw> {
  const socket = connect(lab.daemon.mqttPort ?? 0, '127.0.0.1')
  t.after(() => socket.destroy())
  socket.on('error', () => {})
  const packets: Packet[] = []
  const parse = parser({ protocolVersion: 5 })
  parse.on('packet', (packet: Packet) => packets.push(packet))
  socket.on('data', (bytes: Buffer) => parse.parse(bytes))
  const closed = once(socket, 'close')
  await once(socket, 'connect')
  const write = (bytes: Uint8Array): void => void socket.write(bytes)
  return { packets, closed, write, send: (packet) => write(generate(packet, { protocolVersion: 5 })) }
}

async function connectRaw(t: TestContext, lab: Lab, key: string, properties: object = {}): Promise<Raw> {
  const raw = await openRaw(t, lab)
  raw.write(hello(key, properties))
  await waitFor('it is let in', () => raw.packets.some(({ cmd }) => cmd === 'connack'))
  return raw
}

async function leave(lab: Lab, device: Device): Promise<void> {
  const before = lab.daemon.metrics.transport('mqtt').connections
  device.client.stream.destroy()
  await waitFor('the server noticed', () => lab.daemon.metrics.transport('mqtt').connections < before)
}

for (const over of ['tcp', 'websocket'] as const)
  test(`over ${over}: a bad value is acknowledged with a reason and its text, and the connection stays`, async (t) => {
    const lab = await startLab(t, { mqtt: true, settings: { MQTT_REFUSED: 'close' } })
    const fridge = await lab.controller('fridge')
    await lab.controller('oven')
    await lab.sequence('/lab/fridge/temperature')
    const device = await connect5(t, lab, fridge.key, { over })
    const other = await lab.user('reader@example.com', { member: false })
    for (const qos of [1, 2] as const) {
      assert.deepEqual(await publish5(device, 'lab/fridge/temperature', '4.5', qos), [0, undefined])
      const [code, text] = await publish5(device, 'lab/fridge/temperature', 'nan', qos)
      assert.equal(code, 0x99)
      assert.match(text ?? '', /nan/)
      assert.equal((await publish5(device, 'lab/fridge', 's,nothing,,4.5', qos))[0], 0x99)
      assert.equal((await publish5(device, 'elsewhere/x', '1', qos))[0] >= 0x80, true)
      assert.equal((await publish5(device, `lab/fridge${'/x'.repeat(60)}`, '1', qos))[0], 0x90)
      const [partly, named] = await publish5(device, 'lab/fridge', '{"update":{"temperature":5,"nothing":1}}', qos)
      assert.equal(partly, 0)
      assert.match(named ?? '', /nothing/)
    }
    const guest = await connect5(t, lab, other.key, { over })
    assert.equal((await publish5(guest, 'lab/fridge/temperature', '4.5'))[0], 0x87)
    assert.equal(device.client.connected && guest.client.connected, true)
    assert.equal((await lab.get('/resources/lab/fridge/temperature')).text, '5')
    const quiet = await connect5(t, lab, fridge.key, { over, properties: { requestProblemInformation: false } })
    assert.deepEqual(await publish5(quiet, 'lab/fridge/temperature', 'nan'), [0x99, undefined])
  })

test('properties of a message go on to subscribers of MQTT 5, live, retained and queued; those of 3.1.1 get it as ever', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'rhizo-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const before = await startLab(t, { mqtt: true, folder })
  const fridge = await before.controller('fridge')
  await before.sequence('/lab/fridge/temperature')
  const panel = await connect5(t, before, before.key)
  const old = await connectDevice(t, before, before.key, { over: 'tcp' })
  const away = { clientId: 'away', clean: false, properties: { sessionExpiryInterval: 3600 } } as const
  const absent = await connect5(t, before, before.key, away)
  for (const one of [panel, old, absent]) {
    await one.subscribe('lab/fridge/#', 1)
    await one.subscribe('lab/fridge/temperature', 0)
  }
  await leave(before, absent)
  const device = await connect5(t, before, fridge.key)
  const properties = {
    userProperties: { unit: '°C', tag: ['a', 'b'] },
    contentType: 'text/plain',
    responseTopic: 'lab/fridge/answer',
    correlationData: Buffer.from([1, 0, 2]),
    payloadFormatIndicator: true,
  }
  const topics = [
    ['lab/fridge/stat/POWER', 'ON'],
    ['lab/fridge', '{"hello":{"a":1}}'],
    ['lab/fridge', 's,temperature,,4.5'],
    ['lab/fridge/temperature', '4.6'],
  ] as const
  for (const [topic, text] of topics) await device.client.publishAsync(topic, text, { qos: 1, retain: topic.includes('stat'), properties })
  for (const one of [panel, old]) await one.hear('4.6')
  const said = (one: Device, text: string): IPublishPacket['properties'] =>
    published(one).find(({ payload }) => payload.toString() === text)?.properties
  for (const [, text] of topics) {
    assert.deepEqual({ ...said(panel, text)?.userProperties }, properties.userProperties, text)
    assert.equal(said(panel, text)?.responseTopic, 'lab/fridge/answer')
    assert.deepEqual(said(panel, text)?.correlationData, properties.correlationData)
    assert.equal(said(old, text), undefined)
  }
  const { key } = before
  await before.stop()
  const lab = await startLab(t, { mqtt: true, folder })
  const back = await connect5(t, lab, key, away)
  assert.equal(back.sessionPresent, true)
  await back.hear('ON')
  assert.deepEqual({ ...said(back, 'ON')?.userProperties }, properties.userProperties, 'from the queue, after a restart')
  const late = await connect5(t, lab, key)
  await late.subscribe('lab/fridge/stat/POWER', 1)
  const kept = await late.hear('ON')
  assert.equal(kept.retain, true)
  assert.equal(said(late, 'ON')?.contentType, 'text/plain', 'what is retained, after a restart')
})

test('a message expires: live it says how long it is good, later it comes no more', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { mqtt: true, clock })
  const fridge = await lab.controller('fridge')
  const kept = { clientId: 'panel', clean: false, properties: { sessionExpiryInterval: 3600 } } as const
  const panel = await connect5(t, lab, lab.key, kept)
  const old = await connectDevice(t, lab, lab.key, { over: 'tcp', clientId: 'old', clean: false })
  await panel.subscribe('lab/fridge/#', 1)
  await old.subscribe('lab/fridge/#', 1)
  const device = await connect5(t, lab, fridge.key)
  await device.client.publishAsync('lab/fridge/a', 'now', { qos: 1, retain: true, properties: { messageExpiryInterval: 60 } })
  await panel.hear('now')
  assert.equal(published(panel).at(-1)?.properties?.messageExpiryInterval, 60)
  await leave(lab, panel)
  await leave(lab, old)
  await device.client.publishAsync('lab/fridge/b', 'short', { qos: 1, properties: { messageExpiryInterval: 10 } })
  await device.client.publishAsync('lab/fridge/b', 'long', { qos: 1, properties: { messageExpiryInterval: 100 } })
  clock.advance(70)
  const back = await connect5(t, lab, lab.key, kept)
  await back.hear('long')
  assert.equal(published(back).at(-1)?.properties?.messageExpiryInterval, 30, 'what is left of it')
  const oldBack = await connectDevice(t, lab, lab.key, { over: 'tcp', clientId: 'old', clean: false })
  await oldBack.hear('long')
  assert.deepEqual([back.texts(), oldBack.texts()], [['long'], ['long']])
  const late = await connect5(t, lab, lab.key)
  await late.subscribe('lab/fridge/#', 1)
  await device.publish('lab/fridge/end', 'end')
  await late.hear('end')
  assert.deepEqual(late.texts(), ['end'], 'what was retained expired too')
})

test('a session is kept for as long as its client says, at CONNECT and at DISCONNECT, and no longer than the setting', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { mqtt: true, clock, settings: { MQTT_SESSION_LIFETIME: 3_600 } })
  await lab.controller('fridge')
  const come = (clientId: string, sessionExpiryInterval?: number, clean = false): Promise<Device> =>
    connect5(t, lab, lab.key, { clientId, clean, properties: sessionExpiryInterval === undefined ? {} : { sessionExpiryInterval } })
  const isThere = async (clientId: string): Promise<boolean> => {
    const device = await come(clientId, 3_600)
    await device.client.endAsync()
    return device.sessionPresent
  }
  await leave(lab, await come('none'))
  assert.equal(await isThere('none'), false)
  await leave(lab, await come('short', 60))
  await leave(lab, await come('clean', 60, true))
  assert.equal(await isThere('clean'), true, 'a clean start begins anew, and is kept all the same')
  const long = await come('long', 0xffffffff)
  await leave(lab, long)
  const changed = await come('changed', 600)
  await changed.client.endAsync(false, { properties: { sessionExpiryInterval: 0 } })
  await waitFor('it is gone', () => lab.daemon.metrics.transport('mqtt').connections === 0)
  clock.advance(120)
  await lab.daemon.runWorkers()
  assert.deepEqual([await isThere('short'), await isThere('changed'), await isThere('long')], [false, false, true])
  const rude = await connectRaw(t, lab, lab.key)
  rude.send({ cmd: 'disconnect', reasonCode: 0, properties: { sessionExpiryInterval: 9 } })
  await rude.closed
  const end = rude.packets.at(-1)
  assert.equal(end?.cmd === 'disconnect' && end.reasonCode, 0x82, 'one that was to end with its connection can not be kept after all')
})

test('subscriptions have their own ways: noLocal, retain as published, retain handling, ids; shared ones are refused', async (t) => {
  const lab = await startLab(t, { mqtt: true, settings: { MAX_SUBSCRIPTIONS: 4 } })
  const fridge = await lab.controller('fridge')
  const device = await connect5(t, lab, fridge.key)
  const codes = async (filter: string, options: object = {}): Promise<number> => {
    const before = device.packets.filter(({ cmd }) => cmd === 'suback').length
    device.client.subscribe(filter, { qos: 1, ...options }, () => {})
    await waitFor('it is answered', () => device.packets.filter(({ cmd }) => cmd === 'suback').length > before)
    const packet = last(device, 'suback')
    return packet?.cmd === 'suback' ? Number(packet.granted[0]) : -1
  }
  await device.client.publishAsync('lab/fridge/kept', 'old', { qos: 1, retain: true })
  assert.equal(await codes('lab/fridge/own', { nl: true }), 1)
  assert.equal(await codes('lab/fridge/kept', { rap: true, rh: 2, properties: { subscriptionIdentifier: 7 } }), 1)
  assert.equal(await codes('lab/fridge/+', { nl: true, properties: { subscriptionIdentifier: 300 } }), 1)
  await device.client.publishAsync('lab/fridge/own', 'mine', { qos: 1 })
  await device.client.publishAsync('lab/fridge/kept', 'new', { qos: 1, retain: true })
  await device.hear('new')
  assert.deepEqual(device.texts(), ['old', 'new'].slice(device.texts().length === 2 ? 0 : 1), 'its own only where it wants that')
  assert.equal(device.heard.at(-1)?.retain, true, 'as published')
  assert.deepEqual(published(device).at(-1)?.properties?.subscriptionIdentifier, 7)
  const beside = await connect5(t, lab, fridge.key)
  await beside.client.publishAsync('lab/fridge/kept', 'newer', { qos: 1 })
  await device.hear('newer')
  assert.deepEqual(published(device).at(-1)?.properties?.subscriptionIdentifier, [7, 300])
  assert.equal(await codes('$share/group/lab/fridge'), 0x9e)
  assert.match(last(device, 'suback')?.properties?.reasonString ?? '', /shared subscriptions/)
  assert.equal((await codes('elsewhere/#')) >= 0x80, true)
  assert.equal(await codes('lab/fridge/a', { rh: 1 }), 1)
  assert.equal(await codes('lab/fridge/b'), 0x97)
  assert.equal(device.client.connected, true)
  device.client.unsubscribe('lab/fridge/nothing')
  await waitFor('it is answered', () => last(device, 'unsuback'))
  assert.deepEqual((last(device, 'unsuback') as { granted?: number[] } | undefined)?.granted, [0x11])
})

test('what a client can take is respected: receive maximum and packet size; topic aliases are understood', async (t) => {
  const lab = await startLab(t, { mqtt: true })
  const fridge = await lab.controller('fridge')
  const panel = await connectRaw(t, lab, lab.key, { receiveMaximum: 2, maximumPacketSize: 200 })
  panel.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'lab/fridge/#', qos: 1, nl: false, rap: false, rh: 0 }] })
  await waitFor('it is subscribed', () => panel.packets.some(({ cmd }) => cmd === 'suback'))
  const device = await connect5(t, lab, fridge.key, { autoAssignTopicAlias: true })
  await device.publish('lab/fridge/long', 'x'.repeat(500))
  for (let at = 0; at < 6; at++) await device.publish('lab/fridge/a', String(at))
  const came = (): string[] => panel.packets.flatMap((packet) => (packet.cmd === 'publish' ? [packet.payload.toString()] : []))
  await waitFor('two came', () => came().length === 2)
  assert.deepEqual(came(), ['0', '1'], 'and no more, as it confirms none; the long one is not for it')
  for (const packet of panel.packets) if (packet.cmd === 'publish') panel.send({ cmd: 'puback', messageId: packet.messageId ?? 0 })
  await waitFor('two more came', () => came().length === 4)
  const watcher = await connect5(t, lab, lab.key)
  await watcher.subscribe('lab/fridge/#', 1)
  await device.publish('lab/fridge/a', 'by alias')
  assert.equal((await watcher.hear('by alias')).topic, 'lab/fridge/a')
})

test('a will waits for its delay, and is void when its client is back in time', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { mqtt: true, clock })
  const fridge = await lab.controller('fridge')
  const panel = await connect5(t, lab, lab.key)
  await panel.subscribe('lab/fridge/#', 1)
  const come = (text: string): Promise<Device> =>
    connect5(t, lab, fridge.key, {
      clientId: 'one',
      clean: false,
      properties: { sessionExpiryInterval: 600 },
      will: {
        topic: 'lab/fridge/gone',
        payload: Buffer.from(text),
        qos: 1,
        retain: false,
        properties: { willDelayInterval: 60, userProperties: { why: 'power' } },
      },
    })
  await leave(lab, await come('first'))
  const second = await come('second')
  await leave(lab, second)
  clock.advance(61)
  const heard = await panel.hear('second')
  assert.equal(heard.topic, 'lab/fridge/gone')
  assert.deepEqual({ ...published(panel).at(-1)?.properties?.userProperties }, { why: 'power' })
  assert.deepEqual(panel.texts(), ['second'])
  const third = await come('third')
  // A goodbye that wants the will to be published.
  third.raw(Buffer.from([0xe0, 2, 0x04, 0]))
  await waitFor('the server noticed', () => lab.daemon.metrics.transport('mqtt').connections === 1)
  clock.advance(61)
  await panel.hear('third')
})

test('who is not let in, and who is put out, hears why', async (t) => {
  const lab = await startLab(t, { mqtt: true })
  const fridge = await lab.controller('fridge')
  const refusal = async (key: string, options: DeviceOptions = {}): Promise<number | undefined> => {
    try {
      await connect5(t, lab, key, options)
    } catch (error) {
      return error instanceof Error && 'code' in error ? Number(error.code) : -1
    }
    return undefined
  }
  assert.equal(await refusal('wrong'), 0x86)
  assert.equal(await refusal(fridge.key, { clientId: 'x'.repeat(300) }), 0x85)
  assert.equal(await refusal(fridge.key, { properties: { authenticationMethod: 'SCRAM' } }), 0x8c)
  const first = await connect5(t, lab, fridge.key, { clientId: 'same' })
  const taken = ended(first.client)
  await connect5(t, lab, fridge.key, { clientId: 'same' })
  assert.equal((await taken).reasonCode, 0x8e)
  const device = await connect5(t, lab, fridge.key)
  const revoked = ended(device.client)
  const keys = (await lab.get('/keys', { access_as_controller_id: fridge.id })).json as Record<string, unknown>
  await lab.delete(`/keys/${Object.keys(keys)[0]}`)
  const { reasonCode, properties } = await revoked
  assert.equal(reasonCode, 0x98)
  assert.match(properties?.reasonString ?? '', /revoked/)
})

test('packets in two pieces, cut anywhere, are as good as whole; cut short they end their connection alone', async (t) => {
  const lab = await startLab(t, { mqtt: true, settings: { MQTT_CONNECT_RATE: 10_000 } })
  const fridge = await lab.controller('fridge')
  const properties = { userProperties: { a: '1' }, contentType: 'x', correlationData: Buffer.from('c'), messageExpiryInterval: 5 }
  const samples: Packet[] = [
    { cmd: 'publish', topic: 'lab/fridge/a', payload: 'xyz', qos: 1, retain: false, dup: false, messageId: 3, properties },
    {
      cmd: 'subscribe',
      messageId: 4,
      subscriptions: [{ topic: 'lab/fridge/#', qos: 1, nl: true, rap: true, rh: 1 }],
      properties: { subscriptionIdentifier: 9 },
    },
    { cmd: 'unsubscribe', messageId: 5, unsubscriptions: ['lab/fridge/#'] },
    { cmd: 'pubrel', messageId: 6, reasonCode: 0x92 },
    { cmd: 'disconnect', reasonCode: 0, properties: { sessionExpiryInterval: 0, userProperties: { b: '2' } } },
  ]
  const bytes = [hello(fridge.key, { userProperties: { a: '1' } }), ...samples.map((packet) => generate(packet, { protocolVersion: 5 }))]
  const [goodbye = Buffer.alloc(0)] = bytes.slice(-1)
  const whole = Buffer.concat(bytes.slice(0, -1))
  const kinds = ['connack', 'puback', 'pubcomp', 'suback', 'unsuback']
  for (let at = 1; at < whole.length; at += 3) {
    const raw = await openRaw(t, lab)
    raw.write(whole.subarray(0, at))
    setImmediate(() => raw.write(whole.subarray(at)))
    await waitFor('all is answered', () => raw.packets.length === kinds.length)
    raw.write(goodbye)
    await raw.closed
    assert.deepEqual(raw.packets.map(({ cmd }) => cmd).sort(), [...kinds].sort(), `cut at ${at}`)
  }
  const other = await connect5(t, lab, fridge.key)
  for (const packet of bytes)
    for (let length = 0; length < packet.length - 2; length++) {
      const raw = packet === bytes[0] ? await openRaw(t, lab) : await connectRaw(t, lab, fridge.key)
      raw.write(Buffer.concat([Buffer.from([packet[0] ?? 0, length]), packet.subarray(2, 2 + length)]))
      // Whatever it became, the next one is none.
      raw.write(Buffer.from([0xf0, 0]))
      await raw.closed
    }
  await other.publish('lab/fridge/b', 'still here')
})

const noClients = spawnSync('mosquitto_pub', ['--version'], { stdio: 'ignore' }).error ? 'there is no mosquitto_pub on this machine' : false

test('mosquitto_pub -V 5 stores a value with a user property, and says why another one is refused', { skip: noClients }, async (t) => {
  const lab = await startLab(t, { mqtt: true })
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/temperature')
  const panel = await connect5(t, lab, lab.key)
  await panel.subscribe('lab/fridge', 1)
  const run = (message: string): Promise<string> =>
    new Promise((resolve) => {
      const args = ['-V', '5', '-h', '127.0.0.1', '-p', String(lab.daemon.mqttPort), '-u', 'key', '-P', fridge.key, '-q', '1', '-d']
      const child = spawn('mosquitto_pub', [...args, '-D', 'publish', 'user-property', 'by', 'hand', '-t', 'lab/fridge', '-m', message])
      let said = ''
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
      child.once('close', () => resolve(said))
    })
  assert.match(await run('s,temperature,,4.5'), /PUBACK \(Mid: 1, RC:0\)/)
  await panel.hear('s,temperature,,4.5')
  assert.deepEqual({ ...published(panel)[0]?.properties?.userProperties }, { by: 'hand' })
  assert.match(await run('s,temperature,,nan'), /PUBACK \(Mid: 1, RC:153\)/)
  assert.equal((await lab.get('/resources/lab/fridge/temperature')).text, '4.5')
})
