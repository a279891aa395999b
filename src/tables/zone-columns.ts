/** A column that tells the time zone of each row. */
import { quote } from '../base/quote.ts'
import { TimeZone } from '../base/time-zone.ts'
import { HOUR, MINUTE, SECOND, type Micros } from '../base/time.ts'
import { spacedWords } from './names.ts'
import { offsetOf } from './time-text.ts'

/** What such a column is called, in words with blanks between them; a unit may stand behind it. */
const ZONE_HEADER = new RegExp(
  String.raw`^\W*(?:time ?zone|tz|tz cd|zone|zeitzone|fuseau(?: horaire)?|zona horaria|` +
    String.raw`(?:(?:utc|gmt|time ?zone|tz|zone) ?)?offset(?: (?:from|to))?(?: (?:utc|gmt))?)\W*$`,
  'i',
)
/** A mere offset may be anything's, and a zone one of a greenhouse: they are meant when their cells are written as such. */
const PLAIN = /^\W*(?:(?:time )?offset|zone)\W*$/i
const UNIT_BEHIND = /[ ([](h|hrs?|hours?|min|mins|minutes?|s|secs?|seconds?|ms|millis|milliseconds)[)\]]?$/i

export interface ZoneColumn {
  /** The column with the zone of each row; undefined: it can't be used as such. */
  readonly column: number | undefined
  /** Where all rows have that of one place. */
  readonly zone: string | undefined
  /** A note, or where it can't be used a doubt. */
  readonly message: string
}

interface NamedOffset {
  readonly unit: OffsetUnit | undefined
  readonly isPlain: boolean
  /** The sign of minutes is sure: those of JavaScript's `getTimezoneOffset` count how far a clock is behind. */
  readonly isOfUtc: boolean
}

/** What the name of a column says of its zone; undefined: it holds none. */
function namedOffset(header: string): NamedOffset | undefined {
  const words = spacedWords(header).replace(/^time (?=offset)/i, '')
  const behind = UNIT_BEHIND.exec(words)?.[1]?.toLowerCase()
  const bare = behind === undefined ? words : words.replace(UNIT_BEHIND, '')
  if (!ZONE_HEADER.test(bare)) return undefined
  return { unit: behind === undefined ? undefined : unitOfWord(behind), isPlain: PLAIN.test(bare), isOfUtc: /utc|gmt/i.test(bare) }
}

/** Whether a column is called as one of zones, so that it holds no readings. */
export const isZoneHeader = (header: string): boolean => namedOffset(header)?.isPlain === false

/** @returns undefined where no column is called so */
export function findZoneColumn(headers: readonly string[], rows: readonly (readonly string[])[]): ZoneColumn | undefined {
  for (const [column, header] of headers.entries()) {
    const named = namedOffset(header)
    if (!named) continue
    const cells = rows.map((row) => (row[column] ?? '').trim()).filter((cell) => cell !== '')
    const [first] = cells
    if (first === undefined || (named.isPlain && !cells.every(isUnmistakable))) continue
    const message = `The time zone of a row is in ${quote(header)}.`
    const units = new Set(cells.map((cell) => unitOfCell(cell)).filter((unit) => unit !== undefined && unit !== 'any'))
    const unit = [...units][0]
    const isTold = named.unit === undefined || units.size === 0 || named.unit === unit
    const isSure = units.size <= 1 && isTold && (unit !== 'min' || named.isOfUtc)
    if (isSure && cells.filter((cell) => offsetInCell(cell) !== undefined).length * 2 > cells.length)
      return { column, zone: undefined, message }
    if (first.includes('/') && TimeZone.isName(first) && cells.every((cell) => cell === first)) return { column, zone: first, message }
    const other = cells.find((cell) => cell !== first)
    const shown = other === undefined ? quote(first) : `${quote(first)} and ${quote(other)}`
    const why = unit === 'min' && isTold ? ': minutes ahead of UTC, or behind it' : ''
    const doubt = `${quote(header)} names the time zone ${shown}${why}, which is not taken: say which it is with --time-zone.`
    return { column: undefined, zone: undefined, message: doubt }
  }
  return undefined
}

const isUnmistakable = (cell: string): boolean =>
  SIGNED.test(cell) || (/^[A-Z]{2,5}$/i.test(cell) && offsetOf(cell) !== undefined) || (cell.includes('/') && TimeZone.isName(cell))

type OffsetUnit = 'h' | 'min' | 's' | 'ms'

const unitOfWord = (word: string): OffsetUnit =>
  /^h/.test(word) ? 'h' : /^(?:ms|milli)/.test(word) ? 'ms' : word.startsWith('m') ? 'min' : 's'

/** With a sign and hours of two digits, or the name of UTC: what is no plain number. */
const SIGNED = /^(?:(?:utc|gmt) ?)?[+-]\d\d:?\d\d$|^(?:utc|gmt|z)$/i

const LENGTHS: Readonly<Record<OffsetUnit, Micros>> = { h: HOUR, min: MINUTE, s: SECOND, ms: 1000 }

/**
 * The unit of a plain number. Zones lie up to 14 hours from UTC, by quarters of an hour: which numbers are hours, minutes, seconds and
 * milliseconds doesn't overlap.
 * @returns any: it is zero; undefined: it is no such number
 */
function unitOfCell(cell: string): OffsetUnit | 'any' | undefined {
  if (!/^[+-]?\d{1,8}(?:\.\d{1,3})?$/.test(cell) || SIGNED.test(cell)) return undefined
  const number = Math.abs(Number(cell))
  if (number === 0) return 'any'
  if (number <= 14) return number % 0.25 === 0 ? 'h' : undefined
  for (const unit of ['min', 's', 'ms'] as const) {
    const quarters = (number * LENGTHS[unit]) / (15 * MINUTE)
    if (Number.isInteger(quarters) && quarters >= 1 && quarters <= 56) return unit
  }
  return undefined
}

/**
 * How far a zone is ahead of UTC, as `CET`, `+01:00`, or hours as `1` or `-5.5`, minutes from 15 on, seconds from 900 on, or milliseconds;
 * undefined when it is not known.
 */
export function offsetInCell(given: string): Micros | undefined {
  const cell = given.trim()
  const unit = unitOfCell(cell)
  if (unit !== undefined) return Math.round(Number(cell) * LENGTHS[unit === 'any' ? 's' : unit])
  return /^[+-]\d{3}$/.test(cell) ? undefined : offsetOf(cell.replace(/^(?=\d{1,2}(?::\d\d)?$)/, '+'))
}
