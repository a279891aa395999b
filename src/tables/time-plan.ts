/** Finds the columns in which the time of a row is, and how it is written there. */
import { invalid } from '../base/fault.ts'
import { quote } from '../base/quote.ts'
import type { Micros } from '../base/time.ts'
import { clockColumn, planClock } from './clock-days.ts'
import type { CellKind } from './dialect.ts'
import type { Header } from './header.ts'
import { isElapsedForm, planCounted, planElapsed } from './elapsed-plan.ts'
import type { CountStart, ElapsedForm } from './elapsed.ts'
import { orderIn, zoneOf } from './time-headers.ts'
import { readDigitClock, readTimeText, type DateOrder } from './time-text.ts'
import { describeNumber, formWords, plausibleForms, readTimeNumber, type NumberForm } from './time-numbers.ts'

export type TimeFormat = NumberForm | DateOrder | ElapsedForm

/** A column with what is below the second of a time: whole milliseconds, or a fraction of it. */
export interface SecondPart {
  readonly column: number
  readonly isFraction: boolean
}

/** How the time of a row is made of its fields. */
export type TimeWay =
  | { readonly how: 'text'; readonly column: number; readonly part?: SecondPart | undefined }
  | {
      readonly how: 'date and clock'
      readonly column: number
      readonly clock: number
      readonly parts?: readonly number[]
      readonly part?: SecondPart | undefined
    }
  /** Counted from a start, which is the same for all rows, or stands in a column. */
  | { readonly how: 'elapsed'; readonly column: number; readonly form: ElapsedForm | 'stopwatch'; readonly start: CountStart | number }
  /** Times of a day, of which the first is on the day that stands above the rows or was told. */
  | { readonly how: 'clock'; readonly column: number; readonly day: CountStart }
  | { readonly how: 'number'; readonly column: number; readonly form: NumberForm }
  | { readonly how: 'day of year'; readonly year: number; readonly day: number; readonly clock: number | undefined }
  | { readonly how: 'calendar'; readonly date: readonly [number, number, number]; readonly clock: readonly number[] }

/** The places of the columns of a time. */
export function columnsOfTime(way: TimeWay): number[] {
  if (way.how === 'calendar') return [...way.date, ...way.clock]
  if (way.how === 'day of year') return [way.year, way.day, ...(way.clock === undefined ? [] : [way.clock])]
  if (way.how === 'elapsed') return typeof way.start === 'number' ? [way.start, way.column] : [way.column]
  const millis = (way.how === 'text' || way.how === 'date and clock') && way.part ? [way.part.column] : []
  return way.how === 'date and clock' ? [way.column, way.clock, ...(way.parts ?? []), ...millis] : [way.column, ...millis]
}

export interface TimePlan {
  readonly way: TimeWay
  /** Zone of all times, where the header tells it. */
  readonly zone: string | undefined
  /** Which number of a date is the day, where the header tells it. */
  readonly order?: DateOrder | undefined
  readonly note: string
}

export interface TimeWish {
  /** Places of the columns that were named for it. */
  readonly columns: readonly number[]
  readonly format: TimeFormat | undefined
  /** When the count of the times began, where that was told. */
  readonly start?: CountStart | undefined
  /** Places of the columns with the start and the count, where the form of the file tells. */
  readonly counted?: { readonly start: number; readonly column: number; readonly isAbsolute: boolean } | undefined
  /** Columns that were named for values. */
  readonly values?: readonly string[] | undefined
  readonly anyTime: boolean
  readonly now: Micros
}

const TIME_WORDS =
  'time|timestamp|date|datetime|datenum|datum|uhrzeit|zeit|zeitstempel|epoch|unix|utc|ts|dt|created_at|heure|fecha|hora|tijd|data e ora'
