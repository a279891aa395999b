/** Answers say what became of values: stored, only shown, too old, or skipped and why. The same over HTTP, WebSocket and MQTT. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { quoteNonNumbers } from '../../src/base/json.ts'
import { FakeClock, startLab, type Lab } from '../support/lab.ts'
import { connectDevice } from '../support/mqtt-client.ts'
import { connect } from '../support/peer.ts'
import { waitFor } from '../support/waiting.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')

const valuesOf = async (lab: Lab, path: string): Promise<number[]> => {
  const { json } = await lab.get(`/resources${path}`, { count: 1000 })
  return ((json as { values?: string[] }).values ?? []).map(Number)
}

/** Lines in a controller's log, once there are as many. */
async function logOf(lab: Lab, path: string, least: number): Promise<string[]> {
  const read = async (): Promise<string[]> => {
    const { json } = await lab.get(`/resources${path}/log`, { count: 1000 })
    return (json as { values?: string[] }).values ?? []
  }
  await waitFor(`${least} lines in the log of ${path}`, async () => (await read()).length >= least)
  return read()
}

test('PUT /resources says what was stored, and names each that was skipped, with its reason', async (t) => {
  const lab = await startLab(t, { clock: new FakeClock() })
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/log', 2)
  await lab.sequence('/lab/fridge/temperature')
  await lab.sequence('/lab/fridge/door', 1, { min_storage_interval: 50 })
  await lab.sequence('/lab/fridge/camera', 3)
  const hidden = await lab.sequence('/lab/secret')
  await lab.put('/resources/lab/secret', {
    permissions: [
      [110, lab.organization.id, 20],
      [120, lab.organization.id, 0],
    ],
  })
  assert.ok(hidden.id)
  const typo = await fridge.put('/resources', { values: { '/lab/fridge/temprature': 4.5 } })
  assert.equal(typo.status, 200)
  assert.deepEqual(typo.json, {
    status: 'ok',
    stored: 0,
    repeated: 0,
    expired: 0,
    shown: 0,
    skipped: [{ path: '/lab/fridge/temprature', message: 'There is no resource "/lab/fridge/temprature".' }],
  })
  const values = {
    '/lab/fridge/temperature': 4.6,
    'lab/fridge/temperature': 4.7,
    '/lab/fridge': 1,
    '/lab/fridge/camera': 'x',
    '/lab/secret': 1,
    '/lab/fridge/door': 1,
  }
  const mixed = (await fridge.put('/resources', { values })).json as { stored: number; skipped: { path: string; message: string }[] }
  assert.equal(mixed.stored, 2)
  assert.deepEqual(
    mixed.skipped.map(({ path }) => path),
    ['lab/fridge/temperature', '/lab/fridge', '/lab/fridge/camera', '/lab/secret'],
  )
  assert.match(mixed.skipped[3]?.message ?? '', /There is no resource/)
  const again = (await fridge.put('/resources', { values: { '/lab/fridge/door': 2 } })).json
  assert.deepEqual(again, { status: 'ok', stored: 0, repeated: 0, expired: 0, shown: 1, skipped: [] })
  assert.deepEqual(await valuesOf(lab, '/lab/fridge/door'), [1])
  const log = await logOf(lab, '/lab/fridge', 5)
  assert.ok(log.some((line) => line.includes('temprature') && line.includes('HTTP')))
  // The same typo, again and again, is one line.
  for (let round = 0; round < 5; round++) await fridge.put('/resources', { values: { '/lab/fridge/temprature': round } })
  assert.equal((await logOf(lab, '/lab/fridge', 5)).filter((line) => line.includes('temprature')).length, 1)
})

test('more names than fit in an answer are counted', async (t) => {
  const lab = await startLab(t)
  const values = Object.fromEntries(Array.from({ length: 150 }, (_, at) => [`/lab/no${at}`, at]))
  const answer = (await lab.put('/resources', { values })).json as { skipped: unknown[]; skipped_count: number }
  assert.equal(answer.skipped.length, 100)
  assert.equal(answer.skipped_count, 150)
})

test('one value says stored, repeated, shown or expired', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  await lab.sequence('/lab/slow', 1, { min_storage_interval: 50, max_age: '90d' })
  const put = async (value: string, timestamp?: string): Promise<unknown> => {
    const { stored, repeated, expired, shown } = (
      await lab.put('/resources/lab/slow', { data: base64(value), ...(timestamp === undefined ? {} : { timestamp }) })
    ).json as Record<string, number>
    return { stored, repeated, expired, shown }
  }
  assert.deepEqual(await put('1'), { stored: 1, repeated: 0, expired: 0, shown: 0 })
  clock.advance(1)
  assert.deepEqual(await put('2'), { stored: 0, repeated: 0, expired: 0, shown: 1 })
  assert.deepEqual(await put('3', '2026-01-31T11:00:00Z'), { stored: 1, repeated: 0, expired: 0, shown: 0 })
  assert.deepEqual(await put('4', '2026-01-31T11:00:00Z'), { stored: 0, repeated: 1, expired: 0, shown: 0 })
  assert.deepEqual(await put('5', '2020-01-01T00:00:00Z'), { stored: 0, repeated: 0, expired: 1, shown: 0 })
})

