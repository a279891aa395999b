/** Whose an address is, who guesses passwords, and which pages may sign a browser in. */
import assert from 'node:assert/strict'
import { createECDH, randomBytes } from 'node:crypto'
import test from 'node:test'
import { Secret, TOTP } from 'otpauth'
import { Browser, fieldOf } from '../support/browser.ts'
import { FakeClock, startLab } from '../support/lab.ts'
import { startMailServer } from '../support/mail-server.ts'

const PUBLIC_URL = 'https://lab.example.com'
const VICTIM = 'victim@example.com'
const PASSWORD = 'correct-horse-9'

/** What a browser gives with its subscription. */
function browserKeys(): { p256dh: string; auth: string } {
  const pair = createECDH('prime256v1')
  return { p256dh: pair.generateKeys().toString('base64url'), auth: randomBytes(16).toString('base64url') }
}

test('the first code that comes by mail ends what was made before it was known whose the address is', async (t) => {
  const server = await startMailServer(t)
  const lab = await startLab(t, { settings: { ...server.settings, PUBLIC_URL } })
  const boss = await lab.user('boss@example.com', { admin: true })
  const members = `/organizations/${lab.organization.id}/users`
  const handed = fieldOf(await boss.post(members, { email_address: VICTIM, send_email: false }), 'access_code')
  const userId = fieldOf(await lab.as('').post(`/account-requests/${handed}`, { password: 'of-the-maker-1' }), 'user_id')
  const maker = new Browser(lab)
  await maker.signIn(VICTIM, 'of-the-maker-1')
  const key = { access_as_user_id: Number(userId), organization_id: lab.organization.id }
  const { json } = await maker.send('POST', '/keys', key)
  const secret = fieldOf(await maker.send('POST', '/second-factors/offer'), 'secret')
  const phone = new TOTP({ secret: Secret.fromBase32(secret) })
  assert.equal((await maker.send('POST', '/second-factors', { secret, code: phone.generate(), name: 'The phone' })).status, 200)
  const subscription = { endpoint: 'https://push.example.com/of-the-maker', keys: browserKeys() }
  assert.equal((await maker.send('POST', '/push-devices', { subscription, name: 'The phone' })).status, 200)
  assert.equal(lab.ctx.pushReach.has(VICTIM), true)
  const old = lab.as((json as { secret_key: string }).secret_key)
  assert.equal((await old.get('/whoami')).status, 200)

  const reset = async (): Promise<string> => {
    const sent = (await lab.ctx.db.selectFrom('outgoing_messages').select('id').execute()).length
    await lab.as('').post('/password-resets', { email_address: VICTIM })
    const { text } = await server.mail(sent + 1)
    return /new-password\/([A-Z0-9]{30})/.exec(text.replaceAll('=\r\n', ''))?.[1] ?? assert.fail(text)
  }
  const code = await reset()
  assert.equal(fieldOf(await lab.as('').get(`/password-resets/${code}`), 'keys_to_revoke'), '1')
  assert.equal(fieldOf(await lab.as('').get(`/password-resets/${code}`), 'factors_to_remove'), '1')
  assert.equal(fieldOf(await lab.as('').post(`/password-resets/${code}`, { password: PASSWORD }), 'revoked_keys'), '1')
  assert.match((await server.mail(2)).text.replaceAll('=\r\n', ''), /1 of its keys.*alarms.*no more.*second factors.* were removed/s)
  assert.equal(lab.ctx.pushReach.has(VICTIM), false, 'alarms of the account go to no device of whoever made it')
  assert.equal((await old.get('/whoami')).status, 401)
  assert.equal((await maker.get('/sessions')).status, 403)

  assert.equal((await lab.ctx.db.selectFrom('recovery_codes').selectAll().execute()).length, 0)

  // Now it is proven: later resets leave the holder's keys alone.
  const holder = new Browser(lab)
  assert.equal((await holder.signIn(VICTIM, PASSWORD)).status, 200, 'no second factor of somebody else keeps them out')
  const own = lab.as(((await holder.send('POST', '/keys', key)).json as { secret_key: string }).secret_key)
  assert.equal(fieldOf(await lab.as('').post(`/password-resets/${await reset()}`, { password: 'better-horse-10' }), 'revoked_keys'), '0')
  assert.equal((await own.get('/whoami')).status, 200)
  // Another address has to be proven again.
  await lab.put(`/users/${userId}`, { email_address: 'other@example.com' })
  const row = await lab.ctx.db.selectFrom('users').select('address_proven').where('id', '=', Number(userId)).executeTakeFirst()
  assert.equal(row?.address_proven, 0)
})