const TIME_WORD = new RegExp(String.raw`(?:^|[^\p{L}])(?:${TIME_WORDS})(?:$|[^\p{L}])|timestamp|date ?time`, 'iu')
const YEAR_WORD = /^(?:year|yr|jahr|yyyy|yy|année|annee|año|anno)$/i
const MONTH_WORD = /^(?:month|mon|mo|monat|mm|mois|mes|mese)$/i
const MONTH_DAY_WORD = /^(?:day|dd|dy|tag|dom|day ?of ?(?:the ?)?month|jour|día|dia|giorno)$/i
const CLOCK_WORDS = [
  /^(?:hour|hours|hr|hh|h|stunde|heure|hora|ora|hhmm|time)$/i,
  /^(?:minutes?|min|mn|mi|mm)$/i,
  /^(?:seconds?|sec|ss|s|sekunde)$/i,
]
const DAY_WORD = /^(?:doy|jday|julian ?day|day ?of ?(?:the ?)?year|yday|dayofyear|day|jd|tag)$/i
const HOUR_WORD = /^(?:hhmm|time|hour|hourmin|hour_min|hour\/min)$/i

type Sample = readonly (readonly string[])[]

/** @param rows some of the first ones @throws Fault invalid saying what the columns look like and which option settles it */
export function planTime(header: Header, rows: Sample, wish: TimeWish): TimePlan {
  if (wish.counted && wish.columns.length === 0) return planCounted(wish.counted, wish)
  const plan = withPart(findTime(header, rows, wish), header, rows, wish)
  if (wish.start && plan.way.how !== 'elapsed' && plan.way.how !== 'clock')
    throw invalid(
      `--start is for times that count from a start, or have no date. Here it is otherwise: ${plan.note} ` +
        'Leave it out, or name the column with --time.',
    )
  return plan
}

function findTime(header: Header, rows: Sample, wish: TimeWish): TimePlan {
  const { kinds, headers } = header
  const label = (column: number): string => quote(headers[column] || `column ${column + 1}`)
  const given = wish.columns
  if (given.length > 0) return planGiven(header, rows, wish, label)
  if (wish.start || isElapsedForm(wish.format)) {
    const counted = planElapsed(header, rows, wish)
    if (counted) return counted
  }
  const calendar = findCalendar(headers, kinds)
  if (calendar) return calendar
  const yearDay = findYearDay(headers, kinds)
  if (yearDay) return { way: yearDay, zone: undefined, note: `The time is in the columns of the year and the day of the year.` }
  const texts = columnsOf(kinds, 'time')
  const [column] = [...texts].sort(
    (a, b) => Number(hasClock(rows, b)) - Number(hasClock(rows, a)) || wordOf(headers, b) - wordOf(headers, a) || a - b,
  )
  const numbers = columnsOf(kinds, 'number')
  if (column !== undefined) {
    const text = planText(column, header, rows, label)
    if (text.zone !== undefined || hasZone(rows, column)) return text
    // What needs no zone beats a local time beside it.
    const exact = numbers.find((at) => isTimeNumber(headers[at] ?? '', rows, at, wish.now))
    return (exact === undefined ? undefined : planNumber(exact, header, rows, wish, label, true)) ?? text
  }
  const named = numbers.filter((at) => TIME_WORD.test(headers[at] ?? ''))
  for (const at of named) {
    const plan = planNumber(at, header, rows, wish, label, true)
    if (plan) return withClockBeside(plan, header, rows, label)
  }
  const counted = planElapsed(header, rows, wish)
  if (counted) return counted
  if (named.length === 0)
    for (const at of numbers) {
      const plan = planNumber(at, header, rows, wish, label, false)
      if (plan) return plan
    }
  const clock = clockColumn(kinds)
  if (clock !== undefined) return planClock(header, rows, clock, wish)
  throw noTime(named[0] ?? numbers[0], rows, wish, label)
}

const columnsOf = (kinds: readonly CellKind[], kind: CellKind): number[] => kinds.flatMap((found, at) => (found === kind ? [at] : []))
const hasClock = (rows: Sample, column: number): boolean => rows.some((row) => readTimeText(row[column] ?? '')?.clock !== undefined)
const hasZone = (rows: Sample, column: number): boolean => rows.some((row) => readTimeText(row[column] ?? '')?.offset !== undefined)

/** Whether a column says by its name that it holds times, and holds Unix times. */
export function isTimeNumber(header: string, rows: Sample, column: number, now: Micros): boolean {
  if (!TIME_WORD.test(header.replaceAll('_', ' '))) return false
  const cells = cellsOf(rows, column)
  return cells.length > 0 && plausibleForms(cells.slice(0, 300), now).some((form) => form.startsWith('unix'))
}

