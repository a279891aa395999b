/** Whether a slow disk blocks the event loop: its delay, from inside and outside, while every fsync takes 100 ms. */
import type { Figure, Measurement } from '../figure.ts'
import { withLab, type Lab } from '../lab.ts'
import type { HttpJob, HttpResult } from '../load/http.ts'
import type { ProbeJob, ProbeResult } from '../load/probe.ts'
import { rest, runJob } from '../processes.ts'
import { withSlowDisk } from '../slow-disk.ts'
import { formatNumber } from '../table.ts'

const FSYNC = 100
const CONNECTIONS = 64
/** Milliseconds without load, to see the effect of measuring itself. */
const IDLE = 2_000
const AIM = { of: 'figure', atMost: 20 } as const
/** As prom-client exports it, including the timer's own 10 ms. Each reading resets the histogram. */
const LOOP_DELAY = 'nodejs_eventloop_lag_p99_seconds'

async function measureDelay(lab: Lab, seconds: number): Promise<Measurement[]> {
  const job = { port: lab.port, authorization: lab.controllerAuthorization, connections: CONNECTIONS, warmUp: 0.5, paths: lab.paths }
  await lab.metric(LOOP_DELAY)
  await rest(IDLE)
  const idle = (await lab.metric(LOOP_DELAY)) * 1000
  const [load, probe] = await Promise.all([
    runJob<HttpJob, HttpResult>('load/http', { ...job, kind: 'single', seconds }),
    runJob<ProbeJob, ProbeResult>('load/probe', { port: lab.port, path: '/health?live=1', interval: 5, seconds }),
  ])
  const inside = (await lab.metric(LOOP_DELAY)) * 1000
  if (load.p50 < FSYNC) throw new Error(`Values were stored in ${formatNumber(load.p50)} ms: fsync was not slow`)
  const note =
    `${formatNumber(load.requestsPerSecond)} values/s meanwhile, each answered in ${formatNumber(load.p50)} ms; idle it shows ` +
    `${formatNumber(idle)} ms`
  return [
    { name: 'slow-fsync-inside', title: `event-loop delay p99, every fsync ${FSYNC} ms`, unit: 'ms', figure: inside, aim: AIM, note },
    {
      name: 'slow-fsync-outside',
      title: 'GET /health?live=1 p99 meanwhile',
      unit: 'ms',
      figure: probe.p99,
      aim: AIM,
      note: `p50 ${formatNumber(probe.p50)} ms, longest ${formatNumber(probe.max)} ms`,
    },
  ]
}

export const slowFsyncFigures: Figure[] = [
  {
    name: 'slow-fsync',
    measure: ({ rounds, seconds }) =>
      withSlowDisk(FSYNC, (env) => withLab({ sequences: 20, env }, (lab) => measureDelay(lab, rounds * seconds))),
  },
]
