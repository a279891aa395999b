/** Of two clocks that differ, the controller's is corrected, unless the server's own can't be right. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { changeJson } from '../../src/database/json-columns.ts'
import { transact } from '../../src/database/transact.ts'
import { DAY, HOUR, SECOND, formatTimestamp, type Micros } from '../../src/base/time.ts'
import { FakeClock, startLab, type Caller, type Lab } from '../support/lab.ts'
import { Browser } from '../support/browser.ts'
import { makeFolder } from '../support/outgoing-records.ts'
import { rhizo } from '../support/outside-command.ts'
import type { CorrectionUndoAnswer, TimeCorrection } from '../../src/wire/answers.ts'

const PATH = '/lab/fridge/temperature'

async function send(lab: Lab, fridge: Caller, time: Micros): Promise<Micros> {
  const values = { [PATH]: time / SECOND }
  assert.equal((await fridge.put('/resources', { values, timestamp: formatTimestamp(time) })).status, 200)
  const { timestamps, values: stored } = (await lab.get(`/resources${PATH}`, { count: 100 })).json as {
    timestamps: number[]
    values: string[]
  }
  return Math.round((timestamps[stored.findIndex((value) => Number(value) === time / SECOND)] ?? Number.NaN) * SECOND)
}

test('a right time of a controller stays as it is while the server shows 1970, or a time that is far off', async (t) => {
  const clock = new FakeClock()
  const folder = await makeFolder(t)
  const first = await startLab(t, { clock, folder })
  const { key, id } = await first.controller('fridge')
  await first.sequence(PATH)
  await first.stop()
  const right = clock.time
  let sent = right
  for (const wrong of [600 * SECOND, right + 365 * DAY, right - 2 * DAY]) {
    clock.time = wrong
    const lab = await startLab(t, { clock, folder })
    sent += 10 * SECOND
    assert.equal(await send(lab, lab.as(key), sent), sent)
    const { clock_offset: offset } = ((await lab.get('/controllers')).json as { clock_offset: unknown }[])[0] ?? {}
    assert.equal(offset, null)
    // Found right, it corrects again those of controllers.
    clock.time = right + HOUR / 2
    await lab.daemon.runWorkers()
    const late = sent - DAY
    assert.equal(await send(lab, lab.as(key), late), clock.time)
    await transact(lab.ctx, (tx) => changeJson(tx, 'controller_status.attributes', id, () => '{}'))
    await lab.delete(`/resources${PATH}`, { data_only: 1 })
    await lab.stop()
  }
})

test('a controller in 1970 is corrected by a server that was off for long', async (t) => {
  const clock = new FakeClock()
  const folder = await makeFolder(t)
  const first = await startLab(t, { clock, folder })
  const { key } = await first.controller('fridge')
  await first.sequence(PATH)
  await first.stop()
  clock.advance(3 * 86_400)
  const lab = await startLab(t, { clock, folder })
  assert.equal(lab.ctx.believed.isClockRight, false)
  assert.equal(await send(lab, lab.as(key), 60 * SECOND), clock.time)
})

const times = async (lab: Lab): Promise<Map<number, Micros>> => {
  const { timestamps, values } = (await lab.get(`/resources${PATH}`, { count: 1000 })).json as { timestamps: number[]; values: string[] }
  return new Map(values.map((value, at) => [Number(value), Math.round((timestamps[at] ?? 0) * SECOND)]))
}

/** Readings once a minute, kept for two hours and sent at 20 a second. */
async function sendQueue(clock: FakeClock, fridge: Caller, count: number, isNewestFirst: boolean): Promise<Map<number, Micros>> {
  const wanted = new Map<number, Micros>()
  const start = clock.time - 7200 * SECOND
  for (let sent = 0; sent < count; sent++) {
    const at = isNewestFirst ? count - 1 - sent : sent
    const time = start + at * 60 * SECOND
    wanted.set(at, time)
    await fridge.put('/resources', { values: { [PATH]: at }, timestamp: formatTimestamp(time) })
    clock.advance(0.05)
  }
  return wanted
}

