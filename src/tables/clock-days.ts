/** Times of a day in a column, whose day stands above the rows or is told. What the file leaves open is asked for, and never guessed. */
import { invalid } from '../base/fault.ts'
import { quote } from '../base/quote.ts'
import { DAY, HOUR, MINUTE, type Micros } from '../base/time.ts'
import type { CellKind } from './dialect.ts'
import { mentionsIn, named, type CountStart } from './elapsed.ts'
import type { Header } from './header.ts'
import { zoneOf } from './time-headers.ts'
import type { TimePlan, TimeWish } from './time-way.ts'
import { readClock } from './time-text.ts'

/** Names of the day on which something was measured; a date alone may be that of a report. */
const DAY_OF_ROWS = new RegExp(
  'start|begin|began|d[ée]but|inicio|inizio|measure|mess|record|acqui|sampl|log|test|run|session|survey|cast|' +
    'aufzeichnung|mesure|medici|misura',
  'i',
)
const NO_DAY_OF_ROWS = /report|export|download|print|calib|firmware|last|end|stop|expir|creat/i

/**
 * @param column with times of a day, without a date
 * @throws Fault invalid when the file tells several days or none for sure, naming the option that settles it
 */
export function planClock(
  { headers, preamble }: Pick<Header, 'headers' | 'preamble'>,
  rows: readonly (readonly string[])[],
  column: number,
  { start }: Pick<TimeWish, 'start'>,
): TimePlan {
  const label = quote(headers[column] || `column ${column + 1}`)
  const first = rows.map((row) => (row[column] ?? '').trim()).find((cell) => readClock(cell) !== undefined) ?? ''
  const day = start ?? findDay(preamble, `${quote(first)} in ${label}`)
  requireClock(headers[column] ?? '', first, day, column)
  const from = day.line === undefined ? `${day.shown}, as told` : `${day.shown} (${quote(day.name)} in line ${day.line})`
  return {
    way: { how: 'clock', column, day },
    zone: zoneOf(headers[column] ?? ''),
    note: `The time is in ${label}. Its day is that of ${from}, and the next one where the clock begins again.`,
  }
}

/** A stopwatch looks like a clock: what begins at zero, or before the start that the file tells, may be one. */
function requireClock(header: string, first: string, { text, line }: CountStart, column: number): void {
  const [begin = 0, from] = [readClock(first), text.clock]
  const isTold = line === undefined && from === undefined
  if (isTold || (from === undefined ? SAYS_CLOCK.test(header) || begin >= MINUTE : begin >= from)) return
  throw invalid(
    `${quote(header || `column ${column + 1}`)} begins with ${quote(first)}, so it may show a clock or count from a start. ` +
      `If it is a clock, say on which day the rows begin, as --time ${column + 1} --start 2026-01-31; if it counts, say since when, ` +
      `as --time ${column + 1} --start "2026-01-31 12:00:00".`,
  )
}

const SAYS_CLOCK = /uhrzeit|clock|time of day|local|hh:mm/i

function findDay(preamble: Header['preamble'], example: string): CountStart {
  const all = preamble
    .flatMap((record) => [...mentionsIn(record)])
    .flatMap((mention) => (mention.text ? [{ ...mention, text: mention.text }] : []))
  const sure = all.filter(({ name }) => DAY_OF_ROWS.test(name) && !NO_DAY_OF_ROWS.test(name))
  const days = new Map(sure.map((mention) => [mention.text.date.join('-'), mention]))
  const [one, other] = days.values()
  if (one && other)
    throw invalid(`${example} has no date, and the file tells several: ${named(one)} and ${named(other)}. Say which with --start.`)
  if (one) return one
  const [maybe] = all
  throw invalid(
    maybe
      ? `${example} says when, and not on which day. ${named(maybe)}: if the rows are of that day, ` +
          `say so with --start ${JSON.stringify(maybe.shown)}.`
      : `No column of dates was found: ${example} says when, and not on which day. ` +
          'Say on which day the rows begin with --start, such as --start 2026-01-31, or put the date before the time.',
  )
}

/** The place of the only column with times of a day; undefined: there is none. */
export const clockColumn = (kinds: readonly CellKind[]): number | undefined => {
  const found = kinds.indexOf('clock')
  return found < 0 ? undefined : found
}

/** Counts the days of a clock that begins again each midnight, in the order of rows. */
export class ClockDays {
  #last: Micros | undefined
  #days = 0

  /** @returns microseconds since the midnight before the first row */
  next(clock: Micros): Micros {
    // A step back of less than that is of a clock that was set, or of rows in another order.
    if (this.#last !== undefined && clock < this.#last - 12 * HOUR) this.#days++
    this.#last = clock
    return this.#days * DAY + clock
  }
}
