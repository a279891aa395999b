/** The store of values against a naive model: any series of appends, deletions, truncations, settlings and restarts reads the same. */
import assert from 'node:assert/strict'
import Sqlite from 'better-sqlite3'
import fc from 'fast-check'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { systemClock } from '../../src/base/clock.ts'
import { openSqlite, type SqliteDatabase } from '../../src/database/sqlite/sqlite.ts'
import type { RowWriter } from '../../src/database/sqlite/writer-client.ts'
import type { RowsStep, Sync } from '../../src/database/sqlite/writer-protocol.ts'
import { silentLog, type Log } from '../../src/base/log.ts'
import { silentObserver } from '../../src/base/store-observer.ts'
import { BLOCK_VALUES } from '../../src/storage/engine/blocks/block.ts'
import { packRecord, unpackRecord } from '../../src/storage/engine/journal.ts'
import { RowList } from '../../src/storage/engine/row-list.ts'
import {
  fulfils,
  type AppendRow,
  type Condition,
  type Page,
  type Points,
  type SequenceRef,
  type Summary,
} from '../../src/storage/sequence-store.ts'
import { SqliteSequenceStore } from '../../src/storage/engine/sqlite-sequences.ts'
import { RecordingLog } from '../support/recording-log.ts'

/** A writer that dies between two transactions, with whatever waits for it. */
class MortalWriter implements RowWriter {
  readonly #writer: RowWriter
  #left = Number.POSITIVE_INFINITY
  onDeath: (() => void) | undefined

  constructor(writer: RowWriter) {
    this.#writer = writer
  }

  dieAfter(transactions: number): void {
    this.#left = transactions
  }

  rows(steps: RowsStep[], sync?: Sync): ReturnType<RowWriter['rows']> {
    if (this.#left-- > 0) return this.#writer.rows(steps, sync)
    this.onDeath?.()
    return new Promise(() => {})
  }
}

class Bench {
  readonly #path: string
  readonly #fullHead: number
  #database: SqliteDatabase | undefined
  #store: SqliteSequenceStore | undefined
  #writer: MortalWriter | undefined

  constructor(path: string, fullHead: number) {
    this.#path = path
    this.#fullHead = fullHead
  }

  async open(log: Log = silentLog): Promise<void> {
    this.#database = await openSqlite({ path: this.#path, synchronous: 'NORMAL', clock: systemClock, log: silentLog, onFatal: () => {} })
    this.#writer = new MortalWriter(this.#database.writer)
    this.#store = await SqliteSequenceStore.open(this.#database.reader, this.#writer, {
      observer: silentObserver,
      log,
      fullHead: this.#fullHead,
    })
  }
  async close(): Promise<void> {
    await this.#store?.close()
    await this.#database?.close()
  }
  /** Does the work and crashes: after so many transactions, or else once it is done. @returns whether it was done */
  async crash(transactions: number, work: () => Promise<unknown>): Promise<boolean> {
    const writer = this.#writer
    assert.ok(writer)
    writer.dieAfter(transactions)
    const death = new Promise<false>((resolve) => (writer.onDeath = () => resolve(false)))
    const isDone = await Promise.race([work().then(() => true), death])
    writer.dieAfter(0)
    await this.#database?.close()
    await this.open()
    return isDone
  }
  get store(): SqliteSequenceStore {
    assert.ok(this.#store)
    return this.#store
  }
  /** Rows of a table. */
  count(table: string): number {
    return Number(this.#database?.reader.prepare(`select count(*) from ${table}`).pluck().get())
  }
}

function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'rhizo-test-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const refs: SequenceRef[] = [
  { id: 1, isText: false },
  { id: 2, isText: false },
  { id: 3, isText: true },
]

type Model = Map<number, Map<number, number | string>>

const sorted = (values: Map<number, number | string> | undefined): [number, number | string][] =>
  [...(values ?? [])].sort(([a], [b]) => a - b)
