/** Parses bodies of many values as they arrive: a JSON array, NDJSON, or CSV. */
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { readCsv, type Steps } from '../../src/base/csv.ts'
import { Fault, invalid } from '../../src/base/fault.ts'
import { isObject, parseLoosely } from '../../src/base/json.ts'
import { requireModestJson } from '../../src/base/json-bounds.ts'
import { quote } from '../../src/base/path.ts'
import type { Pause } from '../../src/base/turns.ts'
import { TextPieces } from '../../src/base/text-pieces.ts'
import type { ImportItem } from '../../src/sequences/value-import.ts'
import { splitElements } from './json-elements.ts'
import { mediaType, readChunks } from '../requests/body.ts'
import { BROKEN, Utf8Decoder } from '../requests/utf8-decoder.ts'

const noPause: Pause = () => undefined

/** Maximum length of a single item, in characters. */
const MAX_ITEM = 4_000_000

/**
 * Yields the items of a request's body, in chunks. A row that is damaged is told as such, and stops no other.
 * @param pause between the chunks of the network, of which many may have come, and between the steps of a long list
 * @throws Fault invalid when the body is malformed or of another type; too_large past `limit` bytes
 */
export function readItems(incoming: IncomingMessage, limit: number, pause: Pause = noPause): AsyncIterable<ImportItem[]> {
  const decoder = new Utf8Decoder(true)
  return parseItems(incoming, decodeChunks(decoder, readChunks(incoming, limit), pause), { pause })
}

interface Reading {
  readonly pause?: Pause
  /** Counts the characters that are looked at, for tests. */
  readonly steps?: Steps
}

/** As {@link readItems}, of text that comes in pieces. */
export function parseItems(
  incoming: Pick<IncomingMessage, 'headers'>,
  chunks: AsyncIterable<string>,
  reading: Reading = {},
): AsyncIterable<ImportItem[]> {
  const { steps } = reading
  switch (mediaType(incoming)) {
    case 'application/json':
      return Number(incoming.headers['content-length'] ?? Number.POSITIVE_INFINITY) <= SMALL
        ? readSmallJsonArray(chunks)
        : readJsonArray(chunks, reading)
    case 'application/x-ndjson':
    case 'application/ndjson':
    case 'application/jsonl':
    case 'application/jsonlines':
      return readNdjson(chunks, steps)
    case 'text/csv':
      return readCsvItems(chunks, steps)
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
    items = parseModest(body)
  } catch {
    items = undefined
  }
  if (Array.isArray(items) && !body.includes(BROKEN)) yield items.map(toItem)
  // For invalid JSON, or another type than an array, use the parser that knows where it went wrong.
  else yield* readJsonArray(Readable.from([body]))
}

/** @throws SyntaxError; Fault too_large for more than is parsed at once */
function parseModest(text: string): unknown {
  requireModestJson(text, 'It')
  return parseLoosely(text)
}

async function* decodeChunks(decoder: Utf8Decoder, chunks: AsyncIterable<Buffer>, pause: Pause): AsyncGenerator<string> {
  for await (const chunk of chunks) {
    await pause()
    yield decoder.decode(chunk)
  }
  yield decoder.end()
}

const NO_UTF8 = 'has bytes that are no UTF-8'

/** Characters of a damaged row that go on; fewer are told. */
const MAX_DAMAGED = 1_000

const damaged = (message: string, text: string, isSound = false): ImportItem => ({
  ...nothing,
  damage: { message, text: text.slice(0, MAX_DAMAGED).replaceAll(BROKEN, '\ufffd'), isSound },
})

const ARRAY_FORM = 'The body must be a JSON array of {"path", "timestamp", "value"}.'

/** Splits the array between its elements, so that each piece can be parsed while the next one arrives. Walks each chunk once. */
async function* readJsonArray(chunks: AsyncIterable<string>, { steps, pause = noPause }: Reading = {}): AsyncGenerator<ImportItem[]> {
  /** What came since the last complete element. */
  const rest = new TextPieces()
  let [depth, inText, escaped, begun, ended, later] = [0, false, false, false, false, false]
  for await (const chunk of chunks) {
    if (steps) steps.characters += chunk.length
    if (ended) {
      if (chunk.trim() !== '') throw invalid(AFTER_END)
      continue
    }
    let [start, cut] = [0, 0]
    for (let at = 0; at < chunk.length && !ended; at++) {
      const code = chunk.charCodeAt(at)
      if (inText) {
        if (escaped) escaped = false
        else if (code === BACKSLASH) escaped = true
        else if (code === QUOTE) inText = false
      } else if (code === QUOTE) inText = true
      else if (code === OPEN_BRACKET || code === OPEN_BRACE) {
        depth++
        if (!begun) {
          // Before the array there is nothing but blanks: each chunk without its beginning was checked.
          if (code !== OPEN_BRACKET || chunk.slice(0, at).trim() !== '') throw invalid(ARRAY_FORM)
          begun = true
          start = cut = at + 1
        }
      } else if (code === CLOSE_BRACKET || code === CLOSE_BRACE) {
        depth--
        if (depth === 1) cut = at + 1
        else if (depth === 0) {
          ended = true
          cut = at
          if (chunk.slice(at + 1).trim() !== '') throw invalid(AFTER_END)
        }
      }
    }
    if (!begun) {
      if (chunk.trim() !== '') throw invalid(ARRAY_FORM)
      continue
    }
    if (cut > start || ended) {
      rest.push(chunk.slice(start, cut))
      start = cut
      const piece = rest.take()
      if (steps) steps.characters += piece.length
      if (piece.trim() !== '') {
        yield await parsePiece(piece, later, pause)
        later = true
      }
    }
    rest.push(chunk.slice(start))
    if (rest.length > MAX_ITEM) throw invalid(`An element of the JSON array is longer than ${MAX_ITEM} characters.`)
  }
  if (!ended) throw invalid(begun ? 'The JSON array is not closed.' : `The body is empty. ${ARRAY_FORM}`)
}

