/** Reading from a sequence of a million values, compared with better-sqlite3 and the same rows. */
import { formatTimestamp, SECOND } from '../../src/base/time.ts'
import type { SqliteJob, SqliteResult } from '../bare/bare-sqlite.ts'
import { compare, type Figure, type Measurement } from '../figure.ts'
import { withLab, type Lab } from '../lab.ts'
import { median } from '../numbers.ts'
import { runJob } from '../processes.ts'
import { formatNumber } from '../table.ts'
import { csvOf } from './import.ts'

const ROWS = 1_000_000
const ROWS_PER_REQUEST = 100_000
const RANGE = 10_000
const POINTS = 1_000
const START = Date.UTC(2025, 0, 1) * 1000
const END = START + (ROWS - 1) * SECOND

/** Milliseconds of each of `reads` reads, and of the first one, when no cache can be warm. */
async function timeReads(reads: number, read: (n: number) => Promise<void>): Promise<{ first: number; times: number[] }> {
  const times: number[] = []
  for (let n = 0; n < reads; n++) {
    const began = performance.now()
    await read(n)
    times.push(performance.now() - began)
  }
  return { first: times[0] ?? Number.NaN, times }
}

/** Ends differ from read to read, so that no answer can be cached. */
const query = (path: string, from: number, to: number, more: string): string =>
  `/api/v1/resources${path}?start_timestamp=${encodeURIComponent(formatTimestamp(from))}` +
  `&end_timestamp=${encodeURIComponent(formatTimestamp(to))}&${more}`

async function measureReads(lab: Lab, reads: number): Promise<Measurement[]> {
  const path = lab.paths[0] ?? ''
  for (let from = 0; from < ROWS; from += ROWS_PER_REQUEST)
    await lab.request('POST', '/api/v1/sequences/values', csvOf(path, from, ROWS_PER_REQUEST), 'text/csv')

  const buckets = await timeReads(reads, async (n) => {
    const answer = await lab.request('GET', query(path, START + n * SECOND, END, `max_points=${POINTS}`))
    if (answer.length < POINTS * 10) throw new Error(`max_points answered with ${answer.slice(0, 300)}`)
  })
  const range = await timeReads(reads, async (n) => {
    const middle = START + (ROWS / 2 + n) * SECOND
    const answer = JSON.parse(await lab.request('GET', query(path, middle, middle + (RANGE - 1) * SECOND, `count=${RANGE}`))) as {
      values: unknown[]
    }
    if (answer.values.length !== RANGE) throw new Error(`A range of ${RANGE} values was answered with ${answer.values.length}`)
  })
  const bare = await runJob<SqliteJob, SqliteResult>('bare/bare-sqlite', {
    rows: ROWS,
    batch: 5_000,
    sequences: 1,
    reads: Math.min(reads, 5),
  })
  const row = (name: string, title: string, { first, times }: { first: number; times: number[] }, bares: number[]): Measurement => {
    const figure = median(times)
    const bareFigure = median(bares)
    return { name, title, unit: 'ms', figure, bare: bareFigure, ratio: figure / bareFigure, note: `the first ${formatNumber(first)} ms` }
  }
  return [
    { ...row('read-max-points', `max_points=${POINTS} over a million values`, buckets, bare.buckets), aim: { of: 'figure', atMost: 50 } },
    row('read-range', `${RANGE} values from the middle of a million`, range, bare.ranges),
  ]
}

/** Milliseconds of reads of which no end is that of another, so that no answer can be cached. */
const readAll = async (lab: Lab, path: string, n: number): Promise<number> =>
  (await timeReads(1, async () => void (await lab.request('GET', query(path, START + n * SECOND, END, `max_points=${POINTS}`))))).first

const MASKS = 2_000

/** The same values, with a peak now and then, in two sequences, of which one has them masked. */
async function measureMasks(lab: Lab, rounds: number): Promise<Measurement[]> {
  const [plain = '', masked = ''] = lab.paths
  const every = ROWS / MASKS
  for (const path of [plain, masked])
    for (let from = 0; from < ROWS; from += ROWS_PER_REQUEST) {
      const lines = csvOf(path, from, ROWS_PER_REQUEST).split('\n')
      for (let at = every / 2; at < lines.length; at += every) lines[at] = lines[at]?.replace(/[^,]*$/, '99999') ?? ''
      await lab.request('POST', '/api/v1/sequences/values', lines.join('\n'), 'text/csv')
    }
  const mask = new URLSearchParams({ path: masked, where: 'value > 99998', note: 'peaks' })
  const made = await lab.request('POST', '/api/v1/sequences/masks', mask.toString(), 'application/x-www-form-urlencoded')
  if ((JSON.parse(made) as { stretches: number }).stretches !== MASKS) throw new Error(`${MASKS} peaks should be masked: ${made}`)
  const turn = { masked: 0, plain: 0 }
  const compared = await compare(
    rounds * 10,
    () => readAll(lab, masked, turn.masked++),
    () => readAll(lab, plain, turn.plain++),
  )
  const title = `max_points=${POINTS} over a million values with ${MASKS} masks, beside none`
  return [{ name: 'read-masked', title, unit: 'ms', ...compared, aim: { of: 'ratio', atMost: 1.2 } }]
}

export const readFigures: Figure[] = [
  { name: 'read-masked', measure: ({ rounds }) => withLab({ sequences: 2 }, (lab) => measureMasks(lab, rounds)) },
  { name: 'read', measure: ({ rounds }) => withLab({ sequences: 1 }, (lab) => measureReads(lab, rounds * 5)) },
]
