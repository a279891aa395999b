/** The rows of a table, one after the other: what is damaged is told, and never stops the rows behind it. */
import { invalid } from '../base/fault.ts'
import { quote } from '../base/quote.ts'
import type { Micros } from '../base/time.ts'
import { isComment } from './dialect.ts'
import type { TableSource } from './encoding.ts'
import type { Header } from './header.ts'
import { readRecords } from './layouts.ts'
import { seriesName } from './names.ts'
import { NumberReader } from './numbers.ts'
import type { ReadOptions, TablePlan } from './plan.ts'
import type { Glance, TableRecord } from './records.ts'
import { isPlausible } from './time-numbers.ts'
import { columnsOfTime } from './time-way.ts'
import { TimeReader } from './time-reader.ts'
import { localOf, readTimeText, type DateOrder, type TimeText } from './time-text.ts'
import type { ValueColumn } from './value-columns.ts'

export interface BadRow {
  /** In the file, from 1. */
  readonly line: number
  readonly text: string
  /** Why, as the end of a sentence. */
  readonly message: string
}

/** What is settled about the times by looking at all rows. */
export interface Settled {
  readonly order: DateOrder
  /** The newest row comes first. */
  readonly isDescending: boolean
}

/** A row whose fields are there: its time is not read yet. */
export type RawRow = TableRecord

/**
 * Yields the rows in batches, those that are refused as {@link BadRow}.
 * @param glance as that of {@link readRecords}
 */
export async function* readRawRows(
  source: TableSource,
  plan: TablePlan,
  lastLine: boolean,
  glance?: () => Glance | undefined,
): AsyncGenerator<(RawRow | BadRow)[]> {
  const { header, layout, facts } = plan
  const lengths = new Set(Array.from(header.above, ({ length }) => length))
  /** Asked of each row: most have another length. A mark of UTF-8 stands in the middle where files were joined. */
  const isAbove = (text: string): boolean =>
    (lengths.has(text.length) && header.above.has(text)) || (text.charCodeAt(0) === 0xfeff && header.above.has(text.slice(1)))
  const named = new NamedRows(plan)
  for await (const { records, isCut } of readRecords(source, facts, layout, glance)) {
    const rows: (RawRow | BadRow)[] = []
    for (const [at, record] of records.entries()) {
      if (record.line < header.firstLine) continue
      if (layout.kind === 'delimited') {
        if (isComment(record.text) || header.passed?.test(record.text) === true) continue
        const isOfHeader = isAbove(record.text)
        const misnamed = named.look(record, isOfHeader)
        if (isOfHeader) continue
        if (misnamed !== undefined) {
          rows.push({ line: record.line, text: record.text, message: misnamed })
          continue
        }
      }
      const isCutShort = isCut && at === records.length - 1 && !lastLine
      const problem = isCutShort ? CUT_SHORT : problemOf(record, header, layout.kind === 'delimited')
      if (problem === '') continue
      rows.push(problem === undefined ? record : { line: record.line, text: record.text, message: problem })
    }
    if (rows.length > 0) yield rows
  }
}

/** A header as it is whatever zone it names, so that one with another zone is known, too; of times themselves nothing is left. */
const withoutNumbers = (text: string): string => text.replaceAll(/[+-]?\d+(?::\d\d)?/g, '#')

const startsWithDigit = (text: string): boolean => text.charCodeAt(0) >= 48 && text.charCodeAt(0) <= 57

/** Watches for lines in the middle that name other columns: what stands below them is not what the columns of the file hold. */
class NamedRows {
  readonly #names: { readonly line: number; readonly text: string } | undefined
  readonly #column: number
  readonly #header: string
  readonly #plainHeader: string
  /** What stands alone above the names, such as the device. */
  readonly #title: string | undefined
  /** The last line that may be such a title. */
  #lone: { readonly line: number; readonly text: string } | undefined
  #other: number | undefined
  #otherTitle: string | undefined

