/** What one value, message, connection, file and page costs the daemon: processor time, bytes written, bytes over the wire, memory. */
import { randomBytes } from 'node:crypto'
import type { Effort, Figure, Measurement } from '../figure.ts'
import { websocketPath, withLab, type Lab } from '../lab.ts'
import type { HttpJob, HttpResult } from '../load/http.ts'
import type { IdleMqttJob } from '../load/idle-mqtt.ts'
import type { IdleJob } from '../load/idle-sockets.ts'
import type { MqttJob, MqttResult } from '../load/mqtt.ts'
import type { RequestKind } from '../load/requests.ts'
import type { WebSocketJob, WebSocketResult } from '../load/websocket.ts'
import { residentMegabytes, rest, runJob, startIdle } from '../processes.ts'
import { cookieOf } from '../sign-in.ts'
import { formatNumber } from '../table.ts'
import { usageOf, usedSince } from '../usage.ts'

const CONNECTIONS = 8
const IDLE_CLIENTS = 2_000
const MICROSECONDS = 1e6
/** Values of the sequence whose chart is asked for. */
const CHARTED = 100_000
/** Seconds since 1970 of the first of them. */
const FIRST_CHARTED = 1_750_000_000
const LARGE_FILE = 1_000_000
const LARGE_FILES = 20
/** Milliseconds that the writer, the sealer and the log get to end what a load began. */
const SETTLING = 1_500

/** What a load did: how many things, and their bytes over the wire where it counts these. */
interface Done {
  count: number
  sent?: number
  received?: number
}

/** Runs a load once to warm up and once to count. */
async function cost(lab: Lab, name: string, title: string, load: () => Promise<Done>): Promise<Measurement> {
  await load()
  await rest(SETTLING)
  const before = usageOf(lab.pid)
  const { count, sent, received } = await load()
  await rest(SETTLING)
  const used = usedSince(before, usageOf(lab.pid))
  const each = (amount: number): number => amount / count
  const [main, others, written] = [each(used.main) * MICROSECONDS, each(used.others) * MICROSECONDS, each(used.written)]
  const wire = sent === undefined || received === undefined ? undefined : { received: each(sent), sent: each(received) }
  const parts = { main, others, written, ...wire }
  const overWire = wire ? `; ${formatNumber(wire.received)} B in, ${formatNumber(wire.sent)} B out` : ''
  return {
    name: `costs-${name}`,
    title,
    unit: 'µs',
    figure: main + others,
    note: `${formatNumber(main)} of the main thread; ${formatNumber(written)} B written${overWire}`,
    parts,
  }
}

async function loadByHttp(lab: Lab, seconds: number, job: Pick<HttpJob, 'kind' | 'paths' | 'headers'>, each = 1): Promise<Done> {
  const shared = { port: lab.port, authorization: lab.controllerAuthorization, connections: CONNECTIONS, seconds, warmUp: 0 }
  const { answered, sent, received } = await runJob<HttpJob, HttpResult>('load/http', { ...shared, ...job })
  return { count: answered * each, sent, received }
}

async function loadByWebSocket(lab: Lab, seconds: number): Promise<Done> {
  const { controllerAuthorization: authorization, paths, port } = lab
  const job = { port, path: websocketPath, authorization, connections: CONNECTIONS, seconds, window: 64, burst: 1, paths }
  const result = await runJob<WebSocketJob, WebSocketResult>('load/websocket', job)
  return { count: result.sent, sent: result.sentBytes, received: result.receivedBytes }
}

const mqttJob = (lab: Lab, seconds: number): Omit<MqttJob, 'connections' | 'window' | 'listeners'> => ({
  port: lab.mqttPort,
  seconds,
  password: lab.controllerKey,
  listenerPassword: lab.userKey,
  topic: lab.controller.slice(1),
  names: lab.paths.map((path) => path.slice(lab.controller.length + 1)),
})

async function loadByMqtt(lab: Lab, seconds: number): Promise<Done> {
  const job = { ...mqttJob(lab, seconds), connections: CONNECTIONS, window: 64, listeners: 0 }
  const { published, sentBytes, receivedBytes } = await runJob<MqttJob, MqttResult>('load/mqtt', job)
  return { count: published, sent: sentBytes, received: receivedBytes }
}

/** Messages of one publisher to many: each arrival counts as one. */
async function relayByMqtt(lab: Lab, seconds: number): Promise<Done> {
  const listeners = 100
  const job = { ...mqttJob(lab, seconds), connections: 1, window: 16, listeners }
  return { count: (await runJob<MqttJob, MqttResult>('load/mqtt', job)).published * listeners }
}

/** Creates folders once, then small files in them. */
async function createFiles(lab: Lab, seconds: number): Promise<Done> {
  return loadByHttp(lab, seconds, { kind: 'create', paths: [lab.controller] })
}

async function replaceLargeFile(lab: Lab): Promise<Done> {
  for (let n = 0; n < LARGE_FILES; n++) {
    const reply = await fetch(`http://127.0.0.1:${lab.port}/api/v1/resources${lab.controller}/large.bin`, {
      method: 'POST',
      headers: { authorization: lab.userAuthorization, 'content-type': 'application/octet-stream' },
      body: randomBytes(LARGE_FILE),
    })
    if (!reply.ok) throw new Error(`A file was answered with ${reply.status}: ${await reply.text()}`)
    await reply.arrayBuffer()
  }
  return { count: LARGE_FILES }
}

