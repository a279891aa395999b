/** Finds where the rows of a table begin, and which of the lines above them name its columns and their units. */
import { invalid } from '../base/fault.ts'
import { quote } from '../base/quote.ts'
import { bodyOf, isComment, kindOf, namedDelimiter, tableWidth, widthOf, type CellKind } from './dialect.ts'
import { commentHeader, filled, groupNames, isBelowNames, isSparse, namesIn, saysTimeAlone, unitsAmong } from './header-lines.ts'
import type { Hints } from './known-formats.ts'
import { unitOf } from './names.ts'
import type { NumberReader } from './numbers.ts'
import { MAX_COLUMNS, type TableRecord } from './records.ts'
import { readTimeText } from './time-text.ts'

export interface Header {
  /** Of the columns, from left to right; empty where there is no header. */
  readonly headers: readonly string[]
  /** Of a row of units, where there is one. */
  readonly units: readonly (string | undefined)[]
  /** How many fields a row has. */
  readonly width: number
  /** How many fields the line with the names has, where rows may have as many; never fewer than `width`. */
  readonly named: number
  /** Lines above the rows, which programs write again where they go on with a file. */
  readonly above: ReadonlySet<string>
  /** The same lines, as records. */
  readonly preamble: readonly TableRecord[]
  /** The line that names the columns, where one does. */
  readonly names: Pick<TableRecord, 'line' | 'text'> | undefined
  /** Why the names can't be given to the columns, as a sentence; then no column has one. */
  readonly misfit?: string | undefined
  /** Lines below that are no rows either. */
  readonly passed: RegExp | undefined
  /** Number of the first line with a row. */
  readonly firstLine: number
  /** What each column mostly holds. */
  readonly kinds: readonly CellKind[]
  /** What was passed over and found, in words. */
  readonly notes: readonly string[]
}

export function findHeader(records: readonly TableRecord[], numbers: NumberReader, hints: Hints = {}): Header {
  const widest = tableWidth(records)
  if (widest > MAX_COLUMNS) throw invalid(`The rows of the file have more than ${MAX_COLUMNS} columns, and no more can be brought in.`)
  if (hints.names || hints.headers) return hintedHeader(records, numbers, hints)
  const width = widest
  const body = bodyOf(records).filter(({ fields }) => fields.length === width)
  const rows = body.slice(namesAmong(body, numbers) + 1)
  const kinds = kindsOf(rows, width, numbers)
  const start = findStart(records, kinds, numbers)
  const above = records.slice(0, start).filter(({ text }) => namedDelimiter(text) === undefined)
  const block: TableRecord[] = []
  for (const record of [...above].reverse()) {
    if (isComment(record.text) || record.fields.length < width - 1) break
    if (filled(record) < Math.min(width, 2) && !isSparse(record, width)) break
    block.unshift(record)
  }
  const inBlock = namesIn(block, numbers) ?? block[0]
  const comments = inBlock ? [] : commentHeader(above, width)
  const names = inBlock ?? comments[0]
  const below = names ? block.slice(block.indexOf(names) + 1) : block
  const unitRow = unitsAmong(below, names) ?? comments[1]
  const grouped =
    inBlock && inBlock.fields.length === width ? groupNames(inBlock.fields, above.slice(0, above.indexOf(inBlock))) : undefined
  const aligned = grouped ? { fields: grouped.fields, units: asTheyStand } : alignNames(names, rows, kinds)
  const firstLine = (firstRowAbove(above, names, kinds, numbers) ?? records[start])?.line ?? 1
  const passed = above.filter((record) => record !== names && record !== unitRow && record.line < firstLine)
  const notes: string[] = []
  if (names) notes.push(`Line ${names.line} names the columns.${aligned.note === undefined ? '' : ` ${aligned.note}`}`)
  else notes.push('No line names the columns.')
  if (grouped) notes.push(`Line ${grouped.line} tells those of one name apart.`)
  if (unitRow) notes.push(`Line ${unitRow.line} has their units.`)
  if (passed.length > 0) notes.push(passedNote(passed.map(({ line }) => line)))
  const unheld = (names?.fields ?? []).slice(width).filter((field) => field.trim() !== '')
  if (unheld.length > 0) notes.push(`Most rows end before ${unheld.map((field) => quote(field.trim())).join(', ')}, which is left out.`)
  return {
    headers: cleaned(aligned.fields, width),
    units: cleaned(aligned.units(unitRow?.fields ?? []), width).map((unit) => unitOf(unit.replace(/^[([](.*)[)\]]$/, '$1'))),
    width,
    named: Math.max(width, names?.fields.length ?? 0),
    above: linesOf(above.filter((record) => record.line < firstLine || !holdsNumbers(record, numbers))),
    preamble: above,
    names,
    misfit: aligned.misfit,
    passed: undefined,
    firstLine,
    kinds,
    notes,
  }
}

