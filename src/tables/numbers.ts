/** Numbers as loggers and spreadsheets write them, and what stands in the place of one that is missing. */
import { readDecimal } from '../base/decimal.ts'
import { changesAsNumber, whyChanged } from '../base/whole-numbers.ts'
import { quote } from '../base/quote.ts'
import { asciiDigits } from './digits.ts'

/** What a cell of a column of numbers is: a number, `undefined` where one is missing, or a text that says why it is neither. */
export type NumberCell = number | undefined | string

/** Compared without regard to case. */
const MISSING = new Set([
  '',
  'na',
  'n/a',
  '#n/a',
  '#na',
  'nan',
  'null',
  'none',
  'nil',
  '<na>',
  'nat',
  '<null>',
  '\\n',
  '.',
  'over',
  'ovrflw',
  'overflow',
  'ol',
  '+ol',
  '-ol',
  'o.l.',
  '+over',
  '-over',
  'n.a.',
  '-1.#ind',
  '1.#qnan',
  '#value!',
  '#div/0!',
  '#ref!',
  '#num!',
  '#name?',
  'unavailable',
  'unknown',
  'missing',
])

/** Dashes, stars and signs as displays show them, `--.-` too. */
const DASHES = /^(?:-{1,8}(?:[.,]-{1,4})?|\*{2,8}|\+{2,8})$/

/** What instruments of SCPI send for an overload (9.9E37, with its sign) and for no number (9.91E37). Source: SCPI 1999.0, 7.2.1. */
const NO_READINGS = [9.9e37, -9.9e37, 9.91e37]
const NO_READING = /^[+-]?9\.90*e\+?37$|^\+?9\.910*e\+?37$/

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/

export class NumberReader {
  readonly #hasComma: boolean
  readonly #missing: ReadonlySet<string>
  readonly #missingNumbers: ReadonlySet<number>

  /**
   * @param hasComma true: the decimal sign is a comma
   * @param missing what else means that there is no value, besides the usual words, -9999 and what instruments send for an overload
   */
  constructor(hasComma: boolean, missing: readonly string[] = []) {
    this.#hasComma = hasComma
    const words = missing.map((word) => word.trim().toLowerCase())
    this.#missing = new Set([...MISSING, ...words])
    this.#missingNumbers = new Set([-9999, ...NO_READINGS, ...words.map((word) => Number(word.replace(',', '.'))).filter(Number.isFinite)])
  }

  isMissing(cell: string): boolean {
    const text = cell.trim().toLowerCase()
    if (this.#missing.has(text) || DASHES.test(text)) return true
    return text.startsWith('-9999') ? Number(text.replace(',', '.')) === -9999 : NO_READING.test(text.replace(',', '.'))
  }

  read(cell: string): NumberCell {
    const plain = this.#hasComma ? undefined : readDecimal(cell)
    if (plain !== undefined) return this.#missingNumbers.has(plain) ? undefined : plain
    const text = cell.trim()
    if (this.#missing.has(text.toLowerCase()) || DASHES.test(text)) return undefined
    if (this.#hasComma && text.includes('.')) return text.includes(',') ? thousands(text) : explain(text, true)
    const ascii = asciiDigits(text, this.#hasComma ? ',' : '.')
    const usual = (this.#hasComma ? ascii.replace(',', '.') : ascii)
      .replace('\u2212', '-')
      .replace(/^([+-])\s+(?=[\d.])/, '$1')
      // As Fortran writes what is exact to 64 bits.
      .replace(/(?<=^[+-]?[\d.]{1,25})[Dd](?=[+-]\d{1,3}$)/, 'e')
    if (!NUMBER.test(usual)) return explain(text, this.#hasComma)
    const value = Number(usual)
    if (!Number.isFinite(value)) return `${quote(text)} is larger than a number can be`
    if (value === 0 && /^[^eE]*[1-9]/.test(usual)) return `${quote(text)} is smaller than a number can be`
    if (this.#missingNumbers.has(value)) return undefined
    if (changesAsNumber(usual, value)) return `${quote(text)} ${whyChanged(value)}`
    return value
  }
}

const thousands = (text: string): string => `${quote(text)} has a separator of thousands: write the number without it`

function explain(text: string, hasComma: boolean): string {
  const shown = quote(text)
  if (/^[+-]?\d{1,3}(?:['’\u00a0\u202f ]\d{3})+(?:[.,]\d*)?$/.test(text)) return thousands(text)
  if (/^[+-]?\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d*)?$/.test(text)) return thousands(text)
  if (/^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?$/.test(text) || /^[+-]?\d{1,3}(?:\.\d{3})+(?:,\d*)?$/.test(text)) return thousands(text)
  if (/^[<>≤≥]\s*[\d.,]+$/.test(text)) return `${shown} says only that the value is beyond a limit`
  if (/^[+-]?[\d.,]+\s*[*†‡!?#a-z]$/i.test(text)) return `${shown} is a number with a mark`
  if (/^[+-]?0x[0-9a-f]+$/i.test(text)) return `${shown} is hexadecimal`
  if (!hasComma && /^[+-]?\d+,\d+$/.test(text)) return `${shown} has a decimal comma, and the other numbers have points`
  if (hasComma && /^[+-]?\d+\.\d+$/.test(text)) return `${shown} has a decimal point, and the other numbers have commas`
  return `${shown} is no number`
}