const wordOf = (headers: readonly string[], column: number): number => Number(TIME_WORD.test(headers[column] ?? ''))
const cellsOf = (rows: Sample, column: number): string[] => rows.map((row) => (row[column] ?? '').trim()).filter((cell) => cell !== '')

function planGiven(header: Header, rows: Sample, wish: TimeWish, label: (at: number) => string): TimePlan {
  const [first = 0, second] = wish.columns
  const { kinds, headers } = header
  if (second !== undefined) {
    const calendar = findCalendar(
      headers.map((text, at) => (wish.columns.includes(at) ? text : '')),
      kinds,
    )
    if (calendar) return calendar
    if (wish.columns.length > 3 || isMonthAndDay(rows, wish.columns)) return calendarOf(wish.columns, label)
    const isYear = cellsOf(rows, first).every((cell) => /^(?:19|20|21)\d\d$/.test(cell))
    if (YEAR_WORD.test(headers[first] ?? '') || (isYear && kinds[second] === 'number'))
      return {
        way: { how: 'day of year', year: first, day: second, clock: wish.columns[2] },
        zone: undefined,
        note: `The time is in ${label(first)} (year) and ${label(second)} (day of the year).`,
      }
    return pair(first, second, headers, label)
  }
  if (kinds[first] === 'time') return planText(first, header, rows, label)
  if (kinds[first] === 'clock') return planElapsed(header, rows, wish, first) ?? planClock(header, rows, first, wish)
  const plan = isElapsedForm(wish.format) ? undefined : planNumber(first, header, rows, wish, label, true)
  if (plan) return plan
  const counted = planElapsed(header, rows, wish, first)
  if (counted) return counted
  throw noTime(first, rows, wish, label)
}

/** Whether three columns without names are a year, a month and a day, and not a year, its day and a clock. */
function isMonthAndDay(rows: Sample, [year = 0, month, day]: readonly number[]): boolean {
  if (month === undefined || day === undefined) return false
  const within = (at: number, pattern: RegExp, most: number): boolean =>
    cellsOf(rows, at).every((cell) => pattern.test(cell) && Number(cell) >= 1 && Number(cell) <= most)
  return within(year, /^\d{2}(?:\d\d)?$/, 2999) && within(month, /^\d{1,2}$/, 12) && within(day, /^\d{1,2}$/, 31)
}

/** Columns that were named in this order: year, month, day, and what the clock showed as far as it is there. */
function calendarOf(columns: readonly number[], label: (at: number) => string): TimePlan {
  const [year = 0, month = 0, day = 0, ...clock] = columns
  if (clock.length > 3) throw invalid('--time names more columns than a time has: year, month, day, hour, minute and second.')
  const words = ['year', 'month', 'day', ...(clock.length === 1 ? ['time of day'] : ['hour', 'minute', 'second'])]
  const names = columns.map((at, place) => `${label(at)} (${words[place]})`).join(', ')
  return { way: { how: 'calendar', date: [year, month, day], clock }, zone: undefined, note: `The time is in the columns ${names}.` }
}

function pair(column: number, clock: number, headers: readonly string[], label: (at: number) => string): TimePlan {
  return {
    way: { how: 'date and clock', column, clock },
    zone: zoneOf(headers[clock] ?? '') ?? zoneOf(headers[column] ?? ''),
    order: orderIn(headers[column] ?? ''),
    note: `The time is in ${label(column)} and ${label(clock)}.`,
  }
}

function planText(column: number, { kinds, headers }: Header, rows: Sample, label: (at: number) => string): TimePlan {
  if (!hasClock(rows, column)) {
    const clocks = columnsOf(kinds, 'clock').concat(twelves(kinds, rows))
    const clock = clocks.find((at) => at > column) ?? clocks[0]
    if (clock !== undefined) return pair(column, clock, headers, label)
    const parts = clockParts(headers, kinds)
    if (parts) return parted(column, parts, headers, label)
  }
  const named = headers[column] ?? ''
  return { way: { how: 'text', column }, zone: zoneOf(named), order: orderIn(named), note: `The time is in ${label(column)}.` }
}

