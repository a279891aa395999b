/** Tables with one row for each interval that holds values. */
import type { Context } from '../context.ts'
import { edgesOf, lengthOf, type Interval } from '../base/intervals.ts'
import type { TimeZone } from '../base/time-zone.ts'
import { DAY, type Micros } from '../base/time.ts'
import { refOf } from '../sequences/sequences.ts'
import { readSummaries } from '../sequences/series/series.ts'
import { meanOf, type Summary } from '../storage/sequence-store.ts'
import type { Actor } from '../tree/actor.ts'
import { pathOf, type Resource } from '../tree/tree.ts'
import { convert, convertShown, type ShownUnits } from '../base/units.ts'
import { sequenceColumns, timeColumns, toldIn, unitsColumn, wideColumns } from './columns.ts'
import type { Field, SummaryPlan } from './plan.ts'
import { rowsOfBatch, type Cell, type Column, type Table } from './table.ts'

/** Intervals that are summed up at a time, of each sequence. */
const WINDOW = 1_000

interface Window {
  readonly start: Micros
  /** Inclusive. */
  readonly end: Micros
}

interface Row {
  readonly time: Micros
  readonly summary: Summary
}

/** A row for each interval of each sequence, sequence after sequence. */
export function longSummaries(ctx: Context, actor: Actor, plan: SummaryPlan): Pick<Table, 'columns' | 'batches'> {
  const times = timeColumns(plan)
  const fields = plan.fields.map((field): Column => ({ kind: 'number', name: field, title: titleOf(field) }))
  const columns = [...times, ...sequenceColumns, ...fields, unitsColumn]
  return { columns, batches: longBatches(ctx, actor, plan, times.length > 1) }
}

async function* longBatches(ctx: Context, actor: Actor, plan: SummaryPlan, withOffset: boolean): AsyncGenerator<Cell[][]> {
  for (const sequence of plan.sequences) {
    const [path, told] = [pathOf(sequence), toldIn(sequence, plan.units)]
    for await (const window of windowsOf(ctx, plan, [sequence])) {
      const rows = await readWindow(ctx, actor, sequence, plan, window)
      yield rows.map(({ time, summary }) => [
        ...timeCells(plan, time, withOffset),
        path,
        ...plan.fields.map((field) => cellOf(summary, field, told)),
        told.units ?? null,
      ])
    }
  }
}

/** A row for each interval in which any sequence has values, and columns for each sequence. */
export function wideSummaries(ctx: Context, actor: Actor, plan: SummaryPlan): Pick<Table, 'columns' | 'batches'> {
  const times = timeColumns(plan)
  const columns = [...times, ...wideColumns(plan, plan.fields)]
  return { columns, batches: wideBatches(ctx, actor, plan, times.length > 1) }
}

async function* wideBatches(ctx: Context, actor: Actor, plan: SummaryPlan, withOffset: boolean): AsyncGenerator<Cell[][]> {
  const { sequences, fields } = plan
  const step = rowsOfBatch(sequences.length * fields.length + 1)
  const told = sequences.map((sequence) => toldIn(sequence, plan.units))
  for await (const window of windowsOf(ctx, plan, sequences)) {
    const found: Map<Micros, Summary>[] = []
    for (const sequence of sequences)
      found.push(new Map((await readWindow(ctx, actor, sequence, plan, window)).map(({ time, summary }) => [time, summary])))
    const times = [...new Set(found.flatMap((rows) => [...rows.keys()]))].sort((a, b) => a - b)
    for (let from = 0; from < times.length; from += step) {
      if (ctx.turns.isOver()) await ctx.turns.next()
      yield times.slice(from, from + step).map((time) => [
        ...timeCells(plan, time, withOffset),
        ...found.flatMap((rows, at) => {
          const [summary, units] = [rows.get(time), told[at]]
          return fields.map((field) => (summary && units ? cellOf(summary, field, units) : null))
        }),
      ])
    }
  }
}

const timeCells = ({ zone }: SummaryPlan, time: Micros, withOffset: boolean): Cell[] => (withOffset ? [time, zone.offsetAt(time)] : [time])

async function readWindow(ctx: Context, actor: Actor, sequence: Resource, plan: SummaryPlan, window: Window): Promise<Row[]> {
  return readSummaries(ctx, actor, sequence, { ...window, cut: { interval: plan.interval, zone: plan.zone } })
}

/** The stretch of time that holds values, in pieces that begin and end where intervals do, as far as values go. */
async function* windowsOf(ctx: Context, plan: SummaryPlan, sequences: readonly Resource[]): AsyncGenerator<Window> {
  const { start, end, interval, zone } = plan
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const sequence of sequences) {
    const extent = await ctx.readings.extent(refOf(sequence), { start, end })
    if (!extent) continue
    from = Math.min(from, extent.first)
    to = Math.max(to, extent.last)
  }
  while (from <= to) {
    const next = await endOfWindow(ctx, interval, zone, from, to)
    yield { start: from, end: Math.min(next - 1, to) }
    from = next
  }
}

/** Where the last of the next {@link WINDOW} intervals ends, exclusive. */
async function endOfWindow(ctx: Context, interval: Interval, zone: TimeZone, from: Micros, to: Micros): Promise<Micros> {
  const target = Math.min(to, from + WINDOW * lengthOf(interval))
  for (const _ of zone.lookUp(from - AROUND, target + AROUND)) if (ctx.turns.isOver()) await ctx.turns.next()
  return edgesOf(interval, zone, from, target, WINDOW * 2).at(-1) ?? to + 1
}

/** How far from a window the edges of its intervals may lie. */
const AROUND = 800 * DAY

const titleOf = (field: Field): string => field[0]?.toUpperCase() + field.slice(1)

/** Sums of huge values may be more than a number can hold. */
function cellOf(summary: Summary, field: Field, { conversion }: ShownUnits): number | null {
  switch (field) {
    case 'mean':
      return convertShown(conversion, meanOf(summary))
    case 'min':
      return convertShown(conversion, summary.min)
    case 'max':
      return convertShown(conversion, summary.max)
    case 'count':
      return summary.count
    case 'first':
      return convertShown(conversion, summary.firstValue)
    case 'last':
      return convertShown(conversion, summary.lastValue)
    case 'sum': {
      const { sum: stored, count } = summary
      // Each value has the offset once.
      const sum = conversion ? convert({ ...conversion, offset: conversion.offset * count }, stored) : stored
      return Number.isFinite(sum) ? sum : null
    }
  }
}
