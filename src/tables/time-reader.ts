/** Makes the times of rows into points in time, as the plan says. */
import { invalid } from '../base/fault.ts'
import { quote } from '../base/quote.ts'
import { DAY, HOUR, MINUTE, parseTimestamp, SECOND, type Micros } from '../base/time.ts'
import { ClockDays } from './clock-days.ts'
import { readDigits, type DigitForm } from './digit-times.ts'
import { ElapsedReader } from './elapsed-reader.ts'
import { LocalClock, localText, type Doubt, type Zone } from './local-clock.ts'
import type { TablePlan } from './plan.ts'
import type { TableRecord } from './records.ts'
import { isUtcForm, readTimeNumber } from './time-numbers.ts'
import { isPart } from './time-parts.ts'
import type { SecondPart, TimeWay } from './time-way.ts'
import { dateOfDay, localOf, readClock, readDigitClock, readDigitDate, readTimeText, type DateOrder, type TimeText } from './time-text.ts'
import { offsetInCell } from './zone-columns.ts'

/** What the clock showed that a row's time was read from. */
interface LocalTime {
  readonly local: Micros
  /** How far that clock was ahead of UTC; undefined: as the zone of the file says. */
  readonly offset: Micros | undefined
}

const UTC: Zone = { name: 'UTC', zone: undefined, offset: 0 }

/** Reads the time of one row after the other; the order matters where clocks were set back. */
export class TimeReader {
  readonly #plan: TablePlan
  readonly #order: DateOrder
  readonly #isDescending: boolean
  /** Of each series, because each goes through the repeated hour for itself. */
  readonly #clocks = new Map<string, LocalClock>()
  #usesZone = false
  #counted: ElapsedReader | undefined
  readonly #days = new ClockDays()

  constructor(plan: TablePlan, order: DateOrder, isDescending: boolean) {
    this.#plan = plan
    this.#order = order
    this.#isDescending = isDescending
  }

  /** The zone that times without one were read in; undefined: there were none. */
  get usedZone(): Zone | undefined {
    return this.#usesZone ? this.#zone() : undefined
  }

  /** The time as it stands in the file. */
  shown({ fields }: TableRecord): string {
    const { way } = this.#plan.time
    const cell = (at: number | undefined): string => (at === undefined ? '' : (fields[at] ?? '').trim())
    if (way.how === 'calendar') return [...way.date, ...way.clock].map(cell).join(' ')
    if (way.how === 'elapsed' && typeof way.start === 'number') return `${cell(way.start)} + ${cell(way.column)}`
    if (way.how === 'date and clock') return [way.column, ...(way.parts ?? [way.clock])].map(cell).join(' ')
    return way.how === 'day of year' ? `${cell(way.year)} ${cell(way.day)} ${cell(way.clock)}`.trim() : cell(way.column)
  }

  /**
   * @param series whose row it is
   * @returns the time, or why the row has none
   * @throws Fault invalid when its zone is known from nowhere
   */
  read(record: TableRecord, series = ''): Micros | string {
    const { way } = this.#plan.time
    if (way.how === 'elapsed') return this.#elapsed(way).read(record, series)
    if (way.how === 'text' || way.how === 'number') {
      const unmistakable = readUnmistakable(record.fields[way.column] ?? '', way.how)
      if (unmistakable !== undefined && (way.how === 'number' || (!way.part && way.half === undefined))) return unmistakable
    }
    const read = this.#readLocal(record)
    return typeof read === 'string' ? read : this.#instantOf(read, record.line, series)
  }

