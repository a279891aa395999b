/**
 * CSV according to RFC 4180: fields in quotes where necessary, quotes doubled inside. Besides the strict reader here, the
 * client's importer cuts records without reading their fields, which makes it fast (client/csv-splitter.ts), and the table
 * editor of pages reads whatever people call CSV and keeps it to the character (daemon/web/shared/csv.ts). Both build on the
 * functions here.
 */
import { invalid } from './fault.ts'

export const csvField = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

const [RETURN, QUOTE, COMMA] = [13, 34, 44]

/** Maximum length of a record, in characters. */
const MAX_RECORD = 4_000_000

/**
 * Reads the records of a stream of CSV text, each with its number (the first is 1). Lines may end in \n or \r\n; empty ones are skipped.
 * Simple lines are split by the engine's own fast search; only lines with quotes are scanned.
 * @throws Fault invalid for a quote that is not closed, text after a closing quote, or a huge record
 */
export async function* readCsv(chunks: AsyncIterable<string>): AsyncGenerator<{ number: number; fields: string[] }[]> {
  let rest = ''
  let number = 0
  for await (const chunk of chunks) {
    const text = rest + chunk
    const records: { number: number; fields: string[] }[] = []
    const isPlain = !text.includes('"')
    const findEnd = findRecordEnds(text)
    let at = 0
    for (;;) {
      const end = findEnd(at)
      if (end < 0) break
      const line = text.charCodeAt(end - 1) === RETURN && end > at ? text.slice(at, end - 1) : text.slice(at, end)
      number++
      if (line !== '') records.push({ number, fields: isPlain ? line.split(',') : splitRecord(line, number) })
      at = end + 1
    }
    rest = text.slice(at)
    if (rest.length > MAX_RECORD)
      throw invalid(`Line ${number + 1} of the CSV is longer than ${MAX_RECORD} characters: is a quote not closed?`)
    if (records.length > 0) yield records
  }
  const line = rest.endsWith('\r') ? rest.slice(0, -1) : rest
  if (line !== '') yield [{ number: number + 1, fields: splitRecord(line, number + 1) }]
}

/**
 * Finds the line breaks that end records; those in quotes don't. Remembers the next quote, so that text with few quotes is searched once.
 * @returns a function from the beginning of a record to the position of the line break after it, or -1 if the record is not complete; to
 *   be called for one record after the other
 */
export function findRecordEnds(text: string): (from: number) => number {
  let quote = -1
  return (from) => {
    for (let at = from; ; ) {
      if (quote < at) quote = positionOf(text, '"', at)
      const end = text.indexOf('\n', at)
      if (end < quote) return end
      const close = text.indexOf('"', quote + 1)
      if (close < 0) return -1
      at = close + 1
    }
  }
}

function positionOf(text: string, part: string, from: number): number {
  const at = text.indexOf(part, from)
  return at < 0 ? Number.POSITIVE_INFINITY : at
}

/**
 * The field in quotes that begins at a position, without its quotes, and where the text after its closing quote begins. undefined if there
 * is no closing quote.
 */
export function readQuoted(text: string, start: number): { field: string; end: number } | undefined {
  let field = ''
  for (let from = start + 1; ; ) {
    const quote = text.indexOf('"', from)
    if (quote < 0) return undefined
    field += text.slice(from, quote)
    if (text.charCodeAt(quote + 1) !== QUOTE) return { field, end: quote + 1 }
    field += '"'
    from = quote + 2
  }
}

function splitRecord(line: string, number: number): string[] {
  if (!line.includes('"')) return line.split(',')
  const fields: string[] = []
  let at = 0
  for (;;) {
    if (line.charCodeAt(at) !== QUOTE) {
      const comma = line.indexOf(',', at)
      fields.push(comma < 0 ? line.slice(at) : line.slice(at, comma))
      if (comma < 0) return fields
      at = comma + 1
      continue
    }
    const quoted = readQuoted(line, at)
    if (!quoted) throw invalid(`Line ${number} of the CSV has a quote that is not closed.`)
    fields.push(quoted.field)
    if (quoted.end === line.length) return fields
    if (line.charCodeAt(quoted.end) !== COMMA) throw invalid(`Line ${number} of the CSV has text after a closing quote.`)
    at = quoted.end + 1
  }
}
