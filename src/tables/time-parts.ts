/** Finds times whose parts stand in several columns: a day beside its clock, years and months and days, milliseconds. */
import { invalid } from '../base/fault.ts'
import { quote } from '../base/quote.ts'
import type { CellKind } from './dialect.ts'
import type { Header } from './header.ts'
import { digitWords, isDateForm, type DigitForm } from './digit-times.ts'
import { bareHeader, orderIn, zoneOf } from './time-headers.ts'
import { plausibleForms } from './time-numbers.ts'
import { readDigitClock } from './time-text.ts'
import type { SecondPart, TimePlan, TimeWay, TimeWish } from './time-way.ts'

export const YEAR_WORD = /^(?:year|yr|jahr|yyyy|yy|année|annee|año|anno)$/i
const MONTH_WORD = /^(?:month|mon|mo|monat|mm|mois|mes|mese)$/i
const MONTH_DAY_WORD = /^(?:day|dd|dy|tag|dom|day ?of ?(?:the ?)?month|jour|día|dia|giorno)$/i
const CLOCK_WORDS = [
  /^(?:hour|hours|hr|hh|h|stunde|heure|hora|ora|hhmm|time)$/i,
  /^(?:minutes?|min|mn|mi|mm)$/i,
  /^(?:seconds?|sec|ss|s|sekunde)$/i,
]
const DAY_WORD = /^(?:doy|jday|julian ?day|day ?of ?(?:the ?)?year|yday|dayofyear|day|jd|tag)$/i
const HOUR_WORD = /^(?:hhmm|time|hour|hourmin|hour_min|hour\/min)$/i

/** Some of the first rows. */
export type Sample = readonly (readonly string[])[]

/** What stands in a column, without what is blank. */
export const cellsOf = (rows: Sample, column: number): string[] =>
  rows.map((row) => (row[column] ?? '').trim()).filter((cell) => cell !== '')

/** The places of the columns of a kind. */
export const columnsOf = (kinds: readonly CellKind[], kind: CellKind): number[] =>
  kinds.flatMap((found, at) => (found === kind ? [at] : []))

/** Whether three columns without names are a year, a month and a day, and not a year, its day and a clock. */
export function isMonthAndDay(rows: Sample, [year = 0, month, day]: readonly number[]): boolean {
  if (month === undefined || day === undefined) return false
  const within = (at: number, pattern: RegExp, most: number): boolean =>
    cellsOf(rows, at).every((cell) => pattern.test(cell) && Number(cell) >= 1 && Number(cell) <= most)
  return within(year, /^\d{2}(?:\d\d)?$/, 2999) && within(month, /^\d{1,2}$/, 12) && within(day, /^\d{1,2}$/, 31)
}

/** Columns that were named in this order: year, month, day, and what the clock showed as far as it is there. */
export function calendarOf(columns: readonly number[], label: (at: number) => string): TimePlan {
  const [year = 0, month = 0, day = 0, ...clock] = columns
  if (clock.length > 3) throw invalid('--time names more columns than a time has: year, month, day, hour, minute and second.')
  const words = ['year', 'month', 'day', ...(clock.length === 1 ? ['time of day'] : ['hour', 'minute', 'second'])]
  const names = columns.map((at, place) => `${label(at)} (${words[place]})`).join(', ')
  return { way: { how: 'calendar', date: [year, month, day], clock }, zone: undefined, note: `The time is in the columns ${names}.` }
}

/** A day and its clock, whose numbers may be hours alone. @throws Fault invalid as {@link areHours} */
export function pairOf(
  column: number,
  clock: number,
  { kinds, headers }: Pick<Header, 'kinds' | 'headers'>,
  rows: Sample,
  label: (at: number) => string,
): TimePlan {
  const isHours = kinds[clock] === 'number' && areHours(headers[clock] ?? '', rows, clock)
  return isHours ? parted(column, [clock], headers, label) : pair(column, clock, headers, label)
}

function pair(column: number, clock: number, headers: readonly string[], label: (at: number) => string): TimePlan {
  return {
    way: { how: 'date and clock', column, clock },
    zone: zoneOf(headers[clock] ?? '') ?? zoneOf(headers[column] ?? ''),
    order: orderIn(headers[column] ?? ''),
    note: `The time is in ${label(column)} and ${label(clock)}.`,
  }
}

