/** Values over MQTT: stored, acknowledged when durable, heard by all transports alike. Source: protocol, section 7. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { FakeClock, startLab, type Lab } from '../support/lab.ts'
import { connectDevice } from '../support/mqtt-client.ts'
import { connect } from '../support/peer.ts'

const newest = async (lab: Lab, path: string): Promise<string> => (await lab.get(`/resources${path}`)).text

for (const over of ['tcp', 'websocket'] as const) {
  test(`over ${over}: a controller stores values by text, by JSON and by the topic of a sequence, in QoS 0, 1 and 2`, async (t) => {
    const lab = await startLab(t, { mqtt: true, clock: new FakeClock() })
    const fridge = await lab.controller('fridge')
    await lab.sequence('/lab/fridge/temperature')
    await lab.sequence('/lab/fridge/inner/state', 2)
    const device = await connectDevice(t, lab, fridge.key, { over })
    for (const qos of [1, 2] as const) {
      await device.publish('lab/fridge', `s,temperature,2026-01-31T11:00:0${qos}.5Z,4.${qos}`, { qos })
      assert.equal(await newest(lab, '/lab/fridge/temperature'), `4.${qos}`)
      await device.publish(
        'lab/fridge',
        { update: { $t: `2026-01-31T11:00:0${qos}.75Z`, temperature: 5 + qos, 'inner/state': 'on, and well' } },
        { qos },
      )
      assert.equal(await newest(lab, '/lab/fridge/temperature'), String(5 + qos))
      assert.equal(await newest(lab, '/lab/fridge/inner/state'), 'on, and well')
    }
    await device.publish('lab/fridge', 's,temperature,1769857200.25,-3', { qos: 0 })
    await device.publish('lab/fridge', 's,inner/state,,a,b,c', { qos: 0 })
    await device.publish('lab/fridge/temperature', '7.10', { qos: 0 })
    await device.publish('lab/fridge/temperature', '7.20', { qos: 2 })
    assert.equal(await newest(lab, '/lab/fridge/temperature'), '7.20')
    await device.publish('lab/fridge', 's,temperature,,8', { qos: 1 })
    assert.equal(await newest(lab, '/lab/fridge/inner/state'), 'a,b,c')
    const { values, timestamps } = (
      await lab.get('/resources/lab/fridge/temperature', { count: 100, start_timestamp: '2020-01-01T00:00:00Z' })
    ).json as { values: string[]; timestamps: number[] }
    assert.deepEqual(values.map(Number), [-3, 4.1, 6, 4.2, 7, 7.1, 7.2, 8])
    assert.equal(timestamps[0], 1_769_857_200.25)
  })
}

test('subscribers of both transports hear the same: MQTT as d,…, WebSocket as sequence_update; over MQTT the sender too', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { mqtt: true, clock })
  const fridge = await lab.controller('fridge')
  const temperature = await lab.sequence('/lab/fridge/temperature')
  const [device, browser] = [await connectDevice(t, lab, fridge.key, { over: 'tcp' }), await connect(t, lab, lab.key)]
  const [display, twin] = [await connectDevice(t, lab, lab.key), await connectDevice(t, lab, fridge.key)]
  await browser.subscribe('/lab/fridge')
  for (const one of [device, display, twin]) assert.equal(await one.subscribe('lab/fridge'), 0)
  assert.equal(await display.subscribe('lab/#'), 0)
  assert.equal(await display.subscribe('+/+'), 0)

  await lab.put('/resources/lab/fridge/temperature', { data: Buffer.from('4.50').toString('base64') })
  assert.equal((await display.hear(() => true)).text, 'd,temperature,2026-01-31T12:00:00Z,4.50')
  await device.hear('d,temperature,2026-01-31T12:00:00Z,4.50')
  await browser.hear('sequence_update')

  clock.advance(1)
  await browser.tell('update_sequence', { sequence: '/lab/fridge/temperature', value: 5 })
  await device.hear('d,temperature,2026-01-31T12:00:01Z,5')
  await display.hear('d,temperature,2026-01-31T12:00:01Z,5')

  clock.advance(1)
  await device.publish('lab/fridge', 's,temperature,2026-01-31T12:00:02Z,6.0')
  await display.hear('s,temperature,2026-01-31T12:00:02Z,6.0')
  await twin.hear('s,temperature,2026-01-31T12:00:02Z,6.0')
  assert.deepEqual((await browser.hear(({ parameters }) => parameters?.['value'] === '6.0')).parameters, {
    id: temperature.id,
    name: '/lab/fridge/temperature',
    timestamp: '2026-01-31T12:00:02Z',
    value: '6.0',
  })

  clock.advance(1)
  await device.publish('lab/fridge', 'd,temperature,2026-01-31T12:00:03Z,7')
  await display.hear('d,temperature,2026-01-31T12:00:03Z,7')
  await browser.hear(({ parameters }) => parameters?.['value'] === '7')
  assert.equal(await newest(lab, '/lab/fridge/temperature'), '6.0', 'd, only shows')

  await device.publish('lab/fridge/temperature', '8')
  await display.hear('d,temperature,2026-01-31T12:00:03Z,8')
  await browser.hear(({ parameters }) => parameters?.['value'] === '8')

  await device.publish('lab/fridge', { end: {} })
  await display.hear('{"end":{}}')
  assert.deepEqual(
    display.texts(),
    [
      'd,temperature,2026-01-31T12:00:00Z,4.50',
      'd,temperature,2026-01-31T12:00:01Z,5',
      's,temperature,2026-01-31T12:00:02Z,6.0',
      'd,temperature,2026-01-31T12:00:03Z,7',
      'd,temperature,2026-01-31T12:00:03Z,8',
      '{"end":{}}',
    ],
    'each once, though three subscriptions fit',
  )
  await device.hear('{"end":{}}')
  assert.deepEqual(device.texts(), display.texts())
})

test('the topic of a sequence carries bare values, from whatever transport', async (t) => {
  const lab = await startLab(t, { mqtt: true })
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/temperature')
  await lab.sequence('/lab/fridge/humidity')
  const device = await connectDevice(t, lab, fridge.key, { over: 'tcp' })
  const [panel, all] = [await connectDevice(t, lab, lab.key, { over: 'tcp' }), await connectDevice(t, lab, lab.key)]
  await panel.subscribe('lab/fridge/temperature', 1)
  await all.subscribe('lab/fridge/+', 1)
  await lab.put('/resources', { values: { '/lab/fridge/temperature': 1.5, '/lab/fridge/humidity': 50 } })
  await all.hear('50')
  await device.publish('lab/fridge', 's,temperature,,2.5')
  await device.publish('lab/fridge', { update: { temperature: '3.50', humidity: 51 } })
  await device.publish('lab/fridge/temperature', '4.5')
  await panel.hear('4.5')
  await all.hear('4.5')
  assert.deepEqual(panel.texts(), ['1.5', '2.5', '3.50', '4.5'])
  assert.deepEqual(all.texts('lab/fridge/temperature'), panel.texts())
  assert.deepEqual(all.texts('lab/fridge/humidity'), ['50', '51'])
  assert.ok(panel.heard.every(({ qos, retain }) => qos === 1 && !retain))
})

test('the same value sent again with its timestamp does not double', async (t) => {
  const lab = await startLab(t, { mqtt: true })
  const fridge = await lab.controller('fridge')
  const temperature = await lab.sequence('/lab/fridge/temperature')
  const device = await connectDevice(t, lab, fridge.key, { over: 'tcp' })
  for (let n = 0; n < 3; n++) await device.publish('lab/fridge', 's,temperature,2026-01-31T12:00:00Z,4.5')
  const { times } = await lab.ctx.sequences.read({ id: temperature.id, isText: false }, { order: 'ascending', limit: 10 })
  assert.equal(times.length, 1)
})

test('a thousand values at once keep their order, in the store and at a subscriber', async (t) => {
  const lab = await startLab(t, { mqtt: true })
  const fridge = await lab.controller('fridge')
  const sequences = await Promise.all(['a', 'b', 'c'].map((name) => lab.sequence(`/lab/fridge/${name}`)))
  const [device, display] = [
    await connectDevice(t, lab, fridge.key, { over: 'tcp' }),
    await connectDevice(t, lab, lab.key, { over: 'tcp' }),
  ]
  await display.subscribe('lab/fridge', 1)
  await Promise.all(
    Array.from({ length: 1_000 }, (_, n) =>
      n % 10 === 9
        ? device.publish('lab/fridge', { note: { n } })
        : device.publish('lab/fridge', `s,${'abc'[n % 3]},,${n}`, { qos: n % 2 === 0 ? 1 : 0 }),
    ),
  )
  await display.hear('{"note":{"n":999}}')
  const order = display.texts().map((text) => Number(/(\d+)\D*$/.exec(text)?.[1]))
  assert.deepEqual(
    order,
    Array.from({ length: 1_000 }, (_, n) => n),
  )
  const stored = await lab.ctx.sequences.read({ id: sequences[0]?.id ?? 0, isText: false }, { order: 'ascending', limit: 1_000 })
  assert.deepEqual(
    stored.values,
    Array.from({ length: 1_000 }, (_, n) => n).filter((n) => n % 3 === 0 && n % 10 !== 9),
  )
})