const toPoints = (pairs: [number, number | string][]): Points => ({
  times: pairs.map(([time]) => time),
  values: pairs.map(([, value]) => value),
})

interface Query {
  start: number | undefined
  end: number | undefined
  order: 'ascending' | 'descending'
  limit: number
  text: string | undefined
}

function readModel(model: Model, ref: SequenceRef, { start = -1e9, end = 1e9, order, limit, text }: Query): Page {
  let pairs = sorted(model.get(ref.id)).filter(
    ([time, value]) => time >= start && time <= end && (!ref.isText || text === undefined || String(value).includes(text)),
  )
  if (order === 'descending') pairs = pairs.reverse()
  return { ...toPoints(pairs.slice(0, limit)), more: pairs.length > limit }
}

function matching(
  model: Model,
  ref: SequenceRef,
  { start, end, where }: { start: number | undefined; end: number | undefined; where: readonly Condition[] },
): [number, number | string][] {
  return sorted(model.get(ref.id)).filter(([time, value]) => time >= (start ?? -1) && time <= (end ?? 100) && fulfils(value, where))
}

function summarizeModel(model: Model, ref: SequenceRef, edges: readonly number[]): (Summary | undefined)[] {
  const pairs = sorted(model.get(ref.id)) as [number, number][]
  return edges.slice(1).map((to, at) => {
    const group = pairs.filter(([time]) => time >= (edges[at] ?? 0) && time < to)
    const [first, last] = [group[0], group.at(-1)]
    const values = group.map(([, value]) => value)
    return (
      first &&
      last && {
        first: first[0],
        last: last[0],
        firstValue: first[1],
        lastValue: last[1],
        min: Math.min(...values),
        max: Math.max(...values),
        sum: values.reduce((sum, value) => sum + value, 0),
        count: values.length,
      }
    )
  })
}

/** The order in which numbers are added shows in the last digits. */
const roundSum = (summary: Summary | undefined): unknown =>
  summary && { ...summary, min: summary.min + 0, max: summary.max + 0, sum: summary.sum.toPrecision(9) }

const anyTime = fc.integer({ min: 0, max: 60 })
const anyNumber = fc.oneof(fc.integer({ min: -50, max: 50 }), fc.constantFrom(-0, 21.37, -1e300, 5e-324, 9_007_199_254_740_991, 0.1 + 0.2))
const anyRows = fc.array(fc.record({ ref: fc.constantFrom(...refs), time: anyTime, number: anyNumber }), { maxLength: 12 })
const anyRange = { start: fc.option(anyTime, { nil: undefined }), end: fc.option(anyTime, { nil: undefined }) }
const anyCondition = fc.record({
  is: fc.constantFrom('<' as const, '<=' as const, '>' as const, '>=' as const, '=' as const, '!=' as const, 'contains' as const),
  value: fc.oneof(fc.integer({ min: -20, max: 20 }), fc.constantFrom('t1', 't-')),
})
const anyWhere = fc.array(anyCondition, { maxLength: 2 })
const anyStep = fc.oneof(
  { weight: 6, arbitrary: anyRows.map((rows) => ({ kind: 'append' as const, rows })) },
  {
    weight: 2,
    arbitrary: fc.array(anyRows, { minLength: 2, maxLength: 4 }).map((appends) => ({ kind: 'appends at once' as const, appends })),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('delete' as const), ref: fc.constantFrom(...refs), ...anyRange, where: anyWhere }),
  },
  fc.record({ kind: fc.constant('count' as const), ref: fc.constantFrom(...refs), ...anyRange, where: anyWhere }),
  fc.record({ kind: fc.constant('truncate' as const), ref: fc.constantFrom(...refs), keep: fc.integer({ min: 0, max: 20 }) }),
  fc.constant({ kind: 'restart' as const }),
  { weight: 2, arbitrary: fc.constant({ kind: 'seal' as const }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('crash in sealing' as const), after: fc.integer({ min: 0, max: 5 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('crash in append' as const), after: fc.integer({ min: 0, max: 5 }), rows: anyRows }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('crash in delete' as const),
      after: fc.integer({ min: 0, max: 5 }),
      ref: fc.constantFrom(...refs),
      ...anyRange,
      where: anyWhere,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      ref: fc.constantFrom(...refs),
      ...anyRange,
      order: fc.constantFrom('ascending' as const, 'descending' as const),
      limit: fc.integer({ min: 1, max: 30 }),
      text: fc.option(fc.constantFrom('1', '-'), { nil: undefined }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('summarize' as const),
      ref: fc.constantFrom(refs[0], refs[1]),
      edges: fc.array(fc.integer({ min: -5, max: 70 }), { minLength: 2, maxLength: 9 }).map((edges) => edges.sort((a, b) => a - b)),
    }),
  },
)

