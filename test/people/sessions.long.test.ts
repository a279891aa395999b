import assert from 'node:assert/strict'
import test from 'node:test'
import { hash as bcrypt } from 'bcryptjs'
import { saltedHash } from '../../src/base/secrets.ts'
import { authenticateSession } from '../../src/people/sessions.ts'
import { Browser, fieldOf, messageOf } from '../support/browser.ts'
import { FakeClock, startLab, type Lab } from '../support/lab.ts'

const PASSWORD = 'correct-horse-9'
const [AMY, BOB] = ['amy@example.com', 'bob@example.com']

async function signedIn(lab: Lab, user: string, password = PASSWORD): Promise<Browser> {
  const browser = new Browser(lab)
  assert.equal((await browser.signIn(user, password)).status, 200)
  return browser
}

test('somebody signs in with their address in any letter case, or their name, and is known by the cookie', async (t) => {
  const lab = await startLab(t)
  const amy = await lab.user(AMY)
  await amy.put(`/users/${amy.id}`, { user_name: 'amy' })
  for (const name of [AMY, 'Amy@Example.COM', 'amy', 'AMY']) {
    const browser = new Browser(lab)
    const reply = await browser.signIn(name, PASSWORD)
    assert.equal(reply.status, 200)
    assert.equal(fieldOf(reply, 'user_id'), String(amy.id))
    assert.match(reply.headers.getSetCookie()[0] ?? '', /^rhizo-session=[\w-]{43}; HttpOnly; SameSite=Lax; Path=\/; Max-Age=\d+$/)
    const { kind, user, organizations, key_id: keyId } = (await browser.get('/whoami')).json as Record<string, unknown>
    assert.deepEqual(kind, 'user')
    assert.deepEqual(user, { id: amy.id, user_name: 'amy', email_address: AMY, full_name: '', role: 0 })
    assert.deepEqual(organizations, [{ id: lab.organization.id, path: '/lab', is_admin: false }])
    assert.equal(keyId, null)
  }
})

test('behind TLS the cookie is secure and bound to the host', async (t) => {
  const lab = await startLab(t, { settings: { SSL: true } })
  const reply = await new Browser(lab).signIn('admin@example.com', PASSWORD)
  assert.match(
    reply.headers.getSetCookie()[0] ?? '',
    /^__Host-rhizo-session=[\w-]{43}; HttpOnly; SameSite=Lax; Path=\/; Max-Age=\d+; Secure$/,
  )
})

test('a wrong password, an unknown account and a deleted one get the same answer', async (t) => {
  const lab = await startLab(t)
  const bob = await lab.user(BOB)
  await lab.user(AMY)
  await lab.delete(`/users/${bob.id}`)
  const answers = [
    await new Browser(lab).signIn(AMY, 'wrong-horse-9'),
    await new Browser(lab).signIn('nobody@example.com', PASSWORD),
    await new Browser(lab).signIn('nobody', PASSWORD),
    await new Browser(lab).signIn(BOB, PASSWORD),
    await new Browser(lab).signIn(AMY, 'x'.repeat(5_000)),
  ]
  for (const reply of answers) {
    assert.equal(reply.status, 401)
    assert.equal(reply.text, answers[0]?.text)
    assert.equal(reply.headers.get('set-cookie'), null)
  }
})

test('a missing or malformed field is named', async (t) => {
  const lab = await startLab(t)
  const browser = new Browser(lab)
  for (const [body, message] of [
    [{ password: PASSWORD }, /^user is missing/],
    [{ user: AMY }, /^password is missing/],
    [{ user: ['a'], password: PASSWORD }, /^user must be text/],
    [{ user: 'a'.repeat(201), password: PASSWORD }, /^user is longer/],
  ] as const) {
    const reply = await browser.send('POST', '/sessions', body)
    assert.equal(reply.status, 400)
    assert.match(messageOf(reply), message)
  }
})

test('guessing at an account is stopped, whether it exists or not, and starts anew after 15 minutes', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock, settings: { SIGN_IN_ATTEMPTS: 3 } })
  await lab.user(AMY)
  for (const name of [AMY, 'nobody@example.com']) {
    for (let guess = 0; guess < 3; guess++) assert.equal((await new Browser(lab).signIn(name, 'wrong-horse-9')).status, 401)
    const reply = await new Browser(lab).signIn(name, PASSWORD)
    assert.equal(reply.status, 429)
    assert.equal(reply.headers.get('retry-after'), String(15 * 60))
    assert.match(messageOf(reply), /Too many wrong passwords for this account/)
  }
  assert.equal((await new Browser(lab).signIn('admin@example.com', PASSWORD)).status, 200, 'other accounts are free')
  clock.advance(15 * 60)
  assert.equal((await new Browser(lab).signIn(AMY, PASSWORD)).status, 200)
})

