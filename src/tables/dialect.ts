/** Finds what stands between the fields of a table and what its numbers' decimal sign is, by trying all on many of its lines. */
import type { Pause } from '../base/turns.ts'
import type { LineBatch } from './lines.ts'
import { NumberReader } from './numbers.ts'
import { MAX_COLUMNS, RecordReader, type Delimiter, type TableRecord } from './records.ts'
import { readClock, readTimeText } from './time-text.ts'

export interface Dialect {
  readonly delimiter: Delimiter
  /** The decimal sign is a comma. */
  readonly hasComma: boolean
  /** The lines that were looked at, as records. */
  readonly records: readonly TableRecord[]
}

export type CellKind = 'blank' | 'missing' | 'number' | 'time' | 'clock' | 'text'

/** Of those that fit equally well, the earlier ones are meant: nobody writes a table with tabs or semicolons by accident. */
const DELIMITERS: readonly Delimiter[] = ['\t', ';', '|', ',', 'blanks']

export const delimiterWords: Record<Delimiter, string> = {
  '\t': 'tabs',
  ';': 'semicolons',
  '|': 'bars',
  ',': 'commas',
  blanks: 'blanks',
}

/** What a cell looks like. A cell that could be several things is the first of time of day, time, number. */
export function kindOf(cell: string, numbers: NumberReader): CellKind {
  const text = cell.trim()
  if (text === '') return 'blank'
  if (numbers.isMissing(text)) return 'missing'
  const first = text.charCodeAt(0)
  // Most cells are numbers, of which a column of dates never consists.
  if (typeof numbers.read(text) === 'number') return 'number'
  // Nanoseconds since 1970, which a number of 64 bits may not hold exactly.
  if (first >= 48 && first <= 57 && /^1[0-9]{18}$/.test(text)) return 'number'
  if (first >= 48 && first <= 57 && readClock(text) !== undefined) return 'clock'
  if (readTimeText(text)) return 'time'
  return 'text'
}

/** A line that says which delimiter follows, as Excel reads it. */
export const namedDelimiter = (line: string): Delimiter | undefined => {
  const named = /^\ufeff?"?sep=(.)"?$/i.exec(line)?.[1]
  return DELIMITERS.find((delimiter) => delimiter === named)
}

/** Lines with a `#` in front are comments. */
export const isComment = (line: string): boolean => /^\s*"?#(?!"|\s*"?,|;|\t)/.test(line)

/** Characters of lines that are read at one stretch. */
const STRETCH = 30_000

/** @param head whole lines from the beginning of the file */
export async function findDialect(head: LineBatch, pause: Pause, forced?: Delimiter): Promise<Dialect> {
  const named = namedDelimiter(head.lines[0] ?? '')
  const candidates = forced ? [forced] : named ? [named] : DELIMITERS
  let best: { dialect: Dialect; score: number } | undefined
  let plain = 0
  let hasCommas = false
  for (const delimiter of candidates) {
    // Tabs, semicolons and bars, as many in each row, don't stand there by accident; blanks stand in any date.
    if (delimiter === 'blanks' && (plain >= 0.9 || hasCommas)) continue
    const records = await readAll(head, delimiter, pause)
    const tried = await tryRecords(records, delimiter, pause)
    if (delimiter === 'blanks' && plain >= tried.regularity) continue
    if (delimiter === ',') hasCommas = areNamed(records)
    else plain = Math.max(plain, tried.regularity)
    if (!best || tried.score > best.score + 1e-9) best = { dialect: { delimiter, hasComma: tried.hasComma, records }, score: tried.score }
  }
  if (!best) throw new Error('there is always a candidate')
  return best.dialect
}

/** Whether all lines have as many fields, of which the first one's are names: then nobody means the blanks within them. */
function areNamed(records: readonly TableRecord[]): boolean {
  const plain = records.filter(({ text, problem }) => problem === undefined && !isComment(text))
  const width = plain[0]?.fields.length ?? 0
  const fits = plain.filter(({ fields }) => fields.length === width).length
  const numbers = new NumberReader(false)
  return width > 1 && plain.length > 1 && fits >= plain.length * 0.98 && plain[0]?.fields.every((field) => isWord(field, numbers)) === true
}

const isWord = (field: string, numbers: NumberReader): boolean => /\p{L}/u.test(field) && kindOf(field, numbers) === 'text'

async function readAll({ first, lines, isCut }: LineBatch, delimiter: Delimiter, pause: Pause): Promise<TableRecord[]> {
  const reader = await RecordReader.for(delimiter)
  const records: TableRecord[] = []
  let [from, characters] = [0, 0]
  for (const [at, line] of lines.entries()) {
    characters += line.length
    if (characters < STRETCH && at < lines.length - 1) continue
    for (const record of reader.push({ first: first + from, lines: lines.slice(from, at + 1), isCut })) records.push(record)
    from = at + 1
    characters = 0
    await pause()
  }
  return [...records, ...reader.end()].filter((record) => !isNothing(record))
}

