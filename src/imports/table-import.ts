/** The import of a file as it is: read, checked as a whole, then stored; what became of each row is told. */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { Fault, invalid } from '../base/fault.ts'
import { formatTimestamp, type Micros } from '../base/time.ts'
import { transact } from '../database/transact.ts'
import { recordNote } from '../notes/note-records.ts'
import type { TableSource } from '../tables/encoding.ts'
import { planTable, type ReadOptions, type TablePlan } from '../tables/plan.ts'
import type { DuplicatePolicy } from '../tables/repeats.ts'
import { ValueReader } from '../tables/rows.ts'
import { surveyTable, type Survey, type TimeMark } from '../tables/survey.ts'
import { findByPath } from '../tree/finding.ts'
import { requireWrite } from '../tree/permissions.ts'
import { timezoneOf, type Resource } from '../tree/tree.ts'
import type { TableImportAnswer } from '../wire/answers.ts'
import { Report } from './report.ts'
import { storeTable, tryTable } from './storing.ts'
import { findTargets, listSeries, makeSequence, type Destination, type Target } from './targets.ts'

export interface ImportRequest extends Omit<ReadOptions, 'now' | 'defaultZone'> {
  /** A sequence, or a folder; see {@link Destination}. */
  readonly path?: string | undefined
  readonly into?: string | undefined
  readonly create?: boolean | undefined
  readonly duplicates?: DuplicatePolicy | undefined
  readonly dryRun?: boolean | undefined
  /** Whether the table was turned, because its times stand side by side. */
  readonly transpose?: boolean | undefined
  readonly fileName?: string | undefined
  /** Noted over the time of what is brought; undefined or '': nothing is. */
  readonly note?: string | undefined
}

/**
 * Imports a table into sequences. Nothing is stored when something about all of it is in doubt; damaged rows alone are refused one by one.
 * @throws Fault invalid saying what is in doubt and which option settles it; forbidden; not_found; too_large; busy
 */
export async function importTable(ctx: Context, actor: Actor, source: TableSource, request: ImportRequest): Promise<TableImportAnswer> {
  const options: ReadOptions = {
    ...request,
    defaultZone: zoneOfPlace(ctx, actor, request),
    now: ctx.clock.now(),
  }
  const { pause } = ctx.turns
  const plan = await planTable(source, options, pause)
  const survey = await surveyTable(source, plan, options, pause)
  const to: Destination = { path: request.path, into: request.into, columns: request.columns, create: request.create === true }
  const isTrial = request.dryRun === true
  const { targets, problem: misdirected } = direct(() => findTargets(ctx, actor, plan, to, survey.series), isTrial)
  const policy = request.duplicates ?? 'error'
  const problems = [
    ...(misdirected === undefined ? [] : [misdirected]),
    ...(policy === 'error' && survey.conflicts.count > 0 ? [conflictProblem(survey)] : []),
  ]
  const [problem] = problems
  if (problem !== undefined && !isTrial) throw invalid(problem)
  const report = new Report(
    targets.map((target) => ({ ...target, isNew: target.sequence === undefined, column: plan.columns[target.column] })),
  )
  const job = { plan, survey, options, targets, policy, report, source, pause }
  let importId: number | null = null
  const unnoted: string[] = []
  if (isTrial) await tryTable(ctx, job)
  else {
    for (const target of targets) await makeSequence(ctx, actor, target)
    importId = await storeTable(ctx, actor, job, request.fileName ?? '')
    if (importId !== null && survey.first && survey.last)
      unnoted.push(...(await noteImport(ctx, actor, request, targets[0], [survey.first.time, survey.last.time])))
  }
  return {
    import_id: importId,
    dry_run: isTrial,
    format: plan.format ?? null,
    read_as: [
      ...(request.transpose === true ? [TURNED] : []),
      ...plan.notes,
      ...orderNote(plan, survey),
      ...seriesNote(survey.series.size, targets, plan),
    ],
    time_zone: survey.zone ?? null,
    time_zone_source: survey.zone === undefined ? null : request.timeZone !== undefined ? 'given' : plan.zone ? 'file' : 'organization',
    rows: survey.rows,
    first: markOf(survey.first),
    last: markOf(survey.last),
    columns: plan.choice.map(({ index, header, name, units }) => ({
      number: index + 1,
      header,
      name,
      units: units ?? null,
      is_taken: plan.columns.some((column) => column.index === index),
    })),
    series: plan.keys ? listSeries(survey.series, plan.isCrossed ? [] : (request.columns ?? [])) : [],
    sequences: report.sequences(),
    refused: report.refused,
    errors: report.errors,
    duplicates: report.duplicates,
    problems,
    warnings: [...unnoted, ...plan.doubts, ...doubtWarning(survey), ...report.warnings(), ...historyWarnings(targets, report)],
    sample: sampleOf(plan, survey, options, targets),
  }
}

