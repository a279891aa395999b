/** Files as tables, read as an import reads them. */
import { findDialect, widthOf } from '../../../../src/tables/dialect.ts'
import { parseCsv } from '../../shared/csv.ts'

export interface ShownTable {
  /** Lines above the header, such as a title. */
  readonly above: readonly string[]
  readonly header: readonly string[]
  readonly rows: readonly (readonly string[])[]
  /** Of the widest row. */
  readonly width: number
}

/** Lines at the beginning that tell the delimiter. */
const TELLING = 500

/** The one character between fields, or `blanks`; undefined where the lines have one field each. */
export async function findDelimiter(text: string): Promise<string | undefined> {
  const lines = text.slice(0, 200_000).split(/\r\n|\r|\n/, TELLING)
  const { delimiter, records } = await findDialect({ first: 1, lines, isCut: false })
  return widthOf(records) < 2 ? undefined : delimiter
}

/** @param delimiter found unless given */
export async function readTable(given: string, delimiter?: string): Promise<ShownTable> {
  const text = given.replace(/^\ufeff/, '')
  const between = delimiter ?? (await findDelimiter(text))
  const rows = between === 'blanks' ? splitBlanks(text) : parseCsv(text, between).rows.map(({ cells }) => cells)
  const width = rows.reduce((most, cells) => Math.max(most, cells.length), 0)
  const usual = widthOf(rows.slice(0, TELLING).map((fields, at) => ({ line: at + 1, fields, text: '' })))
  // A title, or remarks, have other fields than the table below them.
  const at = Math.max(
    0,
    rows.findIndex((cells) => cells.length >= usual),
  )
  const [header = [], ...body] = rows.slice(at)
  return { above: rows.slice(0, at).map((cells) => cells.join(' ').trim()), header, rows: body, width }
}

const splitBlanks = (text: string): string[][] =>
  text.split(/\r\n|\r|\n/).flatMap((line) => (line.trim() === '' ? [] : [line.trim().split(/[ \t]+/)]))
