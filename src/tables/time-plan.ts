/** Finds the columns in which the time of a row is, and how it is written there. */
import { invalid } from '../base/fault.ts'
import { quote } from '../base/quote.ts'
import type { Micros } from '../base/time.ts'
import { timesAcross } from './across.ts'
import { clockColumn, planClock } from './clock-days.ts'
import { DIGIT_FORMS, isDateForm, isDigitForm, rivalsOf, type DigitForm } from './digit-times.ts'
import { isElapsedForm, planCounted, planElapsed } from './elapsed-plan.ts'
import type { Header } from './header.ts'
import { spacedWords } from './names.ts'
import { orderIn, zoneOf } from './time-headers.ts'
import { allowsForm, describeNumber, formWords, isPlausible, plausibleForms, readTimeNumber, type NumberForm } from './time-numbers.ts'
import {
  calendarOf,
  cellsOf,
  columnsOf,
  findCalendar,
  findYearDay,
  isMonthAndDay,
  ofYearDay,
  pairOf,
  type Sample,
  withClock,
  withClockBeside,
  withDateForm,
  withHalf,
  withPart,
  YEAR_WORD,
} from './time-parts.ts'
import { readTimeText } from './time-text.ts'
import type { TimePlan, TimeWish } from './time-way.ts'

const TIME_WORDS =
  'yyyymmdd|yyyymmddhh|yyyymmddhhmm|ddmmyyyy|mmddyyyy|ddmmyy|mmddyy|yymmdd|dd/mm/yyyy|mm/dd/yyyy|dd/mm/yy|mm/dd/yy|' +
  'time|timestamp|date|datetime|datenum|datum|uhrzeit|zeit|zeitstempel|epoch|unix|utc|ts|dt|created_at|heure|fecha|hora|tijd|data e ora'
const TIME_WORD = new RegExp(String.raw`(?:^|[^\p{L}])(?:${TIME_WORDS})(?:$|[^\p{L}])|timestamp|date ?time`, 'iu')

/** @param rows some of the first ones @throws Fault invalid saying what the columns look like and which option settles it */
export function planTime(header: Header, rows: Sample, wish: TimeWish): TimePlan {
  if (wish.counted && wish.columns.length === 0) return planCounted(wish.counted, wish)
  requireUpright(header, rows, wish)
  const told = withUnitsOfTimes(header)
  const plan = withHalf(withPart(findTime(told, rows, wish), told, rows, wish), told, rows)
  if (wish.start && plan.way.how !== 'elapsed' && plan.way.how !== 'clock')
    throw invalid(
      `--start is for times that count from a start, or have no date. Here it is otherwise: ${plan.note} ` +
        'Leave it out, or name the column with --time.',
    )
  return plan
}

/** @throws Fault invalid where one line alone has times, and several of them */
function requireUpright({ headers, preamble }: Header, rows: Sample, { columns }: TimeWish): void {
  if (columns.length > 0) return
  const isDated = (fields: readonly string[]): boolean => fields.some((cell) => readTimeText(cell)?.order === 'year-first')
  const lines = [headers, ...preamble.map(({ fields }) => fields).filter((fields) => fields.length === headers.length), ...rows]
  const dated = lines.filter(isDated)
  const [first] = dated
  const isAlone = new Set(dated.map((fields) => fields.join())).size === 1 && rows.some((fields) => !isDated(fields))
  const hasNumbers = rows.some((fields) => !isDated(fields) && fields.slice(1).some((cell) => /^[+-]?\d+(?:[.,]\d+)?$/.test(cell.trim())))
  if (first && isAlone && hasNumbers && timesAcross(first)?.kind === 'time') throw onItsSide(first)
}

const onItsSide = (fields: readonly string[]): Error =>
  invalid(
    `The times seem to stand side by side, as ${quote(fields.slice(0, 4).join(', '))}: the table lies on its side. ` +
      'Turn it with --transpose, so that each time has a row.',
  )

