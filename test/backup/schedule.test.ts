/** When backups are due, and which are kept. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { BackupRecord } from '../../src/backup/records.ts'
import { isDue, isOverdue, parseSchedule, toRemove } from '../../src/backup/schedule.ts'
import { judge } from '../../src/backup/state.ts'
import { DAY, HOUR, MINUTE, type Micros } from '../../src/base/time.ts'

const NOON: Micros = Date.UTC(2026, 0, 31, 12) * 1_000
const local = (...parts: [number, number, number, number, number]): Micros => new Date(...parts).getTime() * 1_000

test('a backup of an hour of the day is due once after it, also when the server was off then', () => {
  const schedule = parseSchedule('03:00')
  const table: [now: Micros, last: Micros | undefined, due: boolean][] = [
    [local(2026, 0, 31, 2, 59), local(2026, 0, 30, 3, 0), false],
    [local(2026, 0, 31, 3, 0), local(2026, 0, 30, 3, 0), true],
    [local(2026, 0, 31, 3, 5), local(2026, 0, 31, 3, 0), false],
    [local(2026, 0, 31, 17, 0), local(2026, 0, 29, 3, 0), true],
    [local(2026, 0, 31, 17, 0), undefined, true],
  ]
  for (const [now, last, due] of table) assert.equal(isDue(schedule, now, last), due, `${now} ${last}`)
  assert.equal(isOverdue(schedule, NOON, NOON - DAY), false)
  assert.equal(isOverdue(schedule, NOON, NOON - 2 * DAY), true)
})

test('a backup at intervals is due when one has passed; one from a clock that was ahead puts off none', () => {
  const schedule = parseSchedule('6h')
  assert.equal(isDue(schedule, NOON, NOON - 6 * HOUR + 1), false)
  assert.equal(isDue(schedule, NOON, NOON - 6 * HOUR), true)
  assert.equal(isDue(schedule, NOON, NOON + 365 * DAY), true)
  assert.equal(isDue(parseSchedule('03:00'), NOON, NOON + 365 * DAY), true)
})

test('days, weeks and months with backups are kept, however far they lie apart, and the newest day whole', () => {
  const ofDay = (day: number, hour = 3): { time: Micros } => ({ time: Date.UTC(2026, 0, day, hour) * 1_000 })
  const kept = (all: { time: Micros }[], keep: [number, number, number], made = Math.max(...all.map(({ time }) => time))): string[] => {
    const [daily, weekly, monthly] = keep
    const gone = new Set(toRemove(all, { daily, weekly, monthly }, made))
    return all.filter((one) => !gone.has(one)).map(({ time }) => new Date(time / 1_000).toISOString().slice(0, 13))
  }
  const all = Array.from({ length: 90 }, (_, day) => ofDay(day + 1))
  // March has 31 days: day 90 of the year 2026 is its last, a Tuesday.
  assert.deepEqual(kept(all, [2, 2, 3]), ['2026-01-31T03', '2026-02-28T03', '2026-03-29T03', '2026-03-30T03', '2026-03-31T03'])
  assert.deepEqual(kept([ofDay(5, 1), ofDay(5, 2), ofDay(5, 3)], [1, 0, 0]).length, 3)
  assert.deepEqual(kept([ofDay(4, 1), ofDay(4, 2), ofDay(5, 3)], [2, 0, 0]), ['2026-01-04T02', '2026-01-05T03'])
  const rare = [ofDay(1), ofDay(400), ofDay(4_000)]
  assert.equal(kept(rare, [7, 4, 12]).length, 3, 'a clock that leaps makes none old')
  const ahead = [ofDay(800), ofDay(801), ofDay(802)]
  assert.deepEqual(
    kept([ofDay(4), ofDay(5), ofDay(6), ...ahead], [2, 0, 0], ofDay(6).time).slice(0, 2),
    ['2026-01-05T03', '2026-01-06T03'],
    'what a clock that was ahead made takes no place of others, nor of the newest one',
  )
  const early = { time: 0 }
  assert.equal(kept([early, ...all], [2, 2, 3], early.time).length, 91, 'one that was made in 1970 is kept, and removes none')
})

test('a backup that failed is tried again later, not at once, and one that is still to come by a wrong clock does not delay it', () => {
  const settings = { backupPlace: '/b', BACKUP_AT: '6h', BACKUP_PROVE_EVERY: 7 }
  const failed = (end: Micros): BackupRecord => ({
    id: 1,
    kind: 'backup',
    place: '/b',
    point: null,
    start: end,
    end,
    isScheduled: true,
    bytes: null,
    writtenBytes: null,
    error: 'no disk',
  })
  assert.equal(judge([failed(NOON - MINUTE)], settings, NOON, NOON).isDue, false)
  assert.equal(judge([failed(NOON - 2 * HOUR)], settings, NOON, NOON).isDue, true)
  assert.equal(judge([failed(NOON + 365 * DAY)], settings, NOON, NOON).isDue, true)
  assert.equal(judge([{ ...failed(NOON - MINUTE), place: '/other' }], settings, NOON, NOON).failure, undefined)
})
