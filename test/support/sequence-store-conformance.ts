/**
 * What every store of values must do, whatever engine it is: any series of appends, deletions, truncations, restarts and crashes
 * reads as the naive model does.
 */
import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { Ranges } from '../../src/corrections/ranges.ts'
import type { AppendRow, AppendRows, SequenceRef, SequenceStore } from '../../src/storage/sequence-store.ts'
import { appendModel, everything, matching, readModel, refs, sorted, summarizeModel, type Model } from './sequence-model.ts'
import type { Summary } from '../../src/storage/sequence-store.ts'

/** A store that a test opens and closes; what is in it is there again afterwards. */
export interface StoreBench {
  readonly store: SequenceStore
  open(): Promise<void>
  close(): Promise<void>
  /**
   * Does now what the engine does in the background, none of which may show. @param steps of the engine after which it dies and is
   * opened again; undefined: to the end
   */
  settle?(steps?: number): Promise<void>
  /** Does the work and dies: after so many steps of the engine, or else once it is done; then opens again. @returns whether it was done */
  crash?(steps: number, work: () => Promise<unknown>): Promise<boolean>
}

/** The order in which numbers are added shows in the last digits. */
const roundSum = (summary: Summary | undefined): unknown =>
  summary && { ...summary, min: summary.min + 0, max: summary.max + 0, sum: summary.sum.toPrecision(9) }

/** Few, so that stores meet what they remember of them again. */
const masked = [
  Ranges.of([
    { start: 5, end: 9 },
    { start: 20, end: 20 },
    { start: 41, end: 58 },
  ]),
  Ranges.of(Array.from({ length: 20 }, (_, at) => ({ start: 3 * at, end: 3 * at }))),
]

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
  { weight: 2, arbitrary: fc.constant({ kind: 'settle' as const }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('crash in settling' as const), after: fc.integer({ min: 0, max: 5 }) }) },
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
      kind: fc.constant('shift' as const),
      ref: fc.constantFrom(...refs),
      start: anyTime,
      end: anyTime,
      by: fc.integer({ min: -40, max: 40 }),
      crashAfter: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }),
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
      leftOut: fc.constantFrom(undefined, ...masked),
    }),
  },
)

const toRow = ({ ref, time, number }: { ref: SequenceRef; time: number; number: number }): AppendRow => ({
  sequence: ref,
  time,
  value: ref.isText ? `t${number}` : number,
})

async function crash(bench: StoreBench, steps: number, work: () => Promise<unknown>): Promise<boolean> {
  if (bench.crash) return bench.crash(steps, work)
  await work()
  return true
}

async function isSame(bench: StoreBench, model: Model): Promise<boolean> {
  for (const ref of refs) if (!isDeepStrictEqual(await bench.store.read(ref, everything), readModel(model, ref, everything))) return false
  return true
}

/** Work that a crash cut short was done wholly or not at all; what was done is done. */
async function requireEither(bench: StoreBench, model: Model, isDone: boolean, work: () => void): Promise<void> {
  const isUndone = !isDone && (await isSame(bench, model))
  if (isUndone) return
  work()
  for (const ref of refs) assert.deepEqual(await bench.store.read(ref, everything), readModel(model, ref, everything))
}

interface ShiftStep {
  readonly ref: SequenceRef
  readonly start: number
  readonly end: number
  readonly by: number
  readonly crashAfter: number | undefined
}

async function checkShift(bench: StoreBench, model: Model, { ref, by, crashAfter, ...range }: ShiftStep): Promise<void> {
  const moved = matching(model, ref, { ...range, where: [] })
  const [first, last] = [moved[0]?.[0], moved.at(-1)?.[0]].map((time) => (time === undefined ? undefined : time + by))
  if ((first ?? 0) < 0 || (last ?? 0) > 60) return
  const values = model.get(ref.id)
  const isStaying = (time: number): boolean => time < range.start || time > range.end
  const isTaken = [...(values?.keys() ?? [])].some((time) => isStaying(time) && time >= (first ?? 1e9) && time <= (last ?? -1))
  if (isTaken) {
    await assert.rejects(bench.store.shift(ref, range, by), /There are values/)
    assert.ok(await isSame(bench, model))
    return
  }
  const move = (): void => {
    for (const [time] of moved) values?.delete(time)
    for (const [time, value] of moved) values?.set(time + by, value)
  }
  if (crashAfter === undefined) {
    assert.equal((await bench.store.shift(ref, range, by, true)).count, moved.length)
    assert.deepEqual(await bench.store.shift(ref, range, by), { count: moved.length, first, last })
    move()
  } else await requireEither(bench, model, await crash(bench, crashAfter, () => bench.store.shift(ref, range, by)), move)
  assert.ok(await isSame(bench, model))
}

