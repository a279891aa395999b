/**
 * A billion values: 100 sequences of ten million each, one a second with jitter, brought in over the API, sealed and read. `--values` makes
 * it smaller; what follows from the number of values then says so.
 */
import type Sqlite from 'better-sqlite3'
import { statSync } from 'node:fs'
import { formatTimestamp, SECOND } from '../../src/base/time.ts'
import { openDatabase } from '../database-file.ts'
import type { Aim, Effort, Figure, Measurement } from '../figure.ts'
import { withLab, type Lab } from '../lab.ts'
import { median } from '../numbers.ts'
import { peakBytes, residentMegabytes, resetPeak, rest } from '../processes.ts'
import { Series } from '../shapes.ts'
import { formatNumber } from '../table.ts'

const SEQUENCES = 100
/** Values of a request; as many as the API takes. */
const BATCH = 100_000
const POINTS = 1_000
const DAY = 86_400 * SECOND
const YEAR = 365 * DAY
const ALIGNED = 20
const MEGABYTE = 1_000_000
/** Milliseconds after which space that lies free must be given back. */
const GIVEN_BACK = 600_000
/** Bytes of the journal that may be left: the newest values stay there until there are enough of them for blocks. */
const UNSEALED = 4_000_000
/** Part of the file that may lie free. */
const FEW = 0.01
const LOOK = 1_000

const atMost = (most: number): Aim => ({ of: 'figure', atMost: most })