const HOUR_NAME = /^(?:(?:utc|lst|local)[ _-]?)?(?:hours?|hr|hh|h|stunde|std|heure|hora|ora)$/i

/**
 * Whether numbers up to 24 are hours; otherwise digits such as 905 are meant.
 * @throws Fault invalid where they may be hours or minutes after midnight
 */
function areHours(header: string, rows: Sample, column: number): boolean {
  const cells = cellsOf(rows, column)
  if (!cells.every((cell) => /^\d{1,2}$/.test(cell) && Number(cell) <= 24)) return false
  if (HOUR_NAME.test(bareHeader(header))) return true
  // Zeros are midnight in either way.
  if (/hhmm/i.test(header) || cells.every((cell) => Number(cell) === 0)) return false
  throw invalid(
    `${quote(header || `column ${column + 1}`)} may hold hours, or digits of a clock such as 905 for 9:05: ` +
      `${quote(cells[0] ?? '')} is either. Name the column "hour" or "hhmm" in the file.`,
  )
}

/** @throws Fault invalid for a day in UTC and a clock of the place, or the other way round */
function requireSameZone(day: string, clock: string): void {
  const isLocal = (header: string): boolean => /local|lokal/i.test(header)
  if (!((isLocal(day) && zoneOf(clock) !== undefined) || (isLocal(clock) && zoneOf(day) !== undefined))) return
  throw invalid(`${quote(day)} and ${quote(clock)} are those of different clocks. Name both columns of one clock with --time.`)
}

/** A day in a column, with the clock beside it; undefined: no other column has one. */
export function withClock(
  column: number,
  { kinds, headers }: Pick<Header, 'kinds' | 'headers'>,
  rows: Sample,
  label: (at: number) => string,
): TimePlan | undefined {
  const clocks = columnsOf(kinds, 'clock').concat(twelves(column, { kinds, headers }, rows))
  const clock = clocks.find((at) => at > column) ?? clocks[0]
  if (clock !== undefined) requireSameZone(headers[column] ?? '', headers[clock] ?? '')
  if (clock !== undefined) return pair(column, clock, headers, label)
  const parts = clockParts(headers, kinds)
  return parts && parted(column, parts, headers, label)
}

/** A day in digits, with the column of the clock where one stands beside it. */
export function withClockBeside(plan: TimePlan, { kinds, headers }: Header, rows: Sample, label: (at: number) => string): TimePlan {
  const { way } = plan
  if (way.how !== 'number' || !isDateForm(way.form)) return plan
  const isClock = (at: number): boolean => kinds[at] === 'clock' || (DAY_CLOCK.test(bareHeader(headers[at] ?? '')) && isDigits(rows, at))
  const clock = headers.findIndex((_, at) => at !== way.column && isClock(at))
  if (clock < 0) return plan
  return withForm(pairOf(way.column, clock, { kinds, headers }, rows, label), way.form)
}

/** A day in digits beside its clock, in a form that is not the usual YYYYMMDD. */
const withForm = (plan: TimePlan, form: DigitForm): TimePlan =>
  plan.way.how !== 'date and clock' || form === 'yyyymmdd'
    ? plan
    : { ...plan, way: { ...plan.way, form }, note: `${plan.note} Its dates are written ${digitWords(form)}.` }

/** A day and its clock that were named, where the day is in digits. @throws Fault invalid where these may be read in several ways */
export function withDateForm(plan: TimePlan, { headers }: Pick<Header, 'headers'>, rows: Sample, { format, now }: TimeWish): TimePlan {
  const { way } = plan
  if (way.how !== 'date and clock') return plan
  const cells = cellsOf(rows, way.column).filter((cell) => /^\d{5,8}$/.test(cell))
  if (format !== undefined && isDateForm(format)) return withForm(plan, format)
  const forms = cells.length === 0 ? [] : plausibleForms(cells, now).filter((form) => isDateForm(form))
  const [form, other] = forms
  if (form === undefined) return plan
  if (other === undefined) return withForm(plan, form)
  throw invalid(
    `The dates in ${quote(headers[way.column] || `column ${way.column + 1}`)}, such as ${quote(cells[0] ?? '')}, may be written ` +
      `${forms.map(digitWords).join(' or ')}: say which with --time-format ${forms.join(' or ')}.`,
  )
}

