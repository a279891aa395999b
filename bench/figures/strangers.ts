/** What 2,000 strangers who send as much as they can, or a few who have a key, take from the daemon, and from another client. */
import type { Figure, Measurement } from '../figure.ts'
import { withLab, type Lab } from '../lab.ts'
import type { ProbeJob, ProbeResult } from '../load/probe.ts'
import { isKnown, WAYS, type Way } from '../load/attacks.ts'
import type { StrangersJob } from '../load/strangers.ts'
import { peakBytes, resetPeak, residentMegabytes, runJob, startIdle } from '../processes.ts'
import { formatNumber } from '../table.ts'

const STRANGERS = 2_000
/** Of those who have a key. */
const KNOWN = 8

async function measureWay(lab: Lab, way: Way, seconds: number): Promise<Measurement[]> {
  const before = await residentMegabytes(lab.pid)
  resetPeak(lab.pid)
  const count = isKnown(way) ? KNOWN : STRANGERS
  const { port, mqttPort, userAuthorization: authorization } = lab
  const strangers = await startIdle<StrangersJob>({ port, mqttPort, way, count, authorization }, 'load/strangers')
  const job = { port: lab.port, path: '/health?live=1', interval: 5, seconds, authorization: lab.userAuthorization }
  const probe = await runJob<ProbeJob, ProbeResult>('load/probe', job)
  const more = peakBytes(lab.pid) / 1e6 - before
  await strangers.stop()
  const name = nameOf(way)
  return [
    {
      name: `${name}-memory`,
      title: `memory more, ${count} ${isKnown(way) ? 'with a key' : 'strangers'}: ${way}`,
      unit: 'MB',
      figure: more,
      aim: { of: 'figure', atMost: 60 },
    },
    {
      name: `${name}-delay`,
      title: 'GET /health?live=1 p99 of another client meanwhile',
      unit: 'ms',
      figure: probe.p99,
      aim: { of: 'figure', atMost: 50 },
      note: `p50 ${formatNumber(probe.p50)} ms, longest ${formatNumber(probe.max)} ms`,
    },
  ]
}

const nameOf = (way: Way): string => `strangers-${way.replaceAll(' ', '-')}`

export const strangersFigures: Figure[] = WAYS.map((way) => ({
  name: nameOf(way),
  measure: ({ rounds, seconds }) => withLab({ sequences: 1, mqtt: true }, (lab) => measureWay(lab, way, rounds * seconds)),
}))
