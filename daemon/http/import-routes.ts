/** Routes that take files of tables as they are, and undo what such a file brought. */
import { forbidden, invalid, notFound } from '../../src/base/fault.ts'
import { parseJson } from '../../src/base/json.ts'
import { splitPath } from '../../src/base/path.ts'
import type { Context } from '../../src/context.ts'
import { deleteStored } from '../../src/content/content.ts'
import { openRevision } from '../../src/imports/file-import.ts'
import { listImports, readImport, undoImport, UNDO_DAYS } from '../../src/imports/records.ts'
import { importTable, type ImportRequest } from '../../src/imports/table-import.ts'
import { asTable, type SpooledFile } from '../../src/imports/table-sources.ts'
import { DUPLICATE_POLICIES, type DuplicatePolicy } from '../../src/tables/repeats.ts'
import { ELAPSED_FORMS } from '../../src/tables/elapsed.ts'
import { NUMBER_FORMS } from '../../src/tables/time-numbers.ts'
import type { TimeFormat } from '../../src/tables/time-way.ts'
import { findByPath, requireResource } from '../../src/tree/finding.ts'
import type { Actor } from '../../src/tree/actor.ts'
import { canWrite } from '../../src/tree/permissions.ts'
import { pathOf } from '../../src/tree/tree.ts'
import { anything, flag, text, type Parsed, type ParameterSet } from './parameters.ts'
import { idOf, route, type ApiRequest, type Route } from './route.ts'
import { UploadedFile } from './uploaded-file.ts'
import { findContent } from './uploads.ts'

const tag = 'Imports'

const listSchema = { schema: { type: 'array', items: { type: 'string' } } }

const TIME_FORMATS: readonly TimeFormat[] = ['day-first', 'month-first', 'year-first', ...NUMBER_FORMS, ...ELAPSED_FORMS]

const importParameters = {
  path: text('Absolute path of a sequence, for a file with one column of values, or of a folder.'),
  into: text('Absolute path of a folder: each column goes to a sequence there that has its name.'),
  columns: anything(
    'Columns with values, by header or by number from 1: a JSON list, or one a line. HEADER=NAME or HEADER=/PATH names the sequence. ' +
      'All columns of numbers unless given. Of a file whose rows name their series: the series.',
    listSchema,
  ),
  series: anything(
    'Columns that name the device or place of a row: the rows of each go to sequences of its own, below a folder of its name where there ' +
      'are several columns of values.',
    listSchema,
  ),
  time: anything('The column with the time, or two of date and clock, or year, day of the year and clock.', listSchema),
  time_format: text('How times or dates are written, where that is not clear.', { choices: TIME_FORMATS }),
  start: text(
    'When the count began, where times are seconds or the like since then: a date with a time, as 2026-01-31 12:00:00. ' +
      'Found above the rows unless given.',
    { max: 100 },
  ),
  time_zone: text(
    "Zone of times without one: Europe/Berlin, +01:00, UTC. The organization's unless given; where it has none, it must be given.",
    { max: 100 },
  ),
  any_time: flag('Takes times before 2000, and more than a day ahead.'),
  missing: anything('What else means that a value is missing.', listSchema),
  duplicates: text('What is done with values of one time that differ: error (stop, the default), last, first, keep.', {
    choices: DUPLICATE_POLICIES,
  }),
  create: flag('Makes the sequences that are missing.'),
  last_line: flag('Takes the last line although it has no end.'),
  transpose: flag('The table lies on its side, with its times side by side: it is turned first.'),
  format: text('Id of a known format, or plain; found out unless given.', { max: 30 }),
  sheet: text('Name or number (from 1) of the sheet of a workbook. The first unless given; where there are several, it must be.', {
    max: 200,
  }),
  file_name: text('For the record, and to know a workbook.', { max: 1_000 }),
  file_path: text('Absolute path of a file on the server, in place of a body.'),
  note: text('Noted on the sequence or folder, over the time of the values that are brought.', { max: 2_000 }),
  dry_run: flag('Stores nothing, and says what would become of each row.'),
  file: anything('The file, of a multipart form.', { schema: { type: 'string', format: 'binary' } }),
}

export function createImportRoutes(): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/v1/imports',
      tag,
      summary: 'Bring the values of a file into sequences: a table as a logger or a spreadsheet wrote it',
      description:
        'The file is the body itself, or the file of a multipart form. Encoding, delimiter, decimal comma, header, units and times are ' +
        'found out and told. What is in doubt about all of it is refused (400) before anything is stored, with the option that settles ' +
        'it; a damaged row is refused alone. See docs/importing.md.',
      parameters: importParameters,
      body: 'file',
      beforeFile: ({ ctx, actor, given }) => requireTarget(ctx, actor, given),
      handle: handleImport,
    }),
    route({
      method: 'GET',
      path: '/api/v1/imports',
      tag,
      summary: 'The newest imports into a sequence, or into sequences of a folder',
      parameters: { path: text('Absolute path of the sequence or folder.') },
      handle: async ({ ctx, actor, parameters }) => {
        if (!parameters.path) throw invalid('path is missing: the absolute path of a sequence or folder.')
        return { imports: await listImports(ctx, actor, requireResource(ctx, actor, parameters.path)) }
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/imports/:id',
      tag,
      summary: 'What an import brought, when and by whom',
      parameters: {},
      handle: ({ ctx, actor, path }) => readImport(ctx, actor, requireId(path['id'])),
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/imports/:id',
      tag,
      summary: 'Undo an import',
      description:
        'Removes the values that it brought to times without one. Values that it replaced stay as it left them. Possible for ' +
        `${UNDO_DAYS} days.`,
      parameters: {},
      handle: async ({ ctx, actor, path }) => ({ status: 'ok', removed: await undoImport(ctx, actor, requireId(path['id'])) }),
    }),
  ]
}

