/** Times that are written as one number: seconds since 1970 and its multiples, dates of Excel and LabVIEW, digits of a date. */
import { DAY, formatTimestamp, SECOND, timeOfSeconds, type Micros } from '../base/time.ts'

export type NumberForm =
  | 'unix'
  | 'unix-ms'
  | 'unix-us'
  | 'unix-ns'
  | 'excel'
  | 'matlab'
  | 'labview'
  | 'yyyymmdd'
  | 'yyyymmddhh'
  | 'yyyymmddhhmm'
  | 'yyyymmddhhmmss'
  | 'yymmddhhmm'

export const NUMBER_FORMS: readonly NumberForm[] = [
  'unix',
  'unix-ms',
  'unix-us',
  'unix-ns',
  'excel',
  'matlab',
  'labview',
  'yyyymmdd',
  'yyyymmddhh',
  'yyyymmddhhmm',
  'yyyymmddhhmmss',
  'yymmddhhmm',
]

export const formWords: Record<NumberForm, string> = {
  unix: 'seconds since 1970 (UTC)',
  'unix-ms': 'milliseconds since 1970 (UTC)',
  'unix-us': 'microseconds since 1970 (UTC)',
  'unix-ns': 'nanoseconds since 1970 (UTC)',
  excel: 'dates of Excel, days since 1900',
  matlab: 'MATLAB’s days since the year 0',
  labview: 'LabVIEW’s seconds since 1904 (UTC)',
  yyyymmdd: 'dates written YYYYMMDD',
  yyyymmddhh: 'hours written YYYYMMDDhh',
  yyyymmddhhmm: 'times written YYYYMMDDhhmm',
  yyyymmddhhmmss: 'times written YYYYMMDDhhmmss',
  yymmddhhmm: 'times written YYMMDDhhmm',
}

/** Whether numbers of this form are UTC; others show what a clock at the place showed. */
export const isUtcForm = (form: NumberForm): boolean => form.startsWith('unix') || form === 'labview'

/** Days from Excel's and MATLAB's day 0 to 1970, and seconds from 1904 to 1970. */
const EXCEL_1970 = 25_569
const MATLAB_1970 = 719_529
const LABVIEW_1970 = 2_082_844_800

const DECIMAL = /^[+-]?\d+(?:[.,]\d+)?(?:[eE][+]?\d+)?$/

/** @returns a time in UTC, or as a clock at the place shows it; undefined when the text is no number of that form */
export function readTimeNumber(given: string, form: NumberForm): Micros | undefined {
  const text = given.trim()
  if (!DECIMAL.test(text)) return undefined
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
      return within(Math.round((number - EXCEL_1970) * 86_400_000) * 1000)
    case 'matlab':
      return within(Math.round((number - MATLAB_1970) * 86_400_000) * 1000)
    case 'labview':
      return timeOfSeconds(number - LABVIEW_1970)
    case 'yyyymmdd':
      return ofDigits(text, 8, 4)
    case 'yyyymmddhh':
      return ofDigits(text, 10, 4)
    case 'yyyymmddhhmm':
      return ofDigits(text, 12, 4)
    case 'yyyymmddhhmmss':
      return ofDigits(text, 14, 4)
    case 'yymmddhhmm':
      return ofDigits(text, 10, 2)
  }
}

const within = (time: number): Micros | undefined => (timeOfSeconds(time / SECOND) === undefined ? undefined : time)

function ofDigits(text: string, length: number, yearDigits: number): Micros | undefined {
  if (text.length !== length || !/^\d+$/.test(text)) return undefined
  const year = yearDigits === 2 ? Number(text.slice(0, 2)) + 2000 : Number(text.slice(0, 4))
  const rest = text.slice(yearDigits).match(/../g)?.map(Number) ?? []
  const [month = 1, day = 1, hour = 0, minute = 0, second = 0] = rest
  if (minute > 59 || second > 59 || hour > 24 || (hour === 24 && minute + second > 0)) return undefined
  const date = Date.UTC(year, month - 1, day)
  if (new Date(date).getUTCMonth() !== month - 1 || day < 1) return undefined
  return date * 1000 + ((hour * 60 + minute) * 60 + second) * SECOND
}

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
  const [form] = plausibleForms([sample], now)
  const time = form && readTimeNumber(sample, form)
  if (form && time !== undefined) return `looks like one of ${formWords[form]} (${formatTimestamp(time).slice(0, 19).replace('T', ' ')})`
  const number = Number(sample)
  if (Number.isInteger(number) && number >= 1900 && number <= 2100) return 'looks like a year'
  if (number >= 0 && number < 1e9) return 'looks like a count, such as seconds or milliseconds since a device was switched on'
  return 'is no plausible time'
}
