/** No input ends the process or gives a 500: generated requests through HTTP, generated frames through WebSocket. */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { request as sendRequest } from 'node:http'
import test, { type TestContext } from 'node:test'
import { WebSocket } from 'ws'
import { createRoutes } from '../../daemon/http/routes.ts'
import type { Log } from '../../src/base/log.ts'
import { startLab, type Lab } from '../support/lab.ts'

/** Every message of an internal error that the daemon logged. */
function catchErrors(): { log: Log; errors: string[] } {
  const errors: string[] = []
  const note = (fields: object, message: string): void => {
    errors.push(`${message} ${JSON.stringify(fields, (_key, value: unknown) => (value instanceof Error ? value.stack : value))}`)
  }
  return { errors, log: { debug: () => {}, info: () => {}, warn: () => {}, error: note } }
}

const nasty = fc.constantFrom(
  '',
  ' ',
  '/',
  '//',
  '/..',
  '/lab/../system',
  '/lab/',
  '/lab/%00',
  '/lab/\u0000',
  '/lab/\ud800',
  '/lab/a/b/c',
  '/lab/e\u0301',
  `/lab/${'x'.repeat(300)}`,
  `/${'a/'.repeat(200)}`,
  '/lab/fridge',
  '/lab/a',
  '/lab/text',
  '/lab/file.txt',
  '/self',
  '/system',
  'NaN',
  'Infinity',
  '-0',
  '1e999',
  '0x10',
  '١٢',
  '2026-02-30T00:00:00Z',
  '2026-01-31T12:00:00Z',
  '{}',
  '[]',
  '[',
  '{"a":',
  'null',
  'true',
  '"',
  '[[100,0,20]]',
  '[[110,1,99]]',
  '{"__proto__":{"x":1}}',
  `${'['.repeat(5000)}${']'.repeat(5000)}`,
  `${'{"a":'.repeat(3000)}1${'}'.repeat(3000)}`,
  '%',
  '%zz',
  '%ff%fe',
  '====',
  'AAAA',
  'not base64!',
  '-1',
  '0',
  '1',
  '2',
  '12',
  '20',
  '21',
  '99999999999999999999',
  '1.5',
  "'; drop table resources; --",
  '<script>alert(1)</script>',
  '\u202e',
  'sequence',
  'basicFolder',
  'self',
  'a@b.c',
  '../../etc/passwd',
  'constructor',
  '__proto__',
  'toString',
)
const anyText = fc.oneof({ weight: 3, arbitrary: nasty }, fc.string({ unit: 'binary', maxLength: 40 }), fc.string({ maxLength: 40 }))
const anyJson = fc.oneof(anyText, fc.integer(), fc.double(), fc.boolean(), fc.constant(null), fc.jsonValue({ maxDepth: 3 }))

const routes = createRoutes(undefined as never)
const parameterNames = [
  ...new Set(routes.flatMap((route) => Object.entries(route.parameters).flatMap(([name, { aliases }]) => [name, ...aliases]))),
]
const anyName = fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...parameterNames) }, anyText)

interface Generated {
  method: string
  path: string
  type: string | undefined
  body: string | Uint8Array
  credentials: 'admin' | 'controller' | 'none' | 'wrong' | 'garbled'
}

/** As clients escape it, or (rarely) not at all. */
const escapePath = (path: string): string =>
  path
    .split('/')
    .map((part) => encodeURIComponent(part.toWellFormed()))
    .join('/')

const anyForm = fc
  .array(fc.tuple(anyName, anyText), { maxLength: 8 })
  .map((pairs) =>
    new URLSearchParams(pairs.map(([name, value]): [string, string] => [name.toWellFormed(), value.toWellFormed()])).toString(),
  )
const anyBody: fc.Arbitrary<{ type: string | undefined; body: string | Uint8Array }> = fc.oneof(
  fc.constant({ type: undefined, body: '' }),
  anyForm.map((body) => ({ type: 'application/x-www-form-urlencoded', body })),
  fc
    .array(fc.tuple(anyName, anyJson), { maxLength: 8 })
    .map((pairs) => ({ type: 'application/json', body: JSON.stringify(Object.fromEntries(pairs)) })),
  fc
    .array(fc.record({ path: anyJson, timestamp: anyJson, value: anyJson }, { requiredKeys: [] }), { maxLength: 5 })
    .map((items) => ({ type: 'application/json', body: JSON.stringify(items) })),
  fc
    .tuple(
      fc.constantFrom(
        'application/json',
        'application/x-ndjson',
        'text/csv',
        'application/x-www-form-urlencoded',
        'multipart/form-data',
        'multipart/form-data; boundary=x',
        'application/octet-stream',
        'text/plain',
        ';;;',
      ),
      anyText,
    )
    .map(([type, body]) => ({ type, body })),
  fc.tuple(anyName, anyText, anyText).map(([name, file, content]) => ({
    type: 'multipart/form-data; boundary=x',
    body: `--x\r\nContent-Disposition: form-data; name="${name}"; filename="${file}"\r\n\r\n${content}\r\n--x--\r\n`,
  })),
  fc
    .tuple(
      fc.constantFrom('text/csv', 'application/octet-stream', 'image/jpeg', 'application/x-www-form-urlencoded'),
      fc.uint8Array({ maxLength: 200 }),
    )
    .map(([type, body]) => ({ type, body })),
)

