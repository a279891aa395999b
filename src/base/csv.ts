/**
 * CSV according to RFC 4180: fields in quotes where necessary, quotes doubled inside. Besides the strict reader here, the
 * client's importer cuts records without reading their fields, which makes it fast (client/csv-splitter.ts), and the table
 * editor of pages reads whatever people call CSV and keeps it to the character (daemon/web/shared/csv.ts). Both build on the
 * functions here.
 */
import { invalid } from './fault.ts'
import { TextPieces } from './text-pieces.ts'

export const csvField = (text: string): string => (/[",\r\n]/.test(text) ? `"${doubleQuotes(text)}"` : text)

const [QUOTE, COMMA] = [34, 44]

/** Maximum length of a record, in characters. */
const MAX_RECORD = 4_000_000

/** Counts the characters that a reader looks at, for tests. */
export interface Steps {
  characters: number
}

export interface CsvRecord {
  /** The first is 1. */
  readonly number: number
  readonly fields: readonly string[]
  /** Why it is no record, as a sentence; only where damaged ones are told. */
  readonly problem?: string
}

export interface CsvOptions {
  readonly steps?: Steps | undefined
  /**
   * A record with a quote that is not closed, or with text around its quotes, is told with its `problem` in place of thrown; the lines
   * behind its first one are read for themselves.
   */
  readonly toleratesDamage?: boolean
  /** Fields of a record that are told apart; a record of more has one more than that. */
  readonly most?: number
}

/**
 * Reads the records of a stream of CSV text. Lines may end in \n or \r\n; empty ones are skipped. Simple lines are split by the engine's
 * own fast search; only lines with quotes are scanned. Each character is looked at a fixed number of times, in whatever pieces it comes.
 * @throws Fault invalid for a quote that is not closed, text after a closing quote, or a huge record
 */
export async function* readCsv(
  chunks: AsyncIterable<string>,
  { steps, toleratesDamage = false, most = Number.POSITIVE_INFINITY }: CsvOptions = {},
): AsyncGenerator<CsvRecord[]> {
  const begun = new TextPieces()
  let isQuoted = false
  let number = 0
  const take = (raw: string, records: CsvRecord[]): void => {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw
    number++
    if (line === '') return
    const fields = splitRecord(line, toleratesDamage, most)
    if (typeof fields !== 'string') return void records.push({ number, fields })
    if (!toleratesDamage) throw invalid(`Line ${number} of the CSV ${fields}.`)
    const end = line.indexOf('\n')
    records.push({ number, fields: [end < 0 ? line : line.slice(0, end)], problem: `Line ${number} of the CSV ${fields}.` })
    if (end >= 0) takeAll(line.slice(end + 1), records)
  }
  /** The records of a text of whole lines. */
  const takeAll = (text: string, records: CsvRecord[]): void => {
    for (const line of linesOf(text, steps)) take(line, records)
  }
  for await (const chunk of chunks) {
    const records: CsvRecord[] = []
    const ends: RecordEnds = new RecordEnds(chunk, isQuoted, steps)
    let at = 0
    for (let end = ends.next(); end >= 0; end = ends.next()) {
      begun.push(chunk.slice(at, end))
      take(begun.take(), records)
      at = end + 1
    }
    isQuoted = ends.isQuoted
    begun.push(chunk.slice(at))
    if (begun.length > MAX_RECORD)
      throw invalid(`Line ${number + 1} of the CSV is longer than ${MAX_RECORD} characters: is a quote not closed?`)
    if (records.length > 0) yield records
  }
  const last: CsvRecord[] = []
  take(begun.take(), last)
  if (last.length > 0) yield last
}

/** The records of a text as they stand, the last one also where a quote in it is not closed. */
function* linesOf(text: string, steps: Steps | undefined): Generator<string> {
  const ends = new RecordEnds(text, false, steps)
  let at = 0
  for (let end = ends.next(); end >= 0; end = ends.next()) {
    yield text.slice(at, end)
    at = end + 1
  }
  yield text.slice(at)
}

/** The line breaks of a text that end records; those in quotes don't. Each quote and each line break is searched for once. */
export class RecordEnds {
  readonly #text: string
  readonly #steps: Steps | undefined
  #at = 0
  #isQuoted: boolean
  /** The next ones from `#at` on; the text's length where there are none. */
  #quote = -1
  #break = -1

  /** @param isQuoted whether the text begins within quotes */
  constructor(text: string, isQuoted = false, steps?: Steps) {
    this.#text = text
    this.#isQuoted = isQuoted
    this.#steps = steps
  }

  /** Whether the text, as far as it was walked, ends within quotes. */
  get isQuoted(): boolean {
    return this.#isQuoted
  }

  /** The position of the next one; -1: the rest of the text is no whole record. */
  next(): number {
    const { length } = this.#text
    for (;;) {
      if (this.#quote < this.#at) this.#quote = this.#find('"')
      if (this.#break < this.#at) this.#break = this.#find('\n')
      if (!this.#isQuoted && this.#break < this.#quote) {
        const end = this.#break
        this.#at = end + 1
        return end
      }
      if (this.#quote >= length) return -1
      this.#isQuoted = !this.#isQuoted
      this.#at = this.#quote + 1
    }
  }

  #find(part: string): number {
    const found = this.#text.startsWith(part, this.#at) ? this.#at : this.#text.indexOf(part, this.#at)
    const end = found < 0 ? this.#text.length : found
    if (this.#steps) this.#steps.characters += end - this.#at + 1
    return end
  }
}

/** Texts up to so many characters are replaced in; of a megabyte of quotes that makes a million parts, which take a tenth of a second. */
const SHORT = 10_000
/** Characters that become text at once. */
const PART = 8_000

/** Each quote twice, as it stands inside of quotes. */
export function doubleQuotes(text: string): string {
  if (text.length <= SHORT) return text.replaceAll('"', '""')
  let count = 0
  for (let at = nextQuote(text, 0); at >= 0; at = nextQuote(text, at + 1)) count++
  if (count === 0) return text
  const units = new Uint16Array(text.length + count)
  let size = 0
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    units[size++] = unit
    if (unit === QUOTE) units[size++] = QUOTE
  }
  return textOf(units)
}

/** Each pair of quotes as one, as it was meant inside of quotes. */
function singleQuotes(text: string): string {
  if (text.length <= SHORT) return text.replaceAll('""', '"')
  const units = new Uint16Array(text.length)
  let size = 0
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    units[size++] = unit
    if (unit === QUOTE) at++
  }
  return textOf(units.subarray(0, size))
}

/** Not by way of UTF-8, which has no halves of pairs. */
function textOf(units: Uint16Array): string {
  const parts: string[] = []
  for (let at = 0; at < units.length; at += PART) parts.push(String.fromCharCode(...units.subarray(at, at + PART)))
  return parts.join('')
}

/** Where quotes follow one another, looking is faster than searching. */
export const nextQuote = (text: string, from: number): number => (text.charCodeAt(from) === QUOTE ? from : text.indexOf('"', from))

/**
 * The field in quotes that begins at a position, without its quotes, and where the text after its closing quote begins. undefined if there
 * is no closing quote.
 */
export function readQuoted(text: string, start: number): { field: string; end: number } | undefined {
  let isDoubled = false
  for (let from = start + 1; ; isDoubled = true) {
    const quote = nextQuote(text, from)
    if (quote < 0) return undefined
    if (text.charCodeAt(quote + 1) === QUOTE) {
      from = quote + 2
      continue
    }
    const inside = text.slice(start + 1, quote)
    return { field: isDoubled ? singleQuotes(inside) : inside, end: quote + 1 }
  }
}

/** @param isStrict refuses line breaks outside of quotes too @returns what is wrong with it, as the end of a sentence, or its fields */
function splitRecord(line: string, isStrict: boolean, most: number): string[] | string {
  if (!line.includes('"')) return most === Number.POSITIVE_INFINITY ? line.split(',') : line.split(',', most + 1)
  const fields: string[] = []
  let at = 0
  for (;;) {
    if (fields.length > most) return fields
    if (line.charCodeAt(at) !== QUOTE) {
      const comma = line.indexOf(',', at)
      const field = comma < 0 ? line.slice(at) : line.slice(at, comma)
      if (isStrict && field.includes('\n')) return 'has a quote inside a field that is not in quotes'
      fields.push(field)
      if (comma < 0) return fields
      at = comma + 1
      continue
    }
    const quoted = readQuoted(line, at)
    if (!quoted) return 'has a quote that is not closed'
    fields.push(quoted.field)
    if (quoted.end === line.length) return fields
    if (line.charCodeAt(quoted.end) !== COMMA) return 'has text after a closing quote'
    at = quoted.end + 1
  }
}