interface Row {
  name: string
  title: string
  unit: string
  figure: number
  aim?: Aim
  note?: string
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

/** Sends all values, in turns of the sequences, as many in a request as the API takes. @returns values a second of the requests */
async function bringIn(lab: Lab, count: number, start: number): Promise<number> {
  const all = lab.paths.map((path, at) => ({ path, series: new Series('walk', at + 1, start, SECOND) }))
  let spent = 0
  for (let done = 0; done < count; done += BATCH) {
    const size = Math.min(BATCH, count - done)
    for (const { path, series } of all) {
      const lines: string[] = ['path,timestamp,value']
      for (let n = 0; n < size; n++) {
        const { time, value } = series.next()
        lines.push(`${path},${time / SECOND},${value}`)
      }
      spent += await timed(() => lab.request('POST', '/api/v1/sequences/values', lines.join('\n'), 'text/csv'))
    }
  }
  return (count * lab.paths.length) / (spent / 1_000)
}

/**
 * Waits until all but the newest values are in blocks, and next to nothing of the file lies free.
 * @returns milliseconds; undefined: that did not happen
 */
async function settled(db: Sqlite.Database): Promise<number | undefined> {
  const began = performance.now()
  const waiting = db.prepare<[], number>('select total(length(data)) from sequence_journal').pluck()
  while (performance.now() - began < GIVEN_BACK) {
    const [free, total] = ['freelist_count', 'page_count'].map((name) => Number(db.pragma(name, { simple: true })))
    if ((waiting.get() ?? 0) <= UNSEALED && (free ?? 0) <= FEW * (total ?? 1)) return performance.now() - began
    await rest(LOOK)
  }
  return undefined
}

async function measure(lab: Lab, { rounds, values }: Effort): Promise<Measurement[]> {
  const found: Measurement[] = []
  const add = (row: Row): void => void found.push({ ...row, name: `billion-${row.name}` })
  const addPeak = (name: string, title: string): void =>
    add({
      name: `memory-${name}`,
      title: `most memory of the daemon, ${title}`,
      unit: 'MB',
      figure: peakBytes(lab.pid) / MEGABYTE,
      aim: atMost(150),
    })
  const count = Math.ceil(values / SEQUENCES)
  const total = count * SEQUENCES
  // The newest are of yesterday, as of the future none are taken.
  const start = Math.floor((Date.now() * 1_000) / DAY) * DAY - count * SECOND
  const end = start + count * SECOND
  const db = openDatabase(lab)
  try {
    resetPeak(lab.pid)
    const speed = await bringIn(lab, count, start)
    add({
      name: 'import',
      title: `${formatNumber(total)} values brought in, in requests of ${formatNumber(BATCH)}`,
      unit: 'values/s',
      figure: speed,
    })
    addPeak('import', 'bringing them in')
    const rested = await settled(db)
    const [free, pages] = ['freelist_count', 'page_count'].map((name) => Number(db.pragma(name, { simple: true })))
    const note = `${formatNumber(((free ?? 0) / (pages ?? 1)) * 100)} % of the file's pages lie free`
    add({
      name: 'settled',
      title: 'until all is sealed and free space is given back',
      unit: 'ms',
      figure: rested ?? Number.NaN,
      aim: atMost(GIVEN_BACK),
      note,
    })
    db.pragma('wal_checkpoint(TRUNCATE)')
    add({ name: 'size', title: 'bytes a value, the whole file', unit: 'B', figure: statSync(db.name).size / total, aim: atMost(1.5) })
  } finally {
    db.close()
  }
  add({ name: 'start', title: 'rhizo serve until it answers', unit: 'ms', figure: await lab.restart(), aim: atMost(2_000) })
  add({ name: 'memory', title: 'resident memory after the start', unit: 'MB', figure: await residentMegabytes(lab.pid) })
  resetPeak(lab.pid)
  // Each request differs a little, so that no answer can be kept from the one before.
  const read = async (name: string, title: string, most: number, targetOf: (path: string, n: number) => string): Promise<void> => {
    const times: number[] = []
    for (let n = 0; n < rounds * 5; n++) {
      const target = targetOf(lab.paths[n % lab.paths.length] ?? '', n)
      times.push(await timed(() => lab.request('GET', `/api/v1${target}`)))
    }
    add({ name, title, unit: 'ms', figure: median(times), aim: atMost(most), note: `the first ${formatNumber(times[0] ?? Number.NaN)} ms` })
  }
  const range = (from: number, n: number): string =>
    `start_timestamp=${encodeURIComponent(formatTimestamp(from + n * SECOND))}&end_timestamp=${encodeURIComponent(formatTimestamp(end))}`
  await read(
    'day',
    `newest day of a sequence, max_points=${POINTS}`,
    15,
    (path, n) => `/resources${path}?${range(end - DAY, n)}&max_points=${POINTS}`,
  )
  await read(
    'decade',
    `a decade of a sequence, max_points=${POINTS}`,
    60,
    (path, n) => `/resources${path}?${range(end - 10 * YEAR, n)}&max_points=${POINTS}`,
  )
  await read('all', `all of a sequence, max_points=${POINTS}`, 60, (path, n) => `/resources${path}?${range(start, n)}&max_points=${POINTS}`)
  const several = lab.paths
    .slice(0, ALIGNED)
    .map((path) => `path=${encodeURIComponent(path)}`)
    .join('&')
  await read(
    'aligned',
    `${ALIGNED} sequences aligned over a year, a row a day`,
    300,
    (_, n) => `/sequences/series?${several}&${range(end - YEAR, n)}&interval=1d`,
  )
  addPeak('reads', 'reading them')
  resetPeak(lab.pid)
  const doctor = await timed(() => lab.rhizo('doctor', '--json'))
  add({ name: 'doctor', title: 'rhizo doctor', unit: 'ms', figure: doctor, note: `${formatNumber(total / (doctor / 1_000))} values/s` })
  return found
}

/** Of each sequence more is kept than comes in. */
const maxHistory = (values: number): number => Math.max(10_000_000, Math.ceil((values / SEQUENCES) * 2))

export const billionFigures: Figure[] = [
  {
    name: 'billion',
    measure: (effort) => withLab({ sequences: SEQUENCES, maxHistory: maxHistory(effort.values) }, (lab) => measure(lab, effort)),
  },
]
