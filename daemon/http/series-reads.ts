/** Answers with values summed up in buckets of time: of one sequence, or of several in the same buckets. */
import type { Actor } from '../../src/tree/actor.ts'
import type { Context } from '../../src/context.ts'
import type { TextFormat } from '../../src/exports/value-lines.ts'
import { recordExport } from '../../src/sequences/export-records.ts'
import { csvField } from '../../src/base/csv.ts'
import { invalid } from '../../src/base/fault.ts'
import { mapInTurns } from '../../src/base/long-lists.ts'
import { requireSpec } from '../../src/sequences/sequences.ts'
import { AGGREGATES, FILLS, fieldsOf, type Aggregate, type BucketAggregate, type Fill } from '../../src/sequences/series/aggregates.ts'
import { parseInterval } from '../../src/base/intervals.ts'
import {
  MAX_BUCKETS,
  MAX_SEQUENCES,
  pickPoints,
  readSeries,
  readSummaries,
  type Cut,
  type Series,
} from '../../src/sequences/series/series.ts'
import type { View } from '../../src/corrections/corrected-reads.ts'
import type { Turns } from '../../src/base/turns.ts'
import { TimeZone } from '../../src/base/time-zone.ts'
import { meanOf } from '../../src/storage/sequence-store.ts'
import { formatTimestamp, secondsOf } from '../../src/base/time.ts'
import { pathOf, type Resource } from '../../src/tree/tree.ts'
import { findNamed, pathsParameters } from './named-paths.ts'
import { flag, integer, text, timestamp, type Parsed } from './parameters.ts'
import { viewOf, viewParameters } from './read-views.ts'
import { replyJson, replyLines } from './value-replies.ts'
import type { ApiRequest } from './route.ts'

/** How a range is divided and summed up; `GET /resources/*` includes these parameters. */
export const bucketParameters = {
  max_points: integer(
    'Numeric sequences: cuts the range into at most so many equal stretches. Without aggregate the answer has first and last ' +
      'time, min, max, mean and count of each.',
    { min: 1, max: MAX_BUCKETS },
  ),
  interval: text(
    'Numeric sequences: cuts the range at the edges of such intervals: a number with s, m, h, d, w (from Monday), M or y, such ' +
      'as 5m, 1h or 1d.',
    { max: 20 },
  ),
  time_zone: text('With interval: whose clock and calendar counts, such as America/Los_Angeles; UTC unless given.', { max: 100 }),
  aggregate: text(
    'With max_points or interval: what is told of each bucket. lttb picks max_points values that show the shape of the curve ' +
      '(largest triangle three buckets).',
    { choices: AGGREGATES },
  ),
  fill: text('With aggregate: what stands in buckets without values: null, the one before (previous), or none to leave them out.', {
    choices: FILLS,
  }),
}

type BucketParameters = Parsed<typeof bucketParameters>

export const seriesParameters = {
  ...pathsParameters(`sequences, ${MAX_SEQUENCES} at most`),
  start_timestamp: timestamp('Values from this time on, itself included.'),
  end_timestamp: timestamp('Values up to this time, itself included.'),
  ...bucketParameters,
  ...viewParameters,
  format: text('csv: a column for each sequence; ndjson: one JSON object a line.', { choices: ['json', 'csv', 'ndjson'] }),
  download: flag('Send as an attachment.'),
}

export const isBucketed = ({ max_points: points, interval }: BucketParameters): boolean => points !== undefined || (interval ?? '') !== ''

/** Checks the parameters that request buckets; `fill` is the default. @throws Fault invalid naming the parameter */
function parseBuckets(parameters: BucketParameters, fill: Fill): { cut: Cut; aggregate: Aggregate | undefined; fill: Fill } {
  const { max_points: points, interval, time_zone: zone } = parameters
  const aggregate = (parameters.aggregate || undefined) as Aggregate | undefined
  if (points !== undefined && interval) throw invalid('max_points and interval are two ways to cut the range: give one of them.')
  if (zone && !interval) throw invalid('time_zone goes with interval, which is missing.')
  if (parameters.fill && (aggregate === undefined || aggregate === 'lttb'))
    throw invalid('fill goes with an aggregate of buckets: minmax, mean, first, last, count or sum.')
  if (aggregate === 'lttb' && (points === undefined || points < 3))
    throw invalid('aggregate lttb picks max_points values: give max_points, at least 3.')
  const cut = interval ? { interval: parseInterval(interval), zone: TimeZone.named(zone || 'UTC') } : { points: points ?? 0 }
  return { cut, aggregate, fill: (parameters.fill || fill) as Fill }
}

