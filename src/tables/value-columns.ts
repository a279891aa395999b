/** Finds which columns of a table hold values, and what their sequences are called. */
import { invalid } from '../base/fault.ts'
import { quote } from '../base/quote.ts'
import { MINUTE, type Micros } from '../base/time.ts'
import { kindOf, type CellKind } from './dialect.ts'
import type { Header } from './header.ts'
import type { Hints } from './known-formats.ts'
import { distinctNames, nameColumn, spacedWords, unitOf } from './names.ts'
import type { NumberReader } from './numbers.ts'
import { isTimeNumber, saysTime } from './time-plan.ts'
import { readClock, readTimeText } from './time-text.ts'
import { columnsOfTime, type TimePlan, type TimeWay } from './time-way.ts'
import { isZoneHeader } from './zone-columns.ts'

export interface ValueColumn {
  /** Place in a record, from 0. */
  readonly index: number
  /** As the file has it. */
  readonly header: string
  /** For a sequence. */
  readonly name: string
  readonly units: string | undefined
  readonly isText: boolean
  /** Where its values go, as {@link ReadOptions} name it. */
  readonly target: string | undefined
  /** A unit that stands behind each number. */
  readonly suffix: string | undefined
}

interface NamedPlace {
  /** From 0. */
  readonly place: number
  /** What stands behind `=`. */
  readonly target: string | undefined
}

/**
 * Columns by header, by the name made of it, or by number from 1; several with commas between them; each with `=TARGET` where one is named.
 * @throws Fault invalid naming the option
 */
export function placesOf(wanted: readonly string[], headers: readonly string[], option: string): NamedPlace[] {
  const byName = placesByText(distinctNames(headers.map((header) => nameColumn(header).name)))
  const byHeader = placesByText(headers.map((header) => header.toLowerCase()))
  const find = (given: string): number | undefined => {
    const text = given.trim()
    const at = byHeader.get(text.toLowerCase()) ?? byName.get(text)
    if (at !== undefined) return at
    const number = Number(text)
    return text !== '' && Number.isInteger(number) && number >= 1 && number <= headers.length ? number - 1 : undefined
  }
  const resolve = (text: string): NamedPlace[] => {
    const place = find(text)
    if (place !== undefined) return [{ place, target: undefined }]
    const equals = text.lastIndexOf('=')
    const left = equals > 0 ? find(text.slice(0, equals)) : undefined
    if (left !== undefined) return [{ place: left, target: text.slice(equals + 1).trim() }]
    const parts = text.split(',')
    if (parts.length > 1) return parts.flatMap(resolve)
    const shown = headers.map((header, at) => (header === '' ? String(at + 1) : quote(header))).join(', ')
    throw invalid(`${option} names the column ${quote(text)}, which the file has not; it has ${shown}.`)
  }
  return wanted.flatMap(resolve)
}

/** Of each text the first place, from 0. */
const placesByText = (texts: readonly string[]): ReadonlyMap<string, number> =>
  new Map([...texts.entries()].reverse().map(([at, text]) => [text, at]))

