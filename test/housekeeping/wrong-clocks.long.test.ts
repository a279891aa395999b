/** What is stamped while the server's clock is wrong is marked, and moved by exactly what the clock was off. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { ClockWatch } from '../../src/watching/clock-watch.ts'
import { HOUR, SECOND, formatTimestamp, type Micros } from '../../src/base/time.ts'
import type { StretchShiftAnswer, WrongClock } from '../../src/wire/answers.ts'
import { Browser } from '../support/browser.ts'
import { FakeClock, startLab, type Lab } from '../support/lab.ts'
import { makeFolder } from '../support/outgoing-records.ts'
import { rhizo } from '../support/outside-command.ts'

const TODAY = Date.UTC(2026, 1, 3, 8) * 1000
const LEVEL = '/lab/level'

const put = async (lab: Lab, value: number): Promise<void> => {
  assert.equal((await lab.put('/resources', { values: { [LEVEL]: value } })).status, 200)
}
const timesOf = async (lab: Lab): Promise<Record<string, Micros>> => {
  const { timestamps, values } = (await lab.get(`/resources${LEVEL}`, { count: 1_000 })).json as { timestamps: number[]; values: string[] }
  return Object.fromEntries(values.map((value, at) => [value, Math.round((timestamps[at] ?? 0) * SECOND)]))
}
const stretches = async (lab: Lab): Promise<WrongClock[]> =>
  ((await lab.get('/clock/stretches')).json as { stretches: WrongClock[] }).stretches
const shift = async (lab: Lab, id: number, options: Record<string, unknown> = {}): Promise<StretchShiftAnswer> => {
  const { status, json, text } = await lab.post(`/clock/stretches/${id}`, options)
  assert.equal(status, 200, text)
  return json as StretchShiftAnswer
}

test('values of a boot that began in 1970 are marked over a restart, and moved by what the clock was off', async (t) => {
  const clock = new FakeClock()
  clock.time = HOUR
  const folder = await makeFolder(t)
  const first = await startLab(t, { clock, folder })
  await first.sequence(LEVEL)
  await first.sequence('/lab/empty')
  await put(first, 1)
  clock.advance(60)
  const [{ state = '' } = {}] = await stretches(first)
  assert.equal(state, 'wrong now')
  await first.stop()
  const lab = await startLab(t, { clock, folder })
  clock.advance(60)
  await put(lab, 2)
  clock.advance(600)
  clock.jump((TODAY - clock.time) / SECOND)
  await lab.daemon.runWorkers()
  clock.advance(5)
  await put(lab, 3)
  const [stretch, ...others] = await stretches(lab)
  assert.ok(stretch)
  assert.deepEqual(others, [])
  const offBy = TODAY - (HOUR + 720 * SECOND)
  assert.deepEqual(stretch, {
    id: stretch.id,
    start_timestamp: formatTimestamp(HOUR),
    end_timestamp: formatTimestamp(HOUR + 720 * SECOND),
    off_by: offBy / SECOND,
    state: 'waits',
  })
  assert.equal((await lab.as('').get('/clock/stretches')).status, 403)
  const before = await timesOf(lab)
  const trial = await shift(lab, stretch.id, { dry_run: 1 })
  assert.deepEqual(trial, {
    id: stretch.id,
    off_by: offBy / SECOND,
    sequences: [{ path: LEVEL, matching: 2, moved: 0, undo: null }],
    failed: [],
  })
  assert.deepEqual(await timesOf(lab), before)
  const { sequences } = await shift(lab, stretch.id)
  assert.equal(sequences[0]?.moved, 2)
  assert.match(sequences[0]?.undo ?? '', /^rhizo seq shift \/lab\/level --start /)
  const after = await timesOf(lab)
  assert.equal(after['1'], (before['1'] ?? 0) + offBy)
  assert.equal(after['2'], (before['2'] ?? 0) + offBy)
  assert.equal(after['3'], before['3'])
  assert.equal((await stretches(lab))[0]?.state, 'shifted')
  assert.equal((await lab.post(`/clock/stretches/${stretch.id}`)).status, 409)
})

test('a sequence whose values can not go there keeps none of the others, and the stretch can be moved again', async (t) => {
  const clock = new FakeClock()
  clock.time = HOUR
  const lab = await startLab(t, { clock })
  await lab.sequence(LEVEL)
  await lab.sequence('/lab/other')
  await put(lab, 1)
  await lab.put('/resources', { values: { '/lab/other': 1 } })
  const stamped = (await timesOf(lab))['1'] ?? 0
  clock.advance(600)
  clock.jump((TODAY - clock.time) / SECOND)
  await lab.daemon.runWorkers()
  // A device with a clock of its own has sent a value of just that time.
  const taken = stamped + (TODAY - (HOUR + 600 * SECOND))
  assert.equal((await lab.put('/resources', { values: { [LEVEL]: 7 }, timestamp: formatTimestamp(taken) })).status, 200)
  const [stretch] = await stretches(lab)
  assert.ok(stretch)
  const answer = await shift(lab, stretch.id)
  assert.deepEqual(
    answer.sequences.map(({ path }) => path),
    ['/lab/other'],
  )
  assert.deepEqual(
    answer.failed.map(({ path }) => path),
    [LEVEL],
  )
  assert.equal((await stretches(lab))[0]?.state, 'waits')
  assert.equal((await lab.delete(`/resources${LEVEL}`, { data_only: 1, start_timestamp: formatTimestamp(taken) })).status, 200)
  const again = await shift(lab, stretch.id, { path: LEVEL })
  assert.deepEqual(
    again.sequences.map(({ path, moved }) => ({ path, moved })),
    [{ path: LEVEL, moved: 1 }],
  )
})

test('a clock that skipped days and came back is marked the other way round; the command lists, moves and dismisses', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  await lab.sequence(LEVEL)
  clock.jump(3 * 86_400)
  await lab.daemon.runWorkers()
  clock.advance(60)
  await put(lab, 1)
  const ahead = (await timesOf(lab))['1'] ?? 0
  clock.advance(60)
  clock.jump(-3 * 86_400)
  await lab.daemon.runWorkers()
  const [stretch] = await stretches(lab)
  assert.equal(stretch?.off_by, -3 * 86_400)
  const run = (...args: string[]): ReturnType<typeof rhizo> => rhizo(lab, ['doctor', 'clock', ...args])
  const listed = await run()
  assert.match(listed.stdout, /, 3d ahead: its values can be moved, with --shift\n$/)
  const moved = await run('--shift', String(stretch?.id), '--yes')
  assert.equal(moved.code, 0, moved.stderr)
  assert.match(moved.stdout, /^The clock was 3d ahead\.\n1 value of \/lab\/level moved\. Back again: rhizo seq shift /)
  assert.equal((await timesOf(lab))['1'], ahead - 3 * 86_400 * SECOND)
  const again = await run('--dismiss', String(stretch?.id))
  assert.equal(again.code, 1)
  assert.match(again.stderr, /is settled: its values were moved/)
})

test('values that lie in the stretch again after they were moved are not moved twice', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  await lab.sequence(LEVEL)
  await lab.sequence('/lab/other')
  clock.jump(-600)
  await lab.daemon.runWorkers()
  await put(lab, 1)
  const stamped = (await timesOf(lab))['1'] ?? 0
  clock.advance(1_800)
  await put(lab, 2)
  clock.jump(600)
  await lab.daemon.runWorkers()
  const [stretch] = await stretches(lab)
  assert.ok(stretch)
  const moved = async (options: Record<string, unknown>): Promise<unknown[]> =>
    (await shift(lab, stretch.id, options)).sequences.map(({ path, moved: count }) => [path, count])
  assert.deepEqual(await moved({ path: LEVEL }), [[LEVEL, 2]])
  assert.deepEqual(await moved({ path: LEVEL }), [])
  assert.deepEqual(await moved({}), [])
  assert.equal((await timesOf(lab))['1'], stamped + 600 * SECOND)
})

test('a stretch that was dismissed stays dismissed until the clock is set, and the next one is told', async (t) => {
  const clock = new FakeClock()
  clock.time = HOUR
  const folder = await makeFolder(t)
  const first = await startLab(t, { clock, folder })
  await first.sequence(LEVEL)
  const [found] = await stretches(first)
  assert.equal(found?.state, 'wrong now')
  assert.equal((await first.post(`/clock/stretches/${found.id}`, { dismiss: 1 })).status, 200)
  clock.advance(1_800)
  await first.daemon.runWorkers()
  await first.stop()
  const lab = await startLab(t, { clock, folder })
  clock.advance(1_800)
  await lab.daemon.runWorkers()
  const end = clock.time
  clock.jump((TODAY - clock.time) / SECOND)
  await lab.daemon.runWorkers()
  assert.deepEqual(await stretches(lab), [
    { ...found, end_timestamp: formatTimestamp(end), off_by: (TODAY - end) / SECOND, state: 'dismissed' },
  ])
  clock.jump(3 * 86_400)
  await lab.daemon.runWorkers()
  clock.advance(60)
  clock.jump(-3 * 86_400)
  await lab.daemon.runWorkers()
  assert.deepEqual(
    (await stretches(lab)).map(({ state }) => state),
    ['waits', 'dismissed'],
  )
})

test('the page System offers the values of a wrong clock, moves them, and says what came of it', async (t) => {
  const clock = new FakeClock()
  clock.time = HOUR
  const lab = await startLab(t, { clock })
  await lab.sequence(LEVEL)
  await put(lab, 1)
  const stamped = (await timesOf(lab))['1'] ?? 0
  clock.jump((TODAY - clock.time) / SECOND)
  await lab.daemon.runWorkers()
  const browser = new Browser(lab)
  await browser.signIn('admin@example.com', 'correct-horse-9')
  const look = async (): Promise<string> => (await fetch(`${lab.url}/-/system`, { headers: { cookie: browser.cookie } })).text()
  assert.match(await look(), /clock was wrong.*1970-01-01 01:00:00/s)
  const [stretch] = await stretches(lab)
  const press = (what: string): Promise<Response> =>
    fetch(`${lab.url}/-/system/clock`, {
      method: 'POST',
      headers: { cookie: browser.cookie, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ csrf_token: browser.csrfToken, id: String(stretch?.id), do: what }),
      redirect: 'manual',
    })
  const pressed = await press('shift')
  assert.deepEqual([pressed.status, pressed.headers.get('location')], [303, '/-/system?done=moved'])
  assert.equal((await timesOf(lab))['1'], stamped + TODAY - HOUR)
  assert.doesNotMatch(await look(), /clock was wrong/)
  const again = await press('dismiss')
  assert.deepEqual([again.status, /is settled: its values were moved/.test(await again.text())], [400, true])
})

test('a clock that goes on from the last shutdown is marked when it is set forward, and others are left in peace', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const count = async (): Promise<number> => (await stretches(lab)).length
  // Such as a machine that slept: its clock was right.
  const old = new ClockWatch(lab.ctx, { uptime: () => 100_000 })
  clock.advance(10)
  clock.jump(7_200)
  old.check()
  await old.keep()
  assert.equal(await count(), 0)
  lab.ctx.believed.confirm()
  const fresh = new ClockWatch(lab.ctx, { uptime: () => 30 })
  clock.advance(10)
  clock.jump(30)
  fresh.check()
  await fresh.keep()
  assert.equal(await count(), 0, 'half a minute is what clocks are corrected by')
  const next = new ClockWatch(lab.ctx, { uptime: () => 30 })
  clock.advance(10)
  clock.jump(7_200)
  next.check()
  await next.keep()
  const [stretch] = await stretches(lab)
  assert.equal(stretch?.off_by, 7_200)
})

test('a clock that was set back is not called wrong for ever: when it has held for an hour it is believed', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  clock.jump(-7_200)
  await lab.daemon.runWorkers()
  clock.advance(601)
  await lab.daemon.runWorkers()
  assert.deepEqual(
    (await stretches(lab)).map(({ state }) => state),
    ['wrong now'],
  )
  clock.advance(3_600)
  await lab.daemon.runWorkers()
  clock.advance(601)
  await lab.daemon.runWorkers()
  assert.deepEqual(await stretches(lab), [])
})

test('what a wrong clock stamped is not removed for its age as long as it can be moved; what is older beside it is', async (t) => {
  const clock = new FakeClock()
  clock.time = HOUR
  const lab = await startLab(t, { clock })
  await lab.sequence(LEVEL, 1, { max_age: '90d' })
  for (let value = 1; value <= 3; value++) {
    clock.advance(60)
    await put(lab, value)
  }
  clock.jump((TODAY - clock.time) / SECOND)
  await lab.daemon.runWorkers()
  // Of few, none goes without an admin's word.
  for (let value = 6; value <= 60; value++) {
    clock.advance(60)
    await put(lab, value)
  }
  const old = { '/lab/level': 5 }
  assert.equal((await lab.put('/resources', { values: old, timestamp: formatTimestamp(TODAY - 80 * 24 * HOUR) })).status, 200)
  const goOn = async (days: number): Promise<void> => {
    for (let hour = 0; hour < days * 24; hour += 12) {
      clock.advance(12 * 3_600)
      await lab.daemon.runWorkers()
    }
  }
  await goOn(15)
  const kept = (times: object): boolean[] => ['1', '2', '3', '5', '6'].map((value) => value in times)
  assert.deepEqual(kept(await timesOf(lab)), [true, true, true, false, true], 'that of 95 days ago is gone')
  const [stretch] = await stretches(lab)
  await shift(lab, stretch?.id ?? 0)
  const times = await timesOf(lab)
  assert.deepEqual(kept(times), [true, true, true, false, true])
  assert.ok(Object.values(times).every((time) => time > TODAY - HOUR && time < TODAY + HOUR))
})

test('what a wrong clock stamped and nobody moved for 30 days goes by its age', async (t) => {
  const clock = new FakeClock()
  clock.time = HOUR
  const lab = await startLab(t, { clock })
  await lab.sequence(LEVEL, 1, { max_age: '90d' })
  await put(lab, 1)
  clock.jump((TODAY - clock.time) / SECOND)
  await lab.daemon.runWorkers()
  clock.advance(60)
  for (let value = 2; value <= 30; value++) {
    clock.advance(60)
    await put(lab, value)
  }
  for (let day = 0; day < 31; day++) {
    clock.advance(86_400)
    await lab.daemon.runWorkers()
    assert.equal('1' in (await timesOf(lab)), day < 29, `on day ${day}`)
  }
})
