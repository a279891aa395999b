/** The store of values on PostgreSQL: what every store must do, and what lies between it and its server. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { silentLog, type Log } from '../../src/base/log.ts'
import { silentObserver } from '../../src/base/store-observer.ts'
import { openPostgres, type PostgresDatabase } from '../../src/database/postgres/open-postgres.ts'
import type { RowWriter } from '../../src/database/sqlite/writer-client.ts'
import { openPostgresSequences } from '../../src/open-postgres-engine.ts'
import { BLOCK_VALUES } from '../../src/storage/engine/blocks/block.ts'
import type { SqliteSequenceStore } from '../../src/storage/engine/sqlite-sequences.ts'
import { MortalWriter } from '../support/mortal-writer.ts'
import { sharedPostgres, TEST_SERVER, withoutPostgres } from '../support/postgres.ts'
import { RecordingLog } from '../support/recording-log.ts'
import { testSequenceStore, type StoreBench } from '../support/sequence-store-conformance.ts'

const skip = withoutPostgres()
const newDatabase = sharedPostgres()

class Bench implements StoreBench {
  readonly #fullHead: number
  readonly #url: Promise<string>
  #isNew = true
  #database: PostgresDatabase | undefined
  #store: SqliteSequenceStore | undefined
  #writer: MortalWriter | undefined

  constructor(url: Promise<string>, fullHead: number) {
    this.#url = url
    this.#fullHead = fullHead
  }

  async open(log: Log = silentLog): Promise<void> {
    this.#database = await openPostgres({
      url: await this.#url,
      clock: systemClock,
      log: silentLog,
      isDaemon: true,
      isReadOnly: false,
      isDurable: true,
      onFatal: () => {},
    })
    if (this.#isNew) await this.run('truncate sequence_journal, sequence_blocks, sequence_block_data, sequence_damaged_blocks')
    this.#isNew = false
    this.#store = await openPostgresSequences(
      this.#database,
      { observer: silentObserver, log, fullHead: this.#fullHead },
      (writer: RowWriter) => (this.#writer = new MortalWriter(writer)),
    )
  }
  async close(): Promise<void> {
    await this.#store?.close()
    await this.#database?.close()
  }
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
    assert.equal((await this.run('select 1 from sequence_journal')).length, 0)
  }
  get store(): SqliteSequenceStore {
    assert.ok(this.#store)
    return this.#store
  }
  async run(text: string): Promise<readonly Record<string, unknown>[]> {
    assert.ok(this.#database)
    return this.#database.read(text)
  }
}

if (skip === false) {
  // One database serves them one after the other. Each restart takes some connections to a server: a full run tries more.
  const isFull = process.env[TEST_SERVER] !== undefined
  let url: Promise<string> | undefined
  for (const fullHead of isFull ? [5, 40, 1_000_000] : [5])
    testSequenceStore(`on PostgreSQL with a head of ${fullHead}`, () => new Bench((url ??= newDatabase()), fullHead), isFull ? 30 : 4)
}

test('blocks are fetched from the server as they are read, from both ends, by summaries, counts and merging', { skip }, async (t) => {
  const bench = new Bench(newDatabase(), 1_000_000)
  await bench.open()
  t.after(() => bench.close())
  const ref = { id: 1, isText: false }
  const count = 12 * BLOCK_VALUES
  const valueAt = (time: number): number => (time % 1_000) / 8
  await bench.store.append(Array.from({ length: count }, (_, at) => ({ sequence: ref, time: 2 * at, value: valueAt(2 * at) })))
  await bench.store.seal()
  await bench.close()
  await bench.open()
  const { store } = bench
  for (const order of ['ascending', 'descending'] as const) {
    const times: number[] = []
    for (let more = true; more; ) {
      const last = times.at(-1)
      const from = last === undefined ? {} : order === 'ascending' ? { start: last + 1 } : { end: last - 1 }
      const page = await store.read(ref, { order, limit: 50_000, ...from })
      for (const [at, time] of page.times.entries()) assert.equal(page.values[at], valueAt(time))
      times.push(...page.times)
      more = page.more
    }
    assert.equal(times.length, count)
    assert.equal(times[0], order === 'ascending' ? 0 : 2 * count - 2)
  }
  const summaries = await store.summarize(ref, [1, 1_001, count, 2 * count])
  assert.deepEqual(
    summaries.map((one) => one?.count),
    [500, (count - 1_002) / 2, count / 2],
  )
  // Late values join the blocks that they fall into: all of these are fetched.
  await store.append(Array.from({ length: count }, (_, at) => ({ sequence: ref, time: 2 * at + 1, value: 0 })))
  await store.seal()
  assert.equal(await store.count(ref, {}, [{ is: '=', value: 0 }]), count + Math.ceil((2 * count) / 1_000))
  assert.equal((await store.info(ref)).count, 2 * count)
})

test('a damaged block is passed over, and put aside when values are sealed beside it', { skip }, async (t) => {
  const bench = new Bench(newDatabase(), 1_000_000)
  await bench.open()
  const ref = { id: 1, isText: false }
  await bench.store.append(Array.from({ length: 2 * BLOCK_VALUES }, (_, time) => ({ sequence: ref, time, value: time / 4 })))
  await bench.store.seal()
  await bench.close()
  const log = new RecordingLog()
  await bench.open(log)
  t.after(() => bench.close())
  await bench.run(
    'update sequence_block_data set data = set_byte(data, length(data) / 2, get_byte(data, length(data) / 2) # 16) ' +
      'where id = (select min(id) from sequence_block_data)',
  )
  assert.equal((await bench.store.read(ref, { order: 'ascending', limit: 5 })).times[0], BLOCK_VALUES)
  await bench.store.append([{ sequence: ref, time: 7, value: -1 }])
  await bench.store.seal()
  assert.deepEqual(
    (await bench.run('select first, count from sequence_damaged_blocks')).map(({ first, count }) => [first, count]),
    [[0, BLOCK_VALUES]],
  )
  assert.deepEqual(await bench.store.at(ref, 7), { time: 7, value: -1 })
  assert.equal(log.lines.filter(({ values }) => values === BLOCK_VALUES).length, 1, 'told once')
})
