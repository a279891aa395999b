import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { createDaemon } from '../../daemon/daemon.ts'
import { silentLog } from '../../src/base/log.ts'
import { Authenticator, type Offered, type UseOptions } from '../support/authenticator.ts'
import { Browser, fieldOf, messageOf } from '../support/browser.ts'
import { FakeClock, startLab, type Lab, type Reply } from '../support/lab.ts'
import { makeFolder } from '../support/outgoing-records.ts'

const ORIGIN = 'https://lab.example.com'
const AMY = 'amy@example.com'
const PASSWORD = 'correct-horse-9'

interface Passkeys {
  lab: Lab
  clock: FakeClock
  /** Signed in as Amy. */
  browser: Browser
  device: Authenticator
  offer: () => Promise<Offered>
  signIn: (passkey: object) => Promise<Reply>
}

async function startPasskeys(t: TestContext, folder?: string): Promise<Passkeys> {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock, settings: { PUBLIC_URL: ORIGIN }, ...(folder === undefined ? {} : { folder }) })
  await lab.user(AMY)
  const browser = new Browser(lab)
  await browser.signIn(AMY, PASSWORD)
  const device = new Authenticator(ORIGIN)
  await add(browser, device)
  const offer = async (): Promise<Offered> => {
    // A challenge is younger than the last use.
    clock.advance(1)
    return (await new Browser(lab).send('POST', '/sessions/passkey/offer')).json as Offered
  }
  return { lab, clock, browser, device, offer, signIn: (passkey) => new Browser(lab).send('POST', '/sessions/passkey', { passkey }) }
}

async function add(browser: Browser, device: Authenticator, options?: UseOptions): Promise<Reply> {
  const offer = (await browser.send('POST', '/second-factors/passkeys/offer')).json as Offered
  return browser.send('POST', '/second-factors/passkeys', { name: 'Key', passkey: device.create(offer, options) })
}

test('a passkey signs in without a password, and what it signed counts once, for this page and for five minutes', async (t) => {
  const { clock, device, offer, signIn } = await startPasskeys(t)
  const passkey = device.use(await offer())
  const signedIn = await signIn(passkey)
  assert.equal(signedIn.status, 200, signedIn.text)
  assert.match(signedIn.headers.get('set-cookie') ?? '', /rhizo-session/)
  assert.equal((await signIn(passkey)).status, 401, 'once')
  const [early, late] = [await offer(), await offer()]
  assert.equal((await signIn(device.use(late))).status, 200)
  assert.equal((await signIn(device.use(early))).status, 401, 'an offer from before its last use')
  assert.equal((await signIn(device.use(await offer(), { origin: 'https://evil.example.com' }))).status, 401)
  assert.equal((await signIn(device.use(await offer(), { isVerified: false }))).status, 401, 'whoever holds the device is not enough')
  const old = await offer()
  clock.advance(5 * 60 + 1)
  assert.equal((await signIn(device.use(old))).status, 401)
  assert.equal((await signIn(new Authenticator(ORIGIN).use(await offer()))).status, 401, 'one that is not known')
  assert.equal(
    (await signIn(device.use({ challenge: Buffer.from('1.2.3').toString('base64url') }))).status,
    401,
    'a challenge of their own',
  )
})

test('with a passkey a password alone signs nobody in; the passkey, or a recovery code, stands beside it', async (t) => {
  const { lab, browser, device, offer } = await startPasskeys(t)
  const signIn = (more: object) => new Browser(lab).send('POST', '/sessions', { user: AMY, password: PASSWORD, ...more })
  assert.equal(fieldOf(await signIn({}), 'needs'), 'code')
  assert.equal((await signIn({ passkey: device.use(await offer()) })).status, 200)
  const bob = await lab.user('bob@example.com')
  const his = new Browser(lab)
  await his.signIn('bob@example.com', PASSWORD)
  const other = new Authenticator(ORIGIN)
  assert.equal((await add(his, other)).status, 200)
  assert.equal((await signIn({ passkey: other.use(await offer()) })).status, 401, 'that of somebody else')
  assert.equal(
    (await new Browser(lab).send('POST', '/sessions', { user: AMY, password: 'wrong', passkey: device.use(await offer()) })).status,
    401,
  )
  const listed = (await browser.send('GET', '/second-factors')).json as {
    factors: { kind: string; name: string }[]
    recovery_codes: number
  }
  assert.deepEqual(
    listed.factors.map(({ kind, name }) => [kind, name]),
    [['passkey', 'Key']],
  )
  assert.equal(listed.recovery_codes, 10)
  await lab.delete(`/users/${bob.id}`)
  assert.equal(
    (await new Browser(lab).send('POST', '/sessions/passkey', { passkey: other.use(await offer()) })).status,
    401,
    'of one deleted',
  )
})

