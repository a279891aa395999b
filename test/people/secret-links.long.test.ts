/** Secret links, as those who hold one would try them: what they show, what they never show, and when they end. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import test, { type TestContext } from 'node:test'
import { WebSocket } from 'ws'
import type { LinkInfo } from '../../src/wire/answers.ts'
import { Browser } from '../support/browser.ts'
import { FakeClock, startLab, type Caller, type Lab, type LabOptions } from '../support/lab.ts'
import { connect, websocketUrl } from '../support/peer.ts'
import { RecordingLog } from '../support/recording-log.ts'

const FREEZER = '/lab/freezer'
const PATH = `${FREEZER}/temperature`
const OVEN = '/lab/oven/temperature'
const DAY_SECONDS = 86_400

interface Made {
  id: number
  url: string
  expiration_timestamp: string
}

async function linkLab(t: TestContext, options: LabOptions = {}): Promise<Lab> {
  const lab = await startLab(t, options)
  await lab.controller('freezer')
  await lab.controller('oven')
  for (const path of [PATH, `${FREEZER}/humidity`, OVEN]) {
    await lab.sequence(path)
    assert.equal((await lab.put('/resources', { values: { [path]: 4.5 } })).status, 200)
  }
  for (const path of [`${FREEZER}/plan.txt`, '/lab/oven/secret.txt']) {
    const made = await lab.post('/resources', {
      path: path.replace(/\/[^/]*$/, ''),
      name: path.replace(/^.*\//, ''),
      type: 20,
      contents: Buffer.from('first').toString('base64'),
    })
    assert.equal(made.status, 200, made.text)
  }
  return lab
}

async function make(caller: Caller, path: string, more: Record<string, unknown> = {}): Promise<Made> {
  const reply = await caller.post('/links', { path, ...more })
  assert.equal(reply.status, 200, reply.text)
  return reply.json as Made
}

/** A browser that holds cookies and follows nothing. */
class Reader {
  readonly #lab: Lab
  cookie = ''

  constructor(lab: Lab) {
    this.#lab = lab
  }

  async open(url: string): Promise<Response> {
    const response = await fetch(url, { redirect: 'manual', headers: this.cookie === '' ? {} : { cookie: this.cookie } })
    const set = response.headers.getSetCookie().find((one) => one.includes('rhizo-links='))
    if (set !== undefined) this.cookie = set.split(';', 1)[0] ?? ''
    return response
  }

  /** @param path of a page or of the API, as it is sent */
  get(path: string, options: RequestInit = {}): Promise<Response> {
    return fetch(`${this.#lab.url}${path}`, {
      redirect: 'manual',
      ...options,
      headers: { cookie: this.cookie, accept: 'text/html', ...options.headers },
    })
  }

  async status(path: string, options: RequestInit = {}): Promise<number> {
    const response = await this.get(path, options)
    await response.arrayBuffer()
    return response.status
  }
}

async function openLink(lab: Lab, { url }: Made): Promise<Reader> {
  const reader = new Reader(lab)
  const response = await reader.open(url)
  assert.equal(response.status, 303, await response.text())
  return reader
}

const listed = async (caller: Caller, path?: string): Promise<LinkInfo[]> =>
  ((await caller.get('/links', path === undefined ? {} : { path })).json as { links: LinkInfo[] }).links

