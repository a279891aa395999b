/** The store of sequences alone, compared with better-sqlite3 rows and the same values: space, wear, speed. */
import type { SqliteJob, SqliteResult } from '../bare/bare-sqlite.ts'
import { compare, type Aim, type Effort, type Figure, type Measurement } from '../figure.ts'
import { median } from '../numbers.ts'
import { runJob } from '../processes.ts'
import { withSlowDisk } from '../slow-disk.ts'
import type { Shape } from '../shapes.ts'
import type { StoreJob, StoreResult } from '../store/store.ts'
import { formatNumber } from '../table.ts'

const SEQUENCES = 100
const COUNT = 10_000
const VALUES = SEQUENCES * COUNT
const BATCH = 5_000
/** Seconds of live values. */
const HOUR = 3_600
/** Enough commits for a few sealings. */
const LIVE_COMMITS = 20_000
/** More sequences on a slow disk, so that several sealings happen within a minute. */
const SLOW_FSYNC = 30
const SLOW_SEQUENCES = 1_000
const SLOW_COMMITS = 700
/** Maximum milliseconds for which sealing may hold the writer. */
const LONGEST_HOLD = 50

const SIZES: readonly { shape: Shape; title: string; aim: number }[] = [
  { shape: 'walk', title: 'a walk at 2 decimals, 10 s with jitter', aim: 1.5 },
  { shape: 'regular-walk', title: 'a walk at 2 decimals, every 10 s', aim: 1.2 },
  { shape: 'constant', title: 'a constant, every 10 s', aim: 0.1 },
  { shape: 'floats', title: 'full-precision floats, every 10 s', aim: 8.5 },
]

const runStore = (job: StoreJob, env: NodeJS.ProcessEnv = {}): Promise<StoreResult> =>
  runJob<StoreJob, StoreResult>('store/store', job, env)
const runRows = (job: SqliteJob): Promise<SqliteResult> => runJob<SqliteJob, SqliteResult>('bare/bare-sqlite', job)

async function measureSizes(): Promise<Measurement[]> {
  const measurements: Measurement[] = []
  for (const { shape, title, aim } of SIZES) {
    const { fileBytes = Number.NaN, emptyBytes = Number.NaN } = await runStore({
      kind: 'fill',
      shape,
      sequences: SEQUENCES,
      count: COUNT,
      batch: BATCH,
    })
    const rows = await runRows({ rows: VALUES, batch: BATCH, sequences: SEQUENCES, shape })
    const [figure, bare] = [fileBytes / VALUES, rows.fileBytes / VALUES]
    const note =
      `the whole file; ${((fileBytes - emptyBytes) / VALUES).toFixed(3)} without the ${formatNumber(emptyBytes)} bytes of an ` +
      'empty database'
    measurements.push({
      name: `size-${shape}`,
      title: `bytes a value at rest: ${title}`,
      unit: 'B',
      figure,
      bare,
      ratio: figure / bare,
      aim: { of: 'figure', atMost: aim },
      note,
    })
  }
  return measurements
}

async function measureImport({ rounds }: Effort): Promise<Measurement[]> {
  const sealed: number[] = []
  const ours = async (): Promise<number> => {
    const result = await runStore({ kind: 'fill', shape: 'walk', sequences: SEQUENCES, count: COUNT, batch: BATCH })
    sealed.push(result.sealedPerSecond ?? Number.NaN)
    return result.valuesPerSecond
  }
  const compared = await compare(
    rounds,
    ours,
    async () => (await runRows({ rows: VALUES, batch: BATCH, sequences: SEQUENCES, shape: 'walk' })).rowsPerSecond,
  )
  const shared = {
    title: `the store alone, a million values in batches of ${BATCH}`,
    unit: 'values/s',
    ...compared,
    note: `${formatNumber(median(sealed))} until all are in blocks`,
  }
  const aims: [name: string, aim: Aim][] = [
    ['store-import', { of: 'figure', atLeast: 400_000 }],
    ['store-import-rows', { of: 'ratio', atLeast: 1 }],
  ]
  return aims.map(([name, aim]) => ({ name, aim, ...shared }))
}