/** @throws Fault invalid for parameters that have no meaning without buckets */
export function refuseWithoutBuckets({ aggregate, fill, time_zone: zone }: BucketParameters): void {
  const name = aggregate ? 'aggregate' : fill ? 'fill' : zone ? 'time_zone' : undefined
  if (name) throw invalid(`${name} goes with max_points or interval, which are missing.`)
}

interface Range {
  start_timestamp: number | undefined
  end_timestamp: number | undefined
}

/** Answers a GET of one sequence with `max_points` or `interval`. @throws Fault forbidden, invalid */
export async function readBuckets(
  {
    ctx,
    actor,
    parameters,
  }: {
    ctx: Context
    actor: Actor
    parameters: BucketParameters & Range & Parsed<typeof viewParameters> & { format: string | undefined; download: boolean }
  },
  sequence: Resource,
): Promise<Response> {
  const { cut, aggregate, fill } = parseBuckets(parameters, 'none')
  const { start_timestamp: start, end_timestamp: end } = parameters
  const view = viewOf(parameters)
  const head = { name: sequence.name, path: pathOf(sequence), units: requireSpec(sequence).units ?? null }
  if (aggregate === undefined) {
    const found = await readSummaries(ctx, actor, sequence, { start, end, cut, view })
    const points = await mapInTurns(ctx.turns, found, ({ time, summary }) => ({
      ...('interval' in cut ? { timestamp: secondsOf(time) } : {}),
      first_timestamp: secondsOf(summary.first),
      last_timestamp: secondsOf(summary.last),
      min: summary.min,
      max: summary.max,
      mean: meanOf(summary),
      count: summary.count,
    }))
    return replyJson(ctx, { ...head, points })
  }
  const series =
    aggregate === 'lttb'
      ? await readShape(ctx, actor, sequence, { start, end }, cut, view)
      : await readSeries(ctx, actor, [sequence], { start, end, cut, aggregate, fill, view })
  if (parameters.format === 'csv' || parameters.format === 'ndjson') {
    recordExport(ctx, actor, sequence)
    return replyLines(
      parameters.format,
      encodeSeries(ctx.turns, parameters.format, aggregate, series),
      parameters.download ? sequence.name : undefined,
    )
  }
  return replyJson(ctx, {
    ...head,
    aggregate,
    timestamps: await mapInTurns(ctx.turns, series.times, secondsOf),
    ...fieldLists(aggregate, series.columns[0]?.lists ?? []),
  })
}

async function readShape(
  ctx: Context,
  actor: Actor,
  sequence: Resource,
  range: { start: number | undefined; end: number | undefined },
  cut: Cut,
  view: View,
): Promise<Series> {
  const { times, values } = await pickPoints(ctx, actor, sequence, range, 'points' in cut ? cut.points : 0, view)
  return { times, columns: [{ sequence, lists: [values] }] }
}

