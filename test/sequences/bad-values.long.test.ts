/** What no numeric sequence can hold, by every way in: it is named, and stops no good value beside or behind it. */
import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import type { ControllerStatus } from '../../src/wire/answers.ts'
import { startLab, type Lab } from '../support/lab.ts'
import { connectDevice } from '../support/mqtt-client.ts'
import { connect } from '../support/peer.ts'

/** As JSON has them, or Python's json. */
const BAD = [
  'NaN',
  '-Infinity',
  '1e999',
  '9007199254740993',
  '-12345678901234567890',
  '18446744073709551615',
  '""',
  '"nan"',
  '"unavailable"',
  '"4,5"',
  '"9007199254740993"',
  'null',
  '[1, 2]',
  '{"a": 1}',
] as const
/** These are odd, and numbers all the same. */
const GOOD = [
  '9007199254740992',
  '1e16',
  '123456789012345000000',
  '-18446744073709551616',
  '"1.50"',
  'true',
  '0.1000000000000000055511',
] as const

const PATH = '/lab/fridge/bad'
const BESIDE = '/lab/fridge/good'

interface Sent {
  /** What the answer names, or what the controller's page does. */
  readonly named: string
  /** Values in the request that are always good. */
  readonly beside: number
}

type Way = (lab: Lab, key: string, t: TestContext) => Promise<(json: string) => Promise<Sent>>

const post =
  (method: string, path: string, type: string, body: (json: string) => string): Way =>
  (lab, key) =>
    Promise.resolve(async (json) => {
      const headers = { authorization: `Bearer ${key}`, 'content-type': type }
      const answer = await fetch(lab.url + path, { method, headers, body: body(json) })
      const text = await answer.text()
      assert.ok(answer.status === 200 || answer.status === 204 || path === '/write', `${json}: ${answer.status} ${text}`)
      return { named: text, beside: 1 }
    })

/** As text says it where there is no JSON: `"nan"` is nan. */
const bare = (json: string): string => (json.startsWith('"') ? (JSON.parse(json) as string) : json)

const refusedBy = async (lab: Lab): Promise<ControllerStatus['refused_values']> => {
  const [status] = (await lab.get('/controllers', { path: '/lab/fridge' })).json as ControllerStatus[]
  return status?.refused_values ?? null
}

const mqtt =
  (topic: string, payload: (json: string) => string): Way =>
  async (lab, key, t) => {
    const device = await connectDevice(t, lab, key, { over: 'tcp' })
    return async (json) => {
      const before = (await refusedBy(lab))?.count ?? 0
      await device.publish(topic, payload(json), { qos: 1 })
      await device.publish('lab/fridge/good', '2', { qos: 1 })
      assert.equal(device.client.connected, true)
      const refused = await refusedBy(lab)
      return { named: refused && refused.count > before ? JSON.stringify(refused) : '', beside: 1 }
    }
  }

const rows = (json: string): string[] => [
  `{"path": "${PATH}", "timestamp": 1790000000, "value": ${json}}`,
  `{"path": "${BESIDE}", "timestamp": 1790000001, "value": 2}`,
]
const bothByPath = (json: string): string => `{"${PATH}": ${json}, "${BESIDE}": 2}`
const bothByName = (json: string): string => `{"bad": ${json}, "good": 2}`

const WAYS: Readonly<Record<string, Way>> = {
  'PUT /resources, a form': post('PUT', '/api/v1/resources', 'application/x-www-form-urlencoded', (json) =>
    new URLSearchParams({ values: bothByPath(json) }).toString(),
  ),
  'PUT /resources, JSON': post('PUT', '/api/v1/resources', 'application/json', (json) => `{"values": ${bothByPath(json)}}`),
  'POST /sequences/values, an array': post('POST', '/api/v1/sequences/values', 'application/json', (json) => `[${rows(json).join(',')}]`),
  'POST /sequences/values, NDJSON': post('POST', '/api/v1/sequences/values', 'application/x-ndjson', (json) => rows(json).join('\n')),
  'POST /sequences/values, CSV': post(
    'POST',
    '/api/v1/sequences/values',
    'text/csv',
    (json) => `path,timestamp,value\n${PATH},1790000000,"${bare(json).replaceAll('"', '""')}"\n${BESIDE},1790000001,2\n`,
  ),
  'POST /ingest': post('POST', '/api/v1/ingest/lab/fridge', 'application/json', bothByName),
  'line protocol': post('POST', '/write', 'text/plain', (json) => `fridge bad=${json.replaceAll(' ', '')},good=2`),
  'WebSocket update': async (lab, key, t) => {
    const peer = await connect(t, lab, key)
    let id = 0
    return async (json) => {
      peer.send(`{"type": "update", "id": ${++id}, "parameters": ${bothByName(json)}}`)
      return { named: JSON.stringify(await peer.hear((message) => message.id === id)), beside: 1 }
    }
  },
  'WebSocket update_sequence': async (lab, key, t) => {
    const peer = await connect(t, lab, key)
    let id = 0
    return async (json) => {
      peer.send(`{"type": "update_sequence", "id": ${++id}, "parameters": {"sequence": "bad", "value": ${json}}}`)
      peer.send(`{"type": "update_sequence", "id": "good ${id}", "parameters": {"sequence": "good", "value": 2}}`)
      await peer.hear((message) => message.id === `good ${id}`)
      return { named: JSON.stringify(await peer.hear((message) => message.id === id)), beside: 1 }
    }
  },
  'MQTT update': mqtt('lab/fridge', (json) => `{"update": {"bad": ${json}}}`),
  'MQTT, JSON of a device': mqtt('lab/fridge', bothByName),
  'MQTT, s,NAME': mqtt('lab/fridge', (json) => `s,bad,,${bare(json)}`),
  'MQTT, the topic of the sequence': mqtt('lab/fridge/bad', bare),
}

