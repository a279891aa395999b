/** Finds the column that counts from a start, its unit and the start, where no column shows a clock. */
import { invalid } from '../base/fault.ts'
import { quote } from '../base/quote.ts'
import {
  ELAPSED_FORMS,
  elapsedWords,
  findCountStart,
  formOf,
  readElapsed,
  saysElapsed,
  startInHeader,
  type CountStart,
  type ElapsedForm,
} from './elapsed.ts'
import type { Header } from './header.ts'
import { nameColumn } from './names.ts'
import { formWords } from './time-numbers.ts'
import { zoneOf } from './time-headers.ts'
import type { TimeFormat, TimePlan, TimeWish } from './time-way.ts'

type Sample = readonly (readonly string[])[]

export const isElapsedForm = (format: TimeFormat | undefined): format is ElapsedForm =>
  (ELAPSED_FORMS as readonly unknown[]).includes(format)

/** A header of a time or of its unit alone. */
const COUNT_NAME = new RegExp(
  String.raw`^\W*(?:(?:time|zeit|temps|tiempo|tempo|tijd|t|x_value)(?:$|[^\p{L}])|` +
    String.raw`(?:(?:milli)?seconds?|millis|msecs?|minutes?|hours?|secs?|mins?|sekunden|minuten|stunden)\W*$)`,
  'iu',
)

interface Candidate {
  readonly column: number
  readonly form: ElapsedForm | 'stopwatch' | undefined
}

/**
 * @param given the place of the column that was named for the time
 * @returns undefined where no column counts
 * @throws Fault invalid where one does, and its unit or its start has to be told
 */
export function planElapsed(header: Header, rows: Sample, wish: TimeWish, given?: number): TimePlan | undefined {
  const found = findCandidate(header, rows, wish, given)
  if (!found) return undefined
  const { column } = found
  const label = quote(header.headers[column] || `column ${column + 1}`)
  const inHeader = wish.start ? undefined : startInHeader(header.headers[column] ?? '')
  const start = wish.start ?? inHeader ?? findCountStart(header.preamble)
  const option = `--time ${column + 1}`
  if (!start) {
    // Nothing but its name says that it counts: what it looks like is said where columns are looked for.
    if (found.form === undefined || !(isElapsedForm(wish.format) || saysElapsed(header.headers[column] ?? ''))) return undefined
    throw invalid(
      `${label} counts ${elapsedWords[found.form]} from a start, and the file does not tell when that was. ` +
        'Say it with --start, such as --start "2026-01-31 12:00:00".',
    )
  }
  if (start.text.clock === undefined)
    throw invalid(
      `${label} counts from a start, and ${quote(start.shown)} is a date alone: say also at what time, as --start "2026-01-31 12:00:00".`,
    )
  if (found.form === undefined)
    throw invalid(
      `${label} counts from ${startWords(start)}, and nothing tells its unit. ` +
        `Say it with ${option} --time-format and one of ${ELAPSED_FORMS.join(', ')}.`,
    )
  return {
    way: { how: 'elapsed', column, form: found.form, start },
    zone: zoneOf(start.name),
    note: `The time is in ${label}: ${elapsedWords[found.form]} since ${inHeader ? inHeader.shown : startWords(start)}.`,
  }
}

const startWords = ({ name, shown, line }: CountStart): string =>
  line === undefined ? `${shown}, as told` : `${shown} (${quote(name)} in line ${line})`

function findCandidate({ headers, kinds, units }: Header, rows: Sample, wish: TimeWish, given: number | undefined): Candidate | undefined {
  const wanted = isElapsedForm(wish.format) ? wish.format : undefined
  const candidate = (column: number): Candidate | undefined => {
    const header = headers[column] ?? ''
    if (kinds[column] === 'clock' || rows.every((row) => readElapsed(row[column] ?? '', 'stopwatch') !== undefined)) {
      const isCount =
        (saysElapsed(header) || (given === column && wish.start?.text.clock !== undefined)) && counts(rows, column, 'stopwatch')
      return isCount ? { column, form: 'stopwatch' } : undefined
    }
    if (kinds[column] !== 'number') return undefined
    if (given === undefined && !saysElapsed(header) && !COUNT_NAME.test(header)) return undefined
    const form = wanted ?? formOf(header, units[column] ?? nameColumn(header).units)
    return counts(rows, column, form ?? 'elapsed-s') ? { column, form } : undefined
  }
  if (given !== undefined) return candidate(given)
  const all = headers.flatMap((_, column) => candidate(column) ?? [])
  return all.find(({ column }) => saysElapsed(headers[column] ?? '')) ?? all.find(({ form }) => form !== undefined) ?? all[0]
}

/** Whether a column rises as a count does, but for a few damaged rows, and where it begins again. */
function counts(rows: Sample, column: number, form: ElapsedForm | 'stopwatch'): boolean {
  const numbers = rows.map((row) => readElapsed(row[column] ?? '', form)).filter((number) => number !== undefined)
  if (numbers.length * 2 <= rows.length || numbers.some((number) => number < 0)) return false
  const begun = numbers[0] ?? 0
  const falls = numbers.filter((number, at) => at > 0 && number < (numbers[at - 1] ?? 0) && number > begun).length
  return falls <= numbers.length * 0.1
}

/** The form of the file says all. */
export function planCounted(counted: NonNullable<TimeWish['counted']>, wish: TimeWish): TimePlan {
  const { start, column } = counted
  if (wish.start)
    throw invalid('--start is for files that do not tell when the count of their times began, and this one does: leave it out.')
  return {
    way: { how: 'elapsed', column, form: 'elapsed-s', start },
    zone: undefined,
    note: counted.isAbsolute
      ? `The time is that of X: ${formWords.labview}.`
      : 'The time is that of the start in its headers, and the seconds since then.',
  }
}
