/** Times that are written as one number: seconds since 1970 and its multiples, days of Excel and of astronomers, digits of a date. */
import { allowsDigits, DIGIT_FORMS, digitWords, isDateForm, isDigitForm, readDigits, type DigitForm } from './digit-times.ts'
import { DAY, formatTimestamp, MINUTE, SECOND, timeOfSeconds, type Micros } from '../base/time.ts'

export type NumberForm =
  | 'unix'
  | 'unix-ms'
  | 'unix-us'
  | 'unix-ns'
  | 'excel'
  | 'matlab'
  | 'labview'
  | 'julian-day'
  | 'mjd'
  | 'decimal-year'
  | 'filetime'
  | 'yyyyddd'
  | DigitForm

export const NUMBER_FORMS: readonly NumberForm[] = [
  'unix',
  'unix-ms',
  'unix-us',
  'unix-ns',
  'excel',
  'matlab',
  'labview',
  'julian-day',
  'mjd',
  'decimal-year',
  'filetime',
  'yyyyddd',
  ...DIGIT_FORMS,
]

const OTHER_WORDS: Record<Exclude<NumberForm, DigitForm>, string> = {
  unix: 'seconds since 1970 (UTC)',
  'unix-ms': 'milliseconds since 1970 (UTC)',
  'unix-us': 'microseconds since 1970 (UTC)',
  'unix-ns': 'nanoseconds since 1970 (UTC)',
  excel: 'dates of Excel, days since 1900',
  matlab: 'MATLAB’s days since the year 0',
  labview: 'LabVIEW’s seconds since 1904 (UTC)',
  'julian-day': 'Julian dates of astronomers, days since 4713 BC (UTC)',
  mjd: 'modified Julian dates (UTC)',
  'decimal-year': 'years with decimals',
  filetime: 'Windows’ file times, since 1601 (UTC)',
  yyyyddd: 'a year and the day of the year, YYYYDDD',
}

export const formWords: Readonly<Record<NumberForm, string>> = {
  ...OTHER_WORDS,
  ...(Object.fromEntries(
    DIGIT_FORMS.map((form) => [
      form,
      `${isDateForm(form) ? 'dates' : form.includes('hhmm') ? 'times' : 'hours'} written ${digitWords(form)}`,
    ]),
  ) as Record<DigitForm, string>),
}

/** Whether numbers of this form are UTC; others show what a clock at the place showed. */
export const isUtcForm = (form: NumberForm): boolean => form.startsWith('unix') || UTC_FORMS.has(form)

const UTC_FORMS: ReadonlySet<NumberForm> = new Set(['labview', 'julian-day', 'mjd', 'filetime'])

/** Forms of numbers that may be anything else as well, and what a header says that has them. */
const NAMED_FORMS: readonly (readonly [NumberForm, RegExp])[] = [
  ['julian-day', /(?:^|[^\p{L}])(?:jd|jdate|jd[ _]?utc|julian(?:[ _]?(?:date|days?))?)(?:$|[^\p{L}])/iu],
  ['mjd', /(?:^|[^\p{L}])(?:mjd|modified[ _]?julian[ _]?(?:date|day)s?)(?:$|[^\p{L}])/iu],
  [
    'decimal-year',
    /dec(?:imal)?[ _.-]?(?:year|date)|(?:^|[^\p{L}])(?:year|yr|date)[ _.-]?(?:dec|frac)|fractional[ _]?year|^\W*(?:year|yyyy)\W*$/iu,
  ],
  ['yyyyddd', /date|day|doy|julian|yyyyd|(?:^|[^\p{L}])(?:jd|jul)(?:$|[^\p{L}])/iu],
]

/** Whether a header allows a form: some numbers are such times only where it says so. Barycentric and dynamical times are no clock's. */
export function allowsForm(header: string, form: NumberForm): boolean {
  if (isDigitForm(form)) return allowsDigits(header, form)
  const named = NAMED_FORMS.find(([one]) => one === form)
  return !named || (named[1].test(header) && !/(?:^|[^\p{L}])(?:[bh]jd|tdb|tai|tt)(?:$|[^\p{L}])/iu.test(header.replaceAll('_', ' ')))
}

/** Days from Excel's and MATLAB's day 0 to 1970, and seconds from 1904 to 1970. */
const EXCEL_1970 = 25_569
const MATLAB_1970 = 719_529
const LABVIEW_1970 = 2_082_844_800
const JULIAN_1970 = 2_440_587.5
const MJD_1970 = 40_587
/** In 100 ns. */
const FILETIME_1970 = 116_444_736_000_000_000n

const DECIMAL = /^[+-]?\d+(?:[.,]\d+)?(?:[eE][+]?\d+)?$/

