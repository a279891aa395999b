/** A minimal MQTT client for loads: sends packets that were made beforehand, and counts the packets that arrive. MQTT 3.1.1. */
import { connect, type Socket } from 'node:net'

export const PUBLISH = 3
export const PUBACK = 4
const CONNACK = 2
const SUBACK = 9

const text = (value: string): Buffer => {
  const bytes = Buffer.from(value)
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes])
}

function packet(first: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  const length: number[] = []
  for (let left = body.length; ; ) {
    const digit = left & 0x7f
    left >>= 7
    length.push(left > 0 ? digit | 0x80 : digit)
    if (left === 0) break
  }
  return Buffer.concat([Buffer.from([first, ...length]), body])
}

/** @param messageId for QoS 1; without it QoS 0 */
export const publishPacket = (topic: string, payload: string, messageId?: number): Buffer =>
  messageId === undefined
    ? packet(0x30, text(topic), Buffer.from(payload))
    : packet(0x32, text(topic), Buffer.from([messageId >> 8, messageId & 0xff]), Buffer.from(payload))

const connectPacket = (clientId: string, password: string): Buffer =>
  packet(0x10, text('MQTT'), Buffer.from([4, 0xc2, 0, 0]), text(clientId), text('key'), text(password))
const subscribePacket = (filter: string): Buffer => packet(0x82, Buffer.from([0, 1]), text(filter), Buffer.from([0]))

export interface MqttSocket {
  socket: Socket
  /** Called with the kind of each packet, and with where its body begins and ends. */
  onPacket: (kind: number, data: Buffer, from: number, to: number) => void
}

export interface MqttOptions {
  port: number
  clientId: string
  password: string
  /** Topic filter of a subscription with QoS 0. */
  filter?: string | undefined
}

/** Connects, shakes hands, and subscribes if there is a filter. @throws Error when the server refuses or closes the connection */
export function openMqttSocket({ port, clientId, password, filter }: MqttOptions): Promise<MqttSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true })
    const done = (): void => {
      mqtt.onPacket = () => {}
      resolve(mqtt)
    }
    const mqtt: MqttSocket = {
      socket,
      onPacket: (kind, data, from) => {
        if (kind === CONNACK && data[from + 1] === 0) {
          if (filter === undefined) done()
          else socket.write(subscribePacket(filter))
        } else if (kind === SUBACK && data[from + 2] === 0) done()
        else if (kind !== PUBLISH)
          reject(new Error(`The server answered with a packet of kind ${kind}, ${data.subarray(from).toString('hex')}`))
      },
    }
    let pending: Buffer = Buffer.alloc(0)
    socket.on('connect', () => socket.write(connectPacket(clientId, password)))
    socket.on('data', (chunk: Buffer) => (pending = deliver(pending.length === 0 ? chunk : Buffer.concat([pending, chunk]), mqtt)))
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('The server closed an MQTT connection')))
  })
}

/** Passes on every complete packet; returns what is left. */
function deliver(data: Buffer, mqtt: MqttSocket): Buffer {
  let at = 0
  while (data.length - at >= 2) {
    let [length, head] = [0, 1]
    for (; ; head++) {
      const byte = data[at + head]
      if (byte === undefined) return data.subarray(at)
      length += (byte & 0x7f) << (7 * (head - 1))
      if (byte < 0x80) break
    }
    const from = at + head + 1
    if (data.length < from + length) break
    mqtt.onPacket((data[at] ?? 0) >> 4, data, from, from + length)
    at = from + length
  }
  return data.subarray(at)
}
