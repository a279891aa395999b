/** A page of the database that can't be read takes the values on it, and stops nothing else. */
import assert from 'node:assert/strict'
import Sqlite from 'better-sqlite3'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { Fault } from '../../src/base/fault.ts'
import { silentLog } from '../../src/base/log.ts'
import type { Observer } from '../../src/base/store-observer.ts'
import { openSqlite } from '../../src/database/sqlite/sqlite.ts'
import type { RowWriter } from '../../src/database/sqlite/writer-client.ts'
import { SqliteSequenceStore } from '../../src/storage/engine/sqlite-sequences.ts'
import type { SequenceRef } from '../../src/storage/sequence-store.ts'
import { damagePage, pagesOf } from '../support/damaged-pages.ts'
import { RecordingLog } from '../support/recording-log.ts'

class Counts implements Observer {
  failedCommits = 0
  failedSealings = 0
  refusedValues = 0
  damages: string[] = []
  committed(): void {}
  queued(): void {}
  sealed(): void {}
  commitFailed(): void {
    this.failedCommits++
  }
  sealingFailed(): void {
    this.failedSealings++
  }
  refused(values: number): void {
    this.refusedValues += values
  }
  damaged(what: string): void {
    this.damages.push(what)
  }
}

interface Bench {
  readonly store: SqliteSequenceStore
  readonly log: RecordingLog
  readonly counts: Counts
  readonly rows: (table: string) => number
  readonly close: () => Promise<void>
}

/** Lets reading blocks fail as often as it says. */
interface FailingReads {
  left: number
}

interface BenchOptions {
  readonly failing?: FailingReads
  readonly fullHead?: number
  /** In place of the writer. */
  readonly wrap?: (writer: RowWriter) => RowWriter
}

async function open(path: string, { fullHead = 1_000_000, wrap = (writer) => writer, failing }: BenchOptions = {}): Promise<Bench> {
  const database = await openSqlite({ path, synchronous: 'NORMAL', clock: systemClock, log: silentLog, onFatal: () => {} })
  const [log, counts] = [new RecordingLog(), new Counts()]
  if (failing) failReads(database.reader, failing)
  const store = await SqliteSequenceStore.open(database.reader, wrap(database.writer), { observer: counts, log, fullHead })
  const rows = (table: string): number => Number(database.reader.prepare(`select count(*) from ${table}`).pluck().get())
  const close = async (): Promise<void> => {
    await store.close()
    await database.close()
  }
  return { store, log, counts, rows, close }
}

function failReads(reader: Sqlite.Database, failing: FailingReads): void {
  const prepare = reader.prepare.bind(reader)
  reader.prepare = ((sql: string) => {
    const statement = prepare(sql)
    if (!sql.startsWith('select data from sequence_block_data')) return statement
    const get = statement.get.bind(statement)
    statement.get = (...parameters) => {
      if (failing.left-- > 0) throw new Sqlite.SqliteError('disk I/O error', 'SQLITE_IOERR_READ')
      return get(...parameters)
    }
    return statement
  }) as typeof reader.prepare
}

function makeFile(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'rhizo-test-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'lab.db')
}

const VALUES = 400
const ref = (id: number): SequenceRef => ({ id, isText: false })
const ids = [1, 2, 3, 4, 5, 6]

/** Values that do not compress, so that a block has pages of its own. */
const valueOf = (id: number, time: number): number => Math.sin(id * 1000 + time) * 1e6

const fill = (store: SqliteSequenceStore, id: number, from: number, count: number): Promise<unknown> =>
  store.append(Array.from({ length: count }, (_, at) => ({ sequence: ref(id), time: from + at, value: valueOf(id, from + at) })))

async function makeSealed(path: string): Promise<void> {
  const bench = await open(path)
  for (const id of ids) {
    await fill(bench.store, id, 0, VALUES)
    await bench.store.seal()
  }
  await bench.close()
}

async function timesOf(store: SqliteSequenceStore, id: number): Promise<number[]> {
  const { times, values } = await store.read(ref(id), { order: 'ascending', limit: 100_000 })
  for (const [at, time] of times.entries()) assert.equal(values[at], valueOf(id, time))
  return times
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, at) => from + at)

