/** Bad values among good ones over MQTT: all are acknowledged, the good ones are stored, and people see what became of the others. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { ControllerStatus } from '../../src/wire/answers.ts'
import { startLab } from '../support/lab.ts'
import { connectDevice } from '../support/mqtt-client.ts'
import { RecordingLog } from '../support/recording-log.ts'

const BAD: readonly (readonly [topic: string, payload: string | Buffer, retain?: boolean])[] = [
  ['lab/fridge/temperature', 'nan'],
  ['lab/fridge/temperature', 'unavailable'],
  ['lab/fridge/temperature', ''],
  ['lab/fridge/temperature', '', true],
  ['lab/fridge/temperature', '1e999'],
  ['lab/fridge/temperature', Buffer.from([0xff, 0xfe])],
  ['lab/fridge', 's,temprature,,4.5'],
  ['lab/fridge', 's,temperature,yesterday,4.5'],
  ['lab/fridge', 's,temperature'],
  ['lab/fridge', '{"update": {"temperature": NaN}}'],
  ['lab/fridge', '{"update": {"temprature": 4.5}}'],
  ['lab/fridge', '{"update": {'],
  ['lab/fridge', '21.5'],
  ['lab/freezer/temperature', '4.5'],
  ['elsewhere/fridge/temperature', '4.5'],
  ['/lab/fridge/temperature', '4.5'],
  ['lab/fridge//temperature', '4.5'],
]

for (const qos of [1, 2] as const)
  test(`among bad values of QoS ${qos} each good one is stored, on one connection, and what was refused is counted`, async (t) => {
    const log = new RecordingLog()
    const lab = await startLab(t, { mqtt: true, log })
    const fridge = await lab.controller('fridge')
    await lab.sequence('/lab/fridge/temperature')
    await lab.sequence('/lab/fridge/humidity')
    const device = await connectDevice(t, lab, fridge.key, { over: 'tcp' })
    const acknowledged: Promise<void>[] = []
    BAD.forEach(([topic, payload, retain = false], at) => {
      acknowledged.push(device.publish(topic, payload, { qos, retain }))
      acknowledged.push(device.publish('lab/fridge', `s,humidity,${1_790_000_000 + at},${at}`, { qos }))
    })
    await Promise.all(acknowledged)
    assert.equal(device.client.connected, true)
    const { values } = (await lab.get('/resources/lab/fridge/humidity', { count: 1000 })).json as { values: string[] }
    assert.deepEqual(values.map(Number), [...BAD.keys()])
    assert.equal((await lab.get('/resources/lab/fridge/temperature')).text, '')
    const [status] = (await lab.get('/controllers', { path: '/lab/fridge' })).json as ControllerStatus[]
    const refused = status?.refused_values
    assert.equal(refused?.count, BAD.length)
    assert.ok(refused.names.some(({ path, message }) => path === '/lab/fridge/temprature' && message.includes('temprature')))
    assert.ok(log.warnings.some(({ reason }) => String(reason).includes('nan')))
  })

test('one failing sensor is counted each time and written down once an hour', async (t) => {
  const lab = await startLab(t, { mqtt: true })
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/temperature')
  await lab.sequence('/lab/fridge/log', 2)
  const device = await connectDevice(t, lab, fridge.key, { over: 'tcp' })
  for (let at = 0; at < 37; at++) await device.publish('lab/fridge/temperature', 'nan', { qos: 1 })
  for (let at = 0; at < 5; at++) await device.publish('lab/fridge/temprature', '4.5', { qos: 0, retain: at % 2 === 0 })
  await device.publish('lab/fridge', { watchdog: {} }, { qos: 1 })
  const [status] = (await lab.get('/controllers', { path: '/lab/fridge' })).json as ControllerStatus[]
  assert.deepEqual(
    status?.refused_values?.names.map(({ path, count }) => [path, count]),
    [
      ['/lab/fridge/temperature', 37],
      ['/lab/fridge/temprature', 5],
    ],
  )
  assert.match(status.refused_values.names[0]?.message ?? '', /"nan"/)
  const { values } = (await lab.get('/resources/lab/fridge/log', { count: 100 })).json as { values: string[] }
  assert.equal(values.filter((line) => line.includes('nan')).length, 1)
  assert.equal(values.filter((line) => line.includes('temprature')).length, 2, 'one for what is retained, one for what is not')
  const reader = await lab.user('reader@example.com', { member: false })
  const answer = await fetch(`${lab.url}/api/v1/controllers`, { headers: { authorization: `Bearer ${reader.key}` } })
  const others = (await answer.json()) as ControllerStatus[]
  assert.deepEqual(
    others.map(({ refused_values: hidden }) => hidden).filter((hidden) => hidden !== null),
    [],
  )
})