test('guesses made all at once are counted too', async (t) => {
  const lab = await startLab(t, { settings: { SIGN_IN_ATTEMPTS: 3 } })
  await lab.user(AMY)
  const replies = await Promise.all(Array.from({ length: 12 }, () => new Browser(lab).signIn(AMY, 'wrong-horse-9')))
  assert.equal(replies.filter(({ status }) => status === 401).length, 3)
  assert.equal(replies.filter(({ status }) => status === 429).length, 9)
})

test('guessing from one address is stopped over all accounts; those who know their passwords never count', async (t) => {
  const lab = await startLab(t, { clock: new FakeClock(), settings: { SIGN_IN_ATTEMPTS: 1, TRUSTED_PROXIES: ['127.0.0.1'] } })
  await lab.user(AMY)
  for (let time = 0; time < 12; time++) await signedIn(lab, AMY)
  const guesser = new Browser(lab)
  guesser.headers = { 'x-forwarded-for': '10.0.0.7' }
  for (let guess = 0; guess < 10; guess++) assert.equal((await guesser.signIn(`user${guess}`, 'wrong-horse-9')).status, 401)
  const reply = await guesser.signIn(AMY, PASSWORD)
  assert.equal(reply.status, 429)
  assert.match(messageOf(reply), /from your address/)
  await signedIn(lab, AMY)
})

test('an IPv6 address counts as its network, of which its owner has all addresses', async (t) => {
  const lab = await startLab(t, { clock: new FakeClock(), settings: { SIGN_IN_ATTEMPTS: 1, TRUSTED_PROXIES: ['127.0.0.1'] } })
  await lab.user(AMY)
  const guesser = new Browser(lab)
  for (const [guess, address] of [
    '2001:db8::1',
    '2001:db8:0:0:1::7',
    '2001:0DB8::ffff',
    '2001:db8::1.2.3.4',
    '2001:db8:0::a',
    '2001:db8::b',
    '2001:db8::c',
    '2001:db8::d',
    '2001:db8::e',
    '2001:db8::f',
  ].entries()) {
    guesser.headers = { 'x-forwarded-for': address }
    assert.equal((await guesser.signIn(`user${guess}`, 'wrong-horse-9')).status, 401)
  }
  guesser.headers = { 'x-forwarded-for': '2001:db8::10' }
  assert.equal((await guesser.signIn(AMY, PASSWORD)).status, 429)
  for (const address of ['2001:db8:0:1::1', '::ffff:10.0.0.7']) {
    guesser.headers = { 'x-forwarded-for': address }
    assert.equal((await guesser.signIn(AMY, PASSWORD)).status, 200, address)
  }
})

test('a session that is ended while its use is noted lets nobody in any more', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const browser = await signedIn(lab, 'admin@example.com')
  clock.advance(3_600)
  const asking = authenticateSession(lab.ctx, browser.cookie.split('=')[1] ?? '')
  await lab.ctx.db.deleteFrom('sessions').execute()
  assert.equal(await asking, undefined)
})

test('a password of an old server still opens, and is stored anew on that occasion', async (t) => {
  const lab = await startLab(t)
  const amy = await lab.user(AMY)
  const old = (await bcrypt(saltedHash('old-lab-password', lab.settings.SALT), 4)).replace(/^\$2[aby]\$/, '$2b$')
  await lab.ctx.db.updateTable('users').set({ password_hash: old }).where('id', '=', amy.id).execute()
  assert.equal((await new Browser(lab).signIn(AMY, PASSWORD)).status, 401)
  await signedIn(lab, AMY, 'old-lab-password')
  const { password_hash: stored } = await lab.ctx.db
    .selectFrom('users')
    .select('password_hash')
    .where('id', '=', amy.id)
    .executeTakeFirstOrThrow()
  assert.match(stored, /^\$argon2id\$/)
  await signedIn(lab, AMY, 'old-lab-password')
})

test('with a cookie a change needs the CSRF token of that very session; with a key it does not', async (t) => {
  const lab = await startLab(t)
  const amy = await lab.user(AMY)
  const [browser, other] = [await signedIn(lab, AMY), await signedIn(lab, AMY)]
  const rename = (): Promise<unknown> => browser.send('PUT', `/users/${amy.id}`, { full_name: 'Amy' }).then(({ status }) => status)
  const own = browser.csrfToken
  for (const wrong of ['', 'nonsense', other.csrfToken]) {
    browser.csrfToken = wrong
    assert.equal(await rename(), 403)
    assert.equal((await browser.send('DELETE', '/sessions')).status, 403)
    assert.equal((await browser.get('/whoami')).status, 200, 'reading needs none')
  }
  assert.equal(fieldOf(await amy.get(`/users/${amy.id}`), 'full_name'), '')
  browser.csrfToken = own
  assert.equal(await rename(), 200)
  browser.csrfToken = ''
  assert.equal((await browser.send('PUT', `/users/${amy.id}`, { full_name: 'Amy B', csrf_token: own })).status, 200)
  assert.equal((await amy.put(`/users/${amy.id}`, { full_name: 'Amy C' })).status, 200)
})

