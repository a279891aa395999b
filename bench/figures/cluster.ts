/**
 * Three daemons on one PostgreSQL: how soon what is written at one is seen at another, and what three take beside one. The database, the
 * daemons and the load share this machine, so three can't be faster than one here; the figures tell what passing on costs.
 */
import { findPostgres, launchPostgres } from '../../test/support/postgres.ts'
import { compare, type Effort, type Figure, type Measurement } from '../figure.ts'
import { websocketPath, withLab, type Lab, type Ports } from '../lab.ts'
import type { HttpJob, HttpResult } from '../load/http.ts'
import type { MqttJob, MqttResult } from '../load/mqtt.ts'
import type { SeenJob, SeenResult } from '../load/seen.ts'
import type { SubscriberJob, SubscriberResult } from '../load/subscribers.ts'
import { runJob } from '../processes.ts'
import { cookieOf } from '../sign-in.ts'
import { formatNumber } from '../table.ts'

const DAEMONS = 3
/** Of a load, over all daemons. */
const CONNECTIONS = 12
/** Writes of each kind for each round. */
const SEEN = 60
const UPDATES_PER_SECOND = 100
const SUBSCRIBERS = 20
const AIM = { of: 'figure', atMost: 100 } as const

type Load = (lab: Lab, ports: Ports, connections: number, seconds: number) => Promise<number>

const byHttp =
  (kind: 'single' | 'batch', each: number): Load =>
  async ({ controllerAuthorization: authorization, paths }, { port }, connections, seconds) => {
    const job = { port, authorization, connections, seconds, warmUp: 0.5, kind, paths }
    return (await runJob<HttpJob, HttpResult>('load/http', job)).requestsPerSecond * each
  }

const byMqtt: Load = async (lab, { mqttPort: port }, connections, seconds) => {
  const names = lab.paths.map((path) => path.slice(lab.controller.length + 1))
  const [password, listenerPassword] = [lab.controllerKey, lab.userKey]
  const job = { port, seconds, connections, window: 64, listeners: 0, password, listenerPassword, topic: lab.controller.slice(1), names }
  return (await runJob<MqttJob, MqttResult>('load/mqtt', job)).valuesPerSecond
}

/** A load spread over all daemons beside the same at the leader alone. */
async function spread(lab: Lab, all: readonly Ports[], { rounds, seconds }: Effort, load: Load): Promise<Partial<Measurement>> {
  const [leader] = all
  if (leader === undefined) throw new Error('There is no daemon')
  const compared = await compare(
    rounds,
    async () => {
      const parts = await Promise.all(all.map((ports) => load(lab, ports, CONNECTIONS / DAEMONS, seconds)))
      return parts.reduce((sum, part) => sum + part, 0)
    },
    () => load(lab, leader, CONNECTIONS, seconds),
  )
  return { ...compared, note: `of ${CONNECTIONS} connections; beside it: the same at the leader alone` }
}

async function measureThroughput(lab: Lab, all: readonly Ports[], effort: Effort): Promise<Measurement[]> {
  const cases: [name: string, title: string, load: Load][] = [
    ['single', 'single values by REST at three daemons', byHttp('single', 1)],
    ['batch', 'batches of 100 by REST at three daemons', byHttp('batch', lab.paths.length)],
    ['mqtt', 'values by MQTT, QoS 1, at three daemons', byMqtt],
  ]
  const measurements: Measurement[] = []
  for (const [name, title, load] of cases) {
    const found = await spread(lab, all, effort, load)
    measurements.push({ name: `cluster-${name}`, title, unit: 'values/s', figure: Number.NaN, ...found })
  }
  return measurements
}

/** Written at one daemon that passes on, seen at the other. */
async function measureSeen(lab: Lab, one: Ports, other: Ports, { rounds, seconds }: Effort): Promise<Measurement[]> {
  const { userAuthorization: authorization, controller: folder, paths } = lab
  const job = { port: one.port, otherPort: other.port, authorization, cookie: await cookieOf(lab), folder, sequence: paths[0] ?? '' }
  const seen = await runJob<SeenJob, SeenResult>('load/seen', { ...job, count: SEEN * rounds })
  const rows = Object.entries(seen).map(
    ([kind, { p50, p99, max }]): Measurement => ({
      name: `cluster-seen-${kind}`,
      title: `${kind}: p99 from the answer at one daemon until another showed it`,
      unit: 'ms',
      figure: p99,
      aim: AIM,
      note: `p50 ${formatNumber(p50)} ms, longest ${formatNumber(max)} ms, of ${SEEN * rounds}`,
    }),
  )
  const live = await runJob<SubscriberJob, SubscriberResult>('load/subscribers', {
    port: one.port,
    subscriberPort: other.port,
    path: websocketPath,
    senderAuthorization: lab.controllerAuthorization,
    subscriberAuthorization: authorization,
    folder,
    paths,
    subscribers: SUBSCRIBERS,
    updatesPerSecond: UPDATES_PER_SECOND,
    seconds: Math.max(3, seconds * rounds),
  })
  if (live.missing > 0) throw new Error(`${live.missing} updates did not reach their subscribers`)
  const title = `${UPDATES_PER_SECOND} values a second sent to one daemon, p99 until ${SUBSCRIBERS} subscribers of another hear each`
  const note = `p50 ${formatNumber(live.p50)} ms, longest ${formatNumber(live.max)} ms`
  return [...rows, { name: 'cluster-live', title, unit: 'ms', figure: live.p99, aim: AIM, note }]
}

async function measure(effort: Effort): Promise<Measurement[]> {
  const programs = findPostgres()
  if (programs === undefined) throw new Error('cluster needs PostgreSQL (Debian: postgresql)')
  const server = await launchPostgres(programs, '')
  try {
    const commonEnv = {
      RHIZO_SERVER_DATABASE_URI: server.url,
      RHIZO_SERVER_BULK_STORAGE: 'database',
      RHIZO_SERVER_CLUSTER: 'true',
    }
    const env = { RHIZO_SERVER_MQTT_CONNECT_RATE: '1000000' }
    return await withLab({ mqtt: true, commonEnv, env }, async (lab) => {
      const others: Ports[] = []
      while (others.length < DAEMONS - 1) others.push(await lab.addDaemon())
      const [one = lab, other = lab] = others
      return [...(await measureSeen(lab, one, other, effort)), ...(await measureThroughput(lab, [lab, ...others], effort))]
    })
  } finally {
    await server.remove()
  }
}

export const clusterFigures: Figure[] = [{ name: 'cluster', measure }]