const TURNED = 'The table was turned: its lines are counted as they stand in the turned one, where a row is a column of the file.'

/** Notes where the values went, over their time, if that is wanted. @returns why it was not noted; the values are stored all the same */
async function noteImport(
  ctx: Context,
  actor: Actor,
  { note: text, path, into }: ImportRequest,
  target: Target | undefined,
  [start, end]: readonly [Micros, Micros],
): Promise<string[]> {
  if (text === undefined || text === '') return []
  const named = path ?? into
  const place = named === undefined ? target?.sequence : ctx.tree.find(named)
  try {
    if (!place) throw invalid('There is no place for the note.')
    requireWrite(ctx, actor, place)
    await transact(ctx, (tx) => recordNote(ctx, tx, place, { text, start, end, source: 'import', tags: ['import'] }, actor))
    return []
  } catch (error) {
    if (error instanceof Fault) return [`The values are stored, but not noted: ${error.message}`]
    throw error
  }
}

/** The targets; a trial says what is wrong with them, and tells the rest all the same. */
function direct(find: () => Target[], isTrial: boolean): { targets: Target[]; problem: string | undefined } {
  try {
    return { targets: find(), problem: undefined }
  } catch (error) {
    if (!isTrial || !(error instanceof Fault) || error.code !== 'invalid') throw error
    return { targets: [], problem: error.message }
  }
}

/** The time zone of the organization that the values go to. */
function zoneOfPlace(ctx: Context, actor: Actor, { path, into, columns = [] }: ImportRequest): string | undefined {
  for (const candidate of [path, into, ...columns.map((column) => column.slice(column.lastIndexOf('=') + 1))]) {
    if (candidate === undefined || !candidate.startsWith('/')) continue
    const place: Resource | undefined = findByPath(ctx, actor, `/${candidate.split('/')[1] ?? ''}`)
    if (place) return timezoneOf(ctx.tree, place)
  }
  return undefined
}

function conflictProblem({ conflicts: { count, examples } }: Survey): string {
  const shown = examples.map(({ line, earlier, text }) => `line ${line} (${JSON.stringify(text)}), which has the time of line ${earlier}`)
  const have = count === 1 ? '1 value has' : `${count} values have`
  return (
    `${have} a time that another row of the file has with another value: ${shown.slice(0, 3).join('; ')}. Nothing was stored. ` +
    'Say which to take with --duplicates: last, first, or keep (the later ones a microsecond on). ' +
    'Where a column names the device of a row, name it with --series.'
  )
}

const markOf = (mark: TimeMark | undefined): TableImportAnswer['first'] =>
  mark ? { line: mark.line, text: mark.shown, timestamp: formatTimestamp(mark.time) } : null

function orderNote({ time, order }: TablePlan, { settled }: Survey): string[] {
  if (time.way.how !== 'text' && time.way.how !== 'date and clock') return []
  if (order !== undefined || settled.order === 'year-first') return []
  return [`In dates the ${settled.order === 'day-first' ? 'day' : 'month'} comes first.`]
}

/** A misdirected trial has no targets, and says so itself. */
function seriesNote(count: number, { length }: readonly Target[], { keys, isCrossed }: TablePlan): string[] {
  if (keys === undefined || isCrossed || length === 0 || count === length) return []
  return [`Left out, as --columns does not name them: ${count - length} of ${count} series.`]
}

function doubtWarning({ doubt, zone }: Survey): string[] {
  if (doubt.count === 0) return []
  const times = doubt.count === 1 ? '1 time falls' : `${doubt.count} times fall`
  return [
    `${times} into an hour that the clock of ${zone ?? 'the zone'} shows twice, and the order of rows does not tell which was meant: ` +
      `taken for the first (lines ${doubt.lines.join(', ')}${doubt.count > doubt.lines.length ? ', …' : ''}).`,
  ]
}

function historyWarnings(targets: readonly Target[], report: Report): string[] {
  return targets.flatMap(({ path, sequence }, at) => {
    const most = sequence?.sequence?.maxHistory
    const { stored } = report.counts(at)
    if (most === undefined || stored <= most) return []
    return [
      `${path} keeps its newest ${most} values, so ${stored - most} of those that came are removed at once. Raise its max_history first.`,
    ]
  })
}

function sampleOf(plan: TablePlan, { sample }: Survey, options: ReadOptions, targets: readonly Target[]): TableImportAnswer['sample'] {
  const readers = plan.columns.map((column, at) => {
    const target = targets.find((one) => one.column === at)
    return new ValueReader(plan, column, options.missing ?? [], target?.isText ?? column.isText)
  })
  return sample.map(({ record, time }) => ({
    line: record.line,
    timestamp: formatTimestamp(time),
    values: readers.map((reader) => {
      const value = reader.read(record.fields)
      return value === undefined || typeof value === 'object' ? null : value
    }),
  }))
}
