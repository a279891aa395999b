/** Importing CSV, with the command and with the API, compared with better-sqlite3 and the same rows. */
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { formatTimestamp, SECOND } from '../../src/base/time.ts'
import type { SqliteJob, SqliteResult } from '../bare/bare-sqlite.ts'
import { compare, type Aim, type Effort, type Figure, type Measurement } from '../figure.ts'
import { withLab, type Lab } from '../lab.ts'
import { nthValue } from '../load/requests.ts'
import { runJob } from '../processes.ts'

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
  { name: 'import-api', measure: (effort) => withLab({}, async (lab) => [await measureRequests(effort, lab)]) },
]
