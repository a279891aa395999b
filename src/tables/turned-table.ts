/** Turns a table that lies on its side: its times stand across, and below them a line for each thing that was measured. */
import type { Pause } from '../base/turns.ts'
import { invalid } from '../base/fault.ts'
import { ACROSS_KINDS, countIn, timesAcross, withoutBlankEnd, type Across } from './across.ts'
import { findDialect, isComment, namedDelimiter } from './dialect.ts'
import type { ElapsedForm } from './elapsed.ts'
import { examineBytes, type TableSource } from './encoding.ts'
import { readLines } from './lines.ts'
import { RecordReader, type TableRecord } from './records.ts'

/** Bytes of a file that is turned in memory. */
const MAX_BYTES = 5_000_000
/** Lines that tell what stands between the fields. */
const HEAD_LINES = 1_000

/**
 * The turned table: a line of names, and a row for each time, below what stands around it in the file.
 * @throws Fault invalid where no line of the file has times side by side, or the file is too large to be turned
 */
export async function turnTable(source: TableSource, pause: Pause): Promise<TableSource> {
  const facts = await examineBytes(source)
  if (facts.size > MAX_BYTES) throw invalid(`The file has ${facts.size} bytes; at most ${MAX_BYTES} are turned. Turn it where it was made.`)
  const lines: string[] = []
  for await (const batch of readLines(source, facts)) for (const line of batch.lines) lines.push(line)
  const { delimiter } = await findDialect({ first: 1, lines: lines.slice(0, HEAD_LINES), isCut: false }, pause)
  const reader = await RecordReader.for(delimiter)
  const records: TableRecord[] = []
  for (let from = 0; from < lines.length; from += HEAD_LINES) {
    for (const record of reader.push({ first: from + 1, lines: lines.slice(from, from + HEAD_LINES), isCut: false })) records.push(record)
    await pause()
  }
  const block = findBlock([...records, ...reader.end()])
  if (!block)
    throw invalid('No line of the file has times side by side below or beside names, so there is nothing to turn: leave --transpose out.')
  const isInside = (line: number): boolean => line >= block.first && line <= block.last
  const around = lines.filter((line, at) => !isInside(at + 1) && line.trim() !== '' && (at > 0 || namedDelimiter(line) === undefined))
  const separator = delimiter === 'blanks' ? '\t' : delimiter
  const write = (fields: readonly string[]): string => fields.map((field) => quoted(field, separator)).join(separator)
  const turned = Buffer.from([...around, ...turn(block).map(write), ''].join('\n'))
  return async function* () {
    await Promise.resolve()
    yield turned
  }
}

const quoted = (field: string, separator: string): string =>
  field.includes(separator) || /["\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field

interface Block {
  /** Numbers of its lines in the file. */
  readonly first: number
  readonly last: number
  readonly times: TableRecord
  readonly across: Across
  readonly others: readonly TableRecord[]
}

/** The line of times, and the lines around it that end where it does. */
function findBlock(records: readonly TableRecord[]): Block | undefined {
  const plain = records.filter(({ text, problem }) => problem === undefined && !isComment(text))
  let best: { at: number; across: Across } | undefined
  for (const [at, { fields }] of plain.entries()) {
    const across = timesAcross(fields)
    if (across && (!best || ACROSS_KINDS.indexOf(across.kind) < ACROSS_KINDS.indexOf(best.across.kind))) best = { at, across }
  }
  const times = best && plain[best.at]
  if (!best || !times) return undefined
  const { from } = best.across
  const width = withoutBlankEnd(times.fields).length
  const belongs = ({ fields }: TableRecord): boolean => {
    const { length } = withoutBlankEnd(fields)
    return length > from && length <= width
  }
  const isNext = (one: TableRecord, other: TableRecord): boolean => other.line - one.line === one.text.split('\n').length
  let [first, last] = [best.at, best.at]
  for (let at = first - 1; at >= 0 && fits(plain[at], plain[first], belongs, isNext); at--) first = at
  for (let at = last + 1; at < plain.length && fits(plain[at], plain[last], belongs, (one, other) => isNext(other, one)); at++) last = at
  const others = plain.slice(first, last + 1).filter((record) => record !== times)
  const end = plain[last] ?? times
  return { first: (plain[first] ?? times).line, last: end.line + end.text.split('\n').length - 1, times, across: best.across, others }
}

const fits = (
  record: TableRecord | undefined,
  beside: TableRecord | undefined,
  belongs: (record: TableRecord) => boolean,
  isNext: (record: TableRecord, beside: TableRecord) => boolean,
): boolean => record !== undefined && beside !== undefined && belongs(record) && isNext(record, beside)

const UNIT_NAMES: Readonly<Record<ElapsedForm, string>> = {
  'elapsed-ms': 'ms',
  'elapsed-s': 's',
  'elapsed-min': 'min',
  'elapsed-h': 'h',
  'elapsed-d': 'd',
}

function turn({ times, across: { from, kind, unit }, others }: Block): string[][] {
  const nameOf = ({ fields }: TableRecord): string =>
    fields
      .slice(0, from)
      .map((field) => field.trim())
      .filter((field) => field !== '')
      .join(' ')
  // What stands above the names of things measured, as "Well", is no name of the time.
  const time = unit !== undefined ? `Time (${UNIT_NAMES[unit]})` : kind === 'named number' ? nameOf(times) : 'Time'
  const cells = withoutBlankEnd(times.fields)
  return [
    [time, ...others.map(nameOf)],
    ...cells
      .slice(from)
      .map((cell, at) => [
        unit === undefined ? cell.trim() : (countIn(cell)?.number ?? cell),
        ...others.map(({ fields }) => (fields[from + at] ?? '').trim()),
      ]),
  ]
}