/** @returns a time in UTC, or as a clock at the place shows it; undefined when the text is no number of that form */
export function readTimeNumber(given: string, form: NumberForm): Micros | undefined {
  const text = given.trim()
  if (!DECIMAL.test(text) || isRounded(text)) return undefined
  const number = Number(text.replace(',', '.'))
  switch (form) {
    case 'unix':
      return timeOfSeconds(number)
    case 'unix-ms':
      return within(Math.round(number * 1000))
    case 'unix-us':
      return within(Math.round(number))
    case 'unix-ns':
      // Whole microseconds are exact in a float64, where the nanoseconds of today are not.
      return within(/^\d{13,}$/.test(text) ? Number(text.slice(0, -3)) : Math.round(number / 1000))
    case 'excel':
      // A float64 of days is good to some microseconds, and a sheet's to a millisecond.
      return ofDays(text, number - EXCEL_1970)
    case 'matlab':
      return ofDays(text, number - MATLAB_1970)
    case 'julian-day':
      return ofDays(text, number - JULIAN_1970)
    case 'mjd':
      return ofDays(text, number - MJD_1970)
    case 'decimal-year':
      return /^\d{4}(?:[.,]\d+)?$/.test(text) ? ofYears(Number(text.slice(0, 4)), number % 1) : undefined
    case 'filetime':
      return /^1\d{17}$/.test(text) ? within(Number((BigInt(text) - FILETIME_1970) / 10n)) : undefined
    case 'yyyyddd': {
      const day = Number(text.slice(4))
      const start = Date.UTC(Number(text.slice(0, 4)), 0, 1)
      return /^\d{7}$/.test(text) && day >= 1 && day <= daysIn(Number(text.slice(0, 4))) ? start * 1000 + (day - 1) * DAY : undefined
    }
    case 'labview':
      return timeOfSeconds(number - LABVIEW_1970)
    default:
      return readDigits(text, form)
  }
}

/** `1.7689E+12`, as Excel shows what is too wide: the digits that are gone tell hours. */
function isRounded(text: string): boolean {
  const [mantissa = '', exponent] = text.split(/[eE]\+?/)
  return exponent !== undefined && Number(exponent) > (/[.,](\d+)$/.exec(mantissa)?.[1]?.length ?? 0)
}

const within = (time: number): Micros | undefined => (timeOfSeconds(time / SECOND) === undefined ? undefined : time)

/**
 * A time of a count of days. Few decimals are a rounded clock: where a whole minute or second is as near as they tell, it is meant.
 * @param text the count as it stands
 * @param days since 1970
 */
function ofDays(text: string, days: number): Micros | undefined {
  const time = Math.round(days * 86_400_000) * 1000
  const decimals = /[.,](\d+)$/.exec(text)?.[1]?.length ?? 0
  const known = decimals < 4 || decimals > 8 ? 0 : Math.round((0.5 * DAY) / 10 ** decimals)
  for (const unit of [MINUTE, SECOND]) {
    const whole = Math.round(time / unit) * unit
    if (Math.abs(time - whole) <= known) return within(whole)
  }
  return within(time)
}

const daysIn = (year: number): number => (Date.UTC(year + 1, 0, 1) - Date.UTC(year, 0, 1)) / 86_400_000

/** Some seconds exact: a year's decimals are seldom more than four, which are an hour. */
const ofYears = (year: number, part: number): Micros | undefined =>
  within(Date.UTC(year, 0, 1) * 1000 + Math.round(part * daysIn(year) * 86_400) * SECOND)

/** The earliest time that a lab's readings are expected to have: 2000. */
export const EARLIEST_PLAUSIBLE: Micros = 946_684_800 * SECOND

export const isPlausible = (time: Micros, now: Micros): boolean => time >= EARLIEST_PLAUSIBLE && time <= now + DAY

/** The forms in which all of these numbers are plausible times; the more digits a form asks for, the earlier it stands. */
export function plausibleForms(samples: readonly string[], now: Micros): NumberForm[] {
  return NUMBER_FORMS.filter((form) =>
    samples.every((sample) => {
      const time = readTimeNumber(sample, form)
      return time !== undefined && isPlausible(time, now)
    }),
  )
}

/** What a number that is no plausible time looks like instead, for a message. */
export function describeNumber(sample: string, now: Micros): string {
  // The others are told only by a header.
  const form = plausibleForms([sample], now).find((one) => !NAMED_FORMS.some(([named]) => named === one))
  const time = form && readTimeNumber(sample, form)
  if (form && time !== undefined) return `looks like one of ${formWords[form]} (${formatTimestamp(time).slice(0, 19).replace('T', ' ')})`
  const number = Number(sample)
  if (Number.isInteger(number) && number >= 1900 && number <= 2100) return 'looks like a year'
  if (number >= 0 && number < 1e9) return 'looks like a count, such as seconds or milliseconds since a device was switched on'
  return 'is no plausible time'
}
