/** Converts between spreadsheets and CSV, in the helper process: spreadsheets are compressed, and the library reads them in one go. */
import * as spreadsheets from '@e965/xlsx'
import { csvField, readCsv } from '../base/csv.ts'
import { Fault } from '../base/fault.ts'
import { documentTable } from '../tables/documents.ts'
import type { Outcome, Task } from './helper-frames.ts'
import { withoutBlankEnds } from './open-document.ts'
import { Problem } from './problem.ts'
import { unfoldZip } from './zip.ts'

/** Limits of an xls sheet. */
const MAX_XLS_ROWS = 65_536
const MAX_XLS_COLUMNS = 256
const MAX_CELL = 32_767

/** @param hasFormulas whether cells are wanted whose formula was never computed */
function readBook(bytes: Uint8Array, hasFormulas = false): spreadsheets.WorkBook {
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b
  const isCompound = bytes[0] === 0xd0 && bytes[1] === 0xcf && bytes[2] === 0x11 && bytes[3] === 0xe0
  // The library accepts almost anything as a table; a file named .xls must really be one.
  if (!isZip && !isCompound) throw new Problem('is neither an xls nor an xlsx file')
  // What the library reads is what was unfolded here, within its bound, and nothing that the file says beside it.
  if (isZip) bytes = unfoldZip(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), undefined, withoutBlankEndsOf)
  const isOpen = isZip && Buffer.from(bytes.subarray(0, 200)).includes('application/vnd.oasis')
  if (isCompound && bytes.length < 512) throw new Problem('is no complete xls file')
  try {
    // The formats of OpenDocument come as what they show alone.
    const wanted = { cellNF: true, cellFormula: hasFormulas, sheetStubs: hasFormulas, cellHTML: false, cellText: hasFormulas && isOpen }
    return spreadsheets.read(bytes, { type: 'array', dense: true, ...wanted })
  } catch (error) {
    if (isZip && error instanceof Error && error.message.startsWith('Unsupported ZIP'))
      throw new Problem('is a zip archive without a workbook in it: unpack it first')
    throw new Problem(`can't be read as a spreadsheet (${error instanceof Error ? error.message : String(error)})`)
  }
}

const withoutBlankEndsOf = (name: string, content: Buffer): Buffer => (name === 'content.xml' ? withoutBlankEnds(content) : content)

type Row = readonly (spreadsheets.CellObject | undefined)[]

const rowsOf = (book: spreadsheets.WorkBook, name: string): readonly (Row | undefined)[] => book.Sheets[name]?.['!data'] ?? []

const namesOf = (book: spreadsheets.WorkBook): string[] =>
  book.SheetNames.filter((name) => rowsOf(book, name).some((row) => row?.some((cell) => cell !== undefined && textOf(cell, false) !== '')))

function toCsv(bytes: Uint8Array, wanted: string | undefined, isImport: boolean): Uint8Array {
  const book = readBook(bytes, isImport)
  const name = wanted ?? book.SheetNames[0]
  if (name === undefined || !book.Sheets[name]) throw new Problem('holds no sheet')
  const has1904 = book.Workbook?.WBProps?.date1904 === true
  const rows = rowsOf(book, name)
  const width = rows.reduce((most, row) => Math.max(most, row?.length ?? 0), 0)
  const blank = isImport ? '\n' : `${','.repeat(Math.max(width - 1, 0))}\n`
  const lineOf = (row: Row | undefined): string => {
    if (row === undefined || row.length === 0) return blank
    const fields = Array.from({ length: width }, (_, column) => csvField(textOf(row[column], has1904, isImport)))
    return fields.every((field) => field === '') ? blank : `${fields.join(',')}\n`
  }
  const lines = Array.from(rows, lineOf)
  // Formatted cells below the table make a million rows of nothing.
  const end = isImport ? lines.findLastIndex((line) => line !== blank) + 1 : lines.length
  return Buffer.from(lines.slice(0, end).join(''))
}

