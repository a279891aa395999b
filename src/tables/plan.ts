/** Decides how a table is read, from its beginning and from what it is told. Nothing is guessed silently: what was decided is said. */
import type { Pause } from '../base/turns.ts'
import { invalid } from '../base/fault.ts'
import { quote } from '../base/quote.ts'
import type { Micros } from '../base/time.ts'
import { TimeZone } from '../base/time-zone.ts'
import { startTold } from './elapsed.ts'
import { findDialect, delimiterWords } from './dialect.ts'
import { encodingWords, examineBytes, type ByteFacts, type TableSource } from './encoding.ts'
import { findHeader, rowsOfSample, type Header } from './header.ts'
import { FORMATS, type Hints, type KnownFormat } from './known-formats.ts'
import { membersOf, readRecords, SERIES_HEADERS, type Layout } from './layouts.ts'
import { readLines, type LineBatch } from './lines.ts'
import { lvmHeaders, readLvmHead, type LvmHead } from './lvm.ts'
import { seriesName, unitOf } from './names.ts'
import { NumberReader } from './numbers.ts'
import { refuseOtherKinds } from './other-kinds.ts'
import type { TableRecord } from './records.ts'
import { zoneNamed, type Zone } from './local-clock.ts'
import { planTime } from './time-plan.ts'
import type { TimeFormat, TimePlan } from './time-way.ts'
import { isUtcForm } from './time-numbers.ts'
import { readTimeText } from './time-text.ts'
import { placesOf, planColumns, type ValueColumn } from './value-columns.ts'
import { findZoneColumn } from './zone-columns.ts'
import { zoneAbove } from './zones-above.ts'

export interface ReadOptions {
  /**
   * Columns with values, by header, by name or by number from 1, with `=TARGET` behind it where a target is named; default: those with
   * numbers, or the only other one.
   */
  readonly columns?: readonly string[] | undefined
  /** Columns that name the device or place of a row: the rows of each go to sequences of its own. */
  readonly series?: readonly string[] | undefined
  /** One column with the time, or two or three: date and clock, or year, day of the year and clock. */
  readonly time?: readonly string[] | undefined
  readonly timeFormat?: TimeFormat | undefined
  /** When the count began, where the times are seconds or the like since then: a date with a clock's time. */
  readonly start?: string | undefined
  /** Of times without one: a name, or an offset such as +01:00. */
  readonly timeZone?: string | undefined
  /** Used where nothing else tells the zone. */
  readonly defaultZone?: string | undefined
  /** Takes times before 2000, and more than a day ahead. */
  readonly anyTime?: boolean | undefined
  /** What else means that a value is missing. */
  readonly missing?: readonly string[] | undefined
  /** Id of a known format. */
  readonly format?: string | undefined
  /** Takes the last line although it has no end. */
  readonly lastLine?: boolean | undefined
  readonly now: Micros
}

export interface TablePlan {
  readonly facts: ByteFacts
  readonly layout: Layout
  readonly hasComma: boolean
  /** What means that a value is missing in files of this format, besides the usual words. */
  readonly missing: readonly string[]
  /** Name of the known format. */
  readonly format: string | undefined
  readonly header: Header
  readonly time: TimePlan
  /** Told, or from the file; undefined: times without a zone need {@link fallbackZone}. */
  readonly zone: Zone | undefined
  readonly isZoneTold: boolean
  readonly fallbackZone: Zone | undefined
  readonly zoneColumn: number | undefined
  readonly columns: readonly ValueColumn[]
  /** Those that may be taken, also such as are left out; empty where rows name their series. */
  readonly choice: readonly ValueColumn[]
  /** Of series, by name, where the file tells. */
  readonly seriesUnits: ReadonlyMap<string, string>
  /** Columns that name the series of a row; then `columns` has one, unless `isCrossed`. */
  readonly keys: readonly number[] | undefined
  /** Each series has each of the columns, as `--series` asks for. */
  readonly isCrossed: boolean
  readonly order: 'day-first' | 'month-first' | 'year-first' | undefined
  /** How it is read, in sentences. */
  readonly notes: readonly string[]
  /** What nobody chose, and may be missed, in sentences. */
  readonly doubts: readonly string[]
}

