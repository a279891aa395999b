/** Intervals on the clocks and calendars of all zones, beside what Intl says of each instant. */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'node:test'
import { edgesOf, parseInterval } from '../../src/base/intervals.ts'
import { TimeZone } from '../../src/base/time-zone.ts'
import { DAY, HOUR, MINUTE, formatTimestamp, requireTimestamp, type Micros } from '../../src/base/time.ts'

const at = (text: string): Micros => requireTimestamp(text, 'at')
const edges = (interval: string, zone: string, start: string, end: string): string[] =>
  edgesOf(parseInterval(interval), TimeZone.named(zone), at(start), at(end), 100_000).map(formatTimestamp)

/** What a clock in the zone shows, by another way than the one under test. */
function clockOf(zone: string): (time: Micros) => { date: string; time: string; weekday: string } {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    weekday: 'short',
  })
  return (time) => {
    const parts = Object.fromEntries(format.formatToParts(Math.floor(time / 1000)).map(({ type, value }) => [type, value]))
    return {
      date: `${parts['year']}-${parts['month']}-${parts['day']}`,
      time: `${parts['hour']}:${parts['minute']}:${parts['second']}`,
      weekday: parts['weekday'] ?? '',
    }
  }
}

const hoursBetween = (list: readonly string[]): number[] => list.slice(1).map((edge, index) => (at(edge) - at(list[index] ?? '')) / HOUR)

test('days have 23, 24 or 25 hours where clocks are put forward and back', () => {
  assert.deepEqual(edges('1d', 'America/Los_Angeles', '2026-03-07T20:00:00Z', '2026-03-09T20:00:00Z'), [
    '2026-03-07T08:00:00Z',
    '2026-03-08T08:00:00Z',
    '2026-03-09T07:00:00Z',
    '2026-03-10T07:00:00Z',
  ])
  assert.deepEqual(hoursBetween(edges('1d', 'America/Los_Angeles', '2026-10-31T20:00:00Z', '2026-11-02T20:00:00Z')), [24, 25, 24])
  assert.deepEqual(hoursBetween(edges('1d', 'UTC', '2026-03-07T20:00:00Z', '2026-03-09T20:00:00Z')), [24, 24, 24])
})

test('where midnight is skipped a day begins with its first instant', () => {
  // Clocks went from 24:00 to 1:00 there.
  for (const [zone, day] of [
    ['America/Santiago', '2019-09-08'],
    ['Africa/Cairo', '2014-05-16'],
    ['Asia/Beirut', '2026-03-29'],
    ['America/Havana', '2026-03-08'],
  ] as const) {
    const [start, next] = edges('1d', zone, `${day}T12:00:00Z`, `${day}T12:00:00Z`)
    const clock = clockOf(zone)
    assert.deepEqual(
      [clock(at(start ?? '')).time, clock(at(start ?? '') - 1).time, clock(at(next ?? '')).time],
      ['01:00:00', '23:59:59', '00:00:00'],
      zone,
    )
    assert.equal(at(next ?? '') - at(start ?? ''), 23 * HOUR)
  }
})

test('a day that never was has no bucket', () => {
  assert.deepEqual(edges('1d', 'Pacific/Apia', '2011-12-29T12:00:00Z', '2011-12-31T12:00:00Z'), [
    '2011-12-29T10:00:00Z',
    '2011-12-30T10:00:00Z',
    '2011-12-31T10:00:00Z',
    '2012-01-01T10:00:00Z',
  ])
  const clock = clockOf('Pacific/Apia')
  assert.deepEqual([clock(at('2011-12-30T09:59:59Z')).date, clock(at('2011-12-30T10:00:00Z')).date], ['2011-12-29', '2011-12-31'])
})

test('hours begin when a clock there shows a full one', () => {
  assert.deepEqual(edges('1h', 'Asia/Kolkata', '2026-01-01T00:00:00Z', '2026-01-01T00:45:00Z'), [
    '2025-12-31T23:30:00Z',
    '2026-01-01T00:30:00Z',
    '2026-01-01T01:30:00Z',
  ])
  assert.deepEqual(edges('1h', 'Asia/Kathmandu', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z'), [
    '2025-12-31T23:15:00Z',
    '2026-01-01T00:15:00Z',
  ])
  // Clocks on Lord Howe are put on by half an hour: there the hour from 1:00 ends at 3:00.
  assert.deepEqual(hoursBetween(edges('1h', 'Australia/Lord_Howe', '2026-10-03T14:30:00Z', '2026-10-03T17:30:00Z')), [1.5, 1, 1])
  // Six hours from midnight, on both sides of the change.
  assert.deepEqual(hoursBetween(edges('6h', 'Europe/Berlin', '2026-03-28T23:00:00Z', '2026-03-29T23:00:00Z')), [5, 6, 6, 6, 6])
})