for (const [what, table, kind, at] of [
  ['data in the midst', 'sequence_block_data', 'overflow', 9],
  ['data at the end, where new blocks go', 'sequence_block_data', 'leaf', -1],
  ['data at both ends', 'sequence_block_data', 'leaf', 0],
] as const)
  test(`an unreadable page of blocks (${what}) is put aside, and all other sequences are sealed`, async (t) => {
    const path = makeFile(t)
    await makeSealed(path)
    damagePage(path, table, kind, at)
    const bench = await open(path)
    t.after(() => bench.close())
    const { store } = bench
    const lost = []
    for (const id of ids) {
      const times = await timesOf(store, id)
      if (times.length === 0) lost.push(id)
      else assert.deepEqual(times, range(0, VALUES))
    }
    assert.ok(lost.length > 0 && lost.length < ids.length, `${lost.length} sequences have blocks on the page`)
    assert.deepEqual(
      bench.counts.damages,
      lost.map(() => 'block'),
    )
    assert.equal(store.condition().state, 'warning')
    for (const id of ids) await fill(store, id, VALUES - 1, VALUES + 1)
    await store.seal()
    assert.equal(bench.rows('sequence_journal'), 0, 'all are sealed')
    assert.equal(bench.rows('sequence_damaged_blocks'), lost.length, 'the damaged ones are put aside')
    for (const id of ids) assert.deepEqual(await timesOf(store, id), range(lost.includes(id) ? VALUES - 1 : 0, 2 * VALUES))
    const named = []
    for await (const { sequenceId, first, last, damage } of store.verify()) if (damage !== undefined) named.push([sequenceId, first, last])
    assert.deepEqual(
      named,
      lost.map((id) => [id, 0, VALUES - 1]),
    )
    await bench.close()
    // What is removed with its time is removed from what was put aside, too, and a start works as ever.
    const again = await open(path)
    for (const id of ids) assert.deepEqual(await timesOf(again.store, id), range(lost.includes(id) ? VALUES - 1 : 0, 2 * VALUES))
    for (const id of lost) await again.store.delete(ref(id), {})
    assert.equal(again.rows('sequence_damaged_blocks'), 0)
    await again.close()
  })

test('an unreadable page of the list of blocks hides those on it; the others are sealed, and the journal is dropped', async (t) => {
  const path = makeFile(t)
  const many = Array.from({ length: 60 }, (_, at) => at + 1)
  const first = await open(path)
  for (const id of many) await fill(first.store, id, 0, 10)
  await first.store.seal()
  await first.close()
  assert.ok(pagesOf(path, 'sequence_blocks').length > 3)
  damagePage(path, 'sequence_blocks', 'leaf', 2)
  const bench = await open(path)
  t.after(() => bench.close())
  const hidden = []
  for (const id of many) if ((await timesOf(bench.store, id)).length === 0) hidden.push(id)
  assert.ok(hidden.length > 0 && hidden.length < 40)
  const before = bench.rows('sequence_journal')
  for (const id of many) await fill(bench.store, id, 10, 10)
  await assert.rejects(bench.store.seal())
  assert.ok(bench.counts.failedSealings > 0)
  assert.equal(bench.store.condition().state, 'warning')
  assert.ok(before === 0 && bench.rows('sequence_journal') <= 1, 'one record has what could not be sealed')
  await bench.close()
  const again = await open(path)
  for (const id of many) assert.deepEqual(await timesOf(again.store, id), range(hidden.includes(id) ? 10 : 0, 20), `sequence ${id}`)
  await again.close()
})

test('past its bound the head takes no more when sealing fails, says so, and goes on when it works again', async (t) => {
  const path = makeFile(t)
  let isBroken = true
  const wrap = (writer: RowWriter): RowWriter => ({
    rows: (steps, sync) => {
      const seals = steps.some(({ sql }) => sql.includes('sequence_block'))
      return isBroken && seals ? Promise.reject(new Fault('busy', 'The disk is full.')) : writer.rows(steps, sync)
    },
  })
  const bench = await open(path, { fullHead: 100, wrap })
  t.after(() => bench.close())
  let stored = 0
  let refusal: unknown
  for (let at = 0; at < 20 && refusal === undefined; at++) {
    try {
      await fill(bench.store, 1, at * 50, 50)
      stored += 50
    } catch (error) {
      refusal = error
    }
  }
  assert.ok(refusal instanceof Fault && refusal.code === 'busy', 'refused in the end')
  assert.match(refusal.message, /The disk is full/)
  assert.ok(stored >= 400 && stored <= 450, `${stored} values were taken`)
  assert.equal(bench.counts.refusedValues, 50)
  assert.equal(bench.store.condition().state, 'error')
  assert.equal(bench.log.lines.filter(({ message }) => String(message).startsWith('sealing values failed')).length, 1, 'logged once')
  assert.deepEqual(await timesOf(bench.store, 1), range(0, stored), 'nothing of what was acknowledged is gone')
  isBroken = false
  await bench.store.seal()
  await fill(bench.store, 1, stored, 50)
  assert.equal(bench.store.condition().state, 'ok')
  assert.deepEqual(await timesOf(bench.store, 1), range(0, stored + 50))
})

