/**
 * Parses InfluxDB's line protocol: `measurement,tag=value field=1.5,other=2i 1700000000000000000`. In one pass, whatever the text: a line
 * that is malformed costs itself alone, and so does a field whose value is none.
 */
import { changesAsNumber } from '../base/whole-numbers.ts'

/** A number, a text, or a truth. */
export type FieldValue = number | string | boolean

export interface LinePoint {
  /** From 1. */
  readonly line: number
  readonly measurement: string
  /** Sorted by their names. */
  readonly tags: readonly (readonly [name: string, value: string])[]
  readonly fields: readonly (readonly [name: string, value: FieldValue])[]
  /** What is wrong with fields beside them whose values are none. */
  readonly problems?: readonly string[]
  /** Digits, as they were written; their unit is the request's precision. undefined: the server's time. */
  readonly timestamp: string | undefined
}

export interface LineProblem {
  readonly line: number
  readonly message: string
}

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/
const INTEGER = /^[+-]?\d+i$|^\+?\d+u$/
/** Most of one line, each of which is looked at in one go. */
const MAX_TAGS = 200
const MAX_FIELDS = 10_000
/** Characters of empty lines and comments in one step. */
const STEP = 50_000
const TRUTHS: ReadonlyMap<string, boolean> = new Map([
  ...['t', 'T', 'true', 'True', 'TRUE'].map((word) => [word, true] as const),
  ...['f', 'F', 'false', 'False', 'FALSE'].map((word) => [word, false] as const),
])

class Malformed extends Error {}
/** A value that is none; what follows it is read all the same. */
class NoValue extends Malformed {}

type Line = LinePoint | { readonly problem: LineProblem }

/** The points of a text, and what is wrong with the lines that are none. */
export function* parseLines(text: string): Generator<Line> {
  for (const line of parseInSteps(text)) if (line) yield line
}

/** The same in steps of a millisecond or less: undefined is one of empty lines and comments, of which there may be millions. */
export function* parseInSteps(text: string): Generator<Line | undefined> {
  const reader = new Reader(text)
  for (;;) {
    const follows = reader.skipBlank()
    if (follows === false) return
    if (follows === undefined) {
      yield undefined
      continue
    }
    const { line } = reader
    try {
      yield readPoint(reader, line)
    } catch (error) {
      if (!(error instanceof Malformed)) throw error
      reader.skipLine()
      yield { problem: { line, message: error.message } }
    }
  }
}

function readPoint(reader: Reader, line: number): LinePoint {
  const measurement = reader.readName(', ', 'the measurement')
  const tags: [string, string][] = []
  while (reader.take(',')) {
    const name = reader.readName('=', 'a tag')
    reader.need('=', `the tag "${clip(name)}" has no value`)
    if (tags.some(([known]) => known === name)) throw new Malformed(`the tag "${clip(name)}" is given twice`)
    if (tags.push([name, reader.readName(', ', `the value of the tag "${clip(name)}"`)]) > MAX_TAGS)
      throw new Malformed(`there are more than ${MAX_TAGS} tags`)
  }
  reader.need(' ', 'there are no fields')
  reader.skipSpaces()
  const fields: [string, FieldValue][] = []
  const problems: string[] = []
  do {
    const name = reader.readName('=', 'a field')
    reader.need('=', `the field "${clip(name)}" has no value`)
    try {
      fields.push([name, reader.readValue(name)])
    } catch (error) {
      if (!(error instanceof NoValue)) throw error
      problems.push(error.message)
    }
    if (fields.length + problems.length > MAX_FIELDS)
      throw new Malformed(`there are more than ${MAX_FIELDS} fields: send them in several lines`)
  } while (reader.take(','))
  reader.skipSpaces()
  const timestamp = reader.peekRest()
  if (timestamp !== '' && !/^-?\d{1,20}$/.test(timestamp))
    throw new Malformed(`the timestamp is "${clip(timestamp)}"; it must be a whole number`)
  if (fields.length === 0) throw new Malformed(problems.join('; '))
  reader.skipLine()
  tags.sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0))
  const point = { line, measurement, tags, fields, timestamp: timestamp === '' ? undefined : timestamp }
  return problems.length === 0 ? point : { ...point, problems }
}