interface AlignedNames {
  readonly fields: readonly string[]
  /** The fields of a line of units, moved with the names. */
  readonly units: (fields: readonly string[]) => readonly string[]
  readonly note?: string
  readonly misfit?: string
}

const asTheyStand = (fields: readonly string[]): readonly string[] => fields

function alignedAt(place: number, name: string, fields: readonly string[], note: string): AlignedNames {
  const put = (given: readonly string[], one: string): string[] => [...given.slice(0, place), one, ...given.slice(place)]
  return { fields: put(fields, name), units: (units) => (units.length === fields.length ? put(units, '') : units), note }
}

/**
 * Gives names to columns where they are one fewer than the fields of the rows. Which one has none is seen where R writes the rows' numbers
 * in front, where a blank or a comma in the times parts them, or where the last one is empty; elsewhere it isn't known.
 */
function alignNames(names: TableRecord | undefined, rows: readonly TableRecord[], kinds: readonly CellKind[]): AlignedNames {
  const [fields, width] = [names?.fields ?? [], kinds.length]
  if (!names || fields.length !== width - 1 || kinds[width - 1] === 'blank') return { fields, units: asTheyStand }
  const cells = (at: number): string[] => rows.map((row) => (row.fields[at] ?? '').trim()).slice(0, rowsOfSample(width))
  if (kinds[0] === 'time' && kinds[1] === 'clock') return alignedAt(1, '', fields, 'The first one is that of the date and the clock.')
  if (kinds[0] === 'time' && cells(0).every((cell) => /:\d\d:\d\d$/.test(cell)) && cells(1).every((cell) => /^\d{3}$/.test(cell)))
    return alignedAt(1, 'ms', fields, 'Behind the comma of a time are its milliseconds.')
  const counts = cells(0)
  const isCounted = counts.every((cell, at) => /^\d+$/.test(cell) && Number(cell) === Number(counts[0]) + at)
  if (kinds[0] === 'text' || (isCounted && counts.length > 1))
    return alignedAt(0, '', fields, 'The first column has no name, as in files of R.')
  return {
    fields: [],
    units: asTheyStand,
    misfit:
      `Line ${names.line} names ${fields.length} ${fields.length === 1 ? 'column' : 'columns'}, and the rows have ${width}, ` +
      'so nothing tells which name is whose. Name the columns by their numbers, as --time 1 --columns 3=temperature, or correct the line.',
  }
}

/**
 * The first of the rows that stand above the line of names, as where a logger was given more columns and went on with its file; undefined:
 * there are none.
 */
function firstRowAbove(
  above: readonly TableRecord[],
  names: TableRecord | undefined,
  kinds: readonly CellKind[],
  numbers: NumberReader,
): TableRecord | undefined {
  const before = names ? above.filter(({ line, text }) => line < names.line && !isComment(text)) : []
  const first = names?.fields[0]?.trim() ?? ''
  const earlier = first === '' ? -1 : before.findIndex(({ fields }) => fields.length > 1 && fields[0]?.trim() === first)
  return before.find((record, at) => {
    if (!holdsNumbers(record, numbers)) return false
    return (earlier >= 0 && at > earlier) || kinds.some((kind, column) => kind === 'time' && hasClock(record.fields[column] ?? ''))
  })
}

const hasClock = (cell: string): boolean => readTimeText(cell)?.clock !== undefined
const holdsNumbers = ({ fields }: TableRecord, numbers: NumberReader): boolean =>
  fields.length > 1 && fields.some((field) => kindOf(field, numbers) === 'number')

const linesOf = (records: readonly TableRecord[]): Set<string> => new Set(records.map(({ text }) => text.replace(/^\ufeff/, '')))

/**
 * The place of the first row. A damaged one above the first sound one counts; not so the row of a small table above the one that matters,
 * which has no time and has a line of names below it.
 */
