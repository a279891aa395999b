/** The three extensions that are shipped as examples, each on a real server. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import test from 'node:test'
import sharp from 'sharp'
import { readValues } from '../../src/sequences/sequences.ts'
import type { Resource } from '../../src/tree/tree.ts'
import { Browser } from '../support/browser.ts'
import { EXAMPLES, extensionFolder } from '../support/extension-lab.ts'
import { FakeClock, startLab, type Lab } from '../support/lab.ts'
import { connectDevice } from '../support/mqtt-client.ts'
import { connect } from '../support/peer.ts'
import { waitFor } from '../support/waiting.ts'

const visitor = async (lab: Lab): Promise<(path: string, headers?: Record<string, string>) => Promise<Response>> => {
  const browser = new Browser(lab)
  assert.equal((await browser.signIn('admin@example.com', 'correct-horse-9')).status, 200)
  return (path, headers = {}) =>
    fetch(lab.url + path, { headers: { cookie: browser.cookie, accept: 'text/html', ...headers }, redirect: 'manual' })
}

test('hello: a page, an API route, an entry in the navigation, a setting, a message type', async (t) => {
  const extensions = await extensionFolder(t, 'hello')
  await extensions.write('hello/autoload-config.yaml', 'GREETING: Bonjour')
  const lab = await startLab(t, extensions.options())
  const visit = await visitor(lab)
  const page = await visit('/-/ext/hello?name=%3Cb%3E')
  const text = await page.text()
  assert.equal(page.status, 200)
  assert.match(text, /<h1>.*Bonjour, &lt;b&gt;!/s)
  assert.match(text, /You may see the folder \/lab\./)
  assert.match(text, /<a class="button is-quiet nav-extra" href="\/-\/ext\/hello">\s*Hello/)
  assert.match(page.headers.get('content-security-policy') ?? '', /script-src 'self';/)
  const stranger = await fetch(`${lab.url}/-/ext/hello`, { redirect: 'manual' })
  assert.deepEqual([stranger.status, stranger.headers.get('location')], [303, '/-/sign-in?next=%2F-%2Fext%2Fhello'])
  assert.equal((await visit('/-/ext/hello/none')).status, 404)

  assert.deepEqual((await lab.get('/ext/hello', { name: 'Ann' })).json, { text: 'Bonjour, Ann!' })
  assert.equal((await lab.as('').get('/ext/hello')).status, 403)
  const refused = await lab.get('/ext/hello', { name: 'x'.repeat(101) })
  assert.deepEqual([refused.status, (refused.json as { message: string }).message], [400, 'name is longer than 100 characters.'])
  assert.equal((await lab.post('/ext/hello')).status, 404)

  const fridge = await lab.controller('fridge')
  const peer = await connect(t, lab, fridge.key)
  peer.send({ type: 'hello', id: 3, parameters: { name: 'fridge' } })
  assert.deepEqual((await peer.hear('hello_answer')).parameters, { text: 'Bonjour, fridge!' })
  const device = await connectDevice(t, lab, fridge.key)
  await device.subscribe('lab/fridge')
  await device.publish('lab/fridge', { hello: {} })
  await device.hear('{"hello_answer":{"text":"Bonjour, device!"}}')
  const outsider = await lab.user('guest@example.com', { member: false })
  const refusal = await (await connect(t, lab, outsider.key)).ask('hello', {}, { folder: '/lab/fridge' })
  assert.equal(refusal.parameters['code'], 'forbidden', 'who may not write a folder is not answered there')
})

test('plate-map: a folder with A01.png is shown as a plate, with small pictures and its own style', async (t) => {
  const extensions = await extensionFolder(t, 'plate-map')
  const lab = await startLab(t, extensions.options())
  const visit = await visitor(lab)
  const picture = await sharp({ create: { width: 400, height: 300, channels: 3, background: '#2080c0' } })
    .png()
    .toBuffer()
  for (const name of ['A01.png', 'C07.png', 'H12.png', 'notes.txt'])
    assert.equal((await lab.post(`/resources/lab/plate 1/${name}`, { data: picture.toString('base64') })).status, 200)
  const page = await visit('/lab/plate%201')
  const text = await page.text()
  assert.match(text, /<caption>3 of 96 wells<\/caption>/)
  assert.deepEqual(
    [...text.matchAll(/alt="Well (\w+)"/g)].map(([, name]) => name),
    ['A01', 'C07', 'H12'],
  )
  assert.equal(text.match(/is-empty/g)?.length, 93)
  const [, address = ''] = /<img\s+src="([^"]*C07[^"]*)"/.exec(text) ?? []
  assert.equal(address, '/lab/plate%201/C07.png?width=160')
  const small = await visit(address, { accept: 'image/*', 'sec-fetch-dest': 'image' })
  assert.equal((await sharp(Buffer.from(await small.arrayBuffer())).metadata()).width, 160)
  const style = await visit('/-/ext/plate-map/static/plate-map.css')
  assert.match(text, /<link rel="stylesheet" href="\/-\/ext\/plate-map\/static\/plate-map\.css"/)
  assert.deepEqual([style.status, style.headers.get('content-type')], [200, 'text/css; charset=utf-8'])
  const again = await visit('/-/ext/plate-map/static/plate-map.css', { 'if-none-match': style.headers.get('etag') ?? '' })
  assert.equal(again.status, 304)
  await testTile(lab, visit)
  for (const path of [
    'static/../rhizo-extension.js',
    'static/%2e%2e/rhizo-extension.js',
    'static/%2e%2e%2frhizo-extension.js',
    'static/none.css',
    'static',
  ])
    assert.notEqual((await visit(`/-/ext/plate-map/${path}`)).status, 200, path)

  const plain = await (await visit('/lab/plate%201?view=plain')).text()
  assert.doesNotMatch(plain, /<caption>/)
  assert.match(plain, /C07\.png/)
  const guest = await lab.user('guest@example.com', { member: false })
  assert.equal((await lab.as(guest.key).get('/resources/lab/plate 1')).status, 403)
  assert.equal((await fetch(`${lab.url}/lab/plate%201`, { redirect: 'manual', headers: { accept: 'text/html' } })).status, 303)
})

const PATHS = { temperature: '/lab/room/t', humidity: '/lab/room/rh', dew_point: '/lab/room/dew' }

async function makeRoom(lab: Lab): Promise<void> {
  for (const path of Object.values(PATHS)) await lab.sequence(path)
}

async function dewPoints(lab: Lab): Promise<(readonly [seconds: number, value: number | string])[]> {
  const { ctx, adminId } = lab
  const sequence = ctx.tree.find(PATHS.dew_point) as Resource
  const actor = { kind: 'user', userId: adminId, isSystemAdmin: true } as const
  const { times, values } = await readValues(ctx, actor, sequence, { limit: 10_000, order: 'ascending' })
  return times.map((time, at) => [time / 1e6 - START, values[at] ?? ''] as const)
}

const START = Date.UTC(2026, 0, 31) / 1000

const send = async (lab: Lab, path: string, values: Record<number, number>): Promise<void> => {
  const csv = Object.entries(values)
    .map(([at, value]) => `${path},${new Date((START + Number(at)) * 1000).toISOString()},${value}`)
    .join('\n')
  const response = await fetch(`${lab.url}/api/v1/sequences/values`, {
    method: 'POST',
    headers: { authorization: `Bearer ${lab.key}`, 'content-type': 'text/csv' },
    body: `path,timestamp,value\n${csv}\n`,
  })
  assert.equal(response.status, 200, await response.text())
}

test('derived-values: what was there is filled in, what comes is derived, late values are computed again, nothing twice', async (t) => {
  const extensions = await extensionFolder(t, 'derived-values')
  const given = { ACTS_AS: 'admin@example.com', PAIRS: [PATHS], TOLERANCE_SECONDS: 60 }
  const clock = new FakeClock()
  const options = { ...extensions.options({ EXTENSION_SETTINGS: { 'derived-values': given } }), clock, folder: extensions.folder }
  const before = await startLab(t, { ...options, settings: {} })
  await makeRoom(before)
  await send(before, PATHS.temperature, { 0: 20, 30: 21, 200: 22 })
  await send(before, PATHS.humidity, { 0: 50 })
  await before.stop()

  const lab = await startLab(t, options)
  const { dewPoint } = (await import(pathToFileURL(join(EXAMPLES, 'derived-values', 'rhizo-extension.js')).href)) as {
    dewPoint: (temperature: number, humidity: number) => number
  }
  assert.equal(dewPoint(20, 50), 9.26)
  assert.equal(dewPoint(25, 100), 25)
  // At 200 seconds the humidity is too old.
  await waitFor('old values are filled in', async () => (await dewPoints(lab)).length === 2)
  assert.deepEqual(await dewPoints(lab), [
    [0, 9.26],
    [30, dewPoint(21, 50)],
  ])
  await send(lab, PATHS.humidity, { 300: 60 })
  await send(lab, PATHS.temperature, { 310: 23 })
  await waitFor('a new one is derived', async () => (await dewPoints(lab)).length === 3)
  // Late: two humidities for temperatures that are there, of which one was taken with another before.
  await send(lab, PATHS.humidity, { 20: 80, 190: 40 })
  await waitFor('late ones count', async () => (await dewPoints(lab)).length === 4)
  const expected = [
    [0, 9.26],
    [30, dewPoint(21, 80)],
    [200, dewPoint(22, 40)],
    [310, dewPoint(23, 60)],
  ]
  assert.deepEqual(await dewPoints(lab), expected)

  const told: number[] = []
  const id = lab.ctx.tree.find(PATHS.dew_point)?.id
  lab.ctx.hub.on('valuesCommitted', ({ sequences }) => void told.push(...sequences))
  assert.deepEqual((await lab.post('/ext/derived-values/backfill')).json, { sequences: [PATHS.dew_point] })
  await send(lab, PATHS.humidity, { 400: 60 })
  await send(lab, PATHS.temperature, { 410: 24 })
  await waitFor('the next one is derived', async () => (await dewPoints(lab)).length === 5)
  assert.deepEqual(await dewPoints(lab), [...expected, [410, dewPoint(24, 60)]])
  assert.equal(told.filter((one) => one === id).length, 1, 'what is the same is not stored again')

  const guest = await lab.user('guest@example.com', { member: false })
  assert.deepEqual((await lab.as(guest.key).post('/ext/derived-values/backfill')).json, { sequences: [] })
})

test('derived-values writes nothing that the user of ACTS_AS may not write', async (t) => {
  const extensions = await extensionFolder(t, 'derived-values')
  const options = { ...extensions.options({}), folder: extensions.folder }
  const before = await startLab(t, { ...options, settings: {} })
  await makeRoom(before)
  await before.user('robot@example.com', { member: false })
  await send(before, PATHS.temperature, { 0: 20 })
  await before.stop()
  const given = { ACTS_AS: 'robot@example.com', PAIRS: [PATHS] }
  const lab = await startLab(t, { ...extensions.options({ EXTENSION_SETTINGS: { 'derived-values': given } }), folder: extensions.folder })
  await waitFor('it is refused', () =>
    extensions.log.lines.some(({ hook, problem }) => hook === 'the work dew points' && /may not read/.test(String(problem))),
  )
  assert.deepEqual(await dewPoints(lab), [])
})

/** The plate as a tile of a dashboard. */
async function testTile(lab: Lab, visit: Awaited<ReturnType<typeof visitor>>): Promise<void> {
  const known = '{ kind: "ext:plate-map:plate", folder: "plate 1" }'
  const text = `tiles: [${known}, { kind: "ext:none:x", colour: [red] }, { kind: text, text: hi }]`
  await lab.post('/resources/lab/wall.dashboard', { data: Buffer.from(text).toString('base64') })
  const page = await (await visit('/lab/wall.dashboard')).text()
  assert.match(page, /<link rel="stylesheet" href="\/-\/ext\/plate-map\/static\/plate-map\.css"/)
  assert.match(page, /data-add="ext:plate-map:plate"/)
  const { answers } = (await (await visit('/lab/wall.dashboard?view=tiles', { accept: 'application/json' })).json()) as {
    answers: { data?: { html?: string }; problem?: string }[]
  }
  assert.match(answers[0]?.data?.html ?? '', /<caption>3 of 96 wells<\/caption>/)
  assert.match(answers[1]?.problem ?? '', /^The extension none does not run on this server now/)
  assert.deepEqual([answers[2]?.problem, answers.length], [undefined, 3], 'the others are shown')
}