/** A day in digits, with the column of the clock where one stands beside it. */
function withClockBeside(plan: TimePlan, { kinds, headers }: Header, rows: Sample, label: (at: number) => string): TimePlan {
  const { way } = plan
  if (way.how !== 'number' || way.form !== 'yyyymmdd') return plan
  const isClock = (at: number): boolean => kinds[at] === 'clock' || (DAY_CLOCK.test(headers[at]?.trim() ?? '') && isDigits(rows, at))
  const clock = headers.findIndex((_, at) => at !== way.column && isClock(at))
  return clock < 0 ? plan : pair(way.column, clock, headers, label)
}

const DAY_CLOCK = /^(?:(?:utc|lst|local)[ _-]?)?(?:time|uhrzeit|zeit|clock|hour|hhmm(?:ss)?|heure|hora|ora)(?:[ _-]?(?:utc|hhmm(?:ss)?))?$/i
const isDigits = (rows: Sample, column: number): boolean =>
  cellsOf(rows, column).every((cell) => /^\d{1,6}$/.test(cell) && readDigitClock(cell) !== undefined)

/** The columns of the hour, and of the minute and the second where there are such. */
function clockParts(headers: readonly string[], kinds: readonly CellKind[]): number[] | undefined {
  const parts: number[] = []
  for (const word of CLOCK_WORDS) {
    const at = headers.findIndex((header, place) => !parts.includes(place) && kinds[place] === 'number' && word.test(header.trim()))
    if (at < 0) break
    parts.push(at)
  }
  return parts.length === 0 ? undefined : parts
}

/** A day in a column, and its hour, minute and second in others. */
function parted(column: number, parts: readonly number[], headers: readonly string[], label: (at: number) => string): TimePlan {
  const [clock = 0] = parts
  const plan = pair(column, clock, headers, label)
  return {
    ...plan,
    way: { how: 'date and clock', column, clock, parts },
    note: `The time is in the columns ${[column, ...parts].map(label).join(', ')}.`,
  }
}

/** Columns of text that are times of a day all the same: none today, as their kind is `clock`; kept apart for times such as 1200. */
const twelves = (kinds: readonly CellKind[], rows: Sample): number[] =>
  columnsOf(kinds, 'number').filter((at) => {
    const cells = cellsOf(rows, at)
    return cells.length > 1 && cells.every((cell) => /^\d{4}$/.test(cell) && Number(cell) <= 2400 && Number(cell) % 100 < 60)
  })

/** A part of a second, from 0 to below 1. */
export const PART_OF_SECOND = /^0?[.,]\d+$|^0$/

/** Solinst and others write the milliseconds of a time beside it, in a column `ms`. */
function withPart(plan: TimePlan, { headers, kinds }: Header, rows: Sample, { values = [] }: TimeWish): TimePlan {
  const { way } = plan
  if (way.how !== 'text' && way.how !== 'date and clock') return plan
  const beside = (way.how === 'text' ? way.column : way.clock) + 1
  const name = (headers[beside] ?? '').trim()
  const isFraction = /fract/i.test(name) && /sec/i.test(name)
  const isNamed = isFraction || /^(?:ms|msec|millis(?:econds)?)$/.test(name)
  const isWanted = values.some((wanted) => wanted === name || wanted.startsWith(`${name}=`))
  const cells = cellsOf(rows, beside)
  const isWhole = cells.filter((cell) => (isFraction ? PART_OF_SECOND : /^\d{1,3}$/).test(cell)).length * 2 > cells.length
  // Alone it would be what was measured.
  const others = kinds.filter((kind, at) => at !== beside && kind === 'number')
  if (!isNamed || isWanted || !isWhole || others.length === 0 || hasFraction(rows, beside - 1)) return plan
  return {
    ...plan,
    way: { ...way, part: { column: beside, isFraction } },
    note: `${plan.note} ${isFraction ? 'The part of its second is' : 'Its milliseconds are'} in ${quote(name)}.`,
  }
}

const hasFraction = (rows: Sample, column: number): boolean => cellsOf(rows, column).some((cell) => /:\d\d:\d\d[.,:]\d/.test(cell))

