/** Importing CSV, with the command and with the API, compared with better-sqlite3 and the same rows. */
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { formatTimestamp, SECOND } from '../../src/base/time.ts'
import type { SqliteJob, SqliteResult } from '../bare/bare-sqlite.ts'
import { compare, type Aim, type Effort, type Figure, type Measurement } from '../figure.ts'
import { withLab, type Lab } from '../lab.ts'
import { nthValue } from '../load/requests.ts'
import { median } from '../numbers.ts'
import { processorSeconds, runJob } from '../processes.ts'

const ROWS = 500_000
/** The API's limit for one request. */
const ROWS_PER_REQUEST = 100_000
/** Rows of one commit of the bare program, where it is fastest. */
const BARE_BATCH = 5_000
const AIM: Aim = { of: 'figure', atLeast: 400_000 }
const START = Date.UTC(2025, 0, 1) * 1000

const rowOf = (n: number): string => `${formatTimestamp(START + n * SECOND)},${nthValue(n)}\n`

const runBare = async (): Promise<number> =>
  (await runJob<SqliteJob, SqliteResult>('bare/bare-sqlite', { rows: ROWS, batch: BARE_BATCH, sequences: 1 })).rowsPerSecond

/** Each round fills an empty sequence. */
function nextPath(lab: Lab): string {
  const path = lab.paths.shift()
  if (path === undefined) throw new Error('More rounds than sequences')
  return path
}

async function measureCommand(effort: Effort, lab: Lab): Promise<Measurement> {
  const file = join(lab.folder, 'readings.csv')
  const out = createWriteStream(file)
  out.write('timestamp,value\n')
  for (let n = 0; n < ROWS; n++) if (!out.write(rowOf(n))) await once(out, 'drain')
  out.end()
  await once(out, 'finish')
  const run = async (): Promise<number> => {
    const path = nextPath(lab)
    const began = performance.now()
    await lab.rhizo('seq', 'import', path, file)
    const seconds = (performance.now() - began) / 1000
    await requireAll(lab, path)
    return ROWS / seconds
  }
  const compared = await compare(effort.rounds, run, runBare)
  return {
    name: 'import-command',
    title: `rhizo seq import, ${ROWS} rows`,
    unit: 'values/s',
    ...compared,
    aim: AIM,
    note: 'start of the command included',
  }
}

async function measureRequests(effort: Effort, lab: Lab): Promise<Measurement> {
  const run = async (): Promise<number> => {
    const path = nextPath(lab)
    const bodies = Array.from({ length: ROWS / ROWS_PER_REQUEST }, (_, part) => csvOf(path, part * ROWS_PER_REQUEST, ROWS_PER_REQUEST))
    const began = performance.now()
    for (const body of bodies) await lab.request('POST', '/api/v1/sequences/values', body, 'text/csv')
    const seconds = (performance.now() - began) / 1000
    await requireAll(lab, path)
    return ROWS / seconds
  }
  const compared = await compare(effort.rounds, run, runBare)
  return { name: 'import-api', title: 'CSV to POST /sequences/values, 100,000 a request', unit: 'values/s', ...compared, aim: AIM }
}

/** A file as a logger of many channels writes it: a column of times, and thirty of values with units. */
const WIDE = { columns: 30, rows: 100_000 }
const WIDE_AIM: Aim = { of: 'figure', atLeast: 500_000 }

async function measureWide(effort: Effort, lab: Lab): Promise<Measurement> {
  const file = join(lab.folder, 'logger.csv')
  const out = createWriteStream(file)
  const columns = Array.from({ length: WIDE.columns }, (_, column) => column)
  out.write(`time,${columns.map((column) => `channel ${column} (°C)`).join(',')}\n`)
  for (let n = 0; n < WIDE.rows; n++) {
    const line = `${formatTimestamp(START + n * SECOND)},${columns.map((column) => nthValue(n + column)).join(',')}\n`
    if (!out.write(line)) await once(out, 'drain')
  }
  out.end()
  await once(out, 'finish')
  const values = WIDE.columns * WIDE.rows
  const perProcessor: number[] = []
  let round = 0
  const run = async (): Promise<number> => {
    const folder = `${lab.controller}/wide${++round}`
    const [began, used] = [performance.now(), processorSeconds(lab.pid)]
    const answer = JSON.parse(await lab.rhizo('seq', 'import', file, '--into', folder, '--create', '--json')) as { stored: number }
    const seconds = (performance.now() - began) / 1000
    const usedNow = processorSeconds(lab.pid)
    if (used !== undefined && usedNow !== undefined) perProcessor.push(values / (usedNow - used))
    if (answer.stored !== values) throw new Error(`${answer.stored} of ${values} values were stored`)
    return values / seconds
  }
  const compared = await compare(effort.rounds, run, runBare)
  const note =
    perProcessor.length === 0 ? '' : `${Math.round(median(perProcessor)).toLocaleString('en')} values/s of the daemon's processor time`
  return {
    name: 'import-wide',
    title: `rhizo seq import, ${WIDE.columns} columns × ${WIDE.rows} rows`,
    unit: 'values/s',
    ...compared,
    aim: WIDE_AIM,
    note,
  }
}

export function csvOf(path: string, from: number, rows: number): string {
  const lines = ['path,timestamp,value\n']
  for (let n = from; n < from + rows; n++) lines.push(`${path},${rowOf(n)}`)
  return lines.join('')
}

/** Checks that the last row is stored: the API answers in order, so all are. */
async function requireAll(lab: Lab, path: string): Promise<void> {
  const newest = Number(await lab.request('GET', `/api/v1/resources${path}`))
  if (newest !== nthValue(ROWS - 1)) throw new Error(`${path} ends with ${newest}, not with the last row's ${nthValue(ROWS - 1)}`)
}

export const importFigures: Figure[] = [
  { name: 'import-command', measure: (effort) => withLab({}, async (lab) => [await measureCommand(effort, lab)]) },
  { name: 'import-wide', measure: (effort) => withLab({}, async (lab) => [await measureWide(effort, lab)]) },
  { name: 'import-api', measure: (effort) => withLab({}, async (lab) => [await measureRequests(effort, lab)]) },
]
