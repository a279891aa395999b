/** Files as tables, read as an import reads them. A table is walked once, in turns with other requests; what is shown of it is kept. */
import type { Pause } from '../../../../src/base/turns.ts'
import { findDialect, widthOf } from '../../../../src/tables/dialect.ts'
import type { Sliceable } from '../../components/lists.tsx'
import { parseRow } from '../../shared/csv.ts'

export interface ShownTable {
  /** Lines above the header, such as a title. */
  readonly above: readonly string[]
  readonly header: readonly string[]
  /** Each with its first {@link MAX_COLUMNS} cells. */
  readonly rows: Sliceable<readonly string[]>
  /** Of the widest row. */
  readonly width: number
}

/** Columns that are shown. */
export const MAX_COLUMNS = 200
/** Lines at the beginning that tell the delimiter. */
const TELLING = 500
/** Characters that are walked, and rows, between two looks at the time. */
const STRETCH = 20_000
const ROWS_A_STRETCH = 500

/** The one character between fields, or `blanks`; undefined where the lines have one field each. */
export async function findDelimiter(text: string, pause: Pause): Promise<string | undefined> {
  const lines = text.slice(0, 200_000).split(/\r\n|\r|\n/, TELLING)
  const { delimiter, records } = await findDialect({ first: 1, lines, isCut: false }, pause)
  return widthOf(records) < 2 ? undefined : delimiter
}

/**
 * @param pause called between steps of a millisecond or two
 * @param delimiter found unless given
 */
export async function readTable(given: string, pause: Pause, delimiter?: string): Promise<ShownTable> {
  const text = given.replace(/^\ufeff/, '')
  const between = delimiter ?? (await findDelimiter(text, pause)) ?? ','
  const read = between === 'blanks' ? rowOfBlanks : (at: number) => rowOfCells(text, at, between)
  /** Where each row begins. */
  const starts: number[] = []
  const first: Row[] = []
  let width = 0
  for (let at = 0, before = 0; at < text.length; ) {
    const row = read(at, text)
    if (row.width > 0) {
      starts.push(at)
      if (first.length < TELLING) first.push(row)
      width = Math.max(width, row.width)
    }
    at = row.end
    if (at - before < STRETCH && starts.length % ROWS_A_STRETCH > 0) continue
    before = at
    await pause()
  }
  const usual = widthOf(first.map((row) => ({ fields: { length: row.width } })))
  // A title, or remarks, have other fields than the table below them.
  const header = Math.max(
    0,
    first.findIndex((row) => row.width >= usual),
  )
  const rows = starts.slice(header + 1)
  return {
    above: first.slice(0, header).map(({ cells }) => cells.join(' ').trim()),
    header: first[header]?.cells ?? [],
    rows: { length: rows.length, slice: (from, to) => rows.slice(from, to).map((at) => read(at, text).cells) },
    width,
  }
}

interface Row {
  readonly cells: readonly string[]
  /** How many cells there are; 0 for a line that is no row. */
  readonly width: number
  /** Where the next one begins. */
  readonly end: number
}

function rowOfCells(text: string, start: number, delimiter: string): Row {
  const { row, width, end } = parseRow(text, start, delimiter, MAX_COLUMNS)
  return { cells: row.cells, width, end }
}

function rowOfBlanks(start: number, text: string): Row {
  const line = /[^\r\n]*/y
  line.lastIndex = start
  const found = (line.exec(text)?.[0] ?? '').trim()
  const cells = found === '' ? [] : found.split(/[ \t]+/)
  const end = line.lastIndex
  return { cells: cells.slice(0, MAX_COLUMNS), width: cells.length, end: text.startsWith('\r\n', end) ? end + 2 : end + 1 }
}
