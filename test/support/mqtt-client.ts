/** An MQTT client for tests: the real `mqtt`, with what came in kept in order so that a test can wait for it. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import mqtt, { type IClientOptions, type IConnackPacket, type IPublishPacket, type MqttClient, type Packet } from 'mqtt'
import type { Lab } from './lab.ts'

export interface Heard {
  topic: string
  text: string
  bytes: Buffer
  qos: number
  retain: boolean
  dup: boolean
}

export interface Device {
  client: MqttClient
  /** Everything heard so far, in order. */
  heard: Heard[]
  /** Resolves when it is acknowledged (QoS 1 and 2) or sent (QoS 0). */
  publish(topic: string, payload: string | Buffer | object, options?: { qos?: 0 | 1 | 2; retain?: boolean }): Promise<void>
  /** @returns the granted QoS; 128 means refused */
  subscribe(filter: string, qos?: 0 | 1 | 2): Promise<number>
  /** The first message, heard already or still to come, that fits. */
  hear(fits: string | ((message: Heard) => boolean)): Promise<Heard>
  /** Texts heard so far on a topic, or on all. */
  texts(topic?: string): string[]
  /** Resolves when the connection is closed. */
  closed: Promise<void>
  /** Whether the server had a session for it. */
  sessionPresent: boolean
  /** All packets that came since the connection was accepted. */
  packets: Packet[]
  /** Sends bytes that the client knows nothing of. */
  raw(bytes: Uint8Array): void
}

export interface DeviceOptions extends IClientOptions {
  /** By WebSocket unless 'tcp', for which the lab needs `mqtt: true`. */
  over?: 'tcp' | 'websocket'
  /** Confirms nothing, and takes nothing after the first message of QoS 1. */
  isSilent?: boolean
}

export function mqttUrl(lab: Lab, over: 'tcp' | 'websocket' = 'websocket'): string {
  return over === 'tcp' ? `mqtt://127.0.0.1:${lab.daemon.mqttPort}` : `${lab.url.replace('http', 'ws')}/mqtt`
}

/** Connects with a key, and does not connect again by itself. @throws what the server refuses it with */
export async function connectDevice(
  t: TestContext,
  lab: Lab,
  key: string,
  { over, isSilent = false, ...options }: DeviceOptions = {},
): Promise<Device> {
  const client = mqtt.connect(mqttUrl(lab, over), { username: 'key', password: key, reconnectPeriod: 0, ...options })
  if (isSilent) client.handleMessage = () => {}
  return gatherDevice(t, client)
}

/** A client that is about to connect, wherever to. @throws what it is refused with */
export async function gatherDevice(t: TestContext, client: MqttClient): Promise<Device> {
  t.after(() => client.end(true))
  const heard: Heard[] = []
  const waiting = new Set<(message: Heard) => void>()
  client.on('message', (topic, bytes, packet: IPublishPacket) => {
    const message = { topic, text: bytes.toString('utf8'), bytes, qos: packet.qos, retain: packet.retain, dup: packet.dup }
    heard.push(message)
    for (const look of waiting) look(message)
  })
  const closed = new Promise<void>((resolve) => client.once('close', resolve))
  const packets: Packet[] = []
  client.on('packetreceive', (packet) => packets.push(packet))
  const { sessionPresent } = await new Promise<IConnackPacket>((resolve, reject) => {
    client.once('connect', resolve)
    client.once('error', reject)
    void closed.then(() => reject(new Error('the connection was closed')))
  })
  client.on('error', () => {})
  const hear: Device['hear'] = (fits) => {
    const test = typeof fits === 'string' ? (message: Heard) => message.text === fits : fits
    return new Promise((resolve, reject) => {
      const found = heard.find(test)
      if (found) return resolve(found)
      const look = (message: Heard): void => {
        if (!test(message)) return
        waiting.delete(look)
        resolve(message)
      }
      waiting.add(look)
      void closed.then(() =>
        reject(
          new Error(
            `the connection was closed before the message came; heard ${JSON.stringify(heard.map(({ topic, text }) => [topic, text]))}`,
          ),
        ),
      )
    })
  }
  return {
    client,
    heard,
    closed,
    sessionPresent,
    packets,
    raw: (bytes) => void client.stream.write(bytes),
    hear,
    publish: async (topic, payload, { qos = 1, retain = false } = {}) => {
      await client.publishAsync(topic, typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload), {
        qos,
        retain,
      })
    },
    subscribe: (filter, qos = 0) =>
      new Promise((resolve) => {
        client.subscribe(filter, { qos }, (_error, granted, packet) => resolve(Number(packet?.granted[0] ?? granted?.[0]?.qos ?? 128)))
      }),
    texts: (topic) => heard.filter((message) => topic === undefined || message.topic === topic).map(({ text }) => text),
  }
}

/** Fails unless the server refuses the connection. @returns the CONNACK's code, or undefined when it said nothing */
export async function refusedDevice(t: TestContext, lab: Lab, options: DeviceOptions): Promise<number | undefined> {
  try {
    await connectDevice(t, lab, '', options)
  } catch (error) {
    return error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined
  }
  assert.fail('it was let in')
}
