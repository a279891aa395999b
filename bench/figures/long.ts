/**
 * A sequence of ten million values, three years of one every 10 s: imported, read and exported with the command, with the daemon's memory
 * during each. For comparison the same with other stores that labs use, if they are installed.
 */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { formatTimestamp, SECOND } from '../../src/base/time.ts'
import type { Figure, Measurement } from '../figure.ts'
import { withLab, type Lab } from '../lab.ts'
import { median } from '../numbers.ts'
import { findOthers, type Other, type OtherFigures } from '../others/other.ts'
import { peakBytes, resetPeak, rest } from '../processes.ts'
import { Series, STEP } from '../shapes.ts'
import { formatNumber } from '../table.ts'

const ROWS = 10_000_000
const POINTS = 1_000
const DAY = 86_400 * SECOND
const MEGABYTE = 1_000_000
/** Milliseconds between two samples of a command's memory. */
const LOOK = 200

/** Other stores refuse values of the future, or of before 1970, so the series ends yesterday. */
const startOf = (now: number): number => Math.floor(now / DAY) * DAY - DAY - ROWS * STEP

async function writeCsv(file: string, start: number): Promise<number> {
  const out = createWriteStream(file)
  const series = new Series('walk', 1, start)
  let last = 0
  out.write('timestamp,value\n')
  for (let n = 0; n < ROWS; ) {
    const lines: string[] = []
    for (const to = Math.min(n + 10_000, ROWS); n < to; n++) {
      const { time, value } = series.next()
      lines.push(`${formatTimestamp(time)},${value}\n`)
      last = time
    }
    if (!out.write(lines.join(''))) await once(out, 'drain')
  }
  out.end()
  await once(out, 'finish')
  return last
}

/** Waits for a command. @returns its seconds, and the maximum memory of it and of the daemon, in MB */
async function watch(lab: Lab, child: ChildProcess): Promise<{ seconds: number; own: number; daemon: number }> {
  resetPeak(lab.pid)
  const errors: Buffer[] = []
  child.stderr?.on('data', (chunk: Buffer) => errors.push(chunk))
  child.stdout?.resume()
  const began = performance.now()
  let own = 0
  let isOver = false
  const looking = (async () => {
    while (!isOver) {
      own = Math.max(own, peakBytes(child.pid ?? 0) || 0)
      await rest(LOOK)
    }
  })()
  const [code] = (await once(child, 'close')) as [number | null]
  const seconds = (performance.now() - began) / 1000
  isOver = true
  await looking
  if (code !== 0) throw new Error(`a command ended with ${code ?? 'a signal'}: ${Buffer.concat(errors).toString('utf8').slice(-1_000)}`)
  return { seconds, own: own / MEGABYTE, daemon: peakBytes(lab.pid) / MEGABYTE }
}

/** Milliseconds of each of `reads` answers; their ends differ, so that none can be cached. */
async function timeReads(lab: Lab, path: string, reads: number, rangeOf: (n: number) => { start: number; end: number }): Promise<number[]> {
  const times: number[] = []
  for (let n = 0; n < reads; n++) {
    const { start, end } = rangeOf(n)
    const began = performance.now()
    const answer = await lab.request(
      'GET',
      `/api/v1/resources${path}?start_timestamp=${encodeURIComponent(formatTimestamp(start))}` +
        `&end_timestamp=${encodeURIComponent(formatTimestamp(end))}&max_points=${POINTS}`,
    )
    times.push(performance.now() - began)
    if (answer.length < POINTS * 10) throw new Error(`max_points answered with ${answer.slice(0, 300)}`)
  }
  return times
}

async function measureLong(lab: Lab, reads: number): Promise<Measurement[]> {
  const [path = ''] = lab.paths
  const file = join(lab.folder, 'readings.csv')
  const start = startOf(Date.now() * 1000)
  const last = await writeCsv(file, start)
  const others: OtherFigures[] = []
  for (const other of findOthers()) others.push(await measureOther(other, start, reads))

  const importing = await watch(lab, lab.launch('seq', 'import', path, file))
  const day = await timeReads(lab, path, reads, (n) => ({ start: last - DAY + n * STEP, end: last }))
  const all = await timeReads(lab, path, reads, (n) => ({ start: start + n * STEP, end: last }))
  const exporting = await watch(lab, lab.launch('seq', 'export', path, join(lab.folder, 'again.csv')))
  const memory = (name: string, { daemon, own }: { daemon: number; own: number }): Measurement => ({
    name: `long-memory-${name}`,
    title: `most memory of the daemon, ${name} of 10 million values`,
    unit: 'MB',
    figure: daemon,
    aim: { of: 'figure', atMost: 150 },
    note: `the command: ${formatNumber(own)} MB`,
  })
  const beside = (pick: (one: OtherFigures) => number): string => others.map((one) => `${one.name}: ${formatNumber(pick(one))}`).join('; ')
  return [
    {
      name: 'long-import',
      title: 'rhizo seq import, 10 million rows',
      unit: 'values/s',
      figure: ROWS / importing.seconds,
      aim: { of: 'figure', atLeast: 400_000 },
      note: beside((one) => one.valuesPerSecond),
    },
    { name: 'long-export', title: 'rhizo seq export, 10 million rows', unit: 'values/s', figure: ROWS / exporting.seconds },
    memory('import', importing),
    memory('export', exporting),
    {
      name: 'long-day',
      title: `newest day of 10 million values, max_points=${POINTS}`,
      unit: 'ms',
      figure: median(day),
      aim: { of: 'figure', atMost: 15 },
      note: `the first ${formatNumber(day[0] ?? Number.NaN)} ms; ${beside((one) => one.day)}`,
    },
    {
      name: 'long-all',
      title: `all 10 million values, max_points=${POINTS}`,
      unit: 'ms',
      figure: median(all),
      aim: { of: 'figure', atMost: 60 },
      note: `the first ${formatNumber(all[0] ?? Number.NaN)} ms; ${beside((one) => one.all)}`,
    },
    ...others.map(
      (one): Measurement => ({
        name: `long-size-${one.name}`,
        title: `bytes a value at rest in ${one.name}, the same 10 million`,
        unit: 'B',
        figure: one.bytesPerValue,
      }),
    ),
  ]
}

async function measureOther(other: Other, start: number, reads: number): Promise<OtherFigures> {
  const running = await other.start()
  try {
    const series = new Series('walk', 1, start)
    const began = performance.now()
    for (let n = 0; n < ROWS; n += other.batch) {
      const points = Array.from({ length: other.batch }, () => series.next())
      await running.write(points)
    }
    const valuesPerSecond = ROWS / ((performance.now() - began) / 1000)
    const bytesPerValue = (await running.settledBytes()) / ROWS
    const end = start + ROWS * STEP
    const time = async (from: number): Promise<number> => {
      const times: number[] = []
      for (let n = 0; n < reads; n++) {
        const began = performance.now()
        const buckets = await running.read(from + n * STEP, end, POINTS)
        times.push(performance.now() - began)
        if (buckets < POINTS / 2) throw new Error(`${other.name} answered with ${buckets} buckets`)
      }
      return median(times)
    }
    return { name: other.name, valuesPerSecond, bytesPerValue, day: await time(end - DAY), all: await time(start) }
  } finally {
    await running.stop()
  }
}

export const longFigures: Figure[] = [
  { name: 'long', measure: ({ rounds }) => withLab({ sequences: 1, maxHistory: 20_000_000 }, (lab) => measureLong(lab, rounds * 5)) },
]
