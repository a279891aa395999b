/** Tables as text: CSV, CSV of spreadsheets that write a comma in numbers, and a JSON object a line. */
import { csvField, doubleQuotes } from '../base/csv.ts'
import { isoTime, offsetText, plainTime } from './times.ts'
import type { Cell, Column, Table } from './table.ts'

const encoder = new TextEncoder()

/** RFC 4180, with names of whole paths and times of ISO 8601. Offsets stand in the times. */
export async function* encodeCsv({ columns, batches, offsetAt }: Table): AsyncGenerator<Uint8Array> {
  const shown = columns.flatMap((column, at) => (column.kind === 'offset' ? [] : [{ column, at }]))
  yield encoder.encode(`${shown.map(({ column }) => csvField(column.name)).join(',')}\n`)
  for await (const rows of batches) {
    let text = ''
    for (const row of rows) {
      let line = ''
      for (const { column, at } of shown) line += `${at === 0 ? '' : ','}${csvCell(column, row[at] ?? null, offsetAt)}`
      text += `${line}\n`
    }
    yield encoder.encode(text)
  }
}

function csvCell({ kind }: Column, cell: Cell, offsetAt: Table['offsetAt']): string {
  if (cell === null) return ''
  if (typeof cell === 'string') return csvField(cell)
  return kind === 'time' ? isoTime(cell, offsetAt(cell)) : String(cell)
}

/** Tells a spreadsheet that the file is UTF-8. */
const MARK = '\ufeff'

/** `;` between cells and a comma in numbers, as Excel reads it where that is the custom: Germany, France, most of Europe. */
export async function* encodeSemicolonCsv({ columns, batches, offsetAt }: Table): AsyncGenerator<Uint8Array> {
  yield encoder.encode(`${MARK}${columns.map(({ title }) => semicolonField(title)).join(';')}\r\n`)
  for await (const rows of batches) {
    let text = ''
    for (const row of rows) text += `${columns.map((column, at) => semicolonCell(column, row[at] ?? null, offsetAt)).join(';')}\r\n`
    yield encoder.encode(text)
  }
}

function semicolonCell({ kind }: Column, cell: Cell, offsetAt: Table['offsetAt']): string {
  if (cell === null) return ''
  if (typeof cell === 'string') return semicolonField(cell)
  if (kind === 'time') return plainTime(cell, offsetAt(cell), ',')
  if (kind === 'offset') return offsetText(cell)
  return String(cell).replace('.', ',')
}

/** Signs that begin a formula, also as wide as a letter of Chinese, and what a spreadsheet may pass over before one. */
const FORMULA = /^(?:[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]|[\s\u200b\ufeff]+[=+\-@\uff1d\uff0b\uff0d\uff20])/

/** What such a spreadsheet would take for a formula begins with a quote there, which says that it is text. */
function semicolonField(text: string): string {
  const safe = FORMULA.test(text) ? `'${text}` : text
  return /[";\r\n]/.test(safe) ? `"${doubleQuotes(safe)}"` : safe
}

/** A JSON object a line, with a member for each column; what is not there is left out. */
export async function* encodeLines({ columns, batches, offsetAt }: Table): AsyncGenerator<Uint8Array> {
  const objectOf = rowWriter(columns, offsetAt, false)
  for await (const rows of batches) yield encoder.encode(rows.map((row) => `${objectOf(row)}\n`).join(''))
}

/** One JSON list of rows, each with all columns, as data sources for tables take it; what is not there is null. */
export async function* encodeRows({ columns, batches, offsetAt }: Table): AsyncGenerator<Uint8Array> {
  const objectOf = rowWriter(columns, offsetAt, true)
  let before = '[\n'
  for await (const rows of batches) {
    if (rows.length === 0) continue
    yield encoder.encode(`${before}${rows.map(objectOf).join(',\n')}`)
    before = ',\n'
  }
  yield encoder.encode(before === '[\n' ? '[]\n' : '\n]\n')
}

function rowWriter(columns: readonly Column[], offsetAt: Table['offsetAt'], isWhole: boolean): (row: readonly Cell[]) => string {
  const shown = columns.flatMap(({ kind, name }, at) => (kind === 'offset' ? [] : [{ kind, at, name: JSON.stringify(name) }]))
  return (row) => {
    let members = ''
    for (const { kind, at, name } of shown) {
      const cell = row[at] ?? null
      if (cell === null && !isWhole) continue
      const value = kind === 'time' && typeof cell === 'number' ? isoTime(cell, offsetAt(cell)) : cell
      members += `${members === '' ? '' : ','}${name}:${JSON.stringify(value)}`
    }
    return `{${members}}`
  }
}
