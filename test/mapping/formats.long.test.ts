/** Devices that are known: each sample of their published messages gives what a technician expects, over a real connection. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { loadPayloadType } from '../../src/mapping/formats/sparkplug-payload.ts'
import type { ControllerStatus } from '../../src/wire/answers.ts'
import { FakeClock, startLab, type Lab } from '../support/lab.ts'
import { connectDevice, type Device } from '../support/mqtt-client.ts'
import type { TestContext } from 'node:test'
import { samples } from './format-samples.ts'

async function start(t: TestContext): Promise<{ lab: Lab; device: Device }> {
  const lab = await startLab(t, { mqtt: true, clock: new FakeClock() })
  const house = await lab.controller('house')
  await lab.put('/resources/lab/house', { system_attributes: { create_sequences: true } })
  return { lab, device: await connectDevice(t, lab, house.key, { over: 'tcp' }) }
}

/** Paths of all sequences below the controller. */
function sequencesOf(lab: Lab, folder = '/lab/house'): string[] {
  const resource = lab.ctx.tree.find(folder)
  return [...(resource?.children.values() ?? [])].flatMap((child) =>
    child.sequence ? [`${folder}/${child.name}`.slice('/lab/house/'.length)] : sequencesOf(lab, `${folder}/${child.name}`),
  )
}

const read = async (lab: Lab, path: string): Promise<{ value: string; time: number; units: string | null }> => {
  const address = `/resources/lab/house/${path.split('/').map(encodeURIComponent).join('/')}`
  const { values, timestamps } = (await lab.get(address, { count: 2 })).json as { values: string[]; timestamps: number[] }
  const { units } = (await lab.get('/sequences/info', { path: `/lab/house/${path}` })).json as { units: string | null }
  return { value: values.at(-1) ?? '', time: timestamps.at(-1) ?? 0, units }
}

test('an uplink that no codec decoded is told, and its radio is stored', async (t) => {
  const { lab, device } = await start(t)
  const uplink = { devEUI: '24e124136b502217', deviceName: 'raw', fCnt: 5, fPort: 85, data: 'AWdQ', rxInfo: [{ rssi: -50 }] }
  await device.publish('lab/house/up', uplink, { qos: 1 })
  assert.equal((await read(lab, 'raw/rssi')).value, '-50')
  const status = JSON.stringify((await lab.get('/controllers', { path: '/lab/house' })).json)
  assert.match(status, /not decoded: give the device a codec/)
  const other = { end_device_ids: { device_id: 'bare' }, uplink_message: { f_port: 2, frm_payload: 'AQ==', rx_metadata: [{ rssi: -60 }] } }
  await device.publish('lab/house/v3/app@ttn/devices/bare/up', other, { qos: 1 })
  assert.equal((await read(lab, 'bare/rssi')).value, '-60')
  const [then] = (await lab.get('/controllers', { path: '/lab/house' })).json as ControllerStatus[]
  assert.match(JSON.stringify(then?.refused_values), /"count":2.*payload formatter|payload formatter.*"count":2/)
})

test('each sample gives what is expected of it, with units where they are sure, and nothing is counted as refused', async (t) => {
  const { lab, device } = await start(t)
  for (const { topic, payload, values, time, format } of samples) {
    const before = new Set(sequencesOf(lab))
    await device.publish(`lab/house/${topic}`, payload, { qos: 1 })
    for (const [path, [value, units]] of Object.entries(values)) {
      const found = await read(lab, path)
      assert.equal(found.value, value, `${topic}: ${path}`)
      if (units !== undefined) assert.equal(found.units, units, `${topic}: ${path}`)
      const wanted = time ?? lab.ctx.clock.now() / 1e6
      assert.ok(Math.abs(found.time - wanted) < 0.001, `${format} ${topic}: ${path} at ${found.time}, not ${wanted}`)
    }
    if (Object.keys(values).length === 0)
      assert.deepEqual(
        sequencesOf(lab).filter((path) => !before.has(path)),
        [],
        topic,
      )
  }
  const made = sequencesOf(lab)
  for (const word of [
    'Time',
    'SSId',
    'last_seen',
    'update',
    'minute_ts',
    'by_minute',
    'brand',
    'set',
    'debug',
    'config',
    'PASSKEY',
    'PASSWORD',
  ])
    assert.ok(!made.some((path) => path.split('/').includes(word)), word)
  const [status] = (await lab.get('/controllers', { path: '/lab/house' })).json as ControllerStatus[]
  assert.equal(status?.refused_values, null)
})