/** Numbers in full, however the sheet rounds them for display; dates in the form that sorts; durations as hours, minutes and seconds. */
function textOf(cell: spreadsheets.CellObject | undefined, has1904: boolean, isImport = false): string {
  // A program that computes nothing wrote it: without this it would look as if the sheet had nothing there.
  if (isImport && cell?.f !== undefined && (cell.v === undefined || cell.t === 'z')) return `=${cell.f}`
  if (!cell || cell.v === undefined || cell.t === 'z') return ''
  if (cell.t === 'e') return cell.w ?? '#N/A'
  const format = typeof cell.z === 'string' ? cell.z : ''
  if (cell.v instanceof Date) return dateText(25_569 + cell.v.getTime() / DAY_MS, format)
  if (cell.t === 'n' && typeof cell.v === 'number' && isImport && (isPercentage(format) || (format === '' && /%\s*$/.test(cell.w ?? ''))))
    return `${Number((cell.v * 100).toPrecision(15))}%`
  if (cell.t !== 'n' || typeof cell.v !== 'number' || !isDateFormat(format)) return String(cell.v)
  return dateText(cell.v + (has1904 ? DAYS_1904 : 0), format, has1904)
}

/** Whether a number format shows a date or a time: apart from texts, colours and conditions it has letters of one. */
const isDateFormat = (format: string): boolean =>
  /[ydhms]/i.test(format.replaceAll(/"[^"]*"|\\.|\[(?!(?:h+|m+|s+)\])[^[\]]*\]|general/gi, ''))

/** Whether a number format shows hundredths: what a sheet holds as 0.415 is 41.5 % to who reads it. */
const isPercentage = (format: string): boolean => format.replaceAll(/"[^"]*"|\\./g, '').includes('%')

const DAY_MS = 86_400_000
/** From the first day of one of Excel's calendars to that of the other. */
const DAYS_1904 = 1_462

/** A serial date, rounded to the millisecond; its format says whether it is a date, a time of a day, or a duration. */
function dateText(serial: number, given: string, has1904 = false): string {
  const format = given.toLowerCase().replaceAll(/"[^"]*"|\\./g, '')
  const hasClock = /h|s/.test(format)
  const bare = serial - (has1904 ? DAYS_1904 : 0)
  if (/\[(?:h+|m+|s+)\]/.test(format)) return clockText(Math.round(bare * DAY_MS))
  if (hasClock && !/[yd]/.test(format) && bare < 1) return clockText(Math.round(bare * DAY_MS))
  const time = new Date(Math.round((serial - 25_569) * DAY_MS))
  if (Number.isNaN(time.getTime())) return ''
  const text = time
    .toISOString()
    .replace('T', ' ')
    .replace('Z', '')
    .replace(/\.000$/, '')
  return hasClock ? text : text.replace(/ 00:00:00$/, '')
}

/** `36:00:00`, from milliseconds. */
function clockText(duration: number): string {
  const [seconds, millis] = [Math.floor(Math.abs(duration) / 1000), Math.abs(duration) % 1000]
  const two = (number: number): string => String(number).padStart(2, '0')
  const fraction = millis === 0 ? '' : `.${String(millis).padStart(3, '0')}`
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  return `${duration < 0 ? '-' : ''}${two(hours)}:${two(minutes)}:${two(seconds % 60)}${fraction}`
}

/** Decimal numbers as people write them; text that only looks like one (a leading zero, twenty digits) stays text. */
const NUMBER = /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?(?:[eE][+-]?\d{1,2})?$/

async function fromCsv(bytes: Uint8Array, to: 'xls' | 'xlsx'): Promise<Uint8Array> {
  const rows: (readonly string[])[] = []
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

export async function convert(
  { kind: to, sheet }: Exclude<Task, { readonly kind: 'thumbnail' }>,
  bytes: Uint8Array,
): Promise<{ outcome: Outcome; bytes: Uint8Array }> {
  try {
    if (to === 'sheets') return { outcome: {}, bytes: Buffer.from(JSON.stringify(namesOf(readBook(bytes)))) }
    if (to === 'document') return { outcome: {}, bytes: Buffer.from(documentTable(bytes) ?? '') }
    return { outcome: {}, bytes: to === 'csv' || to === 'table' ? toCsv(bytes, sheet, to === 'table') : await fromCsv(bytes, to) }
  } catch (error) {
    const problem = (text: string): { outcome: Outcome; bytes: Uint8Array } => ({ outcome: { problem: text }, bytes: new Uint8Array(0) })
    if (error instanceof Problem) return problem(error.message)
    if (error instanceof Fault) return problem(to === 'document' ? error.message : `can't be read as CSV (${error.message})`)
    return problem(`can't be converted (${error instanceof Error ? error.message : String(error)})`)
  }
}