/** A line of units may say of a time how it is written, or in which zone: that counts as if it stood behind its name. */
function withUnitsOfTimes(header: Header): Header {
  const says = (unit: string): boolean =>
    zoneOf(`x (${unit})`) !== undefined || orderIn(`(${unit})`) !== undefined || DIGIT_FORMS.some((form) => form === unit.toLowerCase())
  const headers = header.headers.map((text, at) => {
    const unit = header.units[at]
    return unit !== undefined && TIME_WORD.test(text) && !text.includes(unit) && says(unit) ? `${text} (${unit})` : text
  })
  return { ...header, headers }
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
  const yearDay = findYearDay(header, rows)
  if (yearDay) return { way: yearDay, zone: undefined, note: `The time is in the columns of the year and the day of the year.` }
  const texts = columnsOf(kinds, 'time')
  const [column] = byWeight(texts, (at) => [
    hasClock(rows, at),
    // A day of calibration stands in each row.
    new Set(cellsOf(rows, at)).size > 1,
    !OTHER_TIME.test(spacedWords(headers[at] ?? '')),
    zoneOf(headers[at] ?? '') !== undefined || hasZone(rows, at),
    TIME_WORD.test(headers[at] ?? ''),
  ])
  const numbers = columnsOf(kinds, 'number')
  if (column !== undefined) {
    const text = planText(column, header, rows, label)
    if (text.zone !== undefined || hasZone(rows, column)) return text
    // What needs no zone beats a local time beside it.
    const exact = numbers.find((at) => isTimeNumber(headers[at] ?? '', rows, at, wish.now))
    return (exact === undefined ? undefined : planNumber(exact, header, rows, wish, label, true)) ?? text
  }
  const named = numbers.filter((at) => saysTime(headers[at] ?? ''))
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
  throw noTime(named[0] ?? numbers[0], header, rows, wish, label)
}

/** The places for which more of the earlier questions are answered yes come first. */
const byWeight = (places: readonly number[], questions: (place: number) => readonly boolean[]): number[] =>
  places
    .map((place) => ({ place, weight: questions(place).reduce((sum, yes) => sum * 2 + Number(yes), 0) }))
    .sort((a, b) => b.weight - a.weight || a.place - b.place)
    .map(({ place }) => place)

/** Names of times at which something else happened than a measurement. */
const OTHER_TIME = new RegExp(
  String.raw`(?:^|[^\p{L}])(?:received?|uploaded?|inserted?|stored?|creat(?:ed?|ion)|updated?|modified|imported|sent|processed|` +
    String.raw`calibrat\w*|install\w*|export\w*|printed|serviced?|expir\w*|due)(?:$|[^\p{L}])`,
  'iu',
)

/** Whether a header is that of times, also such as count days or years. */
export const saysTime = (header: string): boolean => TIME_WORD.test(header) || DAY_COUNTS.some((form) => allowsForm(header, form))
const DAY_COUNTS: readonly NumberForm[] = ['julian-day', 'mjd', 'decimal-year']

const hasClock = (rows: Sample, column: number): boolean => rows.some((row) => readTimeText(row[column] ?? '')?.clock !== undefined)
const hasZone = (rows: Sample, column: number): boolean => rows.some((row) => readTimeText(row[column] ?? '')?.offset !== undefined)

/**
 * Whether a column says by its name that it holds times, and holds Unix times.
 * @param others whether it may also be digits of a date and a clock
 */
