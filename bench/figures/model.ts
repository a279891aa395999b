/** Whether the model of the daemon, given what one request and one commit cost, foretells throughput and waits at other loads. */
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Effort, Figure, Measurement } from '../figure.ts'
import { withLab, type Lab } from '../lab.ts'
import type { HttpJob, HttpResult } from '../load/http.ts'
import { predict, type Costs, type Machine } from '../model/daemon-model.ts'
import { rest, runJob } from '../processes.ts'
import { formatNumber } from '../table.ts'
import { usageOf, usedSince } from '../usage.ts'

/** The model learns from these loads, and has to foretell the others. */
const LEARNT = [1, 64] as const
const FORETOLD = [4, 8, 16, 32] as const
const FSYNCS = 300
/** Bytes that a commit of few values appends to the log: two pages with their heads. */
const APPENDED = 8_240

interface Run {
  readonly connections: number
  readonly result: HttpResult
  /** Seconds of processor time. */
  readonly main: number
  readonly others: number
  readonly commits: number
}

/** Seconds of each of some appends that are made durable, as a commit does, in the lab's folder. */
function measureFsyncs(folder: string): number[] {
  const file = openSync(join(folder, 'fsyncs'), 'w')
  const bytes = Buffer.alloc(APPENDED, 1)
  const times = Array.from({ length: FSYNCS }, () => {
    writeSync(file, bytes)
    const began = performance.now()
    fdatasyncSync(file)
    return (performance.now() - began) / 1_000
  })
  closeSync(file)
  return times
}

async function measureRun(lab: Lab, connections: number, seconds: number): Promise<Run> {
  const shared = { port: lab.port, authorization: lab.controllerAuthorization, kind: 'single' as const, paths: lab.paths }
  await rest(500)
  const [before, commits] = [usageOf(lab.pid), await lab.metric('rhizo_commit_seconds_count')]
  const result = await runJob<HttpJob, HttpResult>('load/http', { ...shared, connections, seconds, warmUp: 0 })
  const { main, others } = usedSince(before, usageOf(lab.pid))
  return { connections, result, main, others, commits: (await lab.metric('rhizo_commit_seconds_count')) - commits }
}

/** Parts that two runs share: so much a request, and so much a commit. */
function solve([few, many]: readonly [Run, Run], of: (run: Run) => number): { request: number; commit: number } {
  const [a, b] = [few.result.answered, many.result.answered]
  const determinant = a * many.commits - b * few.commits
  const request = (of(few) * many.commits - of(many) * few.commits) / determinant
  const commit = (a * of(many) - b * of(few)) / determinant
  return { request: Math.max(0, request), commit: Math.max(0, commit) }
}

async function measureModel(lab: Lab, { seconds }: Effort): Promise<Measurement[]> {
  const machine: Machine = { cores: availableParallelism(), fsyncs: measureFsyncs(lab.folder) }
  await measureRun(lab, 8, seconds) // warms up
  const [few, many] = [await measureRun(lab, LEARNT[0], seconds), await measureRun(lab, LEARNT[1], seconds)]
  const main = solve([few, many], (run) => run.main)
  const writer = solve([few, many], (run) => run.others)
  const costs: Costs = {
    request: main.request,
    turn: main.commit,
    value: writer.request,
    commit: writer.commit,
    client: many.result.processor / many.result.answered,
  }
  const micros = (s: number): string => `${formatNumber(s * 1e6)} µs`
  const note =
    `learnt at ${LEARNT.join(' and ')} connections: request ${micros(costs.request)}, turn ${micros(costs.turn)}, value ` +
    `${micros(costs.value)}, commit ${micros(costs.commit)}, client ${micros(costs.client)}`
  const measurements: Measurement[] = []
  for (const connections of [...LEARNT, ...FORETOLD].sort((a, b) => a - b)) {
    const { result, commits } = await measureRun(lab, connections, seconds)
    const foretold = predict(machine, costs, connections)
    const isLearnt = LEARNT.some((one) => one === connections)
    measurements.push({
      name: `model-${connections}`,
      title: `single values by REST, ${connections} connections: foretold beside measured`,
      unit: 'values/s',
      figure: foretold.requestsPerSecond,
      bare: result.requestsPerSecond,
      ratio: foretold.requestsPerSecond / result.requestsPerSecond,
      note:
        `p50 ${formatNumber(foretold.p50 * 1_000)} beside ${formatNumber(result.p50)} ms, ` +
        `values a commit ${formatNumber(foretold.valuesPerCommit)} beside ${formatNumber(result.answered / commits)}; ` +
        (isLearnt ? note : 'not learnt from'),
      parts: { ...costs },
    })
  }
  return measurements
}

export const modelFigures: Figure[] = [{ name: 'model', measure: (effort) => withLab({}, (lab) => measureModel(lab, effort)) }]
