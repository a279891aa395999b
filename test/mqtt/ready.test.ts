/** Who subscribes at once, and who hears: nothing is lost between CONNACK and the first SUBSCRIBE, and a publisher hears itself. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import test from 'node:test'
import { generate, parser, type IPublishPacket, type Packet } from 'mqtt-packet'
import { startLab, type Lab } from '../support/lab.ts'
import { connectDevice } from '../support/mqtt-client.ts'

/** Sends CONNECT, waits for its answer or doesn't, and subscribes in the very turn. @returns the publications, until there are `count` */
async function subscribeAtOnce(
  lab: Lab,
  key: string,
  filters: readonly string[],
  count: number,
  isEager: boolean,
): Promise<IPublishPacket[]> {
  const socket = connect(lab.daemon.mqttPort ?? 0, '127.0.0.1')
  const heard: IPublishPacket[] = []
  const parse = parser()
  const subscribe = generate({ cmd: 'subscribe', messageId: 1, subscriptions: filters.map((topic) => ({ topic, qos: 0 as const })) })
  const done = new Promise<IPublishPacket[]>((resolve) => {
    parse.on('packet', (packet: Packet) => {
      if (packet.cmd === 'connack' && !isEager) socket.write(subscribe)
      if (packet.cmd !== 'publish') return
      heard.push(packet)
      if (heard.length === count) resolve(heard)
    })
  })
  socket.on('data', (chunk: Buffer) => parse.parse(chunk))
  await once(socket, 'connect')
  const hello = generate({
    cmd: 'connect',
    clientId: '',
    clean: true,
    protocolId: 'MQTT',
    protocolVersion: 4,
    username: 'key',
    password: Buffer.from(key),
  })
  socket.write(isEager ? Buffer.concat([hello, subscribe]) : hello)
  const result = await done
  socket.destroy()
  return result
}

for (const isEager of [false, true])
  test(`who subscribes ${isEager ? 'together with CONNECT' : 'right after CONNACK'} gets retained messages and values`, async (t) => {
    const lab = await startLab(t, { mqtt: true, settings: { MQTT_CONNECT_RATE: 1000 } })
    const fridge = await lab.controller('fridge')
    await lab.sequence('/lab/fridge/temperature')
    const device = await connectDevice(t, lab, fridge.key, { over: 'tcp' })
    await device.publish('lab/fridge/temperature', '4.5', { qos: 1 })
    await device.publish('lab/fridge/stat/POWER', 'ON', { qos: 1, retain: true })
    for (let round = 0; round < 20; round++) {
      const heard = await subscribeAtOnce(lab, fridge.key, ['lab/fridge/temperature', 'lab/fridge/stat/#'], 2, isEager)
      assert.deepEqual(heard.map(({ payload }) => payload.toString()).sort(), ['4.5', 'ON'])
      assert.ok(heard.every(({ retain }) => retain))
    }
  })

test('what is published in the turn of the subscription is heard live', async (t) => {
  const lab = await startLab(t, { mqtt: true, settings: { MQTT_CONNECT_RATE: 1000 } })
  const fridge = await lab.controller('fridge')
  const device = await connectDevice(t, lab, fridge.key, { over: 'tcp' })
  let isOver = false
  const flood = (async () => {
    for (let at = 0; !isOver; at++) await device.publish('lab/fridge/stat/COUNT', String(at), { qos: 1 })
  })()
  for (let round = 0; round < 10; round++) assert.equal((await subscribeAtOnce(lab, fridge.key, ['lab/fridge/stat/+'], 1, false)).length, 1)
  isOver = true
  await flood
})

test('every subscription that fits hears a publication: the publisher itself, and connections of the same key', async (t) => {
  const lab = await startLab(t, { mqtt: true })
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/temperature')
  await lab.sequence('/lab/fridge/setpoint')
  const device = await connectDevice(t, lab, fridge.key, { over: 'tcp' })
  const beside = await connectDevice(t, lab, fridge.key, { over: 'tcp' })
  const panel = await connectDevice(t, lab, lab.key, { over: 'tcp' })
  for (const one of [device, beside, panel]) {
    await one.subscribe('lab/fridge', 1)
    await one.subscribe('lab/fridge/setpoint', 1)
    await one.subscribe('lab/fridge/stat/#', 1)
  }
  const published: [topic: string, payload: string][] = [
    ['lab/fridge', 's,temperature,2026-01-31T12:00:00Z,4.5'],
    ['lab/fridge', '{"update":{"temperature":4.6}}'],
    ['lab/fridge', '{"hello":{"a":1}}'],
    ['lab/fridge', 'd,temperature,,4.7'],
    ['lab/fridge/stat/POWER', 'ON'],
    ['lab/fridge/setpoint', '8.5'],
  ]
  for (const [topic, payload] of published) await device.publish(topic, payload, { qos: 1 })
  for (const one of [device, beside, panel]) {
    await one.hear(({ topic }) => topic === 'lab/fridge/setpoint')
    for (const [topic, payload] of published)
      assert.equal(one.texts(topic).filter((text) => text === payload).length, 1, `${topic} ${payload}`)
  }
})
