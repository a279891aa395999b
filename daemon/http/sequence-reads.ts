/**
 * Answers GET requests for numeric and text sequences. Source: protocol, section 4; `max_points`, `order`, `format` and `cursor` are
 * additions to it.
 */
import type { ServerResponse } from 'node:http'
import type { Actor } from '../../src/tree/actor.ts'
import type { Context } from '../../src/context.ts'
import { estimateBytes } from '../../src/base/answer-room.ts'
import { invalid } from '../../src/base/fault.ts'
import { quote } from '../../src/base/path.ts'
import { readNoteColumn } from '../../src/notes/note-column.ts'
import { requireRead } from '../../src/tree/permissions.ts'
import { encodePoints, type Beside } from '../../src/exports/value-lines.ts'
import { recordExport } from '../../src/sequences/export-records.ts'
import {
  readLast,
  readNewest,
  readRevision,
  readValues,
  requireSpec,
  streamValues,
  type ValueOptions,
} from '../../src/sequences/sequences.ts'
import type { Page, Points } from '../../src/storage/sequence-store.ts'
import { summarizeValues } from '../../src/sequences/text-summary.ts'
import { pathOf, type Resource } from '../../src/tree/tree.ts'
import { attachment } from '../replies/headers.ts'
import { flag, integer, text, timestamp, type Parsed } from './parameters.ts'
import { bucketParameters, isBucketed, readBuckets, refuseWithoutBuckets } from './series-reads.ts'
import { maskColumn, viewOf, viewParameters } from './read-views.ts'
import { encodeColumns, encodeOldCsv } from './value-text.ts'
import { PRIVATE, replyJson, replyJsonStream, replyLines, replyText } from './value-replies.ts'

/** Maximum number of values in one JSON answer; for more, use a cursor, or `format` for a stream. */
const MAX_COUNT = 1_000_000
/** Values in one page when a cursor is used without a count, and the maximum. */
const PAGE = 10_000
const MAX_PAGE = 100_000

/** Parameters of GET that concern sequences; `GET /resources/*` includes them. */
export const sequenceReadParameters = {
  rev: integer('Read this revision: of a file, or the value of a sequence (its time in microseconds).', { min: 0 }),
  count: integer('Sequences: the newest so many of the matching values (1 when missing).', { min: 1, max: MAX_COUNT }),
  start_timestamp: timestamp('Sequences: values from this time on, itself included.'),
  end_timestamp: timestamp('Sequences: values up to this time, itself included.'),
  text: text('Text sequences: only values that contain this.', { max: 1_000 }),
  summary: integer('Text sequences: 1 groups the values by their first prefix_length characters.'),
  prefix_length: integer('With summary: how many characters.', { min: 1, max: 1_000 }),
  ...bucketParameters,
  ...viewParameters,
  order: text('Sequences: reads the range in pages from this end; the answer has a `cursor` when more follows.', {
    choices: ['asc', 'desc'],
  }),
  cursor: text('Sequences: goes on where the answer that this came from ended.', { max: 40 }),
  format: text('Sequences: streams the whole range (or the first `count` of it) as CSV or as one JSON object a line.', {
    choices: ['csv', 'ndjson', 'json'],
  }),
  notes: text('With `format` or `download`: column adds what was noted beside each value; a stretch beside all its values.', {
    choices: ['none', 'column'],
  }),
  download: flag('Send as an attachment; a sequence as CSV with the header utc_timestamp,value.'),
}

type ReadParameters = Parsed<typeof sequenceReadParameters>

/**
 * Answers a GET of a numeric or text sequence.
 * @throws Fault forbidden, invalid, not_found
 */
