import assert from 'node:assert/strict'
import { request } from 'node:http'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { startLab, type Lab } from '../support/lab.ts'
import { exchange } from '../support/raw-exchange.ts'

/** As fetch, which does not let the host be chosen. */
async function ask(lab: Lab, path: string, headers: Record<string, string>): Promise<IncomingMessage> {
  const sent = request(`${lab.url}${path}`, { headers })
  sent.end()
  const [reply] = (await once(sent, 'response')) as [IncomingMessage]
  reply.resume()
  return reply
}

const HSTS = 'strict-transport-security'

test('answers of a server that people reach by https tell browsers to stay with it, whatever they are', async (t) => {
  for (const settings of [{ SSL: true }, { PUBLIC_URL: 'https://lab.example.com' }]) {
    const lab = await startLab(t, { settings: { ...settings, TRUSTED_PROXIES: ['127.0.0.1'] } })
    for (const path of ['/', '/health', '/api/v1/whoami', '/api/v1/nothing', '/-/sign-in', '/nothing', '/favicon.ico'])
      assert.equal((await ask(lab, path, { 'x-forwarded-proto': 'https' })).headers[HSTS], 'max-age=31536000', path)
    assert.equal((await ask(lab, '/health', { 'x-forwarded-proto': 'http' })).headers[HSTS], undefined, 'by plain http it means nothing')
  }
  const plain = await startLab(t, { settings: { PUBLIC_URL: 'http://lab.example.com' } })
  assert.equal((await ask(plain, '/', {})).headers[HSTS], undefined)
})

test('FORCE_SSL leads to PUBLIC_URL, or to a name of this machine, never where the request says', async (t) => {
  const settings = { FORCE_SSL: true, TRUSTED_PROXIES: ['127.0.0.1'] }
  const http = { 'x-forwarded-proto': 'http' }
  const known = await startLab(t, { settings: { ...settings, PUBLIC_URL: 'https://lab.example.com' } })
  for (const host of ['evil.example', 'lab.example.com', 'lab.example.com:8080']) {
    const { statusCode, headers } = await ask(known, '/lab?a=1', { ...http, host })
    assert.deepEqual([statusCode, headers.location], [308, 'https://lab.example.com/lab?a=1'])
  }
  assert.equal((await ask(known, '//evil.example/x', http)).headers.location, 'https://lab.example.com//evil.example/x')
  const unknown = await startLab(t, { settings })
  for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '127.0.0.1@evil.example', 'evil.example:443'])
    assert.equal((await ask(unknown, '/lab', { ...http, host })).headers.location, undefined, host)
  assert.equal((await ask(unknown, '/lab', { ...http, host: 'localhost:5000' })).headers.location, 'https://localhost:5000/lab')
})

test('metrics are for everybody, for who has the key, or for no one, as the settings say', async (t) => {
  const statusOf = async (lab: Lab, authorization?: string): Promise<number> =>
    (await fetch(`${lab.url}/metrics`, { headers: authorization === undefined ? {} : { authorization } })).status
  const open = await startLab(t)
  assert.equal(await statusOf(open), 200)
  const key = 'a-key-for-prometheus'
  for (const settings of [{ METRICS_KEY: key }, { METRICS: 'key', METRICS_KEY: key }]) {
    const lab = await startLab(t, { settings })
    const user = await lab.user('ann@example.com')
    assert.equal(await statusOf(lab), 401)
    assert.equal(await statusOf(lab, `Bearer ${key.slice(1)}x`), 401)
    assert.equal(await statusOf(lab, `Bearer ${user.key}`), 403)
    assert.equal(await statusOf(lab, `Bearer ${lab.key}`), 200, 'a system admin')
    assert.equal(await statusOf(lab, `Bearer ${key}`), 200)
    assert.equal(await statusOf(lab, `Basic ${Buffer.from(`prometheus:${key}`).toString('base64')}`), 200)
    assert.equal(
      (await fetch(`${lab.url}/api/v1/users`, { headers: { authorization: `Bearer ${key}` } })).status,
      401,
      'it opens nothing else',
    )
  }
  const closed = await startLab(t, { settings: { METRICS: 'key' } })
  assert.deepEqual([await statusOf(closed), await statusOf(closed, `Bearer ${closed.key}`)], [401, 200])
  const off = await startLab(t, { settings: { METRICS: 'off', METRICS_KEY: key } })
  assert.deepEqual([await statusOf(off), await statusOf(off, `Bearer ${key}`)], [404, 404])
})

test('a request with several Host headers is refused, whatever it asks for: a proxy may go by another one than this server', async (t) => {
  const lab = await startLab(t)
  const port = Number(new URL(lab.url).port)
  const statusOf = async (...lines: string[]): Promise<string> => {
    const answer = await exchange(port, [Buffer.from([...lines, '', ''].join('\r\n'))], () => lab.get('/whoami'))
    return /^HTTP\/1\.1 (\d+) /.exec(answer)?.[1] ?? answer
  }
  const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==']
  for (const second of ['host: evil.example', 'HOST: lab.example', 'Host:']) {
    for (const path of ['/health', '/', '/api/v1/whoami', '/none'])
      assert.equal(await statusOf(`GET ${path} HTTP/1.1`, 'Host: lab.example', second), '400', path)
    assert.equal(await statusOf('GET /api/v1/websocket HTTP/1.1', 'Host: lab.example', second, ...upgrade), '400')
  }
  assert.equal(await statusOf('GET /health?live=1 HTTP/1.1', 'Host: lab.example'), '200')
  assert.equal(await statusOf('GET /api/v1/websocket HTTP/1.1', 'Host: lab.example', ...upgrade), '101')
})