test('a link shows its sequence on its page and by the API, and says to nobody else where it was', async (t) => {
  const lab = await linkLab(t)
  const made = await make(lab, PATH, { query: '?range=week', note: 'for the auditor' })
  const reader = new Reader(lab)
  const opened = await reader.open(made.url)
  assert.equal(opened.headers.get('location'), `${PATH}?range=week`)
  assert.equal(opened.headers.get('referrer-policy'), 'no-referrer')
  assert.match(opened.headers.get('x-robots-tag') ?? '', /noindex/)
  assert.match(opened.headers.getSetCookie().join(), /HttpOnly; SameSite=Lax/)
  const page = await reader.get(PATH)
  assert.equal(page.status, 200)
  assert.equal(page.headers.get('referrer-policy'), 'no-referrer')
  assert.match(page.headers.get('x-robots-tag') ?? '', /noindex/)
  const text = await page.text()
  assert.match(text, /Shown by a secret link, read only, until/)
  assert.equal(text.includes('view=permissions') || text.includes('view=alerts'), false, 'no way to what it does not show')
  assert.equal(text.includes('href="/lab/freezer"'), false, 'the folder above is no concern of its readers')
  const range = 'start_timestamp=2026-01-01T00:00:00Z&end_timestamp=2036-01-01T00:00:00Z'
  assert.deepEqual(
    await Promise.all([
      reader.status(`${PATH}?view=points&${range}&max_points=10`),
      reader.status(`/api/v1/resources${PATH}?format=csv&${range}`),
      reader.status(`/api/v1/sequences/series?path=${PATH}&max_points=5`),
      reader.status(`/api/v1/exports?path=${PATH}`),
      reader.status(`/api/v1/datasets?path=${PATH}`),
      reader.status(`/api/v1/notes?path=${PATH}`),
    ]),
    [200, 200, 200, 200, 200, 200],
  )
  const [info] = await listed(lab, PATH)
  assert.deepEqual([info?.uses, info?.state, info?.note, info?.last_use_timestamp !== null], [1, 'works', 'for the auditor', true])
})

test('nothing but what the link is to is read by it: not beside, above, elsewhere, or in other words', async (t) => {
  const lab = await linkLab(t)
  const reader = await openLink(lab, await make(lab, PATH))
  const outside = [
    OVEN,
    `${FREEZER}/humidity`,
    FREEZER,
    '/lab',
    `${PATH}/../humidity`,
    `${PATH}/%2e%2e/humidity`,
    `${PATH}%2f..%2fhumidity`,
    '/lab/none',
    '/system/worker/log',
  ]
  for (const path of outside) {
    assert.notEqual(await reader.status(path), 200, `the page of ${path}`)
    assert.notEqual(await reader.status(`/api/v1/resources${path}?format=csv`), 200, `${path} by the API`)
  }
  for (const path of [OVEN, FREEZER, `${FREEZER}/humidity`]) {
    assert.equal(await reader.status(`/api/v1/sequences/series?path=${PATH}&path=${path}&max_points=5`), 403, path)
    assert.equal(await reader.status(`/api/v1/exports?path=${path}`), 403, path)
    assert.equal(await reader.status(`/api/v1/datasets?path=${path}`), 403, path)
  }
  for (const view of ['permissions', 'links', 'alerts', 'alert', 'members', 'keys', 'audit'])
    assert.notEqual(await reader.status(`${PATH}?view=${view}`), 200, view)
  const people = [
    '/organizations',
    '/users',
    '/keys',
    '/links',
    '/audit',
    '/search?q=lab',
    '/controllers',
    '/alerts',
    `/alerts/history?path=${PATH}`,
    '/resources',
    `/resources${PATH}?meta=1`,
  ]
  for (const path of people) assert.notEqual(await reader.status(`/api/v1${path}`), 200, path)
  assert.equal(((await (await reader.get('/api/v1/whoami')).json()) as { kind: string }).kind, 'anonymous')
  for (const path of ['/-/settings', '/-/controllers', '/-/alerts', '/-/system', '/-/connect'])
    assert.equal(await reader.status(path), 303, path)
})

