/** Dashboards over HTTP: what each reader sees of them, folders that are chosen, changes, and folders that open on one. */
import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import type { TileAnswer } from '../../src/wire/dashboard-answers.ts'
import { Browser } from '../support/browser.ts'
import { startLab, type Lab } from '../support/lab.ts'

const PASSWORD = 'correct-horse-9'
const FILE = `title: House $house
variables: { house: /lab/houses/* }
tiles:
  - kind: values
    sequences: [$house/temperature, /lab/secret/pressure]
  - kind: chart
    sequences: /lab/secret/pressure
  - kind: values
    sequences: /lab/**
  - kind: text
    text: "**$house** is fine. <script>alert(1)</script>"
  - kind: states
    sequences: $house/door
  - kind: alarms
  - kind: log
    sequence: $house/door
  - kind: image
    sequence: $house/temperature
  - kind: chart
    sequences: [/lab/nowhere, $house/temperature]
`
const PATH = '/lab/board.dashboard'
const base64 = (text: string): string => Buffer.from(text).toString('base64')

interface Answer {
  revision: number
  folders?: string[]
  answers: TileAnswer[]
}

class Site extends Browser {
  readonly #lab: Lab
  constructor(lab: Lab) {
    super(lab)
    this.#lab = lab
  }
  async page(path: string): Promise<{ status: number; text: string; url: string }> {
    const response = await fetch(`${this.#lab.url}${path}`, { headers: { accept: 'text/html', cookie: this.cookie } })
    return { status: response.status, text: await response.text(), url: response.url }
  }
  async tiles(query = ''): Promise<Answer> {
    const { status, text } = await this.page(`${PATH}?view=tiles${query}`)
    assert.equal(status, 200, text)
    return JSON.parse(text) as Answer
  }
  async change(fields: Record<string, unknown>, path = PATH): Promise<{ status: number; json: Record<string, unknown> }> {
    const response = await fetch(`${this.#lab.url}${path}?view=tiles`, {
      method: 'POST',
      headers: { cookie: this.cookie },
      redirect: 'manual',
      body: new URLSearchParams({
        csrf_token: this.csrfToken,
        ...Object.fromEntries(
          Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
        ),
      }),
    })
    const text = await response.text()
    return { status: response.status, json: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {} }
  }
}

async function startHouses(t: TestContext): Promise<{ lab: Lab; signIn: (user: string) => Promise<Site> }> {
  const lab = await startLab(t)
  for (const house of ['north', 'south']) {
    await lab.sequence(`/lab/houses/${house}/temperature`, 1, { units: '°C', decimal_places: 1 })
    await lab.sequence(`/lab/houses/${house}/door`, 2)
  }
  await lab.sequence('/lab/secret/pressure')
  await lab.put('/resources/lab/secret', { permissions: [[110, lab.organization.id, 0]] })
  await lab.put('/resources', {
    values: {
      '/lab/houses/north/temperature': 20.5,
      '/lab/houses/south/temperature': 30,
      '/lab/houses/north/door': 'open',
      '/lab/secret/pressure': 77.25,
    },
  })
  await lab.post(`/resources${PATH}`, { data: base64(FILE) })
  return {
    lab,
    signIn: async (user) => {
      const site = new Site(lab)
      assert.equal((await site.signIn(user, PASSWORD)).status, 200)
      return site
    },
  }
}

test('each tile shows what its reader may read, and says so where that is nothing', async (t) => {
  const { lab, signIn } = await startHouses(t)
  await lab.user('amy@example.com')
  const [amy, admin] = [await signIn('amy@example.com'), await signIn('admin@example.com')]
  const { answers } = await amy.tiles()
  const shown = JSON.stringify(answers)
  assert.doesNotMatch(shown, /77\.25/, 'a value that she may not read')
  const [values, chart, all, text, states, alarms, log, image, mixed] = answers
  assert.match(JSON.stringify(values?.data), /"text":"20\.5"/)
  assert.match(values?.note ?? '', /^You may not read .*\/lab\/secret\/pressure/)
  assert.equal(chart?.data, undefined)
  assert.match(chart?.problem ?? '', /^You may not read/)
  assert.deepEqual(
    (all?.data as { sequences: { path: string }[] }).sequences.map(({ path }) => path),
    ['north/door', 'north/temperature', 'south/door', 'south/temperature'].map((path) => `/lab/houses/${path}`),
    'a pattern passes over what she may not read, without a word',
  )
  assert.equal(all?.note, undefined)
  assert.ok(text && states?.data && alarms?.data && log?.data)
  assert.match(image?.problem ?? '', /does not hold images/)
  assert.match(mixed?.note ?? '', /\/lab\/nowhere/)
  assert.match(JSON.stringify((await admin.tiles()).answers), /77\.25/)

  const only = await amy.tiles('&only=0,4,99,x')
  assert.deepEqual(
    only.answers.map(({ tile }) => tile),
    [0, 4],
  )
  assert.equal(only.folders, undefined)
  const heard = async (site: Site): Promise<string[] | undefined> => (await site.tiles()).folders?.sort()
  assert.deepEqual(await heard(amy), ['/lab/houses/north', '/lab/houses/south'])
  assert.deepEqual(await heard(admin), ['/lab/houses/north', '/lab/houses/south', '/lab/secret'])
  await lab.sequence('/lab/houses/west/temperature')
  assert.deepEqual(await heard(amy), ['/lab/houses/north', '/lab/houses/south', '/lab/houses/west'])
  const page = await amy.page(PATH)
  assert.match(page.text, /House north/)
  assert.match(page.text, /<strong>north<\/strong> is fine/)
  assert.doesNotMatch(page.text, /<script>alert/)
  assert.ok(Buffer.byteLength(page.text) < 150_000)

  await lab.user('guest@example.com', { member: false })
  const guest = await signIn('guest@example.com')
  for (const path of [PATH, `${PATH}?view=tiles`]) assert.equal((await guest.page(path)).status, 403, path)
  const stranger = await new Site(lab).page(`${PATH}?view=tiles`)
  assert.match(stranger.url, /sign-in/)
})

