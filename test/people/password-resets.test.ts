/** Forgotten passwords: what is mailed to whom, what a code does, and when it is void. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { Browser, fieldOf, messageOf } from '../support/browser.ts'
import { purge } from '../../src/housekeeping/purge.ts'
import { FakeClock, startLab, type Lab } from '../support/lab.ts'
import { startMailServer, type Mail } from '../support/mail-server.ts'
import { rowOf, settled } from '../support/outgoing-records.ts'
import { RecordingLog } from '../support/recording-log.ts'

const PUBLIC_URL = 'https://lab.example.com'
const AMY = 'amy@example.com'
const OLD = 'correct-horse-9'
const NEW = 'better-horse-10'

const codeIn = ({ text }: Mail): string =>
  new RegExp(`${PUBLIC_URL}/-/new-password/([A-Z0-9]{30})\\r\\n`).exec(text.replaceAll('=\r\n', ''))?.[1] ?? assert.fail(text)
const ask = (lab: Lab, address = AMY) => lab.as('').post('/password-resets', { email_address: address })
const redeem = (lab: Lab, code: string, password = NEW) => lab.as('').post(`/password-resets/${code}`, { password })
const canSignIn = async (lab: Lab, password: string, user = AMY): Promise<boolean> =>
  (await new Browser(lab).signIn(user, password)).status === 200

test('a code comes by mail, sets a password once, ends all sessions and says so by mail; nobody finds it elsewhere', async (t) => {
  const server = await startMailServer(t)
  const log = new RecordingLog()
  const lab = await startLab(t, { log, settings: { ...server.settings, PUBLIC_URL } })
  await lab.user(AMY)
  const session = new Browser(lab)
  await session.signIn(AMY, OLD)
  assert.deepEqual((await ask(lab, 'AMY@Example.com')).json, { status: 'ok' })
  const mail = await server.mail(1)
  assert.deepEqual(mail.to, [AMY])
  assert.match(mail.text, /^Subject: A new password for The Lab\r$/m)
  const code = codeIn(mail)
  assert.equal((await settled(lab, 1, 'sent')).body, '')
  assert.equal(fieldOf(await lab.as('').get(`/password-resets/${code}`), 'email_address'), AMY)
  assert.match(messageOf(await redeem(lab, code, 'short')), /^password is too short/)
  assert.equal((await session.get('/sessions')).status, 200, 'so far nothing has changed')
  assert.equal((await redeem(lab, code)).status, 200)
  assert.equal((await session.get('/sessions')).status, 403)
  assert.deepEqual([await canSignIn(lab, OLD), await canSignIn(lab, NEW)], [false, true])
  const news = await server.mail(2)
  assert.deepEqual(news.to, [AMY])
  assert.match(news.text, /^Subject: Your password for The Lab was changed\r$/m)
  const again = await redeem(lab, code, 'another-horse-11')
  assert.equal(again.status, 404)
  assert.match(messageOf(again), /was used already/)
  assert.equal(await canSignIn(lab, NEW), true)
  assert.equal((await lab.ctx.db.selectFrom('password_resets').selectAll().execute()).length, 0)
  const everything =
    JSON.stringify(log.lines) +
    JSON.stringify(await lab.ctx.db.selectFrom('outgoing_messages').selectAll().execute()) +
    (await lab.get('/resources/system/worker/log', { count: 100 })).text
  assert.ok(log.lines.length > 0 && !everything.includes(code) && !everything.includes(NEW))
})

test('an address without an account gets the same answer, the same is written, and no mail leaves', async (t) => {
  const server = await startMailServer(t)
  const lab = await startLab(t, { settings: { ...server.settings, PUBLIC_URL } })
  await lab.user(AMY)
  await lab.user('gone@example.com')
  const gone = lab.ctx.db.selectFrom('users').select('id').where('email_address', '=', 'gone@example.com')
  await lab.delete(`/users/${(await gone.executeTakeFirstOrThrow()).id}`)
  const replies = [await ask(lab), await ask(lab, 'nobody@example.com'), await ask(lab, 'gone@example.com')]
  for (const { status, text } of replies) assert.deepEqual([status, text], [200, replies[0]?.text])
  assert.deepEqual(
    (await lab.ctx.db.selectFrom('password_resets').select('user_id').orderBy('id').execute()).map(({ user_id: id }) => id !== null),
    [true, false, false],
  )
  await settled(lab, 1, 'sent')
  assert.equal((await lab.ctx.db.selectFrom('outgoing_messages').select('id').execute()).length, 1)
  for (const address of [AMY, 'nobody@example.com']) {
    for (let n = 0; n < 2; n++) assert.equal((await ask(lab, address)).status, 200)
    assert.match(messageOf(await ask(lab, address)), /^Too many requests for a new password for this e-mail address/)
  }
  for (let n = 0; n < 1; n++) assert.equal((await ask(lab, `other${n}@example.com`)).status, 200)
  assert.match(messageOf(await ask(lab, 'more@example.com')), /^Too many requests for a new password from your address/)
  assert.match(messageOf(await ask(lab, 'no address')), /is not an e-mail address/)
})

test('a code is void after an hour, when a newer one was asked for, and when the account changes', async (t) => {
  const clock = new FakeClock()
  const server = await startMailServer(t)
  const lab = await startLab(t, { clock, settings: { ...server.settings, PUBLIC_URL } })
  const amy = await lab.user(AMY)
  let mails = 0
  const nextCode = async (address = AMY): Promise<string> => {
    clock.advance(3_600)
    assert.equal((await ask(lab, address)).status, 200)
    return codeIn(await server.mail(++mails))
  }
  const isVoid = async (code: string): Promise<boolean> => (await redeem(lab, code)).status === 404
  assert.ok(await isVoid('X'.repeat(30)), 'never one')
  const late = await nextCode()
  clock.advance(3_599)
  assert.equal((await lab.as('').get(`/password-resets/${late}`)).status, 200)
  clock.advance(1)
  assert.ok(await isVoid(late), 'late')

  const first = await nextCode()
  assert.equal((await ask(lab)).status, 200)
  const second = codeIn(await server.mail(++mails))
  assert.ok(await isVoid(first), 'replaced')
  assert.equal((await lab.as('').get(`/password-resets/${second}`)).status, 200)
  const id = (await lab.ctx.db.selectFrom('users').select('id').where('email_address', '=', AMY).executeTakeFirstOrThrow()).id
  assert.equal((await amy.put(`/users/${id}`, { password: 'own-horse-12', old_password: OLD })).status, 200)
  assert.ok(await isVoid(second), 'the password was changed otherwise')
  const third = await nextCode()
  assert.equal((await lab.put(`/users/${id}`, { email_address: 'amy2@example.com' })).status, 200)
  assert.ok(await isVoid(third), 'the address is another one')
  const fourth = await nextCode('amy2@example.com')
  assert.equal((await lab.delete(`/users/${id}`)).status, 200)
  await lab.put(`/users/${id}`, { deleted: false })
  assert.ok(await isVoid(fourth), 'the account was deleted')
  assert.ok(await canSignIn(lab, 'own-horse-12', 'amy2@example.com'))

  await nextCode('amy2@example.com')
  await purge(lab.ctx)
  assert.equal((await lab.ctx.db.selectFrom('password_resets').selectAll().execute()).length, 1)
  clock.advance(3_600)
  await purge(lab.ctx)
  assert.equal((await lab.ctx.db.selectFrom('password_resets').selectAll().execute()).length, 0)
})

test(
  'a mail that still waits is taken back for a newer one; whoever guesses codes, or passwords before, is held up no longer than ' +
    'they should',
  async (t) => {
    const server = await startMailServer(t)
    const lab = await startLab(t, { settings: { ...server.settings, SIGN_IN_ATTEMPTS: 2 } })
    await lab.user(AMY)
    server.answer = () => ({ code: 451, text: 'Later' })
    await ask(lab)
    await settled(lab, 1, 'queued', 1)
    server.answer = () => undefined
    await ask(lab)
    assert.deepEqual([(await rowOf(lab, 1)).state, (await rowOf(lab, 1)).body], ['cancelled', ''])
    const { text } = await server.mail(1)
    // Without PUBLIC_URL nobody knows the page's address.
    const code = /Your code, valid for an hour and once, is ([A-Z0-9]{30})/.exec(text.replaceAll('=\r\n', ''))?.[1] ?? assert.fail(text)
    for (let n = 0; n < 2; n++) assert.equal(await canSignIn(lab, 'forgotten'), false)
    assert.equal((await new Browser(lab).signIn(AMY, OLD)).status, 429)
    assert.equal((await redeem(lab, code)).status, 200)
    assert.ok(await canSignIn(lab, NEW))
    for (let n = 0; n < 30; n++) assert.equal((await redeem(lab, 'Y'.repeat(30))).status, 404)
    assert.equal((await redeem(lab, 'Y'.repeat(30))).status, 429)
    const mute = await startLab(t)
    const refused = await ask(mute)
    assert.equal(refused.status, 409)
    assert.match(messageOf(refused), /sends no mail.*rhizo user passwd/)
  },
)