test('nothing is written by a link, of whatever kind the request is', async (t) => {
  const lab = await linkLab(t)
  const reader = await openLink(lab, await make(lab, FREEZER))
  const json = (method: string, body: object): RequestInit => ({
    method,
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  })
  const attempts: [string, RequestInit][] = [
    [`/resources${PATH}`, json('PUT', { value: 99 })],
    [`/resources${PATH}`, json('DELETE', {})],
    [`/resources${FREEZER}/plan.txt`, json('PUT', { data: 'eA==' })],
    ['/resources', json('POST', { path: FREEZER, name: 'x', type: 10 })],
    ['/resources', json('PUT', { values: { [PATH]: 99 } })],
    ['/sequences/values', json('POST', { values: [{ path: PATH, value: 99 }] })],
    ['/notes', json('POST', { path: PATH, text: 'x' })],
    ['/sequences/masks', json('POST', { path: PATH, where: 'value > 1' })],
    ['/messages', json('POST', { folder_path: FREEZER, type: 'x' })],
    ['/links', json('POST', { path: PATH })],
    ['/keys', json('POST', { access_as_controller_id: lab.ctx.tree.find(FREEZER)?.id })],
    ['/alerts/mute', json('POST', { path: PATH, for_seconds: 60 })],
  ]
  for (const [path, request] of attempts) {
    const response = await reader.get(`/api/v1${path}`, request)
    const text = await response.text()
    // Old clients' PUT of many values skips what one may not write.
    assert.ok(response.status >= 400 || text.includes(`"stored":0`), `${request.method ?? ''} ${path}: ${response.status} ${text}`)
  }
  assert.equal(Number((await lab.get(`/resources${PATH}`)).text), 4.5)
  assert.equal(
    await reader.status(`${FREEZER}/plan.txt?view=revisions`, {
      method: 'POST',
      body: 'revision=1',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    }),
    403,
  )
})

test('a link to a folder shows what lies below it, also what comes later, and files only as they are now', async (t) => {
  const lab = await linkLab(t)
  const reader = await openLink(lab, await make(lab, FREEZER))
  assert.equal(await reader.status(FREEZER), 200)
  assert.equal(await reader.status(PATH), 200)
  await lab.sequence(`${FREEZER}/later`)
  assert.equal(await reader.status(`${FREEZER}/later`), 200)
  assert.equal(await reader.status(OVEN), 403)
  const list = (await (await reader.get(`/api/v1/resources${FREEZER}`)).json()) as { name: string }[]
  assert.ok(JSON.stringify(list).includes('humidity'))
  assert.equal(await reader.status(`/api/v1/resources${FREEZER}?extended=1`), 403)
  assert.equal(await reader.status(`/api/v1/resources${FREEZER}?deleted=1`), 403)
  const file = `/resources${FREEZER}/plan.txt`
  const [first] = (await lab.get(file, { revisions: 1 })).json as { id: number }[]
  await lab.put(file, { data: Buffer.from('second').toString('base64') })
  assert.equal(await (await reader.get(`/api/v1${file}`)).text(), 'second')
  assert.equal(await reader.status(`/api/v1${file}?rev=${first?.id}`), 403, 'what was taken back stays so')
  assert.equal(await reader.status(`/api/v1${file}?revisions=1`), 403)
  assert.equal(await reader.status(`${FREEZER}/plan.txt?rev=${first?.id}`), 403)
  await lab.put(`/resources${PATH}`, { parent: '/lab/oven', name: 'moved' })
  assert.equal(await reader.status('/lab/oven/moved'), 403, 'what left the folder is shown no more')
})

test('a chart shows what it compares with, as far as its maker may read that', async (t) => {
  const lab = await linkLab(t)
  const member = await lab.user('member@example.com')
  await lab.put('/resources/lab/oven', { permissions: [[110, lab.organization.id, 0]] })
  const path = `range=week&with=${encodeURIComponent(`${FREEZER}/humidity`)}&with=${encodeURIComponent(OVEN)}`
  const mine = await openLink(lab, await make(member, PATH, { query: path }))
  assert.deepEqual([await mine.status(`${FREEZER}/humidity`), await mine.status(OVEN)], [200, 403])
  const admins = await openLink(lab, await make(lab, PATH, { query: path }))
  assert.deepEqual([await admins.status(`${FREEZER}/humidity`), await admins.status(OVEN)], [200, 200])
  const [, first] = await listed(lab, PATH)
  assert.deepEqual(first?.also, [`${FREEZER}/humidity`])
})