/** Lines and characters at the beginning that are looked at. */
const HEAD_LINES = 1_000
const HEAD_CHARACTERS = 512 * 1024

/** @throws Fault invalid when the file is no table that can be read without being told more */
export async function planTable(source: TableSource, options: ReadOptions, pause: Pause = () => undefined): Promise<TablePlan> {
  const facts = await examineBytes(source)
  if (facts.size === 0) throw invalid('The file is empty.')
  const head = await readHead(source, facts)
  const format = findFormat(head.lines, options.format)
  if (!format) refuseOtherKinds(head.lines)
  const hints = format?.hints?.(head.lines) ?? {}
  const { layout, hasComma, records } = await readSample(source, facts, head, hints, pause)
  const numbers = new NumberReader(hasComma, [...(hints.missing ?? []), ...(options.missing ?? [])])
  const fixed = hintsFor(layout, hints)
  await pause()
  const header = findHeader(records, numbers, fixed)
  const isByNumber = (options.time ?? []).length > 0 && (options.columns ?? []).length > 0
  if (header.misfit !== undefined && !isByNumber) throw invalid(header.misfit)
  if (layout.kind === 'delimited' && layout.delimiter === 'blanks' && !isByNumber) requireAllFields(header)
  await pause()
  const rows = records.filter(
    ({ line, text, problem }) => line >= header.firstLine && problem === undefined && header.passed?.test(text) !== true,
  )
  const fields = rows
    .filter((row) => row.fields.length === header.width)
    .slice(0, rowsOfSample(header.width))
    .map((row) => row.fields)
  if (fields.length === 0) throw noRows(records)
  const time = planTime(header, fields.slice(0, 300), {
    counted: layout.kind === 'lvm' ? { start: 0, column: 1, isAbsolute: layout.head.isAbsolute } : undefined,
    columns: placesOf(options.time ?? fixed.time?.filter((name) => header.headers.includes(name)) ?? [], header.headers, '--time').map(
      ({ place }) => place,
    ),
    format: options.timeFormat ?? ((options.time ?? []).length === 0 ? fixed.counts : undefined),
    start: options.start === undefined || options.start === '' ? fixed.start : startTold(options.start),
    values: options.columns ?? [],
    anyTime: options.anyTime === true,
    now: options.now,
  })
  await pause()
  const named = (options.series ?? []).length === 0 ? undefined : placesOf(options.series ?? [], header.headers, '--series')
  const keys = named?.map(({ place }) => place) ?? fixed.series?.keys.map((key) => header.headers.indexOf(key))
  const isLocal = time.zone === undefined && fixed.zone === undefined && needsZone(time, fields)
  const zones = isLocal && fixed.zoneColumn === undefined && !fixed.series ? findZoneColumn(header.headers, fields) : undefined
  const zoneColumn = fixed.zoneColumn === undefined ? zones?.column : header.headers.indexOf(fixed.zoneColumn)
  const apart = [...(keys ?? []), ...(zoneColumn === undefined ? [] : [zoneColumn])]
  const columns = planColumns(header, fields, time, numbers, { ...fixed, ...(named ? { series: undefined } : {}), apart }, options)
  const above = isLocal && zones?.column === undefined ? zoneAbove(header.preamble.filter((record) => record !== header.names)) : undefined
  const inFile = time.zone ?? zoneInTimes(time, fields, options.timeZone !== undefined) ?? fixed.zone ?? zones?.zone ?? above?.zone
  const told = options.timeZone ?? inFile
  const order = orderOf(options.timeFormat) ?? fixed.order
  return {
    facts,
    layout,
    hasComma,
    missing: hints.missing ?? [],
    format: format?.name,
    header,
    time,
    zone: told === undefined ? undefined : zoneNamed(told, options.timeZone === undefined ? 'The time zone of the file' : 'time_zone'),
    isZoneTold: options.timeZone !== undefined,
    fallbackZone: options.defaultZone === undefined ? undefined : zoneNamed(options.defaultZone, 'The time zone of the organization'),
    zoneColumn: options.timeZone !== undefined || zones?.zone !== undefined ? undefined : zoneColumn,
    columns: columns.taken,
    choice: columns.choice,
    seriesUnits:
      layout.kind === 'lvm' ? unitsOfChannels(layout.head) : fixed.series ? unitsOfSeries(header, fields, keys ?? []) : new Map(),
    keys,
    isCrossed: named !== undefined,
    order,
    notes: [
      ...describe(facts, layout, hasComma, format),
      ...header.notes,
      time.note,
      ...(above?.zone !== undefined && options.timeZone === undefined ? [above.message] : []),
      ...(zones?.column === undefined ? [] : [zones.message]),
      ...zoneNote(options.timeZone, inFile),
      ...columns.notes,
    ],
    doubts: [
      ...encodingDoubt(facts, header),
      ...(above && above.zone === undefined && options.timeZone === undefined ? [above.message] : []),
      ...(zones && zones.column === undefined && options.timeZone === undefined ? [zones.message] : []),
      ...columns.doubts,
    ],
  }
}