test('weeks begin on Monday, months and years with their first day', () => {
  assert.deepEqual(edges('1w', 'UTC', '2026-01-01T00:00:00Z', '2026-01-05T00:00:00Z'), [
    '2025-12-29T00:00:00Z',
    '2026-01-05T00:00:00Z',
    '2026-01-12T00:00:00Z',
  ])
  assert.deepEqual(edges('1M', 'Europe/Berlin', '2026-02-10T00:00:00Z', '2026-04-01T00:00:00Z'), [
    '2026-01-31T23:00:00Z',
    '2026-02-28T23:00:00Z',
    '2026-03-31T22:00:00Z',
    '2026-04-30T22:00:00Z',
  ])
  assert.deepEqual(edges('3M', 'UTC', '2026-02-10T00:00:00Z', '2026-04-01T00:00:00Z'), [
    '2026-01-01T00:00:00Z',
    '2026-04-01T00:00:00Z',
    '2026-07-01T00:00:00Z',
  ])
  assert.deepEqual(edges('1y', 'UTC', '2024-02-10T00:00:00Z', '2025-04-01T00:00:00Z'), [
    '2024-01-01T00:00:00Z',
    '2025-01-01T00:00:00Z',
    '2026-01-01T00:00:00Z',
  ])
  assert.deepEqual(edges('1y', 'UTC', '0050-02-10T00:00:00Z', '0050-04-01T00:00:00Z'), ['0050-01-01T00:00:00Z', '0051-01-01T00:00:00Z'])
})