test('a passkey confirms who somebody is, and adding one needs that first', async (t) => {
  const { lab, clock, browser, device, offer } = await startPasskeys(t)
  clock.advance(11 * 60)
  const another = new Authenticator(ORIGIN)
  assert.equal(fieldOf(await add(browser, another), 'needs'), 'proof')
  const his = new Browser(lab)
  await lab.user('bob@example.com')
  await his.signIn('bob@example.com', PASSWORD)
  const confirm = async (who: Browser) => who.send('POST', '/sessions/confirm/passkey', { passkey: device.use(await offer()) })
  assert.equal((await confirm(his)).status, 403, 'not his')
  assert.equal((await confirm(browser)).status, 200)
  assert.equal((await add(browser, another, { isVerified: false })).status, 400)
  assert.equal((await add(browser, another, { origin: 'http://lab.example.com' })).status, 400)
  assert.equal((await add(browser, another)).status, 200)
  assert.equal((await add(browser, another)).status, 409, 'twice')
  const use = await offer()
  const wrong = await browser.send('POST', '/second-factors/passkeys', { name: 'Key', passkey: new Authenticator(ORIGIN).create(use) })
  assert.equal(wrong.status, 400, 'an offer to sign in adds none')
})

test('whatever strangers send as a passkey is refused, and after thirty tries they wait', async (t) => {
  const { device, offer, signIn } = await startPasskeys(t)
  const good = device.use(await offer()) as { id: string; response: Record<string, unknown> }
  const odd: object[] = [
    {},
    { id: 5 },
    { id: good.id },
    { id: good.id, response: 'text' },
    { id: good.id, response: { ...good.response, signature: 'AAAA' } },
    { id: good.id, response: { ...good.response, clientDataJSON: Buffer.from('{').toString('base64url') } },
    { id: good.id, response: { ...good.response, authenticatorData: 'x'.repeat(30_000) } },
    { id: 'x'.repeat(5_000), response: good.response },
  ]
  for (const passkey of odd) assert.equal((await signIn(passkey)).status, 401, JSON.stringify(passkey).slice(0, 80))
  assert.equal((await signIn(good)).status, 200)
  const statuses: number[] = []
  for (let at = 0; at < 31; at++) statuses.push((await signIn({})).status)
  assert.equal(statuses.at(-1), 429)
})

test('where browsers take no passkeys the API says why', async (t) => {
  const plain = await startLab(t)
  const reply = await plain.as('').post('/sessions/passkey/offer')
  assert.equal(reply.status, 409)
  assert.match(messageOf(reply), /set PUBLIC_URL/)
  const numbered = await startLab(t, { settings: { PUBLIC_URL: 'https://192.168.1.5' } })
  assert.match(messageOf(await numbered.as('').post('/sessions/passkey/offer')), /bound to a name/)
  const open = await startLab(t, { settings: { PUBLIC_URL: 'http://lab.example.com' } })
  assert.match(messageOf(await open.as('').post('/sessions/passkey/offer')), /need https/)
})

test('on a server that changes nothing a passkey signs in, each time by another signature made since its last use', async (t) => {
  const folder = await makeFolder(t)
  const { lab, clock, device, offer, signIn } = await startPasskeys(t, folder)
  assert.equal((await signIn(device.use(await offer()))).status, 200)
  const onLab = await offer()
  await lab.stop()
  clock.advance(60)
  const standby = createDaemon(lab.settings, { clock, log: silentLog, isReadOnly: true })
  await standby.start()
  t.after(() => standby.stop())
  const ask = (path: string, body?: Record<string, unknown>): Promise<Reply> => new Browser(standby).send('POST', `/sessions/${path}`, body)
  const offered = async (): Promise<Offered> => {
    clock.advance(1)
    return (await ask('passkey/offer')).json as Offered
  }
  const passkey = device.use(await offered())
  const signedIn = await ask('passkey', { passkey })
  assert.equal(signedIn.status, 200, signedIn.text)
  const [cookie = ''] = signedIn.headers.getSetCookie()
  const page = await fetch(`${standby.url}/api/v1/sessions`, { headers: { cookie: cookie.split(';', 1)[0] ?? '' } })
  assert.equal(page.status, 200)
  assert.equal((await ask('passkey', { passkey })).status, 401, 'once')
  assert.equal((await ask('passkey', { passkey: device.use(onLab) })).status, 401, 'an offer from before its last use')
  assert.equal((await ask('passkey', { passkey: new Authenticator(ORIGIN).use(await offered()) })).status, 401, 'one that is not known')
  const password = { user: AMY, password: PASSWORD }
  assert.equal(fieldOf(await new Browser(standby).send('POST', '/sessions', password), 'needs'), 'code')
  const both = { ...password, passkey: device.use(await offered()) }
  assert.equal((await new Browser(standby).send('POST', '/sessions', both)).status, 200)
})