/** Letters beyond ASCII stand side by side in no western language, and in all others when they are read as one. */
function encodingDoubt({ encoding }: ByteFacts, { headers }: Header): string[] {
  const strange = encoding === 'windows-1252' ? headers.find((header) => /[\u0080-\uffff]{4}/.test(header)) : undefined
  return strange === undefined
    ? []
    : [`Names such as ${quote(strange)} look as if the file were in another encoding than Windows-1252: save it as UTF-8 first.`]
}

const unitsOfChannels = ({ channels, units }: LvmHead): Map<string, string> =>
  new Map(channels.flatMap((channel, at) => (units[at] ? [[seriesName([channel]), unitOf(units[at]) ?? ''] as const] : [])))

/** Of rows that name their series and its units, as far as they were looked at. */
function unitsOfSeries({ headers }: Header, rows: readonly (readonly string[])[], keys: readonly number[]): Map<string, string> {
  const at = headers.indexOf('units')
  if (at < 0) return new Map()
  return new Map(
    rows.flatMap((row) => {
      const units = unitOf(row[at] ?? '')
      return units === undefined ? [] : [[seriesName(keys.map((key) => row[key] ?? '')), units] as const]
    }),
  )
}

/** Between blanks nothing shows which field of a row is missing. @throws Fault invalid where most rows have fewer than the names are */
function requireAllFields({ names, named, width }: Header): void {
  if (!names || named <= width) return
  throw invalid(
    `Line ${names.line} names ${named} columns, and most rows have ${width} fields: between blanks nothing tells which ones are missing. ` +
      'Write the table with another sign between its fields, or NaN where there is no value.',
  )
}

function noRows(records: readonly TableRecord[]): Error {
  const damaged = records.find(({ problem }) => problem !== undefined)
  const why = damaged ? `; line ${damaged.line}: ${damaged.problem}.` : '.'
  return invalid(`No rows of a table were found in the file: there is none with a time and a value${why}`)
}

/** The zone of the place that all times name. @throws Fault invalid where they name others, and none was told */
function zoneInTimes({ way }: TimePlan, rows: readonly (readonly string[])[], isTold: boolean): string | undefined {
  if (way.how !== 'text' || isTold) return undefined
  const names = new Set(rows.map((row) => readTimeText(row[way.column] ?? '')?.unknownZone).filter((name) => name !== undefined))
  const [first, second] = names
  if (first === undefined) return undefined
  if (second === undefined && first.includes('/') && TimeZone.isName(first)) return first
  const shown = second === undefined ? quote(first) : `${quote(first)} and ${quote(second)}`
  throw invalid(
    `The times name the zone ${shown}, which does not tell for sure how far it is ahead of UTC. ` +
      'Say which clock they show with --time-zone, such as Europe/London, Asia/Kolkata or +05:30.',
  )
}

/** Whether its times say nothing of their zone. */
function needsZone({ way }: TimePlan, rows: readonly (readonly string[])[]): boolean {
  if (way.how === 'number') return !isUtcForm(way.form)
  return way.how !== 'text' || !rows.some((row) => readTimeText(row[way.column] ?? '')?.offset !== undefined)
}