const toRow = ({ ref, time, number }: { ref: SequenceRef; time: number; number: number }): AppendRow => ({
  sequence: ref,
  time,
  value: ref.isText ? `t${number}` : number,
})

function appendModel(model: Model, rows: readonly AppendRow[]): number[] {
  return rows.map(({ sequence, time, value }) => {
    let values = model.get(sequence.id)
    if (!values) model.set(sequence.id, (values = new Map<number, number | string>()))
    const isNew = values.has(time) ? 0 : 1
    values.set(time, value)
    return isNew
  })
}

const everything = { start: undefined, end: undefined, order: 'ascending' as const, limit: 1_000, text: undefined }

async function isSame(bench: Bench, model: Model): Promise<boolean> {
  for (const ref of refs) if (!isDeepStrictEqual(await bench.store.read(ref, everything), readModel(model, ref, everything))) return false
  return true
}

/** Work that a crash cut short was done wholly or not at all; what was done is done. */
async function requireEither(bench: Bench, model: Model, isDone: boolean, work: () => void): Promise<void> {
  const isUndone = !isDone && (await isSame(bench, model))
  if (isUndone) return
  work()
  for (const ref of refs) assert.deepEqual(await bench.store.read(ref, everything), readModel(model, ref, everything))
}

for (const fullHead of [5, 40, 1_000_000]) {
  test(`any series of work reads as the model does, with a head of ${fullHead}`, async (t) => {
    const folder = makeFolder(t)
    let run = 0
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { minLength: 1, maxLength: 25 }), async (steps) => {
        const bench = new Bench(join(folder, `${fullHead}-${run++}.db`), fullHead)
        const model: Model = new Map()
        await bench.open()
        try {
          for (const step of steps) {
            if (step.kind === 'append') {
              const rows = step.rows.map(toRow)
              assert.deepEqual([...(await bench.store.append(rows))], appendModel(model, rows))
            } else if (step.kind === 'appends at once') {
              const batches = step.appends.map((rows) => rows.map(toRow))
              const results = await Promise.all(batches.map((rows) => bench.store.append(rows)))
              assert.deepEqual(
                results.map((isNew) => [...isNew]),
                batches.map((rows) => appendModel(model, rows)),
              )
            } else if (step.kind === 'delete') {
              const doomed = matching(model, step.ref, step)
              assert.equal(await bench.store.delete(step.ref, step, step.where), doomed.length)
              for (const [time] of doomed) model.get(step.ref.id)?.delete(time)
            } else if (step.kind === 'count') {
              assert.equal(await bench.store.count(step.ref, step, step.where), matching(model, step.ref, step).length)
            } else if (step.kind === 'truncate') {
              const pairs = sorted(model.get(step.ref.id))
              assert.equal(await bench.store.truncate(step.ref, step.keep), Math.min(step.keep, pairs.length))
              const gone = pairs.slice(0, Math.max(0, pairs.length - step.keep))
              for (const [time] of gone) model.get(step.ref.id)?.delete(time)
            } else if (step.kind === 'restart') {
              await bench.close()
              await bench.open()
            } else if (step.kind === 'seal') {
              await bench.store.seal()
              assert.equal(bench.count('sequence_journal'), 0)
            } else if (step.kind === 'crash in sealing') {
              await bench.crash(step.after, () => bench.store.seal())
              assert.ok(await isSame(bench, model))
            } else if (step.kind === 'crash in append') {
              const rows = step.rows.map(toRow)
              await requireEither(bench, model, await bench.crash(step.after, () => bench.store.append(rows)), () =>
                appendModel(model, rows),
              )
            } else if (step.kind === 'crash in delete') {
              const doomed = matching(model, step.ref, step)
              await requireEither(bench, model, await bench.crash(step.after, () => bench.store.delete(step.ref, step, step.where)), () => {
                for (const [time] of doomed) model.get(step.ref.id)?.delete(time)
              })
            } else if (step.kind === 'read') {
              const query = { ...step, text: step.ref.isText ? step.text : undefined }
              assert.deepEqual(await bench.store.read(step.ref, query), readModel(model, step.ref, query))
            } else if (step.ref) {
              assert.deepEqual(
                (await bench.store.summarize(step.ref, step.edges)).map(roundSum),
                summarizeModel(model, step.ref, step.edges).map(roundSum),
              )
            }
            for (const ref of refs) {
              const last = sorted(model.get(ref.id)).at(-1)
              assert.deepEqual(await bench.store.newest(ref), last && { time: last[0], value: last[1] })
            }
          }
        } finally {
          await bench.close()
        }
      }),
      { numRuns: 40 },
    )
  })
}

