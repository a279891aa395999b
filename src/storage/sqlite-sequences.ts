/**
 * The store of sequence values on SQLite: rows keyed by sequence and time. Values of all transports queue up here and go
 * to the writer thread as one batch a commit (group commit): while one batch is being synced the next one gathers, so a
 * slow disk makes batches larger, not waits longer.
 */
import type Sqlite from 'better-sqlite3'
import type { Writer } from '../database/writer-client.ts'
import type { RowsStep } from '../database/writer-protocol.ts'
import { Fault } from '../fault.ts'
import type { Observer } from '../observer.ts'
import type { Micros } from '../time.ts'
import type { AppendRow, Bucket, Point, Points, Range, ReadOptions, SequenceRef, SequenceStore } from './sequence-store.ts'

/** Most values in one commit, so that no live value waits long behind an import. */
const MAX_BATCH = 10_000
/** Most values that may wait; past it callers are told to try again. */
const MAX_QUEUE = 500_000
/** Rows read or deleted before others get a turn. */
const STEP = 10_000
/** How long summing up may keep others from their turn. */
const LONGEST_TURN_MS = 8

interface Waiting {
  rows: readonly AppendRow[]
  resolve: (isNew: Uint8Array) => void
  reject: (error: unknown) => void
}

interface Table {
  insert: string
  replace: string
  newest: Sqlite.Statement<[number], [Micros, number | string]>
  at: Sqlite.Statement<[number, Micros], [Micros, number | string]>
  ascending: Sqlite.Statement<[number, Micros, Micros, number], [Micros, number | string]>
  descending: Sqlite.Statement<[number, Micros, Micros, number], [Micros, number | string]>
  nth: Sqlite.Statement<[number, number], [Micros]>
  deleteStep: string
}

type SummaryRow = [first: Micros, last: Micros, min: number, max: number, sum: number, count: number]
type SearchStatement = Sqlite.Statement<[number, Micros, Micros, string, number], [Micros, string]>

export class SqliteSequenceStore implements SequenceStore {
  readonly #writer: Writer
  readonly #observer: Observer
  readonly #numbers: Table
  readonly #texts: Table
  readonly #summary: Sqlite.Statement<[number, Micros, Micros], SummaryRow>
  readonly #search: { ascending: SearchStatement; descending: SearchStatement }
  #queue: Waiting[] = []
  #queued = 0
  #running: Promise<void> | undefined

  constructor(reader: Sqlite.Database, writer: Writer, observer: Observer) {
    this.#writer = writer
    this.#observer = observer
    this.#numbers = prepareTable(reader, 'sequence_numbers')
    this.#texts = prepareTable(reader, 'sequence_texts')
    this.#summary = reader.prepare<[number, Micros, Micros], SummaryRow>('select min(time), max(time), min(value), max(value), total(value), count(*) from sequence_numbers where sequence_id = ? and time >= ? and time < ?').raw()
    // instr compares bytes: no wildcards to escape, and letter case counts.
    const search = (order: string): SearchStatement =>
      reader.prepare<[number, Micros, Micros, string, number], [Micros, string]>(`select time, value from sequence_texts where sequence_id = ? and time >= ? and time <= ? and instr(value, ?) > 0 order by time ${order} limit ?`).raw()
    this.#search = { ascending: search('asc'), descending: search('desc') }
  }

