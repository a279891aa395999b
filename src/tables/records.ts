/** Records of a table: one line each, or more where a field in quotes has line breaks. */
import type { Options } from 'csv-parse/sync'
import { nextQuote, readQuoted } from '../base/csv.ts'
import type { LineBatch } from './lines.ts'
import { MAX_LINE } from './lines.ts'

/** What stands between fields; `blanks` is any number of blanks and tabs. */
export type Delimiter = ',' | ';' | '\t' | '|' | 'blanks'

export interface TableRecord {
  /** Number of its first line in the file, from 1. */
  readonly line: number
  readonly fields: readonly string[]
  /** As it stands in the file. */
  readonly text: string
  /** Why it can't be read as a record at all. */
  readonly problem?: string | undefined
}

/** What is asked of the rows by who does not need all their fields. */
export interface Glance {
  /** Fields that a row has to have; those with others are read whole. */
  readonly width: number
  /** How many of the first ones are wanted; the others are empty. */
  readonly wanted: number
}

/** Columns of a table; spectrometers write some two thousand. No row is split into more fields than one beyond that. */
export const MAX_COLUMNS = 5_000
/** Characters of a line with quotes that the library reads; it takes some 20 ms for them. */
const LONG_QUOTED = 50_000

/** Lines in which a quote has to be closed again; otherwise it is no quotation but damage, and costs one line. */
const MAX_QUOTED_LINES = 1_000

type ParseCsv = (text: string, options: Options) => string[][]

/** A line drawn below the header of a table for people, as psql and Markdown have it. */
const RULE = /^[\s|+:]*[-=]{3}[-=\s|+:]*$/

/** With which programs of DOS end a file. */
const END_OF_DOS = '\u001a'

/** Makes records of lines, which may come in any number of batches. Lines that are blank are passed over. */
export class RecordReader {
  readonly #delimiter: Delimiter
  readonly #parse: ParseCsv
  /** Lines of a record whose quotation is still open. */
  #open: string[] = []
  #openLine = 0
  #isOpen = false
  /** undefined: all fields are wanted. Splitting takes most of the time of reading, and most of its memory. */
  glance: Glance | undefined

  private constructor(delimiter: Delimiter, parse: ParseCsv) {
    this.#delimiter = delimiter
    this.#parse = parse
  }

  static async for(delimiter: Delimiter): Promise<RecordReader> {
    const { parse } = await import('csv-parse/sync')
    return new RecordReader(delimiter, (text, options) => parse(text, options))
  }

  push({ first, lines }: LineBatch): TableRecord[] {
    const records: TableRecord[] = []
    const quoted: { at: number; line: number; text: string }[] = []
    for (const [index, line] of lines.entries()) this.#take(line, first + index, records, quoted)
    this.#parseQuoted(quoted, records)
    return records
  }

