/** What MQTT clients may not do: each limit ends or refuses what goes over it, alone, and the log says why. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, Socket } from 'node:net'
import test, { type TestContext } from 'node:test'
import { encodePublish } from '../../daemon/mqtt/frames.ts'
import { Peer } from '../../daemon/mqtt/peer.ts'
import { requireSubscribe, resourcesFitting } from '../../src/messages/mqtt-topics.ts'
import type { Actor } from '../../src/tree/actor.ts'
import { startLab, type Lab } from '../support/lab.ts'
import { connectDevice, type Device } from '../support/mqtt-client.ts'
import { RecordingLog } from '../support/recording-log.ts'
import { waitFor } from '../support/waiting.ts'

const text = (value: string): Buffer => Buffer.concat([Buffer.from([value.length >> 8, value.length & 0xff]), Buffer.from(value)])

/** A packet: its first byte, its length, and what is in it. */
function packet(first: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  const length: number[] = []
  for (let left = body.length; length.length === 0 || left > 0; left >>>= 7) length.push((left & 0x7f) | (left > 127 ? 0x80 : 0))
  return Buffer.concat([Buffer.from([first, ...length]), body])
}

const connectPacket = (key: string, keepAlive = 0): Buffer =>
  packet(0x10, text('MQTT'), Buffer.from([4, 0xc2, keepAlive >> 8, keepAlive & 0xff]), text('raw'), text('key'), text(key))
const publishTo = (topic: string): Buffer => encodePublish({ topic, payload: Buffer.from('x'), qos: 0 })
const subscribeTo = (filter: string): Buffer => packet(0x82, Buffer.from([0, 1]), text(filter), Buffer.from([0]))

interface Raw {
  socket: Socket
  closed: Promise<unknown>
}

async function connectRaw(t: TestContext, lab: Lab): Promise<Raw> {
  const socket = connect(lab.daemon.mqttPort ?? 0, '127.0.0.1')
  t.after(() => socket.destroy())
  socket.on('error', () => {})
  const closed = once(socket, 'close')
  await once(socket, 'connect')
  return { socket, closed }
}

async function greet(raw: Raw, key: string, keepAlive = 0): Promise<void> {
  raw.socket.write(connectPacket(key, keepAlive))
  const [connack] = (await once(raw.socket, 'data')) as [Buffer]
  assert.deepEqual([...connack], [0x20, 2, 0, 0])
}

const reasons = (log: RecordingLog): string[] => log.warnings.map(({ reason }) => String(reason))

/** Sends what breaks a rule on a connection of its own; another one, of the same controller, is none the worse for it. */
const violations: [what: string, bytes: Buffer | Buffer[], reason: RegExp][] = [
  ['a packet that is too large', packet(0x30, text('lab/fridge'), Buffer.alloc(2_000)), /more than 1000 bytes/],
  ['a packet whose length never ends', Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]), /more than 1000 bytes|malformed/],
  ['a packet type that there is not', Buffer.from([0x00, 0x00]), /./],
  ['flags that must not be', Buffer.from([0x83, 5, 0, 1, 0, 0, 0]), /./],
  ['QoS 3', Buffer.from([0x36, 5, 0, 1, 0x61, 0, 1]), /./],
  ['a topic that ends before it should', Buffer.from([0x30, 3, 0, 9, 0x61]), /./],
  ['a topic with a wildcard', publishTo('lab/#'), /not allowed in PUBLISH/],
  ['an empty topic', publishTo(''), /empty topic|PUBLISH/],
  ['a topic that is too deep', publishTo(`lab${'/x'.repeat(60)}`), /too many levels/],
  ['a filter that is too deep', subscribeTo(`lab${'/x'.repeat(60)}`), /levels/],
  ['a filter with a wildcard in a word', subscribeTo('lab/f#'), /./],
  ['a subscription to nothing', packet(0x82, Buffer.from([0, 1])), /./],
  ['a second CONNECT that is none', packet(0x10, text('MQTT'), Buffer.from([9])), /./],
]

test('what breaks the rules ends its connection alone, with the reason in the log', async (t) => {
  const log = new RecordingLog()
  const lab = await startLab(t, { mqtt: true, log, settings: { MAX_FRAME_SIZE: 1_000, MQTT_CONNECT_RATE: 1_000 } })
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/temperature')
  const other = await connectDevice(t, lab, fridge.key, { over: 'tcp' })
  for (const [what, bytes, reason] of violations) {
    const raw = await connectRaw(t, lab)
    await greet(raw, fridge.key)
    const before = log.warnings.length
    for (const part of Array.isArray(bytes) ? bytes : [bytes]) raw.socket.write(part)
    await raw.closed
    const said = await waitFor(`the log says why: ${what}`, () =>
      reasons(log)
        .slice(before)
        .find((one) => reason.test(one)),
    )
    assert.ok(said, what)
    await other.publish('lab/fridge', 's,temperature,,1')
    assert.equal(other.client.connected, true, what)
  }
})

