/** The store of values against a naive model: any series of appends, deletions, truncations, settlings and restarts reads the same. */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { systemClock } from '../src/clock.ts'
import { openSqlite, type SqliteDatabase } from '../src/database/sqlite.ts'
import { silentLog } from '../src/log.ts'
import { silentObserver } from '../src/observer.ts'
import { packRecord, unpackRecord } from '../src/storage/journal.ts'
import type { AppendRow, Page, Points, SequenceRef, Summary } from '../src/storage/sequence-store.ts'
import { SqliteSequenceStore } from '../src/storage/sqlite-sequences.ts'

class Bench {
  readonly #path: string
  readonly #fullHead: number
  #database: SqliteDatabase | undefined
  #store: SqliteSequenceStore | undefined

  constructor(path: string, fullHead: number) {
    this.#path = path
    this.#fullHead = fullHead
  }

  async open(): Promise<void> {
    this.#database = await openSqlite({ path: this.#path, synchronous: 'NORMAL', clock: systemClock, log: silentLog, onFatal: () => {} })
    this.#store = SqliteSequenceStore.open(this.#database.reader, this.#database.writer, { observer: silentObserver, log: silentLog, fullHead: this.#fullHead })
  }
  async close(): Promise<void> {
    await this.#store?.settled()
    await this.#database?.close()
  }
  get store(): SqliteSequenceStore {
    assert.ok(this.#store)
    return this.#store
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

const sorted = (values: Map<number, number | string> | undefined): [number, number | string][] => [...(values ?? [])].sort(([a], [b]) => a - b)
const toPoints = (pairs: [number, number | string][]): Points => ({ times: pairs.map(([time]) => time), values: pairs.map(([, value]) => value) })

interface Query {
  start: number | undefined
  end: number | undefined
  order: 'ascending' | 'descending'
  limit: number
  text: string | undefined
}

function readModel(model: Model, ref: SequenceRef, { start = -1e9, end = 1e9, order, limit, text }: Query): Page {
  let pairs = sorted(model.get(ref.id)).filter(([time, value]) => time >= start && time <= end && (!ref.isText || text === undefined || String(value).includes(text)))
  if (order === 'descending') pairs = pairs.reverse()
  return { ...toPoints(pairs.slice(0, limit)), more: pairs.length > limit }
}

function summarizeModel(model: Model, ref: SequenceRef, edges: readonly number[]): (Summary | undefined)[] {
  const pairs = sorted(model.get(ref.id)) as [number, number][]
  return edges.slice(1).map((to, at) => {
    const group = pairs.filter(([time]) => time >= (edges[at] ?? 0) && time < to)
    const [first, last] = [group[0], group.at(-1)]
    const values = group.map(([, value]) => value)
    return first && last && { first: first[0], last: last[0], firstValue: first[1], lastValue: last[1], min: Math.min(...values), max: Math.max(...values), sum: values.reduce((sum, value) => sum + value, 0), count: values.length }
  })
}

const anyTime = fc.integer({ min: 0, max: 60 })
const anyRows = fc.array(fc.record({ ref: fc.constantFrom(...refs), time: anyTime, number: fc.integer({ min: -50, max: 50 }) }), { maxLength: 12 })
const anyRange = { start: fc.option(anyTime, { nil: undefined }), end: fc.option(anyTime, { nil: undefined }) }
const anyStep = fc.oneof(
  { weight: 6, arbitrary: anyRows.map((rows) => ({ kind: 'append' as const, rows })) },
  { weight: 2, arbitrary: fc.array(anyRows, { minLength: 2, maxLength: 4 }).map((appends) => ({ kind: 'appends at once' as const, appends })) },
  fc.record({ kind: fc.constant('delete' as const), ref: fc.constantFrom(...refs), ...anyRange }),
  fc.record({ kind: fc.constant('truncate' as const), ref: fc.constantFrom(...refs), keep: fc.integer({ min: 0, max: 20 }) }),
  fc.constant({ kind: 'restart' as const }),
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('read' as const), ref: fc.constantFrom(...refs), ...anyRange, order: fc.constantFrom('ascending' as const, 'descending' as const), limit: fc.integer({ min: 1, max: 30 }), text: fc.option(fc.constantFrom('1', '-'), { nil: undefined }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('summarize' as const), ref: fc.constantFrom(refs[0], refs[1]), edges: fc.array(fc.integer({ min: -5, max: 70 }), { minLength: 2, maxLength: 9 }).map((edges) => edges.sort((a, b) => a - b)) }) },
)

const toRow = ({ ref, time, number }: { ref: SequenceRef; time: number; number: number }): AppendRow => ({ sequence: ref, time, value: ref.isText ? `t${number}` : number })

function appendModel(model: Model, rows: readonly AppendRow[]): number[] {
  return rows.map(({ sequence, time, value }) => {
    let values = model.get(sequence.id)
    if (!values) model.set(sequence.id, (values = new Map<number, number | string>()))
    const isNew = values.has(time) ? 0 : 1
    values.set(time, value)
    return isNew
  })
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
              assert.deepEqual(results.map((isNew) => [...isNew]), batches.map((rows) => appendModel(model, rows)))
            } else if (step.kind === 'delete') {
              const doomed = sorted(model.get(step.ref.id)).filter(([time]) => time >= (step.start ?? -1) && time <= (step.end ?? 100))
              assert.equal(await bench.store.delete(step.ref, step), doomed.length)
              for (const [time] of doomed) model.get(step.ref.id)?.delete(time)
            } else if (step.kind === 'truncate') {
              const pairs = sorted(model.get(step.ref.id))
              assert.equal(await bench.store.truncate(step.ref, step.keep), Math.min(step.keep, pairs.length))
              const gone = pairs.slice(0, Math.max(0, pairs.length - step.keep))
              // What only the journal holds comes back with a restart, until the next truncation: here it is gone for good.
              const until = gone.at(-1)?.[0]
              if (until !== undefined) await bench.store.delete(step.ref, { end: until })
              for (const [time] of gone) model.get(step.ref.id)?.delete(time)
            } else if (step.kind === 'restart') {
              await bench.close()
              await bench.open()
            } else if (step.kind === 'read') {
              const query = { ...step, text: step.ref.isText ? step.text : undefined }
              assert.deepEqual(await bench.store.read(step.ref, query), readModel(model, step.ref, query))
            } else if (step.ref) {
              assert.deepEqual(await bench.store.summarize(step.ref, step.edges), summarizeModel(model, step.ref, step.edges))
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
      { numRuns: 60 },
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
    fc.record({ sequence: fc.record({ id: fc.integer({ min: 1, max: 0xffff_ffff }), isText: fc.constant(false) }), time: fc.integer({ min: -6e16, max: 7e15 }), value: fc.double({ noNaN: true, noDefaultInfinity: true }) }),
    fc.record({ sequence: fc.record({ id: fc.integer({ min: 1, max: 0xffff_ffff }), isText: fc.constant(true) }), time: fc.integer({ min: -6e16, max: 7e15 }), value: fc.string({ unit: 'grapheme' }) }),
  )
  fc.assert(
    fc.property(fc.array(fc.array(anyRow, { maxLength: 5 }), { maxLength: 5 }), fc.nat(), (batch, cut) => {
      const packed = packRecord(batch)
      const rows: unknown[] = []
      const flat = ({ sequence, time, value }: AppendRow): unknown[] => [sequence.id, sequence.isText, time, value]
      unpackRecord(packed, (row) => rows.push(flat(row)))
      const all = batch.flat()
      assert.deepStrictEqual(rows, [...all.filter(({ sequence }) => !sequence.isText), ...all.filter(({ sequence }) => sequence.isText)].map(flat))
      assert.throws(() => unpackRecord(packed.subarray(0, cut % packed.length), () => {}), /damaged/)
    }),
  )
})