export function isTimeNumber(header: string, rows: Sample, column: number, now: Micros, others = false): boolean {
  if (!TIME_WORD.test(header.replaceAll('_', ' '))) return false
  const cells = cellsOf(rows, column)
  if (cells.length === 0) return false
  return plausibleForms(cells.slice(0, 300), now).some((form) => form.startsWith('unix') || (others && /^y+m+d+h+m+/.test(form)))
}

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
        way: ofYearDay(first, second, wish.columns[2], header, rows),
        zone: undefined,
        note: `The time is in ${label(first)} (year) and ${label(second)} (day of the year).`,
      }
    return withDateForm(pairOf(first, second, header, rows, label), header, rows, wish)
  }
  if (kinds[first] === 'time') return planText(first, header, rows, label, true)
  if (kinds[first] === 'clock') return planElapsed(header, rows, wish, first) ?? planClock(header, rows, first, wish)
  const plan = isElapsedForm(wish.format) ? undefined : planNumber(first, header, rows, wish, label, true)
  if (plan) return plan
  const counted = planElapsed(header, rows, wish, first)
  if (counted) return counted
  throw noTime(first, header, rows, wish, label)
}

/** @throws Fault invalid where a day stands beside a clock that can't be read: all of its rows would be at midnight */
function requireClock(column: number, { kinds, headers }: Pick<Header, 'kinds' | 'headers'>, rows: Sample, isGiven: boolean): void {
  if (isGiven || hasClock(rows, column)) return
  const clock = headers.findIndex((header, at) => kinds[at] === 'text' && CLOCK_NAME.test(header.trim()))
  if (clock < 0) return
  throw invalid(
    `${quote(headers[clock] ?? '')} is named as a clock, and ${quote(cellsOf(rows, clock)[0] ?? '')} can't be read as one. ` +
      `Write it as 09:05:00; or, if all rows are meant to be at midnight, name the column of days alone, as --time ${column + 1}.`,
  )
}

