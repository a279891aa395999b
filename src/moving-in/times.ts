/** Times of the original's rows, where they can't be read: what is taken in their place is told. */
import type { Micros } from '../base/time.ts'
import type { Findings } from './findings.ts'
import { shownIn, time, type Row } from './source.ts'

/** What is taken in place of a time. */
interface Otherwise {
  readonly time: Micros
  /** As the end of "it is …". */
  readonly words: string
}

const NAMES: Readonly<Record<string, string>> = {
  creation_timestamp: 'time of creation',
  modification_timestamp: 'time of its last change',
  revocation_timestamp: 'time of its revocation',
  redeemed_timestamp: 'time at which it was used',
  last_connect_timestamp: 'time of its last connection',
  last_watchdog_timestamp: 'time of its last sign of life',
  timestamp: 'time',
}

const isWritten = (row: Row, column: string): boolean => row[column] !== null && row[column] !== undefined

/** A time that a row has to have. */
export function requiredTime(row: Row, column: string, otherwise: Otherwise, findings: Findings, subject: string): Micros {
  const found = time(row, column)
  if (found !== undefined) return found
  const name = NAMES[column] ?? column
  // The original itself notes none of what it makes at its start.
  if (isWritten(row, column))
    findings.change(subject, `has the ${name} ${shownIn(row, column)}, which can’t be read; it is ${otherwise.words} now`)
  return otherwise.time
}

/** A time that says that something has happened; null where nothing is said. @param otherwise undefined: none */
export function optionalTime(
  row: Row,
  column: string,
  otherwise: Otherwise | undefined,
  findings: Findings,
  subject: string,
): Micros | null {
  if (!isWritten(row, column)) return null
  if (otherwise) return requiredTime(row, column, otherwise, findings, subject)
  const found = time(row, column)
  if (found === undefined)
    findings.change(subject, `has the ${NAMES[column] ?? column} ${shownIn(row, column)}, which can’t be read and is left out`)
  return found ?? null
}