async function measureWear(): Promise<Measurement[]> {
  const { writtenBytes = Number.NaN } = await runStore({ kind: 'live', shape: 'walk', sequences: SEQUENCES, count: HOUR })
  const bare = (await runRows({ rows: SEQUENCES * HOUR, batch: SEQUENCES, sequences: SEQUENCES, shape: 'walk' })).writtenBytes
  const title = `bytes written to the disk a value, ${SEQUENCES} sequences live for an hour`
  return [
    {
      name: 'store-wear',
      title,
      unit: 'B',
      figure: writtenBytes,
      bare,
      ratio: writtenBytes / bare,
      aim: { of: 'figure', atMost: 200 },
      note: 'journal, WAL, checkpoints, and all sealed at the end',
    },
  ]
}

/** p99 while sealing, compared with p99 of the same run while nothing is sealed. */
async function measureSealing({ rounds }: Effort): Promise<Measurement[]> {
  const runs: StoreResult[] = []
  for (let round = 0; round < rounds; round++)
    runs.push(await runStore({ kind: 'live', shape: 'walk', sequences: SEQUENCES, count: LIVE_COMMITS }))
  const of = (pick: (run: StoreResult) => number | undefined): number => median(runs.map((run) => pick(run) ?? Number.NaN))
  const ratio = of(({ sealingP99 = Number.NaN, p99 = Number.NaN }) => sealingP99 / p99)
  const note =
    `${formatNumber(of(({ valuesPerSecond }) => valuesPerSecond))} values/s one commit after the other; bare: the same while ` +
    'nothing is sealed'
  const hold = (name: string, title: string, figure: number, more: string): Measurement => ({
    name,
    title,
    unit: 'ms',
    figure,
    aim: { of: 'figure', atMost: LONGEST_HOLD },
    note: more,
  })
  const slow = await withSlowDisk(SLOW_FSYNC, (env) =>
    runStore({ kind: 'live', shape: 'walk', sequences: SLOW_SEQUENCES, count: SLOW_COMMITS }, env),
  )
  return [
    {
      name: 'store-sealing',
      title: 'p99 of a commit of 100 values while sealing runs',
      unit: 'ms',
      figure: of((run) => run.sealingP99),
      bare: of((run) => run.p99),
      ratio,
      aim: { of: 'ratio', atMost: 2 },
      note,
    },
    hold(
      'store-sealing-hold',
      'longest time that sealing holds the writer',
      of((run) => run.longestHold),
      'the longest transaction of each run, their median',
    ),
    hold(
      'store-sealing-hold-slow',
      `the same, every fsync ${SLOW_FSYNC} ms`,
      slow.longestHold ?? Number.NaN,
      `commits of ${SLOW_SEQUENCES} values meanwhile: p99 ${formatNumber(slow.sealingP99 ?? Number.NaN)} ms, ` +
        `${formatNumber(slow.p99 ?? Number.NaN)} ms while nothing is sealed`,
    ),
  ]
}

async function measureDecode({ seconds }: Effort): Promise<Measurement[]> {
  const measure = async (shape: Shape): Promise<number> => (await runStore({ kind: 'decode', shape, seconds })).valuesPerSecond
  const note = `full-precision floats: ${formatNumber(await measure('floats'))}`
  return [
    {
      name: 'store-decode',
      title: 'decoding blocks of a walk, one core',
      unit: 'values/s',
      figure: await measure('walk'),
      aim: { of: 'figure', atLeast: 20_000_000 },
      note,
    },
  ]
}

export const storeFigures: Figure[] = [
  { name: 'size', measure: measureSizes },
  { name: 'store-import', measure: measureImport },
  { name: 'store-wear', measure: measureWear },
  { name: 'store-sealing', measure: measureSealing },
  { name: 'store-decode', measure: measureDecode },
]
