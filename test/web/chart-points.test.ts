/** What a chart is made of, without a browser: its address, its spans, and where lines are broken. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { alignPoints, appendValue, gapOf, pointOf, type Point } from '../../daemon/web/shared/chart-points.ts'
import { movedAddress, movedPath } from '../../daemon/web/shared/moved-paths.ts'
import { packPoints, unpackPoints, type PackedPoints } from '../../daemon/web/shared/packed-points.ts'
import { formOf, unitsOf } from '../../daemon/web/shared/chart-shows.ts'
import {
  followSpan,
  moveSpan,
  parseChartState,
  withLine,
  withoutLine,
  writeChartState,
  zoomSpan,
  type ChartState,
} from '../../daemon/web/shared/chart-state.ts'
import { calendarSpan, moveWindow } from '../../daemon/web/shared/chart-windows.ts'

const parse = (query: string) => parseChartState(new URLSearchParams(query))

test('an address says what a chart shows, and what is no such thing falls back to the newest values', () => {
  const state: ChartState = {
    range: 'newest',
    span: { from: 1_700_000_000, to: 1_700_003_600.25 },
    others: ['/lab/a,b', '/lab/ü & co'],
    leftOut: [],
    shows: ['', 'steps', 'hour'],
    hidden: [0, 2],
    axis: { min: -5, max: 40.5, isLog: true },
    zone: 'UTC',
    table: 'summaries',
    hasStatistics: true,
    above: -15,
    below: 0,
  }
  assert.deepEqual(parse(writeChartState(state)), state)
  assert.equal(writeChartState(parse('')), '')
  assert.equal(writeChartState(parse('range=week')), 'range=week')
  assert.equal(writeChartState(parse('show=table')), 'show=table')
  for (const query of [
    'range=<script>',
    'from=2026-01-01T00:00:00Z',
    'from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z',
    'from=x&to=y',
    'with=no-path',
    'zone=Mars',
    'show=1',
    'as=,,steps',
    'as=pie',
    'hide=1,-1,x,0.5',
    'min=5&max=5',
    'min=x&max=&above=NaN',
    'axis=round',
  ])
    assert.deepEqual(parse(query), parse(''), query)
})

test('a chart holds 24 sequences and knows how many it leaves out; lines that go take their own settings along', () => {
  const many = parse(Array.from({ length: 30 }, (_, at) => `with=/lab/${at}`).join('&'))
  assert.deepEqual([many.others.length, many.leftOut.length], [23, 7])
  assert.deepEqual(parse(writeChartState(many)), many)
  const fewer = withoutLine(many, '/lab/3')
  assert.deepEqual([fewer.others.at(-1), fewer.leftOut.length], ['/lab/23', 6])
  const state = parse('with=/a&with=/b&with=/c&as=line,steps,,hour&hide=1,3')
  const without = withoutLine(state, '/b')
  assert.deepEqual(
    [without.others, without.shows, without.hidden],
    [
      ['/a', '/c'],
      ['line', 'steps', 'hour'],
      [1, 2],
    ],
  )
  assert.equal(withoutLine(state, '/d'), state)
  assert.deepEqual(withLine(without, '/d').others, ['/a', '/c', '/d'])
})

test("days go from midnight to midnight on the lab's clock, and windows follow each other whole", () => {
  const at = (text: string): number => Date.parse(text) / 1000
  const zone = 'America/Los_Angeles'
  // Clocks go forward on Sunday, March 8.
  const noon = at('2026-03-08T19:00:00Z')
  const today = calendarSpan('today', noon, zone)
  assert.deepEqual(today, { from: at('2026-03-08T08:00:00Z'), to: at('2026-03-09T07:00:00Z') })
  const yesterday = { from: at('2026-03-07T08:00:00Z'), to: at('2026-03-08T08:00:00Z') }
  assert.deepEqual(calendarSpan('yesterday', noon, zone), yesterday)
  assert.deepEqual(calendarSpan('this-week', noon, zone), { from: at('2026-03-02T08:00:00Z'), to: at('2026-03-09T07:00:00Z') })
  assert.deepEqual(moveWindow(yesterday, 1, zone), today)
  assert.deepEqual(moveWindow(today, 1, zone), { from: at('2026-03-09T07:00:00Z'), to: at('2026-03-10T07:00:00Z') })
  // They go back on November 1: 25 hours.
  const long = calendarSpan('today', at('2026-11-01T20:00:00Z'), zone)
  assert.equal(long.to - long.from, 25 * 3_600)
  assert.equal(moveWindow(long, -1, zone).to, long.from)
  // What does not begin at midnight moves by its length.
  assert.deepEqual(moveWindow({ from: 100, to: 160 }, 1, 'UTC'), { from: 160, to: 220 })
  // In Santiago clocks go forward at midnight: the day begins at one.
  const late = calendarSpan('today', at('2026-09-06T12:00:00Z'), 'America/Santiago')
  assert.equal(late.to - late.from, 23 * 3_600)
  assert.equal(moveWindow(late, 1, 'America/Santiago').from, late.to)
  assert.equal(moveWindow(late, -1, 'America/Santiago').to, late.from)
})

test('what is on and off is drawn in steps by itself, directions as dots; a rate has units of its own', () => {
  const values = (...list: number[]): Point[] => list.map((value, at) => pointOf(at, value))
  assert.equal(formOf('', values(0, 1, 1, 0)), 'steps')
  assert.equal(formOf('line', values(0, 1, 1, 0)), 'line')
  assert.equal(formOf('', values(0, 1, 2)), 'line')
  assert.equal(formOf('', values(1)), 'line')
  assert.equal(formOf('steps', values(5, 7)), 'steps')
  assert.equal(formOf('direction', values(5, 7)), 'dots')
  assert.deepEqual([unitsOf('hour', 'mm'), unitsOf('minute', undefined), unitsOf('', 'C')], ['mm/h', '/min', 'C'])
})

test('a page goes along when its resource, one that it shows, or a folder above them moves', () => {
  const move = { from: '/lab/a', to: '/lab/house/b c' }
  assert.equal(movedPath('/lab/a/t', move), '/lab/house/b c/t')
  assert.equal(movedPath('/lab/ab', move), '/lab/ab')
  assert.equal(movedAddress('/lab/a/t', '?range=day', move), '/lab/house/b%20c/t?range=day')
  assert.equal(movedAddress('/lab/x', '?with=/lab/y&with=/lab/a', move), '/lab/x?with=%2Flab%2Fy&with=%2Flab%2Fhouse%2Fb+c')
  assert.equal(movedAddress('/lab/x', '?with=/lab/y', move), undefined)
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
  assert.deepEqual(followSpan('hour', { now: 10_000, newest: 9_990 }), { from: 6_400, to: 10_000 })
  const old = followSpan('hour', { now: 1_000_000, newest: 9_990 })
  assert.ok(old.from < 9_990 && old.to > 9_990 && old.to < 11_000)
  const all = followSpan('all', { now: 1_000_000, newest: 5_000, first: 1_000 })
  assert.ok(all.from === 1_000 && all.to >= 5_000)
  const one = followSpan('all', { now: 1_000_000, newest: 5_000, first: 5_000 })
  assert.ok(one.from < 5_000 && one.to > 5_000)
})

test('a chart opens on what its newest values fill, whether they come each second or each day', () => {
  assert.deepEqual(followSpan('newest', { now: 10_000, newest: 9_999, filled: 300 }), { from: 9_700, to: 10_000 })
  const ceased = followSpan('newest', { now: 10_000, newest: 9_800, filled: 300 })
  assert.deepEqual(ceased, { from: 9_503, to: 9_803 })
  assert.deepEqual(followSpan('newest', { now: 100_000, newest: undefined }), { from: 13_600, to: 100_000 })
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

test('a sensor that comes more often from some time on, or more seldom, is one line; what stays out there is a gap', () => {
  const gapsOf = (times: readonly number[]): number[] => {
    const { times: all, lines } = alignPoints([times.map((time) => pointOf(time, 1))], 1)
    return lines[0]?.mean.flatMap((value, at) => (value === null ? [all[at] ?? Number.NaN] : [])) ?? []
  }
  const daily = Array.from({ length: 30 }, (_, day) => day * 86_400)
  const start = 29 * 86_400 + 40_000
  const live = Array.from({ length: 400 }, (_, second) => start + second)
  assert.deepEqual(gapsOf([...daily, ...live]), [])
  assert.deepEqual(gapsOf([...live.map((time) => time - start), ...daily.map((time) => time + 20_000)]), [])
  // An hour without values is long for a value a second, and a fortnight for one a day.
  const withPause = [...daily.slice(0, 10), ...daily.slice(24), ...live.slice(0, 200), ...live.slice(200).map((time) => time + 3_600)]
  assert.deepEqual(gapsOf(withPause), [((9 + 24) / 2) * 86_400, start + 199 + 3_601 / 2])
  // Bursts with a long rest between them.
  const bursts = Array.from({ length: 10 }, (_, hour) => Array.from({ length: 12 }, (__, second) => hour * 3_600 + second)).flat()
  assert.equal(gapsOf(bursts).length, 9)
  // How long a value holds in statistics is told by the daily ones, too.
  assert.equal(
    gapOf(
      [...daily, ...live].map((time) => pointOf(time, 1)),
      1,
    ),
    86_400,
  )
  assert.equal(
    gapOf(
      live.map((time) => pointOf(time, 1)),
      1,
    ),
    5,
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