/** `GET` and `POST /sequences/series` */
export async function readManySeries(request: ApiRequest<typeof seriesParameters>): Promise<Response> {
  const { ctx, actor, parameters } = request
  const sequences = findNamed(request, MAX_SEQUENCES)
  if (!isBucketed(parameters)) throw invalid('max_points or interval is missing: how the range is to be cut.')
  const { cut, aggregate = 'mean', fill } = parseBuckets(parameters, 'null')
  if (aggregate === 'lttb')
    throw invalid(
      "aggregate lttb picks values at each sequence's own times, so that several can't share theirs: ask for each by itself, " +
        'or for another aggregate.',
    )
  const series = await readSeries(ctx, actor, sequences, {
    start: parameters.start_timestamp,
    end: parameters.end_timestamp,
    cut,
    aggregate,
    fill,
    view: viewOf(parameters),
  })
  if (parameters.format === 'csv' || parameters.format === 'ndjson') {
    for (const sequence of sequences) recordExport(ctx, actor, sequence)
    return replyLines(
      parameters.format,
      encodeTable(ctx.turns, parameters.format, aggregate, series),
      parameters.download ? 'series' : undefined,
    )
  }
  return replyJson(ctx, {
    aggregate,
    timestamps: await mapInTurns(ctx.turns, series.times, secondsOf),
    sequences: series.columns.map(({ sequence, lists }) => ({
      name: sequence.name,
      path: pathOf(sequence),
      units: requireSpec(sequence).units ?? null,
      ...fieldLists(aggregate, lists),
    })),
  })
}

/** `values`, or one list for each field if there are several. */
function fieldLists(aggregate: Aggregate, lists: readonly (readonly (number | null)[])[]): Record<string, readonly (number | null)[]> {
  const fields = fieldsOf(aggregate)
  return fields.length === 1 ? { values: lists[0] ?? [] } : Object.fromEntries(fields.map((field, at) => [field, lists[at] ?? []]))
}

const encoder = new TextEncoder()
/** Numbers that become text between two looks at the clock. */
const STEP = 1_000

/** Rows of one sequence: `timestamp,value`, or `timestamp,min,max`. */
const encodeSeries = (turns: Turns, format: TextFormat, aggregate: Aggregate, { times, columns }: Series): AsyncGenerator<Uint8Array> => {
  const fields = fieldsOf(aggregate)
  const lists = columns[0]?.lists ?? []
  return encodeRows(
    turns,
    times,
    format === 'csv' ? `timestamp,${fields.join(',')}\n` : '',
    lists.length,
    (at) =>
      format === 'csv'
        ? lists.map((list) => `,${list[at] ?? ''}`).join('')
        : fields.map((field, which) => `,"${field}":${lists[which]?.[at] ?? 'null'}`).join(''),
    format,
  )
}

/**
 * Rows of several sequences: a column for each, named by its path, or `PATH min` and `PATH max`; in JSON a member for each, which is a list
 * if there are two fields.
 */
function encodeTable(turns: Turns, format: TextFormat, aggregate: BucketAggregate, { times, columns }: Series): AsyncGenerator<Uint8Array> {
  const fields = fieldsOf(aggregate)
  const paths = columns.map(({ sequence }) => pathOf(sequence))
  const titles = paths.flatMap((path) => (fields.length === 1 ? [path] : fields.map((field) => `${path} ${field}`)))
  const names = paths.map((path) => JSON.stringify(path))
  const header = format === 'csv' ? `timestamp,${titles.map(csvField).join(',')}\n` : ''
  const csvRow = (at: number): string => columns.map(({ lists }) => lists.map((list) => `,${list[at] ?? ''}`).join('')).join('')
  const jsonRow = (at: number): string =>
    columns
      .map(({ lists }, which) => {
        const value = lists.length === 1 ? String(lists[0]?.[at] ?? null) : JSON.stringify(lists.map((list) => list[at] ?? null))
        return `,${names[which] ?? ''}:${value}`
      })
      .join('')
  return encodeRows(turns, times, header, titles.length, format === 'csv' ? csvRow : jsonRow, format)
}

async function* encodeRows(
  turns: Turns,
  times: readonly number[],
  header: string,
  width: number,
  row: (at: number) => string,
  format: TextFormat,
): AsyncGenerator<Uint8Array> {
  const step = Math.max(1, Math.floor(STEP / Math.max(width, 1)))
  if (header !== '') yield encoder.encode(header)
  for (let from = 0; from < times.length; from += step) {
    if (turns.isOver()) await turns.next()
    let lines = ''
    for (let at = from; at < Math.min(from + step, times.length); at++) {
      const time = formatTimestamp(times[at] ?? 0)
      lines += format === 'csv' ? `${time}${row(at)}\n` : `{"timestamp":"${time}"${row(at)}}\n`
    }
    yield encoder.encode(lines)
  }
}