test('a form of another site does not sign anybody in', async (t) => {
  const lab = await startLab(t)
  const browser = new Browser(lab)
  browser.headers = { 'sec-fetch-site': 'cross-site' }
  assert.equal((await browser.signIn('admin@example.com', PASSWORD)).status, 403)
})

test('a page that lost its token gets it again with the list of sessions, which shows no tokens of others', async (t) => {
  const lab = await startLab(t)
  await lab.user(AMY)
  const [phone, desk] = [await signedIn(lab, AMY), await signedIn(lab, AMY)]
  await signedIn(lab, 'admin@example.com')
  const { sessions, csrf_token: token } = (await desk.get('/sessions')).json as { sessions: Record<string, unknown>[]; csrf_token: string }
  assert.equal(token, desk.csrfToken)
  assert.notEqual(token, phone.csrfToken)
  assert.deepEqual(
    sessions.map((session) => session['is_current']),
    [true, false],
  )
  assert.deepEqual(Object.keys(sessions[0] ?? {}).sort(), [
    'address',
    'creation_timestamp',
    'expiry_timestamp',
    'id',
    'is_current',
    'last_use_timestamp',
    'user_agent',
  ])
})

test('signing out ends this session; others end by their id, or all at once; nobody ends those of others', async (t) => {
  const lab = await startLab(t)
  await lab.user(AMY)
  const ended: unknown[] = []
  lab.ctx.hub.on('sessionsEnded', (notice) => ended.push(notice))
  const [a, b, c] = [await signedIn(lab, AMY), await signedIn(lab, AMY), await signedIn(lab, AMY)]
  const stranger = await signedIn(lab, 'admin@example.com')
  const kind = async (browser: Browser): Promise<string> => fieldOf(await browser.get('/whoami'), 'kind')

  const out = await a.send('DELETE', '/sessions')
  assert.match(out.headers.get('set-cookie') ?? '', /^rhizo-session=; .*Max-Age=0/)
  assert.deepEqual([await kind(a), await kind(b), await kind(c)], ['anonymous', 'user', 'user'])
  assert.equal(ended.length, 1)

  const { sessions } = (await c.get('/sessions')).json as { sessions: { id: number; is_current: boolean }[] }
  const idOfB = sessions.find((session) => !session.is_current)?.id
  assert.equal((await stranger.send('DELETE', `/sessions/${idOfB}`)).status, 404)
  assert.equal((await c.send('DELETE', '/sessions/nonsense')).status, 404)
  assert.equal((await c.send('DELETE', `/sessions/${idOfB}`)).status, 200)
  assert.deepEqual([await kind(b), await kind(c)], ['anonymous', 'user'])

  const d = await signedIn(lab, AMY)
  assert.equal((await d.send('DELETE', '/sessions?all=1')).status, 200)
  assert.deepEqual([await kind(c), await kind(d), await kind(stranger)], ['anonymous', 'anonymous', 'user'])
  assert.deepEqual(Object.keys(ended.at(-1) as object), ['userId'])
})

test('a session ends when it was not used for long enough, and use keeps it', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock, settings: { SESSION_LIFETIME: 3_600 } })
  const browser = await signedIn(lab, 'admin@example.com')
  const kind = async (): Promise<string> => fieldOf(await browser.get('/whoami'), 'kind')
  for (let time = 0; time < 4; time++) {
    clock.advance(1_800)
    assert.equal(await kind(), 'user')
  }
  clock.advance(3_601)
  assert.equal(await kind(), 'anonymous')
  await signedIn(lab, 'admin@example.com')
  assert.equal((await lab.ctx.db.selectFrom('sessions').select('id').execute()).length, 1, 'what expired is cleared away')
})

test('a controller and the nameless have no sessions', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  for (const caller of [fridge, lab.as('')]) {
    assert.equal((await caller.get('/sessions')).status, 403)
    assert.equal((await caller.delete('/sessions', { all: 1 })).status, 403)
    assert.equal((await caller.delete('/sessions/1')).status, 403)
  }
  assert.match(messageOf(await lab.delete('/sessions')), /no session to end/)
})

test('whoami tells a controller, a user with a key and the nameless who they are', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  const ofController = (await fridge.get('/whoami')).json as Record<string, unknown>
  assert.equal(ofController['kind'], 'controller')
  assert.deepEqual(ofController['controller'], { id: fridge.id, path: '/lab/fridge' })
  assert.deepEqual(ofController['organizations'], [{ id: lab.organization.id, path: '/lab', is_admin: false }])
  const ofAdmin = (await lab.get('/whoami')).json as Record<string, unknown>
  assert.equal(typeof ofAdmin['key_id'], 'number')
  const { server_version: version, ...rest } = (await lab.as('').get('/whoami')).json as Record<string, unknown>
  assert.match(String(version), /^\d+\.\d+\.\d+/)
  assert.deepEqual(rest, { kind: 'anonymous', organizations: [], key_id: null })
})
