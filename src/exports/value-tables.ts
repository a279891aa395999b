/** Tables with each value of a range. */
import type { Context } from '../context.ts'
import type { Micros } from '../base/time.ts'
import { readValues, requireSpec, streamValues } from '../sequences/sequences.ts'
import type { Actor } from '../tree/actor.ts'
import { pathOf, type Resource } from '../tree/tree.ts'
import { TEXT } from '../wire/resource-types.ts'
import type { ShownUnits } from '../base/units.ts'
import { endOfStep, effortOf } from '../base/weights.ts'
import { sequenceColumns, tellCell, timeColumns, toldIn, unitsColumn, wideColumns } from './columns.ts'
import type { ExportPlan } from './plan.ts'
import { BATCH_WEIGHT, type Cell, type Column, type Table } from './table.ts'

const ALL = Number.POSITIVE_INFINITY
/** Values that are read ahead, of all sequences together. */
const READ_AHEAD = 100_000
/** A page of each sequence has at least so many. */
const SMALLEST_PAGE = 500

/** A row for each value: sequence after sequence, each by time. */
export function longValues(ctx: Context, actor: Actor, plan: ExportPlan): Pick<Table, 'columns' | 'batches'> {
  const times = timeColumns(plan)
  const isText = plan.sequences.some((sequence) => requireSpec(sequence).dataType === TEXT)
  const value: Column = { kind: isText ? 'value' : 'number', name: 'value', title: 'Value' }
  return { columns: [...times, ...sequenceColumns, value, unitsColumn], batches: longBatches(ctx, actor, plan, times.length > 1) }
}

/** Cells of a row beside its value. */
const CELLS_BESIDE = 4

async function* longBatches(ctx: Context, actor: Actor, plan: ExportPlan, withOffset: boolean): AsyncGenerator<Cell[][]> {
  const { sequences, start, end, zone } = plan
  for (const sequence of sequences) {
    const [path, told] = [pathOf(sequence), toldIn(sequence, plan.units)]
    const units = told.units ?? null
    for await (const { times, values } of streamValues(ctx, actor, sequence, { start, end, order: 'ascending', limit: ALL })) {
      for (let from = 0; from < times.length; ) {
        if (ctx.turns.isOver()) await ctx.turns.next()
        const end = endOfStep(values, from, BATCH_WEIGHT, CELLS_BESIDE)
        const rows: Cell[][] = []
        for (let at = from; at < end; at++) {
          const time = times[at] ?? 0
          const value = tellCell(told, values[at] ?? null)
          rows.push(withOffset ? [time, zone.offsetAt(time), path, value, units] : [time, path, value, units])
        }
        yield rows
        from = end
      }
    }
  }
}

/** A row for each time at which any sequence has a value, and a column for each sequence. */
export function wideValues(ctx: Context, actor: Actor, plan: ExportPlan): Pick<Table, 'columns' | 'batches'> {
  const times = timeColumns(plan)
  return { columns: [...times, ...wideColumns(plan)], batches: wideBatches(ctx, actor, plan, times.length > 1) }
}

async function* wideBatches(ctx: Context, actor: Actor, plan: ExportPlan, withOffset: boolean): AsyncGenerator<Cell[][]> {
  const { sequences, zone } = plan
  const page = Math.max(SMALLEST_PAGE, Math.floor(READ_AHEAD / sequences.length))
  const cursors = sequences.map((sequence) => new Cursor(ctx, actor, sequence, plan, page))
  for (const cursor of cursors) await cursor.load()
  let rows: Cell[][] = []
  let weight = 0
  for (;;) {
    let time = ALL
    for (const cursor of cursors) if (cursor.time < time) time = cursor.time
    if (time === ALL) break
    const row: Cell[] = withOffset ? [time, zone.offsetAt(time)] : [time]
    for (const cursor of cursors) {
      const cell = cursor.time === time ? cursor.take() : null
      row.push(cell)
      weight += effortOf(cell)
      if (cursor.isEmpty) await cursor.load()
    }
    rows.push(row)
    if (weight < BATCH_WEIGHT) continue
    yield rows
    ;[rows, weight] = [[], 0]
    if (ctx.turns.isOver()) await ctx.turns.next()
  }
  if (rows.length > 0) yield rows
}

/** Where the merge is in one sequence. */
class Cursor {
  readonly #told: ShownUnits
  readonly #load: (start: Micros | undefined) => ReturnType<typeof readValues>
  #times: readonly Micros[] = []
  #values: readonly (number | string)[] = []
  #at = 0
  #start: Micros | undefined
  #more = true

  constructor(ctx: Context, actor: Actor, sequence: Resource, { start, end, units }: ExportPlan, limit: number) {
    this.#told = toldIn(sequence, units)
    this.#start = start
    this.#load = (from) => readValues(ctx, actor, sequence, { start: from, end, order: 'ascending', limit })
  }

  /** Of the next value; infinite when there are no more. */
  get time(): Micros {
    return this.#times[this.#at] ?? ALL
  }

  /** Whether its page is used up, and another one is to be read. */
  get isEmpty(): boolean {
    return this.#more && this.#at >= this.#times.length
  }

  take(): Cell {
    return tellCell(this.#told, this.#values[this.#at++] ?? '')
  }

  /** Reads pages until one holds a value. */
  async load(): Promise<void> {
    while (this.isEmpty) {
      const { times, values, more } = await this.#load(this.#start)
      const last = times.at(-1)
      ;[this.#times, this.#values, this.#at, this.#more] = [times, values, 0, more && last !== undefined]
      if (last !== undefined) this.#start = last + 1
    }
  }
}
