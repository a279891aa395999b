/** Converts between spreadsheets and CSV, in the helper process: spreadsheets are compressed, and the library reads them in one go. */
import * as spreadsheets from '@e965/xlsx'
import { csvField, readCsv } from '../base/csv.ts'
import { Fault } from '../base/fault.ts'
import type { Outcome } from './helper-frames.ts'
import { Problem } from './problem.ts'
import { unfoldZip } from './zip.ts'

/** Limits of an xls sheet. */
const MAX_XLS_ROWS = 65_536
const MAX_XLS_COLUMNS = 256
const MAX_CELL = 32_767

function toCsv(bytes: Uint8Array): Uint8Array {
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b
  const isCompound = bytes[0] === 0xd0 && bytes[1] === 0xcf && bytes[2] === 0x11 && bytes[3] === 0xe0
  // The library accepts almost anything as a table; a file named .xls must really be one.
  if (!isZip && !isCompound) throw new Problem('is neither an xls nor an xlsx file')
  // What the library reads is what was unfolded here, within its bound, and nothing that the file says beside it.
  if (isZip) bytes = unfoldZip(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  if (isCompound && bytes.length < 512) throw new Problem('is no complete xls file')
  let rows: unknown[][]
  try {
    const book = spreadsheets.read(bytes, {
      type: 'array',
      dense: true,
      sheets: 0,
      cellDates: true,
      cellFormula: false,
      cellHTML: false,
      cellText: false,
      UTC: true,
    })
    const sheet = book.Sheets[book.SheetNames[0] ?? '']
    if (!sheet) throw new Problem('holds no sheet')
    rows = spreadsheets.utils.sheet_to_json<unknown[]>(sheet, { header: 1, raw: true, blankrows: true, defval: '', UTC: true })
  } catch (error) {
    if (error instanceof Problem) throw error
    throw new Problem(`can't be read as a spreadsheet (${error instanceof Error ? error.message : String(error)})`)
  }
  const width = rows.reduce((most, row) => Math.max(most, row.length), 0)
  return Buffer.from(
    rows.map((row) => `${Array.from({ length: width }, (_, column) => csvField(textOf(row[column]))).join(',')}\n`).join(''),
  )
}

/** Numbers in full, however the sheet rounds them for display; dates in the form that sorts. */
function textOf(cell: unknown): string {
  if (cell instanceof Date) {
    const text = Number.isNaN(cell.getTime()) ? '' : cell.toISOString().replace('T', ' ').replace('Z', '')
    return text.replace(/\.000$/, '').replace(/ 00:00:00$/, '')
  }
  if (typeof cell === 'string' || typeof cell === 'number' || typeof cell === 'boolean') return String(cell)
  return ''
}

/** Decimal numbers as people write them; text that only looks like one (a leading zero, twenty digits) stays text. */
const NUMBER = /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?(?:[eE][+-]?\d{1,2})?$/

async function fromCsv(bytes: Uint8Array, to: 'xls' | 'xlsx'): Promise<Uint8Array> {
  const rows: string[][] = []
  for await (const records of readCsv(ReadableStream.from([new TextDecoder().decode(bytes)])))
    for (const { fields } of records) rows.push(fields)
  if (to === 'xls' && rows.length > MAX_XLS_ROWS) throw new Problem(`has ${rows.length} rows; an xls file holds ${MAX_XLS_ROWS}`)
  // Text stays text, including formulas: a cell must never compute what a CSV field says.
  const cells = rows.map((row) => {
    if (to === 'xls' && row.length > MAX_XLS_COLUMNS) throw new Problem(`has ${row.length} columns; an xls file holds ${MAX_XLS_COLUMNS}`)
    return row.map((field) => {
      if (field.length > MAX_CELL) throw new Problem(`has a field of ${field.length} characters; a cell holds ${MAX_CELL}`)
      return NUMBER.test(field) ? Number(field) : field
    })
  })
  const book = spreadsheets.utils.book_new()
  spreadsheets.utils.book_append_sheet(book, spreadsheets.utils.aoa_to_sheet(cells), 'data')
  return new Uint8Array(
    spreadsheets.write(book, { type: 'buffer', bookType: to === 'xls' ? 'biff8' : 'xlsx', compression: true }) as Buffer,
  )
}

export async function convert(to: 'csv' | 'xls' | 'xlsx', bytes: Uint8Array): Promise<{ outcome: Outcome; bytes: Uint8Array }> {
  try {
    return { outcome: {}, bytes: to === 'csv' ? toCsv(bytes) : await fromCsv(bytes, to) }
  } catch (error) {
    const problem = (text: string): { outcome: Outcome; bytes: Uint8Array } => ({ outcome: { problem: text }, bytes: new Uint8Array(0) })
    if (error instanceof Problem) return problem(error.message)
    if (error instanceof Fault) return problem(`can't be read as CSV (${error.message})`)
    return problem(`can't be converted (${error instanceof Error ? error.message : String(error)})`)
  }
}
