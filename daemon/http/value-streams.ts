/** Parses bodies of many values as they arrive: a JSON array, NDJSON, or CSV. */
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { readCsv } from '../../src/base/csv.ts'
import { invalid } from '../../src/base/fault.ts'
import { isObject, quoteNonNumbers } from '../../src/base/json.ts'
import { quote } from '../../src/base/path.ts'
import type { ImportItem } from '../../src/sequences/value-import.ts'
import { mediaType, tooLarge } from '../requests/body.ts'
import { Utf8Decoder } from '../requests/utf8-decoder.ts'

/** Maximum length of a single item, in characters. */
const MAX_ITEM = 4_000_000

/**
 * Yields the items of a request's body, in chunks.
 * @throws Fault invalid when the body is malformed or of another type; too_large past `limit` bytes
 */
export function readItems(incoming: IncomingMessage, limit: number): AsyncIterable<ImportItem[]> {
  const chunks = decodeChunks(incoming, limit)
  switch (mediaType(incoming)) {
    case 'application/json':
      return Number(incoming.headers['content-length'] ?? Number.POSITIVE_INFINITY) <= SMALL
        ? readSmallJsonArray(chunks)
        : readJsonArray(chunks)
    case 'application/x-ndjson':
    case 'application/ndjson':
    case 'application/jsonl':
    case 'application/jsonlines':
      return readNdjson(chunks)
    case 'text/csv':
      return readCsvItems(chunks)
    default:
      throw invalid(
        'Send the values as application/json (an array), application/x-ndjson, or text/csv with the header path,timestamp,value.',
      )
  }
}

/** Size up to which a JSON body is parsed at once, which takes a millisecond or two. */
const SMALL = 200_000

async function* readSmallJsonArray(chunks: AsyncIterable<string>): AsyncGenerator<ImportItem[]> {
  const parts: string[] = []
  for await (const chunk of chunks) parts.push(chunk)
  const body = parts.join('')
  let items: unknown
  try {
    items = parseLoosely(body)
  } catch {
    items = undefined
  }
  if (Array.isArray(items)) yield items.map(toItem)
  // For invalid JSON, or another type than an array, use the parser that knows where it went wrong.
  else yield* readJsonArray(Readable.from([body]))
}

/** With NaN and Infinity, as Python writes them, as text: only the value that is one is refused. @throws SyntaxError */
function parseLoosely(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const quoted = quoteNonNumbers(text)
    if (quoted === text) throw error
    return JSON.parse(quoted)
  }
}

async function* decodeChunks(incoming: IncomingMessage, limit: number): AsyncGenerator<string> {
  const decoder = new Utf8Decoder()
  let size = 0
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > limit) throw tooLarge(limit)
      yield decoder.decode(chunk)
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ECONNRESET')
      throw invalid('The request ended before its body was complete.')
    throw error
  }
  decoder.end()
}

const ARRAY_FORM = 'The body must be a JSON array of {"path", "timestamp", "value"}.'

