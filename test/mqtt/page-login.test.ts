/** MQTT from pages: a short-lived token of the session, or the session's cookie, which counts for pages of this server alone. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { FakeClock, startLab, type Lab } from '../support/lab.ts'
import { connectDevice, refusedDevice } from '../support/mqtt-client.ts'

interface Browser {
  cookie: string
  csrf: string
}

async function signIn(lab: Lab): Promise<Browser> {
  const body = JSON.stringify({ user: 'admin@example.com', password: 'correct-horse-9' })
  const reply = await fetch(`${lab.url}/api/v1/sessions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  const cookie = reply.headers.getSetCookie().map((one) => one.split(';')[0] ?? '')
  return { cookie: cookie.join('; '), csrf: ((await reply.json()) as { csrf_token: string }).csrf_token }
}

const askToken = (lab: Lab, headers: Record<string, string>): Promise<Response> =>
  fetch(`${lab.url}/api/v1/sessions/mqtt-token`, { method: 'POST', headers })

test('a page connects by a token of its session: for a while, until the session ends, as its user', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  await lab.sequence('/lab/temperature')
  const { cookie, csrf } = await signIn(lab)
  assert.equal((await askToken(lab, { cookie })).status, 403, 'without the CSRF token')
  assert.equal((await askToken(lab, {})).status, 403)
  assert.equal((await askToken(lab, { authorization: `Bearer ${lab.key}` })).status, 403, 'a key is a password already')
  const given = (await (await askToken(lab, { cookie, 'x-csrf-token': csrf })).json()) as {
    user_name: string
    token: string
    expires_in: number
  }
  assert.deepEqual([given.user_name, given.expires_in], ['token', 300])
  const login = { username: given.user_name, password: given.token }
  const page = await connectDevice(t, lab, '', { ...login, wsOptions: { origin: 'https://elsewhere.example.com' } })
  assert.equal(await page.subscribe('lab/temperature'), 0)
  await page.publish('lab/temperature', '4.5')
  await page.hear('4.5')
  assert.equal((await lab.get('/resources/lab/temperature')).text, '4.5')
  assert.equal(await refusedDevice(t, lab, { username: 'token', password: `${given.token.slice(0, -2)}xx` }), 4)
  assert.equal(await refusedDevice(t, lab, { username: 'token', password: 'x'.repeat(5_000) }), 4)
  clock.advance(301)
  assert.equal(await refusedDevice(t, lab, login), 4, 'its time is over')
  assert.equal(page.client.connected, true, 'what is connected stays')
  const again = (await (await askToken(lab, { cookie, 'x-csrf-token': csrf })).json()) as { token: string }
  const signedOut = await fetch(`${lab.url}/api/v1/sessions`, { method: 'DELETE', headers: { cookie, 'x-csrf-token': csrf } })
  assert.equal(signedOut.status, 200)
  await page.closed
  assert.equal(await refusedDevice(t, lab, { username: 'token', password: again.token }), 4, 'its session is over')
})

test('the cookie logs a page of this server in, and no other', async (t) => {
  const lab = await startLab(t)
  const { cookie, csrf } = await signIn(lab)
  const own = { origin: lab.url, headers: { cookie } }
  const bare = { username: undefined, password: undefined }
  const page = await connectDevice(t, lab, '', { ...bare, wsOptions: own } as never)
  assert.equal(await page.subscribe('lab/#'), 0)
  assert.equal(await refusedDevice(t, lab, { ...bare, wsOptions: { ...own, origin: 'https://elsewhere.example.com' } } as never), 4)
  assert.equal(await refusedDevice(t, lab, { ...bare, wsOptions: { origin: lab.url } } as never), 4, 'without a cookie')
  await fetch(`${lab.url}/api/v1/sessions`, { method: 'DELETE', headers: { cookie, 'x-csrf-token': csrf } })
  await page.closed
})