test('the edges of a short interval on a long one, and one instant alone', () => {
  assert.deepEqual(edges('10s', 'America/New_York', '2026-01-01T00:00:05Z', '2026-01-01T00:00:20Z'), [
    '2026-01-01T00:00:00Z',
    '2026-01-01T00:00:10Z',
    '2026-01-01T00:00:20Z',
    '2026-01-01T00:00:30Z',
  ])
  assert.equal(edges('1s', 'UTC', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z').length, 2)
})

test('what is no interval or no zone is refused with what to write', () => {
  for (const text of ['', '5', 'h', '0h', '1.5h', '-1h', '1D', '1 h', '5min', '1000y1', '1e3s'])
    assert.throws(() => parseInterval(text), /interval is ".*"; write a number and a unit/, text)
  assert.throws(() => parseInterval('9000h'), /at most 8784h: give longer ones in days/)
  assert.throws(() => parseInterval('1001d'), /at most 1000d/)
  assert.throws(() => TimeZone.named('Mars/Olympus'), /time_zone is "Mars\/Olympus"; give a name of the IANA/)
  assert.throws(
    () => edgesOf(parseInterval('1s'), TimeZone.named('UTC'), 0, DAY, 1_000),
    /interval 1s makes 86400 buckets of this range; at most 1000/,
  )
  assert.equal(TimeZone.named('europe/berlin').name, 'Europe/Berlin')
})

const anyZone = fc.constantFrom(...Intl.supportedValuesOf('timeZone'), 'UTC')
/** Some of them near the changes of clocks. */
const anyTime = fc
  .oneof(
    fc.integer({ min: Date.UTC(1900, 0, 1), max: Date.UTC(2100, 0, 1) }),
    fc.integer({ min: Date.UTC(1970, 0, 1), max: Date.UTC(2037, 0, 1) }),
  )
  .map((milliseconds) => milliseconds * 1000)

test('in every zone and year, edges ascend, cover the range, and are first instants of days, weeks, months and years', () => {
  fc.assert(
    fc.property(
      anyZone,
      anyTime,
      fc.integer({ min: 0, max: 500 }),
      fc.constantFrom('1d', '1w', '1M', '1y'),
      (zone, start, days, interval) => {
        const found = edgesOf(parseInterval(interval), TimeZone.named(zone), start, start + days * DAY, 100_000)
        const clock = clockOf(zone)
        for (const [index, edge] of found.entries()) {
          assert.ok(index === 0 || edge > (found[index - 1] ?? 0), 'ascending')
          const [here, before] = [clock(edge), clock(edge - 1)]
          assert.notEqual(here.date, before.date, `${zone} ${formatTimestamp(edge)}`)
          // A midnight, unless the clock went over it just then.
          if (here.time !== '00:00:00')
            assert.notEqual(
              TimeZone.named(zone).offsetAt(edge),
              TimeZone.named(zone).offsetAt(edge - 1),
              `${zone} ${formatTimestamp(edge)} ${here.time}`,
            )
          else if (interval === '1w') assert.equal(here.weekday, 'Mon')
          else if (interval === '1M') assert.equal(here.date.slice(8), '01')
          else if (interval === '1y') assert.equal(here.date.slice(5), '01-01')
        }
        assert.ok((found[0] ?? 0) <= start && (found[1] ?? 0) > start, 'begins with the start')
        assert.ok((found.at(-1) ?? 0) > start + days * DAY && (found.at(-2) ?? 0) <= start + days * DAY, 'ends after the end')
      },
    ),
    { numRuns: 1_000 },
  )
})

test('at every change of clocks since 2005, in every zone, days begin at midnight or with the change', () => {
  let changes = 0
  for (const zone of Intl.supportedValuesOf('timeZone')) {
    const clock = clockOf(zone)
    for (const { from } of TimeZone.named(zone).stretches(at('2005-01-01T00:00:00Z'), at('2028-01-01T00:00:00Z')).slice(1)) {
      changes++
      const found = edgesOf(parseInterval('1d'), TimeZone.named(zone), from - DAY, from + DAY, 10)
      for (const [index, edge] of found.entries()) {
        assert.ok(index === 0 || edge > (found[index - 1] ?? 0))
        if (edge !== from) assert.equal(clock(edge).time, '00:00:00', `${zone} ${formatTimestamp(edge)}`)
        else assert.notEqual(clock(edge).date, clock(edge - 1).date)
      }
    }
  }
  assert.ok(changes > 5_000, String(changes))
})

test('in every zone, hours and minutes begin on full ones, and a day has as many hours as it is long', () => {
  fc.assert(
    fc.property(anyZone, anyTime, fc.constantFrom(5, 10, 15, 30, 60, 120, 360, 720), (zone, start, minutes) => {
      const found = edgesOf(parseInterval(`${minutes}m`), TimeZone.named(zone), start, start + 2 * DAY, 100_000)
      const clock = clockOf(zone)
      for (const [index, edge] of found.entries()) {
        if (index > 0) assert.ok(edge > (found[index - 1] ?? 0))
        const [hour = 0, minute = 0, second = 0] = clock(edge).time.split(':').map(Number)
        assert.equal((hour * 60 + minute) % minutes, 0, `${zone} ${formatTimestamp(edge)}`)
        assert.equal(second, 0)
      }
      const [day, next] = edgesOf(parseInterval('1d'), TimeZone.named(zone), start, start, 10)
      const hours = edgesOf(parseInterval('1h'), TimeZone.named(zone), day ?? 0, (next ?? 0) - 1, 100)
      assert.ok(Math.abs(hours.length - 1 - ((next ?? 0) - (day ?? 0)) / HOUR) <= 1.01)
    }),
    { numRuns: 1_000 },
  )
})

test('offsets are what Intl says at any minute', () => {
  fc.assert(
    fc.property(anyZone, anyTime, (zone, time) => {
      const { date, time: clock } = clockOf(zone)(time)
      const local = at(`${date}T${clock}Z`)
      assert.equal(local - Math.floor(time / 1_000_000) * 1_000_000, TimeZone.named(zone).offsetAt(time))
    }),
    { numRuns: 2_000 },
  )
  assert.equal(TimeZone.named('Asia/Kathmandu').offsetAt(0), 5 * HOUR + 30 * MINUTE)
})

test('two millennia in another zone ask for its offset no more often than its own changes need', () => {
  const zone = TimeZone.named('America/Los_Angeles')
  const started = [...zone.lookUp(at('0001-01-01T00:00:00Z'), at('2200-01-01T00:00:00Z'))].length
  assert.ok(started < 300, `${started} years were asked for`)
  // Before the first change, and far in the future, years are like those that were asked for.
  for (const time of ['0001-06-01T00:00:00Z', '1500-01-01T00:00:00Z', '1839-12-31T23:00:00Z'].map(at))
    assert.equal(zone.offsetAt(time), zone.offsetAt(at('1840-01-01T00:00:00Z')))
})

test('far in the future clocks change as Intl says', () => {
  for (const name of [
    'America/Los_Angeles',
    'Europe/Berlin',
    'Australia/Lord_Howe',
    'America/Santiago',
    'Asia/Gaza',
    'Africa/Casablanca',
  ]) {
    const zone = TimeZone.named(name)
    const clock = clockOf(name)
    for (let year = 2090; year < 2700; year += 13)
      for (let month = 0; month < 12; month++) {
        const time = Date.UTC(year, month, 9 + month, 1, 30) * 1000
        const shown = new Date((time + zone.offsetAt(time)) / 1000).toISOString()
        assert.equal(shown.slice(11, 19), clock(time).time, `${name} at ${formatTimestamp(time)}`)
      }
  }
})
