/** The server's clock is set while values come: they are stored, at the right time, and are what is shown as newest. */
import assert from 'node:assert/strict'
import test from 'node:test'
import sharp from 'sharp'
import { DAY, SECOND, formatTimestamp, type Micros } from '../../src/base/time.ts'
import { FakeClock, startLab, type Lab } from '../support/lab.ts'
import { makeFolder } from '../support/outgoing-records.ts'
import { connectDevice } from '../support/mqtt-client.ts'

const EACH = '/lab/c/each'
const THINNED = '/lab/c/thinned'
const YEAR = 365 * 86_400

const read = async (lab: Lab, path: string): Promise<{ times: Micros[]; values: string[] }> => {
  const { timestamps, values } = (await lab.get(`/resources${path}`, { count: 10_000 })).json as { timestamps: number[]; values: string[] }
  return { times: timestamps.map((seconds) => Math.round(seconds * SECOND)), values: values.map(String) }
}
const put = async (lab: Lab, value: number): Promise<void> => {
  assert.equal((await lab.put('/resources', { values: { [EACH]: value, [THINNED]: value } })).status, 200)
}
const near = (time: Micros | undefined, wanted: Micros): void =>
  assert.ok(
    time !== undefined && time - wanted >= 0 && time - wanted < 2_000,
    `${formatTimestamp(time ?? 0)}, not ${formatTimestamp(wanted)}`,
  )

async function startWithSequences(...given: Parameters<typeof startLab>): Promise<Lab> {
  const lab = await startLab(...given)
  await lab.sequence(EACH)
  await lab.sequence(THINNED, 1, { min_storage_interval: 50 })
  return lab
}

for (const [name, jump] of [
  ['an hour', -3_600],
  ['three hours', -3 * 3_600],
  ['a year', -YEAR],
] as const) {
  test(`after a step back of ${name} each value is stored, at the right time, and shown as the newest`, async (t) => {
    const clock = new FakeClock()
    clock.time += YEAR * SECOND
    const lab = await startWithSequences(t, { clock })
    await put(lab, 1)
    clock.advance(60)
    await put(lab, 2)
    clock.jump(jump)
    const wanted: Micros[] = []
    for (let n = 0; n < 56; n++) {
      clock.advance(60)
      wanted.push(clock.time)
      await put(lab, 100 + n)
      if (n % 20 === 0) await lab.daemon.runWorkers()
      for (const path of [EACH, THINNED]) assert.equal((await lab.get(`/resources${path}`)).text, String(100 + n))
    }
    for (const path of [EACH, THINNED]) {
      const { times, values } = await read(lab, path)
      assert.equal(values.length, 58, path)
      for (const [at, time] of wanted.entries()) near(times[values.indexOf(String(100 + at))], time)
    }
  })
}

test('what comes more often than min_storage_interval is thinned after a step back too', async (t) => {
  const clock = new FakeClock()
  const lab = await startWithSequences(t, { clock })
  await put(lab, 1)
  clock.jump(-3_600)
  for (let n = 0; n < 10; n++) {
    clock.advance(25)
    await put(lab, 10 + n)
  }
  const { values } = await read(lab, THINNED)
  assert.deepEqual(values, ['10', '12', '14', '16', '18', '1'])
  assert.equal((await read(lab, EACH)).values.length, 11)
})

test('a step back of less than a minute leaves stamps increasing', async (t) => {
  const clock = new FakeClock()
  const lab = await startWithSequences(t, { clock })
  await put(lab, 1)
  const first = clock.time
  clock.jump(-59)
  await put(lab, 2)
  clock.advance(60)
  await put(lab, 3)
  assert.deepEqual(await read(lab, EACH), { times: [first, first + 1, clock.time], values: ['1', '2', '3'] })
})