const CLOCK_NAME = /^(?:time|clock|uhrzeit|zeit|heure|hora|ora|tijd|tid|klokkeslett|godzina|čas|aika)(?: ?[([].*)?$/i

/** @param isGiven whether the column was named alone */
function planText(column: number, { kinds, headers }: Header, rows: Sample, label: (at: number) => string, isGiven = false): TimePlan {
  if (!hasClock(rows, column)) {
    const plan = withClock(column, { kinds, headers }, rows, label)
    if (plan) return plan
  }
  const named = headers[column] ?? ''
  requireClock(column, { kinds, headers }, rows, isGiven)
  return { way: { how: 'text', column }, zone: zoneOf(named), order: orderIn(named), note: `The time is in ${label(column)}.` }
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
  const header = headers[column] ?? ''
  const possible = (some: readonly string[]): NumberForm[] => plausibleForms(some, now).filter((form) => allowsForm(header, form))
  const telling = cells.filter((cell) => possible([cell]).length > 0)
  const forms = telling.length * 2 > cells.length ? possible(telling).filter((form) => isWhole(form, telling)) : []
  if (forms.length > 1)
    throw invalid(
      `The times in ${label(column)}, such as ${quote(cells[0] ?? '')}, may be ${forms.map((form) => formWords[form]).join(' or ')}: ` +
        `say which with --time-format ${forms.join(' or ')}.`,
    )
  const [form] = forms
  if (form !== undefined && isDigitForm(form)) requireNewest(form, telling, label(column), now)
  if (form === undefined) return anyTime && isNamed ? numberPlan(column, 'unix', label, headers) : undefined
  // Forty thousand and some is a date of Excel only where the header says that it is a time.
  if ((form === 'excel' || form === 'matlab' || form === 'yyyyddd' || isDateForm(form)) && !isNamed) return undefined
  // Whole years are the years of something.
  if (form === 'decimal-year' && !telling.some((cell) => /[.,]\d/.test(cell))) return undefined
  if (!isNamed && !isOrdered(telling, form)) return undefined
  const plan = numberPlan(column, form, label, headers)
  return form === 'decimal-year' ? { ...plan, note: `${plan.note} ${exactness(telling)}` } : plan
}

/**
 * `1306261200` is 2013-06-26, or 13.06.2026. The year first is taken where that is the later one; otherwise it is asked for.
 * @throws Fault invalid naming the forms
 */
function requireNewest(form: DigitForm, cells: readonly string[], label: string, now: Micros): void {
  const newest = (one: DigitForm): number => Math.max(...cells.map((cell) => readTimeNumber(cell, one) ?? Number.NaN))
  const later = rivalsOf(form).filter((one) => newest(one) > newest(form) && isPlausible(newest(one), now))
  if (later.length > 0)
    throw invalid(
      `The times in ${label}, such as ${quote(cells[0] ?? '')}, may be ${[form, ...later].map((one) => formWords[one]).join(' or ')}: ` +
        `say which with --time-format ${[form, ...later].join(' or ')}.`,
    )
}

/** Of dates in digits some have all of them: the others may have lost a zero in front. */
const isWhole = (form: NumberForm, cells: readonly string[]): boolean =>
  !isDateForm(form) || cells.some((cell) => cell.length === form.length)

/** How much of a year the decimals tell. */
function exactness(cells: readonly string[]): string {
  const decimals = Math.max(...cells.map((cell) => /[.,](\d+)$/.exec(cell)?.[1]?.length ?? 0))
  const minutes = 527_040 / 10 ** decimals
  const words =
    minutes >= 2_880 ? `${Math.round(minutes / 1440)} days` : minutes >= 1 ? `${Math.round(minutes)} minutes` : 'less than a minute'
  return `Their ${decimals} decimals are good to ${words}.`
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

function noTime(
  column: number | undefined,
  { headers, kinds, preamble, names }: Header,
  rows: Sample,
  { now, anyTime }: TimeWish,
  label: (at: number) => string,
): Error {
  const cell = column === undefined ? undefined : cellsOf(rows, column)[0]
  const isSure = (fields: readonly string[]): boolean => !['number', undefined].includes(timesAcross(fields)?.kind)
  const lines = [...preamble.map(({ fields }) => fields), ...rows]
  const first = names ? headers : lines.find((fields) => timesAcross(fields))
  const across = kinds[0] !== 'text' ? undefined : first && timesAcross(first) ? first : lines.find(isSure)
  if (across || headers.filter((header) => readTimeText(header) !== undefined).length > 1) return onItsSide(across ?? headers)
  const isNamed = headers.findIndex((header, at) => kinds[at] === 'text' && TIME_WORD.test(spacedWords(header)))
  // Such as 2026-Q1, where no number is named as a time.
  const isLike = kinds.findIndex((kind, at) => kind === 'text' && /^\d{2}.*\d{2}/.test(cellsOf(rows, at)[0] ?? ''))
  const named = isNamed >= 0 || (column !== undefined && saysTime(headers[column] ?? '')) ? isNamed : isLike
  const text = named < 0 ? undefined : cellsOf(rows, named)[0]
  if (text !== undefined)
    return invalid(
      `No column of times was found: ${quote(text)} in ${label(named)} can't be read as a time. ` +
        'Write it as 2026-01-31 12:00:00, or name another column with --time.',
    )
  if (column === undefined || cell === undefined)
    return invalid('No column of times was found. Name it with --time, by its header or its number from 1.')
  const forms = plausibleForms([cell], now)
  const form = forms.find((one) => allowsForm('', one)) ?? forms.find((one) => isDigitForm(one))
  const isYear = /^(?:19|20)\d\d$/.test(cell)
  const way = isYear
    ? 'Write dates in its place, such as 2023-07-01, or name the column of times with --time.'
    : form === undefined
      ? 'Name the column of times with --time, or if it counts from a start, say when that was with --start' +
        `${anyTime || !(Number(cell) >= 1e8) ? '' : ', or take the numbers for seconds since 1970 with --time and --any-time'}.`
      : `If it is that, say so with --time ${column + 1} --time-format ${form}; otherwise name the column of times with --time.`
  return invalid(`No column of times was found: ${quote(cell)} in ${label(column)} ${describeNumber(cell, now)}. ${way}`)
}