  #elapsed(way: TimeWay & { readonly how: 'elapsed' }): ElapsedReader {
    return (this.#counted ??= new ElapsedReader(way, (text, shown, line) => {
      const local = localOf(text, this.#order)
      return local === undefined
        ? `its start is ${quote(shown)}, which can’t be read`
        : this.#instantOf({ local, offset: text.offset }, line, '')
    }))
  }

  #instantOf(read: LocalTime, line: number, series: string): Micros | string {
    if (read.offset !== undefined) return read.local - read.offset
    this.#usesZone = true
    const instant = this.#clockOf(series).instantOf(read.local, line)
    if (instant !== 'skipped') return instant
    return (
      `no clock of ${this.#zone().name} showed ${localText(read.local)}, because it was set forward over it. ` +
      'If the device keeps the same time all year, give its offset, as --time-zone +01:00'
    )
  }

  /** Whether the times of this file need a zone that nothing tells. */
  #zone(): Zone {
    const zone = this.#plan.zone ?? this.#plan.fallbackZone
    if (!zone)
      throw invalid(
        'The times in the file have no time zone, and the organization has none set. Say which clock they show with --time-zone, ' +
          'such as Europe/Berlin, +01:00 or UTC.',
      )
    return zone
  }

  #clockOf(series: string): LocalClock {
    let clock = this.#clocks.get(series)
    if (!clock) this.#clocks.set(series, (clock = new LocalClock(this.#zone(), this.#isDescending)))
    return clock
  }

  doubt(): Doubt {
    const all = [...this.#clocks.values()].map((clock) => clock.doubt())
    return { count: all.reduce((sum, { count }) => sum + count, 0), lines: all.flatMap(({ lines }) => lines).slice(0, 5) }
  }

  #readLocal(record: TableRecord): LocalTime | string {
    const { way } = this.#plan.time
    if (way.how === 'elapsed') throw new Error('times that count from a start are read with it')
    const fields = record.fields
    const { zoneColumn } = this.#plan
    if (zoneColumn !== undefined && this.#rowOffset(fields) === undefined)
      return `its time zone is ${quote((fields[zoneColumn] ?? '').trim())}, which is not known`
    switch (way.how) {
      case 'number': {
        const time = readTimeNumber(fields[way.column] ?? '', way.form)
        if (time === undefined) return `its time is ${quote(this.shown(record))}, which can’t be read`
        return withPart({ local: time, offset: isUtcForm(way.form) ? 0 : this.#rowOffset(fields) }, way.part, fields)
      }
      case 'text':
        return withPart(this.#ofText(withHalf(fields[way.column] ?? '', way.half, fields), undefined, record), way.part, fields)
      case 'date and clock':
        return withPart(
          way.form === undefined
            ? this.#ofText(fields[way.column] ?? '', clockIn(way, fields), record)
            : this.#ofDigits(way.form, fields[way.column] ?? '', clockIn(way, fields), record),
          way.part,
          fields,
        )
      case 'clock': {
        const clock = readClock(fields[way.column] ?? '')
        const local = clock === undefined ? undefined : localOf({ ...way.day.text, clock: 0 }, this.#order)
        return clock === undefined || local === undefined
          ? `its time is ${quote(this.shown(record))}, which can’t be read`
          : { local: local + this.#days.next(clock), offset: way.day.text.offset ?? this.#rowOffset(fields) }
      }
      case 'calendar': {
        const local = readCalendar(way, fields)
        return local === undefined
          ? `its time is ${quote(this.shown(record))}, which can’t be read`
          : { local, offset: this.#rowOffset(fields) }
      }
      case 'day of year': {
        const date = dateOfDay(Number(fields[way.year]), Math.floor(Number(fields[way.day])))
        const clock =
          way.clock === undefined ? (Number(fields[way.day]) % 1) * DAY : (way.isHour ? hourOf : clockOf)(fields[way.clock] ?? '')
        const local = date && clock !== undefined ? localOf({ ...wholeDay, date, clock: Math.round(clock) }, 'year-first') : undefined
        return local === undefined
          ? `its time is ${quote(this.shown(record))}, which can’t be read`
          : { local, offset: this.#rowOffset(fields) }
      }
    }
  }

  #ofText(date: string, clock: string | Micros | undefined, record: TableRecord): LocalTime | string {
    const text = readTimeText(date) ?? (clock === undefined ? undefined : readDigitDate(date))
    const time = typeof clock === 'string' ? clockOf(clock) : clock
    const local =
      text && (clock === undefined || time !== undefined)
        ? localOf(time === undefined ? text : { ...text, clock: time }, this.#order)
        : undefined
    if (!text || local === undefined) return `its time is ${quote(this.shown(record))}, which can’t be read`
    if (text.unknownZone !== undefined && !this.#plan.isZoneTold && this.#plan.zone?.name !== text.unknownZone)
      return `its time zone is ${quote(text.unknownZone)}, which is not known`
    const isUtc = text.isOldServers && this.#plan.zone === undefined
    return { local, offset: text.offset ?? this.#rowOffset(record.fields) ?? (isUtc ? UTC.offset : undefined) }
  }

  /** A date in digits, and the clock beside it. */
  #ofDigits(form: DigitForm, date: string, clock: string | Micros, record: TableRecord): LocalTime | string {
    const [day, time] = [readDigits(date.trim(), form), typeof clock === 'string' ? clockOf(clock) : clock]
    return day === undefined || time === undefined
      ? `its time is ${quote(this.shown(record))}, which can’t be read`
      : { local: day + time, offset: this.#rowOffset(record.fields) }
  }

  #rowOffset(fields: readonly string[]): Micros | undefined {
    return this.#plan.zoneColumn === undefined ? undefined : offsetInCell(fields[this.#plan.zoneColumn] ?? '')
  }
}

/** A clock's time with AM or PM behind it, from a column of its own. */
const withHalf = (text: string, half: number | undefined, fields: readonly string[]): string =>
  half === undefined ? text : `${text.trim()} ${(fields[half] ?? '').trim() || '?'}`

/** How many of them a microsecond has. */
const PARTS = {
  ms: { word: 'milliseconds', most: 999, divisor: 0.001 },
  us: { word: 'microseconds', most: 999_999, divisor: 1 },
  ns: { word: 'nanoseconds', most: 999_999_999, divisor: 1000 },
} as const

/** With what stands below the second in a column of its own. */
function withPart(read: LocalTime | string, part: SecondPart | undefined, fields: readonly string[]): LocalTime | string {
  if (part === undefined || typeof read === 'string') return read
  const cell = (fields[part.column] ?? '').trim()
  const { unit } = part
  if (unit === 'fraction') {
    if (!isPart(cell, unit)) return `the part of its second is ${quote(cell)}; it must be from 0 to below 1`
    return { ...read, local: read.local + Math.round(Number(cell.replace(',', '.')) * SECOND) }
  }
  const { word, most, divisor } = PARTS[unit]
  if (!isPart(cell, unit)) return `its ${word} are ${quote(cell)}; they must be a whole number from 0 to ${most}`
  return { ...read, local: read.local + Math.min(Math.round(Number(cell) / divisor), SECOND - 1) }
}

/** A time with its zone, or seconds since 1970: programs write both into one file, and each is clear by itself. */
function readUnmistakable(cell: string, how: 'text' | 'number'): Micros | undefined {
  if (how === 'number') return cell.includes('T') ? parseTimestamp(cell) : undefined
  return /^\d{10}(?:\.\d+)?$/.test(cell) ? readTimeNumber(cell, 'unix') : parseTimestamp(cell)
}

/** The clock's time of a row: its text, or where it stands in parts, what they say; an empty text where they say nothing. */
function clockIn({ clock, parts, half }: TimeWay & { how: 'date and clock' }, fields: readonly string[]): string | Micros {
  if (!parts) return withHalf(fields[clock] ?? '', half, fields)
  return (parts.length === 1 ? hourOf(fields[clock] ?? '') : partsOf(parts.map((at) => (fields[at] ?? '').trim()))) ?? ''
}

/** What stands in columns for the year, the month and the day, and for the hour, the minute and the second or the first of them. */
function readCalendar({ date, clock }: TimeWay & { how: 'calendar' }, fields: readonly string[]): Micros | undefined {
  const whole = (at: number): number => (/^\s*\d{1,4}(?:\.0*)?\s*$/.test(fields[at] ?? '') ? Number(fields[at]) : Number.NaN)
  const [year, month, day] = [whole(date[0]), whole(date[1]), whole(date[2])]
  if (Number.isNaN(year + month + day)) return undefined
  const time = clock.length === 1 ? hourOf(fields[clock[0] ?? 0] ?? '') : partsOf(clock.map((at) => (fields[at] ?? '').trim()))
  if (time === undefined) return undefined
  return localOf({ ...wholeDay, date: [year, month, day], isShort: year < 100, clock: time }, 'year-first')
}

/** An hour alone, up to 24, or a clock's time. */
const hourOf = (text: string): Micros | undefined =>
  /^\s*\d{1,2}\s*$/.test(text) && Number(text) <= 24 ? Number(text) * HOUR : clockOf(text)

/** Hour, minute and second as far as they are given; the last may have decimals. */
function partsOf(parts: readonly string[]): Micros | undefined {
  const numbers = parts.map((part) => (/^\d{1,2}(?:[.,]\d+)?$/.test(part) ? Number(part.replace(',', '.')) : Number.NaN))
  const [hour = 0, minute = 0, second = 0] = numbers
  const time = Math.round(hour * HOUR + minute * MINUTE + second * SECOND)
  return hour <= 24 && minute < 60 && second < 60 && time <= DAY ? time : undefined
}

const wholeDay: TimeText = { date: [0, 0, 0], order: 'year-first', isShort: false, clock: 0, offset: undefined, isOldServers: false }

/** `9:05`, `12:00a`, and digits as loggers of data by the day of the year write them. */
const clockOf = (text: string): Micros | undefined => readDigitClock(text.trim()) ?? readClock(text)
