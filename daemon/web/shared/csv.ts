/**
 * Converts CSV to a table and back, with any usual delimiter: commas, semicolons or tabs, and quotes where they are needed. Unchanged rows
 * are written exactly as they were read.
 */
import { readQuoted } from '../../../src/base/csv.ts'

export interface CsvRow {
  readonly cells: readonly string[]
  /** The row's original text; undefined if it was changed. */
  readonly raw: string | undefined
}

export interface CsvTable {
  readonly delimiter: string
  readonly eol: string
  /** Whether the text ends with a line end, as most do. */
  readonly endsWithEol: boolean
  readonly rows: readonly CsvRow[]
}

/** @param delimiter one character; the one that the first line has most of unless given */
export function parseCsv(text: string, delimiter = findDelimiter(text)): CsvTable {
  const eol = /\r\n|\n|\r/.exec(text)?.[0] ?? '\n'
  const rows: CsvRow[] = []
  for (let at = 0; at < text.length; ) {
    const { row, end } = parseRow(text, at, delimiter)
    rows.push(row)
    at = end
  }
  return { delimiter, eol, endsWithEol: text === '' || /[\r\n]$/.test(text), rows }
}

/** The delimiter that occurs most often in the first line, outside of quotes. */
function findDelimiter(text: string): string {
  const line = (/^[^\r\n]*/.exec(text)?.[0] ?? '').replace(/"[^"]*"/g, '')
  const count = (delimiter: string): number => line.split(delimiter).length
  return [',', ';', '\t'].reduce((best, next) => (count(next) > count(best) ? next : best))
}

export interface ParsedRow {
  readonly row: CsvRow
  /** How many cells it has. */
  readonly width: number
  /** Where the next row begins. */
  readonly end: number
}

/**
 * The row that begins at a position.
 * @param most cells that are kept; the others are counted
 */
export function parseRow(text: string, start: number, delimiter: string, most = Number.POSITIVE_INFINITY): ParsedRow {
  const cells: string[] = []
  let [at, width] = [start, 0]
  for (;;) {
    const { cell, end } = text[at] === '"' ? quotedCell(text, at, delimiter) : plainCell(text, at, delimiter)
    if (width++ < most) cells.push(cell)
    at = end
    if (text[at] !== delimiter) break
    at++
  }
  const raw = text.slice(start, at)
  if (text[at] === '\r') at++
  if (text[at] === '\n') at++
  return { row: { cells, raw }, width, end: at }
}

function plainCell(text: string, start: number, delimiter: string): { cell: string; end: number } {
  let end = start
  while (end < text.length && text[end] !== delimiter && text[end] !== '\n' && text[end] !== '\r') end++
  return { cell: text.slice(start, end), end }
}

/** Text between a closing quote and the next delimiter belongs to the cell; a quote that is never closed makes the cell plain text. */
function quotedCell(text: string, start: number, delimiter: string): { cell: string; end: number } {
  const quoted = readQuoted(text, start)
  if (!quoted) return plainCell(text, start, delimiter)
  const rest = plainCell(text, quoted.end, delimiter)
  return { cell: quoted.field + rest.cell, end: rest.end }
}

export function formatCsv({ rows, delimiter, eol, endsWithEol }: CsvTable): string {
  const text = rows.map(({ raw, cells }) => raw ?? formatRow(cells, delimiter)).join(eol)
  return rows.length > 0 && endsWithEol ? text + eol : text
}

/** A row of one empty cell is written as a pair of quotes, because an empty line is not a row. */
const formatRow = (cells: readonly string[], delimiter: string): string =>
  cells.length === 1 && cells[0] === ''
    ? '""'
    : cells
        .map((cell) => (cell.includes(delimiter) || /^\s|["\r\n]|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
        .join(delimiter)

export const widthOf = (rows: readonly CsvRow[]): number => rows.reduce((most, { cells }) => Math.max(most, cells.length), 0)

/** The name of a column without a heading: `A`, `B`, … `Z`, `AA`. */
export function columnName(at: number): string {
  let name = ''
  for (let left = at; left >= 0; left = Math.floor(left / 26) - 1) name = String.fromCharCode(65 + (left % 26)) + name
  return name
}
