/** Rules for values that rise or fall fast, and limits that follow a schedule on the clock of the organization. */
import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { parseAlertRule } from '../../src/attributes/alert-rules.ts'
import { limitsAt, nextChange, parseSchedule } from '../../src/attributes/alert-schedule.ts'
import { TimeZone } from '../../src/base/time-zone.ts'
import { SECOND, formatTimestamp, parseTimestamp } from '../../src/base/time.ts'
import { changeIn, noteRecent, type RecentPart } from '../../src/watching/alert-rates.ts'
import { initialState, passTime, takeValue } from '../../src/watching/alert-state.ts'
import { NUMERIC } from '../../src/wire/resource-types.ts'
import { PATH, create, fine, list, pass, send, startFreezer, told } from '../support/freezer.ts'
import { startLab } from '../support/lab.ts'

const timeOf = (text: string): number => parseTimestamp(text) ?? Number.NaN
const berlin = TimeZone.named('Europe/Berlin')

test('how much a value rose or fell within a time is right to a hundredth of that time, in bounded memory', () => {
  const within = 100 * SECOND
  fc.assert(
    fc.property(fc.array(fc.record({ gap: fc.integer({ min: 0, max: 20_000_000 }), value: fc.integer({ min: -9, max: 9 }) })), (steps) => {
      const recent: RecentPart[] = []
      const all: { time: number; value: number }[] = []
      let time = 0
      for (const { gap, value } of steps) {
        time += gap
        noteRecent(recent, within, time, value)
        all.push({ time, value })
        const since = (span: number): number[] => all.filter((one) => one.time > time - span).map((one) => one.value)
        const rise = changeIn(recent, 'rising', value)
        assert.ok(rise >= value - Math.min(...since(within)))
        assert.ok(rise <= value - Math.min(...since(within + 2 * SECOND)))
        assert.ok(changeIn(recent, 'falling', value) >= Math.max(...since(within)) - value)
        assert.ok(recent.length <= 102)
      }
    }),
  )
})

test('a schedule knows days, nights over midnight and the hours of the clock that is changed', () => {
  const schedule = parseSchedule(['sat,sun = off', 'mon-fri 22:00-06:00 = -12', '12:00-13:00=-10'], 'above', 'schedule')
  const highAt = (text: string): number | undefined => limitsAt(schedule, berlin, timeOf(text))?.high
  assert.equal(highAt('2026-01-31T12:00:00Z'), Number.POSITIVE_INFINITY, 'Saturday')
  assert.equal(highAt('2026-02-02T20:59:00Z'), undefined, 'Monday, 21:59 there')
  assert.equal(highAt('2026-02-02T21:00:00Z'), -12)
  assert.equal(highAt('2026-02-03T04:59:59Z'), -12)
  assert.equal(highAt('2026-02-03T05:00:00Z'), undefined)
  assert.equal(highAt('2026-07-06T20:00:00Z'), -12, 'summer')
  assert.equal(highAt('2026-02-02T11:30:00Z'), -10)
  assert.equal(highAt('2026-02-02T04:00:00Z'), undefined, 'the night from Sunday')
  const changes: string[] = []
  for (let time = timeOf('2026-03-27T20:00:00Z'); changes.length < 6; changes.push(formatTimestamp(time)))
    time = nextChange(schedule, berlin, time)
  assert.deepEqual(changes.slice(0, 2), ['2026-03-27T21:00:00Z', '2026-03-27T23:00:00Z'])
  assert.ok(changes.includes('2026-03-28T05:00:00Z'))
  for (const wrong of ['', '22-6 = 1', 'mon = x', 'someday = 1', '= 1', '25:00-26:00 = 1', '22:00-06:00', 'mon = 1 = 2'])
    assert.throws(() => parseSchedule([wrong], 'above', 'schedule'), /not understood/, wrong)
  assert.throws(() => parseSchedule(['mon = 3'], 'outside', 'schedule'), /LOW:HIGH/)
  assert.deepEqual(
    parseSchedule(['mon = 2:3'], 'outside', 'schedule').map(({ low, high }) => [low, high]),
    [[2, 3]],
  )
})

test('when the limit changes the newest value is judged by the new one, at the very time', () => {
  const fields = { kind: 'above', value: -10, schedule: ['22:00-06:00 = -15'], recipients: ['ann@example.com'] }
  const rule = parseAlertRule(fields, NUMERIC)
  const state = initialState(0, berlin)
  takeValue(rule, state, timeOf('2026-01-31T12:00:00Z'), -12)
  passTime(rule, state, timeOf('2026-01-31T20:59:00Z'))
  assert.equal(state.isActive, false)
  passTime(rule, state, timeOf('2026-01-31T22:00:00Z'))
  assert.deepEqual([state.isActive, state.started], [true, timeOf('2026-01-31T21:00:00Z')])
  passTime(rule, state, timeOf('2026-02-01T08:00:00Z'))
  assert.deepEqual([state.isActive, state.ended], [false, timeOf('2026-02-01T05:00:00Z')])
})

test('what falls fast is told, over a restart too, and what is removed is not held against it; a schedule is kept and shown', async (t) => {
  const { lab: first, clock } = await startFreezer(t)
  let lab = first
  await create(lab, { kind: 'falling', value: 10, within_seconds: 600 })
  await lab.daemon.runWorkers()
  for (const value of [100, 97, 94]) {
    await send(lab, value)
    await pass(lab, clock, 120)
  }
  assert.deepEqual(await told(lab), [])
  await lab.stop()
  const next = await startLab(t, { clock, folder: lab.folder })
  lab = { ...next, ...next.as(lab.key) }
  await lab.daemon.runWorkers()
  await send(lab, 89)
  await pass(lab, clock, 10)
  assert.deepEqual(await told(lab), ['ann@example.com: /lab/freezer/temperature is falling by more than 10 C within 10m'])
  fine(await lab.delete(`/resources${PATH}`, { data_only: 1, where: 'value < 90' }))
  await pass(lab, clock, 10)
  assert.deepEqual((await told(lab)).slice(1), ['ann@example.com: /lab/freezer/temperature no longer falls by more than 10 C'])
  await pass(lab, clock, 600)
  await send(lab, 85)
  await pass(lab, clock, 10)
  assert.equal((await told(lab)).length, 2, 'slowly')

  for (const [fields, said] of [
    [{ kind: 'rising', value: 1 }, /within_seconds/],
    [{ kind: 'rising', value: 0, within_seconds: 60 }, /more than 0/],
    [{ kind: 'silent', for_seconds: 60, schedule: ['mon = 1'] }, /schedule is for limits/],
    [{ kind: 'above', value: 1, schedule: ['soon = 1'] }, /not understood/],
  ] as const)
    assert.match((await lab.post('/alerts', { path: PATH, recipients: 'a@b.cd', ...fields })).text, said)
  await create(lab, { kind: 'above', value: 200, schedule: 'sat,sun = off; 22:00-06:00 = 150' })
  const [, rule] = await list(lab)
  assert.deepEqual(
    [rule?.['schedule'], rule?.['condition']],
    [['sat,sun = off', '22:00-06:00 = 150'], 'above 200, with other limits at times'],
  )
  fine(await lab.put('/alerts', { path: PATH, name: 'above 200', kind: 'rising', value: 5, within_seconds: 60 }))
  assert.equal((await list(lab))[1]?.['schedule'], undefined)
  const trial = fine(
    await lab.get('/alerts/test', { path: PATH, kind: 'falling', value: 2, within_seconds: 600, start_timestamp: '2026-01-31T00:00:00Z' }),
  ).json as { count: number }
  assert.ok(trial.count >= 1)
})
