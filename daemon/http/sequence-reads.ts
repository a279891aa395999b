/** Answers to GETs of numeric and text sequences. Source: protocol, section 4; `max_points`, `order`, `format` and `cursor` are ours. */
import type { Actor } from '../../src/actor.ts'
import type { Context } from '../../src/context.ts'
import { csvField } from '../../src/csv.ts'
import { invalid } from '../../src/fault.ts'
import { quote } from '../../src/path.ts'
import { requireRead } from '../../src/permissions.ts'
import { aggregateValues, readNewest, readRevision, readValues, requireSpec, streamValues, summarizeValues } from '../../src/sequences.ts'
import { meanOf, type Points, type ReadOptions } from '../../src/storage/sequence-store.ts'
import { formatTimestamp, secondsOf, type Micros } from '../../src/time.ts'
import { pathOf, type Resource } from '../../src/tree.ts'
import { flag, integer, text, timestamp, type Parsed } from './parameters.ts'
import { attachment } from '../replies.ts'

/** Most values in one JSON answer; more come by cursor, or as a stream with `format`. */
const MAX_COUNT = 1_000_000
/** Values in one page when a cursor is used and no count is given, and at most. */
const PAGE = 10_000
const MAX_PAGE = 100_000
const MAX_BUCKETS = 100_000

/** Parameters of GET that concern sequences; the route of `GET /resources/*` takes them among its own. */
export const sequenceReadParameters = {
  rev: integer('Read this revision: of a file, or the value of a sequence (its time in microseconds).', { min: 0 }),
  count: integer('Sequences: the newest so many of the matching values (1 when missing).', { min: 1, max: MAX_COUNT }),
  start_timestamp: timestamp('Sequences: values from this time on, itself included.'),
  end_timestamp: timestamp('Sequences: values up to this time, itself included.'),
  text: text('Text sequences: only values that contain this.', { max: 1_000 }),
  summary: integer('Text sequences: 1 groups the values by their first prefix_length characters.'),
  prefix_length: integer('With summary: how many characters.', { min: 1, max: 1_000 }),
  max_points: integer('Numeric sequences: summaries (first and last time, min, max, mean, count) of at most so many equal stretches of the range.', { min: 1, max: MAX_BUCKETS }),
  order: text('Sequences: reads the range in pages from this end; the answer has a `cursor` when more follows.', { choices: ['asc', 'desc'] }),
  cursor: text('Sequences: goes on where the answer that this came from ended.', { max: 40 }),
  format: text('Sequences: streams the whole range (or the first `count` of it) as CSV or as one JSON object a line.', { choices: ['csv', 'ndjson', 'json'] }),
  download: flag('Send as an attachment; a sequence as CSV with the header utc_timestamp,value.'),
}

type ReadParameters = Parsed<typeof sequenceReadParameters>

/**
 * What a GET of a numeric or text sequence answers.
 * @throws Fault forbidden, invalid, not_found
 */
export async function readSequence({ ctx, actor, parameters }: { ctx: Context; actor: Actor; parameters: ReadParameters }, sequence: Resource): Promise<Response> {
  requireRead(ctx, actor, sequence)
  const { count, start_timestamp: start, end_timestamp: end, order, cursor, format, max_points: buckets } = parameters
  const text = parameters.text || undefined
  if (parameters.rev !== undefined) return plain(await readRevision(ctx, actor, sequence, parameters.rev))
  if (buckets !== undefined) return json(describe(sequence, { points: await readBuckets(ctx, actor, sequence, { start, end }, buckets) }))
  const isPaged = order !== undefined || cursor !== undefined
  const direction = order === 'desc' ? 'descending' : 'ascending'
  if (format === 'csv' || format === 'ndjson') {
    const options = afterCursor({ start, end, text, order: direction, limit: count ?? Number.POSITIVE_INFINITY }, cursor)
    return stream(format, streamValues(ctx, actor, sequence, options), parameters.download ? sequence.name : undefined)
  }
  if (isPaged) return readPage(ctx, actor, sequence, afterCursor({ start, end, text, order: direction, limit: Math.min(count ?? PAGE, MAX_PAGE) }, cursor))
  if (text === undefined && start === undefined && end === undefined && (count ?? 1) <= 1 && !parameters.download) {
    return plain((await readNewest(ctx, actor, sequence))?.text ?? '')
  }
  const newest: ReadOptions = { start, end, text, order: 'descending', limit: count ?? 1 }
  if ((parameters.summary ?? 0) !== 0) {
    if (parameters.prefix_length === undefined) throw invalid('prefix_length is missing: summary groups values by that many characters.')
    return json(await summarizeValues(ctx, actor, sequence, newest, parameters.prefix_length))
  }
  const points = reverse(await readValues(ctx, actor, sequence, newest))
  if (parameters.download) return new Response(oldCsv(points), { headers: { ...PRIVATE, 'content-type': 'application/octet-stream', ...attachment(`${sequence.name}.csv`) } })
  return json(describe(sequence, columns(points)))
}

