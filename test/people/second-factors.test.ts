import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { Secret, TOTP } from 'otpauth'
import { Browser, fieldOf, messageOf } from '../support/browser.ts'
import { FakeClock, startLab, type Lab, type Reply } from '../support/lab.ts'
import { createDaemon } from '../../daemon/daemon.ts'
import { silentLog } from '../../src/base/log.ts'
import { becomeLab } from '../../src/standby/take-over.ts'

const AMY = 'amy@example.com'
const PASSWORD = 'correct-horse-9'

async function setUp(lab: Lab, clock: FakeClock): Promise<{ browser: Browser; codeOf: () => string; recovery: string[] }> {
  const browser = new Browser(lab)
  await browser.signIn(AMY, PASSWORD)
  const secret = fieldOf(await browser.send('POST', '/second-factors/offer'), 'secret')
  const app = new TOTP({ secret: Secret.fromBase32(secret) })
  const codeOf = (): string => app.generate({ timestamp: clock.now() / 1000 })
  const added = await browser.send('POST', '/second-factors', { secret, code: codeOf(), name: 'My phone' })
  assert.equal(added.status, 200, added.text)
  return { browser, codeOf, recovery: (added.json as { recovery_codes: string[] }).recovery_codes }
}

test('with an authenticator app a password alone signs nobody in, and each code counts once', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  await lab.user(AMY)
  const { codeOf, recovery } = await setUp(lab, clock)
  assert.equal(recovery.length, 10)
  const signIn = (code?: string) => new Browser(lab).send('POST', '/sessions', { user: AMY, password: PASSWORD, ...(code ? { code } : {}) })
  const asked = await signIn()
  assert.equal(asked.status, 401)
  assert.equal(fieldOf(asked, 'needs'), 'code')
  assert.equal((await signIn(codeOf())).status, 401, 'the code that set it up is used')
  clock.advance(30)
  const code = codeOf()
  assert.equal((await signIn(code)).status, 200)
  assert.equal((await signIn(code)).status, 401, 'once only')
  assert.equal((await new Browser(lab).send('POST', '/sessions', { user: AMY, password: 'wrong', code })).status, 401)
  assert.equal((await signIn(recovery[0]?.toLowerCase())).status, 200)
  assert.equal((await signIn(recovery[0])).status, 401, 'a recovery code, too')
  const rows = JSON.stringify([
    await lab.ctx.db.selectFrom('user_factors').selectAll().execute(),
    await lab.ctx.db.selectFrom('recovery_codes').selectAll().execute(),
    await lab.ctx.db.selectFrom('audit_records').selectAll().execute(),
  ])
  for (const secret of [...recovery, code]) assert.ok(!rows.includes(`"${secret}"`))
})

test('guessing codes is throttled, also with the right password', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock, settings: { SIGN_IN_ATTEMPTS: 3 } })
  await lab.user(AMY)
  const { codeOf } = await setUp(lab, clock)
  const signIn = (code: string) => new Browser(lab).send('POST', '/sessions', { user: AMY, password: PASSWORD, code })
  for (let at = 0; at < 3; at++) assert.equal((await signIn('000000')).status, 401)
  clock.advance(30)
  assert.equal((await signIn(codeOf())).status, 429)
})

test('making keys and factors needs a proof of the last 10 minutes in a session, and none with a key', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const amy = await lab.user(AMY)
  const browser = new Browser(lab)
  await browser.signIn(AMY, PASSWORD)
  const makeKey = () => browser.send('POST', '/keys', { access_as_user_id: amy.id, organization_id: lab.organization.id })
  assert.equal((await makeKey()).status, 200)
  clock.advance(11 * 60)
  const held = await makeKey()
  assert.equal(held.status, 403)
  assert.equal(fieldOf(held, 'needs'), 'proof')
  assert.equal((await browser.send('POST', '/sessions/confirm', { password: 'wrong-horse-9' })).status, 403)
  assert.equal((await makeKey()).status, 403)
  assert.equal((await browser.send('POST', '/sessions/confirm', { password: PASSWORD })).status, 200)
  assert.equal((await makeKey()).status, 200)
  clock.advance(11 * 60)
  assert.equal((await amy.post('/keys', { access_as_user_id: amy.id, organization_id: lab.organization.id })).status, 200)
})