const anyRequest: fc.Arbitrary<Generated> = fc
  .record({
    route: fc.constantFrom(...routes),
    tail: anyText,
    raw: fc.integer({ min: 0, max: 9 }),
    query: anyForm,
    body: anyBody,
    credentials: fc.constantFrom(
      'admin' as const,
      'admin' as const,
      'controller' as const,
      'none' as const,
      'wrong' as const,
      'garbled' as const,
    ),
  })
  .map(({ route, tail, raw, query, body, credentials }) => {
    const place = route.path.replace(/\/\*$/, () => (tail.startsWith('/') ? tail : `/${tail}`)).replace(/:\w+/g, () => tail || '1')
    const path = raw === 0 ? place.replace(/[^\x21-\x7e]/g, '%ff') : escapePath(place)
    return { method: route.method, path: `${path}${query === '' ? '' : `?${query}`}`, ...body, credentials }
  })

async function furnish(
  t: TestContext,
): Promise<{ lab: Lab; errors: string[]; authorizations: Record<Generated['credentials'], string | undefined> }> {
  const { log, errors } = catchErrors()
  const lab = await startLab(t, { log, settings: { MAX_MESSAGE_RATE: 10_000_000 } })
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/a')
  await lab.sequence('/lab/text', 2)
  const basic = (key: string): string => `Basic ${Buffer.from(`test:${key}`).toString('base64')}`
  return {
    lab,
    errors,
    authorizations: {
      admin: basic(lab.key),
      controller: basic(fridge.key),
      none: undefined,
      wrong: basic('RHIZOWRONG'),
      garbled: 'Basic \u00ff',
    },
  }
}

/** By Node's own client, which lets through what fetch would tidy up. */
function send(lab: Lab, { method, path, type, body }: Generated, authorization: string | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(lab.url)
    const length = Buffer.byteLength(body)
    const headers = {
      ...(authorization === undefined ? {} : { authorization }),
      ...(type === undefined ? {} : { 'content-type': type }),
      ...(length > 0 ? { 'content-length': length } : {}),
    }
    const sent = sendRequest({ hostname, port, method, path, headers, agent: false }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
      response.on('error', reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

test('no request gives a 500 or ends the daemon', async (t) => {
  const { lab, errors, authorizations } = await furnish(t)
  await fc.assert(
    fc.asyncProperty(anyRequest, async (generated) => {
      // The throttles of wrong keys would hide what lies behind them; signing out everywhere ends nothing of ours.
      const status = await send(lab, generated, authorizations[generated.credentials])
      assert.ok(status >= 200 && status < 500, `${generated.method} ${generated.path} gave ${status}\n${errors.join('\n')}`)
      assert.deepEqual(errors, [])
    }),
    { numRuns: 1_500 },
  )
  assert.equal((await fetch(`${lab.url}/health`)).status, 200)
})

const messageTypes = [
  'subscribe',
  'update_sequence',
  'updateSequence',
  'setNode',
  'update',
  'write_resource',
  'watchdog',
  'ping',
  'connect',
  'send_email',
  'sendEmail',
  'send_sms',
  'send_text_message',
  'hello',
  '',
  'x'.repeat(2_001),
  '__proto__',
]
const parameterKeys = [
  'subscriptions',
  'sequence',
  'node',
  'value',
  'timestamp',
  'encoded',
  'path',
  'data',
  '$t',
  'a',
  'text',
  'email_addresses',
  'subject',
  'body',
  'phone_numbers',
  'message',
  '__proto__',
]
const subscriptionFields = fc.record(
  { folder: anyJson, folderId: anyJson, message_type: anyJson, include_children: anyJson },
  { requiredKeys: [] },
)
const anyParameters = fc.oneof(
  anyJson,
  fc.dictionary(fc.constantFrom(...parameterKeys), fc.oneof(anyJson, fc.array(subscriptionFields, { maxLength: 4 })), { maxKeys: 5 }),
)
const anyFrame: fc.Arbitrary<string | Uint8Array> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .record(
        {
          type: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...messageTypes) }, anyJson),
          parameters: anyParameters,
          folder: anyJson,
          id: anyJson,
        },
        { requiredKeys: [] },
      )
      .map((frame) => JSON.stringify(frame)),
  },
  anyText,
  anyJson.map((value) => JSON.stringify(value)),
  fc.uint8Array({ maxLength: 100 }),
)

