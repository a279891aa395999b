/**
 * Cuts a stream of `timestamp,value` CSV into request bodies of `path,timestamp,value`. It works on long pieces of text, as latin1 so that
 * each byte is kept as it is: a line costs almost nothing unless there are quotes or blank lines.
 */
import { invalid } from '../base/fault.ts'
import { csvField, RecordEnds } from '../base/csv.ts'

export interface CsvPart {
  /** With the header line, ready to be sent. */
  body: Buffer
  rows: number
  /** Number of the line in the source, from 1, at which a row (from 0) begins. */
  lineOf: (row: number) => number
  /** Length in the source, in bytes. */
  bytes: number
}

/** Limits of one request. */
const MAX_ROWS = 100_000
const MAX_BYTES = 4 * 1024 * 1024
const MAX_BODY_BYTES = 16 * 1024 * 1024
const HEADER = 'path,timestamp,value\n'

export class CsvSplitter {
  readonly #prefix: string
  #text = ''
  #line = 1
  #isFirst = true

  constructor(path: string) {
    this.#prefix = `${Buffer.from(csvField(path), 'utf8').toString('latin1')},`
  }

  /** Adds bytes of the source. @returns the parts that are complete now */
  push(chunk: Buffer): CsvPart[] {
    this.#text += chunk.toString('latin1')
    const parts: CsvPart[] = []
    while (this.#text.length >= MAX_BYTES) {
      const part = this.#cut(false)
      if (part === undefined) break
      parts.push(part)
    }
    return parts
  }

  /** Returns the remaining parts; the last line needs no line end. */
  end(): CsvPart[] {
    if (this.#text !== '' && !this.#text.endsWith('\n')) this.#text += '\n'
    const parts: CsvPart[] = []
    while (this.#text !== '') {
      const part = this.#cut(true)
      if (part === undefined) break
      parts.push(part)
    }
    return parts
  }

  #cut(isEnd: boolean): CsvPart | undefined {
    if (this.#isFirst) this.#takeHeader()
    const text = this.#text
    const ends = new RecordEnds(text)
    let end = 0
    let rows = 0
    const maxRows = Math.min(MAX_ROWS, Math.ceil(MAX_BODY_BYTES / this.#prefix.length))
    for (; rows < maxRows && (end < MAX_BYTES || rows === 0); rows++) {
      const next = ends.next()
      if (next < 0) break
      end = next + 1
    }
    if (end === 0) {
      if (isEnd && text !== '') throw invalid(`Line ${this.#line} opens a quotation that never ends.`)
      if (text.length > 8 * MAX_BYTES) throw invalid(`The row at line ${this.#line} is longer than ${8 * MAX_BYTES} bytes.`)
      return undefined
    }
    const source = this.#withWireTimes(text.slice(0, end))
    this.#text = text.slice(end)
    const quoted = source.includes('"')
    const first = this.#line
    const isPlain = !quoted && !source.includes('\n\n') && !source.startsWith('\n') && !source.includes('\r')
    if (isPlain) {
      this.#line += rows
      return {
        body: this.#bodyOf(source.slice(0, -1).replaceAll('\n', `\n${this.#prefix}`)),
        rows,
        lineOf: (row) => first + row,
        bytes: end,
      }
    }
    return this.#cutSlowly(source, quoted, end)
  }

  /**
   * Converts times as old servers write them into CSV, `2026-01-31 12:00:00.000000`, to those of the wire. The first row decides for all.
   */
  #withWireTimes(source: string): string {
    return /^"?\d{4}-\d\d-\d\d /.test(source)
      ? source.replace(/^("?\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d{1,6})?)(?="?,)/gm, '$1T$2Z')
      : source
  }

  /** With blank lines, carriage returns or quotes, the rows are processed one by one. */
  #cutSlowly(source: string, quoted: boolean, bytes: number): CsvPart {
    const records: string[] = []
    const lines: number[] = []
    const ends = new RecordEnds(source)
    for (let at = 0; at < source.length; ) {
      const end = ends.next()
      const record = source.slice(at, source[end - 1] === '\r' ? end - 1 : end)
      if (record.trim() !== '') {
        records.push(record)
        lines.push(this.#line)
      }
      this.#line += quoted ? countLines(source, at, end) : 1
      at = end + 1
    }
    return {
      body: this.#bodyOf(records.join(`\n${this.#prefix}`), records.length),
      rows: records.length,
      lineOf: (row) => lines[row] ?? 0,
      bytes,
    }
  }

  #bodyOf(rows: string, count = 1): Buffer {
    return Buffer.from(count === 0 ? HEADER : `${HEADER}${this.#prefix}${rows}\n`, 'latin1')
  }

  /** Skips a byte order mark, and a header, which is recognized because its first field is not a time. */
  #takeHeader(): void {
    this.#isFirst = false
    if (this.#text.startsWith('\u00ef\u00bb\u00bf')) this.#text = this.#text.slice(3)
    const end = this.#text.indexOf('\n')
    const line = (end < 0 ? this.#text : this.#text.slice(0, end)).trim()
    if (line === '' || /^"?[-+]?[.\d]/.test(line)) return
    const fields = line.split(',').map((field) => field.replaceAll('"', '').trim().toLowerCase())
    if (fields.length !== 2 || fields[0] === 'value')
      throw invalid(`Line 1: the columns must be timestamp,value, not ${JSON.stringify(line.slice(0, 100))}.`)
    this.#text = end < 0 ? '' : this.#text.slice(end + 1)
    this.#line = 2
  }
}

function countLines(text: string, from: number, to: number): number {
  let lines = 1
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) lines++
  return lines
}