test('whatever gives power away needs a proof in a session, and taking it back needs none', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const amy = await lab.user(AMY, { systemAdmin: true, admin: true })
  const [bob, cat, old] = [
    await lab.user('bob@example.com'),
    await lab.user('cat@example.com', { member: false }),
    await lab.user('old@example.com'),
  ]
  await lab.controller('fridge')
  await lab.delete(`/users/${old.id}`)
  const pin = Number(fieldOf(await lab.as('').post('/pins'), 'pin'))
  const members = `/organizations/${lab.organization.id}/users`
  const browser = new Browser(lab)
  await browser.signIn(AMY, PASSWORD)
  const delicate: [string, string, Record<string, unknown>][] = [
    ['PUT', `${members}/${bob.id}`, { is_admin: 1 }],
    ['POST', members, { user_id: cat.id, is_admin: 1 }],
    ['POST', members, { email_address: 'dan@example.com', is_admin: 1 }],
    ['PUT', `/users/${bob.id}`, { role: 2 }],
    ['PUT', `/users/${old.id}`, { deleted: 0 }],
    ['PUT', `/pins/${pin}`, { controller: '/lab/fridge' }],
  ]
  clock.advance(11 * 60)
  for (const [method, path, body] of delicate) {
    const held = await browser.send(method, path, body)
    assert.equal(held.status, 403, `${method} ${path}: ${held.text}`)
    assert.equal(fieldOf(held, 'needs'), 'proof', `${method} ${path}`)
  }
  assert.equal(lab.ctx.tree.isAdmin(lab.organization.id, bob.id), false)
  for (const [method, path, body] of [
    ['PUT', `${members}/${bob.id}`, { is_admin: 0 }],
    ['POST', members, { email_address: 'eve@example.com' }],
  ] as const)
    assert.equal((await browser.send(method, path, body)).status, 200, `${method} ${path}`)
  await browser.send('POST', '/sessions/confirm', { password: PASSWORD })
  for (const [method, path, body] of delicate) {
    const reply = await browser.send(method, path, body)
    assert.equal(reply.status, 200, `${method} ${path}: ${reply.text}`)
  }
  clock.advance(11 * 60)
  assert.equal((await amy.put(`${members}/${cat.id}`, { is_admin: 1 })).status, 200, 'a key has no session')
})

test('an organization that requires a second factor keeps sessions without one out, and keys go on', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const amy = await lab.user(AMY)
  const boss = await lab.user('boss@example.com', { admin: true })
  const browser = new Browser(lab)
  await browser.signIn(AMY, PASSWORD)
  assert.equal((await browser.get('/resources/lab')).status, 200)
  assert.equal((await amy.put('/resources/lab', { system_attributes: { second_factor: 'required' } })).status, 403)
  assert.equal((await boss.put('/resources/lab', { system_attributes: { second_factor: 'maybe' } })).status, 400)
  assert.equal((await boss.put('/resources/lab', { system_attributes: { second_factor: 'required' } })).status, 200)
  const refused = await browser.get('/resources/lab')
  assert.equal(refused.status, 403)
  assert.match(messageOf(refused), /\/lab requires a second factor/)
  assert.equal((await amy.get('/resources/lab')).status, 200)
  const page = await fetch(`${lab.url}/lab`, { headers: { cookie: browser.cookie }, redirect: 'manual' })
  assert.equal(page.headers.get('location'), '/-/second-factors?required=1')
  await setUp(lab, clock)
  assert.equal((await browser.get('/resources/lab')).status, 200)
  // Ending it is as delicate as a key: an open browser alone is not enough.
  await boss.put(`/organizations/${lab.organization.id}/users/${amy.id}`, { is_admin: 1 })
  clock.advance(11 * 60)
  const change = (value: string | null) =>
    browser.send('PUT', '/resources/lab', { system_attributes: { second_factor: value, full_name: 'Our Lab' } })
  assert.equal((await change('required')).status, 200)
  const unproven = await change(null)
  assert.deepEqual([unproven.status, /Confirm that it is you/.test(messageOf(unproven))], [403, true])
  await browser.send('POST', '/sessions/confirm', { password: PASSWORD })
  assert.equal((await change(null)).status, 200)
})

test('a server that changes nothing asks for second factors too and takes each code once; a take-over voids what was shown', async (t) => {
  const clock = new FakeClock()
  const folder = await mkdtemp(join(tmpdir(), 'rhizo-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const lab = await startLab(t, { clock, folder })
  await lab.user(AMY)
  const { codeOf, recovery } = await setUp(lab, clock)
  await lab.stop()
  clock.advance(60)
  const start = async (isReadOnly: boolean): Promise<{ ask: (code?: string) => Promise<Reply>; stop: () => Promise<void> }> => {
    const daemon = createDaemon(lab.settings, { clock, log: silentLog, isReadOnly })
    await daemon.start()
    t.after(() => daemon.stop())
    const ask = (code?: string) =>
      new Browser(daemon).send('POST', '/sessions', { user: AMY, password: PASSWORD, ...(code === undefined ? {} : { code }) })
    return { ask, stop: () => daemon.stop() }
  }
  const { ask, stop } = await start(true)
  assert.equal(fieldOf(await ask(), 'needs'), 'code')
  const used = codeOf()
  assert.equal((await ask(used)).status, 200)
  assert.equal((await ask(used)).status, 401, 'once only')
  assert.match(messageOf(await ask(recovery[0])), /recovery code counts once/)
  clock.advance(30)
  assert.equal((await ask(codeOf())).status, 200)
  await stop()

  await becomeLab(lab.settings, { clock, log: silentLog })
  const lead = await start(false)
  assert.equal((await lead.ask(codeOf())).status, 401, 'it was used before the take-over')
  clock.advance(60)
  assert.equal((await lead.ask(codeOf())).status, 200)
})