function findStart(records: readonly TableRecord[], kinds: readonly CellKind[], numbers: NumberReader): number {
  const first = records.findIndex((record) => isRow(record, kinds, numbers))
  const sound = first < 0 ? first : belowNames(records, first, kinds, numbers)
  const isDamaged = ({ problem, text }: TableRecord): boolean => problem !== undefined || text.includes('\0')
  if (sound > first && !records.slice(0, sound).some(isDamaged)) return sound
  const broken = records.findIndex((record) => isBrokenRow(record, kinds, numbers))
  if (sound < 0 || broken < 0 || broken > sound) return Math.max(sound, broken) < 0 ? records.length : sound < 0 ? broken : sound
  const above = records.slice(broken, sound)
  const names = [...above].reverse().find((record) => !isBelowNames(record, numbers))
  const isNamed = names?.fields.length === kinds.length && names.fields.every((field) => ['text', 'blank'].includes(kindOf(field, numbers)))
  const mayHaveTime = ({ fields, text, problem }: TableRecord): boolean =>
    problem !== undefined || text.includes('\0') || kinds.some((kind, at) => kind === 'time' && isOfKind(fields[at] ?? '', kind, numbers))
  return kinds.includes('time') && isNamed && !above.some(mayHaveTime) ? sound : broken
}

const isOfNames = (fields: readonly string[], numbers: NumberReader): boolean =>
  fields.filter((field) => field.trim() !== '').length > 1 && fields.every((field) => ['text', 'blank'].includes(kindOf(field, numbers)))

/** The place of the last line of words alone, among the first ones and above some row; -1: there is none. */
function namesAmong(records: readonly TableRecord[], numbers: NumberReader): number {
  const last = records.findLastIndex(({ fields }) => !isOfNames(fields, numbers))
  return records.slice(0, Math.max(0, Math.min(100, last))).findLastIndex(({ fields }) => isOfNames(fields, numbers))
}

/** Names and numbers above a table of two columns look like its rows: it begins where names follow, and whole rows only then. */
function belowNames(records: readonly TableRecord[], first: number, kinds: readonly CellKind[], numbers: NumberReader): number {
  const fits = (record: TableRecord): boolean => record.fields.length === kinds.length && isRow(record, kinds, numbers)
  const isWhole = (record: TableRecord): boolean =>
    fits(record) && kinds.every((kind, at) => !isTelling(kind) || isOfKind(record.fields[at] ?? '', kind, numbers))
  const whole = records.slice(0, first + 100).findIndex(isWhole)
  const between = records.slice(first, Math.max(whole, first))
  const names = between.findLastIndex(({ fields }) => fields.length === kinds.length && isOfNames(fields, numbers))
  if (names < 0) return first
  const next = records.slice(first + names + 1).findIndex(fits)
  return next < 0 ? first : first + names + 1 + next
}

function hintedHeader(records: readonly TableRecord[], numbers: NumberReader, hints: Hints): Header {
  const at = (line: number): TableRecord | undefined => records.find((record) => record.line === line + 1)
  const rowsOf = (lines: readonly number[]): TableRecord[] => lines.flatMap((line) => at(line) ?? [])
  const nameRows = rowsOf(hints.names ?? [])
  const firstLine = (hints.first ?? (hints.names?.at(-1) ?? -1) + 1) + 1
  const rows = records.filter(({ line, text }) => line >= firstLine && hints.passed?.test(text) !== true)
  const width = Math.max(widthOf(rows), hints.headers?.length ?? 0, rows.length === 0 ? (nameRows[0]?.fields.length ?? 0) : 0)
  const joined = Array.from({ length: width }, (_, column) =>
    nameRows
      .map(({ fields }) => (fields[column] ?? '').trim())
      .filter((part) => part !== '')
      .join(' '),
  )
  const units = hints.units === undefined ? [] : (at(hints.units)?.fields ?? [])
  return {
    headers: cleaned(hints.headers ?? joined, width),
    units: cleaned(units, width).map((unit) => unitOf(unit.replace(/^[([](.*)[)\]]$/, '$1'))),
    width: widthOf(rows) || width,
    named: widthOf(rows) || width,
    above: linesOf(records.filter(({ line }) => line < firstLine)),
    preamble: records.filter(({ line }) => line < firstLine),
    names: nameRows.at(-1),
    passed: hints.passed,
    firstLine,
    kinds: kindsOf(rows, width, numbers),
    notes: [],
  }
}