test('no frame ends the daemon, and each connection answers afterwards', async (t) => {
  const { lab, errors, authorizations } = await furnish(t)
  const url = `${lab.url.replace('http', 'ws')}/api/v1/websocket`
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyFrame, { minLength: 1, maxLength: 20 }),
      fc.constantFrom('admin' as const, 'controller' as const, 'none' as const),
      async (frames, credentials) => {
        const authorization = authorizations[credentials]
        const socket = new WebSocket(url, authorization === undefined ? {} : { headers: { authorization } })
        const answered = new Promise<void>((resolve, reject) => {
          socket.on('message', (data: Buffer) => {
            const { type, id } = JSON.parse(data.toString('utf8')) as { type: string; id?: unknown }
            if (type === 'ack' && id === 'the end') resolve()
          })
          socket.on('close', (code) => reject(new Error(`closed with ${code}`)))
          socket.on('error', reject)
        })
        answered.catch(() => {})
        await new Promise((resolve) => socket.once('open', resolve))
        for (const frame of frames) socket.send(frame)
        socket.send(JSON.stringify({ type: 'ping', id: 'the end' }))
        await answered
        socket.removeAllListeners('close')
        socket.close()
        assert.deepEqual(errors, [])
      },
    ),
    { numRuns: 200 },
  )
  assert.equal((await fetch(`${lab.url}/health`)).status, 200)
})

test('JSON nested a hundred thousand levels deep is refused wherever it stands', async (t) => {
  const { log, errors } = catchErrors()
  const lab = await startLab(t, { log })
  await lab.sequence('/lab/t')
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
  const send = async (method: string, path: string, body: string): Promise<number> => {
    const reply = await fetch(`${lab.url}/api/v1${path}`, {
      method,
      body,
      headers: { authorization: `Bearer ${lab.key}`, 'content-type': 'application/json' },
    })
    await reply.arrayBuffer()
    return reply.status
  }
  assert.equal(await send('POST', '/keys', `{"access_as_controller_id": ${deep}}`), 400)
  assert.equal(await send('PUT', '/resources/lab', `{"permissions": [${deep}]}`), 400)
  assert.equal(await send('PUT', '/resources/lab', `{"view": ${deep}}`), 400)
  for (const item of [`{"path": "/lab/t", "timestamp": 1, "value": ${deep}}`, `{"path": "/lab/t", "timestamp": ${deep}, "value": 1}`]) {
    assert.equal(await send('POST', '/sequences/values', `[${item}]`), 200, 'refused one by one')
  }
  assert.equal((await lab.get('/resources/lab/t')).text, '')
  assert.deepEqual(errors, [])
})

test('one request can not fill the memory with fields, and a stranger with next to nothing', async (t) => {
  const lab = await startLab(t, { settings: { MAX_BODY_SIZE: 2_000_000 } })
  const fields = new FormData()
  for (let at = 0; at < 30; at++) fields.set(`field${at}`, 'x'.repeat(100_000))
  const send = async (body: FormData | URLSearchParams, key: string): Promise<number> => {
    const reply = await fetch(`${lab.url}/api/v1/resources`, {
      method: 'POST',
      body,
      headers: key === '' ? {} : { authorization: `Bearer ${key}` },
    })
    await reply.arrayBuffer()
    return reply.status
  }
  assert.equal(await send(fields, lab.key), 413)
  const pairs = await fetch(`${lab.url}/api/v1/resources`, {
    method: 'POST',
    body: '&'.repeat(900_000),
    headers: { authorization: `Bearer ${lab.key}`, 'content-type': 'application/x-www-form-urlencoded' },
  })
  assert.equal(pairs.status, 400)
  assert.match(await pairs.text(), /more than 10000 parameters/)
  const values = Object.fromEntries(Array.from({ length: 100_001 }, (_, at) => [`/l/${at}`, 1]))
  const many = await fetch(`${lab.url}/api/v1/resources`, {
    method: 'PUT',
    body: JSON.stringify({ values }),
    headers: { authorization: `Bearer ${lab.key}`, 'content-type': 'application/json' },
  })
  assert.equal(many.status, 413)
  await many.arrayBuffer()
  const form = new URLSearchParams({ name: 'x'.repeat(1_500_000) })
  assert.equal(await send(form, lab.key), 400)
  assert.equal(await send(form, ''), 413)
})
