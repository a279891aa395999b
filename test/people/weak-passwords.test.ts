import assert from 'node:assert/strict'
import test from 'node:test'
import { requireGoodPassword } from '../../src/people/weak-passwords.ts'
import { Browser, fieldOf, messageOf } from '../support/browser.ts'
import { FakeClock, startLab } from '../support/lab.ts'
import { startMailServer } from '../support/mail-server.ts'

test('passwords that are guessed first are refused, and long ones of own words are not', async () => {
  const known = ['ann.lee@example.com', 'Ann Lee', 'greenhouse']
  for (const bad of [
    'password',
    'Password2024!',
    '12345678',
    'iloveyou',
    'aaaaaaaa',
    'abababab',
    '23456789',
    'hgfedcba',
    'GreenHouse12',
    'ann.lee@example.com',
    'short',
  ])
    await assert.rejects(requireGoodPassword(bad, known), { code: 'invalid' }, bad)
  for (const good of ['correct-horse-9', 'greenhouse of many ferns', 'tz7-Kq1.vw', 'ünïcödé wörds']) await requireGoodPassword(good, known)
})

test('a weak password is refused wherever one is set, and an old one goes on working', async (t) => {
  const lab = await startLab(t)
  const refused = await lab.post('/users', { email_address: 'bob@example.com', password: 'qwertyuiop' })
  assert.equal(refused.status, 400)
  assert.match(messageOf(refused), /too easy to guess/)
  assert.equal((await lab.post('/users', { email_address: 'robert.miller@example.com', password: 'robert.miller1' })).status, 400)
  const amy = await lab.user('amy@example.com')
  assert.equal((await lab.put(`/users/${amy.id}`, { password: 'password1' })).status, 400)
  assert.equal((await amy.put(`/users/${amy.id}`, { password: 'iloveyou', old_password: 'correct-horse-9' })).status, 400)
  const { hashPassword } = await import('../../src/people/passwords.ts')
  await lab.ctx.db
    .updateTable('users')
    .set({ password_hash: await hashPassword('password') })
    .where('id', '=', amy.id)
    .execute()
  assert.equal((await new Browser(lab).signIn('amy@example.com', 'password')).status, 200)
})

test('what others know of a user is no new password, whichever way it is set', async (t) => {
  const server = await startMailServer(t)
  const lab = await startLab(t, { settings: { ...server.settings, PUBLIC_URL: 'https://lab.example.com' } })
  await lab.put('/resources/lab', { system_attributes: { full_name: 'Institute of Ferns' } })
  const amy = await lab.user('amy@example.com')
  assert.equal((await lab.put(`/users/${amy.id}`, { full_name: 'Amelia Greenwood', user_name: 'ameliaferns' })).status, 200)
  const words = ['AmeliaGreenwood', 'greenwood1', 'ameliaferns7', 'InstituteOfFerns', 'amy@example.com']
  for (const password of words) {
    assert.equal((await lab.put(`/users/${amy.id}`, { password })).status, 400, password)
    assert.equal((await amy.put(`/users/${amy.id}`, { password, old_password: 'correct-horse-9' })).status, 400, password)
  }
  await lab.as('').post('/password-resets', { email_address: 'amy@example.com' })
  const { text } = await server.mail(1)
  const code = /new-password\/([A-Z0-9]{30})/.exec(text.replaceAll('=\r\n', ''))?.[1] ?? assert.fail(text)
  for (const password of words) {
    const refused = await lab.as('').post(`/password-resets/${code}`, { password })
    assert.equal(refused.status, 400, password)
    assert.match(messageOf(refused), /your address, your name or that of your organization/)
  }
  assert.equal((await lab.as('').post(`/password-resets/${code}`, { password: 'better-horse-10' })).status, 200)
})

test('a session ends SESSION_MAX_LIFETIME after it began, however much it is used', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock, settings: { SESSION_LIFETIME: 10 * 86_400, SESSION_MAX_LIFETIME: 30 * 86_400 } })
  await lab.user('amy@example.com')
  const browser = new Browser(lab)
  await browser.signIn('amy@example.com', 'correct-horse-9')
  const kind = async (): Promise<string> => fieldOf(await browser.get('/whoami'), 'kind')
  for (let day = 0; day < 29; day++) {
    clock.advance(86_400)
    lab.ctx.believed.now()
    assert.equal(await kind(), 'user', `day ${day}`)
  }
  clock.advance(2 * 86_400)
  assert.equal(await kind(), 'anonymous')
})

test('a key tells when and from where it was last used, over a restart too', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const amy = await lab.user('amy@example.com')
  const uses = async (): Promise<unknown[]> =>
    Object.values((await lab.get('/keys', { access_as_user_id: amy.id })).json as object).map((key: Record<string, string>) => [
      key['last_use_timestamp'],
      key['last_use_address'],
    ])
  assert.deepEqual(await uses(), [['', '']])
  await amy.get('/whoami')
  assert.deepEqual(await uses(), [['2026-01-31T12:00:00Z', '127.0.0.1']])
  await lab.daemon.runWorkers()
  const row = await lab.ctx.db.selectFrom('keys').selectAll().where('access_as_user_id', '=', amy.id).executeTakeFirstOrThrow()
  assert.deepEqual([row.last_use_timestamp, row.last_use_address], [clock.now(), '127.0.0.1'])
})