const DAY_CLOCK =
  /^(?:(?:utc|lst|local)[ _-]?)?(?:time|uhrzeit|zeit|clock|hours?|hr|hh|hhmm(?:ss)?|heure|hora|ora)(?:[ _-]?(?:utc|hhmm(?:ss)?))?$/i
const isDigits = (rows: Sample, column: number): boolean =>
  cellsOf(rows, column).every((cell) => /^\d{1,6}$/.test(cell) && readDigitClock(cell) !== undefined)

/** The columns of the hour, and of the minute and the second where there are such. */
function clockParts(headers: readonly string[], kinds: readonly CellKind[]): number[] | undefined {
  const parts: number[] = []
  for (const word of CLOCK_WORDS) {
    const at = headers.findIndex((header, place) => !parts.includes(place) && kinds[place] === 'number' && word.test(bareHeader(header)))
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

/**
 * Columns of times of a day in four digits, such as 1200: those that are named so, or without a name where a day stands in several rows, or
 * with a zero in front. Other numbers of four digits, as of pressures, are values.
 * @param column with the day
 */
const twelves = (column: number, { kinds, headers }: Pick<Header, 'kinds' | 'headers'>, rows: Sample): number[] =>
  columnsOf(kinds, 'number').filter((at) => {
    const cells = cellsOf(rows, at)
    if (cells.length < 2 || !cells.every((cell) => /^\d{4}$/.test(cell) && Number(cell) <= 2400 && Number(cell) % 100 < 60)) return false
    const header = bareHeader(headers[at] ?? '')
    if (header !== '') return DAY_CLOCK.test(header)
    return new Set(cellsOf(rows, column)).size < rows.length || cells.some((cell) => cell.startsWith('0'))
  })

/** With the column that says AM or PM, where one does. @throws Fault invalid where it can't be joined with the time */
export function withHalf(plan: TimePlan, { headers, kinds }: Header, rows: Sample): TimePlan {
  const half = headers.findIndex((_, at) => {
    const cells = kinds[at] === 'text' ? cellsOf(rows, at) : []
    return cells.length > 0 && cells.every((cell) => /^[ap]\.? ?m?\.?$/i.test(cell)) && cells.some((cell) => /m/i.test(cell))
  })
  const { way } = plan
  if (half < 0) return plan
  const label = quote(headers[half] || `column ${half + 1}`)
  if ((way.how !== 'text' && way.how !== 'date and clock') || (way.how === 'date and clock' && way.parts))
    throw invalid(
      `${label} tells AM and PM, and is not read with such times: write the clock's hours up to 24, or put AM and PM behind them.`,
    )
  return { ...plan, way: { ...way, half }, note: `${plan.note} Its half day is in ${label}.` }
}

/** A part of a second, from 0 to below 1. */
const PART_OF_SECOND = /^0?[.,]\d+$|^0$/

/** Solinst and others write the milliseconds of a time beside it, in a column `ms`. */
export function withPart(plan: TimePlan, { headers, kinds }: Header, rows: Sample, { values = [] }: TimeWish): TimePlan {
  const { way } = plan
  const isUnix = way.how === 'number' && way.form === 'unix'
  if (way.how !== 'text' && way.how !== 'date and clock' && !isUnix) return plan
  const last = way.how === 'date and clock' ? way.clock : way.column
  // Zabbix writes an item's value between the seconds of its clock and the nanoseconds.
  const far = isUnix && /^clock$/i.test(headers[last] ?? '') ? headers.findIndex((text) => /^ns$/i.test(text.trim())) : -1
  const beside = far < 0 ? last + 1 : far
  const name = (headers[beside] ?? '').trim()
  const unit = /fract/i.test(name) && /sec/i.test(name) ? 'fraction' : PART_NAMES.find(([, word]) => word.test(name))?.[0]
  const isWanted = values.some((wanted) => wanted === name || wanted.startsWith(`${name}=`))
  if (unit === undefined || isWanted) return plan
  const cells = cellsOf(rows, beside)
  const isWhole = cells.filter((cell) => isPart(cell, unit)).length * 2 > cells.length
  // Alone it would be what was measured.
  const others = kinds.filter((kind, at) => at !== beside && at !== last && kind === 'number')
  if (!isWhole || others.length === 0 || hasFraction(rows, last) || !mayBePart(cells, unit)) return plan
  if (!isUnix && !cellsOf(rows, last).every(hasSeconds)) return plan
  const words = { fraction: 'The part of its second is', ms: 'Its milliseconds are', us: 'Its microseconds are', ns: 'Its nanoseconds are' }
  return { ...plan, way: { ...way, part: { column: beside, unit } }, note: `${plan.note} ${words[unit]} in ${quote(name)}.` }
}

/** Parts of a second are anywhere below it: what stays below a thousandth was measured. */
const mayBePart = (cells: readonly string[], unit: SecondPart['unit']): boolean =>
  unit === 'fraction' ||
  unit === 'ms' ||
  cells.some((cell) => cell.length > MOST_DIGITS[unit] - 3) ||
  cells.every((cell) => Number(cell) === 0)

/** What is below a second belongs to a clock that shows it. */
const hasSeconds = (cell: string): boolean => /\d[:.]\d\d[:.]\d\d|\d{6}$/.test(cell)

const PART_NAMES = [
  ['ms', /^(?:ms|msec|millis(?:econds)?)$/],
  ['us', /^(?:[uµμ]s|[uµμ]sec|micros(?:econds)?)$/],
  ['ns', /^(?:ns|nsec|nanos(?:econds)?)$/],
] as const

const MOST_DIGITS = { ms: 3, us: 6, ns: 9 } as const

/** Whether a cell is below a second, in the unit of its column. */
export const isPart = (cell: string, unit: SecondPart['unit']): boolean =>
  unit === 'fraction' ? PART_OF_SECOND.test(cell) : /^\d{1,9}$/.test(cell) && cell.length <= MOST_DIGITS[unit]

const hasFraction = (rows: Sample, column: number): boolean =>
  cellsOf(rows, column).some((cell) => /:\d\d:\d\d[.,:]\d|^\d{10}[.,]\d/.test(cell))

/** Year, month and day in columns of their own, and the hour with what is below it where there are such. */
export function findCalendar(headers: readonly string[], kinds: readonly CellKind[]): TimePlan | undefined {
  const used = new Set<number>()
  const take = (word: RegExp): number => {
    const found = headers.findIndex(
      (header, at) => !used.has(at) && word.test(bareHeader(header)) && (kinds[at] === 'number' || kinds[at] === 'clock'),
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
  const beside = clock.length === 0 ? kinds.findIndex((kind, at) => kind === 'clock' && !used.has(at)) : -1
  if (beside >= 0) clock.push(beside)
  const names = [year, month, day, ...clock].map((at) => quote(headers[at] ?? '')).join(', ')
  const zone = clock.map((at) => zoneOf(headers[at] ?? '')).find((one) => one !== undefined)
  return { way: { how: 'calendar', date: [year, month, day], clock }, zone, note: `The time is in the columns ${names}.` }
}

/** @throws Fault invalid as {@link areHours} */
export function findYearDay({ headers, kinds }: Pick<Header, 'headers' | 'kinds'>, rows: Sample): TimeWay | undefined {
  const find = (word: RegExp): number => headers.findIndex((header, at) => word.test(bareHeader(header)) && kinds[at] === 'number')
  const [year, day] = [find(YEAR_WORD), find(DAY_WORD)]
  if (year < 0 || day < 0) return undefined
  const clock = headers.findIndex((header, at) => HOUR_WORD.test(bareHeader(header)) && (kinds[at] === 'number' || kinds[at] === 'clock'))
  return clock < 0 ? { how: 'day of year', year, day, clock: undefined } : { ...ofYearDay(year, day, clock, { headers, kinds }, rows) }
}

/** @throws Fault invalid as {@link areHours} */
export const ofYearDay = (
  year: number,
  day: number,
  clock: number | undefined,
  { headers, kinds }: Pick<Header, 'headers' | 'kinds'>,
  rows: Sample,
): TimeWay => ({
  ...{ how: 'day of year', year, day, clock },
  ...(clock !== undefined && kinds[clock] === 'number' && areHours(headers[clock] ?? '', rows, clock) ? { isHour: true } : {}),
})
