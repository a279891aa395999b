/** When an alert is on: the machine behind it, with histories that nobody thought of. */
import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { parseAlertRule, type AlertRule } from '../../src/attributes/alert-rules.ts'
import { followRule } from '../../src/watching/alert-records.ts'
import { RECENT, countAnew, initialState, newsOf, passTime, takeValue, type AlertState, type Told } from '../../src/watching/alert-state.ts'
import { NUMERIC } from '../../src/wire/resource-types.ts'
import { MINUTE, SECOND } from '../../src/base/time.ts'

const ruleOf = (fields: object): AlertRule => parseAlertRule({ recipients: ['ann@example.com'], ...fields }, NUMERIC)

interface Reading {
  time: number
  value: number
}

const seconds = fc.integer({ min: 0, max: 2_000 }).map((count) => count * SECOND)
const value = fc.integer({ min: -3, max: 3 })
const readings = fc.array(fc.record({ time: seconds, value }), { maxLength: 40 })
const ascending = readings.map((list) =>
  [...new Map(list.map((reading) => [reading.time, reading])).values()].sort((a, b) => a.time - b.time),
)
const hold = fc.constantFrom(0, 1, 30, 300)
const rules = fc
  .oneof(
    fc.record({ kind: fc.constant('above'), value, hysteresis: fc.constantFrom(0, 1), for_seconds: hold }),
    fc.record({ kind: fc.constant('below'), value, hysteresis: fc.constantFrom(0, 1), for_seconds: hold }),
    fc.record({
      kind: fc.constant('outside'),
      low: fc.constant(-1),
      high: fc.constant(1),
      hysteresis: fc.constantFrom(0, 1),
      for_seconds: hold,
    }),
    fc.record({ kind: fc.constantFrom('silent', 'unchanged'), for_seconds: fc.constantFrom(10, 60, 600) }),
  )
  .map(ruleOf)

function run(rule: AlertRule, list: readonly Reading[], end?: number, state: AlertState = initialState(0)): AlertState {
  for (const reading of list) takeValue(rule, state, reading.time, reading.value)
  if (end !== undefined) passTime(rule, state, end)
  return state
}

test('without holding and hysteresis, an alert is on exactly while the newest value is beyond its limit', () => {
  const rule = ruleOf({ kind: 'outside', low: -1, high: 1 })
  fc.assert(
    fc.property(readings, (list) => {
      const state = run(rule, list)
      let newest: Reading | undefined
      for (const reading of list) if (!newest || reading.time >= newest.time) newest = reading
      assert.equal(state.isActive, newest !== undefined && Math.abs(newest.value) > 1)
    }),
  )
})

test('it makes no difference how often anybody looks at the clock in between', () => {
  fc.assert(
    fc.property(rules, ascending, fc.array(seconds, { maxLength: 30 }), (rule, list, looks) => {
      const looked = initialState(0)
      const steps: { time: number; value?: number }[] = [...list, ...looks.map((time) => ({ time }))]
      for (const step of steps.sort((a, b) => a.time - b.time)) {
        if (step.value === undefined) passTime(rule, looked, step.time)
        else takeValue(rule, looked, step.time, step.value)
      }
      passTime(rule, looked, 3_000 * SECOND)
      assert.deepEqual(looked, run(rule, list, 3_000 * SECOND))
    }),
  )
})

test('values that come late or again change nothing', () => {
  fc.assert(
    fc.property(rules, readings, (rule, list) => {
      let newest = Number.NEGATIVE_INFINITY
      const inOrder = list.filter(({ time }) => time >= newest && ((newest = time), true))
      assert.deepEqual(run(rule, list), run(rule, inOrder))
      // The newest one again, as a sender does that got no answer.
      const last = inOrder.at(-1)
      if (last) assert.deepEqual(run(rule, [...inOrder, last]), run(rule, inOrder))
    }),
  )
})

test('an alert with a time to hold starts when values were beyond the limit for so long, without a break', () => {
  fc.assert(
    fc.property(ascending, fc.constantFrom(1, 30, 300), (list, holdSeconds) => {
      const rule = ruleOf({ kind: 'above', value: 0, for_seconds: holdSeconds })
      const end = 3_000 * SECOND
      const state = run(rule, list, end)
      const lastFine = list.findLastIndex((reading) => reading.value <= 0)
      const since = list[lastFine + 1]?.time
      assert.equal(state.isActive, since !== undefined && end - since >= rule.hold)
      if (state.isActive) assert.equal(state.started, (since ?? 0) + rule.hold)
    }),
  )
})

test('with hysteresis a value that trembles around the limit makes one alert, not many', () => {
  const rule = ruleOf({ kind: 'above', value: 8, hysteresis: 1 })
  const state = initialState(0)
  const seen = [7.9, 8.1, 7.9, 8.2, 7.5, 7.1, 8.1, 7, 7.9, 8.1].map((each, at) => {
    takeValue(rule, state, at, each)
    return state.isActive
  })
  assert.deepEqual(seen, [false, true, true, true, true, true, true, false, false, true])
})