/** Spreadsheets write delimiters for each row that was ever formatted. One that is too wide is told as such. */
const isNothing = ({ fields, problem }: TableRecord): boolean =>
  problem === undefined && fields.length <= MAX_COLUMNS && fields.every((field) => field.trim() === '')

/** The rows that are looked at closely: after what may be a preamble. */
export function bodyOf<T extends { text: string }>(records: readonly T[]): readonly T[] {
  const plain = records.filter(({ text }) => !isComment(text))
  return plain.slice(Math.floor(plain.length * 0.3))
}

/**
 * The number of fields that the rows of a table have: as most lines have them, or where many lines stand above few rows, those at its end.
 * @param records from the beginning of the file
 */
export function tableWidth(records: readonly TableRecord[]): number {
  const most = widthOf(bodyOf(records))
  const plain = records.filter(({ text, problem }) => !isComment(text) && problem === undefined)
  const width = plain.at(-1)?.fields.length ?? 0
  if (width <= most) return most
  const above = plain.slice(0, plain.findLastIndex(({ fields }) => fields.length !== width) + 1)
  const numbers = new NumberReader(false)
  // What stands above them is no row: names of what follows, or single words.
  const isAbove = ({ fields }: TableRecord): boolean =>
    fields.length < 2 || ['text', 'blank'].includes(kindOf((fields[0] ?? '').replace(',', '.'), numbers))
  return plain.length - above.length >= 3 && above.every(isAbove) ? width : most
}

/** The number of fields that most rows have. */
export function widthOf(records: readonly { readonly fields: { readonly length: number } }[]): number {
  const counts = new Map<number, number>()
  for (const { fields } of records) counts.set(fields.length, (counts.get(fields.length) ?? 0) + 1)
  let [width, most] = [0, 0]
  for (const [length, count] of counts) if (count > most || (count === most && length > width)) [width, most] = [length, count]
  return width
}

/** With decimals, and a unit behind it where there is one. */
const COMMA_NUMBER = /^\s*[+-]?\d+,\d+(?:[eE][+-]?\d+)?(?: ?[°%\p{L}][^\d,;]{0,8})?\s*$/u
const POINT_NUMBER = /^\s*[+-]?\d+\.\d+(?:[eE][+-]?\d+)?(?: ?[°%\p{L}][^\d.;]{0,8})?\s*$/u

/** `1 234.5`, with any blank. */
const SPACED_NUMBER = /^\s*[+-]?\d{1,3}(?:[ \u00a0\u2009\u202f]\d{3})+(?:[.,]\d+)?\s*$/

interface Tried {
  readonly score: number
  readonly hasComma: boolean
  /** Share of the rows that have as many fields as most. */
  readonly regularity: number
}

async function tryRecords(records: readonly TableRecord[], delimiter: Delimiter, pause: Pause): Promise<Tried> {
  const width = tableWidth(records)
  const all = bodyOf(records)
  const body = width === widthOf(all) ? all : all.filter(({ fields }) => fields.length === width)
  if (width < 2) return { score: 0, hasComma: false, regularity: 0 }
  const rows = body.filter(({ fields }) => fields.length === width)
  const sample = rows.slice(0, 200)
  let [commas, points, tooFew, padded] = [0, 0, 0, 0]
  // Of all rows: one with a decimal sign may be the first.
  for (const { fields } of records) {
    await pause()
    for (const field of fields) {
      if (field.includes(',')) {
        const isNumber = COMMA_NUMBER.test(field)
        commas += Number(isNumber)
        tooFew += Number(isNumber && !/,\d{3}\s*$/.test(field))
        padded += Number(isNumber && /^\s*[+-]?0\d/.test(field))
      } else if (field.includes('.')) points += Number(POINT_NUMBER.test(field))
    }
  }
  // Between commas a decimal comma stands in quotes, and one before three digits may part thousands. Beside decimal points, or behind
  // zeros in front, it parts a number from a mark of its quality, as in NOAA's files.
  const hasComma = commas > points && (delimiter !== ',' || (tooFew > 0 && points * 10 < commas && padded * 10 < commas))
  const numbers = new NumberReader(hasComma)
  let [cells, known] = [0, 0]
  for (const { fields } of sample) {
    await pause()
    for (const field of fields) {
      const kind = kindOf(field, numbers)
      if (kind === 'blank') continue
      cells++
      // A number with blanks between its thousands is refused later; here it is one all the same.
      if (kind !== 'text' || SPACED_NUMBER.test(field)) known++
    }
  }
  const share = cells === 0 ? 0 : known / cells
  // Blanks stand in any text and between date and time: they are meant only where nothing else fits.
  const weight = delimiter === 'blanks' ? 0.9 : 1
  const regularity = rows.length / body.length
  return { score: regularity * (0.05 + share) * weight, hasComma, regularity }
}