const cleaned = (fields: readonly string[], width: number): string[] =>
  Array.from({ length: width }, (_, column) =>
    (fields[column] ?? '')
      .trim()
      .replace(/^#\s*(?=\S)/, '')
      .replace(/^"(.*)"$/, '$1'),
  )

/** Cells that are looked at closely; of wide rows that is fewer of them, but these at least. */
const SAMPLE_CELLS = 100_000
const SAMPLE_ROWS = 20

/** How many rows are looked at closely. @param width of each */
export const rowsOfSample = (width: number): number => Math.max(SAMPLE_ROWS, Math.floor(SAMPLE_CELLS / Math.max(width, 1)))

/** The kind that most cells of a column have, of those that say something. */
function kindsOf(rows: readonly TableRecord[], width: number, numbers: NumberReader): CellKind[] {
  const sample = rows.slice(0, Math.min(300, rowsOfSample(width)))
  return datesAmongClocks(kindsAlone(sample, width, numbers), sample)
}

/**
 * `13.12.26` is a day, or a time of day. It is a day where no other column has any: a time of day alone says nothing, and of two such
 * columns the day stands first.
 */
function datesAmongClocks(kinds: readonly CellKind[], rows: readonly TableRecord[]): CellKind[] {
  const days = kinds.map((kind, column) => {
    const cells = rows.map(({ fields }) => (fields[column] ?? '').trim()).filter((cell) => cell !== '')
    return kind === 'clock' && cells.every((cell) => DOTTED.test(cell) && readTimeText(cell) !== undefined)
  })
  const day = kinds.includes('time') ? -1 : days.indexOf(true)
  return kinds.map((kind, column) => (column === day ? 'time' : kind))
}

const DOTTED = /^\d{1,2}\.\d{1,2}\.\d{2}$/

/** Whether a cell may be what its column holds. */
const isOfKind = (cell: string, kind: CellKind, numbers: NumberReader): boolean => {
  const found = kindOf(cell, numbers)
  return found === kind || (kind === 'time' && found === 'clock' && readTimeText(cell) !== undefined)
}

function kindsAlone(sample: readonly TableRecord[], width: number, numbers: NumberReader): CellKind[] {
  return Array.from({ length: width }, (_, column) => {
    const counts = new Map<CellKind, number>()
    for (const { fields } of sample) {
      const kind = kindOf(fields[column] ?? '', numbers)
      counts.set(kind, (counts.get(kind) ?? 0) + 1)
    }
    const telling = [...counts].filter(([kind]) => kind !== 'blank' && kind !== 'missing')
    // A header counts as text in a short table.
    telling.sort(([kind, a], [other, b]) => b - a || Number(isTelling(other)) - Number(isTelling(kind)))
    return telling[0]?.[0] ?? (counts.has('missing') ? 'missing' : 'blank')
  })
}

const isTelling = (kind: CellKind): boolean => kind === 'number' || kind === 'time' || kind === 'clock'

/** Whether the cells of all times, and most of the numbers, are what their columns hold. */
function isRow({ fields, text, problem }: TableRecord, kinds: readonly CellKind[], numbers: NumberReader): boolean {
  if (problem !== undefined || fields.length !== kinds.length || isComment(text)) return false
  let [told, fits] = [0, 0]
  for (const [column, kind] of kinds.entries()) {
    if (!isTelling(kind)) continue
    const cell = fields[column] ?? ''
    const found = kindOf(cell, numbers)
    const fitsKind = isOfKind(cell, kind, numbers)
    if ((kind === 'time' || kind === 'clock') && !fitsKind) return false
    if (found === 'blank') continue
    told++
    if (fitsKind || found === 'missing') fits++
  }
  return told > 0 && fits * 2 >= told
}

/** Above the first sound row: damage, not a header, where a column of numbers or times holds one all the same, or zeros of a power cut. */
function isBrokenRow({ fields, text, problem }: TableRecord, kinds: readonly CellKind[], numbers: NumberReader): boolean {
  if (problem !== undefined || text.includes('\0')) return true
  if (isComment(text) || fields.length < kinds.length) return false
  // The name of the time above it makes names of numbers, too: those of channels or depths.
  if (kinds.some((kind, column) => kind === 'time' && saysTimeAlone(fields[column] ?? ''))) return false
  return kinds.some((kind, column) => isTelling(kind) && isOfKind(fields[column] ?? '', kind, numbers))
}

function passedNote(lines: readonly number[]): string {
  const [first = 0, last = 0] = [lines[0], lines.at(-1)]
  if (lines.length === 1) return `Line ${first} is passed over.`
  return `${lines.length} lines above the rows are passed over (${first} to ${last}).`
}