test('the address chooses the folder, and only one that fits and may be read', async (t) => {
  const { lab, signIn } = await startHouses(t)
  await lab.user('amy@example.com')
  const amy = await signIn('amy@example.com')
  const newest = async (query: string): Promise<string> => JSON.stringify((await amy.tiles(`&only=0${query}`)).answers[0]?.data)
  assert.match(await newest(''), /"text":"20\.5"/)
  assert.match(await newest('&house=south'), /"text":"30"/)
  assert.match(await newest('&house=/lab/houses/south'), /"text":"30"/)
  for (const wrong of ['nowhere', '/lab/secret', '../secret', '/lab/houses/../secret'])
    assert.match(await newest(`&house=${wrong}`), /"text":"20\.5"/, wrong)
  const page = await amy.page(`${PATH}?house=south`)
  assert.match(page.text, /House south/)
  assert.match(page.text, /<option value="south" selected/)
  await lab.put('/resources/lab/houses/north', { permissions: [[110, lab.organization.id, 0]] })
  assert.match(await newest('&house=north'), /"text":"30"/)
  await lab.put('/resources/lab/houses/south', { permissions: [[110, lab.organization.id, 0]] })
  const { answers } = await amy.tiles('&only=0,4')
  assert.match(answers[1]?.problem ?? '', /no folder to choose for \$house/)
})

test('tiles are tried and saved as revisions by who may write, and never over somebody else’s', async (t) => {
  const { lab, signIn } = await startHouses(t)
  const amy = await lab.user('amy@example.com')
  await lab.user('bob@example.com')
  const id = lab.ctx.tree.find(PATH)?.id ?? 0
  await lab.put(`/resources${PATH}`, {
    permissions: [
      [110, lab.organization.id, 10],
      [130, amy.id, 20],
    ],
  })
  const [writer, reader] = [await signIn('amy@example.com'), await signIn('bob@example.com')]
  const { revision } = await writer.tiles()
  const place = { x: 0, y: 0, width: 4, height: 2 }
  const tiles = [{ from: 3, tile: { kind: 'text', text: 'Hello *you*', place } }]

  const tried = await writer.change({ act: 'try', base: revision, tile: 0, tiles })
  assert.match(String(tried.json['html']), /<em>you<\/em>/)
  assert.equal((await writer.tiles()).revision, revision, 'nothing was stored')
  const hidden = await writer.change({
    act: 'try',
    base: revision,
    tile: 0,
    tiles: [{ tile: { kind: 'chart', sequences: ['/lab/secret/pressure'], place } }],
  })
  assert.match(JSON.stringify(hidden.json), /You may not read/)
  assert.doesNotMatch(JSON.stringify(hidden.json), /77\.25/)
  for (const [wrong, message] of [
    [[{ tile: { kind: 'chart', place } }], /^sequences is missing/],
    [[{ tile: { kind: 'gauge', place } }], /^there is no kind of tile "gauge"/],
    [[{ from: 0 }], /each must have a tile/],
    [{ a: 1 }, /must be a list/],
  ] as const)
    assert.match(String((await writer.change({ act: 'save', base: revision, tiles: wrong })).json['problem']), message)

  assert.match(String((await reader.change({ act: 'save', base: revision, tiles })).json['problem']), /You may not change/)
  assert.match(String((await reader.change({ act: 'try', base: revision, tile: 0, tiles })).json['problem']), /You may not change/)
  assert.equal((await new Site(lab).change({ act: 'save', base: revision, tiles })).status, 403)
  const foreign = await writer.change({ act: 'save', base: revision, tiles, csrf_token: 'x' })
  assert.equal(foreign.status, 403)
  assert.equal((await writer.tiles()).revision, revision)

  const saved = await writer.change({ act: 'save', base: revision, tiles })
  assert.equal(saved.json['problem'], undefined)
  const stored = await lab.get(`/resources${PATH}`)
  assert.match(stored.text, /text: Hello \*you\*/)
  assert.doesNotMatch(stored.text, /kind: chart/)
  const late = await writer.change({ act: 'save', base: revision, tiles: [] })
  assert.equal(late.json['code'], 'conflict')
  assert.equal((await lab.ctx.db.selectFrom('resource_revisions').select('id').where('resource_id', '=', id).execute()).length, 2)
  assert.match((await reader.page(`${PATH}?rev=${revision}`)).text, /This is an earlier revision/)
  assert.doesNotMatch((await reader.page(PATH)).text, /id="edit-board"/)
  assert.match((await writer.page(PATH)).text, /id="edit-board"/)
})

