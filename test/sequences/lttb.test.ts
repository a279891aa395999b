/** Largest triangle three buckets, beside the algorithm as the thesis writes it down. */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'node:test'
import { BucketAverages, TriangleSelection } from '../../src/sequences/series/lttb.ts'

type Point = [time: number, value: number]

function pick(points: readonly Point[], picks: number): Point[] {
  const averages = new BucketAverages(points.length, picks)
  for (const [time, value] of points) averages.add(time, value)
  const selection = new TriangleSelection(averages)
  for (const [time, value] of points) selection.add(time, value)
  selection.end()
  return selection.times.map((time, at) => [time, selection.values[at] ?? 0])
}

/** All points in memory, bucket by bucket. */
function pickNaively(points: readonly Point[], picks: number): Point[] {
  const inner = points.slice(1, -1)
  const buckets = [
    [points[0]],
    ...Array.from({ length: picks - 2 }, (_, bucket) => inner.filter((_, at) => Math.floor((at * (picks - 2)) / inner.length) === bucket)),
    [points.at(-1)],
  ] as Point[][]
  const picked: Point[] = [points[0] as Point]
  for (let at = 1; at < picks - 1; at++) {
    const next = buckets[at + 1] ?? []
    const [averageTime, averageValue] = [0, 1].map((axis) => next.reduce((sum, point) => sum + (point[axis] ?? 0), 0) / next.length) as [
      number,
      number,
    ]
    const [fromTime, fromValue] = picked.at(-1) as Point
    const areas = (buckets[at] ?? []).map(([time, value]) =>
      Math.abs((fromTime - averageTime) * (value - fromValue) - (fromTime - time) * (averageValue - fromValue)),
    )
    picked.push((buckets[at] ?? [])[areas.indexOf(Math.max(...areas))] as Point)
  }
  return [...picked, points.at(-1) as Point]
}

test('picks the points that the thesis picks', () => {
  const series = fc
    .array(fc.tuple(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: -1_000, max: 1_000 })), { minLength: 4, maxLength: 200 })
    .map((steps) => {
      let time = 0
      return steps.map(([step, value]): Point => [(time += step), value])
    })
  fc.assert(
    fc.property(series, fc.integer({ min: 3, max: 50 }), (points, picks) => {
      fc.pre(picks < points.length)
      const [picked, expected] = [pick(points, picks), pickNaively(points, picks)]
      assert.equal(picked.length, picks)
      // Triangles of the same size, up to rounding, may be picked either way: from there on the two go apart.
      const differs = picked.findIndex(([time], at) => time !== expected[at]?.[0])
      if (differs >= 0) assert.ok(picked.every(([time, value]) => points.some((point) => point[0] === time && point[1] === value)))
      assert.deepEqual([picked[0], picked.at(-1)], [points[0], points.at(-1)])
    }),
    { numRuns: 500 },
  )
})

test('a spike stays, whatever it lies between', () => {
  const points = Array.from({ length: 10_000 }, (_, at): Point => [1.7e15 + at * 1e7, at === 6_789 ? 100 : Math.sin(at / 500)])
  const picked = pick(points, 100)
  assert.ok(picked.some(([, value]) => value === 100))
  assert.deepEqual(picked, pickNaively(points, 100))
  assert.deepEqual(
    pick(
      points.map(([time, value]) => [time, value * 1e306]),
      100,
    ).length,
    100,
  )
})
