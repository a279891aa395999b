/** A column that tells the time zone of each row. */
import { quote } from '../base/quote.ts'
import { TimeZone } from '../base/time-zone.ts'
import type { Micros } from '../base/time.ts'
import { offsetOf } from './time-text.ts'

/** What such a column is called. */
const ZONE_HEADER =
  /^\W*(?:time[ _]?zone|tz|tz_cd|zone|(?:utc|gmt)[ _]?offset(?:[ _]?\(?h(?:ours)?\)?)?|zeitzone|fuseau(?: horaire)?|zona horaria)\W*$/i

export interface ZoneColumn {
  /** The column with the zone of each row; undefined: it can't be used as such. */
  readonly column: number | undefined
  /** Where all rows have that of one place. */
  readonly zone: string | undefined
  /** A note, or where it can't be used a doubt. */
  readonly message: string
}

/** @returns undefined where no column is called so */
export function findZoneColumn(headers: readonly string[], rows: readonly (readonly string[])[]): ZoneColumn | undefined {
  for (const [column, header] of headers.entries()) {
    if (!ZONE_HEADER.test(header)) continue
    const cells = rows.map((row) => (row[column] ?? '').trim()).filter((cell) => cell !== '')
    const [first] = cells
    if (first === undefined) continue
    const message = `The time zone of a row is in ${quote(header)}.`
    if (cells.filter((cell) => offsetInCell(cell) !== undefined).length * 2 > cells.length) return { column, zone: undefined, message }
    if (first.includes('/') && TimeZone.isName(first) && cells.every((cell) => cell === first)) return { column, zone: first, message }
    const other = cells.find((cell) => cell !== first)
    const named = other === undefined ? quote(first) : `${quote(first)} and ${quote(other)}`
    const doubt = `${quote(header)} names the time zone ${named}, which is not taken: say which it is with --time-zone.`
    return { column: undefined, zone: undefined, message: doubt }
  }
  return undefined
}

/** How far a zone is ahead of UTC, as `CET`, `+01:00`, or hours as `1` or `-5`; undefined when it is not known. */
export const offsetInCell = (cell: string): Micros | undefined =>
  /^[+-]\d{3}$/.test(cell.trim()) ? undefined : offsetOf(cell.trim().replace(/^(?=\d{1,2}(?::\d\d)?$)/, '+'))