test('an invitation by mail is such a proof too', async (t) => {
  const server = await startMailServer(t)
  const lab = await startLab(t, { settings: { ...server.settings, PUBLIC_URL } })
  const id = fieldOf(await lab.post('/users', { email_address: VICTIM, password: PASSWORD }), 'id')
  const made = await lab.post('/keys', { access_as_user_id: Number(id), organization_id: lab.organization.id })
  const old = lab.as(fieldOf(made, 'secret_key'))
  await lab.post(`/organizations/${lab.organization.id}/users`, { email_address: VICTIM })
  const { text } = await server.mail(1)
  const code = /invitations\/([A-Z0-9]{30})/.exec(text.replaceAll('=\r\n', ''))?.[1] ?? assert.fail(text)
  assert.equal((await old.get('/whoami')).status, 200)
  assert.equal((await lab.as('').post(`/account-requests/${code}`, { password: PASSWORD })).status, 200)
  assert.equal((await old.get('/whoami')).status, 401)
})

test("a stranger's wrong passwords do not shut out whoever has signed in before from a device or an address", async (t) => {
  const lab = await startLab(t, { clock: new FakeClock(), settings: { TRUSTED_PROXIES: '127.0.0.1' } })
  await lab.user('amy@example.com')
  const browserAt = (address: string, cookie = ''): Browser => {
    const browser = new Browser(lab)
    browser.headers = { 'x-forwarded-for': address, ...(cookie === '' ? {} : { cookie }) }
    return browser
  }
  const first = await browserAt('192.0.2.1').signIn('amy@example.com', PASSWORD)
  const device =
    first.headers
      .getSetCookie()
      .find((line) => line.startsWith('rhizo-device='))
      ?.split(';')[0] ?? ''
  for (let n = 0; n < 12; n++) await browserAt(`198.51.100.${n}`).signIn('amy@example.com', `wrong-${n}`)
  const status = async (address: string, cookie?: string, password = PASSWORD): Promise<number> =>
    (await browserAt(address, cookie).signIn('amy@example.com', password)).status
  assert.equal(await status('203.0.113.5'), 429, 'another stranger')
  assert.equal(await status('203.0.113.5', `${device.slice(0, -1)}x`), 429, 'a forged mark')
  assert.equal(await status('203.0.113.5', device), 200, 'the device, from elsewhere')
  assert.equal(await status('192.0.2.1'), 200, 'the address')
  assert.equal(await status('203.0.113.77'), 429, 'strangers wait on')
  for (let n = 0; n < 10; n++) assert.equal(await status('203.0.113.9', device, `wrong-${n}`), 401)
  assert.equal(await status('203.0.113.9', device), 429, 'a stolen device guesses no faster')
})

test('passwords of strangers are checked one at a time, and those of people who signed in there before do not wait for them', async (t) => {
  const lab = await startLab(t, { settings: { TRUSTED_PROXIES: '127.0.0.1' } })
  await lab.user('amy@example.com')
  const signIn = (address: string): ReturnType<Browser['signIn']> => {
    const browser = new Browser(lab)
    browser.headers = { 'x-forwarded-for': address }
    return browser.signIn('amy@example.com', PASSWORD)
  }
  await signIn('192.0.2.1')
  let isHeld = true
  let letGo = (): void => {}
  const held = lab.ctx.passwordChecks.hold([0], () => new Promise<void>((resolve) => (letGo = resolve)))
  const stranger = signIn('203.0.113.5').then(({ status }) => {
    assert.equal(isHeld, false, 'a stranger waits for the check before')
    return status
  })
  assert.equal((await signIn('192.0.2.1')).status, 200)
  isHeld = false
  letGo()
  await held
  assert.equal(await stranger, 200)
})

test('pages of another origin sign no browser in, by whatever the browser says of them', async (t) => {
  const lab = await startLab(t)
  const { host, origin } = new URL(lab.url)
  const statusFor = async (headers: Record<string, string>): Promise<number> => {
    const browser = new Browser(lab)
    browser.headers = headers
    return (await browser.signIn('admin@example.com', PASSWORD)).status
  }
  for (const foreign of [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site', origin: 'http://127.0.0.1:9999' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'http://127.0.0.1:9999' },
    { origin: `http://evil.example/${host}` },
    { origin: 'null' },
  ])
    assert.equal(await statusFor(foreign as Record<string, string>), 403, JSON.stringify(foreign))
  assert.equal(await statusFor({ origin, 'sec-fetch-site': 'same-origin' }), 200)
  assert.equal(await statusFor({}), 200)
})
