/** Routes that read and write values of many sequences at once. */
import { isObject, parseValuesJson } from '../../src/base/json.ts'
import { forbidden, invalid } from '../../src/base/fault.ts'
import { ingestAt } from '../../src/mapping/ingest.ts'
import { sentCounter } from '../../src/sequences/counted-times.ts'
import { MAX_BOOT_LENGTH } from '../../src/wire/counter.ts'
import { makeUnseen } from '../../src/mapping/sightings.ts'
import { requireResource } from '../../src/tree/finding.ts'
import { reportSequence } from '../../src/sequences/report.ts'
import { Tally } from '../../src/sequences/tally.ts'
import { isTextAt, requireFew, updateByPath } from '../../src/sequences/updates-by-path.ts'
import { requireShift, shiftValues } from '../../src/sequences/value-shift.ts'
import { MAX_IMPORT, ValueImport } from '../../src/sequences/value-import.ts'
import { anything, flag, number, required, text, timestamp } from './parameters.ts'
import { route, type Route } from './route.ts'
import { readManySeries, seriesParameters } from './series-reads.ts'
import { statisticsRoute } from './statistics-reads.ts'
import type { Fields } from '../../src/wire/client-messages.ts'
import { readItems } from './value-streams.ts'

export function createSequenceRoutes(): Route[] {
  return [
    route({
      method: 'PUT',
      path: '/api/v1/resources',
      tag: 'Sequences',
      summary: 'Set the values of many sequences at one time',
      description:
        'Unknown and unwritable sequences are skipped, and so are values that do not fit: the answer names them. ' +
        'A controller whose clock is off by more than 30 s, by the same from request to request, or shows what is to come or was before ' +
        'the lab, has its times corrected, and its status says since when and by how much. Readings that it kept during an outage stay ' +
        'at their times. clock, or monotonic with monotonic_now, settle it without a guess.',
      parameters: {
        values: anything('Absolute paths of sequences and their values.', { schema: { type: 'object' } }),
        timestamp: timestamp("The time of all values; the server's when missing."),
        clock: text('trusted: the time is right. untrusted: the clock is not to be believed, and the server stamps the values.', {
          choices: ['trusted', 'untrusted'],
        }),
        monotonic: number('For a device without a clock: what its counter of seconds showed when it measured.', { min: 0 }),
        monotonic_now: number('What that counter shows now; monotonic_now less monotonic is the age of the values.', { min: 0 }),
        boot: text(
          "What the counter counts from, such as a random name that the device gives itself at each start; with a controller's key. " +
            'Values that are sent again then come to the same time, and nothing is stored twice.',
          { max: MAX_BOOT_LENGTH },
        ),
      },
      reply: valuesReply,
      handle: async ({ ctx, actor, parameters }) => {
        const values = typeof parameters.values === 'string' ? parseValuesJson(parameters.values, 'values') : parameters.values
        if (!isObject(values))
          throw invalid('values must be a JSON object of absolute paths and values, such as {"/org/controller/temperature": 21.5}.')
        const { plain, objects } = parted(values, (path) => isTextAt(ctx, actor, path))
        // Before any of them is looked up, or made.
        requireFew(plain)
        await makeUnseen(ctx, actor, plain)
        const tally = new Tally()
        for (const { path, object } of objects) await ingestAt(ctx, actor, path, object, tally)
        if (Object.keys(plain).length === 0 && objects.length > 0) return { status: 'ok', ...tally.answer() }
        return {
          status: 'ok',
          ...(
            await updateByPath(ctx, actor, plain, {
              timestamp: parameters.timestamp,
              clock: parameters.clock === undefined ? undefined : parameters.clock === 'trusted' ? 'trusted' : 'untrusted',
              monotonic: parameters.monotonic,
              monotonicNow: parameters.monotonic_now,
              boot: parameters.boot || undefined,
            })
          )
            .plus(tally)
            .answer(),
        }
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/sequences/info',
      forLinks: true,
      tag: 'Sequences',
      summary: 'What a sequence holds and takes up: values, first and last time, blocks, bytes, and how long it keeps them',
      parameters: { path: text('Absolute path of a sequence.', { max: 10_000 }) },
      reply: infoReply,
      handle: ({ ctx, actor, parameters }) => {
        if (!parameters.path) throw invalid('path is missing: the absolute path of a sequence.')
        return reportSequence(ctx, actor, requireResource(ctx, actor, parameters.path))
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/sequences/series',
      forLinks: true,
      tag: 'Sequences',
      summary: 'Aggregates of several sequences on the same times',
      description: seriesDescription,
      parameters: seriesParameters,
      handle: readManySeries,
    }),
    route({
      method: 'POST',
      path: '/api/v1/sequences/series',
      forLinks: true,
      tag: 'Sequences',
      summary: 'The same as GET, for long lists of paths',
      description: seriesDescription,
      parameters: seriesParameters,
      handle: readManySeries,
    }),
    statisticsRoute,
    route({
      method: 'POST',
      path: '/api/v1/sequences/shift',
      tag: 'Sequences',
      summary: 'Move values of a sequence in time, such as those that were stamped while a clock was wrong',
      description:
        'All values from start_timestamp to end_timestamp, both included, or none. Where values that stay lie among the new times, ' +
        'nothing is moved (409). The answer has the command that moves them back.',
      parameters: {
        path: required(text('Absolute path of a sequence.', { max: 10_000 })),
        start_timestamp: required(timestamp('Time of the first value.')),
        end_timestamp: required(timestamp('Time of the last value.')),
        by: required(text('How much later, such as 3h or 90s, or with a minus how much earlier: -3h.', { max: 100 })),
        dry_run: flag('Only says what would be moved.'),
      },
      handle: ({ ctx, actor, parameters: { path, start_timestamp: start, end_timestamp: end, by, dry_run: isTrial } }) =>
        shiftValues(ctx, actor, requireResource(ctx, actor, path), { start, end, by: requireShift(by), isTrial }),
    }),
    route({
      method: 'POST',
      path: '/api/v1/sequences/values',
      tag: 'Sequences',
      summary: 'Store many values with their own timestamps',
      description:
        'The body is a JSON array or NDJSON of {"path", "timestamp", "value"}, or CSV with the header path,timestamp,value; at ' +
        `most ${MAX_IMPORT} values. A timestamp is UTC text or seconds since 1970. Every value is stored, whatever ` +
        'min_storage_interval says; a value of the same sequence and time replaces the one before, so sending twice doubles ' +
        'nothing. Rows that are damaged, and values that do not fit their sequence, are refused one by one; a body of which no row ' +
        'can be read, and JSON that is broken between its elements, store nothing (400). A device without a clock names boot and ' +
        'monotonic_now: then timestamps are what its counter of seconds showed at each measurement.',
      parameters: {
        boot: text(
          "In the address: what the counter counts from, a name that the device gives itself at each start; with a controller's key.",
          {
            max: MAX_BOOT_LENGTH,
          },
        ),
        monotonic_now: number('In the address: what the counter of seconds shows as this is sent.', { min: 0 }),
      },
      body: 'raw',
      reply: importReply,
      handle: async ({ ctx, actor, incoming, parameters }) => {
        // Before anything is read: this route reads more than others.
        if (actor.kind === 'anonymous') throw forbidden('Send a key, or sign in, to store values.')
        const counter = sentCounter(parameters.boot, parameters.monotonic_now)
        const values = new ValueImport(ctx, actor, (path, value) => makeUnseen(ctx, actor, { [path]: value }), counter)
        for await (const items of readItems(incoming, ctx.settings.MAX_BODY_SIZE, ctx.turns.pause)) {
          await values.add(items)
          await ctx.turns.pause()
        }
        return { status: 'ok', ...(await values.store()) }
      },
    }),
  ]
}

/** Values, and objects of values: those below a folder that devices send to. */
function parted(
  values: Readonly<Record<string, unknown>>,
  isText: (path: string) => boolean,
): {
  plain: Record<string, unknown>
  objects: { path: string; object: Fields }[]
} {
  const entries = Object.entries(values)
  const objects = entries.flatMap(([path, object]) => (isObject(object) && !isText(path) ? [{ path, object }] : []))
  return { plain: Object.fromEntries(entries.filter(([path, value]) => !isObject(value) || isText(path))), objects }
}

const nullable = (type: string, description: string): object => ({ type: [type, 'null'], description })

const infoReply = {
  type: 'object',
  properties: {
    id: { type: 'integer' },
    path: { type: 'string' },
    data_type: { enum: ['numeric', 'text', 'image'] },
    units: { type: ['string', 'null'] },
    decimal_places: { type: ['integer', 'null'] },
    values: { type: 'integer' },
    first_timestamp: { type: ['string', 'null'], format: 'date-time' },
    last_timestamp: { type: ['string', 'null'], format: 'date-time' },
    unsealed: nullable('integer', 'Values that wait to be packed into blocks; null for images.'),
    blocks: nullable('integer', 'null for images.'),
    bytes: { type: 'integer', description: 'Of the blocks; of images with their thumbnails.' },
    bytes_per_value: nullable('number', 'Of the values in blocks.'),
    max_history: { type: 'integer' },
    max_age: nullable('string', 'A duration such as 90d; null: for ever.'),
    min_storage_interval: { type: 'number', description: 'Seconds.' },
  },
}

const seriesDescription =
  'Several numeric sequences summed up in the same buckets of time. The JSON answer has `timestamps`, seconds at which the ' +
  'buckets begin, and for each sequence `values` (or `min` and `max`) of the same length; null where a bucket holds no values. ' +
  'The aggregate is mean unless given, fill is null.'

const outcomes = {
  stored: { type: 'integer', description: 'Values at new times.' },
  repeated: { type: 'integer', description: 'Values at times that were there already.' },
  expired: { type: 'integer', description: 'Values older than the max_age of their sequence, which are not kept.' },
}

export const valuesReply = {
  type: 'object',
  properties: {
    status: { const: 'ok' },
    ...outcomes,
    shown: { type: 'integer', description: 'Values that only subscribers got, as min_storage_interval wants.' },
    skipped: {
      type: 'array',
      maxItems: 100,
      description: 'Values that went nowhere, and why.',
      items: { type: 'object', properties: { path: { type: 'string' }, message: { type: 'string' } } },
    },
    skipped_count: { type: 'integer', description: 'How many were skipped, where that is more than are named.' },
  },
}

const importReply = {
  type: 'object',
  properties: {
    status: { const: 'ok' },
    ...outcomes,
    warnings: { type: 'array', items: { type: 'string' } },
    refused: { type: 'integer' },
    errors: {
      type: 'array',
      maxItems: 100,
      items: {
        type: 'object',
        properties: {
          index: { type: 'integer', description: 'The place in the request; the first is 0.' },
          path: { type: 'string' },
          message: { type: 'string' },
        },
      },
    },
  },
}
