/** Values over WebSocket, with and without acks, compared with bare ws; and how long a value takes to its subscribers. */
import { compare, type Effort, type Figure, type Measurement } from '../figure.ts'
import { websocketPath, withLab, type Lab } from '../lab.ts'
import type { SubscriberJob, SubscriberResult } from '../load/subscribers.ts'
import type { WebSocketJob, WebSocketResult } from '../load/websocket.ts'
import { median } from '../numbers.ts'
import { runJob, startBare } from '../processes.ts'
import { formatNumber } from '../table.ts'

const CONNECTIONS = 8
const SUBSCRIBERS = 20
const UPDATES_PER_SECOND = 100

const withBoth = (measure: (lab: Lab, barePort: number) => Promise<Measurement>): Promise<Measurement[]> =>
  withLab({}, async (lab) => {
    const bare = await startBare('bare-ws')
    try {
      return [await measure(lab, bare.port)]
    } finally {
      await bare.stop()
    }
  })

const throughput = (name: string, title: string, { window, burst, aim }: { window: number; burst: number; aim?: number }): Figure => ({
  name,
  measure: ({ rounds, seconds }) =>
    withBoth(async (lab, barePort) => {
      const run = async (port: number): Promise<number> => {
        const job = {
          port,
          path: websocketPath,
          authorization: lab.controllerAuthorization,
          connections: CONNECTIONS,
          seconds,
          window,
          burst,
          paths: lab.paths,
        }
        return (await runJob<WebSocketJob, WebSocketResult>('load/websocket', job)).framesPerSecond
      }
      const compared = await compare(
        rounds,
        () => run(lab.port),
        () => run(barePort),
      )
      return { name, title, unit: 'values/s', ...compared, ...(aim === undefined ? {} : { aim: { of: 'ratio', atLeast: aim } }) }
    }),
})

async function measureLatency({ rounds, seconds }: Effort, lab: Lab, barePort: number): Promise<Measurement> {
  const results: SubscriberResult[] = []
  const run = async (port: number, into?: SubscriberResult[]): Promise<number> => {
    const result = await runJob<SubscriberJob, SubscriberResult>('load/subscribers', {
      port,
      path: websocketPath,
      senderAuthorization: lab.controllerAuthorization,
      subscriberAuthorization: lab.userAuthorization,
      folder: lab.controller,
      paths: lab.paths,
      subscribers: SUBSCRIBERS,
      updatesPerSecond: UPDATES_PER_SECOND,
      seconds: Math.max(3, seconds),
    })
    if (result.missing > 0) throw new Error(`${result.missing} updates did not reach their subscribers`)
    into?.push(result)
    return result.p99
  }
  const compared = await compare(
    rounds,
    () => run(lab.port, results),
    () => run(barePort),
  )
  const note =
    `p50 ${formatNumber(median(results.map(({ p50 }) => p50)))} ms, longest ` +
    `${formatNumber(Math.max(...results.map(({ max }) => max)))} ms`
  const title = `update to ${SUBSCRIBERS} subscribers, ${UPDATES_PER_SECOND}/s, p99`
  return { name: 'latency', title, unit: 'ms', ...compared, aim: { of: 'figure', atMost: 25 }, note }
}

export const websocketFigures: Figure[] = [
  throughput('websocket', 'values by WebSocket, 8 connections', { window: 0, burst: 1, aim: 0.65 }),
  throughput('websocket-acks', 'values by WebSocket, with acks, 64 open', { window: 64, burst: 1, aim: 0.65 }),
  throughput('websocket-bursts', 'values by WebSocket, 50 frames a write', { window: 0, burst: 50 }),
  { name: 'latency', measure: (effort) => withBoth((lab, barePort) => measureLatency(effort, lab, barePort)) },
]
