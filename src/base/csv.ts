/** CSV according to RFC 4180: fields in quotes where necessary, quotes doubled inside. */
import { invalid } from './fault.ts'

export const csvField = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

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
    // Search for quotes only once: searching again from each line would scan the whole rest each time.
    const isPlain = !text.includes('"')
    let at = 0
    for (;;) {
      const end = isPlain ? text.indexOf('\n', at) : endOfRecord(text, at)
      if (end < 0) break
      const line = text.charCodeAt(end - 1) === 13 && end > at ? text.slice(at, end - 1) : text.slice(at, end)
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

/** Position of the line break that ends the record, or -1 when the record is not complete yet. */
function endOfRecord(text: string, from: number): number {
  let end = text.indexOf('\n', from)
  const quote = text.indexOf('"', from)
  if (quote < 0 || end < quote) return end
  // After an odd number of quotes, a line break is inside a field.
  let quotes = 0
  let at = from
  while (end >= 0) {
    for (let next = text.indexOf('"', at); next >= 0 && next < end; next = text.indexOf('"', next + 1)) quotes++
    if (quotes % 2 === 0) return end
    at = end + 1
    end = text.indexOf('\n', at)
  }
  return -1
}

function splitRecord(line: string, number: number): string[] {
  if (!line.includes('"')) return line.split(',')
  const fields: string[] = []
  let at = 0
  for (;;) {
    if (line.charCodeAt(at) !== 34) {
      const comma = line.indexOf(',', at)
      fields.push(comma < 0 ? line.slice(at) : line.slice(at, comma))
      if (comma < 0) return fields
      at = comma + 1
      continue
    }
    let field = ''
    let from = at + 1
    for (;;) {
      const quote = line.indexOf('"', from)
      if (quote < 0) throw invalid(`Line ${number} of the CSV has a quote that is not closed.`)
      field += line.slice(from, quote)
      from = quote + 1
      if (line.charCodeAt(from) !== 34) break
      field += '"'
      from++
    }
    fields.push(field)
    if (from === line.length) return fields
    if (line.charCodeAt(from) !== 44) throw invalid(`Line ${number} of the CSV has text after a closing quote.`)
    at = from + 1
  }
}