/** A text that is read from its beginning to its end, each character once. */
class Reader {
  line = 1
  readonly #text: string
  #at = 0
  #hasGoneBack = false

  constructor(text: string) {
    this.#text = text
  }

  /** Passes over empty lines and comments. @returns whether something follows; undefined: that is not found out yet */
  skipBlank(): boolean | undefined {
    for (const end = this.#at + STEP; this.#at < end; ) {
      const next = this.#text[this.#at]
      if (next === undefined) return false
      if (next === '#') this.skipLine()
      else if (next === '\n') this.#advanceLine()
      else if (next === ' ' || next === '\r' || next === '\t') this.#at++
      else return true
    }
    return undefined
  }

  skipLine(): void {
    const end = this.#text.indexOf('\n', this.#at)
    if (end < 0) this.#at = this.#text.length
    else {
      this.#at = end
      this.#advanceLine()
    }
  }

  #advanceLine(): void {
    this.#at++
    this.line++
  }

  skipSpaces(): void {
    while (this.#text[this.#at] === ' ') this.#at++
  }

  take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false
    this.#at++
    return true
  }

  need(character: string, otherwise: string): void {
    if (!this.take(character)) throw new Malformed(otherwise)
  }

  /** Up to an unescaped one of `ends`, or the end of the line. */
  readName(ends: string, what: string): string {
    const parts: string[] = []
    let from = this.#at
    for (;;) {
      const next = this.#text[this.#at]
      if (next === undefined || next === '\n' || next === '\r' || ends.includes(next)) break
      const after = this.#text[this.#at + 1]
      if (next === '\\' && (after === ',' || after === '=' || after === ' ')) {
        parts.push(this.#text.slice(from, this.#at))
        from = ++this.#at
      }
      this.#at++
    }
    const name = parts.join('') + this.#text.slice(from, this.#at)
    if (name === '') throw new Malformed(`${what} is empty`)
    return name
  }

  readValue(name: string): FieldValue {
    if (this.take('"')) return this.#readText(name)
    const from = this.#at
    for (;;) {
      const next = this.#text[this.#at]
      if (next === undefined || next === ',' || next === ' ' || next === '\n' || next === '\r') break
      this.#at++
    }
    const text = this.#text.slice(from, this.#at)
    const truth = TRUTHS.get(text)
    if (truth !== undefined) return truth
    if (INTEGER.test(text)) {
      const digits = text.slice(0, -1)
      const number = Number(digits)
      // A longer text is no integer of 64 bits, and may be none that a double can be at all.
      if (!Number.isFinite(number) || changesAsNumber(digits, number)) throw new NoValue(beyond(name, digits))
      return number
    }
    const number = NUMBER.test(text) ? Number(text) : Number.NaN
    if (!Number.isFinite(number)) throw new NoValue(`the field "${clip(name)}" is "${clip(text)}", which is no value`)
    if (changesAsNumber(text, number)) throw new NoValue(beyond(name, text))
    return number
  }

  /** After the opening quote. */
  #readText(name: string): string {
    const parts: string[] = []
    const [start, startLine] = [this.#at, this.line]
    let from = start
    for (;;) {
      const next = this.#text[this.#at]
      if (next === undefined) {
        // Lines behind it may be good ones; looked for once only, so that no text takes long.
        if (!this.#hasGoneBack) [this.#at, this.line] = [start, startLine]
        this.#hasGoneBack = true
        throw new Malformed(`the text of the field "${clip(name)}" does not end`)
      }
      if (next === '"') break
      if (next === '\n') this.line++
      const after = this.#text[this.#at + 1]
      if (next === '\\' && (after === '"' || after === '\\')) {
        parts.push(this.#text.slice(from, this.#at))
        from = ++this.#at
      }
      this.#at++
    }
    const text = parts.join('') + this.#text.slice(from, this.#at)
    this.#at++
    return text
  }

  /** What is left of the line. */
  peekRest(): string {
    const end = this.#text.indexOf('\n', this.#at)
    return this.#text.slice(this.#at, end < 0 ? undefined : end).trimEnd()
  }
}

const beyond = (name: string, digits: string): string =>
  `the field "${clip(name)}" is ${clip(digits)}, which a number of 64 bits with a decimal point can't hold`

const clip = (text: string): string => text.slice(0, 60)
