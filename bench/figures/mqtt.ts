/** Values over MQTT compared with bare aedes: with and without acknowledgements, to many subscribers, and the cost of connections. */
import { compare, type Figure, type Measurement } from '../figure.ts'
import { withLab, type Lab } from '../lab.ts'
import type { IdleMqttJob } from '../load/idle-mqtt.ts'
import type { ConnectJob, ConnectResult } from '../load/mqtt-connects.ts'
import type { MqttJob, MqttResult } from '../load/mqtt.ts'
import { residentMegabytes, runJob, startBare, startIdle, type Program } from '../processes.ts'

const CLIENTS = 2_000
const SUBSCRIBERS = 200
const COMERS = 16

const withBoth = (measure: (lab: Lab, bare: Program) => Promise<Measurement>): Promise<Measurement[]> =>
  // More clients connect than a lab ever sees in a minute.
  withLab({ mqtt: true, env: { RHIZO_SERVER_MQTT_CONNECT_RATE: '1000000' } }, async (lab) => {
    const bare = await startBare('bare-mqtt')
    try {
      return [await measure(lab, bare)]
    } finally {
      await bare.stop()
    }
  })

const throughput = (
  name: string,
  title: string,
  { unit = 'values/s', aim, ...load }: { connections: number; window: number; listeners?: number; unit?: string; aim?: number },
): Figure => ({
  name,
  measure: ({ rounds, seconds }) =>
    withBoth(async (lab, bare) => {
      const { listeners = 0 } = load
      const run = async (port: number): Promise<number> => {
        const job = {
          ...load,
          listeners,
          port,
          seconds,
          password: lab.controllerKey,
          listenerPassword: lab.userKey,
          topic: lab.controller.slice(1),
          names: lab.paths.map((path) => path.slice(lab.controller.length + 1)),
        }
        return (await runJob<MqttJob, MqttResult>('load/mqtt', job)).valuesPerSecond * Math.max(1, listeners)
      }
      const compared = await compare(
        rounds,
        () => run(lab.mqttPort),
        () => run(bare.port),
      )
      return { name, title, unit, ...compared, ...(aim === undefined ? {} : { aim: { of: 'ratio', atLeast: aim } }) }
    }),
})

async function growth({ pid, port }: { pid: number; port: number }, lab: Lab): Promise<number> {
  const before = await residentMegabytes(pid)
  const clients = await startIdle<IdleMqttJob>(
    { port, password: lab.userKey, filter: lab.controller.slice(1), count: CLIENTS },
    'load/idle-mqtt',
  )
  const more = (await residentMegabytes(pid)) - before
  await clients.stop()
  return more
}

export const mqttFigures: Figure[] = [
  throughput('mqtt-qos1-8', 'values by MQTT, QoS 1, 8 clients, 64 open', { connections: 8, window: 64 }),
  throughput('mqtt-qos1-200', 'values by MQTT, QoS 1, 200 clients, 10 open', { connections: 200, window: 10, aim: 0.5 }),
  throughput('mqtt-qos0', 'values by MQTT, QoS 0, 8 clients', { connections: 8, window: 0, aim: 0.6 }),
  throughput('mqtt-subscribers', `1 MQTT publisher, QoS 1, to ${SUBSCRIBERS} subscribers`, {
    connections: 1,
    window: 16,
    listeners: SUBSCRIBERS,
    unit: 'messages/s',
  }),
  {
    name: 'mqtt-memory',
    measure: () =>
      withBoth(async (lab, bare) => {
        const [figure, without] = [await growth({ pid: lab.pid, port: lab.mqttPort }, lab), await growth(bare, lab)]
        return {
          name: 'mqtt-memory',
          title: `memory more with ${CLIENTS} idle MQTT clients`,
          unit: 'MB',
          figure,
          bare: without,
          ratio: figure / without,
          note: 'one subscription each; the broker itself included',
        }
      }),
  },
  {
    name: 'mqtt-connects',
    measure: ({ rounds, seconds }) =>
      withBoth(async (lab, bare) => {
        const run = async (port: number): Promise<number> =>
          (
            await runJob<ConnectJob, ConnectResult>('load/mqtt-connects', {
              port,
              password: lab.controllerKey,
              connections: COMERS,
              seconds,
            })
          ).connectsPerSecond
        return {
          name: 'mqtt-connects',
          title: `MQTT connects, ${COMERS} at a time`,
          unit: 'connects/s',
          ...(await compare(
            rounds,
            () => run(lab.mqttPort),
            () => run(bare.port),
          )),
        }
      }),
  },
]