test('a dashboard shows what its tiles name when the link is made, and nothing that is put there later', async (t) => {
  const lab = await linkLab(t)
  const editor = await lab.user('editor@example.com')
  await lab.sequence('/lab/oven/secret')
  const text = (more: string): string =>
    Buffer.from(
      `variables:\n  place: /lab/freezer\ntiles:\n  - kind: values\n    sequences: [$place/temperature]\n  - kind: alarms\n${more}`,
    ).toString('base64')
  const path = '/lab/wall.dashboard'
  assert.equal((await lab.post('/resources', { path: '/lab', name: 'wall.dashboard', type: 20, contents: text('') })).status, 200)
  const reader = await openLink(lab, await make(lab, path))
  assert.equal(await reader.status(path), 200)
  const tiles = async (): Promise<string> => (await reader.get(`${path}?view=tiles`)).text()
  assert.match(await tiles(), /"\/lab\/freezer\/temperature"/)
  assert.deepEqual(
    [await reader.status(PATH), await reader.status(`${FREEZER}/humidity`)],
    [200, 403],
    'of a folder to choose only what is named',
  )
  const revised = text('  - kind: values\n    sequences: [/lab/oven/secret]\n')
  assert.equal((await editor.put(`/resources${path}`, { data: revised })).status, 200)
  assert.doesNotMatch(await tiles(), /"path":"\/lab\/oven\/secret"/)
  assert.equal(await reader.status('/lab/oven/secret'), 403)
  assert.equal(
    await reader.status(`${path}?view=tiles`, {
      method: 'POST',
      body: 'act=save',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    }),
    403,
  )
})

test('a link ends when it expires, is withdrawn, or its maker may not give it any more', async (t) => {
  const clock = new FakeClock()
  const lab = await linkLab(t, { clock })
  const [first, second] = [await lab.user('first@example.com'), await lab.user('second@example.com')]
  const expiring = await make(lab, PATH, { for_seconds: 3_600 })
  const withdrawn = await make(lab, PATH)
  const ofFirst = await make(first, PATH)
  const ofSecond = await make(second, PATH)
  assert.equal(
    Date.parse(withdrawn.expiration_timestamp) - clock.time / 1000,
    30 * DAY_SECONDS * 1000,
    'after 30 days unless told otherwise',
  )
  const readers = await Promise.all([expiring, withdrawn, ofFirst, ofSecond].map((made) => openLink(lab, made)))
  const see = (): Promise<number[]> => Promise.all(readers.map((reader) => reader.status(PATH)))
  assert.deepEqual(await see(), [200, 200, 200, 200])
  clock.advance(3_601)
  assert.deepEqual(await see(), [303, 200, 200, 200], 'expired: they are anybody, who is asked to sign in')
  assert.equal((await lab.delete(`/links/${withdrawn.id}`)).status, 200)
  assert.deepEqual(await see(), [303, 303, 200, 200])
  assert.equal((await lab.delete(`/organizations/${lab.organization.id}/users/${first.id}`)).status, 200)
  assert.equal((await lab.put(`/resources${FREEZER}`, { permissions: [[110, lab.organization.id, 10]] })).status, 200)
  assert.deepEqual(await see(), [303, 303, 403, 403], 'one maker left, the other may not change it any more')
  assert.equal((await lab.put(`/resources${FREEZER}`, { permissions: null })).status, 200)
  assert.deepEqual(await see(), [303, 303, 403, 200])
  const states = (await listed(lab, '/lab')).map(({ state }) => state)
  assert.deepEqual(states, ['works', 'stopped', 'revoked', 'expired'])
  for (const made of [expiring, withdrawn, ofFirst]) assert.equal((await new Reader(lab).open(made.url)).status, 404)
  assert.equal((await lab.delete(`/users/${second.id}`)).status, 200)
  assert.deepEqual(await see(), [303, 303, 403, 303])
})

test('an admin turns links off for an organization, and the server for all', async (t) => {
  const lab = await linkLab(t)
  const member = await lab.user('member@example.com')
  const reader = await openLink(lab, await make(member, PATH))
  assert.equal((await member.put('/resources/lab', { system_attributes: { secret_links: 'off' } })).status, 403)
  assert.equal((await lab.put('/resources/lab', { system_attributes: { secret_links: 'off' } })).status, 200)
  assert.equal(await reader.status(PATH), 403)
  assert.match((await member.post('/links', { path: PATH })).text, /turned secret links off/)
  assert.equal((await listed(lab, PATH))[0]?.state, 'off')
  assert.equal((await lab.put('/resources/lab', { system_attributes: { secret_links: null } })).status, 200)
  assert.equal(await reader.status(PATH), 200)
  const none = await linkLab(t, { settings: { LINK_MAX_DAYS: 0 } })
  assert.equal((await none.post('/links', { path: PATH })).status, 403)
})

