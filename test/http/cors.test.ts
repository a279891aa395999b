/** Which pages of other origins a browser lets use the API: those of the setting, with keys. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { startLab, type Lab } from '../support/lab.ts'

const DASH = 'https://dash.example.com'

const ask = (lab: Lab, origin: string, init: RequestInit = {}, path = '/api/v1/resources/lab'): Promise<Response> =>
  fetch(`${lab.url}${path}`, { ...init, headers: { origin, authorization: `Bearer ${lab.key}`, ...(init.headers as object) } })

const preflight: RequestInit = {
  method: 'OPTIONS',
  headers: { 'access-control-request-method': 'PUT', 'access-control-request-headers': 'authorization' },
}

test('pages of the origins in CORS_ORIGINS may use the API, and read errors too; others, and other addresses, may not', async (t) => {
  const lab = await startLab(t, { settings: { CORS_ORIGINS: [DASH, 'http://192.168.1.7:8080'] } })
  const allowed = async (reply: Promise<Response>): Promise<[number, string | null]> => {
    const { status, headers } = await reply
    assert.equal(headers.get('access-control-allow-credentials'), null)
    return [status, headers.get('access-control-allow-origin')]
  }
  for (const origin of [DASH, 'http://192.168.1.7:8080']) {
    assert.deepEqual(await allowed(ask(lab, origin)), [200, origin])
    assert.deepEqual(await allowed(ask(lab, origin, {}, '/api/v1/resources/lab/none')), [404, origin])
    assert.deepEqual(await allowed(ask(lab, origin, { headers: { authorization: 'Bearer wrong' } })), [401, origin])
    const offered = await ask(lab, origin, preflight)
    assert.equal(offered.status, 204)
    assert.match(offered.headers.get('access-control-allow-methods') ?? '', /PUT/)
    assert.match(offered.headers.get('access-control-allow-headers') ?? '', /authorization/)
  }
  for (const origin of ['https://other.example.com', `${DASH}.evil.example.com`, 'null', 'http://dash.example.com'])
    assert.deepEqual(await allowed(ask(lab, origin)), [200, null], origin)
  assert.equal((await allowed(ask(lab, 'https://other.example.com', preflight)))[1], null)
  assert.deepEqual(await allowed(ask(lab, DASH, {}, '/-/sign-in')), [200, null], 'pages are no API')
  assert.match((await ask(lab, DASH)).headers.get('vary') ?? '', /origin/i)
})

test('any page may with "*", none without the setting, and what is no origin is an error at start', async (t) => {
  const open = await startLab(t, { settings: { CORS_ORIGINS: ['*'] } })
  assert.equal((await ask(open, DASH)).headers.get('access-control-allow-origin'), '*')
  const closed = await startLab(t)
  assert.equal((await ask(closed, DASH)).headers.get('access-control-allow-origin'), null)
  assert.notEqual((await ask(closed, DASH, preflight)).status, 204)
  for (const wrong of ['dash.example.com', `${DASH}/page`, 'ftp://dash.example.com'])
    await assert.rejects(startLab(t, { settings: { CORS_ORIGINS: [wrong] } }), /CORS_ORIGINS has/, wrong)
})