/** Splits the array between its elements, so that each piece can be parsed while the next one arrives. */
async function* readJsonArray(chunks: AsyncIterable<string>): AsyncGenerator<ImportItem[]> {
  let rest = ''
  let [depth, inText, escaped, begun, ended, later] = [0, false, false, false, false, false]
  for await (const chunk of chunks) {
    if (ended) {
      if (chunk.trim() !== '') throw invalid('The body has text after the end of its JSON array.')
      continue
    }
    const text = rest + chunk
    let [start, cut] = [0, 0]
    for (let at = rest.length; at < text.length && !ended; at++) {
      const code = text.charCodeAt(at)
      if (inText) {
        if (escaped) escaped = false
        else if (code === BACKSLASH) escaped = true
        else if (code === QUOTE) inText = false
      } else if (code === QUOTE) inText = true
      else if (code === OPEN_BRACKET || code === OPEN_BRACE) {
        depth++
        if (!begun) {
          if (code !== OPEN_BRACKET || text.slice(0, at).trim() !== '') throw invalid(ARRAY_FORM)
          begun = true
          start = cut = at + 1
        }
      } else if (code === CLOSE_BRACKET || code === CLOSE_BRACE) {
        depth--
        if (depth === 1) cut = at + 1
        else if (depth === 0) {
          ended = true
          cut = at
          if (text.slice(at + 1).trim() !== '') throw invalid('The body has text after the end of its JSON array.')
        }
      }
    }
    if (!begun && text.trim() !== '') throw invalid(ARRAY_FORM)
    const piece = text.slice(start, cut)
    if (piece.trim() !== '') {
      yield parsePiece(piece, later)
      later = true
    }
    rest = text.slice(cut)
    if (rest.length > MAX_ITEM) throw invalid(`An element of the JSON array is longer than ${MAX_ITEM} characters.`)
  }
  if (!ended) throw invalid(begun ? 'The JSON array is not closed.' : `The body is empty. ${ARRAY_FORM}`)
}

const [QUOTE, BACKSLASH, OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [34, 92, 91, 93, 123, 125]

/** @param later true if a piece came before: this one begins with the comma between the two */
function parsePiece(piece: string, later: boolean): ImportItem[] {
  const at = later ? piece.indexOf(',') : -1
  if (later && (at < 0 || piece.slice(0, at).trim() !== '')) throw invalid('The body is not JSON: a comma is missing between two elements.')
  try {
    return (parseLoosely(`[${piece.slice(at + 1)}]`) as unknown[]).map(toItem)
  } catch (error) {
    throw invalid(`The body is not JSON: ${error instanceof Error ? error.message : String(error)}.`)
  }
}

async function* readNdjson(chunks: AsyncIterable<string>): AsyncGenerator<ImportItem[]> {
  let rest = ''
  let line = 0
  for await (const chunk of chunks) {
    const text = rest + chunk
    const end = text.lastIndexOf('\n')
    rest = text.slice(end + 1)
    if (rest.length > MAX_ITEM) throw invalid(`Line ${line + 1} is longer than ${MAX_ITEM} characters.`)
    if (end >= 0) {
      const lines = text.slice(0, end).split('\n')
      yield parseLines(lines, line)
      line += lines.length
    }
  }
  if (rest.trim() !== '') yield parseLines([rest], line)
}

function parseLines(lines: readonly string[], before: number): ImportItem[] {
  const items: ImportItem[] = []
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]
    if (line === undefined || line.trim() === '') continue
    try {
      items.push(toItem(parseLoosely(line)))
    } catch (error) {
      throw invalid(`Line ${before + at + 1} is not JSON: ${error instanceof Error ? error.message : String(error)}.`)
    }
  }
  return items
}

async function* readCsvItems(chunks: AsyncIterable<string>): AsyncGenerator<ImportItem[]> {
  let headed = false
  for await (const records of readCsv(chunks)) {
    const items: ImportItem[] = []
    for (const { number, fields } of records) {
      if (!headed) {
        headed = true
        if (
          fields
            .map((field) => field.trim())
            .join(',')
            .replace(/^\ufeff/, '') !== 'path,timestamp,value'
        )
          throw invalid(`The CSV must begin with the header path,timestamp,value; found ${quote(fields.join(','))}.`)
        continue
      }
      if (fields.length !== 3)
        throw invalid(
          `Line ${number} of the CSV has ${fields.length} fields, not 3: path,timestamp,value. Put text with commas in double quotes.`,
        )
      items.push({ path: fields[0], timestamp: fields[1], value: fields[2] })
    }
    yield items
  }
  if (!headed) throw invalid('The CSV is empty: it must begin with the header path,timestamp,value.')
}

const nothing: ImportItem = { path: undefined, timestamp: undefined, value: undefined }

const toItem = (value: unknown): ImportItem =>
  isObject(value) ? { path: value['path'], timestamp: value['timestamp'], value: value['value'] } : nothing