/** Columns that count rows or name devices. */
const NO_READING = /^(?:#|no\.?|nr\.?|n°|index|row|record|rec|recnum|entry_id|id|unnamed: \d+)$/i

export function planColumns(
  header: Header,
  rows: readonly (readonly string[])[],
  { way }: TimePlan,
  numbers: NumberReader,
  hints: Hints,
  { columns: wanted, now }: { readonly columns?: readonly string[] | undefined; readonly now: Micros },
): { taken: ValueColumn[]; choice: ValueColumn[]; notes: string[]; doubts: string[] } {
  const { headers, kinds } = header
  const ofTime = new Set([...columnsOfTime(way), ...(hints.apart ?? [])])
  const named = headers.map((text, at) => ({ ...nameColumn(text), units: header.units[at] ?? nameColumn(text).units }))
  const names = distinctNames(named.map(({ name }) => name))
  const made = new Map<number, ValueColumn>()
  const make = (index: number, target?: string): ValueColumn => {
    const known = made.get(index) ?? look(index)
    made.set(index, known)
    return { ...known, target }
  }
  const look = (index: number): ValueColumn => {
    const suffix = suffixOf(rows, index, numbers, named[index]?.units)
    const isText = suffix === undefined && isTextColumn(rows, index, kinds[index] ?? 'text', numbers)
    return {
      index,
      header: headers[index] ?? '',
      name: names[index] ?? '',
      units: named[index]?.units ?? suffix,
      isText,
      suffix,
      target: undefined,
    }
  }
  if (hints.series) return { taken: [make(headers.indexOf(hints.series.value))], choice: [], notes: [], doubts: [] }
  const others = kinds.flatMap((kind, at) => (ofTime.has(at) || kind === 'blank' ? [] : [at]))
  const choice = others.map((at) => make(at))
  if (wanted && wanted.length > 0) {
    const taken = placesOf(wanted, headers, '--columns').map(({ place, target }) => make(place, target))
    return { taken, choice, notes: [], doubts: doubtsOfNumbers(rows, taken, numbers) }
  }
  const readings = others.filter(
    (at) =>
      !NO_READING.test((headers[at] ?? '').replace(/(?<=\w) ?[#.:]$/, '')) &&
      !hints.ignored?.test(headers[at] ?? '') &&
      kinds[at] !== 'time' &&
      !isRowCount(rows, at, headers[at] ?? '') &&
      !isZoneHeader(headers[at] ?? '') &&
      !isTimeNumber(headers[at] ?? '', rows, at, now, true),
  )
  const columns = (readings.length > 0 ? readings : others).map((at) => make(at))
  const numeric = columns.filter(({ isText, index }) => !isText && kinds[index] !== 'clock')
  const taken = numeric.length > 0 ? numeric : columns.length === 1 ? columns : []
  if (columns.length === 0) throw invalid('There is no column of values beside the time.')
  if (taken.length === 0)
    throw invalid(
      `No column holds numbers; name the ones to bring in with --columns: ${columns.map(({ header: text }) => quote(text)).join(', ')}.`,
    )
  const ofTimes = taken.filter(({ header: text }) => readClock(text) !== undefined || readTimeText(text) !== undefined)
  if (ofTimes.length > 1 && ofTimes.length * 2 > taken.length)
    throw invalid(
      `The columns are named by times, such as ${quote(ofTimes[0]?.header ?? '')}, so that a row holds many times, which is not read. ` +
        'Write a row for each time, or name columns with --columns to take each as a sequence.',
    )
  const texts = columns.filter((column) => column.isText && !taken.includes(column))
  const namesSeries = (hints.apart ?? []).length === 0 && texts.some(({ index }) => isRepeating(rows, index))
  const left = others.filter((at) => ![...taken, ...texts].some(({ index }) => index === at))
  return {
    taken,
    choice,
    notes:
      left.length === 0
        ? []
        : [`Left out, unless taken with --columns: ${left.map((at) => quote(headers[at] || `column ${at + 1}`)).join(', ')}.`],
    doubts: [
      ...misplacedTime(headers, kinds, way),
      ...otherTimes(headers, rows, kinds, way),
      ...hoursAcross(rows, taken, way),
      ...doubtsOfTexts(rows, taken),
      ...(texts.length === 0
        ? []
        : [
            `What is text was left out: ${texts.map(({ header: text, index }) => quote(text || `column ${index + 1}`)).join(', ')}. ` +
              'Name the columns to bring in with --columns' +
              (namesSeries ? ', or with --series those that name the device or place of a row.' : '.'),
          ]),
      ...((hints.apart ?? []).length === 0 ? doubtsOfDevices(rows, taken) : []),
      ...doubtsOfNumbers(rows, taken, numbers),
    ],
  }
}

/** Columns that are named by the hours of a day, where the rows are days: each value has a time of its own, in a sentence. */
function hoursAcross(rows: readonly (readonly string[])[], columns: readonly ValueColumn[], way: TimeWay): string[] {
  const [first] = columns
  const from = Number(first?.header)
  const areHours = columns.every(({ header }, at) => /^\d{1,2}$/.test(header.trim()) && Number(header) === from + at)
  if (way.how !== 'text' || columns.length < 12 || columns.length > 24 || !areHours || from > 1) return []
  if (rows.some((row) => readTimeText(row[way.column] ?? '')?.clock !== undefined)) return []
  return [
    `The columns are named ${from} to ${from + columns.length - 1}. If those are hours of the day, the values of a row have times ` +
      'of their own, and here all have that of midnight: write a row for each time.',
  ]
}

/** Texts that look as if they were meant as numbers, in sentences. */
function doubtsOfTexts(rows: readonly (readonly string[])[], columns: readonly ValueColumn[]): string[] {
  return columns.flatMap(({ header, index, isText }) => {
    const cells = isText ? rows.map((row) => (row[index] ?? '').trim()).filter((cell) => cell !== '') : []
    const odd = cells.filter((cell) => /^0x[\da-f]{1,16}$/i.test(cell) || /^[^\p{L}\d]{0,2}\d[\d.,'’ ]*[^\p{L}]{0,12}$/u.test(cell))
    const [example] = odd
    if (example === undefined || odd.length * 2 <= cells.length) return []
    return [`No value in ${quote(header || `column ${index + 1}`)} is a number as ${quote(example)} is written: it is taken as text.`]
  })
}

/** Names of columns whose numbers tell devices or places apart. */
const OF_DEVICES = new RegExp(
  '^(?:(?:channel|chan|ch|sensor|probe|device|station|node|port|address|addr|site|plot|chamber|item|feed|tag|unit|room|tank|cage|pen)s?' +
    String.raw` ?(?:id|no|nr|number|#|\.)*|kanal|gerät|messstelle)$`,
  'i',
)

/** Whole numbers that may name the device of a row: readings of several would be mixed in one sequence, in a sentence. */
function doubtsOfDevices(rows: readonly (readonly string[])[], columns: readonly ValueColumn[]): string[] {
  const found = columns.filter(
    ({ header, index }) =>
      OF_DEVICES.test(spacedWords(header)) && isRepeating(rows, index) && rows.every((row) => /^\d*$/.test((row[index] ?? '').trim())),
  )
  return columns.length === found.length
    ? []
    : found.map(
        ({ header }) =>
          `The numbers in ${quote(header)} may name the device or place of a row, and then those of all are mixed: ` +
          `if so, name it with --series ${/\s/.test(header) ? quote(header) : header}.`,
      )
}

/** Names that stand over other columns than theirs: the times below another name, and numbers below that of times. */
function misplacedTime(headers: readonly string[], kinds: readonly CellKind[], way: TimeWay): string[] {
  const header = way.how === 'text' ? (headers[way.column] ?? '') : ''
  const other = headers.find((text, at) => kinds[at] === 'number' && /^(?:time(?:stamp)?|date ?time|date|zeit|datum)$/i.test(text.trim()))
  if (header === '' || other === undefined || saysTime(header)) return []
  return [`The times stand below ${quote(header)}, and numbers below ${quote(other)}: look whether the names are those of their columns.`]
}

/**
 * Columns of other times than those of the rows, between values: as of loggers that write a time beside each channel. Times that are
 * apart by quarters of an hour are those of other zones, or ends of intervals.
 */
function otherTimes(headers: readonly string[], rows: readonly (readonly string[])[], kinds: readonly CellKind[], way: TimeWay): string[] {
  if (way.how !== 'text') return []
  const clock = (row: readonly string[], at: number): number | undefined => readTimeText(row[at] ?? '')?.clock
  const label = (at: number): string => quote(headers[at] || `column ${at + 1}`)
  const others = kinds.flatMap((kind, at) => {
    const isBetween = kinds.slice(way.column, at).includes('number') && kinds.slice(at + 1).includes('number')
    if (kind !== 'time' || at <= way.column || !isBetween || NO_MEASUREMENT.test(headers[at] ?? '')) return []
    const apart = rows.slice(0, 300).filter((row) => {
      const [own, other] = [clock(row, way.column), clock(row, at)]
      return own !== undefined && other !== undefined && (own - other) % (15 * MINUTE) !== 0
    })
    return apart.length > 0 ? [at] : []
  })
  return others.map(
    (at) =>
      `The times in ${label(at)} are others than those in ${label(way.column)}, which are taken for all values of a row. ` +
      `What was measured at the others can be brought in by itself, as with --time ${at + 1} --columns ${at + 2}.`,
  )
}

const NO_MEASUREMENT = /end|stop|until|to$|upload|receiv|server|insert|creat|updat|modif|max|min/i

/** Whether a column has a few texts again and again, as names of devices; one alone for all rows tells nothing apart. */
function isRepeating(rows: readonly (readonly string[])[], index: number): boolean {
  const cells = rows.map((row) => (row[index] ?? '').trim())
  const distinct = new Set(cells).size
  return distinct > 1 && distinct * 2 <= cells.length
}

/** Numbers with which instruments say that there is none, besides -9999, which is always taken for that; 85 and -127 are a DS18B20's. */
const MAY_MEAN_NONE = new Set([
  -127, 85, -99, -99.9, -99.99, -999, -999.9, -999.99, -99999, 9999, 99999, 99999.9, 9999.9, 999.9, -6999, 6999, -7999, 7999,
])
/** With decimals or with separators of thousands. */
const IN_THREES = /^[+-]?[1-9]\d{0,2}\.\d{3}$/

/** Numbers that may mean something else than they say, in sentences. */
function doubtsOfNumbers(rows: readonly (readonly string[])[], columns: readonly ValueColumn[], numbers: NumberReader): string[] {
  const doubts: string[] = []
  // Where people write 31.01.2026, they write a comma before decimals.
  const hasDottedDays = rows.slice(0, 5).some((row) => row.some((cell) => /^\d{1,2}\.\d{1,2}\.\d{4}(?: |$)/.test(cell.trim())))
  const none = new Map<number, string[]>()
  for (const { index, header, isText } of columns) {
    if (isText) continue
    const label = quote(header || `column ${index + 1}`)
    const cells = rows.slice(0, 300).map((row) => (row[index] ?? '').trim())
    const values = cells.map((cell) => numbers.read(cell)).filter((value) => typeof value === 'number')
    const odd = [...new Set(values.filter((value) => MAY_MEAN_NONE.has(value)))]
    const most = values.reduce((sum, value) => (MAY_MEAN_NONE.has(value) ? sum : Math.max(sum, Math.abs(value))), 0)
    for (const value of odd) if (Math.abs(value) > 2 * most) none.set(value, [...(none.get(value) ?? []), label])
    const pointed = cells.filter((cell) => cell.includes('.') && typeof numbers.read(cell) === 'number')
    const whole = hasDottedDays || cells.some((cell) => /^[+-]?\d+$/.test(cell))
    const [example] = pointed
    if (example !== undefined && whole && pointed.every((cell) => IN_THREES.test(cell)))
      doubts.push(
        `${label} is read with decimal points: ${quote(example)} is a little more than ${Number.parseInt(example, 10)}. ` +
          'If the points part thousands, write the numbers without them.',
      )
  }
  for (const [value, labels] of none)
    doubts.push(
      `${value} stands in ${labels.join(', ')}, far from the other values, and is taken as it is. ` +
        `If it means that there is none, say so with --missing ${value}.`,
    )
  return doubts
}

/** Names of columns that count rows, where their numbers do; the count that pandas and R put in front has none. */
const COUNT = /^(?:line ?#?|sample|scan|place|reading|point|obs|n|i|count|number|nummer|seq|sequence)\.?$/i

function isRowCount(rows: readonly (readonly string[])[], at: number, header: string): boolean {
  if (header === '' ? at !== 0 : !COUNT.test(header)) return false
  const counts = rows.slice(0, 300).map((row) => (row[at] ?? '').trim())
  if (counts.length < 2 || (counts[0] !== '0' && counts[0] !== '1')) return false
  return counts.every((count, place) => Number(count) === Number(counts[0]) + place)
}

function isTextColumn(rows: readonly (readonly string[])[], index: number, kind: CellKind, numbers: NumberReader): boolean {
  if (kind === 'missing') return false
  const telling = rows
    .slice(0, 300)
    .map((row) => row[index] ?? '')
    .filter((cell) => !numbers.isMissing(cell))
  // What is meant as a number and can't be one is refused by name; it doesn't make a text of its column.
  if (telling.some((cell) => HEX.test(cell.trim())) && telling.every((cell) => HEX_DIGITS.test(cell.trim()))) return true
  if (kind === 'number') return false
  const meant = telling.filter((cell) => kindOf(cell, numbers) === 'number' || MEANT.test(cell.trim()))
  return meant.length * 2 < telling.length
}

/** Hexadecimal digits, of which `1E5` alone reads as a number. */
const [HEX, HEX_DIGITS] = [/^(?=.*[a-df])(?=.*\d)[\da-f]{2,}$/i, /^[\da-f]{1,16}$/i]

const MEANT = /^(?:[<>≤≥]?\s*[+-]?\d[\d.,]*(?:[eE][+-]?\d+)?\s*\S?|[+-]?\d{1,3}(?:['’\u00a0\u202f ]\d{3})+(?:[.,]\d+)?)$/

/** A unit that stands behind most numbers of a column, as in `4.5 °C`; those with another are refused by name. */
function suffixOf(
  rows: readonly (readonly string[])[],
  index: number,
  numbers: NumberReader,
  units: string | undefined,
): string | undefined {
  const telling = rows
    .slice(0, 300)
    .map((row) => (row[index] ?? '').trim())
    .filter((cell) => !numbers.isMissing(cell))
  const counts = new Map<string, number>()
  for (const cell of telling) {
    const suffix = SUFFIX.exec(cell)?.[1]
    if (suffix !== undefined) counts.set(suffix, (counts.get(suffix) ?? 0) + 1)
  }
  const [suffix, count] = [...counts].sort(([, a], [, b]) => b - a)[0] ?? ['', 0]
  const isUnit =
    !/^[*†‡!?#]$|^[kMGTµunp]$/.test(suffix) &&
    nameColumn(`x (${suffix})`).units !== undefined &&
    nameColumn(`x, ${suffix}`).units !== undefined
  // One number alone may have a mark behind it, unless the header has the same unit.
  const isSure = telling.length > 1 || (units !== undefined && units === unitOf(suffix))
  return isUnit && isSure && count * 2 > telling.length ? suffix : undefined
}

const SUFFIX = /^[+-]?[.,]?\d[\d.,]*\s*([^\d\s.,eE+-][^\d]{0,9})$/