async function measurePages(lab: Lab, seconds: number): Promise<Measurement[]> {
  const chart = lab.paths[0] ?? ''
  const rows = Array.from({ length: CHARTED }, (_, n) => `${chart},${FIRST_CHARTED + n},${n / 4}`)
  await lab.request('POST', '/api/v1/sequences/values', `path,timestamp,value\n${rows.join('\n')}\n`, 'text/csv')
  const headers = `Cookie: ${await cookieOf(lab)}\r\nAccept: text/html\r\nAccept-Encoding: gzip\r\n`
  const get = (kind: RequestKind, path: string, more = ''): (() => Promise<Done>) => {
    return () => loadByHttp(lab, seconds, { kind, paths: [path], ...(more === '' ? {} : { headers: more }) })
  }
  return [
    await cost(lab, 'page-folder', 'the page of a folder of 100 sequences, its HTML', get('get', lab.controller, headers)),
    await cost(lab, 'page-sequence', 'the page of a sequence, its HTML', get('get', chart, headers)),
    await cost(
      lab,
      'chart',
      `a chart of ${CHARTED} values, 1,000 points`,
      get(
        'get',
        `/api/v1/resources${chart}?max_points=1000&start_timestamp=${isoOf(FIRST_CHARTED)}&end_timestamp=${isoOf(FIRST_CHARTED + CHARTED)}`,
      ),
    ),
    await cost(lab, 'newest', 'the newest value, by the API', get('get', `/api/v1/resources${chart}`)),
  ]
}

/** Kilobytes of the daemon that one connection with a subscription takes. */
async function measureConnections(lab: Lab): Promise<Measurement[]> {
  const row = (name: string, title: string, megabytes: number): Measurement => ({
    name: `costs-${name}`,
    title,
    unit: 'kB',
    figure: (megabytes * 1_000) / IDLE_CLIENTS,
    note: `${IDLE_CLIENTS} of them`,
  })
  const idle = await residentMegabytes(lab.pid)
  const before = usageOf(lab.pid)
  await rest(10_000)
  const atRest = usedSince(before, usageOf(lab.pid))
  const sockets = await startIdle<IdleJob>({
    port: lab.port,
    path: websocketPath,
    authorization: lab.userAuthorization,
    folder: lab.controller,
    count: IDLE_CLIENTS,
  })
  const withSockets = await residentMegabytes(lab.pid)
  await sockets.stop()
  const between = await residentMegabytes(lab.pid)
  const clients = await startIdle<IdleMqttJob>(
    { port: lab.mqttPort, password: lab.userKey, filter: lab.controller.slice(1), count: IDLE_CLIENTS },
    'load/idle-mqtt',
  )
  const withClients = await residentMegabytes(lab.pid)
  await clients.stop()
  return [
    {
      name: 'costs-rest',
      title: 'a daemon at rest, processor time a second',
      unit: 'µs',
      figure: ((atRest.main + atRest.others) / 10) * MICROSECONDS,
      note: `${formatNumber(idle)} MB, ${formatNumber(atRest.written / 10)} B written a second`,
    },
    row('websocket', 'memory of an idle WebSocket with a subscription', withSockets - idle),
    row('mqtt', 'memory of an idle MQTT client with a subscription', withClients - between),
  ]
}

async function measureCosts(lab: Lab, { seconds }: Effort): Promise<Measurement[]> {
  const { paths } = lab
  return [
    ...(await measureConnections(lab)),
    await cost(lab, 'value-rest', 'a value by a REST request of its own, 8 connections', () =>
      loadByHttp(lab, seconds, { kind: 'single', paths }),
    ),
    await cost(lab, 'value-rest-batch', 'a value by REST, 100 a request', () =>
      loadByHttp(lab, seconds, { kind: 'batch', paths }, paths.length),
    ),
    await cost(lab, 'value-websocket', 'a value by WebSocket, acknowledged', () => loadByWebSocket(lab, seconds)),
    await cost(lab, 'value-mqtt', 'a value by MQTT, QoS 1', () => loadByMqtt(lab, seconds)),
    await cost(lab, 'message', 'a message to one of 100 MQTT subscribers', () => relayByMqtt(lab, seconds)),
    await cost(lab, 'file', 'a small file, made', () => createFiles(lab, seconds)),
    await cost(lab, 'file-large', 'a file of 1 MB, replaced', () => replaceLargeFile(lab)),
    ...(await measurePages(lab, seconds)),
  ]
}

export const costFigures: Figure[] = [
  {
    name: 'costs',
    // More clients connect than a lab ever sees in a minute.
    measure: (effort) => withLab({ mqtt: true, env: { RHIZO_SERVER_MQTT_CONNECT_RATE: '1000000' } }, (lab) => measureCosts(lab, effort)),
  },
]

const isoOf = (seconds: number): string => new Date(seconds * 1_000).toISOString()
