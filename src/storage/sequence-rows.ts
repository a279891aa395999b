/** Settled values: rows keyed by sequence and time, read through the main thread's connection, written in steps by the writer. */
import type Sqlite from 'better-sqlite3'
import type { RowsStep } from '../database/writer-protocol.ts'
import type { Micros } from '../time.ts'
import type { Point, Points, Range, SequenceRef, Summary } from './sequence-store.ts'
import type { Stretch } from './head.ts'

type Row = [time: Micros, value: number | string]
type SummaryRow = [first: Micros, last: Micros, min: number, max: number, sum: number, count: number]
type RangeStatement = Sqlite.Statement<[number, Micros, Micros, number], Row>
type SearchStatement = Sqlite.Statement<[number, Micros, Micros, string, number], Row>

interface Table {
  name: string
  newest: Sqlite.Statement<[number], Row>
  at: Sqlite.Statement<[number, Micros], Row>
  ascending: RangeStatement
  descending: RangeStatement
  count: Sqlite.Statement<[number, Micros, number], [count: number, last: Micros | null]>
}

const FIRST = Number.MIN_SAFE_INTEGER
const LAST = Number.MAX_SAFE_INTEGER

export class SequenceRows {
  readonly #numbers: Table
  readonly #texts: Table
  readonly #summary: Sqlite.Statement<[number, Micros, Micros], SummaryRow>
  readonly #search: { ascending: SearchStatement; descending: SearchStatement }

  constructor(reader: Sqlite.Database) {
    this.#numbers = prepareTable(reader, 'sequence_numbers')
    this.#texts = prepareTable(reader, 'sequence_texts')
    this.#summary = reader
      .prepare<[number, Micros, Micros], SummaryRow>('select min(time), max(time), min(value), max(value), total(value), count(*) from sequence_numbers where sequence_id = ? and time >= ? and time < ?')
      .raw()
    // instr compares bytes: no wildcards to escape, and letter case counts.
    const search = (order: string): SearchStatement =>
      reader.prepare<[number, Micros, Micros, string, number], Row>(`select time, value from sequence_texts where sequence_id = ? and time >= ? and time <= ? and instr(value, ?) > 0 order by time ${order} limit ?`).raw()
    this.#search = { ascending: search('asc'), descending: search('desc') }
  }

  newest({ id, isText }: SequenceRef): Point | undefined {
    return toPoint(this.#table(isText).newest.get(id))
  }

  at({ id, isText }: SequenceRef, time: Micros): Point | undefined {
    return toPoint(this.#table(isText).at.get(id, time))
  }

  /** At most `limit` points from one end of the range. */
  read({ id, isText }: SequenceRef, { start = FIRST, end = LAST }: Range, order: 'ascending' | 'descending', limit: number, text?: string): Points {
    const rows = text === undefined ? this.#table(isText)[order].all(id, start, end, limit) : this.#search[order].all(id, start, end, text, limit)
    return { times: rows.map(([time]) => time), values: rows.map(([, value]) => value) }
  }

  /** Of the numeric values from `start` to before `end`. The engine sums up several times faster than rows cross into JavaScript. */
  summarize(ref: SequenceRef, start: Micros, end: Micros): Summary | undefined {
    const row = this.#summary.get(ref.id, start, end)
    if (!row || row[5] === 0) return undefined
    const [first, last, min, max, sum, count] = row
    return { first, last, min, max, sum, count, firstValue: Number(this.at(ref, first)?.value), lastValue: Number(this.at(ref, last)?.value) }
  }

  /** How many rows there are after a time, looking at `most` of them, and the last one looked at. */
  countAfter({ id, isText }: SequenceRef, time: Micros, most: number): { count: number; last: Micros | null } {
    const [count, last] = this.#table(isText).count.get(id, time, most) ?? [0, null]
    return { count, last }
  }

  /** Writes points from `from` on, at most `most`; what stands at their times already is replaced. */
  insertStep({ id, isText }: SequenceRef, { times, values }: Stretch, from: number, most: number): RowsStep {
    const to = Math.min(from + most, times.length)
    const own = values.slice(from, to)
    return {
      sql: `insert into ${this.#table(isText).name} (sequence_id, time, value) values (?, ?, ?) on conflict (sequence_id, time) do update set value = excluded.value`,
      columns: [new Float64Array(to - from).fill(id), Float64Array.from(times.slice(from, to)), isText ? own.map(String) : Float64Array.from(own as number[])],
    }
  }

  deleteStep({ id, isText }: SequenceRef, start: Micros, end: Micros): RowsStep {
    return { sql: `delete from ${this.#table(isText).name} where sequence_id = ? and time >= ? and time <= ?`, columns: [Float64Array.of(id), Float64Array.of(start), Float64Array.of(end)] }
  }

  #table(isText: boolean): Table {
    return isText ? this.#texts : this.#numbers
  }
}

function prepareTable(reader: Sqlite.Database, name: string): Table {
  const range = `select time, value from ${name} where sequence_id = ? and time >= ? and time <= ? order by time`
  return {
    name,
    newest: reader.prepare<[number], Row>(`select time, value from ${name} where sequence_id = ? order by time desc limit 1`).raw(),
    at: reader.prepare<[number, Micros], Row>(`select time, value from ${name} where sequence_id = ? and time = ?`).raw(),
    ascending: reader.prepare<[number, Micros, Micros, number], Row>(`${range} asc limit ?`).raw(),
    descending: reader.prepare<[number, Micros, Micros, number], Row>(`${range} desc limit ?`).raw(),
    count: reader.prepare<[number, Micros, number], [number, Micros | null]>(`select count(*), max(time) from (select time from ${name} where sequence_id = ? and time > ? order by time limit ?)`).raw(),
  }
}

const toPoint = (row: Row | undefined): Point | undefined => (row ? { time: row[0], value: row[1] } : undefined)
