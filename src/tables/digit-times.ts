/** Times that are written as digits alone: a date, with the clock behind it or without. Which digits are the day is told, or asked for. */
import { DAY, HOUR, MINUTE, SECOND, type Micros } from '../base/time.ts'

/** Of which no other is a plausible time as well, or only seldom: they are found by themselves. */
const YEAR_FIRST = ['yyyymmdd', 'yyyymmddhh', 'yyyymmddhhmm', 'yyyymmddhhmmss', 'yymmddhhmm', 'yymmddhhmmss'] as const
/** Dates that are found where the header says that they are such, and asked for where several would do. */
const DATES = ['ddmmyyyy', 'mmddyyyy', 'ddmmyy', 'mmddyy', 'yymmdd'] as const
/** Taken only where the header names the form, or it was told: as many digits are Unix times. */
const TOLD = [
  'ddmmyyyyhhmm',
  'mmddyyyyhhmm',
  'ddmmyyyyhhmmss',
  'mmddyyyyhhmmss',
  'ddmmyyhhmm',
  'mmddyyhhmm',
  'ddmmyyhhmmss',
  'mmddyyhhmmss',
] as const

export type DigitForm = (typeof YEAR_FIRST)[number] | (typeof DATES)[number] | (typeof TOLD)[number]

export const DIGIT_FORMS: readonly DigitForm[] = [...YEAR_FIRST, ...DATES, ...TOLD]

const KNOWN: ReadonlySet<string> = new Set(DIGIT_FORMS)

export const isDigitForm = (form: string): form is DigitForm => KNOWN.has(form)

/** Digits of a date alone, with which a clock may stand in another column. */
export const isDateForm = (form: string): form is 'yyyymmdd' | (typeof DATES)[number] =>
  form === 'yyyymmdd' || DATES.some((one) => one === form)

/** `YYYYMMDDhhmm`, as people are told of it. */
export const digitWords = (form: DigitForm): string => form.replace(/^[ymd]+/, (date) => date.toUpperCase())

/** Forms with as many digits that begin with another part of the date, of those whose year has two. */
export const rivalsOf = (form: DigitForm): readonly DigitForm[] =>
  form.startsWith('yym') && !isDateForm(form) ? TOLD.filter((one) => one.length === form.length && !one.includes('yyyy')) : []

const BY_LENGTH = [...DATES, ...TOLD].sort((a, b) => b.length - a.length)

/** Whether a header allows that numbers below it are digits of this form. */
export function allowsDigits(header: string, form: DigitForm): boolean {
  if (YEAR_FIRST.some((one) => one === form)) return true
  const letters = header.toLowerCase().replaceAll(/[^a-z]/g, '')
  const named = letters.includes('yyyymmdd') ? undefined : BY_LENGTH.find((one) => letters.includes(one))
  if (named !== undefined) return named === form
  return DATES.some((one) => one === form) && /date|datum|fecha|(?:^|[^\p{L}])(?:day|tag|jour|d[ií]a|data)(?:$|[^\p{L}])/iu.test(header)
}

/** @returns what the clock showed; undefined where the digits are none of this form, or no time */
export function readDigits(given: string, form: DigitForm): Micros | undefined {
  // Programs that take a date for a number leave out the zero in front of a day or a month.
  const text = isDateForm(form) && !form.startsWith('y') && given.length === form.length - 1 ? `0${given}` : given
  if (text.length !== form.length || !/^\d+$/.test(text)) return undefined
  const found = new Map<string, number>()
  let at = 0
  for (const part of form.match(/yyyy|yy|mm|dd|hh|ss/g) ?? []) {
    const name = part === 'mm' && found.has('hh') ? 'minute' : part
    found.set(name, Number(text.slice(at, at + part.length)))
    at += part.length
  }
  const part = (name: string): number => found.get(name) ?? 0
  const [year, month, day] = [found.get('yyyy') ?? 2000 + part('yy'), part('mm'), part('dd')]
  const [hour, minute, second] = [part('hh'), part('minute'), part('ss')]
  const clock = hour * HOUR + minute * MINUTE + second * SECOND
  if (minute > 59 || second > 59 || clock > DAY) return undefined
  const date = Date.UTC(year, month - 1, day)
  return day >= 1 && new Date(date).getUTCMonth() === month - 1 ? date * 1000 + clock : undefined
}
