/** What devices send without knowing this server: objects, bare values and messages for one another. */
import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import type { ControllerStatus } from '../../src/wire/answers.ts'
import { FakeClock, startLab, type Lab, type LabOptions } from '../support/lab.ts'
import { connectDevice, type Device } from '../support/mqtt-client.ts'

async function start(t: TestContext, options: LabOptions = {}): Promise<{ lab: Lab; device: Device }> {
  const lab = await startLab(t, { mqtt: true, clock: new FakeClock(), ...options })
  const house = await lab.controller('house')
  await lab.put('/resources/lab/house', { system_attributes: { create_sequences: true } })
  return { lab, device: await connectDevice(t, lab, house.key, { over: 'tcp' }) }
}

const newest = async (lab: Lab, path: string): Promise<string> => (await lab.get(`/resources/lab/house/${path}`)).text
const refusedOf = async (lab: Lab): Promise<ControllerStatus['refused_values']> =>
  ((await lab.get('/controllers', { path: '/lab/house' })).json as ControllerStatus[])[0]?.refused_values ?? null
const seconds = async (lab: Lab, path: string): Promise<number[]> =>
  ((await lab.get(`/resources/lab/house/${path}`, { count: 99 })).json as { timestamps: number[] }).timestamps

test('an object becomes a sequence a member, again and again, and passes on as it came', async (t) => {
  const { lab, device } = await start(t)
  await device.subscribe('lab/house/#')
  const messages = [
    { time: '2026-01-31T12:00:00+01:00', temperature: 21.5, 'rel/humidity': 50, air: { co2: 480, ok: true }, note: 'dry', gone: null },
    { time: '2026-01-31T11:30:00Z', temperature: 22, 'rel/humidity': 51, air: { co2: 490, ok: false }, note: '21' },
  ]
  for (const message of messages) {
    await device.publish('lab/house/climate/north', message, { qos: 1 })
    await device.hear(JSON.stringify(message))
  }
  assert.deepEqual(await seconds(lab, 'climate/north/temperature'), [1_769_857_200, 1_769_859_000])
  assert.equal(await newest(lab, 'climate/north/temperature'), '22')
  assert.equal(await newest(lab, 'climate/north/rel%252Fhumidity'), '51')
  assert.equal(await newest(lab, 'climate/north/air/co2'), '490')
  assert.equal(await newest(lab, 'climate/north/air/ok'), '0')
  assert.equal(await newest(lab, 'climate/north/note'), '21')
  assert.equal(lab.ctx.tree.find('/lab/house/climate/north/time'), undefined)
  assert.equal(lab.ctx.tree.find('/lab/house/climate/north/gone'), undefined)
  assert.equal(((await lab.get('/sequences/info', { path: '/lab/house/climate/north/air/co2' })).json as { units: string }).units, 'ppm')
  assert.equal(device.heard.filter(({ text }) => text === JSON.stringify(messages[1])).length, 1)
  assert.equal(await refusedOf(lab), null)
})

test('a list by itself is told as one in an object is, and taken where a mapping says so', async (t) => {
  const { lab, device } = await start(t)
  await device.publish('lab/house/charger/nrg', '[230, 231, 229]', { qos: 1 })
  const refused = await refusedOf(lab)
  assert.deepEqual(
    refused?.names.map(({ path }) => path),
    ['/lab/house/charger/nrg'],
  )
  assert.match(refused?.names[0]?.message ?? '', /lists are taken where a mapping says "arrays: true"/)
  await lab.post('/resources/lab/house/mapping.yaml', {
    data: Buffer.from('rules:\n  - topic: charger/#\n    arrays: true\n').toString('base64'),
  })
  await device.publish('lab/house/charger/nrg', '[230, 231, 229]', { qos: 1 })
  assert.equal(await newest(lab, 'charger/nrg/1'), '231')
})

test('one bad member never stops the rest: it is acknowledged, counted and named', async (t) => {
  const { lab, device } = await start(t)
  await device.publish('lab/house/climate', '{"temperature": 20, "humidity": 40}')
  const bad =
    '{"temperature": NaN, "humidity": 41, "": 1, "list": [1, 2], "serial": 12345678901234567890, "soil": "unavailable", "deep": {"x": 3}}'
  await device.publish('lab/house/climate', bad, { qos: 1 })
  assert.equal(device.client.connected, true)
  assert.equal(await newest(lab, 'climate/temperature'), '20')
  assert.equal(await newest(lab, 'climate/humidity'), '41')
  assert.equal(await newest(lab, 'climate/deep/x'), '3')
  assert.deepEqual((await refusedOf(lab))?.names.map(({ path }) => path).sort(), [
    '/lab/house/climate/',
    '/lab/house/climate/list',
    '/lab/house/climate/serial',
    '/lab/house/climate/soil',
    '/lab/house/climate/temperature',
  ])
})

