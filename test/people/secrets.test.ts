/** What must not appear: no secret in any line of the log, and none in a reply but the one that hands it over. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { Log } from '../../src/base/log.ts'
import { Browser, fieldOf } from '../support/browser.ts'
import { startLab, toReply, type Reply } from '../support/lab.ts'

const PASSWORDS = {
  amy: 'amy-has-a-password',
  next: 'amy-has-another-one',
  wrong: 'this-one-is-wrong-1',
  bob: 'bob-has-a-password',
  short: 'pw-7-ch',
}

function createRecorder(): { log: Log; lines: string[] } {
  const lines: string[] = []
  const record = (fields: object, message: string): void => {
    const errors = Object.values(fields).map((value) => (value instanceof Error ? `${value.message} ${value.stack}` : ''))
    lines.push(`${message} ${JSON.stringify(fields)} ${errors.join(' ')}`)
  }
  return { log: { debug: record, info: record, warn: record, error: record }, lines }
}

test('secrets are in no line of the log, and in no reply but the one that hands them over', async (t) => {
  const { log, lines } = createRecorder()
  const lab = await startLab(t, { log, settings: { DEBUG: true } })
  const replies: { reply: Reply; mayHold: string[] }[] = []
  const note = (reply: Reply, ...mayHold: string[]): Reply => {
    replies.push({ reply, mayHold })
    return reply
  }
  const members = `/organizations/${lab.organization.id}/users`
  await lab.controller('fridge')

  const amyId = Number(fieldOf(note(await lab.post('/users', { email_address: 'amy@example.com', password: PASSWORDS.amy })), 'id'))
  note(await lab.post('/users', { email_address: 'amy@example.com', password: PASSWORDS.amy }))
  note(await lab.post('/users', { email_address: 'bob@example.com', password: PASSWORDS.short }))
  note(await lab.post(members, { user_id: amyId, is_admin: 1 }))
  const browser = new Browser(lab)
  note(await browser.signIn('amy@example.com', PASSWORDS.wrong))
  note(await browser.signIn('nobody@example.com', PASSWORDS.wrong))
  const signedIn = await browser.signIn('amy@example.com', PASSWORDS.amy)
  note(signedIn, browser.csrfToken)
  note(await browser.get('/sessions'), browser.csrfToken)
  note(await browser.get('/whoami'))
  note(await browser.send('PUT', `/users/${amyId}`, { password: PASSWORDS.next, old_password: PASSWORDS.wrong }))
  note(await browser.send('PUT', `/users/${amyId}`, { password: PASSWORDS.next, old_password: PASSWORDS.amy }))

  const sendRaw = async (type: string, body: string): Promise<Reply> =>
    toReply(await fetch(`${lab.url}/api/v1/sessions`, { method: 'POST', headers: { 'content-type': type }, body }))
  for (const body of [`{"password":"${PASSWORDS.amy}"x}`, `{"password":${PASSWORDS.amy}}`, PASSWORDS.amy, `"${PASSWORDS.amy}"`])
    assert.equal(note(await sendRaw('application/json', body)).status, 400)
  assert.match(
    fieldOf(note(await sendRaw('application/x-www-form-urlencoded', `user=amy&password=${PASSWORDS.amy}%`)), 'message'),
    /^"password" in the form/,
  )

  const made = await browser.send('POST', '/keys', { access_as_user_id: amyId, organization_id: lab.organization.id })
  const secret = fieldOf(made, 'secret_key')
  note(made, secret)
  const amy = lab.as(secret)
  for (const path of [
    '/keys',
    `/keys?access_as_user_id=${amyId}`,
    '/users',
    `/users/${amyId}`,
    '/organizations',
    members,
    '/whoami',
    '/sessions',
  ]) {
    note(await amy.get(path))
    note(await lab.get(path))
  }
  note(await lab.as(`${secret}x`).get('/whoami'))
  const invited = await amy.post(members, { email_address: 'bob@example.com' })
  const accessCode = fieldOf(invited, 'access_code')
  note(invited, accessCode)
  note(await lab.as('').post(`/account-requests/${accessCode}`, { password: PASSWORDS.short }))
  note(await lab.as('').post(`/account-requests/${accessCode}`, { password: PASSWORDS.bob }))
  note(await lab.as('').post(`/account-requests/${accessCode}`, { password: PASSWORDS.bob }))

  const pinReply = await lab.as('').post('/pins')
  const { pin, pin_code: pinCode } = pinReply.json as { pin: number; pin_code: string }
  note(pinReply, pinCode)
  note(await lab.as('').get(`/pins/${pin}`, { pin_code: `${pinCode}x` }))
  note(await amy.put(`/pins/${pin}`, { controller: '/lab/fridge' }))
  const handed = await lab.as('').get(`/pins/${pin}`, { pin_code: pinCode })
  const controllerSecret = fieldOf(handed, 'secret_key')
  note(handed, controllerSecret)
  note(await lab.delete(`/users/${amyId}`))

  const handedOver = [secret, accessCode, pinCode, controllerSecret, browser.csrfToken]
  assert.ok(
    handedOver.every((text) => text.length >= 30),
    'each was there',
  )
  const { ctx, settings } = lab
  const stored = [
    ...(await ctx.db.selectFrom('users').select('password_hash as text').execute()),
    ...(await ctx.db.selectFrom('keys').select('key_hash as text').execute()),
    ...(await ctx.db.selectFrom('account_requests').select('access_code_hash as text').execute()),
    ...(await ctx.db.selectFrom('pins').select('code_hash as text').execute()),
  ].map(({ text }) => text)
  const cookie = browser.cookie.split('=')[1] ?? ''
  const never = [...Object.values(PASSWORDS), ...stored, cookie, lab.key, settings.SALT, settings.SECRET_KEY]
  assert.ok(never.every((text) => text !== ''))

  for (const text of [...never, ...handedOver]) assert.ok(!lines.some((line) => line.includes(text)), `${text} is in the log`)
  assert.ok(lines.length > 0, 'something was logged')
  for (const { reply, mayHold } of replies) {
    for (const text of never) assert.ok(!reply.text.includes(text), `${text} is in a reply: ${reply.text}`)
    for (const text of handedOver) assert.ok(mayHold.includes(text) || !reply.text.includes(text), `${text} is in a reply: ${reply.text}`)
  }
  // What the database holds is not what opens anything.
  const dump = JSON.stringify([
    await ctx.db.selectFrom('users').selectAll().execute(),
    await ctx.db.selectFrom('keys').selectAll().execute(),
    await ctx.db.selectFrom('sessions').selectAll().execute(),
    await ctx.db.selectFrom('account_requests').selectAll().execute(),
    await ctx.db.selectFrom('pins').selectAll().execute(),
  ])
  for (const text of [...Object.values(PASSWORDS), cookie, lab.key, ...handedOver])
    assert.ok(!dump.includes(text), `${text} is in the database`)
})