/** Refuses a file before it is taken in where its values could go nowhere. @throws Fault forbidden */
function requireTarget(ctx: Context, actor: Actor, { into, path }: ParameterSet): void {
  const target = into || path
  if (typeof target !== 'string' || !target.startsWith('/')) return
  const names = splitPath(target)
  for (let length = names.length; length > 0; length--) {
    const found = findByPath(ctx, actor, `/${names.slice(0, length).join('/')}`)
    if (!found) continue
    if (!canWrite(ctx, actor, found)) throw forbidden(`You may not change ${pathOf(found)}.`)
    return
  }
}

function requireId(given: string | undefined): number {
  const id = idOf(given)
  if (id === undefined) throw notFound('There is no such import.')
  return id
}

async function handleImport(request: ApiRequest<typeof importParameters>): Promise<unknown> {
  const { ctx, actor, parameters } = request
  if (actor.kind === 'anonymous') throw forbidden('Send a key, or sign in, to import a file.')
  const wish = requestOf(parameters)
  requireTarget(ctx, actor, parameters)
  if (parameters.file_path) {
    const source = await openRevision(ctx, actor, requireResource(ctx, actor, parameters.file_path, 'file_path'))
    return {
      status: 'ok',
      ...(await importTable(ctx, actor, await asTable(ctx, source, parameters.sheet, wish.transpose), { ...wish, fileName: source.name })),
    }
  }
  const spooled = await spool(request, wish.fileName ?? '')
  try {
    return {
      status: 'ok',
      ...(await importTable(ctx, actor, await asTable(ctx, spooled.file, parameters.sheet, wish.transpose), {
        ...wish,
        fileName: spooled.file.name,
      })),
    }
  } finally {
    await deleteStored(ctx, spooled.own)
  }
}

/** Puts the file where it can be read more than once. */
async function spool(
  request: Pick<ApiRequest, 'ctx' | 'incoming' | 'share' | 'given'>,
  name: string,
): Promise<{ file: SpooledFile; own: string[] }> {
  const { ctx } = request
  const source = findContent(request, request.given)
  if (source === undefined) throw invalid('The file is missing: send it as the body, or as file of a multipart form.')
  if (source instanceof UploadedFile) {
    const { path, size } = source.content
    return { file: { name: name || source.name, size, open: () => ctx.storage.read(path) }, own: [] }
  }
  if ('content' in source) throw forbidden('The file is another request’s.')
  if (source instanceof Uint8Array) {
    const bytes = source
    return { file: { name, size: bytes.length, open: () => Promise.resolve([bytes]) }, own: [] }
  }
  ctx.space.requireForFiles()
  const { path, size } = await ctx.storage.write(source, ctx.settings.MAX_FILE_SIZE)
  return { file: { name, size, open: () => ctx.storage.read(path) }, own: [path] }
}

function requestOf(parameters: Parsed<typeof importParameters>): ImportRequest {
  return {
    path: parameters.path || undefined,
    into: parameters.into || undefined,
    columns: listOf(parameters.columns, 'columns'),
    series: listOf(parameters.series, 'series'),
    time: listOf(parameters.time, 'time'),
    timeFormat: (parameters.time_format || undefined) as TimeFormat | undefined,
    start: parameters.start || undefined,
    timeZone: parameters.time_zone || undefined,
    anyTime: parameters.any_time,
    missing: listOf(parameters.missing, 'missing'),
    duplicates: (parameters.duplicates || undefined) as DuplicatePolicy | undefined,
    create: parameters.create,
    lastLine: parameters.last_line,
    transpose: parameters.transpose,
    format: parameters.format || undefined,
    fileName: parameters.file_name || undefined,
    note: parameters.note || undefined,
    dryRun: parameters.dry_run,
  }
}

/** Most texts in one list. */
const MAX_LIST = 1_000

/** @throws Fault invalid naming the parameter */
function listOf(given: unknown, name: string): string[] | undefined {
  if (given === undefined || given === '') return undefined
  const list =
    typeof given === 'string' && given.startsWith('[') ? parseJson(given, name) : typeof given === 'string' ? given.split('\n') : given
  if (!Array.isArray(list) || list.length > MAX_LIST || !list.every((item): item is string => typeof item === 'string'))
    throw invalid(`${name} must be a list of up to ${MAX_LIST} texts.`)
  return list.length === 0 ? undefined : list
}
