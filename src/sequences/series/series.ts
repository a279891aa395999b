/** Sums up values of numeric sequences in buckets of time, several sequences in the same buckets, and picks points of curves. */
import type { Actor } from '../../tree/actor.ts'
import type { Context } from '../../context.ts'
import { invalid } from '../../base/fault.ts'
import { finishInTurns, mapInTurns, visitInTurns } from '../../base/long-lists.ts'
import { requireRead } from '../../tree/permissions.ts'
import { IMAGE, TEXT } from '../../wire/resource-types.ts'
import { refOf, requireSpec, streamValues } from '../sequences.ts'
import type { View } from '../../corrections/corrected-reads.ts'
import { summaryOfOne } from '../../corrections/summaries.ts'
import type { Range, Summary } from '../../storage/sequence-store.ts'
import { DAY, type Micros } from '../../base/time.ts'
import { pathOf, type Resource } from '../../tree/tree.ts'
import { fieldsOf, fillLists, type BucketAggregate, type Fill, type Lists } from './aggregates.ts'
import { findEdges, type Interval } from '../../base/intervals.ts'
import { BucketAverages, TriangleSelection } from './lttb.ts'
import type { TimeZone } from '../../base/time-zone.ts'

/** Maximum number of buckets in one answer. */
export const MAX_BUCKETS = 100_000
/** Maximum number of sequences in one answer. */
export const MAX_SEQUENCES = 100
/** Maximum of buckets times sequences in one answer: some 10 MB as JSON. */
export const MAX_CELLS = 1_000_000

/** Of a number in a list, and of all that is needed for a bucket while it is summed up. */
const NUMBER_BYTES = 8
const BUCKET_BYTES = 80

/** How a range is divided: into a number of equal parts, or at the edges of intervals in a time zone. */
export type Cut = { readonly points: number } | { readonly interval: Interval; readonly zone: TimeZone }

export interface SeriesQuery extends Range {
  readonly cut: Cut
  readonly view?: View | undefined
  readonly aggregate: BucketAggregate
  readonly fill: Fill
}

export interface SeriesColumn {
  readonly sequence: Resource
  /** One list for each field of the aggregate, with a number or null for each time. */
  readonly lists: Lists
}

export interface Series {
  /** When each bucket begins. For an interval this is the interval's beginning, even if the range begins later. */
  readonly times: Micros[]
  readonly columns: SeriesColumn[]
}

export interface Buckets {
  /** As in {@link Series.times}. */
  readonly times: Micros[]
  /** Ascending, one more than there are buckets; the first and the last are those of the range. */
  readonly edges: Micros[]
}

/**
 * One number, or two, for each bucket of each sequence; all sequences have the same buckets.
 * @throws Fault forbidden; invalid for a sequence that is not numeric, and when there would be too many buckets
 */
export async function readSeries(ctx: Context, actor: Actor, sequences: readonly Resource[], query: SeriesQuery): Promise<Series> {
  for (const sequence of sequences) requireNumeric(ctx, actor, sequence)
  const buckets = await cutRange(ctx, sequences, query, query.fill === 'none')
  if (!buckets) return { times: [], columns: sequences.map((sequence) => ({ sequence, lists: fieldsOf(query.aggregate).map(() => []) })) }
  ctx.answer?.holds(BUCKET_BYTES * buckets.edges.length + NUMBER_BYTES * buckets.edges.length * sequences.length)
  const columns: SeriesColumn[] = []
  const isEmpty = new Uint8Array(buckets.times.length).fill(1)
  for (const sequence of sequences) {
    const summaries = await ctx.readings.summarize(refOf(sequence), buckets.edges, query.view)
    await visitInTurns(ctx.turns, summaries, (summary, at) => {
      if (summary) isEmpty[at] = 0
    })
    const before =
      query.fill === 'previous' && !summaries[0] ? await lastBefore(ctx, sequence, buckets.edges[0] ?? 0, query.view) : undefined
    columns.push({ sequence, lists: await fillLists(ctx.turns, query.aggregate, summaries, query.fill, before) })
  }
  if (query.fill !== 'none') return { times: buckets.times, columns }
  const keep = async <T>(list: readonly T[]): Promise<T[]> => {
    const kept: T[] = []
    await visitInTurns(ctx.turns, list, (item, at) => {
      if (isEmpty[at] === 0) kept.push(item)
    })
    return kept
  }
  const kept: SeriesColumn[] = []
  for (const { sequence, lists } of columns) {
    const full: Lists = []
    for (const list of lists) full.push(await keep(list))
    kept.push({ sequence, lists: full })
  }
  return { times: await keep(buckets.times), columns: kept }
}

/** The summary of each bucket that has values. @throws Fault like {@link readSeries} */
export async function readSummaries(
  ctx: Context,
  actor: Actor,
  sequence: Resource,
  query: Range & { readonly cut: Cut; readonly view?: View | undefined },
): Promise<{ time: Micros; summary: Summary }[]> {
  requireNumeric(ctx, actor, sequence)
  const buckets = await cutRange(ctx, [sequence], query, true)
  if (!buckets) return []
  const bytes = BUCKET_BYTES * buckets.edges.length
  ctx.answer?.holds(bytes)
  const summaries = await ctx.readings.summarize(refOf(sequence), buckets.edges, query.view)
  const found: { time: Micros; summary: Summary }[] = []
  await visitInTurns(ctx.turns, summaries, (summary, at) => {
    if (summary) found.push({ time: buckets.times[at] ?? 0, summary })
  })
  ctx.answer?.holds(-bytes)
  return found
}

/** A summary hides what was measured, so values are drawn by themselves up to this many for each point that a chart has room for. */
export const VALUES_A_POINT = 2