test('truncation keeps the newest, of rows and head together', async (t) => {
  const bench = new Bench(join(makeFolder(t), 'lab.db'), 50)
  await bench.open()
  t.after(() => bench.close())
  const ref = { id: 1, isText: false }
  for (let n = 0; n < 130; n++) await bench.store.append([{ sequence: ref, time: n, value: n }])
  assert.equal(await bench.store.truncate(ref, 100), 100)
  const { times } = await bench.store.read(ref, { order: 'ascending', limit: 1_000 })
  assert.deepEqual([times.length, times[0]], [100, 30])
  assert.equal(await bench.store.truncate(ref, 3), 3)
  assert.deepEqual((await bench.store.read(ref, { order: 'ascending', limit: 1_000 })).times, [127, 128, 129])
})

test('a damaged block is passed over and named, put aside when values are sealed beside it, and takes nothing else with it', async (t) => {
  const path = join(makeFolder(t), 'lab.db')
  const bench = new Bench(path, 1_000_000)
  await bench.open()
  const [ref, other] = [
    { id: 1, isText: false },
    { id: 2, isText: false },
  ]
  const count = 3 * BLOCK_VALUES
  for (const sequence of [ref, other])
    await bench.store.append(Array.from({ length: count }, (_, time) => ({ sequence, time, value: time / 4 })))
  await bench.store.seal()
  await bench.close()
  const file = new Sqlite(path)
  const [id, data] = file
    .prepare<[], [number, Buffer]>(
      'select id, data from sequence_block_data join sequence_blocks on data_id = id where sequence_id = 1 order by first limit 1 offset 1',
    )
    .raw()
    .get() ?? [0, Buffer.alloc(0)]
  data[data.length >> 1] = (data[data.length >> 1] ?? 0) ^ 0x10
  file.prepare('update sequence_block_data set data = ? where id = ?').run(data, id)
  file.close()

  const log = new RecordingLog()
  await bench.open(log)
  t.after(() => bench.close())
  const { store } = bench
  const sound = [...Array(BLOCK_VALUES).keys(), ...Array.from({ length: BLOCK_VALUES }, (_, at) => 2 * BLOCK_VALUES + at)]
  const everyTime = async (sequence: SequenceRef): Promise<number[]> =>
    (await store.read(sequence, { order: 'ascending', limit: count + 1 })).times
  assert.deepEqual(await everyTime(ref), sound)
  const [summary] = await store.summarize(ref, [1, count])
  assert.ok(summary && summary.count >= sound.length - 1, 'what headers tell counts, damaged or not')
  const damages = (): unknown[] => log.lines.filter(({ sequence, values }) => sequence === 1 && values === BLOCK_VALUES)
  assert.equal(damages().length, 1, 'told once')
  const check = async (): Promise<unknown[]> => {
    const found = []
    for await (const { sequenceId, first, damage } of store.verify()) if (damage !== undefined) found.push([sequenceId, first])
    return found
  }
  assert.deepEqual(await check(), [[1, BLOCK_VALUES]])
  assert.equal(bench.count('sequence_damaged_blocks'), 0)

  await store.append([{ sequence: ref, time: BLOCK_VALUES + 7, value: -1 }])
  await store.seal()
  assert.equal(bench.count('sequence_damaged_blocks'), 1)
  assert.deepEqual(await check(), [[1, BLOCK_VALUES]], 'still named')
  assert.deepEqual(
    await everyTime(ref),
    [...sound, BLOCK_VALUES + 7].sort((a, b) => a - b),
  )
  assert.equal((await everyTime(other)).length, count)
})