test('silence is on exactly when nothing came for so long, and only a value ends it', () => {
  fc.assert(
    fc.property(ascending, seconds, seconds, (list, countsFrom, after) => {
      const rule = ruleOf({ kind: 'silent', for_seconds: 60 })
      const state = run(rule, list, undefined, initialState(countsFrom))
      const end = Math.max(list.at(-1)?.time ?? 0, countsFrom) + after
      passTime(rule, state, end)
      assert.equal(state.isActive, after >= rule.hold)
      countAnew(state, end)
      assert.equal(state.isActive, after >= rule.hold)
      takeValue(rule, state, end, 1)
      assert.equal(state.isActive, false)
    }),
  )
})

test('a sensor that stands still is noticed, whether its values keep coming or not', () => {
  const rule = ruleOf({ kind: 'unchanged', for_seconds: 60 })
  const state = initialState(0)
  passTime(rule, state, 1_000 * SECOND)
  assert.equal(state.isActive, false)
  for (let at = 1_000; at <= 1_060; at += 10) takeValue(rule, state, at * SECOND, 5)
  assert.deepEqual([state.isActive, state.started], [true, 1_060 * SECOND])
  takeValue(rule, state, 1_070 * SECOND, 5.1)
  assert.deepEqual([state.isActive, state.ended], [false, 1_070 * SECOND])
  passTime(rule, state, 1_130 * SECOND)
  assert.equal(state.isActive, true)
})

test('what the database keeps, with the newest value, goes on like what was never interrupted', () => {
  fc.assert(
    fc.property(
      rules.filter(({ kind }) => kind !== 'unchanged' && kind !== 'silent'),
      ascending,
      fc.nat(40),
      (rule, list, cut) => {
        const [before, after] = [list.slice(0, cut), list.slice(cut)]
        const state = run(rule, before)
        const row = {
          resource_id: 1,
          name: rule.name,
          condition: JSON.stringify({
            kind: rule.kind,
            value: rule.fields.value,
            low: rule.fields.low,
            high: rule.fields.high,
            hysteresis: rule.fields.hysteresis,
            seconds: rule.fields.for_seconds,
          }),
          active: state.isActive ? (1 as const) : (0 as const),
          since_timestamp: state.since ?? null,
          start_timestamp: state.started ?? null,
          end_timestamp: state.ended ?? null,
          start_told: 0 as const,
          told_timestamp: null,
        }
        const restored = followRule(1, rule, row, undefined, 0).state
        const newest = before.at(-1)
        if (newest) takeValue(rule, restored, newest.time, newest.value)
        const [one, other] = [run(rule, after, 3_000 * SECOND, restored), run(rule, list, 3_000 * SECOND)]
        assert.deepEqual([one.isActive, one.since, one.started, one.ended], [other.isActive, other.since, other.started, other.ended])
      },
    ),
  )
})

test('starts and ends are told in turn, and starts no more often than the quiet time allows', () => {
  fc.assert(
    fc.property(rules, ascending, (rule, list) => {
      const state = initialState(0)
      let told: Told = { isStartTold: false, toldAt: undefined }
      const events: { what: 'start' | 'end'; at: number }[] = []
      const look = (now: number): void => {
        passTime(rule, state, now)
        const what = newsOf(rule, state, told, now)
        if (!what) return
        events.push({ what, at: now })
        told = { isStartTold: what === 'start', toldAt: what === 'start' ? now : told.toldAt }
      }
      for (const reading of list) {
        takeValue(rule, state, reading.time, reading.value)
        look(reading.time)
      }
      for (let now = 2_000; now < 4_000; now += 50) look(now * SECOND)
      events.forEach(({ what }, at) => assert.equal(what, at % 2 === 0 ? 'start' : 'end'))
      const starts = events.filter(({ what }) => what === 'start')
      starts.forEach(({ at }, index) => assert.ok(index === 0 || at - (starts[index - 1]?.at ?? 0) >= rule.quiet))
      // What lasts is told in the end, however quiet it had to be before.
      assert.equal(told.isStartTold, state.isActive)
    }),
  )
})

test('an import of old data wakes nobody; a controller that catches up does, once its values are of now', () => {
  const rule = ruleOf({ kind: 'above', value: 8 })
  const now = 400 * 86_400 * SECOND
  const told: Told = { isStartTold: false, toldAt: undefined }
  const state = initialState(now)
  takeValue(rule, state, now - 365 * 86_400 * SECOND, 30)
  assert.deepEqual([state.isActive, newsOf(rule, state, told, now)], [true, undefined])
  takeValue(rule, state, now - RECENT - MINUTE, 31)
  assert.equal(newsOf(rule, state, told, now), undefined)
  takeValue(rule, state, now - MINUTE, 31)
  assert.equal(newsOf(rule, state, told, now), 'start')
})
