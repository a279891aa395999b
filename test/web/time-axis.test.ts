/** Ticks of a chart's axis on the clock of a place, over the days when that clock is changed. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { clockDate, ticksOf } from '../../daemon/web/shared/time-axis.ts'

const HOUR = 3_600
const DAY = 24 * HOUR
const [LA, UTC] = ['America/Los_Angeles', 'UTC']
const at = (text: string): number => Date.parse(text) / 1000
const label = (zone: string) => (time: number) => {
  const date = clockDate(zone, time)
  return `${date.getMonth() + 1}/${date.getDate()} ${date.getHours()}:${String(date.getMinutes()).padStart(2, '0')}`
}

test('days begin at midnight of the place, also those of 23 and 25 hours', () => {
  const spring = ticksOf(LA, at('2026-03-07T08:00:00Z'), at('2026-03-10T07:00:00Z'), DAY)
  assert.deepEqual(spring.map(label(LA)), ['3/7 0:00', '3/8 0:00', '3/9 0:00', '3/10 0:00'])
  assert.deepEqual(
    spring.slice(1).map((tick, index) => (tick - (spring[index] ?? 0)) / HOUR),
    [24, 23, 24],
  )
  const autumn = ticksOf(LA, at('2026-10-31T07:00:00Z'), at('2026-11-03T08:00:00Z'), DAY)
  assert.deepEqual(
    autumn.slice(1).map((tick, index) => (tick - (autumn[index] ?? 0)) / HOUR),
    [24, 25, 24],
  )
})

test('hours are full hours of the place: one is left out in spring, one comes twice in autumn', () => {
  assert.deepEqual(ticksOf(LA, at('2026-03-08T08:00:00Z'), at('2026-03-08T12:00:00Z'), HOUR).map(label(LA)), [
    '3/8 0:00',
    '3/8 1:00',
    '3/8 3:00',
    '3/8 4:00',
    '3/8 5:00',
  ])
  assert.deepEqual(ticksOf(LA, at('2026-11-01T07:00:00Z'), at('2026-11-01T11:00:00Z'), HOUR).map(label(LA)), [
    '11/1 0:00',
    '11/1 1:00',
    '11/1 1:00',
    '11/1 2:00',
    '11/1 3:00',
  ])
  assert.deepEqual(ticksOf('Asia/Kathmandu', at('2026-05-01T00:00:00Z'), at('2026-05-01T02:00:00Z'), HOUR).map(label('Asia/Kathmandu')), [
    '5/1 6:00',
    '5/1 7:00',
  ])
  const sixes = ticksOf(LA, at('2026-03-08T08:00:00Z'), at('2026-03-09T07:00:00Z'), 6 * HOUR)
  assert.deepEqual(sixes.map(label(LA)), ['3/8 0:00', '3/8 6:00', '3/8 12:00', '3/8 18:00', '3/9 0:00'])
})

test('months and years begin on their first; parts of a second are the same everywhere', () => {
  assert.deepEqual(ticksOf(LA, at('2026-01-15T00:00:00Z'), at('2026-05-15T00:00:00Z'), 30 * DAY).map(label(LA)), [
    '2/1 0:00',
    '3/1 0:00',
    '4/1 0:00',
    '5/1 0:00',
  ])
  assert.deepEqual(
    ticksOf(UTC, at('2020-06-01T00:00:00Z'), at('2026-06-01T00:00:00Z'), 2 * 365 * DAY),
    ['2022', '2024', '2026'].map((year) => at(`${year}-01-01T00:00:00Z`)),
  )
  assert.deepEqual(ticksOf(LA, 1_000.1, 1_000.9, 0.25), [1_000.25, 1_000.5, 1_000.75])
  assert.deepEqual(ticksOf(LA, 1_000.11, 1_000.2, 0.25), [])
})
