/** Stores the values of a table, some ten thousand at a time, while the next are read. */
import type { Pause } from '../base/turns.ts'
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import type { Micros } from '../base/time.ts'
import { ImportColumns, type Target as StoreTarget } from '../sequences/import-columns.ts'
import { storeColumns } from '../sequences/import-storing.ts'
import type { TableSource } from '../tables/encoding.ts'
import type { ReadOptions, TablePlan } from '../tables/plan.ts'
import { RepeatGuard, type DuplicatePolicy } from '../tables/repeats.ts'
import { ValueReader, type TimedRow } from '../tables/rows.ts'
import { readTimedRows, type Survey } from '../tables/survey.ts'
import { findExisting, findExistingOf } from './existing.ts'
import { addToRecord, startRecord } from './records.ts'
import type { Counts, Report } from './report.ts'
import type { Target } from './targets.ts'

export interface ImportJob {
  readonly source: TableSource
  readonly plan: TablePlan
  readonly survey: Survey
  readonly options: ReadOptions
  readonly targets: readonly Target[]
  readonly policy: DuplicatePolicy
  readonly report: Report
  readonly pause: Pause
}

/** Values stored in one go. */
const FLUSH = 50_000
/** With those of the row that makes it full. */
const MOST = FLUSH + 1_000
/** Goes that wait for the disk while the next is read. */
const IN_FLIGHT = 2

type Take = (target: number, time: Micros, value: number | string) => void

/** Reads all rows again, and gives each value that is to be stored to `take`; refusals and missing ones are counted. */
async function readValues(
  { source, plan, survey, options, targets, policy, report, pause }: ImportJob,
  take: Take,
  full: () => Promise<void> | undefined,
): Promise<void> {
  const guard = new RepeatGuard(policy, survey.repeats)
  const readers = targets.map(
    ({ column, isText }) => new ValueReader(plan, plan.columns[column] ?? missingColumn(), options.missing ?? [], isText),
  )
  const bySeries = new Map<string, number[]>()
  for (const [at, { series }] of targets.entries()) bySeries.set(series, [...(bySeries.get(series) ?? []), at])
  const all = targets.map((_, at) => at)
  const takeCell = (row: TimedRow, target: number, isRepeated: boolean): void => {
    const cell = readers[target]?.read(row.record.fields)
    const counts = report.counts(target)
    if (cell === undefined) counts.missing++
    else if (typeof cell === 'object') {
      counts.refused++
      report.refuse({ line: row.record.line, text: row.record.text, message: cell.problem })
    } else if (isRepeated && policy === 'last') {
      if (guard.hold(row, target, cell)) report.duplicates++
    } else {
      const time = isRepeated ? guard.timeFor(row, target, cell) : row.time
      if (time === undefined) report.duplicates++
      else take(target, time, cell)
    }
  }
  for await (const rows of readTimedRows(source, plan, survey.settled, options, (bad) => report.refuse(bad))) {
    for (const row of rows) {
      const isRepeated = guard.has(row)
      if (plan.keys) for (const target of bySeries.get(row.series) ?? []) takeCell(row, target, isRepeated)
      else for (const target of all) takeCell(row, target, isRepeated)
      const isWritten = full()
      if (isWritten) await isWritten
    }
    await pause()
  }
  for (const { target, time, value } of guard.held()) {
    take(target, time, value)
    await full()
  }
}

function missingColumn(): never {
  throw new RangeError('a target has no column')
}

/** Counts what storing would do. */
export async function tryTable(ctx: Context, job: ImportJob): Promise<void> {
  const now = ctx.clock.now()
  let lists: Map<number, { time: Micros; value: number | string }[]> = new Map()
  let length = 0
  const compare = async (): Promise<void> => {
    for (const [at, values] of lists) {
      const sequence = job.targets[at]?.sequence
      const counts = job.report.counts(at)
      const maxAge = sequence?.sequence?.maxAge
      const existing = sequence ? await findExisting(ctx, sequence, values) : new Map<Micros, number | string>()
      for (const { time, value } of values) {
        if (maxAge !== undefined && time < now - maxAge) counts.expired++
        else if (!existing.has(time)) counts.stored++
        else if (existing.get(time) === value) counts.repeated++
        else counts.replaced++
      }
    }
    lists = new Map()
    length = 0
  }
  await readValues(
    job,
    (target, time, value) => {
      const list = lists.get(target)
      if (list) list.push({ time, value })
      else lists.set(target, [{ time, value }])
      length++
    },
    () => (length >= FLUSH ? compare() : undefined),
  )
  await compare()
}