test('blocks that a removal takes may be unreadable', async (t) => {
  const path = makeFile(t)
  await makeSealed(path)
  damagePage(path, 'sequence_block_data', 'overflow', 9)
  const bench = await open(path)
  for (const id of ids) await bench.store.delete(ref(id), {})
  for (const id of ids) assert.deepEqual(await timesOf(bench.store, id), [])
  await bench.close()
  const file = new Sqlite(path, { readonly: true })
  assert.equal(file.prepare('select count(*) from sequence_blocks').pluck().get(), 0)
  file.close()
})

/** Flips a bit in the middle of a record's numbers. */
function flipBit(path: string, record: number): void {
  const file = new Sqlite(path)
  const data = file.prepare<[number], Buffer>('select data from sequence_journal where id = ?').pluck().get(record)
  assert.ok(data)
  const at = data.length >> 1
  data[at] = (data[at] ?? 0) ^ 0x04
  file.prepare('update sequence_journal set data = ? where id = ?').run(data, record)
  file.close()
}

test('a bit of the journal that is wrong takes its record, which is put aside and named; no wrong value is sealed', async (t) => {
  const path = makeFile(t)
  const first = await open(path)
  for (const id of ids) await fill(first.store, id, id * 100, 100)
  await first.close()
  flipBit(path, 3)
  for (const start of ['first', 'second']) {
    const bench = await open(path)
    for (const id of ids) assert.deepEqual(await timesOf(bench.store, id), id === 3 ? [] : range(id * 100, id * 100 + 100))
    const told = bench.log.lines.filter(({ record }) => record === 3)
    assert.equal(told.length, start === 'first' ? 1 : 0)
    if (told[0]) assert.deepEqual(told[0]['sequences'], [3])
    assert.deepEqual(bench.counts.damages, start === 'first' ? ['record'] : [])
    assert.equal(bench.rows('sequence_damaged_records'), 1)
    await bench.close()
  }
  const bench = await open(path)
  await bench.store.seal()
  for (const id of ids) assert.deepEqual(await timesOf(bench.store, id), id === 3 ? [] : range(id * 100, id * 100 + 100))
  for await (const { damage } of bench.store.verify()) assert.equal(damage, undefined)
  await bench.close()
})

for (const kind of ['leaf', 'overflow'] as const)
  test(`an unreadable page of the journal (${kind}) takes its records, and the rest is read at each start`, async (t) => {
    const path = makeFile(t)
    const first = await open(path)
    for (let at = 0; at < 40; at++) await fill(first.store, (at % 6) + 1, at * 10, kind === 'leaf' ? 10 : 400)
    await first.close()
    damagePage(path, 'sequence_journal', kind, 2)
    for (let start = 0; start < 2; start++) {
      const bench = await open(path)
      let found = 0
      for (const id of ids) found += (await timesOf(bench.store, id)).length
      assert.ok(found > 0)
      if (kind === 'leaf') assert.ok(found < 400 && found >= 300, `${found} of 400 values are there`)
      assert.deepEqual(bench.counts.damages, ['record'])
      assert.equal(bench.rows('sequence_damaged_records'), 1)
      await fill(bench.store, 9, start * 10, 10)
      await bench.close()
    }
  })

test('records of earlier versions, without a checksum, are read', async (t) => {
  const path = makeFile(t)
  const first = await open(path)
  await fill(first.store, 1, 0, 100)
  await first.close()
  const file = new Sqlite(path)
  const data = file.prepare<[], Buffer>('select data from sequence_journal').pluck().get()
  assert.ok(data)
  data.writeUInt32LE(1, 0)
  data.writeUInt32LE(0, 12)
  file.prepare('update sequence_journal set data = ?').run(data)
  file.close()
  const bench = await open(path)
  assert.deepEqual(await timesOf(bench.store, 1), range(0, 100))
  await bench.close()
})

test('a disk that fails to read for a while takes no block: sealing waits, and only what stays unreadable is put aside', async (t) => {
  const path = makeFile(t)
  await makeSealed(path)
  const failing = { left: 2 }
  const bench = await open(path, { failing })
  t.after(() => bench.close())
  const { store, counts } = bench
  assert.deepEqual(await timesOf(store, 1), range(0, VALUES), 'read again at once')
  await fill(store, 2, VALUES - 1, 10)
  failing.left = 3
  await assert.rejects(store.seal())
  assert.deepEqual(counts.damages, [])
  assert.equal(bench.rows('sequence_damaged_blocks'), 0)
  await store.seal()
  assert.deepEqual(await timesOf(store, 2), range(0, VALUES + 9))
  await fill(store, 3, VALUES - 1, 4)
  failing.left = 1_000
  for (let at = 0; at < 4; at++) {
    assert.equal(bench.rows('sequence_damaged_blocks'), 0)
    await store.seal().catch(() => {})
  }
  assert.equal(bench.rows('sequence_damaged_blocks'), 1, 'the fourth sealing gives it up')
  failing.left = 0
  assert.deepEqual(await timesOf(store, 3), range(VALUES - 1, VALUES + 3))
})