test('links are made and withdrawn by those who may change what they show, within what is allowed', async (t) => {
  const lab = await linkLab(t, { settings: { LINK_MAX_DAYS: 10 } })
  const [member, outsider] = [await lab.user('member@example.com'), await lab.user('outsider@example.com', { member: false })]
  const device = await lab.controller('pump')
  await lab.put('/resources/lab/oven', { permissions: [[110, lab.organization.id, 10]] })
  assert.equal((await member.post('/links', { path: OVEN })).status, 403, 'who only reads makes none')
  for (const caller of [outsider, device, lab.as('')]) {
    assert.equal((await caller.post('/links', { path: PATH })).status, 403)
    assert.equal((await caller.get('/links', { path: PATH })).status, 403)
  }
  for (const more of [
    { for_seconds: 11 * DAY_SECONDS },
    { expiration_timestamp: '2000-01-01T00:00:00Z' },
    { note: 'x'.repeat(201) },
    { query: 'view=keys' },
    { query: 'a b' },
  ])
    assert.equal((await lab.post('/links', { path: PATH, ...more })).status, 400, JSON.stringify(more))
  assert.equal((await lab.post('/links', { path: '/system' })).status, 403)
  const made = await make(member, PATH)
  const days = (Date.parse(made.expiration_timestamp) - Date.now()) / 1000 / DAY_SECONDS
  assert.ok(days > 9 && days <= 10, 'no longer than the server allows')
  for (const caller of [outsider, device, lab.as('')]) assert.equal((await caller.delete(`/links/${made.id}`)).status, 404)
  assert.equal((await listed(member)).length, 1)
  assert.equal((await member.delete(`/links/${made.id}`)).status, 200)
})