/**
 * @param name tells the store from others, at the end of the tests' names
 * @param makeBench with an empty store each time
 * @param numRuns how many series of work are tried
 */
export function testSequenceStore(name: string, makeBench: (t: TestContext) => StoreBench, numRuns = 40): void {
  test(`any series of work reads as the model does, ${name}`, async (t) => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { minLength: 1, maxLength: 25 }), async (steps) => {
        const bench = makeBench(t)
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
            } else if (step.kind === 'settle') {
              await bench.settle?.()
            } else if (step.kind === 'crash in settling') {
              await bench.settle?.(step.after)
              assert.ok(await isSame(bench, model))
            } else if (step.kind === 'crash in append') {
              const rows = step.rows.map(toRow)
              await requireEither(bench, model, await crash(bench, step.after, () => bench.store.append(rows)), () =>
                appendModel(model, rows),
              )
            } else if (step.kind === 'crash in delete') {
              const doomed = matching(model, step.ref, step)
              await requireEither(
                bench,
                model,
                await crash(bench, step.after, () => bench.store.delete(step.ref, step, step.where)),
                () => {
                  for (const [time] of doomed) model.get(step.ref.id)?.delete(time)
                },
              )
            } else if (step.kind === 'shift') {
              await checkShift(bench, model, step)
            } else if (step.kind === 'read') {
              const query = { ...step, text: step.ref.isText ? step.text : undefined }
              assert.deepEqual(await bench.store.read(step.ref, query), readModel(model, step.ref, query))
            } else if (step.ref) {
              assert.deepEqual(
                (await bench.store.summarize(step.ref, step.edges, step.leftOut)).map(roundSum),
                summarizeModel(model, step.ref, step.edges, step.leftOut).map(roundSum),
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
      { numRuns },
    )
  })

  test(`a bucket that begins within a block has the values from there on, ${name}`, async (t) => {
    const bench = makeBench(t)
    await bench.open()
    t.after(() => bench.close())
    const ref = { id: 1, isText: false }
    const count = 7
    await bench.store.append(Array.from({ length: count }, (_, at) => ({ sequence: ref, time: at, value: at })))
    await bench.settle?.()
    for (let edge = 0; edge <= count; edge++) {
      const [before, after] = await bench.store.summarize(ref, [0, edge, 100])
      assert.deepEqual([before?.count ?? 0, after?.count ?? 0], [edge, count - edge])
      const [only] = await bench.store.summarize(ref, [edge, 100])
      assert.deepEqual([only?.count ?? 0, only?.first], [count - edge, edge < count ? edge : undefined])
    }
  })

  test(`values that are left out at the end of a block stay out, ${name}`, async (t) => {
    const bench = makeBench(t)
    await bench.open()
    t.after(() => bench.close())
    const ref = { id: 1, isText: false }
    const count = 7
    await bench.store.append(Array.from({ length: count }, (_, at) => ({ sequence: ref, time: 40 + at, value: at })))
    await bench.settle?.()
    for (let from = 0; from <= count; from++) {
      const leftOut = Ranges.of([{ start: 40 + from, end: 60 }])
      const [only] = await bench.store.summarize(ref, [0, 100], leftOut)
      assert.deepEqual([only?.count ?? 0, only?.last], [from, from > 0 ? 39 + from : undefined])
    }
  })

  test(`values that replace others deep in a block count in their place, ${name}`, async (t) => {
    const bench = makeBench(t)
    await bench.open()
    t.after(() => bench.close())
    const ref = { id: 1, isText: false }
    const model: Model = new Map()
    const put = async (rows: AppendRow[]): Promise<void> => {
      assert.deepEqual([...(await bench.store.append(rows))], appendModel(model, rows))
    }
    await put(Array.from({ length: 3_000 }, (_, at) => ({ sequence: ref, time: 2 * at, value: at % 100 })))
    await bench.settle?.()
    const changed = [0, 1, 511, 512, 1_024, 1_025, ...Array.from({ length: 600 }, (_, at) => 3_000 + at), 5_998]
    await put(changed.map((time) => ({ sequence: ref, time, value: -time })))
    for (const edges of [[0, 6_000], [0, 1, 513, 1_024, 1_025, 3_111, 6_000], Array.from({ length: 61 }, (_, at) => 100 * at)])
      for (const leftOut of [undefined, Ranges.of([{ start: 512, end: 700 }]), Ranges.of([{ start: 3_100, end: 9_000 }])])
        assert.deepEqual(
          (await bench.store.summarize(ref, edges, leftOut)).map(roundSum),
          summarizeModel(model, ref, edges, leftOut).map(roundSum),
        )
  })

  test(`truncation keeps the newest, ${name}`, async (t) => {
    const bench = makeBench(t)
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

  test(`summing up while values are appended and settled counts none twice, ${name}`, async (t) => {
    const bench = makeBench(t)
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

  test(`single values, extents and what a sequence holds, ${name}`, async (t) => {
    const bench = makeBench(t)
    await bench.open()
    t.after(() => bench.close())
    const { store } = bench
    const [numbers, texts, empty] = [
      { id: 1, isText: false },
      { id: 2, isText: true },
      { id: 3, isText: false },
    ]
    const row = (sequence: SequenceRef, time: number, value: number | string): AppendRow => ({ sequence, time, value })
    assert.deepEqual(
      [...(await store.append([row(numbers, 20, 2), row(texts, 20, 'two'), row(numbers, 10, 1), row(numbers, 20, 3)]))],
      [1, 1, 1, 0],
      'of one time twice the later counts',
    )
    const times = [30, 40, 20]
    const columns: AppendRows = { length: 3, sequence: () => numbers, time: (at) => times[at] ?? 0, value: (at) => at }
    assert.deepEqual([...(await store.append(columns))], [1, 1, 0])
    assert.deepEqual([...(await store.append([]))], [])
    await store.settled()
    for (const isSettled of [false, true]) {
      if (isSettled) await bench.settle?.()
      assert.deepEqual(await store.at(numbers, 20), { time: 20, value: 2 })
      assert.deepEqual(
        [await store.at(numbers, 21), await store.at(empty, 20), await store.newest(empty)],
        [undefined, undefined, undefined],
      )
      assert.deepEqual(await store.extent(numbers, {}), { first: 10, last: 40 })
      assert.deepEqual(await store.extent(numbers, { start: 11, end: 30 }), { first: 20, last: 30 })
      assert.deepEqual([await store.extent(numbers, { start: 41 }), await store.extent(empty, {})], [undefined, undefined])
      const info = await store.info(numbers)
      assert.deepEqual([info.count, info.first, info.last], [4, 10, 40])
      assert.deepEqual([(await store.info(empty)).count, (await store.info(empty)).first], [0, undefined])
      for await (const { damage } of store.verify()) assert.equal(damage, undefined)
      assert.deepEqual(
        [await store.count(numbers, {}), await store.count(texts, {}, [{ is: 'contains', value: 'w' }]), await store.count(empty, {})],
        [4, 1, 0],
      )
    }
    assert.equal(await store.truncate(numbers, 100, 30), 2, 'what is older than a time goes')
    assert.deepEqual(await store.read(numbers, everything), { times: [30, 40], values: [0, 1], more: false })
    assert.deepEqual(await store.read(numbers, { order: 'descending', limit: 1 }), { times: [40], values: [1], more: true })
    assert.equal(await store.delete(numbers, {}), 2)
    assert.deepEqual([await store.newest(numbers), (await store.info(numbers)).count], [undefined, 0])
    assert.deepEqual(await store.at(texts, 20), { time: 20, value: 'two' })
  })
}