const AFTER_END = 'The body has text after the end of its JSON array.'

const [QUOTE, BACKSLASH, OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [34, 92, 91, 93, 123, 125]

/** @param later true if a piece came before: this one begins with the comma between the two */
async function parsePiece(piece: string, later: boolean, pause: Pause): Promise<ImportItem[]> {
  const at = later ? piece.indexOf(',') : -1
  if (later && (at < 0 || piece.slice(0, at).trim() !== '')) throw invalid('The body is not JSON: a comma is missing between two elements.')
  const inside = piece.slice(at + 1)
  let problem = invalid('The body is not UTF-8.')
  try {
    if (!inside.includes(BROKEN)) return (parseModest(`[${inside}]`) as unknown[]).map(toItem)
  } catch (error) {
    problem = error instanceof Fault ? error : invalid(`The body is not JSON: ${wordsOf(error)}.`)
  }
  await pause()
  const elements = splitElements(inside)
  if (!elements) throw problem
  const items: ImportItem[] = []
  for (const element of elements) {
    await pause()
    items.push(parseRow(element, 'An element of the array'))
  }
  return items
}

/** A row that stands by itself. @param name of it, for what is wrong with it */
function parseRow(text: string, name: string): ImportItem {
  if (text.includes(BROKEN)) return damaged(`${name} ${NO_UTF8}.`, text)
  try {
    return toItem(parseModest(text))
  } catch (error) {
    if (error instanceof Fault) return damaged(`${name} is not taken. ${error.message}`, text, true)
    return damaged(`${name} is not JSON: ${wordsOf(error)}.`, text)
  }
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

async function* readNdjson(chunks: AsyncIterable<string>, steps?: Steps): AsyncGenerator<ImportItem[]> {
  const rest = new TextPieces()
  let line = 0
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf('\n')
    if (steps) steps.characters += chunk.length
    if (end >= 0) {
      rest.push(chunk.slice(0, end))
      const text = rest.take()
      if (steps) steps.characters += text.length
      const lines = text.split('\n')
      yield parseLines(lines, line)
      line += lines.length
    }
    rest.push(chunk.slice(end + 1))
    if (rest.length > MAX_ITEM) throw invalid(`Line ${line + 1} is longer than ${MAX_ITEM} characters.`)
  }
  const last = rest.take()
  if (last.trim() !== '') yield parseLines([last], line)
}

function parseLines(lines: readonly string[], before: number): ImportItem[] {
  const items: ImportItem[] = []
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]
    if (line === undefined || line.trim() === '') continue
    items.push(parseRow(line, `Line ${before + at + 1}`))
  }
  return items
}

async function* readCsvItems(chunks: AsyncIterable<string>, steps?: Steps): AsyncGenerator<ImportItem[]> {
  let headed = false
  for await (const records of readCsv(chunks, { steps, toleratesDamage: true, most: MAX_FIELDS })) {
    const items: ImportItem[] = []
    for (const { number, fields, problem } of records) {
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
      const [path, timestamp, value] = fields
      if (problem !== undefined) items.push(damaged(problem, fields.join(',')))
      else if (fields.length !== 3) items.push(damaged(wrongWidth(number, fields.length), fields.join(',')))
      else if (value?.includes(BROKEN) === true || path?.includes(BROKEN) === true)
        items.push(damaged(`Line ${number} of the CSV ${NO_UTF8}.`, fields.join(',')))
      else items.push({ path, timestamp, value })
    }
    yield items
  }
  if (!headed) throw invalid('The CSV is empty: it must begin with the header path,timestamp,value.')
}

/** Fields of a line that are told apart. */
const MAX_FIELDS = 100

const wrongWidth = (number: number, width: number): string =>
  `Line ${number} of the CSV has ${width === 1 ? '1 field' : width > MAX_FIELDS ? `more than ${MAX_FIELDS} fields` : `${width} fields`}, ` +
  'not 3: path,timestamp,value. ' +
  'Put text with commas in double quotes.'

const nothing: ImportItem = { path: undefined, timestamp: undefined, value: undefined }

const toItem = (value: unknown): ImportItem =>
  isObject(value) ? { path: value['path'], timestamp: value['timestamp'], value: value['value'] } : nothing
