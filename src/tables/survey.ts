/** Looks at all rows before any is stored: what of the times is in doubt, and which stand there twice. */
import type { Pause } from '../base/turns.ts'
import { invalid } from '../base/fault.ts'
import { formatTimestamp, type Micros } from '../base/time.ts'
import type { TableSource } from './encoding.ts'
import type { Doubt } from './local-clock.ts'
import type { ReadOptions, TablePlan } from './plan.ts'
import type { Glance } from './records.ts'
import { findConflicts, Repeats, TimeList, type Conflicts } from './repeats.ts'
import {
  IMPLAUSIBLE,
  isBad,
  isTimed,
  glanceAtTimes,
  readRawRows,
  RowReader,
  settleTimes,
  type BadRow,
  type RawRow,
  type Settled,
  type TimedRow,
  ValueReader,
} from './rows.ts'
import { isUtcForm } from './time-numbers.ts'

export interface TimeMark {
  readonly line: number
  /** As the file has it. */
  readonly shown: string
  readonly time: Micros
}

export interface Survey {
  readonly settled: Settled
  /** Rows, good and bad. */
  readonly rows: number
  readonly first: TimeMark | undefined
  readonly last: TimeMark | undefined
  /** The zone that was used for times without one. */
  readonly zone: string | undefined
  readonly doubt: Doubt
  /** Times that several rows of a series have; undefined: none. */
  readonly repeats: Repeats | undefined
  readonly conflicts: Conflicts
  /** Of rows that name their series: those there are, and whether most of their values are text. */
  readonly series: ReadonlyMap<string, boolean>
  /** The first rows. */
  readonly sample: readonly TimedRow[]
}

const SAMPLE = 10

/** @throws Fault invalid when the times are ambiguous or implausible, saying which option settles it */
export async function surveyTable(source: TableSource, plan: TablePlan, options: ReadOptions, pause: Pause): Promise<Survey> {
  const settled = await settleTimes(source, plan, options.lastLine === true, options.now)
  const reader = new RowReader(plan, settled, options)
  const implausible: RawRow[] = []
  const times = new TimeList()
  let [rows, good, odd] = [0, 0, 0]
  let [first, last]: [TimeMark | undefined, TimeMark | undefined] = [undefined, undefined]
  const sample: TimedRow[] = []
  const series = new SeriesKinds(plan, options.missing ?? [])
  const ofTimes = glanceAtTimes(plan)
  // The first rows are shown as a sample, with their values.
  const glance = (): Glance | undefined => (sample.length < SAMPLE ? undefined : ofTimes)
  for await (const batch of readRawRows(source, plan, options.lastLine === true, glance)) {
    for (const raw of batch) {
      rows++
      if (isBad(raw)) continue
      const row = reader.read(raw)
      if (!isTimed(row)) {
        if (row.message === IMPLAUSIBLE) {
          odd++
          if (implausible.length < 3) implausible.push(raw)
        }
        continue
      }
      good++
      if (sample.length < SAMPLE) sample.push(row)
      times.note(row.series, row.time)
      if (plan.keys) series.note(row)
      const { time } = row
      if (!first || time < first.time) first = { line: row.record.line, shown: reader.times.shown(row.record), time }
      if (!last || time > last.time) last = { line: row.record.line, shown: reader.times.shown(row.record), time }
    }
    await pause()
  }
  requirePlausible(plan, options, implausible, odd, good)
  const readTimed = (): AsyncGenerator<TimedRow[]> => readTimedRows(source, plan, settled, options)
  const repeats = times.isOrdered ? undefined : await Repeats.find(readTimed, pause)
  const conflicts = repeats ? await findConflicts(readTimed, repeats, plan, options.missing ?? [], pause) : { count: 0, examples: [] }
  return {
    settled,
    rows,
    first,
    last,
    zone: reader.times.usedZone?.name,
    doubt: reader.times.doubt(),
    repeats,
    conflicts,
    series: series.kinds(),
    sample,
  }
}

/** Most series that rows of one file may name. */
const MAX_SERIES = 10_000

/** Whether the values of each series are numbers or text. */
class SeriesKinds {
  readonly #reader: ValueReader | undefined
  readonly #counts = new Map<string, { numbers: number; texts: number }>()

  constructor(plan: TablePlan, missing: readonly string[]) {
    const [column] = plan.columns
    this.#reader = column && new ValueReader(plan, column, missing, false)
  }

  /** @throws Fault invalid for more series than a lab's file has */
  note({ series, record }: TimedRow): void {
    let counts = this.#counts.get(series)
    if (!counts) {
      if (this.#counts.size >= MAX_SERIES) throw invalid(`The rows of the file name more than ${MAX_SERIES} series.`)
      this.#counts.set(series, (counts = { numbers: 0, texts: 0 }))
    }
    const cell = this.#reader?.read(record.fields)
    if (typeof cell === 'number') counts.numbers++
    else if (cell !== undefined) counts.texts++
  }

  kinds(): Map<string, boolean> {
    return new Map([...this.#counts].map(([series, { numbers, texts }]) => [series, texts > numbers]))
  }
}

/** A few wrong times cost their rows; when most are wrong it is the reading that is wrong. */
function requirePlausible(plan: TablePlan, options: ReadOptions, examples: readonly RawRow[], odd: number, good: number): void {
  const [example] = examples
  if (!example || odd <= good) return
  const reader = new RowReader(plan, { order: plan.order ?? 'day-first', isDescending: false }, { now: options.now, anyTime: true })
  const { way } = plan.time
  const row = reader.read(example)
  const is = isTimed(row) ? ` (${formatTimestamp(row.time)})` : ''
  const hint = way.how === 'number' && isUtcForm(way.form) ? ' Other forms of numbers are named with --time-format.' : ''
  throw invalid(
    `${odd} of ${odd + good} rows have a time before 2000 or more than a day ahead, the first in line ${example.line}: ` +
      `${JSON.stringify(example.text.slice(0, 100))}${is}. If that is right, say so with --any-time.${hint}`,
  )
}

/** The good rows again, with the same times as in the survey. */
export async function* readTimedRows(
  source: TableSource,
  plan: TablePlan,
  settled: Settled,
  options: ReadOptions,
  onBad: (row: BadRow) => void = () => {},
): AsyncGenerator<TimedRow[]> {
  const reader = new RowReader(plan, settled, options)
  for await (const batch of readRawRows(source, plan, options.lastLine === true)) {
    const timed: TimedRow[] = []
    for (const raw of batch) {
      const row = isBad(raw) ? raw : reader.read(raw)
      if (isTimed(row)) timed.push(row)
      else onBad(row)
    }
    if (timed.length > 0) yield timed
  }
}