test('a time that can not be that of the values is not taken, and said', async (t) => {
  const { lab, device } = await start(t)
  await lab.sequence('/lab/house/log', 2)
  for (const time of [
    '"2031-01-01T00:00:00Z"',
    '"1970-01-01T00:00:37Z"',
    '"2026-01-31T11:00:00"',
    '1900000000',
    '1769857200',
    '1769857201500',
  ])
    await device.publish('lab/house/a', `{"ts": ${time}, "x": 1}`)
  const now = lab.ctx.clock.now() / 1e6
  const times = await seconds(lab, 'a/x')
  assert.deepEqual(times.slice(0, 2), [1_769_857_200, 1_769_857_201.5])
  assert.ok(times.slice(2).every((time) => Math.abs(time - now) < 1) && times.length === 6)
  await device.publish('lab/house/b', '{"time": 12.5, "distance": 3}')
  assert.equal(await newest(lab, 'b/time'), '12.5', 'too small for a time: a measurement')
  const { values } = (await lab.get('/resources/lab/house/log', { count: 9 })).json as { values: string[] }
  assert.ok(values.some((line) => line.includes('is to come') && line.includes("at the server's time")))
})

test('of several times the measurement’s is taken, also in the only object there, and a value with its unit is one reading', async (t) => {
  const lab = await startLab(t, { clock: new FakeClock() })
  await lab.put('/resources/lab', { system_attributes: { create_sequences: true } })
  const now = lab.ctx.clock.now() / 1_000_000
  const send = async (topic: string, message: unknown): Promise<unknown> => {
    const headers = { authorization: `Bearer ${lab.key}` }
    const reply = await fetch(`${lab.url}/api/v1/ingest/lab/${topic}`, { method: 'POST', body: JSON.stringify(message), headers })
    return reply.json()
  }
  const timeOf = async (path: string): Promise<number> =>
    now - (((await lab.get(`/resources/lab/${path}`, { count: 9 })).json as { timestamps: number[] }).timestamps[0] ?? 0)
  await send('a', { received_at: now - 10, time: now - 100, temp: 1 })
  await send('b', { data: { measuredAt: now - 100, temp: 1 } })
  await send('c', { epoch: 1_234, temp: 1 })
  assert.deepEqual([await timeOf('a/temp'), await timeOf('b/data/temp'), await timeOf('c/temp')], [100, 100, 0])
  assert.equal(lab.ctx.tree.find('/lab/a/time'), undefined)
  await send('d', {
    temperature: { value: 21.5, unit: 'C' },
    DAY_ENERGY: { Unit: 'Wh', Value: 5_000 },
    other: { value: 3, unit: 'x', min: 1 },
  })
  const units = (path: string): string | undefined => lab.ctx.tree.find(`/lab/d/${path}`)?.sequence?.units ?? undefined
  assert.deepEqual([units('temperature'), units('DAY_ENERGY'), units('other/value')], ['°C', 'Wh', undefined])
  const list = (await send('e', [230, 231, 0])) as { message: string; skipped?: { message: string }[] }
  assert.match(JSON.stringify(list), /It is a list/, 'numbers in a list are no messages one after the other')
  assert.equal(lab.ctx.tree.find('/lab/e'), undefined)
})

test('bare values, values by name and by other ways make their sequences; commands and what says nothing do not', async (t) => {
  const { lab, device } = await start(t)
  const house = { authorization: `Bearer ${lab.key}` }
  await device.publish('lab/house/door/open', 'true')
  await device.publish('lab/house/door/open', 'false')
  await device.publish('lab/house/door/name', 'front')
  await device.publish('lab/house/door/count', '17')
  await device.publish('lab/house/door/idle', 'unavailable')
  await device.publish('lab/house/pump/set', 'ON')
  await device.publish('lab/house/pump/set', { speed: 3 })
  await device.publish('lab/house', 's,weight,,4.5')
  await device.publish('lab/house', { update: { volume: '3.5', 'tank/level': 7 } })
  await lab.put('/resources', { values: { '/lab/house/by/http': 5, '/lab/elsewhere/x': 1 } })
  const answer = await fetch(`${lab.url}/api/v1/sequences/values`, {
    method: 'POST',
    headers: { ...house, 'content-type': 'text/csv' },
    body: 'path,timestamp,value\n/lab/house/by/csv,2026-01-31T11:00:00Z,6\n',
  })
  assert.equal(answer.status, 200, await answer.text())
  for (const [path, value] of [
    ['door/open', '0'],
    ['door/name', 'front'],
    ['door/count', '17'],
    ['weight', '4.5'],
    ['volume', '3.5'],
    ['tank/level', '7'],
    ['by/http', '5'],
    ['by/csv', '6'],
  ] as const)
    assert.equal(await newest(lab, path), value, path)
  for (const path of ['door/idle', 'pump', 'pump/set']) assert.equal(lab.ctx.tree.find(`/lab/house/${path}`), undefined, path)
  assert.equal(lab.ctx.tree.find('/lab/house/weight')?.sequence?.dataType, 1)
  // As everybody's new sequences: each value is stored, and all are kept.
  const { minStorageInterval, maxHistory } = lab.ctx.tree.find('/lab/house/weight')?.sequence ?? {}
  assert.deepEqual([minStorageInterval, maxHistory], [0, 1_000_000_000])
  assert.equal(lab.ctx.tree.find('/lab/house/volume')?.sequence?.dataType, 1)
  assert.equal(lab.ctx.tree.find('/lab/elsewhere'), undefined)
})