test('a folder opens on its index.dashboard for who may read that, with a way to what is in it', async (t) => {
  const { lab, signIn } = await startHouses(t)
  await lab.user('amy@example.com')
  const amy = await signIn('amy@example.com')
  assert.doesNotMatch((await amy.page('/lab/houses')).text, /id="board"/)
  await lab.post('/resources/lab/houses/index.dashboard', { data: base64('tiles:\n  - kind: values\n    sequences: "*/temperature"\n') })
  const page = await amy.page('/lab/houses')
  assert.match(page.text, /id="board"/)
  assert.match(page.text, /href="\/lab\/houses\?view=contents"/)
  const contents = await amy.page('/lab/houses?view=contents')
  assert.match(contents.text, /index\.dashboard/)
  assert.doesNotMatch(contents.text, /id="board"/)
  await lab.put('/resources/lab/houses/index.dashboard', { data: base64('tiles:\n  - kind: gauge\n') })
  await lab.put('/resources/lab/houses/index.dashboard', { permissions: [[110, lab.organization.id, 10]] })
  const broken = await amy.page('/lab/houses')
  assert.match(broken.text, /line 2: there is no kind of tile/)
  assert.doesNotMatch(broken.text, /Edit as text/, 'she may not')
  assert.match((await (await signIn('admin@example.com')).page('/lab/houses')).text, /index\.dashboard\?view=edit/)
  await lab.put('/resources/lab/houses/index.dashboard', { permissions: [[110, lab.organization.id, 0]] })
  assert.doesNotMatch((await amy.page('/lab/houses')).text, /id="board"|gauge/)
})

test('favourites stand on the first page of the user who starred them, as long as they may be read', async (t) => {
  const { lab, signIn } = await startHouses(t)
  await lab.user('amy@example.com')
  const [amy, admin] = [await signIn('amy@example.com'), await signIn('admin@example.com')]
  const star = async (site: Site, path: string, on = '1'): Promise<number> => {
    const response = await fetch(`${lab.url}/-/favourites`, {
      method: 'POST',
      headers: { cookie: site.cookie },
      redirect: 'manual',
      body: new URLSearchParams({ csrf_token: site.csrfToken, path, on, next: '//evil.example' }),
    })
    if (site.cookie !== '' && response.status === 303) assert.equal(response.headers.get('location'), '/')
    return response.status
  }
  assert.match((await amy.page('/')).text, /Star a sequence/)
  for (const path of ['/lab/houses/south', '/lab/houses/north/temperature', PATH]) assert.equal(await star(amy, path), 303)
  assert.equal(await star(amy, PATH), 303, 'once more changes nothing')
  assert.equal(await star(amy, '/lab/secret/pressure'), 403)
  assert.equal(await star(new Site(lab), PATH), 303)
  const home = (await amy.page('/')).text
  for (const path of ['/lab/houses/south', '/lab/houses/north/temperature', PATH]) assert.ok(home.includes(`href="${path}"`), path)
  assert.match(home, /20\.5/)
  assert.match(home, /30\.0/, 'of the folder')
  assert.match((await amy.page(PATH)).text, /aria-pressed="true" aria-label="board\.dashboard is a favourite"/)
  assert.doesNotMatch((await admin.page('/')).text, /board\.dashboard/)
  await lab.put('/resources/lab/houses/south', { permissions: [[110, lab.organization.id, 0]] })
  assert.doesNotMatch((await amy.page('/')).text, /houses\/south/)
  assert.equal(await star(amy, PATH, '0'), 303)
  assert.doesNotMatch((await amy.page('/')).text, /board\.dashboard/)
  await lab.delete('/resources/lab/houses/north')
  assert.equal((await amy.page('/')).status, 200)
})