async function readBuckets(ctx: Context, actor: Actor, sequence: Resource, range: { start: Micros | undefined; end: Micros | undefined }, buckets: number): Promise<object[]> {
  const summaries = await aggregateValues(ctx, actor, sequence, range, buckets)
  return summaries.map((summary) => ({ first_timestamp: secondsOf(summary.first), last_timestamp: secondsOf(summary.last), min: summary.min, max: summary.max, mean: meanOf(summary), count: summary.count }))
}

async function readPage(ctx: Context, actor: Actor, sequence: Resource, options: ReadOptions): Promise<Response> {
  const points = await readValues(ctx, actor, sequence, options)
  const last = points.times.at(-1)
  return json(describe(sequence, { ...columns(points), ...(points.more && last !== undefined ? { cursor: `${options.order === 'ascending' ? 'a' : 'd'}${last}` } : {}) }))
}

/** A cursor is the direction and the time of the last value that was read. */
function afterCursor(options: ReadOptions, cursor: string | undefined): ReadOptions {
  if (cursor === undefined || cursor === '') return options
  const match = /^([ad])(-?\d{1,16})$/.exec(cursor)
  if (!match) throw invalid(`cursor is ${quote(cursor)}, which no answer had: pass one on as it was.`)
  const time = Number(match[2])
  return match[1] === 'a' ? { ...options, order: 'ascending', start: Math.max(options.start ?? Number.NEGATIVE_INFINITY, time + 1) } : { ...options, order: 'descending', end: Math.min(options.end ?? Number.POSITIVE_INFINITY, time - 1) }
}

const describe = (sequence: Resource, more: object): object => ({ name: sequence.name, path: pathOf(sequence), units: requireSpec(sequence).units ?? null, ...more })

const columns = ({ times, values }: Points): object => ({ timestamps: times.map(secondsOf), values: values.map(String) })

const reverse = ({ times, values }: Points): Points => ({ times: times.reverse(), values: values.reverse() })

/** `2026-01-31 12:00:00.123456,21.5`: the form that spreadsheets of labs read already. */
function oldCsv({ times, values }: Points): string {
  const lines = times.map((time, at) => `${oldTime(time)},${csvField(String(values[at]))}\n`)
  return `utc_timestamp,value\n${lines.join('')}`
}

function oldTime(time: Micros): string {
  const text = formatTimestamp(time)
  return `${text.slice(0, 10)} ${text.slice(11, 19)}.${text.length > 20 ? text.slice(20, 26) : '000000'}`
}

function stream(format: 'csv' | 'ndjson', chunks: AsyncIterable<Points>, attachmentName: string | undefined): Response {
  const headers = { ...PRIVATE, 'content-type': format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson', ...(attachmentName === undefined ? {} : attachment(`${attachmentName}.${format}`)) }
  return new Response(ReadableStream.from(encodeChunks(format, chunks)), { headers })
}

async function* encodeChunks(format: 'csv' | 'ndjson', chunks: AsyncIterable<Points>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  if (format === 'csv') yield encoder.encode('timestamp,value\n')
  for await (const { times, values } of chunks) {
    let text = ''
    for (let at = 0; at < times.length; at++) {
      const time = formatTimestamp(times[at] ?? 0)
      const value = values[at] ?? ''
      text += format === 'csv' ? `${time},${typeof value === 'number' ? value : csvField(value)}\n` : `{"timestamp":"${time}","value":${JSON.stringify(value)}}\n`
    }
    yield encoder.encode(text)
  }
}

/** Values are for who asked, and no page. */
const PRIVATE = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' } as const

const json = (value: unknown): Response => new Response(JSON.stringify(value), { headers: { 'cache-control': 'no-store', 'content-type': 'application/json' } })

const plain = (value: string): Response => new Response(value, { headers: { ...PRIVATE, 'content-type': 'text/plain; charset=utf-8' } })
