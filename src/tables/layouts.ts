/** Files that are no plain tables, read as such: objects a line, InfluxDB's line protocol and its CSV with annotations. */
import { isObject, parseLoosely } from '../base/json.ts'
import { parseLines, type FieldValue } from '../wire/line-protocol.ts'
import type { ByteFacts, TableSource } from './encoding.ts'
import { readLines, type LineBatch } from './lines.ts'
import { LvmReader, type LvmHead } from './lvm.ts'
import { RecordReader, type Delimiter, type Glance, type TableRecord } from './records.ts'

/** How records come out of lines. */
export type Layout =
  | { readonly kind: 'delimited'; readonly delimiter: Delimiter }
  | { readonly kind: 'ndjson'; readonly headers: readonly string[] }
  | { readonly kind: 'line-protocol' }
  | { readonly kind: 'annotated-csv' }
  | { readonly kind: 'lvm'; readonly head: LvmHead }

/** Columns that the layouts with one value a record have. */
export const SERIES_HEADERS: Readonly<Record<'line-protocol' | 'annotated-csv', readonly string[]>> = {
  'line-protocol': ['time', 'series', 'value'],
  'annotated-csv': ['_time', 'series', '_value'],
}

type ToRecords = (batch: LineBatch) => TableRecord[]

export interface RecordBatch {
  readonly records: readonly TableRecord[]
  /** True when the file ends inside the last of the records. */
  readonly isCut: boolean
}

/**
 * Yields the records of a whole source.
 * @param glance asked before each batch: what is wanted of plain rows
 */
export async function* readRecords(
  source: TableSource,
  facts: ByteFacts,
  layout: Layout,
  glance?: () => Glance | undefined,
): AsyncGenerator<RecordBatch> {
  const reader = layout.kind === 'delimited' ? await RecordReader.for(layout.delimiter) : undefined
  const toRecords: ToRecords = reader ? (batch) => reader.push(batch) : await readerOf(layout)
  for await (const batch of readLines(source, facts)) {
    if (reader) reader.glance = glance?.()
    const records = toRecords(batch)
    if (records.length > 0) yield { records, isCut: batch.isCut }
  }
  const rest = reader?.end() ?? []
  if (rest.length > 0) yield { records: rest, isCut: false }
}

async function readerOf(layout: Layout): Promise<ToRecords> {
  if (layout.kind === 'ndjson') return (batch) => forLines(batch, (text, line) => [objectRecord(text, line, layout.headers)])
  if (layout.kind === 'line-protocol') return (batch) => forLines(batch, protocolRecords)
  if (layout.kind === 'lvm') {
    const lvm = new LvmReader(layout.head, await RecordReader.for(layout.head.delimiter))
    return (batch) => lvm.push(batch)
  }
  const reader = await RecordReader.for(',')
  const tables = new AnnotatedTables()
  return (batch) => reader.push(batch).flatMap((record) => tables.read(record))
}

const forLines = ({ first, lines }: LineBatch, make: (text: string, line: number) => TableRecord[]): TableRecord[] =>
  lines.flatMap((text, at) => (text.trim() === '' ? [] : make(text, first + at)))

function objectRecord(text: string, line: number, headers: readonly string[]): TableRecord {
  const members = membersOf(text)
  if (!members) return { line, fields: [], text, problem: 'it is no JSON object' }
  return { line, text, fields: headers.map((header) => members.get(header) ?? '') }
}

/** The members of an object as text, those of inner objects by `outer/inner`; undefined for anything else. */
export function membersOf(text: string): Map<string, string> | undefined {
  let value: unknown
  try {
    value = parseLoosely(text)
  } catch {
    return undefined
  }
  if (!isObject(value)) return undefined
  const members = new Map<string, string>()
  addMembers(members, '', value, 0)
  return members
}