/** Of a zone that is taken in place of the file's. */
const zoneNote = (given: string | undefined, inFile: string | undefined): string[] =>
  given === undefined || inFile === undefined || given === inFile
    ? []
    : [`The file says that its times are those of ${inFile}; ${given} is taken, as told.`]

const orderOf = (format: TimeFormat | undefined): TablePlan['order'] =>
  format === 'day-first' || format === 'month-first' || format === 'year-first' ? format : undefined

async function readHead(source: TableSource, facts: ByteFacts): Promise<LineBatch> {
  const lines: string[] = []
  let size = 0
  let isCut = false
  for await (const batch of readLines(source, facts)) {
    isCut = batch.isCut
    for (const line of batch.lines) {
      if (lines.length >= HEAD_LINES || size > HEAD_CHARACTERS) return { first: 1, lines, isCut: false }
      lines.push(line)
      size += line.length
    }
  }
  return { first: 1, lines, isCut }
}

function findFormat(head: readonly string[], wanted: string | undefined): KnownFormat | undefined {
  if (wanted === undefined || wanted === '') return FORMATS.find(({ recognise }) => recognise(head))
  if (wanted === 'plain') return undefined
  const format = FORMATS.find(({ id }) => id === wanted)
  if (!format) throw invalid(`There is no format ${quote(wanted)}; these are known: ${FORMATS.map(({ id }) => id).join(', ')}, plain.`)
  return format
}

interface Sampled {
  readonly layout: Layout
  readonly hasComma: boolean
  readonly records: readonly TableRecord[]
}

async function readSample(source: TableSource, facts: ByteFacts, head: LineBatch, hints: Hints, pause: Pause): Promise<Sampled> {
  if (hints.layout === undefined) {
    const { delimiter, hasComma, records } = await findDialect(head, pause, hints.delimiter)
    return { layout: { kind: 'delimited', delimiter }, hasComma, records }
  }
  const layout = await layoutOf(hints.layout, source, facts, head.lines)
  const records: TableRecord[] = []
  for await (const batch of readRecords(source, facts, layout)) {
    for (const record of batch.records) records.push(record)
    if (records.length >= HEAD_LINES) break
    await pause()
  }
  return { layout, hasComma: false, records: records.slice(0, HEAD_LINES) }
}

async function layoutOf(
  kind: NonNullable<Hints['layout']>,
  source: TableSource,
  facts: ByteFacts,
  head: readonly string[],
): Promise<Layout> {
  if (kind === 'ndjson') return { kind, headers: await membersOfAll(source, facts) }
  return kind === 'lvm' ? { kind, head: readLvmHead(head) } : { kind }
}

/** Most members that objects of a file may have between them. */
const MAX_MEMBERS = 1_000

async function membersOfAll(source: TableSource, facts: ByteFacts): Promise<string[]> {
  const names = new Set<string>()
  for await (const { lines } of readLines(source, facts)) {
    for (const line of lines) {
      for (const name of membersOf(line)?.keys() ?? []) names.add(name)
      if (names.size > MAX_MEMBERS) throw invalid(`The objects of the file have more than ${MAX_MEMBERS} different members.`)
    }
  }
  return [...names]
}

function hintsFor(layout: Layout, hints: Hints): Hints {
  if (layout.kind === 'ndjson') return { ...hints, headers: layout.headers, first: 0 }
  if (layout.kind === 'delimited') return hints
  if (layout.kind === 'lvm') return { ...hints, headers: lvmHeaders(layout.head), first: 0 }
  return { ...hints, headers: SERIES_HEADERS[layout.kind], first: 0 }
}

function describe({ encoding, lineEnd }: ByteFacts, layout: Layout, hasComma: boolean, format: KnownFormat | undefined): string[] {
  const notes = format ? [`It looks like a file of ${format.name}.`] : []
  const ends = lineEnd === '\r' ? ' with Macintosh line ends' : ''
  if (layout.kind !== 'delimited') return [...notes, `It is read as ${encodingWords[encoding]}${ends}.`]
  const between = `${delimiterWords[layout.delimiter]} between the fields`
  return [...notes, `It is read as ${encodingWords[encoding]}${ends}, with ${between} and decimal ${hasComma ? 'commas' : 'points'}.`]
}
