/** Routes of exports: values of several sequences as one file. */
import { invalid } from '../../src/base/fault.ts'
import { parseInterval } from '../../src/base/intervals.ts'
import { quote } from '../../src/base/quote.ts'
import { isUnitSystem, UNIT_SYSTEMS } from '../../src/base/units.ts'
import { TimeZone } from '../../src/base/time-zone.ts'
import { openExport } from '../../src/exports/open-export.ts'
import { EXPORT_FORMATS, type ExportFormat } from '../../src/wire/export-formats.ts'
import { chooseSequences, FIELDS, LAYOUTS, MAX_EXPORTED, type Field, type Layout } from '../../src/exports/plan.ts'
import { MAX_SEQUENCES } from '../../src/sequences/series/series.ts'
import { pathOf, timezoneOf, type Resource } from '../../src/tree/tree.ts'
import { attachment } from '../replies/headers.ts'
import { findNamed, pathsParameters } from './named-paths.ts'
import { text, timestamp } from './parameters.ts'
import { route, type ApiRequest, type Route } from './route.ts'
import { PRIVATE } from './value-replies.ts'

const exportParameters = {
  ...pathsParameters(`sequences, or of folders, which stand for all sequences in them and below; ${MAX_EXPORTED} sequences at most`),
  start_timestamp: timestamp('Values from this time on, itself included.'),
  end_timestamp: timestamp('Values up to this time, itself included.'),
  interval: text(
    'One row for each interval, in place of each value: a number with s, m, h, d, w (from Monday), M or y, such as 1m, 10m, 1h or 1d.',
    { max: 20 },
  ),
  fields: text(`With interval: what is told of each, with commas between: ${FIELDS.join(', ')}. Default: mean,min,max,count.`, {
    max: 100,
  }),
  layout: text(
    `wide (the default): a column for each sequence, ${MAX_SEQUENCES} at most, and a row for each time. long: a row for each value, with ` +
      'the path of its sequence.',
    { choices: LAYOUTS },
  ),
  format: text(
    'csv (the default), csv-semicolon (for spreadsheets that write a comma in numbers), xlsx, ndjson (one JSON object a line), json (one ' +
      'list of such objects, each with all columns) or parquet.',
    { choices: EXPORT_FORMATS },
  ),
  units: text(
    'metric or us: numbers in units of that system (°C or °F, hPa or inHg, …), which the header says. Default: as they are stored.',
    { choices: UNIT_SYSTEMS },
  ),
  times: text('utc (the default), or local: on the clock of time_zone, with its offset. Parquet always holds UTC.', {
    choices: ['utc', 'local'],
  }),
  time_zone: text("Whose days and hours count for interval, and whose clock for times=local. Default: the organization's, or UTC.", {
    max: 100,
  }),
  name: text('Name of the file, without its extension.', { max: 200 }),
}

/** Paths of what was left out, as many as fit into a header. */
const MAX_TOLD = 20

export function createExportRoutes(): Route[] {
  return (['GET', 'POST'] as const).map((method) =>
    route({
      method,
      path: '/api/v1/exports',
      forLinks: true,
      tag: 'Sequences',
      summary: method === 'GET' ? 'Values of several sequences as one file, however many' : 'The same as GET, for long lists of paths',
      description:
        'Sent while it is read, as an attachment. Images can not be exported, and texts not with interval: in a folder they are left ' +
        'out, and the headers Rhizo-Left-Out (how many) and Rhizo-Left-Out-Paths (a JSON list of the first, URI-encoded) say so.',
      parameters: exportParameters,
      handle: sendExport,
    }),
  )
}

async function sendExport(request: ApiRequest<typeof exportParameters>): Promise<Response> {
  const { ctx, actor, parameters } = request
  const interval = parameters.interval ? parseInterval(parameters.interval) : undefined
  const layout = (parameters.layout || 'wide') as Layout
  const format = (parameters.format || 'csv') as ExportFormat
  if (parameters.fields && !interval) throw invalid('fields goes with interval, which is missing.')
  const fields = parseFields(parameters.fields)
  const named = findNamed(request, MAX_EXPORTED)
  const { sequences, leftOut } = await chooseSequences(ctx, actor, named, { isSummed: interval !== undefined, layout })
  const zone = TimeZone.named(parameters.time_zone || zoneOf(ctx, sequences))
  const { content, mediaType, extension } = await openExport(
    ctx,
    actor,
    {
      sequences,
      start: parameters.start_timestamp,
      end: parameters.end_timestamp,
      interval,
      fields,
      layout,
      zone,
      isLocal: parameters.times === 'local',
      units: isUnitSystem(parameters.units) ? parameters.units : undefined,
    },
    format,
  )
  const name = parameters.name?.replaceAll(/[/\\]/g, '_') || (named.length === 1 ? named[0]?.name : undefined) || 'values'
  const headers = { ...PRIVATE, 'content-type': mediaType, ...attachment(`${name}.${extension}`), ...tellLeftOut(leftOut) }
  return new Response(ReadableStream.from(content), { headers })
}

function parseFields(given: string | undefined): Field[] {
  if (!given) return ['mean', 'min', 'max', 'count']
  const fields = given.split(',').map((field) => field.trim())
  const unknown = fields.find((field) => !FIELDS.includes(field as Field))
  if (unknown !== undefined) throw invalid(`fields: there is no ${quote(unknown)}; there are ${FIELDS.join(', ')}.`)
  return [...new Set(fields as Field[])]
}

/** The zone of the organization, if all sequences are of one that has any. */
function zoneOf({ tree }: ApiRequest['ctx'], sequences: readonly Resource[]): string {
  const zones = new Set(sequences.map((sequence) => timezoneOf(tree, sequence)))
  return (zones.size === 1 ? [...zones][0] : undefined) ?? 'UTC'
}

function tellLeftOut(leftOut: readonly Resource[]): Record<string, string> {
  if (leftOut.length === 0) return {}
  const paths = leftOut.slice(0, MAX_TOLD).map(pathOf)
  return { 'rhizo-left-out': String(leftOut.length), 'rhizo-left-out-paths': encodeURIComponent(JSON.stringify(paths)) }
}
