/** The time that is believed when the machine's clock jumps, at a start and while the server runs. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { Aging } from '../../src/base/aging.ts'
import { BelievedTime, RELEASED, type KnownTime } from '../../src/base/believed-time.ts'
import { DAY, HOUR, MINUTE, SECOND, type Micros } from '../../src/base/time.ts'
import { FakeClock } from '../support/lab.ts'
import { RecordingLog } from '../support/recording-log.ts'

const seconds = (time: Micros): number => time / SECOND

/** A server that was off for a while, with a clock that then shows something. */
function restart(clock: FakeClock, before: BelievedTime, { shows }: { shows: Micros }): BelievedTime {
  const known: KnownTime = before.known
  clock.time = shows
  return new BelievedTime(clock, known)
}

test('time that passes is believed, and so is a clock that is corrected by little', () => {
  const clock = new FakeClock()
  const time = new BelievedTime(clock)
  for (const step of [1, 3_600, 86_400, 400 * 86_400]) {
    clock.advance(step)
    assert.equal(time.now(), clock.time)
  }
  for (const jump of [50, -50, 59, -59]) {
    clock.jump(jump)
    assert.equal(time.now(), clock.time)
  }
  assert.equal(time.isClockRight, true)
  assert.equal(time.before(DAY), clock.time - DAY)
})

for (const by of [2 * HOUR, DAY, 365 * DAY, -2 * HOUR, -DAY]) {
  test(`a clock that is set by ${by / HOUR} hours is believed when it has held for an hour`, () => {
    const clock = new FakeClock()
    const time = new BelievedTime(clock)
    const began = clock.time
    clock.jump(seconds(by))
    assert.equal(time.now(), began)
    assert.equal(time.isClockRight, false)
    clock.advance(3_000)
    assert.equal(time.now(), began + 3_000 * SECOND)
    clock.advance(601)
    assert.equal(time.now(), clock.time)
    assert.equal(time.isClockRight, true)
    // What the clock skipped has not passed.
    assert.equal(time.before(DAY), by > 0 ? began + HOUR + SECOND - DAY : clock.time - DAY)
    clock.advance(86_400 * 2)
    assert.equal(time.before(DAY), clock.time - DAY)
  })
}

test('a clock that goes on jumping is never believed, and one that comes back is at once', () => {
  const clock = new FakeClock()
  const time = new BelievedTime(clock)
  const began = clock.time
  for (let n = 1; n <= 10; n++) {
    clock.jump(86_400)
    clock.advance(1_800)
    assert.equal(time.now(), began + n * 1_800 * SECOND)
  }
  clock.jump(-10 * 86_400)
  assert.equal(time.now(), clock.time)
  assert.equal(time.isClockRight, true)
})

test('a clock that shows 1970 is never believed, nor does anything get too old by it', () => {
  const clock = new FakeClock()
  const before = new BelievedTime(clock)
  const last = clock.time
  const time = restart(clock, before, { shows: 10 * SECOND })
  clock.advance(10 * 3_600)
  assert.equal(time.now(), last + 10 * HOUR)
  assert.equal(time.isClockRight, false)
  assert.ok(time.removableBefore(DAY) < 0)
  // It reaches a time server.
  clock.time = last + 30 * DAY
  assert.equal(time.now(), last + 10 * HOUR)
  clock.advance(3_601)
  assert.equal(time.now(), clock.time)
})

test('without any record, a plausible time is believed at once after one that is not, and what was made before does not end by it', () => {
  const clock = new FakeClock()
  const right = clock.time
  clock.time = 100 * SECOND
  const time = new BelievedTime(clock)
  const made = time.now()
  clock.advance(60)
  clock.time = right
  assert.ok(right > RELEASED)
  assert.equal(time.now(), right)
  clock.advance(60)
  assert.ok(time.before(HOUR) < made)
  clock.advance(3_600)
  assert.ok(time.before(HOUR) > made)
})

test('over a restart time goes on from the newest that is known, unless the clock shows a little more', () => {
  const clock = new FakeClock()
  const before = new BelievedTime(clock)
  const last = clock.time
  assert.equal(restart(clock, before, { shows: last + 40 * MINUTE }).now(), last + 40 * MINUTE)
  for (const shows of [last + 61 * MINUTE, last + 365 * DAY, last - DAY, 0]) {
    const time = restart(clock, before, { shows })
    assert.equal(time.now(), last, String(shows))
    assert.ok(time.removableBefore(DAY) <= last - DAY)
  }
})

test('leaps are known after a restart, an old one no longer matters, and a clock that is put right undoes its leap', () => {
  const clock = new FakeClock()
  let time = new BelievedTime(clock)
  const began = clock.time
  const leap = (by: Micros): void => {
    clock.jump(seconds(by))
    time.now()
    clock.advance(3_601)
    time.now()
  }
  leap(30 * DAY)
  time = restart(clock, time, { shows: clock.time })
  assert.equal(time.before(DAY), began + 3_601 * SECOND - DAY)
  clock.advance(seconds(10 * DAY))
  assert.equal(time.before(5 * DAY), clock.time - 5 * DAY)
  assert.equal(time.before(11 * DAY), began + 3_601 * SECOND - DAY)
  leap(-35 * DAY)
  assert.equal(time.known.leaps.length, 1)
  assert.equal(time.now(), clock.time)
  time.confirm()
  assert.equal(time.before(11 * DAY), clock.time - 11 * DAY)
})

test('of what is old by a leap alone at most a tenth goes; more waits, is told once a day, and goes after a word', async () => {
  const clock = new FakeClock()
  const time = new BelievedTime(clock)
  const log = new RecordingLog()
  const aging = new Aging(time, log)
  const began = clock.time
  // One a day for a hundred days.
  const times = Array.from({ length: 100 }, (_, at) => began - at * DAY)
  const set = {
    what: 'values of /lab/fridge',
    count: (from: Micros, to: Micros) => times.filter((one) => one >= from && one < to).length,
    total: () => times.length,
  }
  const leap = (days: number): void => {
    clock.jump(days * 86_400)
    time.now()
    clock.advance(3_601)
    time.now()
  }
  leap(5)
  assert.equal(await aging.cutoff(90 * DAY, set), clock.time - 90 * DAY)
  assert.deepEqual(aging.waiting, [])
  leap(365)
  const sure = await aging.cutoff(90 * DAY, set)
  assert.ok(sure <= began - 89 * DAY)
  assert.equal(aging.waiting.length, 1)
  assert.match(aging.takeNews().join(), /^\d\d of 100 values of \/lab\/fridge are older .* "rhizo clock confirm" then lets them go\.$/)
  await aging.cutoff(90 * DAY, set)
  assert.deepEqual(aging.takeNews(), [])
  clock.advance(86_401)
  await aging.cutoff(90 * DAY, set)
  assert.equal(aging.takeNews().length, 1)
  assert.equal(log.warnings.length, 2)
  time.confirm()
  aging.release()
  assert.equal(await aging.cutoff(90 * DAY, set), clock.time - 90 * DAY)
  assert.deepEqual(aging.waiting, [])
})