/** `null` says in words of a device that there is no value. */
const isNothing = (way: string, json: string): boolean => json === 'null' && (way === 'POST /ingest' || way === 'MQTT, JSON of a device')

const valuesOf = async (lab: Lab, path: string): Promise<string[]> =>
  ((await lab.get(`/resources${path}`, { count: 100 })).json as { values: string[] }).values

async function start(t: TestContext): Promise<{ lab: Lab; key: string; bad: string; beside: string }> {
  const lab = await startLab(t, { mqtt: true })
  const { key } = await lab.controller('fridge')
  for (const path of [PATH, BESIDE]) await lab.sequence(path)
  return { lab, key, bad: PATH, beside: BESIDE }
}

for (const [way, open] of Object.entries(WAYS)) {
  const folder = way === 'line protocol' ? '/lab/fridge/fridge' : '/lab/fridge'

  test(`${way}: what is no number is named, and what is beside it is stored`, async (t) => {
    const { lab, key } = await start(t)
    for (const name of ['bad', 'good']) if (folder !== '/lab/fridge') await lab.sequence(`${folder}/${name}`)
    const send = await open(lab, key, t)
    for (const json of BAD) {
      // A comma ends a field of the line protocol.
      if (way === 'line protocol' && json === '[1, 2]') continue
      const { named, beside } = await send(json)
      if (!isNothing(way, json)) assert.match(named, way === 'WebSocket update_sequence' ? /"error".*value/ : /bad/, `${json}: ${named}`)
      assert.deepEqual(await valuesOf(lab, `${folder}/bad`), [], json)
      const good = await valuesOf(lab, `${folder}/good`)
      assert.ok(good.length >= beside && good.every((value) => value === '2'), `${json}: ${good.join()}`)
      await lab.delete(`/resources${folder}/good`, { data_only: 1 })
    }
  })

  test(`${way}: odd numbers that a number can be come back as they were sent`, async (t) => {
    const { lab, key } = await start(t)
    for (const name of ['bad', 'good']) if (folder !== '/lab/fridge') await lab.sequence(`${folder}/${name}`)
    const send = await open(lab, key, t)
    for (const json of GOOD) {
      // In words of a device every whole number beyond 2^53 is refused, since its digits are lost by then.
      const isDevice = way === 'POST /ingest' || way === 'MQTT, JSON of a device'
      if (isDevice && Math.abs(Number(json)) > Number.MAX_SAFE_INTEGER) continue
      if (way === 'line protocol' && json === '"1.50"') continue
      await send(json)
      const values = await valuesOf(lab, `${folder}/bad`)
      const number = json === 'true' ? 1 : Number(bare(json))
      assert.deepEqual(values.map(Number), [number], json)
      await lab.delete(`/resources${folder}/bad`, { data_only: 1 })
    }
  })
}

test('a text sequence keeps all digits of a whole number beyond 2^53, and digits in texts stay what they are', async (t) => {
  const { lab, key } = await start(t)
  await lab.sequence('/lab/fridge/serial', 2)
  const serials = ['9007199254740993', '-12345678901234567890']
  const texts = ['"a \\" 9007199254740993"', '"[12345678901234567890]"']
  const peer = await connect(t, lab, key)
  let id = 0
  for (const json of [...serials, ...texts]) {
    await post(
      'PUT',
      '/api/v1/resources',
      'application/json',
      () => `{"values": {"/lab/fridge/serial": ${json}}}`,
    )(lab, key, t).then((send) => send(json))
    peer.send(`{"type": "update_sequence", "id": ${++id}, "parameters": {"sequence": "serial", "value": ${json}}}`)
    await peer.hear((message) => message.id === id)
    const wanted = json.startsWith('"') ? (JSON.parse(json) as string) : json
    assert.deepEqual(await valuesOf(lab, '/lab/fridge/serial'), [wanted, wanted])
    await lab.delete('/resources/lab/fridge/serial', { data_only: 1 })
  }
})