test('a device with topics in an order of its own is known too, below its own controller', async (t) => {
  const { lab, device } = await start(t)
  await device.publish('lab/house/plug/tele/STATE', { POWER: 'ON' })
  await device.publish('lab/house/tele/SENSOR', { SHT3X: { Temperature: 20, Humidity: 40 }, TempUnit: 'C' })
  await device.publish('lab/house/homeassistant/sensor/x/config', {
    state_topic: 'lab/house/x/flow',
    unit_of_measurement: 'L/min',
    name: 'Flow',
  })
  await device.publish('lab/house/x/flow', '3.5')
  assert.equal((await read(lab, 'plug/POWER')).value, '1')
  assert.equal((await read(lab, 'SHT3X/Temperature')).units, '°C')
  assert.equal((await read(lab, 'x/flow')).units, 'L/min')
  const meta = (await lab.get('/resources/lab/house/x/flow', { meta: 1 })).json as { system_attributes: { label: string } }
  assert.equal(meta.system_attributes.label, 'Flow')
})

test('Sparkplug B: births name metrics, data comes by alias, and one bad metric stops nothing', async (t) => {
  const { lab, device } = await start(t)
  const type = await loadPayloadType()
  const encode = (metrics: object[], timestamp = 1_769_860_770_000): Buffer =>
    Buffer.from(type.encode(type.fromObject({ timestamp, metrics, seq: 0 })).finish())
  const units = { keys: ['engUnit'], values: [{ type: 12, stringValue: 'bar' }] }
  const send = (kind: string, payload: Buffer): Promise<void> => device.publish(`lab/house/spBv1.0/plant/${kind}`, payload, { qos: 1 })
  await send(
    'NBIRTH/edge',
    encode([
      { name: 'bdSeq', datatype: 8, longValue: 1 },
      { name: 'Node Control/Rebirth', datatype: 11, booleanValue: false },
    ]),
  )
  await send(
    'DBIRTH/edge/press',
    encode([
      { name: 'Oil/Pressure', alias: 7, datatype: 10, doubleValue: 12.5, properties: units },
      { name: 'Offset', alias: 8, datatype: 2, intValue: 65_535 },
      { name: 'Count', alias: 9, datatype: 4, longValue: '18446744073709551615' },
      { name: 'Zero', alias: 14, datatype: 3, intValue: 0 },
      { name: 'State', alias: 10, datatype: 12, stringValue: 'idle' },
      { name: 'Running', alias: 11, datatype: 11, booleanValue: true },
      { name: 'Empty', alias: 12, datatype: 10, isNull: true },
      { name: 'Level', alias: 13, datatype: 9, floatValue: 3.3 },
    ]),
  )
  await send(
    'DDATA/edge/press',
    encode([
      { alias: 7, timestamp: 1_769_860_771_000, doubleValue: 13 },
      { alias: 99, doubleValue: 1 },
      { alias: 11, booleanValue: false },
    ]),
  )
  await send('DDATA/edge/press', Buffer.from([0xff, 0xff, 0xff]))
  assert.deepEqual(await read(lab, 'plant/edge/press/Oil/Pressure'), { value: '13', time: 1_769_860_771, units: 'bar' })
  for (const [name, value] of [
    ['Offset', '-1'],
    ['Zero', '0'],
    ['Count', '-1'],
    ['State', 'idle'],
    ['Running', '0'],
    ['Level', '3.3'],
    ['online', '1'],
  ] as const)
    assert.equal((await read(lab, `plant/edge/press/${name}`)).value, value, name)
  assert.ok(!sequencesOf(lab).some((path) => /bdSeq|Control|Empty/.test(path)))
  await send('DDEATH/edge/press', encode([]))
  assert.equal((await read(lab, 'plant/edge/press/online')).value, '0')
  const [status] = (await lab.get('/controllers', { path: '/lab/house' })).json as ControllerStatus[]
  assert.deepEqual(
    status?.refused_values?.names.map(({ path }) => path),
    ['/lab/house/plant/edge/press/alias 99', '/lab/house/plant/edge/press'],
  )
})