test('a long stretch is sealed piece by piece, and a crash between two of them loses and doubles nothing', async (t) => {
  const count = 3 * BLOCK_VALUES
  const [numbers, texts] = [
    { id: 1, isText: false },
    { id: 2, isText: true },
  ]
  const rows = (amount: number, step: number): AppendRow[] =>
    Array.from({ length: amount }, (_, n) => ({ sequence: numbers, time: n * step, value: (n * step) / 8 }))
  const requireAll = async (bench: Bench, amount: number, step: number): Promise<void> => {
    const { times, values, more } = await bench.store.read(numbers, { order: 'ascending', limit: amount })
    assert.ok(!more && times.length === amount && times.every((time, n) => time === n * step && values[n] === time / 8))
    const all = await bench.store.read(texts, { order: 'ascending', limit: 1_000 })
    assert.deepEqual(
      all.values.map((text) => parseInt(String(text), 10)),
      [...Array(40).keys()],
    )
  }
  // Each transaction of the sealing is the last one once.
  for (let transactions = 0, isDone = false; !isDone; transactions++) {
    const bench = new Bench(join(makeFolder(t), 'lab.db'), 1_000_000)
    await bench.open()
    try {
      await bench.store.append(rows(count, 2))
      await bench.store.append(Array.from({ length: 40 }, (_, time) => ({ sequence: texts, time, value: `${time}${'x'.repeat(30_000)}` })))
      isDone = await bench.crash(transactions, () => bench.store.seal())
      await requireAll(bench, count, 2)
      if (!isDone) continue
      // What lies between the values of many blocks is sealed in rounds, too.
      await bench.store.append(rows(2 * count, 1))
      await bench.store.seal()
      assert.equal(bench.count('sequence_journal'), 0)
      await requireAll(bench, 2 * count, 1)
    } finally {
      await bench.close()
    }
  }
})

