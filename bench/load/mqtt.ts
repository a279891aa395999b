/**
 * Load over MQTT: N connections publish values to a folder's topic, with QoS 1 and a bounded number of unacknowledged messages, or with QoS
 * 0 as fast as the sockets take them, and one last message of QoS 1 after them. Optionally, subscribers listen. Argument: a job as JSON;
 * output: its result as JSON.
 */
import { PUBACK, PUBLISH, openMqttSocket, publishPacket, type MqttSocket } from './mqtt-packets.ts'
import { converse, writeUntil } from './pace.ts'
import { nthValue } from './requests.ts'

export interface MqttJob {
  port: number
  /** The keys of publishers and of listeners. */
  password: string
  listenerPassword: string
  connections: number
  seconds: number
  /** Maximum number of messages that wait for their PUBACK on each connection; 0 publishes with QoS 0. */
  window: number
  /** Subscribers of the topic. */
  listeners: number
  topic: string
  /** Names of sequences in the topic's folder. */
  names: string[]
}

export interface MqttResult {
  /** Values published until the end, divided by the time until all of them were known to be handled, and received by all listeners. */
  valuesPerSecond: number
  published: number
  /** Bytes over the wire between the publishers and the server, both ways. */
  sentBytes: number
  receivedBytes: number
}

const job = JSON.parse(process.argv[2] ?? '') as MqttJob
const POOL = 1_000
/** Milliseconds that the listeners may take at the end. */
const PATIENCE = 20_000

const payload = (names: string[], n: number): string => `s,${names[n % names.length] ?? ''},,${nthValue(n)}`

const lastPacket = publishPacket(job.topic, payload(job.names, POOL), 1)

/** Resolves when `count` acknowledgements have arrived. */
function awaitAcks(mqtt: MqttSocket, count: number): Promise<void> {
  return new Promise((resolve) => {
    mqtt.onPacket = (kind) => {
      if (kind === PUBACK && --count === 0) resolve()
    }
  })
}

async function flood(mqtt: MqttSocket, pool: readonly Buffer[], until: number): Promise<number> {
  const acked = awaitAcks(mqtt, 1)
  const sent = await writeUntil(mqtt.socket, pool, until, acked)
  mqtt.socket.write(lastPacket)
  await acked
  return sent + 1
}

function publishInWindow(mqtt: MqttSocket, pool: readonly Buffer[], until: number): Promise<number> {
  const { acknowledge, done } = converse(mqtt.socket, pool, job.window, until)
  mqtt.onPacket = (kind) => {
    if (kind === PUBACK) acknowledge()
  }
  return done
}

const open = (name: string, count: number, password: string, filter?: string): Promise<MqttSocket[]> =>
  Promise.all(
    Array.from({ length: count }, (_, n) => openMqttSocket({ port: job.port, clientId: `${name}-${process.pid}-${n}`, password, filter })),
  )
const listeners = await open('listener', job.listeners, job.listenerPassword, job.topic)
const publishers = await open('publisher', job.connections, job.password)
let heard = 0
let tellHeard = (): void => {}
for (const listener of listeners) {
  listener.onPacket = (kind) => {
    if (kind === PUBLISH) heard++
    tellHeard()
  }
}
// Made once for all connections, before the clock runs.
const pool = Array.from({ length: POOL }, (_, n) => publishPacket(job.topic, payload(job.names, n), job.window === 0 ? undefined : n + 1))
const began = performance.now()
const until = began + job.seconds * 1000
const counts = await Promise.all(
  publishers.map((mqtt) => (job.window === 0 ? flood(mqtt, pool, until) : publishInWindow(mqtt, pool, until))),
)
const published = counts.reduce((sum, count) => sum + count, 0)
const expected = published * job.listeners
await new Promise<void>((resolve, reject) => {
  tellHeard = () => {
    if (heard >= expected) resolve()
  }
  tellHeard()
  setTimeout(() => reject(new Error(`Listeners heard ${heard} of ${expected} messages`)), PATIENCE).unref()
})
const seconds = (performance.now() - began) / 1000
const sum = (of: (mqtt: MqttSocket) => number): number => publishers.reduce((total, one) => total + of(one), 0)
const result: MqttResult = {
  valuesPerSecond: published / seconds,
  published,
  sentBytes: sum(({ socket }) => socket.bytesWritten),
  receivedBytes: sum(({ socket }) => socket.bytesRead),
}
console.log(JSON.stringify(result))
process.exit(0)