test('Sparkplug B: the metrics of a template lie below its name, those of its definition are nothing', async (t) => {
  const { lab, device } = await start(t)
  const type = await loadPayloadType()
  const send = (kind: string, seq: number, metrics: object[]): Promise<void> =>
    device.publish(`lab/house/spBv1.0/plant/${kind}/edge`, Buffer.from(type.encode(type.fromObject({ metrics, seq })).finish()), { qos: 1 })
  const speed = (value: number): object => ({ name: 'speed', datatype: 10, doubleValue: value })
  await send('NBIRTH', 0, [
    { name: '_types_/Motor', datatype: 19, templateValue: { isDefinition: true, metrics: [speed(0)] } },
    {
      name: 'Motor 1',
      alias: 3,
      datatype: 19,
      templateValue: { metrics: [speed(12.5), { name: 'state', datatype: 12, stringValue: 'on' }] },
    },
  ])
  await send('NDATA', 1, [{ alias: 3, templateValue: { metrics: [speed(13.5)] } }])
  assert.equal((await read(lab, 'plant/edge/Motor 1/speed')).value, '13.5')
  assert.equal((await read(lab, 'plant/edge/Motor 1/state')).value, 'on')
  assert.ok(!sequencesOf(lab).some((path) => path.includes('_types_')))
})

test('a RuuviTag whose data have a format that is not known keeps its radio, and is told', async (t) => {
  const { lab, device } = await start(t)
  const payload = { gw_mac: 'AA:BB', rssi: -60, data: '0201061BFF990406170C5668C79E007000C90501D900CD004C884F' }
  await device.publish('lab/house/ruuvi/AA:BB/C8:26', JSON.stringify(payload), { qos: 1 })
  assert.deepEqual(sequencesOf(lab), ['C826/rssi'])
  const [status] = (await lab.get('/controllers', { path: '/lab/house' })).json as ControllerStatus[]
  assert.match(status?.refused_values?.names[0]?.message ?? '', /have the format 6; 3 and 5 are known/)
})

test('Sparkplug B: a node is asked for a rebirth when its birth was not heard or a message was lost, once a minute', async (t) => {
  const { lab, device } = await start(t)
  const type = await loadPayloadType()
  const node = await connectDevice(t, lab, lab.key)
  const send = (kind: string, seq: number, metrics: object[]): Promise<void> =>
    node.publish(`lab/house/spBv1.0/plant/${kind}`, Buffer.from(type.encode(type.fromObject({ seq, metrics })).finish()), { qos: 1 })
  await node.subscribe('lab/house/spBv1.0/plant/NCMD/+', 1)
  const asked = async (): Promise<number> => {
    await node.publish('lab/house/spBv1.0/plant/NCMD/edge', 'end')
    await node.hear(({ text }) => text === 'end')
    const commands = node.heard.splice(0).filter(({ text }) => text !== 'end')
    for (const { bytes } of commands) {
      const { metrics } = type.toObject(type.decode(bytes)) as { metrics: Record<string, unknown>[] }
      assert.deepEqual(
        metrics.map(({ name, datatype, booleanValue }) => [name, datatype, booleanValue]),
        [['Node Control/Rebirth', 11, true]],
      )
    }
    return commands.length
  }
  const level = (value: number): object => ({ alias: 1, doubleValue: value })
  await send('NDATA/edge', 41, [level(1)])
  await send('NDATA/edge', 42, [level(2)])
  assert.equal(await asked(), 1, 'the server was started after the birth')
  await send('NBIRTH/edge', 0, [{ name: 'Level', alias: 1, datatype: 10, doubleValue: 3 }])
  for (let seq = 1; seq < 258; seq++) await send('NDATA/edge', seq % 256, [level(seq)])
  await send('DBIRTH/edge/press', 2, [{ name: 'New', alias: 2, datatype: 10, doubleValue: 1 }])
  assert.equal(await asked(), 0, 'numbers begin again after 255, and new sequences are made meanwhile')
  assert.equal((await read(lab, 'plant/edge/Level')).value, '257')
  await send('NDATA/edge', 4, [level(4)])
  assert.equal(await asked(), 0, 'a minute has not passed')
  await send('NBIRTH/other', 0, [{ name: 'Level', alias: 1, datatype: 10, doubleValue: 3 }])
  await send('NDATA/other', 2, [level(2)])
  assert.equal(await asked(), 1, 'number 1 was lost')
  assert.equal((await read(lab, 'plant/other/Level')).value, '2', 'and what came is stored')
  device.client.end()
})
