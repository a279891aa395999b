/** How the time of a row is made of its fields, as a plan says it, and what is asked of such a plan. */
import type { Micros } from '../base/time.ts'
import type { CountStart, ElapsedForm } from './elapsed.ts'
import type { DigitForm } from './digit-times.ts'
import type { NumberForm } from './time-numbers.ts'
import type { DateOrder } from './time-text.ts'

export type TimeFormat = NumberForm | DateOrder | ElapsedForm

/** A column with what is below the second of a time: whole milliseconds or parts of them, or a fraction of it. */
export interface SecondPart {
  readonly column: number
  readonly unit: 'fraction' | 'ms' | 'us' | 'ns'
}

/** How the time of a row is made of its fields. */
export type TimeWay =
  | { readonly how: 'text'; readonly column: number; readonly half?: number | undefined; readonly part?: SecondPart | undefined }
  | {
      readonly how: 'date and clock'
      readonly column: number
      readonly clock: number
      readonly parts?: readonly number[]
      /** Of a date in digits that is not YYYYMMDD. */
      readonly form?: DigitForm | undefined
      /** A column with AM or PM. */
      readonly half?: number | undefined
      readonly part?: SecondPart | undefined
    }
  /** Counted from a start, which is the same for all rows, or stands in a column. */
  | { readonly how: 'elapsed'; readonly column: number; readonly form: ElapsedForm | 'stopwatch'; readonly start: CountStart | number }
  /** Times of a day, of which the first is on the day that stands above the rows or was told. */
  | { readonly how: 'clock'; readonly column: number; readonly day: CountStart }
  | { readonly how: 'number'; readonly column: number; readonly form: NumberForm; readonly part?: SecondPart | undefined }
  | {
      readonly how: 'day of year'
      readonly year: number
      readonly day: number
      readonly clock: number | undefined
      readonly isHour?: boolean
    }
  | { readonly how: 'calendar'; readonly date: readonly [number, number, number]; readonly clock: readonly number[] }

/** The places of the columns of a time. */
export function columnsOfTime(way: TimeWay): number[] {
  if (way.how === 'calendar') return [...way.date, ...way.clock]
  if (way.how === 'day of year') return [way.year, way.day, ...(way.clock === undefined ? [] : [way.clock])]
  if (way.how === 'elapsed') return typeof way.start === 'number' ? [way.start, way.column] : [way.column]
  const isText = way.how === 'text' || way.how === 'date and clock'
  const millis = isText ? [...(way.half === undefined ? [] : [way.half]), ...(way.part ? [way.part.column] : [])] : []
  if (way.how === 'number' && way.part) return [way.column, way.part.column]
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