test('an import counts what is too old apart, and says of which sequence and why; NaN of Python refuses its own value only', async (t) => {
  const lab = await startLab(t, { clock: new FakeClock() })
  await lab.sequence('/lab/t', 1, { max_age: '90d' })
  const send = async (body: string, contentType: string): Promise<Record<string, unknown>> => {
    const headers = { authorization: `Bearer ${lab.key}`, 'content-type': contentType }
    const reply = await fetch(`${lab.url}/api/v1/sequences/values`, { method: 'POST', headers, body })
    assert.equal(reply.status, 200)
    return (await reply.json()) as Record<string, unknown>
  }
  const csv = 'path,timestamp,value\n/lab/t,2020-01-01T00:00:00Z,1\n/lab/t,2020-01-01T00:10:00Z,2\n/lab/t,2026-01-31T00:00:00Z,3\n'
  const { warnings, ...counts } = await send(csv, 'text/csv')
  assert.deepEqual(counts, { status: 'ok', stored: 1, repeated: 0, expired: 2, refused: 0, errors: [] })
  assert.match(String(warnings), /^2 values for \/lab\/t are older than its max_age of 90d/)
  const [nan, good] = [
    '{"path":"/lab/t","timestamp":"2026-01-30T00:00:00Z","value":NaN}',
    '{"path":"/lab/t","timestamp":1769800000,"value":7}',
  ]
  for (const [body, type] of [
    [`[${nan},\n${good}]`, 'application/json'],
    [`${nan}\n${good}\n`, 'application/x-ndjson'],
  ] as const) {
    const { refused, errors } = await send(body, type)
    assert.equal(refused, 1)
    assert.match(JSON.stringify(errors), /must be a finite number, found \\"NaN\\"/)
  }
  assert.deepEqual((await valuesOf(lab, '/lab/t')).slice(-2), [7, 3])
})

test('NaN and Infinity outside of texts become texts; texts, names and other JSON stay', () => {
  assert.deepEqual(JSON.parse(quoteNonNumbers('{"NaN": [NaN,-Infinity , Infinity], "a \\"NaN": "x, NaN", "b": -1e5}')), {
    NaN: ['NaN', '-Infinity', 'Infinity'],
    'a "NaN': 'x, NaN',
    b: -1e5,
  })
  assert.equal(quoteNonNumbers('[xNaN, NaNs]'), '[xNaN, NaNs]')
})

test('a WebSocket ack says what is not stored, and nothing more of what is', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/log', 2)
  await lab.sequence('/lab/fridge/a', 1, { max_age: '90d' })
  await lab.sequence('/lab/fridge/b', 1, { min_storage_interval: 50 })
  const peer = await connect(t, lab, fridge.key)
  const ask = async (type: string, parameters: object): Promise<object> => {
    const { id, ...answer } = await peer.ask(type, parameters)
    assert.ok(id)
    return answer
  }
  assert.deepEqual(await ask('update_sequence', { sequence: 'b', value: 1 }), { type: 'ack' })
  clock.advance(1)
  assert.deepEqual(await ask('update_sequence', { sequence: 'b', value: 2 }), { type: 'ack', stored: 0, shown: 1 })
  assert.deepEqual(await ask('update_sequence', { sequence: 'a', value: 2, timestamp: '2020-01-01T00:00:00Z' }), {
    type: 'ack',
    stored: 0,
    expired: 1,
  })
  assert.deepEqual(await ask('update', { a: 5 }), { type: 'ack' })
  const skipped = [
    { path: '/lab/fridge/aa', message: 'There is no sequence "aa" in /lab/fridge.' },
    { path: '/lab/fridge/b', message: 'value of /lab/fridge/b must be a finite number, found "NaN".' },
  ]
  peer.send('{"type":"update","id":"nan","parameters":{"a":6,"aa":1,"b":NaN}}')
  const { stored, skipped: named } = (await peer.hear(({ id }) => id === 'nan')) as unknown as { stored: number; skipped: unknown }
  assert.deepEqual([stored, named], [1, skipped])
  assert.deepEqual((await valuesOf(lab, '/lab/fridge/a')).slice(-2), [5, 6])
})

test('MQTT: one NaN neither stops a device nor loses the values around it, and is named in the log of its controller', async (t) => {
  const lab = await startLab(t, { mqtt: true })
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/log', 2)
  await lab.sequence('/lab/fridge/t')
  await lab.sequence('/lab/fridge/u')
  const device = await connectDevice(t, lab, fridge.key, { over: 'tcp' })
  for (const payload of ['1', '2', 'nan', '4']) await device.publish('lab/fridge/t', payload, { qos: 1 })
  await device.publish('lab/fridge', 's,t,,nan', { qos: 1 })
  await device.publish('lab/fridge', '{"update": {"t": NaN, "u": 5}}', { qos: 2 })
  await device.publish('lab/fridge', '{"update_sequence": {"sequence": "t", "value": "warm"}}', { qos: 1 })
  await device.publish('lab/fridge/t', '6', { qos: 1 })
  assert.deepEqual(await valuesOf(lab, '/lab/fridge/t'), [1, 2, 4, 6])
  assert.deepEqual(await valuesOf(lab, '/lab/fridge/u'), [5])
  const log = await logOf(lab, '/lab/fridge', 3)
  assert.ok(log.every((line) => line.includes('MQTT') && line.includes('must be a finite number')))
})

test('MQTT: a number on a topic where no sequence is stands in the log of its controller, once; words do not', async (t) => {
  const lab = await startLab(t, { mqtt: true })
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/log', 2)
  const device = await connectDevice(t, lab, fridge.key, { over: 'tcp' })
  for (const payload of ['4.5', '4.6', '{"on": 1}', 'ON']) await device.publish('lab/fridge/temprature', payload, { qos: 1 })
  await device.publish('lab/fridge/cmnd/power', 'ON', { qos: 1 })
  // The number in an object is one too.
  const log = await logOf(lab, '/lab/fridge', 2)
  assert.equal(log.length, 2)
  assert.match(log[0] ?? '', /"\/lab\/fridge\/temprature" came by MQTT and was not stored: There is no sequence/)
  assert.match(log[1] ?? '', /temprature\/on" came by MQTT and was not stored: There is no sequence/)
})