test("the server's own messages stay what they are, and messages of a folder make no sequences", async (t) => {
  const { lab, device } = await start(t)
  await lab.sequence('/lab/house/temperature')
  const panel = await connectDevice(t, lab, lab.key)
  await panel.subscribe('lab/house/#')
  await device.publish('lab/house', { set_pump: { on: true } })
  await panel.hear('{"set_pump":{"on":true}}')
  await device.publish('lab/house', { watchdog: null, update: { temperature: 4 } })
  await device.publish('lab/house', 'hello')
  await panel.hear('hello')
  assert.equal(await newest(lab, 'temperature'), '4')
  assert.equal(lab.ctx.tree.find('/lab/house/set_pump'), undefined)
  // As a device says it that reports an update of its firmware.
  await device.publish('lab/house/lamp', { brightness: 3, update: { state: 'idle' } })
  await device.publish('lab/house/lamp', { brightness: 4, update: { state: 'done' } })
  assert.equal(await newest(lab, 'lamp/brightness'), '4')
  assert.equal(await newest(lab, 'lamp/update/state'), 'done')
})

test('an object of objects goes on being stored once its folder is there', async (t) => {
  const { lab, device } = await start(t)
  await device.publish('lab/house/rig', { left: { force: 1 }, right: { force: 2 } })
  await device.publish('lab/house/rig', { left: { force: 3 }, right: { force: 4, angle: 5 } })
  assert.equal(await newest(lab, 'rig/left/force'), '3')
  assert.equal(await newest(lab, 'rig/right/force'), '4')
  assert.equal(await newest(lab, 'rig/right/angle'), '5')
})

test('where sequences are not made, members that have one are stored and the others told once a message', async (t) => {
  const { lab, device } = await start(t)
  await lab.put('/resources/lab/house', { system_attributes: { create_sequences: false } })
  await lab.sequence('/lab/house/climate/temperature')
  await device.publish('lab/house/climate', { temperature: 21, humidity: 50, dew: 3 })
  assert.equal(await newest(lab, 'climate/temperature'), '21')
  const refused = await refusedOf(lab)
  assert.deepEqual(
    refused?.names.map(({ path, message }) => [path, /create_sequences is off/.test(message)]),
    [['/lab/house/climate/humidity', true]],
  )
})

test('the limit of new sequences holds for the controller, not for each folder below it', async (t) => {
  const { lab, device } = await start(t, { settings: { MAX_NEW_SEQUENCES: 3 } })
  for (let at = 0; at < 6; at++) await device.publish(`lab/house/rack${at}/slot/x`, { value: at })
  const made = [0, 1, 2, 3, 4, 5].filter((at) => lab.ctx.tree.find(`/lab/house/rack${at}/slot/x/value`))
  assert.deepEqual(made, [0, 1, 2])
  assert.ok((await refusedOf(lab))?.names.every(({ message }) => message.includes('MAX_NEW_SEQUENCES')))
})

test('what passes on of an object is not shown to who may not read all of its values', async (t) => {
  const { lab, device } = await start(t)
  await device.publish('lab/house/climate', { temperature: 21, secret: { code: 1 } })
  await lab.put('/resources/lab/house/climate/secret/code', { permissions: [[110, lab.organization.id, 0]] })
  const member = await lab.user('member@example.com')
  const panel = await connectDevice(t, lab, member.key)
  await panel.subscribe('lab/house/#')
  await device.publish('lab/house/climate', { temperature: 22, secret: { code: 2 } })
  await device.publish('lab/house/climate', { temperature: 23 })
  await panel.hear('{"temperature":23}')
  assert.ok(panel.heard.every(({ text }) => !text.includes('code')))
})

test('retained messages stay when folders are made along their topics', async (t) => {
  const { lab, device } = await start(t)
  await device.publish('lab/house/stat/plug/info/LWT', '["Online"]', { retain: true })
  await device.publish('lab/house/stat/plug/info', { rssi: -60 })
  const panel = await connectDevice(t, lab, lab.key)
  await panel.subscribe('lab/house/#')
  assert.equal((await panel.hear('["Online"]')).retain, true)
})