function addMembers(members: Map<string, string>, prefix: string, value: Record<string, unknown>, depth: number): void {
  for (const [name, member] of Object.entries(value)) {
    if (isObject(member) && depth < 8) addMembers(members, `${prefix}${name}/`, member, depth + 1)
    else if (member === null || member === undefined) members.set(prefix + name, '')
    else if (typeof member === 'string' || typeof member === 'number') members.set(prefix + name, String(member))
    else if (typeof member === 'boolean') members.set(prefix + name, member ? '1' : '0')
    else members.set(prefix + name, JSON.stringify(member))
  }
}

function protocolRecords(text: string, line: number): TableRecord[] {
  return [...parseLines(text)].flatMap((point): TableRecord[] => {
    if ('problem' in point) return [{ line, fields: [], text, problem: point.problem.message }]
    const prefix = [point.measurement, ...point.tags.map(([, value]) => value)].join('/')
    return [
      ...point.fields.map(([name, value]) => ({ line, text, fields: [point.timestamp ?? '', `${prefix}/${name}`, textOf(value)] })),
      ...(point.problems ?? []).map((problem) => ({ line, fields: [], text, problem })),
    ]
  })
}

const textOf = (value: FieldValue): string => (typeof value === 'boolean' ? String(Number(value)) : String(value))

/** Columns that say nothing of the series. */
const UNNAMED = new Set(['', 'result', 'table', '_start', '_stop', '_time', '_value', '_measurement', '_field'])

/** Types of columns with values, where each field has a column of its own. */
const VALUE_TYPES = new Set(['double', 'long', 'unsignedLong', 'boolean', 'string'])

/** The tables of an answer, each with lines that say what its columns are, or with a header alone. */
class AnnotatedTables {
  #headers: readonly string[] = []
  #types: readonly string[] = []
  #groups: readonly string[] = []
  #defaults: readonly string[] = []
  #isHeaderNext = false

  read(record: TableRecord): TableRecord[] {
    const { fields } = record
    const [first = ''] = fields
    if (first.startsWith('#')) {
      if (!this.#isHeaderNext) this.#types = this.#groups = this.#defaults = []
      if (first === '#datatype') this.#types = fields
      else if (first === '#group') this.#groups = fields
      else if (first === '#default') this.#defaults = fields
      this.#isHeaderNext = true
      return []
    }
    if (this.#isHeaderNext || (fields.includes('table') && fields.includes('result'))) {
      this.#headers = fields
      this.#isHeaderNext = false
      return []
    }
    return this.#values(record)
  }

  #values({ line, fields, text, problem }: TableRecord): TableRecord[] {
    const bad = (why: string): TableRecord[] => [{ line, text, fields: [], problem: why }]
    const headers = this.#headers
    if (problem !== undefined || fields.length !== headers.length)
      return bad(problem ?? `it has ${fields.length} fields, and its header ${headers.length}`)
    const cell = (at: number): string => (at < 0 ? '' : fields[at] || (this.#defaults[at] ?? ''))
    const field = (name: string): string => cell(headers.indexOf(name))
    if (headers.includes('error')) return bad(`the query failed: ${field('error')}`)
    const columns = headers.includes('_value') ? [headers.indexOf('_value')] : this.#fieldColumns()
    if (columns.length === 0)
      return bad('its table has no column _value, and no lines that tell which columns are fields; export it with annotations')
    const tags = headers.flatMap((header, at) => (UNNAMED.has(header) || columns.includes(at) ? [] : [cell(at)]))
    return columns.map((at) => {
      const name = headers[at] === '_value' ? field('_field') : (headers[at] ?? '')
      const series = [field('_measurement'), ...tags, name].filter((part) => part !== '').join('/')
      return { line, text, fields: [field('_time'), series, this.#types[at] === 'boolean' ? truth(cell(at)) : cell(at)] }
    })
  }

  /** Where fields are columns: those that are no tags. */
  #fieldColumns(): number[] {
    return this.#headers.flatMap((header, at) =>
      !UNNAMED.has(header) && this.#groups[at] === 'false' && VALUE_TYPES.has(this.#types[at] ?? '') ? [at] : [],
    )
  }
}

const truth = (text: string): string => (text === 'true' ? '1' : text === 'false' ? '0' : text)