test('the secret is stored as a hash, is in no log and no list, and the audit trail tells what became of the link', async (t) => {
  const log = new RecordingLog()
  const lab = await linkLab(t, { log, settings: { DEBUG: true } })
  const made = await make(lab, PATH, { note: 'for Bea' })
  const secret = made.url.replace(/^.*\//, '')
  assert.ok(secret.length >= 43)
  const reader = await openLink(lab, made)
  assert.equal(await reader.status(OVEN), 403)
  await lab.ctx.linkUses.flush(lab.ctx)
  const rows = await lab.ctx.db.selectFrom('links').selectAll().execute()
  assert.equal(rows[0]?.uses, 1)
  assert.equal((await lab.delete(`/links/${made.id}`)).status, 200)
  assert.equal((await reader.open(made.url)).status, 404)
  const trail = (await lab.get('/audit', { kind: 'link' })).json as { kind: string; subject: { name: string } }[]
  assert.deepEqual(trail.map(({ kind, subject }) => [kind, subject.name]).sort(), [
    ['link.made', PATH],
    ['link.opened', PATH],
    ['link.revoked', PATH],
  ])
  for (const [what, text] of Object.entries({
    rows: JSON.stringify(rows),
    log: JSON.stringify(log.lines),
    list: JSON.stringify(await listed(lab)),
    trail: (await lab.get('/audit')).text,
  }))
    assert.equal(text.includes(secret), false, what)
})

test('whoever guesses is stopped, and whoever has a link that ended is not', async (t) => {
  const lab = await linkLab(t)
  const old = await make(lab, PATH)
  const reader = await openLink(lab, old)
  await lab.delete(`/links/${old.id}`)
  for (let at = 0; at < 40; at++) assert.equal(await reader.status(PATH), 303)
  const good = await make(lab, PATH)
  assert.equal((await new Reader(lab).open(good.url)).status, 303, 'an ended link is no guess')
  const guess = (): string => `${lab.url}/-/shared/${randomBytes(32).toString('base64url')}`
  const statuses: number[] = []
  for (let at = 0; at < 31; at++) statuses.push((await new Reader(lab).open(guess())).status)
  assert.deepEqual([statuses[0], statuses[29], statuses[30]], [404, 404, 429])
  const other = await linkLab(t)
  for (const secret of ['', 'x', '..', '%2e%2e', `${'a'.repeat(43)}%00`])
    assert.notEqual((await new Reader(other).open(`${other.url}/-/shared/${secret}`)).status, 303)
})

test('people behind the data are not named by what a link shows', async (t) => {
  const lab = await linkLab(t)
  const ann = await lab.user('ann@example.com')
  await lab.put(`/users/${ann.id}`, { full_name: 'Ann Example' })
  assert.equal((await ann.post('/notes', { path: PATH, text: 'door open' })).status, 200)
  assert.equal((await ann.post('/sequences/masks', { path: PATH, where: 'value > 90', note: 'glitch' })).status, 200)
  assert.equal((await ann.post('/sequences/calibrations', { path: PATH, scale: 1 })).status, 200)
  const reader = await openLink(lab, await make(ann, FREEZER))
  for (const path of [
    PATH,
    FREEZER,
    `/api/v1/notes?path=${PATH}`,
    `/api/v1/notes?path=${PATH}&format=csv`,
    `/api/v1/sequences/masks?path=${PATH}`,
    `/api/v1/sequences/calibrations?path=${PATH}`,
  ]) {
    const response = await reader.get(path)
    assert.equal(response.status, 200, path)
    assert.doesNotMatch(await response.text(), /Ann|ann@example/, path)
  }
  assert.match((await lab.get('/notes', { path: PATH })).text, /Ann Example/)
})

test('an open connection hears what the link shows, writes nothing, and ends with the link', async (t) => {
  const lab = await linkLab(t)
  const made = await make(lab, PATH)
  const reader = await openLink(lab, made)
  const peer = await connect(t, lab, '', { headers: { cookie: reader.cookie } })
  await peer.subscribe(FREEZER).catch(() => undefined)
  const folderLink = await make(lab, FREEZER)
  const wide = await openLink(lab, folderLink)
  const listener = await connect(t, lab, '', { headers: { cookie: wide.cookie } })
  await listener.subscribe(FREEZER)
  assert.equal((await listener.ask('update_sequence', { sequence: PATH, value: 99 })).type, 'error')
  assert.equal((await listener.ask('subscribe', { subscriptions: [{ folder: '/lab/oven' }] })).type, 'error')
  await lab.put('/resources', { values: { [PATH]: 5 } })
  const update = await listener.hear('sequence_update')
  assert.equal(Number(update.parameters['value']), 5)
  await lab.delete(`/links/${folderLink.id}`)
  assert.match((await listener.closed).reason, /withdrawn/)
  const foreign = new WebSocket(websocketUrl(lab), { headers: { cookie: reader.cookie }, origin: 'https://elsewhere.example' })
  foreign.on('error', () => undefined)
  const [, refusal] = (await once(foreign, 'unexpected-response')) as [unknown, IncomingMessage]
  foreign.terminate()
  assert.equal(refusal.statusCode, 403, 'a page of another server gets nothing by it')
})

test('somebody who is signed in sees the page as themself', async (t) => {
  const lab = await linkLab(t)
  const made = await make(lab, PATH)
  const signIn = async (emailAddress: string, member: boolean): Promise<Response> => {
    await lab.user(emailAddress, { member, password: 'correct-horse-9' })
    const browser = new Browser(lab)
    assert.equal((await browser.signIn(emailAddress, 'correct-horse-9')).status, 200)
    const { cookie } = browser
    return fetch(made.url, { redirect: 'manual', headers: { cookie } })
  }
  const mine = await signIn('member@example.com', true)
  assert.deepEqual([mine.status, mine.headers.getSetCookie().length], [303, 0])
  const theirs = await signIn('stranger@example.com', false)
  assert.equal(theirs.status, 403)
  assert.match(await theirs.text(), /private window/)
})
