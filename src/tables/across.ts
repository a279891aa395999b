/** Whether times stand side by side in one line, as plate readers and reports write them: the table lies on its side then. */
import { elapsedUnit, type ElapsedForm } from './elapsed.ts'
import { readClock, readTimeText } from './time-text.ts'

/** What the cells of such a line are; a count has its unit behind each number. */
export type AcrossKind = 'time' | 'clock' | 'count' | 'named number' | 'number'

export interface Across {
  /** Where the times begin; in front of them stand names. */
  readonly from: number
  readonly kind: AcrossKind
  /** Of counts. */
  readonly unit?: ElapsedForm | undefined
}

/** The surer a kind is that of times, the earlier it stands. */
export const ACROSS_KINDS: readonly AcrossKind[] = ['time', 'clock', 'count', 'named number', 'number']

const COUNT = /^(\d+(?:[.,]\d+)?) ?([A-Za-z]{1,12})$/
const NUMBER = /^\d+(?:[.,]\d+)?$/
/** The name of times, with what is behind it. */
const SAYS_TIME = /(?:^|[^\p{L}])(?:time|zeit|date|datum|temps|tiempo|tempo|hora|heure|timestamp)(?:$|[^\p{L}])/iu

/** A count without its unit; undefined where a cell is none. */
export const countIn = (cell: string): { readonly number: string; readonly unit: ElapsedForm } | undefined => {
  const [, number, word = ''] = COUNT.exec(cell.trim()) ?? []
  const unit = elapsedUnit(word)
  return number === undefined || unit === undefined ? undefined : { number, unit }
}

/** @returns undefined where at most one time stands in the line */
export function timesAcross(given: readonly string[]): Across | undefined {
  const fields = withoutBlankEnd(given)
  if (fields.length < 3) return undefined
  for (const kind of ['time', 'clock', 'count'] as const) {
    const from = fields.findLastIndex((cell) => !isOf(kind, cell)) + 1
    if (fields.length - from < 2) continue
    const unit = kind === 'count' ? countIn(fields[from] ?? '')?.unit : undefined
    if (from > 0 && (unit === undefined || fields.slice(from).every((cell) => countIn(cell)?.unit === unit))) return { from, kind, unit }
  }
  const from = fields.findLastIndex((cell) => !NUMBER.test(cell.trim())) + 1
  const numbers = fields.slice(from).map((cell) => Number(cell.trim().replace(',', '.')))
  const isRising = numbers.every((number, at) => at === 0 || number > (numbers[at - 1] ?? 0))
  if (from === 0 || numbers.length < 2 || !isRising) return undefined
  const isNamed = fields.slice(0, from).some((cell) => SAYS_TIME.test(cell))
  // Those are the numbers of columns.
  const isCount = numbers.every((number, at) => number === at + 1)
  return isNamed || (numbers.length > 2 && !isCount) ? { from, kind: isNamed ? 'named number' : 'number' } : undefined
}

/** As far as there is something. */
export const withoutBlankEnd = (fields: readonly string[]): readonly string[] =>
  fields.slice(0, fields.findLastIndex((cell) => cell.trim() !== '') + 1)

const isOf = (kind: 'time' | 'clock' | 'count', cell: string): boolean =>
  kind === 'time' ? readTimeText(cell) !== undefined : kind === 'clock' ? readClock(cell) !== undefined : countIn(cell) !== undefined
