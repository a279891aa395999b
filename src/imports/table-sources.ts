/** Files as sources of tables: as they are, the chosen sheet of a workbook, or what a document of JSON or XML holds. */
import type { Context } from '../context.ts'
import { Fault, invalid } from '../base/fault.ts'
import { quote } from '../base/quote.ts'
import { readWhole } from '../content/content.ts'
import { isWorkbookName, MAX_CONVERSION_BYTES } from '../content/spreadsheets.ts'
import { mayBeDocument } from '../tables/documents.ts'
import { encodingOf, type TableSource } from '../tables/encoding.ts'
import { turnTable } from '../tables/turned-table.ts'

/** A file that can be read as often as needed. */
export interface SpooledFile {
  /** Empty when it has none. */
  readonly name: string
  /** Bytes. */
  readonly size: number
  open(): Promise<Iterable<Uint8Array> | AsyncIterable<Uint8Array>>
}

/**
 * The table in a file.
 * @param sheet name of the sheet, or its number from 1, where the file is a workbook
 * @param isOnItsSide its times stand side by side in one line: it is turned
 * @throws Fault invalid when the file has several sheets and none is chosen, or is no sound workbook
 */
export async function asTable(ctx: Context, file: SpooledFile, sheet: string | undefined, isOnItsSide = false): Promise<TableSource> {
  const table = await plainTable(ctx, file, sheet)
  return isOnItsSide ? turnTable(table, ctx.turns.pause) : table
}

async function plainTable(ctx: Context, file: SpooledFile, sheet: string | undefined): Promise<TableSource> {
  const open: TableSource = async function* () {
    yield* await file.open()
  }
  if (!(await isWorkbook(file, open))) {
    if (sheet !== undefined && sheet !== '') throw invalid('The file is no workbook, so it has no sheet to choose.')
    return (await documentIn(ctx, file, open)) ?? open
  }
  const bytes = await readWhole(open(), MAX_CONVERSION_BYTES)
  const names = await ctx.conversions.sheetNames(bytes, 'The file')
  const chosen = choose(names, sheet)
  const table = await ctx.conversions.convert({ to: 'table', bytes, sheet: chosen }, 'The file')
  return async function* () {
    await Promise.resolve()
    yield table
  }
}

/** What a document of JSON or XML holds; undefined where the file is none. @throws Fault invalid where that is several tables */
async function documentIn(ctx: Context, file: SpooledFile, open: TableSource): Promise<TableSource | undefined> {
  if (file.size > MAX_CONVERSION_BYTES) return undefined
  for await (const chunk of open()) {
    if (!mayBeDocument(chunk)) return undefined
    break
  }
  const table = await ctx.conversions.documentTable(await readWhole(open(), MAX_CONVERSION_BYTES))
  if (table.length === 0) return undefined
  return async function* () {
    await Promise.resolve()
    yield table
  }
}

/** By its first bytes: instruments call tables of text `.xls`, too, so the name counts only where they are no text. */
async function isWorkbook(file: SpooledFile, open: TableSource): Promise<boolean> {
  for await (const chunk of open()) {
    if ((chunk[0] === 0x50 && chunk[1] === 0x4b && chunk[2] === 3) || (chunk[0] === 0xd0 && chunk[1] === 0xcf && chunk[2] === 0x11))
      return true
    return isWorkbookName(file.name) && !encodingOf(chunk).startsWith('utf-16') && chunk.includes(0)
  }
  return false
}

function choose(names: readonly string[], wanted: string | undefined): string {
  const shown = names.map(quote).join(', ')
  const [only] = names
  if (wanted === undefined || wanted === '') {
    if (names.length === 1 && only !== undefined) return only
    throw new Fault('invalid', `The workbook has ${names.length} sheets with something in them: ${shown}. Choose one with --sheet.`, {
      choice: { parameter: 'sheet', values: names },
    })
  }
  const found = names.find((name) => name === wanted) ?? names[Number(wanted) - 1]
  if (found === undefined) throw invalid(`The workbook has no sheet ${quote(wanted)}; it has ${shown}.`)
  return found
}
