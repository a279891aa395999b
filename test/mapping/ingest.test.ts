/** Webhooks, and objects that come by HTTP. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { ValuesAnswer } from '../../src/wire/answers.ts'
import { TEXT } from '../../src/wire/resource-types.ts'
import { Browser } from '../support/browser.ts'
import { FakeClock, startLab, type Lab } from '../support/lab.ts'

interface Answer {
  status: number
  json: ValuesAnswer & { message?: string }
}

async function post(lab: Lab, path: string, body: string | object, headers: Record<string, string> = {}): Promise<Answer> {
  const sent = typeof body === 'string' ? body : JSON.stringify(body)
  const reply = await fetch(`${lab.url}/api/v1/ingest${path}`, { method: 'POST', body: sent, headers })
  return { status: reply.status, json: (await reply.json()) as Answer['json'] }
}

const newest = async (lab: Lab, path: string): Promise<string> => (await lab.get(`/resources${path}`)).text

test('any JSON goes to its folder: objects, lists, lines, forms, and what a network says of its devices', async (t) => {
  const lab = await startLab(t, { clock: new FakeClock() })
  const house = await lab.controller('house')
  await lab.put('/resources/lab/house', { system_attributes: { create_sequences: true } })
  const bearer = { authorization: `Bearer ${house.key}` }
  const basic = { authorization: `Basic ${Buffer.from(`any:${house.key}`).toString('base64')}` }
  const bad = await post(lab, '/lab/house', '{"temperature": 21.5, "list": [1], "deep": {"ok": true}}', bearer)
  assert.deepEqual([bad.status, bad.json.stored, bad.json.skipped.map(({ path }) => path)], [200, 2, ['/lab/house/list']])
  assert.equal(await newest(lab, '/lab/house/temperature'), '21.5')
  assert.equal(await newest(lab, '/lab/house/deep/ok'), '1')
  const list = [
    { ts: 1_769_857_200, level: 1 },
    { ts: 1_769_857_260, level: 2 },
  ]
  assert.equal((await post(lab, '/lab/house/tank', list, basic)).json.stored, 2)
  assert.equal(
    (await post(lab, '/lab/house/tank', list.map((one) => JSON.stringify({ ...one, level: 9 })).join('\n'), basic)).json.repeated,
    2,
  )
  assert.equal(await newest(lab, '/lab/house/tank/level'), '9')
  const form = { ...basic, 'content-type': 'application/x-www-form-urlencoded' }
  assert.equal((await post(lab, '/lab/house?topic=station', 'tempf=68.5&model=GW1000', form)).json.stored, 2)
  assert.equal(await newest(lab, '/lab/house/station/tempf'), '68.5')
  const uplink = {
    end_device_ids: { device_id: 'soil' },
    uplink_message: { decoded_payload: { moisture: 31 }, received_at: '2026-01-31T11:00:00Z' },
  }
  assert.equal((await post(lab, '/lab/house', uplink, bearer)).json.stored, 1)
  assert.equal(await newest(lab, '/lab/house/soil/moisture'), '31')
  const put = await lab.put('/resources', { values: { '/lab/house/kitchen': { humidity: 40, air: { co2: 500 } }, '/lab/house/weight': 4 } })
  assert.deepEqual([put.status, (put.json as ValuesAnswer).stored], [200, 3])
  assert.equal(await newest(lab, '/lab/house/kitchen/air/co2'), '500')
})

test('what is refused: no key, a key of others, no JSON, nothing in it, too much', async (t) => {
  const lab = await startLab(t, { settings: { MAX_BODY_SIZE: 200_000 } })
  const house = await lab.controller('house')
  const other = await lab.controller('other')
  const stranger = await lab.user('stranger@example.com', { member: false })
  await lab.put('/resources/lab/house', { system_attributes: { create_sequences: true } })
  await lab.put('/resources/lab/house', {
    permissions: [
      [120, lab.organization.id, 0],
      [140, house.id, 20],
    ],
  })
  const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` })
  assert.equal((await post(lab, '/lab/house', { a: 1 })).status, 403)
  assert.equal((await post(lab, '/lab/house', { a: 1 }, bearer('RHIZOWRONG'))).status, 401)
  assert.ok([403, 404].includes((await post(lab, '/lab/house', { a: 1 }, bearer(other.key))).status))
  assert.ok([403, 404].includes((await post(lab, '/lab/house', { a: 1 }, bearer(stranger.key))).status))
  assert.equal((await post(lab, '/lab/house', '{"a": 1', bearer(house.key))).status, 400)
  assert.equal((await post(lab, '/lab/house', 'null', bearer(house.key))).status, 400)
  assert.equal((await post(lab, '/lab/house', `{"a": "${'x'.repeat(200_000)}"}`, bearer(house.key))).status, 413)
  assert.equal(lab.ctx.tree.find('/lab/house/a'), undefined)
})

test('a secret in the address is good for its folder alone, is kept as a hash, and ends when it is revoked', async (t) => {
  const lab = await startLab(t)
  await lab.controller('house')
  await lab.put('/resources/lab/house', { system_attributes: { create_sequences: true } })
  await lab.sequence('/lab/plain/level')
  const made = (await lab.post('/keys', { ingest_folder: '/lab/house' })).json as { id: number; secret_key: string }
  assert.equal((await post(lab, `/-/${made.secret_key}`, { temperature: 3 })).json.stored, 1)
  assert.equal((await post(lab, `/-/${made.secret_key}/attic`, { temperature: 4 })).json.stored, 1)
  assert.equal(await newest(lab, '/lab/house/attic/temperature'), '4')
  // No key, for anything.
  const asKey = { authorization: `Bearer ${made.secret_key}` }
  assert.equal((await fetch(`${lab.url}/api/v1/resources/lab/house`, { headers: asKey })).status, 401)
  assert.equal((await post(lab, '/lab/house', { temperature: 5 }, asKey)).status, 401)
  // Nor is a key such a secret.
  assert.equal((await post(lab, `/-/${lab.key}`, { temperature: 5 })).status, 401)
  const rows = await lab.ctx.db.selectFrom('keys').selectAll().where('id', '=', made.id).execute()
  assert.ok(!JSON.stringify(rows).includes(made.secret_key))
  const plain = (await lab.post('/keys', { ingest_folder: '/lab/plain' })).json as { id: number; secret_key: string }
  assert.equal((await post(lab, `/-/${plain.secret_key}`, { level: 7, more: 1 })).json.stored, 1)
  const listed = Object.values((await lab.get('/keys', { ingest_folder: '/lab/house' })).json as Record<string, { ingest_folder: string }>)
  assert.deepEqual(
    listed.map(({ ingest_folder: folder }) => folder),
    ['/lab/house'],
  )
  await lab.delete(`/keys/${made.id}`)
  assert.equal((await post(lab, `/-/${made.secret_key}`, { temperature: 6 })).status, 401)
  const reader = await lab.user('reader@example.com')
  await lab.put('/resources/lab/plain', { permissions: [[110, lab.organization.id, 10]] })
  assert.equal((await reader.post('/keys', { ingest_folder: '/lab/plain' })).status, 403)
  assert.equal((await reader.get('/keys', { ingest_folder: '/lab/plain' })).status, 403)
})

test('lists and lines beyond ten thousand messages are refused, and nothing of them is stored', async (t) => {
  const lab = await startLab(t)
  await lab.sequence('/lab/level')
  const send = async (body: string): Promise<number> =>
    (await fetch(`${lab.url}/api/v1/ingest/lab`, { method: 'POST', headers: { authorization: `Bearer ${lab.key}` }, body })).status
  assert.equal(await send(`[${'{"level":1},'.repeat(10_000)}{"level":1}]`), 413)
  assert.equal(await send('{"level":1}\n'.repeat(10_001)), 413)
  assert.deepEqual(((await lab.get('/resources/lab/level', { count: 5 })).json as { values: string[] }).values, [])
  assert.equal(await send(`{"level":1}\n${'\n'.repeat(100_000)}{"level":2}\n`), 200, 'empty lines are no messages')
  assert.equal(await send('{"level":1\nno JSON\n'), 400, 'not one message can be read')
})

test('a line that is damaged, an element that is no message, and a mark at the beginning cost none of the others', async (t) => {
  const lab = await startLab(t)
  await lab.sequence('/lab/level')
  const send = async (body: string): Promise<{ stored: number; skipped: { message: string }[] }> => {
    const answer = await fetch(`${lab.url}/api/v1/ingest/lab`, { method: 'POST', headers: { authorization: `Bearer ${lab.key}` }, body })
    assert.equal(answer.status, 200, body)
    return (await answer.json()) as { stored: number; skipped: { message: string }[] }
  }
  const lines = await send('{"level":1}\n\nno JSON\n{"level":2}\n{"level":')
  assert.equal(lines.stored, 2)
  assert.deepEqual(
    lines.skipped.map(({ message }) => message),
    ['Line 3 of the body is not JSON: "no JSON".', 'Line 5 of the body is not JSON: "{\\"level\\":".'],
  )
  const list = await send('[{"level":3},"x",{"level":4}]')
  assert.equal(list.stored, 2)
  assert.match(list.skipped[0]?.message ?? '', /Message 2 /)
  assert.equal((await send('\ufeff{"level":5}')).stored, 1)
  assert.equal((await send('\ufeff{"level":6}\n{"level":7}')).stored, 2)
})

const timesOf = async (lab: Lab, path: string): Promise<string[]> =>
  ((await lab.get(`/resources${path}`, { count: 9 })).json as { timestamps: number[] }).timestamps.map((time) =>
    new Date(time * 1000).toISOString(),
  )

async function call(lab: Lab, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer & { text: string }> {
  const reply = await fetch(`${lab.url}${path}`, { method, headers })
  const text = await reply.text()
  return { status: reply.status, text, json: (text.startsWith('{') ? JSON.parse(text) : {}) as Answer['json'] }
}

test('a device that can only call an address is heard: its values stand behind the question mark', async (t) => {
  const lab = await startLab(t, { clock: new FakeClock() })
  const house = await lab.controller('house')
  await lab.put('/resources/lab/house', { system_attributes: { create_sequences: true } })
  const { secret_key: secret } = (await lab.post('/keys', { ingest_folder: '/lab/house' })).json as { secret_key: string }
  const to = `/api/v1/ingest/-/${secret}`
  assert.equal((await call(lab, `${to}/plug?temperature=21.5&humidity=40&token=abc&state=on`)).json.stored, 3)
  assert.equal(await newest(lab, '/lab/house/plug/temperature'), '21.5')
  assert.equal((await call(lab, `${to}?topic=attic&hum=55&`)).json.stored, 1)
  assert.equal(await newest(lab, '/lab/house/attic/hum'), '55')
  assert.equal((await call(lab, '/api/v1/ingest/lab/house?level=7', { authorization: `Bearer ${house.key}` })).json.stored, 1)
  assert.equal((await call(lab, `${to}/plug?temperature=22.5`, {}, 'POST')).json.stored, 1, 'a POST without a body, too')
  assert.equal(await newest(lab, '/lab/house/plug/temperature'), '22.5')
  // ThingSpeak's form, and several at once.
  assert.equal(
    (await call(lab, `${to}/pot/update?api_key=XYZ&field1=3.5&field2=4&created_at=2026-01-31%2010:00:00%20%2B0100`)).json.stored,
    2,
  )
  assert.equal(await newest(lab, '/lab/house/pot/field1'), '3.5')
  assert.deepEqual(await timesOf(lab, '/lab/house/pot/field1'), ['2026-01-31T09:00:00.000Z'])
  const bulk = {
    write_api_key: 'XYZ',
    updates: [
      { created_at: '2026-01-31 10:01:00 +0100', field1: 5 },
      { delta_t: 3, field1: 6 },
    ],
  }
  const many = await post(lab, `/-/${secret}/pot/bulk_update.json`, bulk)
  assert.deepEqual([many.json.stored, many.json.skipped.length], [1, 1])
  assert.match(many.json.skipped[0]?.message ?? '', /no created_at: it is not stored/)
  // Weather Underground's form, by an address of ours and by its own.
  const form = 'ID=home&dateutc=2026-1-31+9:5:2&tempf=68.5&humidity=41&softwaretype=x&action=updateraw'
  assert.equal((await call(lab, `${to}/roof/updateweatherstation.php?PASSWORD=hunter2&${form}`)).json.stored, 2)
  assert.deepEqual(await timesOf(lab, '/lab/house/roof/tempf'), ['2026-01-31T09:05:02.000Z'])
  const own = await call(lab, `/weatherstation/updateweatherstation.php?PASSWORD=${secret}&${form}`)
  assert.deepEqual([own.status, own.text], [200, 'success\n'])
  assert.equal(await newest(lab, '/lab/house/tempf'), '68.5')
  assert.equal((await call(lab, `/weatherstation/updateweatherstation.php?PASSWORD=wrong&${form}`)).status, 401)
  const folder = (await lab.get('/resources/lab/house', { recursive: 1 })).text
  for (const word of ['XYZ', 'hunter2', secret, 'PASSWORD', 'token', 'api_key']) assert.ok(!folder.includes(word), word)
  const messages = lab.ctx.devices.recent
    .of(lab.ctx.tree.find('/lab/house')?.id ?? 0)
    .map(({ payload }) => payload.toString())
    .join()
  assert.ok(!messages.includes('hunter2') && !messages.includes(secret))
})

test('a link in a browser stores nothing: no session, nothing fetched ahead, no other page, no HEAD', async (t) => {
  const lab = await startLab(t)
  await lab.controller('house')
  await lab.put('/resources/lab/house', { system_attributes: { create_sequences: true } })
  const { secret_key: secret } = (await lab.post('/keys', { ingest_folder: '/lab/house' })).json as { secret_key: string }
  await lab.user('ann@example.com')
  const browser = new Browser(lab)
  assert.equal((await browser.signIn('ann@example.com', 'correct-horse-9')).status, 200)
  const { cookie } = browser
  const bearer = { authorization: `Bearer ${lab.key}` }
  const refused = async (path: string, headers: Record<string, string>, method?: string): Promise<void> =>
    assert.equal((await call(lab, `/api/v1/ingest${path}?a=1`, headers, method)).status, 403, JSON.stringify(headers))
  await refused('/lab/house', { cookie })
  await refused(`/-/${secret}`, { cookie })
  await refused('/lab/house', {})
  await refused(`/-/${secret}`, { 'sec-purpose': 'prefetch;prerender' })
  await refused(`/-/${secret}`, { purpose: 'prefetch' })
  await refused('/lab/house', { ...bearer, 'sec-fetch-site': 'cross-site' })
  await refused(`/-/${secret}`, {}, 'HEAD')
  assert.equal((await call(lab, `/api/v1/ingest/-/${secret}`)).status, 400)
  assert.equal((await call(lab, '/api/v1/ingest/lab/house?a=1', { authorization: 'Bearer RHIZOWRONG' })).status, 401)
  assert.equal(lab.ctx.tree.find('/lab/house/a'), undefined)
})

test('SenML is understood as one message: base names and times, values of their own times, what can’t be taken', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  await lab.controller('house')
  await lab.put('/resources/lab/house', { system_attributes: { create_sequences: true } })
  const now = Math.floor(clock.now() / 1_000_000)
  const pack = [
    { bn: 'urn:dev:1:', bt: now - 100, bu: '%RH', n: 'rh', v: 40 },
    { n: 'rh', t: 60, v: 41 },
    { n: 'temp', u: 'Cel', v: 21.5 },
    { n: 'later', t: 9_000, v: 1 },
    { n: 'blob', vd: 'AAEC' },
  ]
  const answer = await post(lab, '/lab/house/gateway', pack, { authorization: `Bearer ${lab.key}` })
  assert.deepEqual([answer.status, answer.json.stored, answer.json.skipped.length], [200, 3, 2])
  const rh = (await lab.get('/resources/lab/house/gateway/urn:dev:1/rh', { count: 9 })).json as { values: string[]; timestamps: number[] }
  assert.deepEqual(
    [rh.values.map(Number), rh.timestamps],
    [
      [40, 41],
      [now - 100, now - 40],
    ],
  )
  const position = [
    { bn: 'a', u: 'lon', v: 8.5 },
    { u: 'lat', v: 52.5 },
  ]
  assert.equal((await post(lab, '/lab/house', position, { authorization: `Bearer ${lab.key}` })).json.stored, 2)
  assert.equal(await newest(lab, '/lab/house/a/lat'), '52.5')
})

test('a field that is given twice is told, and so is what is nearly a number', async (t) => {
  const lab = await startLab(t, { clock: new FakeClock() })
  const house = await lab.controller('house')
  await lab.put('/resources/lab/house', { system_attributes: { create_sequences: true } })
  const key = { authorization: `Bearer ${house.key}` }
  const get = async (query: string): Promise<ValuesAnswer> =>
    (await (await fetch(`${lab.url}/api/v1/ingest/lab/house?${query}`, { headers: key })).json()) as ValuesAnswer
  const words = ({ skipped }: ValuesAnswer): string[] => skipped.map(({ message }) => message)
  const twice = await get('t=1&h=40&t=2')
  assert.deepEqual([twice.stored, words(twice).length], [2, 1])
  assert.match(words(twice)[0] ?? '', /"t" is given 2 times: "2" is taken, and "1" not/)
  assert.equal(await newest(lab, '/lab/house/t'), '2')
  assert.deepEqual(words(await get('t=3&t=3')), [], 'the same twice')
  const form = { ...key, 'content-type': 'application/x-www-form-urlencoded' }
  const { json } = await post(lab, '/lab/house', 'token=abc&token=def&h=41', form)
  assert.match(words(json)[0] ?? '', /"token" is given 2 times\. Give/, 'no secret is shown')

  const near = await get('a=21,5&b=40%25&c=21.5%20%C2%B0C&d=fine')
  assert.deepEqual([near.stored, words(near).length], [1, 3])
  assert.match(words(near)[0] ?? '', /"21,5" is text, and there is no sequence yet: send the number alone, with a decimal point/)
  assert.equal((await get('a=21.5')).stored, 1)
  assert.equal(await newest(lab, '/lab/house/a'), '21.5')
})

test('a message that was cut off makes no sequence of texts, nor do dashes', async (t) => {
  const lab = await startLab(t, { clock: new FakeClock() })
  const house = await lab.controller('house')
  await lab.put('/resources/lab/house', { system_attributes: { create_sequences: true } })
  const key = { authorization: `Bearer ${house.key}`, 'content-type': 'text/plain' }
  for (const [body, words] of [
    ["{'a': 1}", /Line 1 of the body is not JSON/],
    ['[1, 2', /begins as JSON does, and can’t be read as such/],
    ['--.-', /is no value, and there is no sequence yet/],
  ] as const) {
    const { json } = await post(lab, '/lab/house/air', body, key)
    assert.match(json.skipped?.[0]?.message ?? json.message ?? '', words)
  }
  assert.equal((await post(lab, '/lab/house/air', '[x', { ...key })).json.stored, 0)
  await lab.sequence('/lab/house/note', TEXT)
  assert.equal((await post(lab, '/lab/house/note', '[x', key)).json.stored, 1)
})

test('a plus that a device does not escape is the sign of its time’s offset', async (t) => {
  const lab = await startLab(t, { clock: new FakeClock() })
  const house = await lab.controller('house')
  await lab.put('/resources/lab/house', { system_attributes: { create_sequences: true } })
  await fetch(`${lab.url}/api/v1/ingest/lab/house?time=2026-01-31T12:30:00+01:00&t=5`, {
    headers: { authorization: `Bearer ${house.key}` },
  })
  const { timestamps } = (await lab.get('/resources/lab/house/t', { count: 5 })).json as { timestamps: number[] }
  assert.deepEqual(timestamps, [Date.UTC(2026, 0, 31, 11, 30) / 1000])
})

test('a table or a document is no value', async (t) => {
  const lab = await startLab(t)
  const house = await lab.controller('house')
  const key = { authorization: `Bearer ${house.key}` }
  const csv = await post(lab, '/lab/house/x', 'time,t\n2026-01-31T12:00:00Z,1\n', { ...key, 'content-type': 'text/csv' })
  assert.deepEqual([csv.status, /is CSV.*POST \/api\/v1\/imports/.test(csv.json.message ?? '')], [400, true])
  const xml = await post(lab, '/lab/house/x', '<a/>', { ...key, 'content-type': 'application/xml; charset=utf-8' })
  assert.deepEqual([xml.status, /is XML/.test(xml.json.message ?? '')], [400, true])
})