/** Year, month and day in columns of their own, and the hour with what is below it where there are such. */
function findCalendar(headers: readonly string[], kinds: readonly CellKind[]): TimePlan | undefined {
  const used = new Set<number>()
  const take = (word: RegExp): number => {
    const found = headers.findIndex(
      (header, at) => !used.has(at) && word.test(header.trim()) && (kinds[at] === 'number' || kinds[at] === 'clock'),
    )
    used.add(found)
    return found
  }
  const [year, month, day] = [take(YEAR_WORD), take(MONTH_WORD), take(MONTH_DAY_WORD)]
  if (year < 0 || month < 0 || day < 0) return undefined
  const clock: number[] = []
  for (const word of CLOCK_WORDS) {
    const at = take(word)
    if (at < 0) break
    clock.push(at)
  }
  const names = [year, month, day, ...clock].map((at) => quote(headers[at] ?? '')).join(', ')
  return { way: { how: 'calendar', date: [year, month, day], clock }, zone: undefined, note: `The time is in the columns ${names}.` }
}

function findYearDay(headers: readonly string[], kinds: readonly CellKind[]): TimeWay | undefined {
  const find = (word: RegExp): number => headers.findIndex((header, at) => word.test(header.trim()) && kinds[at] === 'number')
  const [year, day] = [find(YEAR_WORD), find(DAY_WORD)]
  if (year < 0 || day < 0) return undefined
  const clock = headers.findIndex((header, at) => HOUR_WORD.test(header.trim()) && (kinds[at] === 'number' || kinds[at] === 'clock'))
  return { how: 'day of year', year, day, clock: clock < 0 ? undefined : clock }
}

function planNumber(
  column: number,
  { headers }: Header,
  rows: Sample,
  { format, anyTime, now }: TimeWish,
  label: (at: number) => string,
  isNamed: boolean,
): TimePlan | undefined {
  const cells = cellsOf(rows, column)
  if (cells.length === 0) return undefined
  const told = format !== undefined && format in formWords ? (format as NumberForm) : undefined
  if (told) {
    if (!cells.some((cell) => readTimeNumber(cell, told) !== undefined)) return undefined
    return numberPlan(column, told, label, headers)
  }
  // One clock that began in 1970 must not hide what the others are.
  const telling = cells.filter((cell) => plausibleForms([cell], now).length > 0)
  const forms = telling.length * 2 > cells.length ? plausibleForms(telling, now) : []
  if (forms.length > 1)
    throw invalid(
      `The times in ${label(column)}, such as ${quote(cells[0] ?? '')}, may be ${forms.map((form) => formWords[form]).join(' or ')}: ` +
        `say which with --time-format ${forms.join(' or ')}.`,
    )
  const [form] = forms
  if (form === undefined) return anyTime && isNamed ? numberPlan(column, 'unix', label, headers) : undefined
  // Forty thousand and some is a date of Excel only where the header says that it is a time.
  if ((form === 'excel' || form === 'matlab' || form === 'yyyymmdd') && !isNamed) return undefined
  return isNamed || isOrdered(telling, form) ? numberPlan(column, form, label, headers) : undefined
}

const isOrdered = (cells: readonly string[], form: NumberForm): boolean => {
  const times = cells.map((cell) => readTimeNumber(cell, form) ?? 0)
  const rising = times.filter((time, at) => at === 0 || time >= (times[at - 1] ?? 0)).length
  return rising >= times.length * 0.9 || rising <= times.length * 0.1 + 1
}

const numberPlan = (column: number, form: NumberForm, label: (at: number) => string, headers: readonly string[]): TimePlan => ({
  way: { how: 'number', column, form },
  zone: zoneOf(headers[column] ?? ''),
  note: `The time is in ${label(column)}: ${formWords[form]}.`,
})

function noTime(column: number | undefined, rows: Sample, { now, anyTime }: TimeWish, label: (at: number) => string): Error {
  const cell = column === undefined ? undefined : cellsOf(rows, column)[0]
  if (column === undefined || cell === undefined)
    return invalid('No column of times was found. Name it with --time, by its header or its number from 1.')
  const form = plausibleForms([cell], now)[0]
  const way =
    form === undefined
      ? 'Name the column of times with --time, or if it counts from a start, say when that was with --start' +
        `${anyTime ? '' : ', or take the numbers for seconds since 1970 with --time and --any-time'}.`
      : `If it is that, say so with --time ${column + 1} --time-format ${form}; otherwise name the column of times with --time.`
  return invalid(`No column of times was found: ${quote(cell)} in ${label(column)} ${describeNumber(cell, now)}. ${way}`)
}