test('the power may take what sealing and dropping wrote, at any page, and takes no value', async (t) => {
  const folder = makeFolder(t)
  const path = join(folder, 'lab.db')
  const database = await openSqlite({ path, synchronous: 'FULL', clock: systemClock, log: silentLog, onFatal: () => {} })
  t.after(() => database.close())
  const store = await SqliteSequenceStore.open(database.reader, database.writer, {
    observer: silentObserver,
    log: silentLog,
    fullHead: 1_000_000,
  })
  const model: Model = new Map()
  const append = async (rows: AppendRow[]): Promise<void> => {
    appendModel(model, rows)
    await store.append(rows)
  }
  for (let time = 0; time < 400; time++)
    await append(refs.map((sequence) => ({ sequence, time, value: sequence.isText ? `t${time}` : time / 3 })))
  await store.seal()
  await append(
    refs.flatMap((sequence) =>
      Array.from({ length: 300 }, (_, at) => ({ sequence, time: 2 * at, value: sequence.isText ? `again ${at}` : -at })),
    ),
  )
  await store.delete({ id: 2, isText: false }, { start: 50, end: 90 })
  for (const time of sorted(model.get(2)).map(([at]) => at)) if (time >= 50 && time <= 90) model.get(2)?.delete(time)
  await append([{ sequence: { id: 1, isText: false }, time: 1_000, value: 1 }])
  const durable = statSync(`${path}-wal`).size
  await store.seal()
  const wal = readFileSync(`${path}-wal`)
  assert.ok(wal.length > durable, 'the sealing wrote something')

  const page = 4096 + 24
  for (let length = durable; length <= wal.length; length += page) {
    const copy = join(folder, `cut-${length}.db`)
    copyFileSync(path, copy)
    writeFileSync(`${copy}-wal`, wal.subarray(0, length))
    const bench = new Bench(copy, 1_000_000)
    await bench.open()
    for (const ref of refs) assert.deepEqual(await bench.store.read(ref, everything), readModel(model, ref, everything))
    await bench.close()
  }
})

test('summing up while values are appended and settled counts none twice', async (t) => {
  const bench = new Bench(join(makeFolder(t), 'lab.db'), 500)
  await bench.open()
  t.after(() => bench.close())
  const ref = { id: 1, isText: false }
  let appended = 0
  const append = async (): Promise<void> => {
    for (let n = 0; n < 60; n++) {
      await bench.store.append(Array.from({ length: 50 }, () => ({ sequence: ref, time: appended++, value: 1 })))
    }
  }
  const sumUp = async (): Promise<void> => {
    for (let n = 0; n < 100; n++) {
      const buckets = (await bench.store.summarize(ref, [0, 100, 400, 900, 1_500, 2_200, 1e9])).filter((bucket) => bucket !== undefined)
      const [last, count] = [buckets.at(-1)?.last ?? -1, buckets.reduce((sum, bucket) => sum + bucket.count, 0)]
      assert.equal(count, last + 1)
    }
  }
  await Promise.all([append(), sumUp(), sumUp()])
})

test('records of the journal give back every value to the bit, and damaged ones are refused', () => {
  const anyRow = fc.oneof(
    fc.record({
      sequence: fc.record({ id: fc.integer({ min: 1, max: 0xffff_ffff }), isText: fc.constant(false) }),
      time: fc.integer({ min: -6e16, max: 7e15 }),
      value: fc.double({ noNaN: true, noDefaultInfinity: true }),
    }),
    fc.record({
      sequence: fc.record({ id: fc.integer({ min: 1, max: 0xffff_ffff }), isText: fc.constant(true) }),
      time: fc.integer({ min: -6e16, max: 7e15 }),
      value: fc.string({ unit: 'grapheme' }),
    }),
  )
  fc.assert(
    fc.property(fc.array(fc.array(anyRow, { maxLength: 5 }), { maxLength: 5 }), fc.nat(), (batch, cut) => {
      const packed = packRecord(batch.map((rows) => new RowList(rows)))
      const rows: unknown[] = []
      const flat = ({ sequence, time, value }: AppendRow): unknown[] => [sequence.id, sequence.isText, time, value]
      unpackRecord(packed, { value: (row) => void rows.push(flat(row)), removal: () => assert.fail() })
      const all = batch.flat()
      assert.deepStrictEqual(
        rows,
        [...all.filter(({ sequence }) => !sequence.isText), ...all.filter(({ sequence }) => sequence.isText)].map(flat),
      )
      assert.throws(() => unpackRecord(packed.subarray(0, cut % packed.length), { value: () => {}, removal: () => {} }), /damaged/)
    }),
  )
})