  constructor({ header: { names, headers, firstLine, preamble }, time: { way } }: TablePlan) {
    const above = preamble.findLast(({ line }) => names !== undefined && line < names.line)
    if (above && isAlone(above)) this.#title = above.text.trim()
    this.#names = names
    this.#column = columnsOfTime(way)[0] ?? 0
    this.#header = headers[this.#column] ?? ''
    this.#plainHeader = withoutNumbers(this.#header)
    // Rows above the line of names have had others.
    if (names && firstLine < names.line) this.#other = firstLine
  }

  /**
   * @param isOfHeader whether the line stands above the rows as it is
   * @returns why the values of a row are not those of the columns; undefined when they are
   */
  look({ line, text, fields }: TableRecord, isOfHeader: boolean): string | undefined {
    if (!this.#names || this.#header === '') return undefined
    if (isOfHeader) {
      if (this.#isNames(text)) this.#begin()
      return undefined
    }
    this.#lone = isAlone({ fields }) ? { line, text: text.trim() } : undefined
    const cell = fields[this.#column]?.trim() ?? ''
    if (cell === this.#header || (!startsWithDigit(cell) && withoutNumbers(cell) === this.#plainHeader)) {
      this.#other = line
      return `it names other columns than line ${this.#names.line}`
    }
    if (this.#other === undefined) return undefined
    if (this.#otherTitle !== undefined)
      return isAlone({ fields })
        ? undefined
        : `it stands below line ${this.#other}, ${quote(this.#otherTitle)}, and those above it below ${quote(this.#title ?? '')}: ` +
            'if that is another device, bring its part of the file in by itself'
    const where = line < this.#names.line ? `above line ${this.#names.line}` : `below line ${this.#other}`
    return `it stands ${where}, which names other columns: bring that part of the file in by itself`
  }

  /** The names stand there again. Below another title they may be those of another device. */
  #begin(): void {
    const { line, text } = this.#lone ?? {}
    const isOther = this.#title !== undefined && text !== undefined && text !== this.#title
    this.#other = isOther ? line : undefined
    this.#otherTitle = isOther ? text : undefined
    this.#lone = undefined
  }

  #isNames(text: string): boolean {
    return this.#names?.text === text || (text.charCodeAt(0) === 0xfeff && this.#names?.text === text.slice(1))
  }
}

/** A word or more alone in its line; a row with a time alone, or the beginning of a session, is no title. */
const isAlone = ({ fields }: Pick<TableRecord, 'fields'>): boolean => {
  const filled = fields.filter((field) => field.trim() !== '')
  return filled.length === 1 && !startsWithDigit((filled[0] ?? '').trim()) && !/\d\d[:./-]\d\d/.test(filled[0] ?? '')
}

const CUT_SHORT = 'the file ends inside it, so its last value may be cut short. If it is whole, say so with --last-line'

export const isBad = (row: RawRow | BadRow): row is BadRow => 'message' in row

/** Why a record is no row; empty for one that is nothing. */
function problemOf({ fields, text, problem }: TableRecord, { width, named }: Header, isDelimited: boolean): string | undefined {
  if (text.includes('\0')) return 'it has zero bytes, as a power cut leaves them'
  if (problem !== undefined) return problem
  if (text.includes('\ufffd')) return 'it has bytes that are no text'
  if (!isDelimited || fields.length === width) return fields.every((field) => field.trim() === '') ? '' : undefined
  if (fields.every((field) => field.trim() === '')) return ''
  if (fields.length > width && (fields.length === named || fields.slice(width).every((field) => field.trim() === ''))) return undefined
  return `it has ${fields.length} ${fields.length === 1 ? 'field' : 'fields'}, and the others ${width}`
}

/** Looks at the dates of all rows where day and month may be either. @throws Fault invalid when nothing tells them apart */
export async function settleTimes(source: TableSource, plan: TablePlan, lastLine: boolean, now: Micros): Promise<Settled> {
  const { way } = plan.time
  const column = way.how === 'text' || way.how === 'date and clock' ? way.column : undefined
  let order: DateOrder | undefined = plan.order
  const dates = new DateOrders(now)
  const steps = { up: 0, down: 0 }
  const trial = new TimeReader({ ...plan, zone: plan.zone ?? UTC_ZONE }, order ?? 'day-first', false)
  // The one date that all times rest on.
  const fixed = way.how === 'clock' ? way.day : way.how === 'elapsed' && typeof way.start !== 'number' ? way.start : undefined
  if (fixed && order === undefined) dates.lookAt(fixed.text, fixed.shown, fixed.line ?? 0)
  let [last, count]: [Micros | undefined, number] = [undefined, 0]
  rows: for await (const batch of readRawRows(source, plan, lastLine)) {
    for (const row of batch) {
      if (isBad(row)) continue
      const time = count < 2_000 ? trial.read(row) : undefined
      if (typeof time === 'number') {
        if (last !== undefined) steps[time < last ? 'down' : 'up'] += time === last ? 0 : 1
        last = time
      }
      if (column !== undefined && order === undefined) dates.look(row.fields[column] ?? '', row.line)
      if (++count >= 2_000 && (column === undefined || order !== undefined || dates.isSettled)) break rows
    }
  }
  order ??= dates.settle(plan.time.order)
  return { order, isDescending: steps.down > steps.up }
}

const UTC_ZONE = { name: 'UTC', zone: undefined, offset: 0 }

/** Which orders of day, month and year all dates so far allow. */
class DateOrders {
  #example: { text: string; line: number } | undefined
  #dayFirst = true
  #monthFirst = true
  /** Of years with two digits. */
  #yearFirst = true
  readonly #now: Micros
  readonly #firsts = new Set<number>()
  readonly #lasts = new Set<number>()
  #isShort = false
  #isOpen = true
  #count = 0

  constructor(now: Micros) {
    this.#now = now
  }

  /** True as soon as only one is left, or a date says its order itself. */
  get isSettled(): boolean {
    return (this.#count > 0 && this.#example === undefined) || (!this.#isShort && !(this.#dayFirst && this.#monthFirst))
  }

  look(cell: string, line: number): void {
    const text = readTimeText(cell)
    if (text) this.lookAt(text, cell, line)
  }

  lookAt(text: TimeText, cell: string, line: number): void {
    this.#count++
    if (text.order !== undefined) return
    const [a, b, c] = text.date
    this.#example ??= { text: cell.trim(), line }
    if (a !== b && this.#isOpen) {
      this.#isOpen = false
      this.#example = { text: cell.trim(), line }
    }
    // A wrong date of a single row must not decide for all: both orders gone leaves the first.
    if (a > 12 && b <= 12) this.#monthFirst = false
    if (b > 12 && a <= 12) this.#dayFirst = false
    this.#isShort ||= text.isShort
    const first = text.isShort ? localOf(text, 'year-first') : undefined
    if (first === undefined || !isPlausible(first, this.#now)) this.#yearFirst = false
    if (this.#firsts.size < 3) this.#firsts.add(a)
    if (this.#lasts.size < 3) this.#lasts.add(c)
  }

  /** @param told what the header says, which decides where the rows leave it open */
  settle(told: DateOrder | undefined): DateOrder {
    if (!this.#example) return 'year-first'
    if (told !== undefined && (told === 'day-first' ? this.#dayFirst : this.#monthFirst)) return told
    // As 26-11-20, which may be of 2020 or of 2026; where its first number differs from row to row, that is no year.
    const mayBeYearFirst = this.#isShort && this.#yearFirst && this.#firsts.size === 1
    const orders = [
      ...(this.#dayFirst ? (['day-first'] as const) : []),
      ...(this.#monthFirst ? (['month-first'] as const) : []),
      ...(mayBeYearFirst ? (['year-first'] as const) : []),
    ]
    const [order] = orders
    if (orders.length === 1 && order) return order
    if (this.#isOpen && !mayBeYearFirst && order) return order
    const both = orders.length === 0 ? ['day-first', 'month-first'] : orders
    throw invalid(
      `Which number of a date is the day? ${quote(this.#example.text)} in line ${this.#example.line} may be either, and ` +
        `${orders.length === 0 ? 'the rows contradict one another' : 'no other row tells'}. ` +
        `Say it with --time-format ${both.join(' or ')}.`,
    )
  }
}

/** What the time of a row is made of, where columns are series. */
export function glanceAtTimes({ header: { width }, time: { way }, zoneColumn = 0, keys }: TablePlan): Glance | undefined {
  if (keys) return undefined
  return { width, wanted: Math.max(...columnsOfTime(way), zoneColumn) + 1 }
}

/** A row with its time. */
export interface TimedRow {
  readonly record: TableRecord
  readonly time: Micros
  /** Which series it is of; empty where columns are series. */
  readonly series: string
}

/** Reads rows' times and series; made anew for each pass. */
export class RowReader {
  readonly times: TimeReader
  readonly #plan: TablePlan
  readonly #now: Micros
  readonly #anyTime: boolean
  /** By how rows name them, and how they were named by path. */
  readonly #series = new Map<string, string>()
  readonly #texts = new Map<string, string>()

  constructor(plan: TablePlan, { order, isDescending }: Settled, { now, anyTime = false }: Pick<ReadOptions, 'now' | 'anyTime'>) {
    this.times = new TimeReader(plan, order, isDescending)
    this.#plan = plan
    this.#now = now
    this.#anyTime = anyTime
  }

  /** @throws Fault invalid when the zone is known from nowhere */
  read(record: TableRecord): TimedRow | BadRow {
    const series = this.#plan.keys ? this.#seriesOf(record, this.#plan.keys) : ''
    if (series === '' && this.#plan.isCrossed) return { line: record.line, text: record.text, message: 'it names no series' }
    const time = this.times.read(record, series)
    if (typeof time === 'string') return { line: record.line, text: record.text, message: time }
    if (!this.#anyTime && !isPlausible(time, this.#now)) return { line: record.line, text: record.text, message: IMPLAUSIBLE }
    return { record, time, series }
  }

  /** The path of a row's series below a folder. @throws Fault invalid when two series would have the same */
  #seriesOf({ fields }: TableRecord, keys: readonly number[]): string {
    const parts = keys.map((key) => fields[key] ?? '')
    const text = parts.join('/')
    const known = this.#series.get(text)
    if (known !== undefined) return known
    const series = seriesName(parts)
    const plain = text.trim().toLowerCase()
    const other = this.#texts.get(series) ?? plain
    if (other !== plain)
      throw invalid(`The series ${quote(text)} and ${quote(other)} would both be called ${quote(series)}. Rename one of them in the file.`)
    this.#texts.set(series, plain)
    this.#series.set(text, series)
    return series
  }
}

export const IMPLAUSIBLE = 'its time is before 2000 or more than a day ahead. If that is right, say so with --any-time'

export const isTimed = (row: TimedRow | BadRow): row is TimedRow => 'time' in row

export type Cell = number | string | undefined | Refusal

/** Why a cell is no value. */
export interface Refusal {
  readonly problem: string
}

/** Reads the values of one column. */
export class ValueReader {
  readonly #numbers: NumberReader
  readonly #missing: ReadonlySet<string>
  readonly #column: ValueColumn
  readonly #isText: boolean

  /** @param told what else means that a value is missing @param isText as the sequence holds them */
  constructor(plan: Pick<TablePlan, 'hasComma' | 'missing'>, column: ValueColumn, told: readonly string[], isText: boolean) {
    const missing = [...plan.missing, ...told]
    this.#numbers = new NumberReader(plan.hasComma, missing)
    this.#missing = new Set(missing)
    this.#column = column
    this.#isText = isText
  }

  read(fields: readonly string[]): Cell {
    const cell = fields[this.#column.index] ?? ''
    if (this.#isText) return cell === '' || this.#missing.has(cell.trim()) ? undefined : cell
    const { suffix } = this.#column
    const bare = suffix !== undefined && cell.trimEnd().endsWith(suffix) ? cell.trimEnd().slice(0, -suffix.length) : cell
    const value = this.#numbers.read(bare)
    return typeof value === 'string' ? { problem: value } : value
  }
}