export async function readSequence(
  { ctx, actor, parameters, outgoing }: { ctx: Context; actor: Actor; parameters: ReadParameters; outgoing: ServerResponse },
  sequence: Resource,
): Promise<Response> {
  requireRead(ctx, actor, sequence)
  const { count, start_timestamp: start, end_timestamp: end, order, cursor, format } = parameters
  const text = parameters.text || undefined
  const view = viewOf(parameters)
  const masked = await maskColumn(ctx, sequence, view)
  if (parameters.rev !== undefined) return replyText(await readRevision(ctx, actor, sequence, parameters.rev, view))
  if (isBucketed(parameters)) return readBuckets({ ctx, actor, parameters }, sequence)
  refuseWithoutBuckets(parameters)
  const isPaged = order !== undefined || cursor !== undefined
  const direction = order === 'desc' ? 'descending' : 'ascending'
  if (format === 'csv' || format === 'ndjson' || parameters.download) recordExport(ctx, actor, sequence)
  if (format === 'csv' || format === 'ndjson') {
    const options = afterCursor(
      { start, end, text, view, signal: abortedWith(outgoing), order: direction, limit: count ?? Number.POSITIVE_INFINITY },
      cursor,
    )
    const pages = await begin(ctx, streamValues(ctx, actor, sequence, options))
    const notes = parameters.notes === 'column' ? await readNoteColumn(ctx, actor, sequence, { start, end }, options.order) : undefined
    return replyLines(
      format,
      encodePoints(ctx.turns, format, pages, columnsOf(masked, notes)),
      parameters.download ? sequence.name : undefined,
    )
  }
  if (isPaged)
    return readPage(
      ctx,
      actor,
      sequence,
      masked,
      afterCursor(
        { start, end, text, view, signal: abortedWith(outgoing), order: direction, limit: Math.min(count ?? PAGE, MAX_PAGE) },
        cursor,
      ),
    )
  const isNewest = text === undefined && start === undefined && end === undefined && (count ?? 1) <= 1 && !parameters.download
  if (isNewest && view === 'corrected') {
    return replyText((await readNewest(ctx, actor, sequence))?.text ?? '')
  }
  const range = { start, end, text, view, signal: abortedWith(outgoing), limit: count ?? 1 }
  if ((parameters.summary ?? 0) !== 0) {
    if (parameters.prefix_length === undefined) throw invalid('prefix_length is missing: summary groups values by that many characters.')
    return replyJson(ctx, await summarizeValues(ctx, actor, sequence, { ...range, order: 'descending' }, parameters.prefix_length))
  }
  const points = await readLast(ctx, actor, sequence, range)
  if (isNewest) return replyText(String(points.values[0] ?? ''))
  const notes = parameters.notes === 'column' ? await readNoteColumn(ctx, actor, sequence, { start, end }, 'ascending') : undefined
  if (parameters.download)
    return new Response(ReadableStream.from(encodeOldCsv(ctx.turns, points, columnsOf(masked, notes))), {
      headers: { ...PRIVATE, 'content-type': 'application/octet-stream', ...attachment(`${sequence.name}.csv`) },
    })
  return replyJsonStream(encodeColumns(ctx.turns, { ...describe(sequence), ...maskedPlaces(masked, points) }, points))
}

/** Aborted when the client disconnects before it has everything, because searching for a text may take long. */
function abortedWith(outgoing: ServerResponse): AbortSignal {
  const controller = new AbortController()
  outgoing.once('close', () => controller.abort())
  return controller.signal
}

/** What a stream of pages takes in memory: values of a page, and what of them has become text. */
const STREAM_BYTES = 700_000

/** Reads the first page before the reply begins, so that errors become a status instead of a broken stream. */
async function begin({ answer }: Context, pages: AsyncGenerator<Page>): Promise<AsyncGenerator<Points>> {
  const first = await pages.next()
  if (first.done !== true) answer?.holds(first.value.more ? STREAM_BYTES : estimateBytes(first.value))
  return (async function* () {
    try {
      if (first.done !== true) yield first.value
      yield* pages
    } finally {
      await pages.return(undefined)
    }
  })()
}

async function readPage(
  ctx: Context,
  actor: Actor,
  sequence: Resource,
  masked: Beside | undefined,
  options: ValueOptions,
): Promise<Response> {
  const points = await readValues(ctx, actor, sequence, options)
  ctx.answer?.holds(estimateBytes(points))
  const last = points.times.at(-1)
  const cursor = points.more && last !== undefined ? { cursor: `${options.order === 'ascending' ? 'a' : 'd'}${last}` } : {}
  return replyJsonStream(encodeColumns(ctx.turns, { ...describe(sequence), ...cursor, ...maskedPlaces(masked, points) }, points))
}

/** A cursor consists of the direction and the time of the last value that was read. */
function afterCursor(options: ValueOptions, cursor: string | undefined): ValueOptions {
  if (cursor === undefined || cursor === '') return options
  const match = /^([ad])(-?\d{1,16})$/.exec(cursor)
  if (!match) throw invalid(`cursor is ${quote(cursor)}, which no answer had: pass one on as it was.`)
  const time = Number(match[2])
  return match[1] === 'a'
    ? { ...options, order: 'ascending', start: Math.max(options.start ?? Number.NEGATIVE_INFINITY, time + 1) }
    : { ...options, order: 'descending', end: Math.min(options.end ?? Number.POSITIVE_INFINITY, time - 1) }
}

const columnsOf = (...columns: readonly (Beside | undefined)[]): Beside[] => columns.filter((column) => column !== undefined)

/** Where in the lists the masked values are, for a reader who sees them. */
const maskedPlaces = (masked: Beside | undefined, { times }: Points): { masked?: number[] } =>
  masked ? { masked: times.flatMap((time, at) => (masked.at(time) === true ? [at] : [])) } : {}

const describe = (sequence: Resource): object => ({
  name: sequence.name,
  path: pathOf(sequence),
  units: requireSpec(sequence).units ?? null,
})