/** Stores the values. @returns the id of the record of what was new; null when nothing was */
export async function storeTable(ctx: Context, actor: Actor, job: ImportJob, fileName: string): Promise<number | null> {
  const flusher = await Flusher.start(ctx, actor, job, fileName)
  await readValues(
    job,
    (target, time, value) => flusher.take(target, time, value),
    () => (flusher.isFull ? flusher.flush() : undefined),
  )
  await flusher.end()
  return flusher.importId
}

class Flusher {
  readonly #ctx: Context
  readonly #actor: Actor
  readonly #job: ImportJob
  readonly #fileName: string
  readonly #stores: readonly StoreTarget[]
  readonly #places: ReadonlyMap<StoreTarget, number>
  #values = new ImportColumns(MOST)
  /** Their memory serves again: allocating megabytes for each flush keeps the collector of garbage busy. */
  readonly #spare: ImportColumns[] = []
  readonly #underWay: Promise<void>[] = []
  #record: Promise<number> | undefined
  importId: number | null = null

  private constructor(ctx: Context, actor: Actor, job: ImportJob, fileName: string, stores: readonly StoreTarget[]) {
    this.#ctx = ctx
    this.#actor = actor
    this.#job = job
    this.#fileName = fileName
    this.#stores = stores
    this.#places = new Map(stores.map((store, at) => [store, at]))
  }

  static async start(ctx: Context, actor: Actor, job: ImportJob, fileName: string): Promise<Flusher> {
    const stores: StoreTarget[] = []
    for (const { sequence } of job.targets) {
      if (!sequence) throw new RangeError('a target was not made')
      stores.push({ sequence, state: await ctx.sequenceStates.load(ctx, sequence) })
    }
    return new Flusher(ctx, actor, job, fileName, stores)
  }

  get isFull(): boolean {
    return this.#values.length >= FLUSH
  }

  take(target: number, time: Micros, value: number | string): void {
    const store = this.#stores[target]
    if (store) this.#values.push(store, time, value)
  }

  /** Resolves when there is room for more. */
  async flush(): Promise<void> {
    const values = this.#values
    this.#values = this.#spare.pop() ?? new ImportColumns(MOST)
    const before = this.#underWay.at(-1) ?? Promise.resolve()
    // One after the other: what stands in the file twice meets itself in its order.
    const flushing = before
      .then(() => this.#store(values))
      .then(() => {
        values.clear()
        this.#spare.push(values)
      })
    flushing.catch(() => {})
    this.#underWay.push(flushing)
    if (this.#underWay.length >= IN_FLIGHT) await this.#underWay.shift()
  }

  async end(): Promise<void> {
    if (this.#values.length > 0) await this.flush()
    await Promise.all(this.#underWay)
  }

  async #store(all: ImportColumns): Promise<void> {
    const { report } = this.#job
    const countsOf = (target: StoreTarget): Counts => report.counts(this.#places.get(target) ?? 0)
    const values = await this.#withoutRepeated(all, countsOf)
    const brought = new Map<number, Micros[]>()
    await this.#ctx.largeImports.hold(
      values.targets.map(({ sequence }) => sequence.id),
      () =>
        storeColumns(this.#ctx, values, ({ target, times }, { stored, repeated, expired, isNew }) => {
          const counts = countsOf(target)
          counts.stored += stored
          counts.replaced += repeated
          counts.expired += expired
          const known = brought.get(target.sequence.id) ?? []
          for (let at = 0; at < times.length; at++) if (isNew[at] === 1) known.push(times[at] ?? 0)
          if (known.length > 0) brought.set(target.sequence.id, known)
        }),
    )
    if (brought.size === 0) return
    this.#record ??= startRecord(this.#ctx, this.#actor, values.target(0).sequence.organizationId, this.#fileName)
    this.importId = await this.#record
    await addToRecord(this.#ctx, this.importId, brought)
  }

  /** Leaves out what is there already with the same value. */
  async #withoutRepeated(all: ImportColumns, countsOf: (target: StoreTarget) => Counts): Promise<ImportColumns> {
    const existing = await findExistingOf(this.#ctx, all)
    if (existing.size === 0) return all
    const left = new ImportColumns(MOST)
    for (let row = 0; row < all.length; row++) {
      const [target, time, value] = [all.target(row), all.time(row), all.value(row)]
      if (existing.get(target)?.get(time) === value) countsOf(target).repeated++
      else left.push(target, time, value)
    }
    return left
  }
}