for (const [wasRight, isNewestFirst] of [
  [true, false],
  [false, false],
  [true, true],
  [false, true],
] as const) {
  const before = `${wasRight ? 'right before' : 'never heard of'}, ${isNewestFirst ? 'newest' : 'oldest'} first`
  test(`readings kept during an outage stay at their times: the clock was ${before}`, async (t) => {
    const clock = new FakeClock()
    const folder = await makeFolder(t)
    const first = await startLab(t, { clock, folder })
    const { key } = await first.controller('fridge')
    await first.sequence(PATH)
    if (wasRight) await first.as(key).put('/resources', { values: { [PATH]: -1 }, timestamp: formatTimestamp(clock.time - 2 * SECOND) })
    await first.stop()
    clock.advance(600)
    const lab = await startLab(t, { clock, folder })
    const wanted = await sendQueue(clock, lab.as(key), 30, isNewestFirst)
    const stored = await times(lab)
    stored.delete(-1)
    assert.deepEqual(stored, wanted)
    const [status] = (await lab.get('/controllers')).json as { clock_offset: unknown; status: object }[]
    assert.equal(status?.clock_offset, null)
    assert.deepEqual(status.status, {})
  })
}

test('a clock that is off by the same from request to request is corrected, though it was right before; all is recorded', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const fridge = await lab.controller('fridge')
  await lab.sequence(PATH)
  await fridge.put('/resources', { values: { [PATH]: -1 }, timestamp: formatTimestamp(clock.time) })
  const stored: Micros[] = []
  for (let at = 0; at < 6; at++) {
    clock.advance(10)
    await fridge.put('/resources', { values: { [PATH]: at }, timestamp: formatTimestamp(clock.time - 3600 * SECOND) })
    stored.push(((await times(lab)).get(at) ?? 0) - clock.time)
  }
  assert.deepEqual(stored, [-3600 * SECOND, 0, 0, 0, 0, 0])
  const [status] = (await lab.get('/controllers')).json as { clock_corrections: { since: string; seconds: number }[] }[]
  assert.deepEqual(
    status?.clock_corrections.map(({ seconds }) => seconds),
    [3600],
  )
  await fridge.put('/resources', { values: { [PATH]: 9 }, timestamp: formatTimestamp(clock.time + 7200 * SECOND) })
  assert.equal((await times(lab)).get(9), clock.time, 'what is to come can be no reading')
})

test('a sender says what its time is worth: trusted, untrusted, or its counter', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const fridge = await lab.controller('fridge')
  await lab.sequence(PATH)
  const hourAgo = clock.time - 3600 * SECOND
  const put = async (value: number, more: object): Promise<number> =>
    (await fridge.put('/resources', { values: { [PATH]: value }, ...more })).status
  assert.equal(await put(1, { timestamp: formatTimestamp(hourAgo), clock: 'trusted' }), 200)
  assert.equal(await put(2, { timestamp: '1970-01-01T00:01:00Z', clock: 'untrusted' }), 200)
  assert.equal(await put(3, { monotonic: 100, monotonic_now: 160.5 }), 200)
  const stored = await times(lab)
  assert.deepEqual([stored.get(1), stored.get(2), stored.get(3)], [hourAgo, clock.time, clock.time - 60.5 * SECOND])
  for (const wrong of [{ clock: 'maybe' }, { clock: 'trusted' }, { monotonic: 5 }, { monotonic: 6, monotonic_now: 5 }])
    assert.equal(await put(4, wrong), 400, JSON.stringify(wrong))
})

const LEVEL = '/lab/fridge/level'
const correctionsOf = async (lab: Lab): Promise<TimeCorrection[]> =>
  ((await lab.get('/controllers/corrections', { path: '/lab/fridge' })).json as { corrections: TimeCorrection[] }).corrections
const spansOf = ({ sequences }: TimeCorrection): unknown[] =>
  sequences.map(({ path, first_timestamp: first, last_timestamp: last, undone_timestamp: undone }) => [path, first, last, undone !== null])

