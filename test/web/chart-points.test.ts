/** What a chart is made of, without a browser: its address, its spans, and where lines are broken. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { alignPoints, appendValue, gapOf, pointOf, type Point } from '../../daemon/web/shared/chart-points.ts'
import { packPoints, unpackPoints, type PackedPoints } from '../../daemon/web/shared/packed-points.ts'
import { followSpan, moveSpan, parseChartState, writeChartState, zoomSpan } from '../../daemon/web/shared/chart-state.ts'

const parse = (query: string) => parseChartState(new URLSearchParams(query))

test('an address says what a chart shows, and what is no such thing falls back to the newest day', () => {
  const state = {
    range: 'day',
    span: { from: 1_700_000_000, to: 1_700_003_600.25 },
    others: ['/lab/a,b', '/lab/ü & co'],
    zone: 'UTC' as const,
    isTable: true,
  }
  assert.deepEqual(parse(writeChartState(state)), state)
  assert.equal(writeChartState(parse('')), '')
  assert.equal(writeChartState(parse('range=week')), 'range=week')
  for (const query of [
    'range=<script>',
    'from=2026-01-01T00:00:00Z',
    'from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z',
    'from=x&to=y',
    'with=no-path',
    'zone=Mars',
    'show=1',
  ])
    assert.deepEqual(parse(query), parse(''), query)
  assert.equal(parse(Array.from({ length: 30 }, (_, at) => `with=/lab/${at}`).join('&')).others.length, 7)
})

test('zooming keeps what is under the cursor in its place; spans stay within what can be written', () => {
  assert.deepEqual(zoomSpan({ from: 0, to: 100 }, 0.5, 25), { from: 12.5, to: 62.5 })
  assert.deepEqual(moveSpan({ from: 0, to: 100 }, -0.25), { from: -25, to: 75 })
  let span = { from: 1_700_000_000, to: 1_700_000_100 }
  for (let at = 0; at < 60; at++) span = zoomSpan(span, 0.5)
  assert.ok(span.to > span.from)
  for (let at = 0; at < 90; at++) span = zoomSpan(span, 2)
  for (let at = 0; at < 90; at++) span = moveSpan(span, 1)
  assert.ok(Number.isFinite(Date.parse(new Date(span.to * 1000).toISOString())))
})

test('a chart that follows ends now while values come, and with the newest when they have ceased', () => {
  assert.deepEqual(followSpan('hour', 10_000, 9_990, undefined), { from: 6_400, to: 10_000 })
  const old = followSpan('hour', 1_000_000, 9_990, undefined)
  assert.ok(old.from < 9_990 && old.to > 9_990 && old.to < 11_000)
  const all = followSpan('all', 1_000_000, 5_000, 1_000)
  assert.ok(all.from === 1_000 && all.to >= 5_000)
  const one = followSpan('all', 1_000_000, 5_000, 5_000)
  assert.ok(one.from < 5_000 && one.to > 5_000)
})

test('a line is broken where nothing came for long, and not where another sequence alone has values', () => {
  const steady = Array.from({ length: 20 }, (_, at) => pointOf(at * 10, at))
  assert.deepEqual(
    alignPoints([steady], 1).lines[0]?.mean.filter((value) => value === null),
    [],
  )
  const broken = steady.filter(({ mean }) => mean < 8 || mean > 14)
  const { times, lines } = alignPoints([broken, [pointOf(5, 1), pointOf(15, 2)]], 1)
  assert.equal(lines[0]?.mean.filter((value) => value === null).length, 1)
  assert.equal(times[lines[0]?.mean.indexOf(null) ?? -1], 110)
  assert.equal(lines[0]?.mean[times.indexOf(5)], undefined)
  assert.equal(lines[1]?.mean[times.indexOf(5)], 1)
  assert.deepEqual(
    [...times].sort((a, b) => a - b),
    times,
  )
})

test('neighbouring stretches that sum up many values are joined, and empty ones between them are gaps', () => {
  const stretch = (at: number): Point => ({ first_timestamp: at * 100, last_timestamp: at * 100 + 99, min: 0, max: 9, mean: 5, count: 100 })
  const points = [0, 1, 2, 3, 6, 7, 8].map(stretch)
  assert.equal(gapOf(points, 100), 150)
  assert.equal(alignPoints([points], 100).lines[0]?.mean.filter((value) => value === null).length, 1)
})

test('values join at the end; one that is late asks for all anew', () => {
  const points = [pointOf(10, 1)]
  assert.equal(appendValue(points, 20, 2), true)
  assert.equal(appendValue(points, 20, 3), true)
  assert.deepEqual(
    points.map(({ mean }) => mean),
    [1, 3],
  )
  assert.equal(appendValue(points, 15, 2), false)
})

test('points come through packing whole', () => {
  const summed = [
    { first: 1_700_000_000_000_001, last: 1_700_000_000_000_001, lastValue: -0.1, min: -0.1, max: -0.1, mean: -0.1, count: 1 },
    { first: 1_700_000_000_000_002, last: 1_700_000_009_000_003, lastValue: 2.75, min: 1, max: 3, mean: 2.0000000000004, count: 7 },
  ]
  const points = unpackPoints(JSON.parse(JSON.stringify(packPoints(summed))) as PackedPoints)
  assert.deepEqual(points[0], pointOf(1_700_000_000.000001, -0.1))
  assert.deepEqual(points[1], {
    first_timestamp: 1_700_000_000.000002,
    last_timestamp: 1_700_000_009.000003,
    min: 1,
    max: 3,
    mean: 2,
    count: 7,
    newest: 2.75,
  })
  assert.deepEqual(unpackPoints(packPoints([])), [])
})