test('who has not said who it is may send no more than a CONNECT', async (t) => {
  const log = new RecordingLog()
  const lab = await startLab(t, { mqtt: true, log, settings: { MAX_FRAME_SIZE: 1_000 } })
  for (const [bytes, reason] of [
    [Buffer.from('GET / HTTP/1.1\r\n\r\n'), /./],
    [publishTo('lab/fridge'), /./],
    [packet(0x10, text('MQTT'), Buffer.from([9, 2, 0, 0]), text('x')), /protocol|version/i],
    [packet(0x10, Buffer.alloc(2_000)), /more than 1000 bytes/],
  ] as const) {
    const before = log.warnings.length
    const raw = await connectRaw(t, lab)
    raw.socket.write(bytes)
    await raw.closed
    await waitFor('the log says why', () =>
      reasons(log)
        .slice(before)
        .find((one) => reason.test(one)),
    )
  }
})

test('a topic that is too long, one subscription too many, and one connect too many are refused with a reason', async (t) => {
  const log = new RecordingLog()
  const lab = await startLab(t, { mqtt: true, log, settings: { MAX_SUBSCRIPTIONS: 3, MQTT_CONNECT_RATE: 2, MQTT_REFUSED: 'acknowledge' } })
  const fridge = await lab.controller('fridge')
  const device = await connectDevice(t, lab, fridge.key, { over: 'tcp' })
  await device.publish(`lab/fridge/${'x'.repeat(5_000)}`, 'x')
  assert.match(reasons(log).at(-1) ?? '', /topic.*longer/)
  assert.equal(await device.subscribe(`lab/fridge/${'x'.repeat(5_000)}`), 128)
  assert.match(reasons(log).at(-1) ?? '', /topic is longer/)
  for (const name of ['a', 'b', 'c']) assert.equal(await device.subscribe(`lab/fridge/${name}`), 0)
  assert.equal(await device.subscribe('lab/fridge/d'), 128)
  assert.match(reasons(log).at(-1) ?? '', /MAX_SUBSCRIPTIONS/)
  assert.equal(await device.subscribe('lab/fridge/a', 1), 1, 'one that it has may change')
  await device.client.unsubscribeAsync('lab/fridge/a')
  assert.equal(await device.subscribe('lab/fridge/d'), 0)
  await connectDevice(t, lab, fridge.key, { over: 'tcp' })
  await assert.rejects(connectDevice(t, lab, fridge.key, { over: 'tcp' }))
  await waitFor('the log says why', () => reasons(log).find((reason) => reason.includes('MQTT connections from your address')))
})

test('what a subscriber may read within a place is found out once, and not by a look at everything', async (t) => {
  const lab = await startLab(t)
  const guest = await lab.user('guest@example.com', { member: false })
  const actor: Actor = { kind: 'user', userId: guest.id, isSystemAdmin: false, keyId: 0 }
  for (let at = 0; at < 20; at++) await lab.sequence(`/lab/box/${at}`)
  const box = lab.ctx.tree.find('/lab/box')
  assert.ok(box)
  const walks = t.mock.method(box.children, 'values')
  for (let at = 0; at < 50; at++) assert.throws(() => requireSubscribe(lab.ctx, actor, `lab/box/+/x${at}`), { code: 'forbidden' })
  assert.equal(walks.mock.callCount(), 1)
  // What a filter may fit is looked for in steps, also where nothing fits.
  assert.equal([...resourcesFitting(lab.ctx, 'lab/+/+/none')].filter((one) => one === undefined).length >= 20, true)
  // A place with very much in it is not gone through: what is delivered is what may be read, in any case.
  let looks = 0
  const [child] = box.children.values()
  t.mock.method(box.children, 'values', function* () {
    for (; looks < 100_000; looks++) yield child
  })
  await lab.sequence('/lab/other')
  requireSubscribe(lab.ctx, actor, 'lab/box/+/x')
  assert.ok(looks <= 1_001, `${looks} looks`)
})

test('a packet with thousands of filters too many is answered for each, and costs one look at the bound', async (t) => {
  const lab = await startLab(t, { mqtt: true, settings: { MAX_SUBSCRIPTIONS: 3 } })
  const fridge = await lab.controller('fridge')
  const device = await connectDevice(t, lab, fridge.key, { over: 'tcp', protocolVersion: 5 })
  const filters = Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`lab/fridge/${at}`, { qos: 0 as const }]))
  const refused = t.mock.method(Peer.prototype, 'refusedSubscription')
  await device.client.subscribeAsync(filters).catch(() => {})
  const suback = device.packets.find(({ cmd }) => cmd === 'suback') as { granted: number[] } | undefined
  assert.deepEqual([suback?.granted.length, suback?.granted.filter((code) => code < 0x80).length], [5_000, 3])
  assert.equal(refused.mock.callCount(), 1)
})

