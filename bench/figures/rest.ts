/** Values over REST, one and a hundred a request, compared with bare Hono. */
import { compare, type Aim, type Effort, type Figure, type Measurement } from '../figure.ts'
import { withLab, type Lab } from '../lab.ts'
import type { HttpJob, HttpResult } from '../load/http.ts'
import type { RequestKind } from '../load/requests.ts'
import { runJob, startBare } from '../processes.ts'
import { median } from '../numbers.ts'
import { formatNumber } from '../table.ts'

interface Case {
  name: string
  title: string
  kind: RequestKind
  connections: number
  aim: Aim
}

const CASES: Case[] = [
  {
    name: 'rest-single-8',
    title: 'single values by REST, 8 connections',
    kind: 'single',
    connections: 8,
    aim: { of: 'ratio', atLeast: 0.35 },
  },
  {
    name: 'rest-single-64',
    title: 'single values by REST, 64 connections',
    kind: 'single',
    connections: 64,
    aim: { of: 'ratio', atLeast: 0.7 },
  },
  {
    name: 'rest-batch',
    title: 'batches of 100, PUT /resources, 8 connections',
    kind: 'batch',
    connections: 8,
    aim: { of: 'ratio', atLeast: 0.4 },
  },
  {
    name: 'rest-timed-batch',
    title: 'batches of 100, POST /sequences/values',
    kind: 'timed-batch',
    connections: 8,
    aim: { of: 'ratio', atLeast: 0.4 },
  },
]

async function measureCase(
  { name, title, kind, connections, aim }: Case,
  effort: Effort,
  lab: Lab,
  barePort: number,
): Promise<Measurement> {
  const valuesPerRequest = kind === 'single' ? 1 : lab.paths.length
  const job = { authorization: lab.controllerAuthorization, connections, seconds: effort.seconds, warmUp: 0.5, kind, paths: lab.paths }
  const ours: HttpResult[] = []
  const run = async (port: number, into?: HttpResult[]): Promise<number> => {
    const result = await runJob<HttpJob, HttpResult>('load/http', { ...job, port })
    into?.push(result)
    return result.requestsPerSecond * valuesPerRequest
  }
  const compared = await compare(
    effort.rounds,
    () => run(lab.port, ours),
    () => run(barePort),
  )
  await requireStored(lab, name)
  const note =
    `answer p50 ${formatNumber(median(ours.map(({ p50 }) => p50)))} ms, p99 ${formatNumber(median(ours.map(({ p99 }) => p99)))} ` + 'ms'
  return { name, title, unit: 'values/s', ...compared, aim, note }
}

/** Checks at the end that the work was done: the newest value can be read. */
async function requireStored(lab: Lab, name: string): Promise<void> {
  const newest = await lab.request('GET', `/api/v1/resources${lab.paths[0] ?? ''}`)
  if (newest === '' || !Number.isFinite(Number(newest))) throw new Error(`${name} left nothing in the store: ${newest}`)
}

export const restFigures: Figure[] = CASES.map((one) => ({
  name: one.name,
  measure: (effort) =>
    withLab({}, async (lab) => {
      const bare = await startBare('bare-hono')
      try {
        return [await measureCase(one, effort, lab, bare.port)]
      } finally {
        await bare.stop()
      }
    }),
}))
