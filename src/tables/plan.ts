/** Decides how a table is read, from its beginning and from what it is told. Nothing is guessed silently: what was decided is said. */
import { invalid } from '../base/fault.ts'
import { quote } from '../base/quote.ts'
import type { Micros } from '../base/time.ts'
import { findDialect, delimiterWords, kindOf, type CellKind } from './dialect.ts'
import { encodingWords, examineBytes, type ByteFacts, type TableSource } from './encoding.ts'
import { findHeader, type Header } from './header.ts'
import { FORMATS, type Hints, type KnownFormat } from './known-formats.ts'
import { membersOf, readRecords, SERIES_HEADERS, type Layout } from './layouts.ts'
import { readLines, type LineBatch } from './lines.ts'
import { distinctNames, nameColumn } from './names.ts'
import { NumberReader } from './numbers.ts'
import type { TableRecord } from './records.ts'
import { zoneNamed, type Zone } from './local-clock.ts'
import { planTime, type TimeFormat, type TimePlan } from './time-plan.ts'

export interface ReadOptions {
  /**
   * Columns with values, by header, by name or by number from 1, with `=TARGET` behind it where a target is named; default: those with
   * numbers, or the only other one.
   */
  readonly columns?: readonly string[] | undefined
  /** One column with the time, or two or three: date and clock, or year, day of the year and clock. */
  readonly time?: readonly string[] | undefined
  readonly timeFormat?: TimeFormat | undefined
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

export interface ValueColumn {
  /** Place in a record, from 0. */
  readonly index: number
  /** As the file has it. */
  readonly header: string
  /** For a sequence. */
  readonly name: string
  readonly units: string | undefined
  readonly isText: boolean
  /** Where its values go, as {@link ReadOptions} name it. */
  readonly target: string | undefined
  /** A unit that stands behind each number. */
  readonly suffix: string | undefined
}

export interface TablePlan {
  readonly facts: ByteFacts
  readonly layout: Layout
  readonly hasComma: boolean
  /** Name of the known format. */
  readonly format: string | undefined
  readonly header: Header
  readonly time: TimePlan
  /** Told, or from the file; undefined: times without a zone need {@link fallbackZone}. */
  readonly zone: Zone | undefined
  readonly fallbackZone: Zone | undefined
  readonly zoneColumn: number | undefined
  readonly columns: readonly ValueColumn[]
  /** Those that may be taken, also such as are left out; empty where rows name their series. */
  readonly choice: readonly ValueColumn[]
  /** Columns that name the series of a row; then `columns` has one. */
  readonly keys: readonly number[] | undefined
  readonly order: 'day-first' | 'month-first' | 'year-first' | undefined
  /** How it is read, in sentences. */
  readonly notes: readonly string[]
}

/** Lines and characters at the beginning that are looked at. */
const HEAD_LINES = 1_000
const HEAD_CHARACTERS = 512 * 1024

/** @throws Fault invalid when the file is no table that can be read without being told more */
export async function planTable(source: TableSource, options: ReadOptions): Promise<TablePlan> {
  const facts = await examineBytes(source)
  if (facts.size === 0) throw invalid('The file is empty.')
  const head = await readHead(source, facts)
  const format = findFormat(head.lines, options.format)
  const hints = format?.hints?.(head.lines) ?? {}
  const { layout, hasComma, records } = await readSample(source, facts, head, hints)
  const numbers = new NumberReader(hasComma, options.missing)
  const fixed = hintsFor(layout, hints)
  const header = findHeader(records, numbers, fixed)
  const rows = records.filter(({ line, problem }) => line >= header.firstLine && problem === undefined)
  const fields = rows.filter((row) => row.fields.length === header.width).map((row) => row.fields)
  if (fields.length === 0) throw invalid('No rows of a table were found in the file: there is none with a time and a value.')
  const time = planTime(header, fields.slice(0, 300), {
    columns: placesOf(options.time ?? fixed.time?.filter((name) => header.headers.includes(name)) ?? [], header.headers, '--time').map(
      ({ place }) => place,
    ),
    format: options.timeFormat,
    anyTime: options.anyTime === true,
    now: options.now,
  })
  const keys = fixed.series && fixed.series.keys.map((key) => header.headers.indexOf(key))
  const columns = planColumns(header, fields, time, numbers, fixed, options.columns)
  const told = options.timeZone ?? time.zone ?? fixed.zone
  const order = orderOf(options.timeFormat) ?? fixed.order
  return {
    facts,
    layout,
    hasComma,
    format: format?.name,
    header,
    time,
    zone: told === undefined ? undefined : zoneNamed(told, options.timeZone === undefined ? 'The time zone of the file' : 'time_zone'),
    fallbackZone: options.defaultZone === undefined ? undefined : zoneNamed(options.defaultZone, 'The time zone of the organization'),
    zoneColumn: fixed.zoneColumn === undefined ? undefined : header.headers.indexOf(fixed.zoneColumn),
    columns: columns.taken,
    choice: columns.choice,
    keys,
    order,
    notes: [...describe(facts, layout, hasComma, format), ...header.notes, time.note, ...columns.notes],
  }
}

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

async function readSample(source: TableSource, facts: ByteFacts, head: LineBatch, hints: Hints): Promise<Sampled> {
  if (hints.layout === undefined) {
    const { delimiter, hasComma, records } = await findDialect(head, hints.delimiter)
    return { layout: { kind: 'delimited', delimiter }, hasComma, records }
  }
  const layout: Layout = hints.layout === 'ndjson' ? { kind: 'ndjson', headers: await membersOfAll(source, facts) } : { kind: hints.layout }
  const records: TableRecord[] = []
  for await (const batch of readRecords(source, facts, layout)) {
    records.push(...batch.records)
    if (records.length >= HEAD_LINES) break
  }
  return { layout, hasComma: false, records: records.slice(0, HEAD_LINES) }
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
  return { ...hints, headers: SERIES_HEADERS[layout.kind], first: 0 }
}

interface NamedPlace {
  /** From 0. */
  readonly place: number
  /** What stands behind `=`. */
  readonly target: string | undefined
}

/**
 * Columns by header, by the name made of it, or by number from 1; several with commas between them; each with `=TARGET` where one is named.
 * @throws Fault invalid naming the option
 */
function placesOf(wanted: readonly string[], headers: readonly string[], option: string): NamedPlace[] {
  const names = distinctNames(headers.map((header) => nameColumn(header).name))
  const find = (given: string): number | undefined => {
    const text = given.trim()
    const exact = headers.findIndex((header) => header.toLowerCase() === text.toLowerCase())
    const at = exact >= 0 ? exact : names.indexOf(text)
    if (at >= 0) return at
    const number = Number(text)
    return text !== '' && Number.isInteger(number) && number >= 1 && number <= headers.length ? number - 1 : undefined
  }
  const resolve = (text: string): NamedPlace[] => {
    const place = find(text)
    if (place !== undefined) return [{ place, target: undefined }]
    const equals = text.lastIndexOf('=')
    const left = equals > 0 ? find(text.slice(0, equals)) : undefined
    if (left !== undefined) return [{ place: left, target: text.slice(equals + 1).trim() }]
    const parts = text.split(',')
    if (parts.length > 1) return parts.flatMap(resolve)
    const shown = headers.map((header, at) => (header === '' ? String(at + 1) : quote(header))).join(', ')
    throw invalid(`${option} names the column ${quote(text)}, which the file has not; it has ${shown}.`)
  }
  return wanted.flatMap(resolve)
}

/** Columns that count rows or name devices. */
const NO_READING = /^(?:#|no\.?|nr\.?|n°|index|row|record|rec|recnum|entry_id|id|unnamed: \d+)$/i

function planColumns(
  header: Header,
  rows: readonly (readonly string[])[],
  { way }: TimePlan,
  numbers: NumberReader,
  hints: Hints,
  wanted: readonly string[] | undefined,
): { taken: ValueColumn[]; choice: ValueColumn[]; notes: string[] } {
  const { headers, kinds } = header
  const ofTime = new Set(
    way.how === 'day of year' ? [way.year, way.day, way.clock] : [way.column, way.how === 'date and clock' ? way.clock : -1],
  )
  const named = headers.map((text, at) => ({ ...nameColumn(text), units: header.units[at] ?? nameColumn(text).units }))
  const names = distinctNames(named.map(({ name }) => name))
  const make = (index: number, target?: string): ValueColumn => {
    const suffix = suffixOf(rows, index, numbers)
    const isText = suffix === undefined && isTextColumn(rows, index, kinds[index] ?? 'text', numbers)
    return { index, header: headers[index] ?? '', name: names[index] ?? '', units: named[index]?.units ?? suffix, isText, suffix, target }
  }
  if (hints.series) return { taken: [make(headers.indexOf(hints.series.value))], choice: [], notes: [] }
  const others = kinds.flatMap((kind, at) => (ofTime.has(at) || kind === 'blank' ? [] : [at]))
  const choice = others.map((at) => make(at))
  if (wanted && wanted.length > 0)
    return { taken: placesOf(wanted, headers, '--columns').map(({ place, target }) => make(place, target)), choice, notes: [] }
  const readings = others.filter(
    (at) => !NO_READING.test(headers[at] ?? '') && !hints.ignored?.test(headers[at] ?? '') && kinds[at] !== 'time',
  )
  const columns = (readings.length > 0 ? readings : others).map((at) => make(at))
  const numeric = columns.filter(({ isText, index }) => !isText && kinds[index] !== 'clock')
  const taken = numeric.length > 0 ? numeric : columns.length === 1 ? columns : []
  if (columns.length === 0) throw invalid('There is no column of values beside the time.')
  if (taken.length === 0)
    throw invalid(
      `No column holds numbers; name the ones to bring in with --columns: ${columns.map(({ header: text }) => quote(text)).join(', ')}.`,
    )
  const left = others.filter((at) => !taken.some(({ index }) => index === at))
  return {
    taken,
    choice,
    notes:
      left.length === 0
        ? []
        : [`Left out, unless taken with --columns: ${left.map((at) => quote(headers[at] || `column ${at + 1}`)).join(', ')}.`],
  }
}

function isTextColumn(rows: readonly (readonly string[])[], index: number, kind: CellKind, numbers: NumberReader): boolean {
  if (kind === 'number' || kind === 'missing') return false
  const telling = rows
    .slice(0, 300)
    .map((row) => row[index] ?? '')
    .filter((cell) => !numbers.isMissing(cell))
  // What is meant as a number and can't be one is refused by name; it doesn't make a text of its column.
  const meant = telling.filter((cell) => kindOf(cell, numbers) === 'number' || /^[<>≤≥]?\s*[+-]?\d[\d.,]*\s*\S?$/.test(cell.trim()))
  return meant.length * 2 < telling.length
}

/** A unit that stands behind nearly all numbers of a column, as in `4.5 °C`. */
function suffixOf(rows: readonly (readonly string[])[], index: number, numbers: NumberReader): string | undefined {
  const cells = rows.slice(0, 300).map((row) => (row[index] ?? '').trim())
  const telling = cells.filter((cell) => !numbers.isMissing(cell))
  const suffix = /^[+-]?[\d.,]+\s*([^\d\s.,eE+-][^\d]{0,9})$/.exec(telling[0] ?? '')?.[1]
  if (suffix === undefined || nameColumn(`x (${suffix})`).units === undefined || /^[*†‡!?#]$/.test(suffix)) return undefined
  const fits = telling.filter((cell) => cell.endsWith(suffix)).length
  return telling.length > 1 && fits >= telling.length * 0.9 && nameColumn(`x, ${suffix}`).units !== undefined ? suffix : undefined
}

function describe({ encoding, lineEnd }: ByteFacts, layout: Layout, hasComma: boolean, format: KnownFormat | undefined): string[] {
  const notes = format ? [`It looks like a file of ${format.name}.`] : []
  const ends = lineEnd === '\r' ? ' with Macintosh line ends' : ''
  if (layout.kind !== 'delimited') return [...notes, `It is read as ${encodingWords[encoding]}${ends}.`]
  const between = `${delimiterWords[layout.delimiter]} between the fields`
  return [...notes, `It is read as ${encodingWords[encoding]}${ends}, with ${between} and decimal ${hasComma ? 'commas' : 'points'}.`]
}
