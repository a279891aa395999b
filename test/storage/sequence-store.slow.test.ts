/** The store of values against a naive model: any series of appends, deletions, truncations, settlings and restarts reads the same. */
import assert from 'node:assert/strict'
import Sqlite from 'better-sqlite3'
import fc from 'fast-check'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { openSqlite, type SqliteDatabase } from '../../src/database/sqlite/sqlite.ts'
import { silentLog, type Log } from '../../src/base/log.ts'
import { silentObserver } from '../../src/base/store-observer.ts'
import { BLOCK_VALUES } from '../../src/storage/engine/blocks/block.ts'
import { packRecord, unpackRecord } from '../../src/storage/engine/journal.ts'
import { RowList } from '../../src/storage/engine/row-list.ts'
import type { AppendRow, SequenceRef } from '../../src/storage/sequence-store.ts'
import { SqliteSequenceStore } from '../../src/storage/engine/sqlite-sequences.ts'
import { MemoryBench } from '../support/memory-sequences.ts'
import { MortalWriter } from '../support/mortal-writer.ts'
import { RecordingLog } from '../support/recording-log.ts'
import { appendModel, everything, readModel, refs, sorted, type Model } from '../support/sequence-model.ts'
import { testSequenceStore, type StoreBench } from '../support/sequence-store-conformance.ts'

class Bench implements StoreBench {
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
    const isDone = await writer.dieIn(transactions, work)
    await this.#database?.close()
    await this.open()
    return isDone
  }
  async settle(transactions?: number): Promise<void> {
    if (transactions !== undefined) return void (await this.crash(transactions, () => this.store.seal()))
    await this.store.seal()
    assert.equal(this.count('sequence_journal'), 0)
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

/** A folder for each store, below one that goes with the test. */
const makeBench =
  (fullHead: number) =>
  (t: TestContext): Bench =>
    new Bench(join(makeFolder(t), 'lab.db'), fullHead)

for (const fullHead of [5, 40, 1_000_000]) testSequenceStore(`with a head of ${fullHead}`, makeBench(fullHead))
testSequenceStore('of a store in memory', () => new MemoryBench())

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
