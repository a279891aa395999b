/** The database of an original server, whichever engine holds it: its tables as they are. Only read, at one moment of it. */
import { quote } from '../base/quote.ts'
import { parseTimestamp, type Micros } from '../base/time.ts'

/** Columns by name, as the engine gives them: the readers below make the same of both. */
export type Row = Readonly<Record<string, unknown>>

/** Tables of the original that are read. */
export const TABLES = [
  'users',
  'resources',
  'organization_users',
  'keys',
  'resource_revisions',
  'resource_views',
  'controller_status',
  'account_requests',
  'outgoing_messages',
  'thumbnails',
] as const
export type TableName = (typeof TABLES)[number]

export interface ServerDatabase {
  /** Where it is, for people: without a password. */
  readonly name: string
  /** Names of its tables. */
  tables(): Promise<ReadonlySet<string>>
  count(table: TableName): Promise<number>
  /** All rows in the order of their ids, some at a time. */
  rows(table: TableName): AsyncIterable<readonly Row[]>
  /** Revisions of a resource by time, then id, some at a time. One such reading after the other, and none beside it. */
  revisions(resourceId: number): AsyncIterable<readonly Row[]>
  close(): Promise<void>
}

/** Rows that are read at a time. */
export const BATCH = 1_000

// SQLite holds what it was given, whatever the column says: bytes may be where texts are meant, and the other way round.

/** A whole number; undefined for null and for what is none. */
export function integer(row: Row, column: string): number | undefined {
  const value = row[column]
  const number = typeof value === 'string' && value !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined
}

/** Beyond it there would be no room for the ids that are given here. */
const MAX_ID = 2 ** 52

/** As the end of a sentence about a row. */
export const NO_ID = 'has an id that is no whole number from 1 to 2^52'

/** A row's own id, as the original gives them; undefined for what is none. */
export function idOf(row: Row): number | undefined {
  const id = integer(row, 'id')
  return id !== undefined && id >= 1 && id <= MAX_ID ? id : undefined
}

/** Whether there is something in a column, of whatever kind. */
export const isSet = (row: Row, column: string): boolean => row[column] !== null && row[column] !== undefined && row[column] !== ''

/** What stands in a column, for people. */
export const shownIn = (row: Row, column: string): string => quote(text(row, column) ?? String(row[column]))

/** A text that any reader can read; undefined for null. */
export function text(row: Row, column: string): string | undefined {
  const value = row[column]
  if (value instanceof Uint8Array) return new TextDecoder().decode(value)
  return typeof value === 'string' ? value.toWellFormed() : undefined
}

export const flag = (row: Row, column: string): boolean => row[column] === true || row[column] === 1

/** Bytes; undefined for null. */
export function bytes(row: Row, column: string): Uint8Array | undefined {
  const value = row[column]
  if (value instanceof Uint8Array) return value
  return typeof value === 'string' ? new TextEncoder().encode(value) : undefined
}

/** A time, which the original keeps in UTC without saying so; undefined for null and for what is none. */
export function time(row: Row, column: string): Micros | undefined {
  const value = text(row, column)
  return value !== undefined ? parseTimestamp(`${value.trim().replace(' ', 'T')}Z`) : undefined
}
