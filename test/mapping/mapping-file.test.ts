/** A folder's own mapping: `mapping.yaml`, from what people write to where values go. */
import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { Fault } from '../../src/base/fault.ts'
import { parseMapping } from '../../src/mapping/mapping-file.ts'
import { YamlReader } from '../../src/base/yaml-reader.ts'
import { FakeClock, startLab, type Lab } from '../support/lab.ts'
import { connectDevice } from '../support/mqtt-client.ts'

const yaml = new YamlReader()
after(() => yaml.stop())

const FILE = `
rules:
  - topic: farm/+house/climate
    to: houses/{house}
    time: head.at
    values:
      temperature: main.temp[0]
      humidity: {at: main.rh, units: '%', scale: 0.1}
      door/open: main.door
  - topic: farm/+/log
    drop: true
  - topic: farm/#
    drop: [secret]
    arrays: true
  - topic: plug
    format: tasmota
  - topic: gauge
    values:
      level: {scale: 2, offset: 1}
`
const write = (lab: Lab, path: string, text: string) => lab.put(`/resources${path}`, { data: Buffer.from(text).toString('base64') })
const newest = async (lab: Lab, path: string): Promise<string> => (await lab.get(`/resources/lab/house/${path}`)).text

test('topics are matched, members picked, scaled and named, times taken, and what is dropped is not stored', async (t) => {
  const lab = await startLab(t, { mqtt: true, clock: new FakeClock() })
  const house = await lab.controller('house')
  await lab.put('/resources/lab/house', { system_attributes: { create_sequences: true } })
  await lab.post('/resources/lab/house/mapping.yaml', { data: Buffer.from(FILE).toString('base64') })
  const device = await connectDevice(t, lab, house.key, { over: 'tcp' })
  const send = (topic: string, payload: object | string) => device.publish(`lab/house/${topic}`, payload, { qos: 1 })
  await send('farm/north/climate', { head: { at: 1_769_857_200_000 }, main: { temp: [21.5, 3], rh: 503, door: true, noise: 1 } })
  await send('farm/north/log', { anything: 1 })
  await send('farm/south/raw', { cells: [3.1, 3.2], secret: 5, deep: { secret: 6, ok: 7 } })
  await send('gauge', '4.25')
  await send('elsewhere', { x: 1 })
  for (const [path, value] of [
    ['houses/north/temperature', '21.5'],
    ['houses/north/humidity', '50.3'],
    ['houses/north/door/open', '1'],
    ['farm/south/raw/cells/1', '3.2'],
    ['farm/south/raw/deep/ok', '7'],
    ['gauge/level', '9.5'],
    ['elsewhere/x', '1'],
  ] as const)
    assert.equal(await newest(lab, path), value, path)
  const read = (await lab.get('/resources/lab/house/houses/north/humidity', { count: 2 })).json as { timestamps: number[] }
  assert.deepEqual(read.timestamps, [1_769_857_200])
  for (const path of ['farm/north', 'farm/south/raw/secret', 'farm/south/raw/deep/secret', 'houses/north/noise'])
    assert.equal(lab.ctx.tree.find(`/lab/house/${path}`), undefined, path)

  // A change counts at once; what can't be read leaves the revision before it in force, and is told with its line.
  await lab.sequence('/lab/house/log', 2)
  await write(lab, '/lab/house/mapping.yaml', 'rules:\n  - topic: elsewhere\n    to: moved\n')
  await send('elsewhere', { x: 2 })
  assert.equal(await newest(lab, 'moved/x'), '2')
  await write(lab, '/lab/house/mapping.yaml', 'rules:\n  - topic: elsewhere\n    tow: wrong\n')
  await send('elsewhere', { x: 3 })
  assert.equal(await newest(lab, 'moved/x'), '3')
  const { values } = (await lab.get('/resources/lab/house/log', { count: 9 })).json as { values: string[] }
  assert.ok(
    values.some((line) => /mapping\.yaml can't be read: line 3: "tow" means nothing/.test(line)),
    values.join('\n'),
  )
})

test('what is wrong in a mapping is named with its line', async () => {
  const cases: readonly (readonly [text: string, reason: RegExp])[] = [
    ['rules:\n  - topic: a\n   to: b', /^line 3: /],
    ['rules:\n  - to: b\n', /^line 2: a rule must have a topic/],
    ['rules: 5', /^line 1: the file must be a list of rules/],
    ['- topic: a', /^line 1: the file must be a list/],
    ['rules: []\nmore: 1', /^line 2: "more" means nothing/],
    ['rules:\n  - topic: a/#/b', /^line 2: in the topic "a\/#\/b" the # must be the last level/],
    ['rules:\n  - topic: /a', /^line 2: .*empty level/],
    ['rules:\n  - topic: a\n  - topic: b\n    format: tasmotta', /^line 4: there is no format "tasmotta"; known: plain, tasmota/],
    ['rules:\n  - topic: a\n    values:\n      x: 5', /^line 4: "x" must say where/],
    ['rules:\n  - topic: a\n    values:\n      x: {at: y, scale: big}', /^line 4: scale must be a number/],
    ['rules:\n  - topic: a\n    keep: {x: 1}', /^line 3: keep must be/],
    ['rules:\n  - topic: a\n    topic: b', /^line 3: /],
  ]
  for (const [text, reason] of cases)
    await assert.rejects(parseMapping(yaml, text, new Set(['plain', 'tasmota'])), (error) => {
      assert.ok(error instanceof Fault, text)
      assert.match(error.message, reason)
      return true
    })
  assert.deepEqual(await parseMapping(yaml, '', new Set()), [])
  assert.deepEqual(await parseMapping(yaml, '# nothing yet\n', new Set()), [])
  await assert.rejects(parseMapping(yaml, `rules:\n${'  - topic: a\n'.repeat(501)}`, new Set()), /more than 500 rules/)
  const bomb = [
    'a: &a [1,1,1,1,1,1,1,1,1]',
    ...[...'bcdefgh'].map((name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefg'[at]}`).join(',')}]`),
  ]
  await assert.rejects(parseMapping(yaml, bomb.join('\n'), new Set()), Fault)
})

test('by MQTT 5, with a topic alias, properties and expiry, a mapping takes what it takes of any message', async (t) => {
  const lab = await startLab(t, { mqtt: true })
  const house = await lab.controller('house')
  await lab.put('/resources/lab/house', { system_attributes: { create_sequences: true } })
  await lab.post('/resources/lab/house/mapping.yaml', { data: Buffer.from(FILE).toString('base64') })
  const device = await connectDevice(t, lab, house.key, { over: 'tcp', protocolVersion: 5 })
  const other = await connectDevice(t, lab, house.key, { over: 'tcp', protocolVersion: 5 })
  await other.subscribe('lab/house/farm/#', 1)
  const send = (topic: string, level: number, properties: object) =>
    device.client.publishAsync(topic, JSON.stringify({ main: { temp: [level], rh: 400 } }), { qos: 1, properties })
  const topic = 'lab/house/farm/north/climate'
  await send(topic, 1, { topicAlias: 1, userProperties: { maker: 'acme' }, messageExpiryInterval: 60, contentType: 'application/json' })
  await send('', 2, { topicAlias: 1 })
  await send('', 3, { topicAlias: 1, userProperties: { maker: ['a', 'b'] } })
  const { values } = (await lab.get('/resources/lab/house/houses/north/temperature', { count: 9 })).json as { values: string[] }
  assert.deepEqual(values, ['1', '2', '3'])
  assert.equal(lab.ctx.tree.find('/lab/house/maker'), undefined)
  await other.hear(({ text }) => text.includes('[3]'))
  const heard = other.packets.filter((packet) => packet.cmd === 'publish' && packet.topic === topic)
  assert.deepEqual(
    heard.map((packet) => packet.cmd === 'publish' && { ...packet.properties?.userProperties }),
    [{ maker: 'acme' }, {}, { maker: ['a', 'b'] }],
  )
})

test('a format that a rule names is taken whatever the topic is', async (t) => {
  const lab = await startLab(t)
  await lab.put('/resources/lab', { system_attributes: { create_sequences: true } })
  const rules = [
    ['tasmota', { Time: '2026-01-31T10:00:00', TempUnit: 'C', AM2301: { Temperature: 21.5 } }, 'bench/tasmota/AM2301/Temperature', '°C'],
    ['zigbee2mqtt', { temperature: 21.5, update: { state: 'idle' } }, 'zigbee2mqtt/bench/zigbee2mqtt/temperature', '°C'],
    ['rtl_433', { model: 'Acurite', id: 5, temperature_C: 21.5, mic: 'CRC' }, 'Acurite/5/temperature_C', '°C'],
  ] as const
  const file = `rules:\n${rules.map(([name]) => `  - {topic: bench/${name}, format: ${name}}\n`).join('')}`
  await lab.post('/resources/lab/mapping.yaml', { data: Buffer.from(file).toString('base64') })
  for (const [name, message, path, units] of rules) {
    const headers = { authorization: `Bearer ${lab.key}` }
    const reply = await fetch(`${lab.url}/api/v1/ingest/lab/bench/${name}`, { method: 'POST', body: JSON.stringify(message), headers })
    assert.deepEqual(((await reply.json()) as { stored: number }).stored, 1, name)
    assert.equal(lab.ctx.tree.find(`/lab/${path}`)?.sequence?.units, units, name)
  }
})
