import assert from 'node:assert/strict'
import test from 'node:test'
import { Fault } from '../../src/base/fault.ts'
import { FakeClock, startLab } from '../support/lab.ts'

test('readiness really writes, and liveness does not', async (t) => {
  const lab = await startLab(t)
  const count = async (): Promise<number> => (await lab.ctx.db.selectFrom('probes').selectAll().execute()).length
  assert.equal((await fetch(`${lab.url}/health?live=1`)).status, 200)
  assert.equal(await count(), 0)
  const ready = await fetch(`${lab.url}/health`)
  assert.equal(ready.status, 200)
  assert.equal(await count(), 1)
})

test('who asks for readiness all the time does not make the disk write all the time', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const written = async (): Promise<number | undefined> =>
    (await lab.ctx.db.selectFrom('probes').select('timestamp').executeTakeFirst())?.timestamp
  await fetch(`${lab.url}/health`)
  const first = await written()
  clock.advance(1)
  for (const { status } of await Promise.all(Array.from({ length: 5 }, () => fetch(`${lab.url}/health`)))) assert.equal(status, 200)
  assert.equal(await written(), first)
})

test('metrics count what was stored', async (t) => {
  const lab = await startLab(t)
  await lab.sequence('/lab/a')
  await lab.put('/resources', { values: { '/lab/a': 1 } })
  const text = await (await fetch(`${lab.url}/metrics`)).text()
  assert.match(text, /rhizo_values_stored_total 1\n/)
  assert.match(text, /rhizo_http_request_seconds_count\{method="PUT",route="\/api\/v1\/resources",status="200"\} 1/)
  assert.match(text, /nodejs_eventloop_lag_p99_seconds/)
  assert.doesNotMatch(text, /nodejs_active_\w+_total/, 'what is named like a counter is one')
})

test('the API describes itself, for machines and for people', async (t) => {
  const lab = await startLab(t)
  const document = (await lab.get('/openapi.json')).json as {
    openapi: string
    paths: Record<string, Record<string, { responses: object }>>
  }
  assert.equal(document.openapi, '3.1.0')
  assert.ok(document.paths['/api/v1/sequences/values']?.['post'])
  const statuses = Object.keys(document.paths['/api/v1/resources']?.['put']?.responses ?? {})
  assert.deepEqual(statuses, ['200', '400', '401', '403', '404', '409', '413', '429', '503'], 'what docs/api.md lists')
  const page = await lab.get('/docs')
  assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'none'/)
  assert.match(page.text, /\/api\/v1\/sequences\/values/)
})

test('an unknown path is a 404 that says where to look', async (t) => {
  const lab = await startLab(t)
  const reply = await lab.get('/nothing')
  assert.equal(reply.status, 404)
  assert.match(reply.text, /api\/v1\/docs/)
})

test('FORCE_SSL sends to https what a trusted proxy took in plain http, and nothing else', async (t) => {
  const ask = async (trusted: string, scheme?: string): Promise<Response> => {
    const lab = await startLab(t, { settings: { FORCE_SSL: true, TRUSTED_PROXIES: [trusted] } })
    return fetch(`${lab.url}/api/v1/whoami?a=1`, {
      redirect: 'manual',
      headers: scheme === undefined ? {} : { 'x-forwarded-proto': scheme },
    })
  }
  const sent = await ask('127.0.0.1', 'http')
  assert.equal(sent.status, 308)
  assert.match(sent.headers.get('location') ?? '', /^https:\/\/127\.0\.0\.1:\d+\/api\/v1\/whoami\?a=1$/)
  assert.equal((await ask('127.0.0.1', 'https')).status, 200)
  assert.equal((await ask('127.0.0.1')).status, 200)
  assert.equal((await ask('10.0.0.1', 'http')).status, 200, 'the header of a stranger is not believed')
  assert.equal((await ask('127.0.0.0/8', 'http')).status, 308, 'a network of proxies')
  assert.equal((await ask('10.0.0.0/8', 'http')).status, 200, 'a network without this proxy')
})

for (const address of ['300.1.1.1', '192.0.2.1']) {
  test(`an address that is not this machine's is refused by the name of its setting: ${address}`, async (t) => {
    await assert.rejects(
      startLab(t, { settings: { LISTEN_ADDRESS: address } }),
      (error: Error) =>
        error instanceof Fault && error.message.includes(`LISTEN_ADDRESS is "${address}"`) && error.message.includes('allowed'),
    )
  })
}