/**
 * What a chart draws of a range, in order of time: its values, each as a summary of one, or, when there are more than twice as many as
 * the chart has room for, summaries of buckets.
 * @param room number of points, from 1 to {@link MAX_BUCKETS}
 * @throws Fault forbidden, invalid
 */
export async function readChartPoints(
  ctx: Context,
  actor: Actor,
  sequence: Resource,
  range: Required<Range>,
  room: number,
): Promise<Summary[]> {
  requireNumeric(ctx, actor, sequence)
  const most = room * VALUES_A_POINT
  if ((await ctx.readings.count(refOf(sequence), range)) > most) {
    const found = await readSummaries(ctx, actor, sequence, { ...range, cut: { points: room } })
    return mapInTurns(ctx.turns, found, ({ summary }) => summary)
  }
  const { times, values } = await ctx.readings.read(refOf(sequence), { ...range, limit: most, order: 'ascending' })
  return mapInTurns(ctx.turns, [...times], (time, at) => summaryOfOne(time, Number(values[at])))
}

/**
 * At most `points` values of a range that show the shape of its curve; see lttb.ts.
 * @throws Fault forbidden, invalid
 */
export async function pickPoints(
  ctx: Context,
  actor: Actor,
  sequence: Resource,
  range: Range,
  points: number,
  view?: View,
): Promise<{ times: Micros[]; values: number[] }> {
  requireNumeric(ctx, actor, sequence)
  const ref = refOf(sequence)
  const extent = await ctx.readings.extent(ref, range, view)
  if (!extent) return { times: [], values: [] }
  // Exclude values that are appended in the meantime, since both passes must see the same points.
  const options = { start: extent.first, end: extent.last, order: 'ascending', limit: Number.POSITIVE_INFINITY, view } as const
  const count = await ctx.readings.count(ref, options, view)
  const pass = async (add: (time: Micros, value: number) => void): Promise<void> => {
    for await (const { times, values } of streamValues(ctx, actor, sequence, options)) {
      for (let at = 0; at < times.length; at++) add(times[at] ?? 0, values[at] as number)
    }
  }
  if (count <= points) {
    const all: { times: Micros[]; values: number[] } = { times: [], values: [] }
    await pass((time, value) => {
      all.times.push(time)
      all.values.push(value)
    })
    return all
  }
  const averages = new BucketAverages(count, points)
  await pass((time, value) => averages.add(time, value))
  const selection = new TriangleSelection(averages)
  await pass((time, value) => selection.add(time, value))
  selection.end()
  return { times: selection.times, values: selection.values }
}

/** @throws Fault forbidden; invalid for what holds no numbers */
export function requireNumeric(ctx: Context, actor: Actor, sequence: Resource): void {
  requireRead(ctx, actor, sequence)
  const { dataType } = requireSpec(sequence)
  if (dataType === TEXT)
    throw invalid(`${pathOf(sequence)} is a text sequence; only numbers can be summed up (max_points, interval, aggregate).`)
  if (dataType === IMAGE)
    throw invalid(`${pathOf(sequence)} is an image sequence; only numbers can be summed up (max_points, interval, aggregate).`)
}

/** Edges that are reckoned between two looks at the clock. */
const EDGES = 1_000
/** How far from a range the edges of its first and last bucket may lie. */
const AROUND = 800 * DAY

/** @param isTight the range may be reduced to where there are values */
async function cutRange(
  ctx: Context,
  sequences: readonly Resource[],
  { start, end, cut, view }: Range & { readonly cut: Cut; readonly view?: View | undefined },
  isTight: boolean,
): Promise<Buckets | undefined> {
  const isOpen = start === undefined || end === undefined
  const shrinks = isTight && 'interval' in cut
  let [from, to] = [start ?? Number.POSITIVE_INFINITY, end ?? Number.NEGATIVE_INFINITY]
  if (isOpen || shrinks) {
    let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    for (const sequence of sequences) {
      const extent = await ctx.readings.extent(refOf(sequence), { start, end }, view)
      if (!extent) continue
      first = Math.min(first, extent.first)
      last = Math.max(last, extent.last)
    }
    if (first > last) return undefined
    from = shrinks ? first : (start ?? first)
    to = shrinks ? last : (end ?? last)
  }
  if (from > to) return undefined
  const limit = Math.min(MAX_BUCKETS, Math.floor(MAX_CELLS / sequences.length))
  if ('interval' in cut) {
    await finishInTurns(ctx.turns, cut.zone.lookUp(from - AROUND, to + AROUND))
    const edges = await finishInTurns(ctx.turns, findEdges(cut.interval, cut.zone, from, to, limit))
    return { times: edges.slice(0, -1), edges: [Math.max(edges[0] ?? from, from), ...edges.slice(1, -1), to + 1] }
  }
  if (cut.points > limit)
    throw invalid(`max_points is ${cut.points}; with ${sequences.length} sequences at most ${limit} are given at once.`)
  // There can't be more parts than microseconds.
  const span = to - from + 1
  const count = Math.min(cut.points, span)
  const edges: Micros[] = []
  for (let at = 0; at <= count; at++) {
    if (at % EDGES === 0 && ctx.turns.isOver()) await ctx.turns.next()
    edges.push(from + Math.floor((at * span) / count))
  }
  return { times: edges.slice(0, -1), edges }
}

async function lastBefore(ctx: Context, sequence: Resource, time: Micros, view?: View): Promise<number | undefined> {
  const { values } = await ctx.readings.read(refOf(sequence), { end: time - 1, order: 'descending', limit: 1 }, view)
  return typeof values[0] === 'number' ? values[0] : undefined
}