test('what was corrected is recorded by sequence, over a restart, and undone exactly', async (t) => {
  const clock = new FakeClock()
  const folder = await makeFolder(t)
  const first = await startLab(t, { clock, folder })
  const { key } = await first.controller('fridge')
  await first.sequence(PATH)
  await first.sequence(LEVEL)
  // Two hours ahead: that can't be.
  const sent: Micros[] = []
  const put = async (lab: Lab, values: object): Promise<void> => {
    clock.advance(40)
    sent.push(clock.time + 7200 * SECOND)
    assert.equal((await lab.as(key).put('/resources', { values, timestamp: formatTimestamp(sent.at(-1) ?? 0) })).status, 200)
  }
  const since = clock.time + 40 * SECOND
  await put(first, { [PATH]: 0, [LEVEL]: 0 })
  await put(first, { [PATH]: 1 })
  await put(first, { [PATH]: 2 })
  await first.stop()
  const lab = await startLab(t, { clock, folder })
  lab.ctx.believed.confirm()
  await put(lab, { [PATH]: 3 })
  const corrected = await times(lab)
  assert.deepEqual(
    [...corrected.values()],
    sent.map((time) => time - 7200 * SECOND),
  )
  // Its clock is set: what comes then belongs to no correction, though it comes within a minute.
  clock.advance(5)
  await lab.as(key).put('/resources', { values: { [PATH]: 9 }, timestamp: formatTimestamp(clock.time) })
  const right = clock.time
  const [correction, ...others] = await correctionsOf(lab)
  assert.ok(correction)
  assert.deepEqual([others, correction.since_timestamp, correction.seconds], [[], formatTimestamp(since), -7200])
  const level = (await lab.get(`/resources${LEVEL}`, { count: 5 })).json as { timestamps: number[] }
  assert.equal(Math.round((level.timestamps[0] ?? 0) * SECOND), since)
  assert.deepEqual(spansOf(correction)[1], [PATH, formatTimestamp(since), formatTimestamp(right - 5 * SECOND), false])
  assert.deepEqual((spansOf(correction)[0] as unknown[])[0], LEVEL)
  const undo = (options: object): ReturnType<Lab['post']> =>
    lab.post('/controllers/corrections', { path: '/lab/fridge', since_timestamp: correction.since_timestamp, ...options })
  const trial = (await undo({ dry_run: 1 })).json as CorrectionUndoAnswer
  assert.deepEqual(trial.sequences.map(({ path, matching, moved }) => `${path} ${matching} ${moved}`).sort(), [
    `${LEVEL} 1 0`,
    `${PATH} 4 0`,
  ])
  assert.deepEqual(await times(lab), corrected.set(9, right), 'a trial moves nothing')
  const answer = await undo({})
  assert.equal(answer.status, 200, answer.text)
  const undone = await times(lab)
  assert.deepEqual(
    [0, 1, 2, 3, 9].map((value) => undone.get(value)),
    [...sent, right],
  )
  assert.ok((await correctionsOf(lab))[0]?.sequences.every(({ undone_timestamp: when }) => when !== null))
  assert.equal((await undo({})).status, 404)
})

test('a correction is undone by a command and on the page of the controller, and only by who may change it', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const fridge = await lab.controller('fridge')
  await lab.sequence(PATH)
  const wrong = async (value: number, ahead: number): Promise<Micros> => {
    clock.advance(60)
    const time = clock.time + ahead * SECOND
    await fridge.put('/resources', { values: { [PATH]: value }, timestamp: formatTimestamp(time) })
    return time
  }
  const [one, two] = [await wrong(1, 7_200), await wrong(2, 9_000)]
  const [newer, older] = await correctionsOf(lab)
  assert.ok(newer && older)
  const listed = await rhizo(lab, ['controller', 'clock', '/lab/fridge'])
  assert.match(listed.stdout, /: 150m taken from its times\n {2}\/lab\/fridge\/temperature, [^\n]*\n[^\n]*: 2h taken from its times/)
  const undone = await rhizo(lab, ['controller', 'clock', '/lab/fridge', '--undo', newer.since_timestamp, '--yes'])
  assert.equal(undone.code, 0, undone.stderr)
  assert.match(undone.stdout, /1 value of \/lab\/fridge\/temperature moved\. There again: rhizo seq shift /)
  assert.equal((await times(lab)).get(2), two)
  const guest = await lab.user('guest@example.com', { member: false })
  await lab.put('/resources/lab/fridge', { permissions: [[130, guest.id, 10]] })
  const refused = await guest.post('/controllers/corrections', { path: '/lab/fridge', since_timestamp: older.since_timestamp })
  assert.equal(refused.status, 403)
  const browser = new Browser(lab)
  await browser.signIn('admin@example.com', 'correct-horse-9')
  const page = `${lab.url}/lab/fridge?view=state`
  const press = (): Promise<Response> =>
    fetch(page, {
      method: 'POST',
      headers: { cookie: browser.cookie, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ csrf_token: browser.csrfToken, since: older.since_timestamp }),
      redirect: 'manual',
    })
  assert.match(await (await fetch(page, { headers: { cookie: browser.cookie } })).text(), /Undo the correction since/)
  assert.equal((await press()).status, 303)
  assert.equal((await times(lab)).get(1), one)
  const again = await press()
  assert.deepEqual([again.status, (await again.text()).includes('Undo the correction since')], [400, false])
})