test('values that come while the clock shows what it showed before replace none of those from then', async (t) => {
  const clock = new FakeClock()
  const folder = await makeFolder(t)
  const lab = await startWithSequences(t, { clock, folder })
  const sequence = lab.ctx.tree.find(EACH)
  assert.ok(sequence)
  const update = (at: Lab, value: number) => at.put('/resources', { values: { [EACH]: value } })
  for (let n = 0; n < 50; n++) {
    clock.advance(10)
    await update(lab, n)
  }
  // Exactly the same moments again.
  clock.jump(-500)
  for (let n = 50; n < 75; n++) {
    clock.advance(10)
    await update(lab, n)
  }
  await lab.stop()
  const again = await startLab(t, { clock, folder })
  for (let n = 75; n < 100; n++) {
    clock.advance(10)
    await update(again, n)
  }
  const { values } = await read(again, EACH)
  assert.deepEqual(
    values.map(Number).sort((a, b) => a - b),
    Array.from({ length: 100 }, (_, at) => at),
  )
})

test('one value with a date that is wrong hides no live ones: not in listings, not for MQTT, and not after a restart', async (t) => {
  const clock = new FakeClock()
  const folder = await makeFolder(t)
  const lab = await startLab(t, { clock, folder, mqtt: true })
  const freezer = '/lab/c/freezer'
  await lab.sequence(freezer, 1, { min_storage_interval: 50 })
  const update = (value: number, time?: Micros) =>
    lab.put(`/resources${freezer}`, {
      data: Buffer.from(String(value)).toString('base64'),
      ...(time ? { timestamp: formatTimestamp(time) } : {}),
    })
  assert.equal((await update(-20, clock.time + 30 * DAY)).status, 200)
  assert.equal((await lab.get(`/resources${freezer}`)).text, '-20')
  clock.advance(10)
  await update(-5)
  const check = async (at: Lab, value: string): Promise<void> => {
    assert.equal((await at.get(`/resources${freezer}`)).text, value)
    const listed = (await at.get('/resources/lab/c', { newest: 1, extended: 1 })).text
    assert.ok(!/-20/.test(listed), listed)
    const device = await connectDevice(t, at, at.key, { over: 'tcp' })
    await device.subscribe('lab/c/freezer', 1)
    await device.hear(({ text }) => text === value)
    assert.ok(!device.heard.some(({ text }) => text === '-20'))
    await device.client.endAsync()
  }
  await check(lab, '-5')
  clock.advance(20)
  await update(-6)
  assert.equal((await read(lab, freezer)).values.length, 2, 'it comes too soon after the live one')
  clock.advance(40)
  await update(-7)
  await lab.stop()
  const again = await startLab(t, { clock, folder, mqtt: true })
  await check(again, '-7')
  // When its time has come it is the newest.
  clock.advance((30 * DAY) / SECOND)
  assert.equal((await again.get(`/resources${freezer}`)).text, '-20')
})

test('a step back leaves images stored and thinned by the right time', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const camera = '/lab/c/camera'
  await lab.sequence(camera, 3, { min_storage_interval: 50 })
  const image = (
    await sharp({ create: { width: 8, height: 8, channels: 3, background: '#123456' } })
      .jpeg()
      .toBuffer()
  ).toString('base64')
  const shoot = async (): Promise<void> => assert.equal((await lab.put(`/resources${camera}`, { data: image })).status, 200)
  await shoot()
  const ahead = clock.time
  clock.jump(-7_200)
  const times: Micros[] = []
  for (let n = 0; n < 4; n++) {
    clock.advance(30)
    if (n % 2 === 0) times.push(clock.time)
    await shoot()
  }
  const rows = await lab.ctx.db
    .selectFrom('resource_revisions')
    .select('timestamp')
    .where('resource_id', '=', lab.ctx.tree.find(camera)?.id ?? 0)
    .orderBy('timestamp')
    .execute()
  assert.deepEqual(
    rows.map(({ timestamp }) => timestamp),
    [...times, ahead],
  )
})
