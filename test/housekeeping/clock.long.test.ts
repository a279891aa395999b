/** A server whose clock is wrong at a start, or is set while it runs, removes and ends nothing by it, and says what waits. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { DAY, HOUR, MINUTE, SECOND } from '../../src/base/time.ts'
import { FakeClock, startLab, type Lab } from '../support/lab.ts'
import { makeFolder } from '../support/outgoing-records.ts'
import { RecordingLog } from '../support/recording-log.ts'

const PATH = '/lab/fridge/temperature'
const YEAR = 365 * 86_400

/** 1,440 values of 60 days in a sequence that keeps 90. */
async function fill(lab: Lab, clock: FakeClock, path = PATH): Promise<void> {
  const { id } = await lab.sequence(path, 1, { max_age: '90d' })
  await lab.ctx.sequences.append(
    Array.from({ length: 1_440 }, (_, at) => ({ sequence: { id, isText: false }, time: clock.time - (1_440 - at) * HOUR, value: at })),
  )
}

async function count(lab: Lab, path = PATH): Promise<number> {
  const sequence = lab.ctx.tree.find(path)
  assert.ok(sequence)
  return lab.ctx.sequences.count({ id: sequence.id, isText: false }, {})
}

const workerLog = async (lab: Lab): Promise<string> =>
  ((await lab.get('/resources/system/worker/log', { count: 50 })).json as { values: string[] }).values.join('\n')

for (const [name, jump] of [
  ['a year ahead', YEAR],
  ['two hundred days ahead', 200 * 86_400],
  ['a year behind', -YEAR],
  ['in 1970', -56 * YEAR],
] as const) {
  test(`a clock that is ${name} at a start removes nothing, for however long it is so`, async (t) => {
    const clock = new FakeClock()
    const folder = await makeFolder(t)
    const first = await startLab(t, { clock, folder })
    await fill(first, clock)
    await first.post('/resources', { path: '/lab', name: 'deleted', type: 10 })
    await first.delete('/resources/lab/deleted')
    const { status } = await first.as('').post('/sessions', { user: 'admin@example.com', password: 'correct-horse-9' })
    assert.equal(status, 200)
    await first.stop()
    const right = clock.time
    clock.time = Math.max(right + jump * SECOND, 100 * SECOND)
    const log = new RecordingLog()
    const lab = await startLab(t, { clock, folder, log })
    for (let n = 0; n < 4; n++) {
      await lab.daemon.runWorkers()
      clock.advance(1_801)
    }
    await lab.daemon.runWorkers()
    assert.equal(await count(lab), 1_440)
    assert.equal((await lab.ctx.db.selectFrom('sessions').select('id').execute()).length, 1)
    assert.match(log.warnings.map(({ message }) => String(message)).join('\n'), /^The server's clock shows \d{4}-/m)
    assert.match(await workerLog(lab), /The server's clock shows \d{4}-/)
    // It is put right.
    clock.time = right + 5 * HOUR
    await lab.daemon.runWorkers()
    assert.equal((await lab.post('/resources/lab/deleted', { undelete: 1 })).status, 200)
    assert.equal(await count(lab), 1_440)
  })
}

test('a clock that is set a year ahead while the server runs removes nothing; what waits goes after a word', async (t) => {
  const clock = new FakeClock()
  const log = new RecordingLog()
  const lab = await startLab(t, { clock, log })
  await fill(lab, clock)
  clock.jump(YEAR)
  for (let n = 0; n < 3; n++) {
    await lab.daemon.runWorkers()
    clock.advance(3_601)
  }
  await lab.daemon.runWorkers()
  assert.equal(await count(lab), 1_440)
  assert.match(await workerLog(lab), /1440 of 1440 values of \/lab\/fridge\/temperature are older .* "rhizo clock confirm"/)
  const user = await lab.user('ann@example.com')
  assert.equal((await user.get('/clock')).status, 403)
  assert.equal((await user.put('/clock', { confirm: 1 })).status, 403)
  assert.equal((await lab.put('/clock')).status, 400)
  assert.equal(await count(lab), 1_440)
  const { waiting } = (await lab.get('/clock')).json as { waiting: { what: string; count: number }[] }
  assert.deepEqual(
    waiting.map(({ what, count }) => [what, count]),
    [['values of /lab/fridge/temperature', 1_440]],
  )
  assert.equal((await lab.put('/clock', { confirm: 1 })).status, 200)
  await lab.daemon.runWorkers()
  assert.equal(await count(lab), 0)
  const line = log.lines.find(({ message }) => /were older than its max_age/.test(String(message)))
  assert.deepEqual([line?.['sequence'], line?.['values']], [PATH, 1_440])
})

test('nobody may confirm a clock that shows 1970', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  clock.time = 5 * SECOND
  const { status, text } = await lab.put('/clock', { confirm: 1 })
  assert.equal(status, 409)
  assert.match(text, /shows 1970-01-01T00:00:05Z, which can't be right: set it first/)
})

test('a short max_age that an admin sets takes a long history at once, and what grows old while the server watches goes', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  await fill(lab, clock)
  assert.equal((await lab.put(`/resources${PATH}`, { max_age: '10d' })).status, 200)
  await lab.daemon.runWorkers()
  assert.equal(await count(lab), 240)
  clock.advance((11 * DAY) / SECOND)
  await lab.daemon.runWorkers()
  assert.equal(await count(lab), 0)
})

test('a server that is off for some minutes goes on as before; of what is old by a longer absence a tenth may go', async (t) => {
  const clock = new FakeClock()
  const folder = await makeFolder(t)
  const first = await startLab(t, { clock, folder })
  await fill(first, clock)
  await first.stop()
  clock.advance((35.5 * DAY - 50 * MINUTE) / SECOND)
  const second = await startLab(t, { clock, folder })
  await second.daemon.runWorkers()
  assert.equal(await count(second), 1_440)
  clock.advance(3_601)
  // 9 % are old by the leap alone.
  await second.daemon.runWorkers()
  assert.equal(await count(second), 1_440 - 133)
  await second.stop()
  clock.advance(50 * 60)
  const third = await startLab(t, { clock, folder })
  await third.daemon.runWorkers()
  assert.equal(third.ctx.believed.isClockRight, true)
  assert.equal(third.ctx.believed.now(), clock.time)
})

test('a session lasts as long as it should, however the clock jumps', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock, settings: { SESSION_LIFETIME: 86_400 } })
  const signIn = await fetch(`${lab.url}/api/v1/sessions`, {
    method: 'POST',
    body: new URLSearchParams({ user: 'admin@example.com', password: 'correct-horse-9' }),
  })
  const cookie = signIn.headers.getSetCookie()[0]?.split(';')[0] ?? assert.fail('no cookie')
  const isIn = async (): Promise<boolean> => {
    const answer = (await (await fetch(`${lab.url}/api/v1/whoami`, { headers: { cookie } })).json()) as { user?: unknown; kind?: unknown }
    return JSON.stringify(answer).includes('admin@example.com')
  }
  for (const jump of [YEAR, -2 * YEAR, 3 * YEAR, -2 * YEAR]) {
    clock.jump(jump)
    assert.equal(await isIn(), true)
    clock.advance(3_601)
    await lab.daemon.runWorkers()
    assert.equal(await isIn(), true, `after a jump of ${jump} s that held`)
  }
  clock.advance(86_401)
  assert.equal(await isIn(), false)
})