  /** What is left at the end of the file: a quotation that was never closed. */
  end(): TableRecord[] {
    const records: TableRecord[] = []
    const quoted: { at: number; line: number; text: string }[] = []
    while (this.#open.length > 0) this.#refuseFirst(records, quoted)
    this.#parseQuoted(quoted, records)
    return records
  }

  #take(line: string, number: number, records: TableRecord[], quoted: { at: number; line: number; text: string }[]): void {
    if (this.#open.length > 0) {
      this.#open.push(line)
      if (line.includes('"')) this.#isOpen = endsInQuotes(line, this.#delimiter, true)
      const text = this.#isOpen ? undefined : this.#open.join('\n')
      if (text !== undefined && isSound(text, this.#delimiter)) {
        quoted.push({ at: records.length, line: this.#openLine, text })
        records.push(placeholder)
        this.#open = []
      } else if (text !== undefined || this.#open.length > MAX_QUOTED_LINES) this.#refuseFirst(records, quoted)
      return
    }
    if (!line.includes('"')) {
      if (line.length > MAX_LINE) records.push(tooLong(line, number))
      else if (line.trim() !== '' && line !== END_OF_DOS && !RULE.test(line))
        records.push({ line: number, fields: this.#split(line), text: line })
      return
    }
    if (endsInQuotes(line, this.#delimiter, false)) {
      this.#open = [line]
      this.#openLine = number
      this.#isOpen = true
      return
    }
    quoted.push({ at: records.length, line: number, text: line })
    records.push(placeholder)
  }

  /** The line that opened a quotation without end is refused alone; those after it are read again for themselves. */
  #refuseFirst(records: TableRecord[], quoted: { at: number; line: number; text: string }[]): void {
    const [text, ...others] = this.#open
    if (text === undefined) return
    const from = this.#openLine
    this.#open = []
    records.push({ line: from, fields: [], text, problem: 'it opens a quotation that is not closed' })
    for (const [index, line] of others.entries()) this.#take(line, from + 1 + index, records, quoted)
  }

  #split(line: string): string[] {
    const glance = this.glance
    const isSingle = glance && this.#delimiter !== 'blanks'
    return (isSingle ? splitFirst(line, this.#delimiter, glance) : undefined) ?? splitPlain(line, this.#delimiter)
  }

  #parseQuoted(quoted: readonly { at: number; line: number; text: string }[], records: TableRecord[]): void {
    if (quoted.length === 0) return
    const short = quoted.filter(({ text }) => text.length <= LONG_QUOTED)
    const parsed = short.length === 0 ? [] : this.#tryParse(short.map(({ text }) => text).join('\n'))
    const fits = parsed?.length === short.length
    let index = 0
    for (const { at, line, text } of quoted) {
      const isLong = text.length > LONG_QUOTED
      const fields = isLong ? splitLong(text, this.#delimiter) : fits ? parsed[index++] : this.#tryParse(text)?.[0]
      records[at] = fields
        ? { line, fields: fields.length > MAX_COLUMNS ? fields.slice(0, MAX_COLUMNS + 1) : fields, text }
        : { line, fields: [], text, problem: 'its quotes can’t be read: a quote inside a field is written twice' }
    }
  }

  #tryParse(text: string): string[][] | undefined {
    if (this.#delimiter === 'blanks') return text.split('\n').map((line) => splitQuotedBlanks(line))
    try {
      return this.#parse(text, {
        delimiter: this.#delimiter,
        record_delimiter: '\n',
        relax_column_count: true,
        relax_quotes: true,
        skip_empty_lines: false,
      })
    } catch {
      return undefined
    }
  }
}

const placeholder: TableRecord = { line: 0, fields: [], text: '' }

const tooLong = (line: string, number: number): TableRecord => ({
  line: number,
  fields: [],
  text: line.slice(0, 200),
  problem: `it is longer than ${MAX_LINE} characters`,
})

const splitPlain = (line: string, delimiter: Delimiter): string[] =>
  delimiter === 'blanks' ? line.trim().split(/[ \t]+/, MAX_COLUMNS + 1) : line.split(delimiter, MAX_COLUMNS + 1)

/** Of a line that the library would take long for; undefined where a quotation is no whole field. */
function splitLong(line: string, delimiter: Delimiter): string[] | undefined {
  if (delimiter === 'blanks') return splitQuotedBlanks(line)
  const fields: string[] = []
  for (let at = 0; fields.length <= MAX_COLUMNS; ) {
    const quoted = line[at] === '"' ? readQuoted(line, at) : undefined
    if (line[at] === '"' && !quoted) return undefined
    const next = line.indexOf(delimiter, quoted?.end ?? at)
    const end = next < 0 ? line.length : next
    if (quoted && quoted.end !== end) return undefined
    fields.push(quoted ? quoted.field : line.slice(at, end))
    if (next < 0) break
    at = next + 1
  }
  return fields
}

/** undefined where the row has other fields than asked for, or none of those that are wanted. */
function splitFirst(line: string, delimiter: string, { width, wanted }: Glance): string[] | undefined {
  const fields: string[] = new Array<string>(width).fill('')
  let [at, start, isBlank] = [0, 0, true]
  for (let end = line.indexOf(delimiter); end >= 0; end = line.indexOf(delimiter, start)) {
    if (at < wanted) {
      const field = line.slice(start, end)
      isBlank &&= field.trim() === ''
      fields[at] = field
    }
    at++
    start = end + 1
  }
  if (at < wanted) fields[at] = line.slice(start)
  return at === width - 1 && !isBlank ? fields : undefined
}

function splitQuotedBlanks(line: string): string[] {
  const fields: string[] = []
  for (const [whole, inside] of line.matchAll(/"([^"]*)"|[^\s"]+/g)) if (fields.push(inside ?? whole) > MAX_COLUMNS) break
  return fields
}

/** Whether quotations of several lines are whole fields: a quote that damage left would make one field of all rows up to the next one. */
function isSound(text: string, delimiter: Delimiter): boolean {
  const isEnd = (at: number): boolean =>
    at >= text.length || (delimiter === 'blanks' ? /[ \t]/.test(text.charAt(at)) : text.charAt(at) === delimiter)
  for (let at = 0; at <= text.length; at++) {
    if (text.charAt(at) === '"') {
      const quoted = readQuoted(text, at)
      if (!quoted || !isEnd(quoted.end)) return false
      at = quoted.end
      continue
    }
    while (!isEnd(at)) if (text.charAt(at++) === '\n') return false
  }
  return true
}

/** Whether a line ends inside a quotation: one begins at the beginning of a field, and ends at a quote that is not doubled. */
function endsInQuotes(line: string, delimiter: Delimiter, isInside: boolean): boolean {
  const isBetween = (character: string | undefined): boolean =>
    character === undefined || (delimiter === 'blanks' ? character === ' ' || character === '\t' : character === delimiter)
  let inside = isInside
  for (let at = nextQuote(line, 0); at >= 0; at = nextQuote(line, at + 1)) {
    if (!inside) {
      if (isBetween(at === 0 ? undefined : line[at - 1])) inside = true
    } else if (line[at + 1] === '"') at++
    else inside = false
  }
  return inside
}
