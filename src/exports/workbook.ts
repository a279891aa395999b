/**
 * Tables as an Excel workbook, made while it is sent: packages for workbooks hold all cells in memory. Source: ECMA-376, part 1
 * (SpreadsheetML) and part 2 (packages).
 */
import type { Readable } from 'node:stream'
import type { Turns } from '../base/turns.ts'
import { ZipWriter } from '../base/zip-writer.ts'
import { isoTime, offsetText, serialDay } from './times.ts'
import type { Cell, Column, Table } from './table.ts'

/** Rows of one sheet, as many as Excel takes; what is more goes on the next one. */
const MAX_ROWS = 1_048_576
/** Characters of one cell, as many as Excel takes. */
const MAX_TEXT = 32_767
const CUT = ' … (cut here: a cell holds no more)'

const DATE_STYLE = 1
const HEADER_STYLE = 2

/** @param maxRows of a sheet, its header among them */
export async function encodeWorkbook(table: Table, turns: Turns, maxRows = MAX_ROWS): Promise<Readable> {
  const zip = await ZipWriter.create()
  addParts(zip, table, turns, maxRows).catch((error: unknown) => zip.fail(error))
  return zip.output
}

async function addParts(zip: ZipWriter, table: Table, turns: Turns, maxRows: number): Promise<void> {
  const rows = new Rows(table.batches)
  let sheets = 0
  do {
    sheets++
    const isRead = await zip.add(`xl/worksheets/sheet${sheets}.xml`, sheetParts(table, rows, turns, maxRows), NO_TIME)
    if (!isRead) return
  } while (await rows.hasMore())
  for (const [name, text] of partsAbout(sheets)) if (!(await zip.add(name, [Buffer.from(text)], NO_TIME))) return
  zip.end()
}

const NO_TIME = { mtime: new Date(0) } as const

/** Rows that are taken by several sheets, one after the other. */
class Rows {
  readonly #batches: AsyncIterator<Cell[][]>
  #batch: Cell[][] = []
  #at = 0

  constructor(batches: AsyncIterable<Cell[][]>) {
    this.#batches = batches[Symbol.asyncIterator]()
  }

  async hasMore(): Promise<boolean> {
    while (this.#at >= this.#batch.length) {
      const next = await this.#batches.next()
      if (next.done === true) return false
      ;[this.#batch, this.#at] = [next.value, 0]
    }
    return true
  }

  /** The rest of the batch, `most` rows of it. */
  take(most: number): Cell[][] {
    const taken = this.#batch.slice(this.#at, this.#at + most)
    this.#at += taken.length
    return taken
  }
}

const PROLOGUE = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'

async function* sheetParts({ columns, offsetAt }: Table, rows: Rows, turns: Turns, maxRows: number): AsyncGenerator<Buffer> {
  const widths = columns
    .map(({ kind, title }, at) => {
      const width = kind === 'time' ? 24 : Math.min(60, Math.max(12, title.length + 2))
      return `<col min="${at + 1}" max="${at + 1}" width="${width}" customWidth="1"/>`
    })
    .join('')
  const header = columns.map(({ title }) => textCell(title, HEADER_STYLE)).join('')
  yield Buffer.from(
    `${PROLOGUE}<worksheet xmlns="${MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" ` +
      `activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>${widths}</cols><sheetData><row>${header}</row>`,
  )
  for (let left = maxRows - 1; left > 0 && (await rows.hasMore()); ) {
    if (turns.isOver()) await turns.next()
    const some = rows.take(left)
    left -= some.length
    let text = ''
    for (const row of some) text += `<row>${columns.map((column, at) => cellOf(column, row[at] ?? null, offsetAt)).join('')}</row>`
    yield Buffer.from(text)
  }
  yield Buffer.from('</sheetData></worksheet>')
}

function cellOf({ kind }: Column, cell: Cell, offsetAt: Table['offsetAt']): string {
  if (cell === null) return '<c/>'
  if (typeof cell === 'string') return textCell(cell)
  if (kind === 'offset') return textCell(offsetText(cell))
  if (kind !== 'time') return `<c><v>${cell}</v></c>`
  const offset = offsetAt(cell)
  const serial = serialDay(cell, offset)
  return serial === undefined ? textCell(isoTime(cell, offset)) : `<c s="${DATE_STYLE}"><v>${serial}</v></c>`
}

function textCell(text: string, style?: number): string {
  const kept = text.length > MAX_TEXT ? text.slice(0, MAX_TEXT - CUT.length) + CUT : text
  return `<c t="inlineStr"${style === undefined ? '' : ` s="${style}"`}><is><t xml:space="preserve">${escapeXml(kept)}</t></is></c>`
}

/** Characters that XML can't hold are written as Excel does: _x0007_; so is what looks like that already. */
function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_')
    .replace(
      /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g,
      (character) => `_x${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`,
    )
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}

function partsAbout(sheets: number): [name: string, text: string][] {
  const numbers = Array.from({ length: sheets }, (_, at) => at + 1)
  const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
  const packages = 'http://schemas.openxmlformats.org/package/2006'
  const type = 'application/vnd.openxmlformats-officedocument.spreadsheetml'
  const sheetList = numbers.map((n) => `<sheet name="Values${n === 1 ? '' : ` ${n}`}" sheetId="${n}" r:id="rId${n}"/>`).join('')
  const relations = numbers.map((n) => `<Relationship Id="rId${n}" Type="${office}/worksheet" Target="worksheets/sheet${n}.xml"/>`).join('')
  const overrides = numbers.map((n) => `<Override PartName="/xl/worksheets/sheet${n}.xml" ContentType="${type}.worksheet+xml"/>`).join('')
  return [
    [
      '[Content_Types].xml',
      `${PROLOGUE}<Types xmlns="${packages}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package` +
        `.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ` +
        `ContentType="${type}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="${type}.styles+xml"/>${overrides}</Types>`,
    ],
    [
      '_rels/.rels',
      `${PROLOGUE}<Relationships xmlns="${packages}/relationships"><Relationship Id="rId1" Type="${office}/officeDocument" ` +
        'Target="xl/workbook.xml"/></Relationships>',
    ],
    ['xl/workbook.xml', `${PROLOGUE}<workbook xmlns="${MAIN}" xmlns:r="${office}"><sheets>${sheetList}</sheets></workbook>`],
    [
      'xl/_rels/workbook.xml.rels',
      `${PROLOGUE}<Relationships xmlns="${packages}/relationships">${relations}<Relationship Id="rId${sheets + 1}" ` +
        `Type="${office}/styles" Target="styles.xml"/></Relationships>`,
    ],
    [
      'xl/styles.xml',
      `${PROLOGUE}<styleSheet xmlns="${MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss.000"/>` +
        '</numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font>' +
        '</fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>' +
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>' +
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="3">' +
        '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>' +
        '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>' +
        '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs></styleSheet>',
    ],
  ]
}