test('a hundred messages at most are on their way to a client that confirms none', async (t) => {
  const lab = await startLab(t, { mqtt: true })
  const fridge = await lab.controller('fridge')
  const raw = await connectRaw(t, lab)
  await greet(raw, lab.key)
  let bytes = Buffer.alloc(0)
  raw.socket.on('data', (chunk: Buffer) => (bytes = Buffer.concat([bytes, chunk])))
  raw.socket.write(packet(0x82, Buffer.from([0, 1]), text('lab/fridge'), Buffer.from([1])))
  await waitFor('it is subscribed', () => bytes.length >= 5)
  const device = await connectDevice(t, lab, fridge.key, { over: 'tcp' })
  for (let n = 0; n < 150; n++) await device.publish('lab/fridge', { note: { n } })
  const came = (): number => bytes.toString('latin1').split('{"note"').length - 1
  await waitFor('a hundred came', () => came() === 100)
  for (let id = 1; id <= 60; id++) raw.socket.write(Buffer.from([0x40, 2, 0, id]))
  await waitFor('the rest came, as there was room', () => came() === 150)
})

test('a client that keeps silent for longer than it said is ended', async (t) => {
  const log = new RecordingLog()
  const lab = await startLab(t, { mqtt: true, log })
  const fridge = await lab.controller('fridge')
  const raw = await connectRaw(t, lab)
  await greet(raw, fridge.key, 1)
  await raw.closed
  assert.ok(reasons(log).some((reason) => /keep alive/.test(reason)))
})

test('a client that sends too fast, or messages of QoS 2 that it never completes, is ended', async (t) => {
  const log = new RecordingLog()
  const lab = await startLab(t, { mqtt: true, log, settings: { MAX_MESSAGE_RATE: 20 } })
  const fridge = await lab.controller('fridge')
  const fast = await connectRaw(t, lab)
  await greet(fast, fridge.key)
  fast.socket.write(Buffer.concat(Array.from({ length: 2_000 }, () => publishTo('lab/fridge/x'))))
  await fast.closed
  assert.ok(
    reasons(log).some((reason) => /MAX_MESSAGE_RATE/.test(reason)),
    reasons(log).join(),
  )
  // What is answered counts as messages do.
  for (const asked of [Buffer.from([0xc0, 0]), subscribeTo('lab/fridge')]) {
    const asking = await connectRaw(t, lab)
    await greet(asking, fridge.key)
    asking.socket.write(Buffer.concat(Array.from({ length: 2_000 }, () => asked)))
    await asking.closed
  }
  const patient = await startLab(t, { mqtt: true, log })
  const oven = await patient.controller('oven')
  const half = await connectRaw(t, patient)
  await greet(half, oven.key)
  half.socket.write(
    Buffer.concat(
      Array.from({ length: 1_001 }, (_, n) => encodePublish({ topic: 'lab/oven/x', payload: Buffer.from('x'), qos: 2, messageId: n + 1 })),
    ),
  )
  await half.closed
  assert.ok(reasons(log).some((reason) => /maxInflightInbound/.test(reason)))
})

test('the key of one device keeps no other out, however many connections it has', async (t) => {
  const lab = await startLab(t, { mqtt: true, settings: { MAX_CONNECTIONS: 4 } })
  const [fridge, oven] = [await lab.controller('fridge'), await lab.controller('oven')]
  for (let n = 0; n < 4; n++) await connectDevice(t, lab, fridge.key, { over: 'tcp' })
  await connectDevice(t, lab, oven.key, { over: 'tcp' })
  assert.equal(lab.ctx.liveness.get(fridge.id)?.connections, 3)
  await assert.rejects(connectDevice(t, lab, fridge.key, { over: 'tcp' }))
})

test('one connection too many is refused', async (t) => {
  const log = new RecordingLog()
  const lab = await startLab(t, { mqtt: true, log, settings: { MAX_CONNECTIONS: 2 } })
  const fridge = await lab.controller('fridge')
  const devices: Device[] = []
  for (let n = 0; n < 2; n++) devices.push(await connectDevice(t, lab, fridge.key, { over: 'tcp' }))
  await assert.rejects(connectDevice(t, lab, fridge.key, { over: 'tcp' }))
  assert.ok(reasons(log).some((reason) => /MAX_CONNECTIONS/.test(reason)))
  await devices[0]?.client.endAsync()
  await waitFor('there is room again', () =>
    connectDevice(t, lab, fridge.key, { over: 'tcp' }).then(
      () => true,
      () => false,
    ),
  )
})

test('answers to many small packets leave joined: each write costs fifty times the two bytes of a ping while it waits', async (t) => {
  const lab = await startLab(t, { mqtt: true, settings: { MAX_MESSAGE_RATE: 1_000_000 } })
  const fridge = await lab.controller('fridge')
  const spy = t.mock.method(Socket.prototype, 'write')
  const raw = await connectRaw(t, lab)
  await greet(raw, fridge.key)
  const pings = 20_000
  let answered = 0
  raw.socket.on('data', (bytes: Buffer) => (answered += bytes.length))
  raw.socket.write(Buffer.from(Uint8Array.from({ length: pings * 2 }, (_, at) => (at % 2 === 0 ? 0xc0 : 0))))
  await waitFor('each ping is answered', () => answered === pings * 2)
  const answers = spy.mock.calls.map(({ arguments: [data] }) => data).filter((data) => Buffer.isBuffer(data) && data[0] === 0xd0)
  assert.ok(answers.length > 0 && answers.length < pings / 100, `${answers.length} writes`)
})