  append(rows: readonly AppendRow[]): Promise<Uint8Array> {
    if (rows.length === 0) return Promise.resolve(new Uint8Array(0))
    if (this.#queued + rows.length > MAX_QUEUE) {
      return Promise.reject(new Fault('busy', `The server has ${this.#queued} values waiting to be stored: nothing of this request was stored. Try again in a moment.`, { retryAfter: 1 }))
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ rows, resolve, reject })
      this.#queued += rows.length
      this.#running ??= this.#run()
    })
  }

  settled(): Promise<void> {
    if (!this.#running) return Promise.resolve()
    // An entry without rows: its turn comes right after those before it, not when a busy queue happens to be empty.
    return new Promise((resolve) => {
      const done = (): void => resolve()
      this.#queue.push({ rows: [], resolve: done, reject: done })
    })
  }

  async #run(): Promise<void> {
    // Whatever the current turn of the event loop still brings belongs to the first batch.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#queue.length > 0) await this.#commit(this.#takeBatch())
    this.#running = undefined
  }

  #takeBatch(): Waiting[] {
    let size = 0
    let end = 0
    while (end < this.#queue.length && size < MAX_BATCH) size += this.#queue[end++]?.rows.length ?? 0
    this.#queued -= size
    this.#observer.queued(this.#queued)
    return this.#queue.splice(0, end)
  }

  async #commit(batch: readonly Waiting[]): Promise<void> {
    try {
      const { steps, count } = pack(batch, this.#numbers, this.#texts)
      const { changed, commitMs } = count > 0 ? await this.#writer.rows(steps) : { changed: [], commitMs: 0 }
      if (count > 0) this.#observer.committed(count, commitMs)
      let [number, text] = [0, 0]
      const [numbers, texts] = [changed[0] ?? new Uint8Array(0), changed[1] ?? new Uint8Array(0)]
      for (const { rows, resolve } of batch) {
        const isNew = new Uint8Array(rows.length)
        for (let at = 0; at < rows.length; at++) isNew[at] = (rows[at]?.sequence.isText ? texts[text++] : numbers[number++]) ?? 0
        resolve(isNew)
      }
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }

  async newest(sequence: SequenceRef): Promise<Point | undefined> {
    return toPoint(this.#table(sequence).newest.get(sequence.id))
  }

  async at(sequence: SequenceRef, time: Micros): Promise<Point | undefined> {
    return toPoint(this.#table(sequence).at.get(sequence.id, time))
  }

  async read(sequence: SequenceRef, { start, end, order, limit, text }: ReadOptions): Promise<Points> {
    const points: Points = { times: [], values: [] }
    let low = start ?? Number.MIN_SAFE_INTEGER
    let high = end ?? Number.MAX_SAFE_INTEGER
    while (points.times.length < limit) {
      const step = Math.min(limit - points.times.length, STEP)
      const rows = text === undefined ? this.#table(sequence)[order].all(sequence.id, low, high, step) : this.#search[order].all(sequence.id, low, high, text, step)
      for (const [time, value] of rows) {
        points.times.push(time)
        points.values.push(value)
      }
      const last = rows.at(-1)
      if (rows.length < step || !last) break
      if (order === 'ascending') low = last[0] + 1
      else high = last[0] - 1
      await new Promise((resolve) => setImmediate(resolve))
    }
    return points
  }

  async aggregate(sequence: SequenceRef, { start, end }: Range, buckets: number): Promise<Bucket[]> {
    const bounds = [sequence.id, start ?? Number.MIN_SAFE_INTEGER, end ?? Number.MAX_SAFE_INTEGER, 1] as const
    const [first, last] = [this.#numbers.ascending.get(...bounds), this.#numbers.descending.get(...bounds)]
    if (!first || !last) return []
    const low = start ?? first[0]
    const span = (end ?? last[0]) - low + 1
    const edge = (at: number): Micros => low + Math.floor((at * span) / buckets)
    const result: Bucket[] = []
    let turn = performance.now()
    // The engine sums up one stretch at a time several times faster than rows cross into JavaScript.
    for (let at = 0; at < buckets; at++) {
      if (edge(at + 1) <= first[0] || edge(at) > last[0]) continue
      const row = this.#summary.get(sequence.id, edge(at), edge(at + 1))
      if (row && row[5] > 0) result.push(toBucket(row))
      if (performance.now() - turn > LONGEST_TURN_MS) {
        await new Promise((resolve) => setImmediate(resolve))
        turn = performance.now()
      }
    }
    return result
  }

  async delete(sequence: SequenceRef, { start, end }: Range): Promise<number> {
    // Values still in the queue were sent before this and go with it.
    await this.settled()
    return this.#deleteSteps(sequence, start ?? Number.MIN_SAFE_INTEGER, end ?? Number.MAX_SAFE_INTEGER)
  }

  async truncate(sequence: SequenceRef, keep: number): Promise<number> {
    const oldestKept = keep === 0 ? [Number.MAX_SAFE_INTEGER] : this.#table(sequence).nth.get(sequence.id, keep - 1)
    if (!oldestKept) return 0
    return this.#deleteSteps(sequence, Number.MIN_SAFE_INTEGER, (oldestKept[0] ?? 0) - 1)
  }

  async #deleteSteps(sequence: SequenceRef, low: Micros, high: Micros): Promise<number> {
    const { ascending, deleteStep } = this.#table(sequence)
    let deleted = 0
    for (;;) {
      const rows = ascending.all(sequence.id, low, high, STEP)
      const last = rows.at(-1)
      if (!last) return deleted
      await this.#writer.rows([{ sql: deleteStep, columns: [Float64Array.of(sequence.id), Float64Array.of(low), Float64Array.of(last[0])] }])
      deleted += rows.length
    }
  }

  #table(sequence: SequenceRef): Table {
    return sequence.isText ? this.#texts : this.#numbers
  }
}

function prepareTable(reader: Sqlite.Database, table: 'sequence_numbers' | 'sequence_texts'): Table {
  type Row = [Micros, number | string]
  const range = `select time, value from ${table} where sequence_id = ? and time >= ? and time <= ? order by time`
  return {
    insert: `insert into ${table} (sequence_id, time, value) values (?, ?, ?) on conflict do nothing`,
    replace: `insert into ${table} (sequence_id, time, value) values (?, ?, ?) on conflict (sequence_id, time) do update set value = excluded.value`,
    newest: reader.prepare<[number], Row>(`select time, value from ${table} where sequence_id = ? order by time desc limit 1`).raw(),
    at: reader.prepare<[number, Micros], Row>(`select time, value from ${table} where sequence_id = ? and time = ?`).raw(),
    ascending: reader.prepare<[number, Micros, Micros, number], Row>(`${range} asc limit ?`).raw(),
    descending: reader.prepare<[number, Micros, Micros, number], Row>(`${range} desc limit ?`).raw(),
    nth: reader.prepare<[number, number], [Micros]>(`select time from ${table} where sequence_id = ? order by time desc limit 1 offset ?`).raw(),
    deleteStep: `delete from ${table} where sequence_id = ? and time >= ? and time <= ?`,
  }
}

function pack(batch: readonly Waiting[], numbers: Table, texts: Table): { steps: RowsStep[]; count: number } {
  let [numberCount, textCount] = [0, 0]
  for (const { rows } of batch) {
    for (const { sequence } of rows) {
      if (sequence.isText) textCount++
      else numberCount++
    }
  }
  const [ids, times, values] = [new Float64Array(numberCount), new Float64Array(numberCount), new Float64Array(numberCount)]
  const [textIds, textTimes] = [new Float64Array(textCount), new Float64Array(textCount)]
  const textValues: string[] = []
  let [number, text] = [0, 0]
  for (const { rows } of batch) {
    for (const { sequence, time, value } of rows) {
      if (sequence.isText) {
        textIds[text] = sequence.id
        textTimes[text++] = time
        textValues.push(String(value))
      } else {
        ids[number] = sequence.id
        times[number] = time
        values[number++] = Number(value)
      }
    }
  }
  return {
    count: numberCount + textCount,
    steps: [
      { sql: numbers.insert, otherwise: numbers.replace, columns: [ids, times, values] },
      { sql: texts.insert, otherwise: texts.replace, columns: [textIds, textTimes, textValues] },
    ],
  }
}

function toBucket([first, last, min, max, sum, count]: SummaryRow): Bucket {
  // The sum of large values may overflow where their mean does not.
  return { first, last, min, max, mean: Number.isFinite(sum) ? sum / count : min / 2 + max / 2, count }
}

const toPoint = (row: [Micros, number | string] | undefined): Point | undefined => (row ? { time: row[0], value: row[1] } : undefined)
