/** What comes as a value of a sequence, and what the sequence takes it for. */
import { readDecimal } from '../base/decimal.ts'
import { invalid } from '../base/fault.ts'
import { quote } from '../base/path.ts'
import { changesAsNumber, whyChanged } from '../base/whole-numbers.ts'
import { IMAGE, NUMERIC, TEXT } from '../wire/resource-types.ts'
import type { SequenceSpec } from '../attributes/sequence-spec.ts'
import { pathOf, type Resource } from '../tree/tree.ts'

/** Longest value of a text sequence, in characters. */
const MAX_TEXT_VALUE = 2_000_000
/** Longest text of a number. */
const MAX_NUMBER = 400

export interface ParsedValue {
  readonly value: number | string
  /** The text it came as, where that is not what the value prints as. */
  readonly text?: string | undefined
}

const parseNumber = (text: string): number => (NUMBER.test(text) ? Number(text) : Number.NaN)

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/

/**
 * A value as its sequence holds it: a finite number from a number, decimal text or a truth (1 or 0), or text from anything: lists and
 * objects as JSON.
 * @throws Fault invalid naming the sequence
 */
export function parseValue(spec: SequenceSpec, sequence: Resource, came: unknown): ParsedValue {
  const given = spec.dataType === TEXT ? listAsText(came) : spec.dataType === NUMERIC ? (truthOf(came) ?? came) : came
  const value = parseStored(spec, sequence, given)
  if (typeof value === 'string' || typeof given !== 'string') return { value }
  const text = given.trim()
  return String(value) === text ? { value } : { value, text }
}

const listAsText = (given: unknown): unknown => (typeof given === 'object' && given !== null ? JSON.stringify(given) : given)

/** A truth as a number; also as Python writes it, whose clients send `str(value)`. undefined: it is none. */
function truthOf(given: unknown): number | undefined {
  if (typeof given === 'boolean') return given ? 1 : 0
  if (typeof given !== 'string' || given.length > 5) return undefined
  const word = given.toLowerCase()
  return word === 'true' ? 1 : word === 'false' ? 0 : undefined
}

/** As {@link parseValue}, for who does not show the value to others as it came. @throws Fault invalid naming the sequence */
export function parseStored(spec: SequenceSpec, sequence: Resource, value: unknown): number | string {
  if (spec.dataType === IMAGE) throw invalid(`${pathOf(sequence)} is an image sequence: send its JPEG as "data" in base64 with PUT.`)
  if (spec.dataType === TEXT) {
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
      throw invalid(`value of ${pathOf(sequence)} must be text, found ${describe(value)}.`)
    const text = String(value)
    if (text.length > MAX_TEXT_VALUE) throw invalid(`value of ${pathOf(sequence)} is longer than ${MAX_TEXT_VALUE} characters.`)
    if (!text.isWellFormed()) throw invalid(`value of ${pathOf(sequence)} is not well-formed Unicode.`)
    return text
  }
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (typeof value === 'string' && value.length <= MAX_NUMBER) {
    const text = value.trim()
    const number = readDecimal(value) ?? parseNumber(text)
    if (changesAsNumber(text, number)) throw invalid(`value of ${pathOf(sequence)}: ${quote(text)} ${whyChanged(number)}.`)
    if (Number.isFinite(number)) return number
  }
  const truth = truthOf(value)
  if (truth !== undefined) return truth
  throw invalid(`value of ${pathOf(sequence)} must be a finite number, found ${describe(value)}.`)
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'number') return String(value)
  // Imports bring objects whose depth nobody has bounded.
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object'
  return quote(typeof value === 'string' ? value : JSON.stringify(value))
}
