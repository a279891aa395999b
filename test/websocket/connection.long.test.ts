/** Who may connect, what a connection may do, and how it ends. Source: protocol, sections 2 and 6. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import test from 'node:test'
import { NONE, ORGANIZATION_CONTROLLERS } from '../../src/wire/permissions.ts'
import { endExpiredSessions } from '../../src/people/sessions.ts'
import { FakeClock, startLab } from '../support/lab.ts'
import { basic, connect, messageOf, refused } from '../support/peer.ts'

/** Sends text as it is; everything that comes until the other end closes. */
async function fetchRaw(url: string, request: string): Promise<string> {
  const socket = connectTcp(Number(new URL(url).port), '127.0.0.1')
  socket.write(request)
  const chunks: Buffer[] = []
  for await (const chunk of socket as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

test('a wrong key is refused with 401, a wrong path with 404, both as JSON', async (t) => {
  const lab = await startLab(t)
  assert.deepEqual(await refused(lab, { headers: { authorization: basic('wrong') } }), {
    status: 401,
    message: 'The key is not valid, or was revoked.',
  })
  assert.equal((await refused(lab, { headers: { authorization: 'Bearer wrong' } })).status, 401)
  assert.equal((await refused(lab, { headers: { authorization: 'Digest x' } })).status, 401)
  assert.match((await refused(lab, { path: '/elsewhere' })).message, /WebSockets are at \/api\/v1\/websocket/)
})

test('a handshake that is none is answered, and the daemon goes on', async (t) => {
  const lab = await startLab(t)
  const answer = await fetchRaw(lab.url, 'GET /api/v1/websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
  assert.match(answer, /^HTTP\/1\.1 400 [^]*"status":"error"/)
  const upgrade = await fetchRaw(lab.url, 'GET /health HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n')
  assert.match(upgrade, /^HTTP\/1\.1 400 [^]*without its Upgrade header/)
  // One that goes away in the middle.
  const gone = connectTcp(Number(new URL(lab.url).port), '127.0.0.1')
  gone.write(
    `GET /api/v1/websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nAuthorization: ${basic('wrong')}\r\n\r\n`,
  )
  await once(gone, 'connect')
  gone.resetAndDestroy()
  await (await connect(t, lab, lab.key)).tell('ping')
})

test('a key connects by Bearer too', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  const peer = await connect(t, lab, '', { headers: { authorization: `Bearer ${fridge.key}` } })
  await peer.subscribe('self')
})

test('a session connects by its cookie, but only for pages of this server, and ends when it is signed out', async (t) => {
  const lab = await startLab(t)
  const signIn = await fetch(`${lab.url}/api/v1/sessions`, {
    method: 'POST',
    body: new URLSearchParams({ user: 'admin@example.com', password: 'correct-horse-9' }),
  })
  const cookie = signIn.headers.get('set-cookie')?.split(';')[0] ?? ''
  const { csrf_token: token } = (await signIn.json()) as { csrf_token: string }
  assert.match(cookie, /session=/)
  const { host } = new URL(lab.url)
  const peer = await connect(t, lab, '', { headers: { cookie }, origin: `http://${host}` })
  await peer.subscribe('/lab')
  assert.equal((await refused(lab, { headers: { cookie }, origin: 'https://evil.example.com' })).status, 403)
  assert.equal((await refused(lab, { headers: { cookie }, origin: 'null' })).status, 403)
  const anonymous = await connect(t, lab, '', { headers: { cookie: 'rhizo-session=nobody' }, origin: 'https://evil.example.com' })
  assert.match(messageOf(await anonymous.ask('subscribe', { subscriptions: [{ folder: '/lab' }] })), /You may not read/)
  await fetch(`${lab.url}/api/v1/sessions`, { method: 'DELETE', headers: { cookie, 'x-csrf-token': token } })
  assert.equal((await peer.closed).code, 1008)
})

test('a revoked key ends its open connections at once, and no others', async (t) => {
  const lab = await startLab(t)
  const [fridge, oven] = [await lab.controller('fridge'), await lab.controller('oven')]
  const [peer, other] = [await connect(t, lab, fridge.key), await connect(t, lab, oven.key)]
  const keys = (await lab.get('/keys', { access_as_controller_id: fridge.id })).json as Record<string, unknown>
  assert.equal((await lab.delete(`/keys/${Object.keys(keys)[0]}`)).status, 200)
  assert.deepEqual(await peer.closed, { code: 1008, reason: 'The key was revoked.' })
  assert.equal((await refused(lab, { headers: { authorization: basic(fridge.key) } })).status, 401)
  await other.tell('ping')
})

test('a change of permissions stops delivery and writing on open connections', async (t) => {
  const lab = await startLab(t)
  const [fridge, oven] = [await lab.controller('fridge'), await lab.controller('oven')]
  await lab.sequence('/lab/fridge/a')
  const [sender, listener] = [await connect(t, lab, fridge.key), await connect(t, lab, oven.key)]
  await listener.subscribe('/lab', { include_children: true })
  await sender.tell('note', { n: 1 })
  await listener.tell('update_sequence', { sequence: '/lab/fridge/a', value: 1 })
  const folder = lab.ctx.tree.find('/lab/fridge')
  assert.ok(folder)
  lab.ctx.tree.setPermissions(folder, [[ORGANIZATION_CONTROLLERS, lab.organization.id, NONE]])
  assert.match(messageOf(await listener.ask('update_sequence', { sequence: '/lab/fridge/a', value: 2 })), /You may not read or change/)
  const person = await connect(t, lab, lab.key)
  await person.tell('note', { n: 2 }, { folder: '/lab/fridge' })
  await person.tell('update_sequence', { sequence: '/lab/fridge/a', value: 3 })
  lab.ctx.tree.setPermissions(folder, null)
  await person.tell('note', { n: 3 }, { folder: '/lab/fridge' })
  await listener.hear(({ parameters }) => parameters?.['n'] === 3)
  assert.deepEqual(
    listener.heard.filter(({ type }) => type === 'note' || type === 'sequence_update').map(({ parameters }) => parameters['n']),
    [1, 3],
  )
})

test('a value is delivered to those who may read its sequence, not to all who may read its folder', async (t) => {
  const lab = await startLab(t)
  const [fridge, oven] = [await lab.controller('fridge'), await lab.controller('oven')]
  const secret = await lab.sequence('/lab/fridge/secret')
  await lab.sequence('/lab/fridge/open')
  lab.ctx.tree.setPermissions(secret, [[ORGANIZATION_CONTROLLERS, lab.organization.id, NONE]])
  const [listener, person] = [await connect(t, lab, oven.key), await connect(t, lab, lab.key)]
  await listener.subscribe(fridge.path)
  await person.tell('update_sequence', { sequence: '/lab/fridge/secret', value: 1 })
  await person.tell('update_sequence', { sequence: '/lab/fridge/open', value: 2 })
  const first = await listener.hear('sequence_update')
  assert.equal(first.parameters['name'], '/lab/fridge/open')
})

test('the connection of a controller that is deleted ends', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  const peer = await connect(t, lab, fridge.key)
  const folder = lab.ctx.tree.find('/lab/fridge')
  assert.ok(folder)
  await lab.ctx.db.updateTable('resources').set({ deleted: 1 }).where('id', '=', folder.id).execute()
  lab.ctx.tree.remove(folder)
  peer.send({ type: 'watchdog' })
  assert.deepEqual(await peer.closed, { code: 1008, reason: 'The controller was deleted.' })
})

test('connections are counted, and none beyond MAX_CONNECTIONS is taken', async (t) => {
  const lab = await startLab(t, { settings: { MAX_CONNECTIONS: 2 } })
  const fridge = await lab.controller('fridge')
  const [first] = [await connect(t, lab, fridge.key), await connect(t, lab, fridge.key)]
  assert.equal(lab.ctx.liveness.get(fridge.id)?.connections, 2)
  const refusal = await refused(lab, { headers: { authorization: basic(fridge.key) } })
  assert.equal(refusal.status, 503)
  assert.match(refusal.message, /2 WebSocket connections.*MAX_CONNECTIONS/)
  assert.match((await lab.get('/../../metrics')).text, /rhizo_connections\{transport="websocket"\} 2/)
  first?.socket.close()
  await first?.closed
  await (await connect(t, lab, fridge.key)).tell('ping')
  assert.equal(lab.ctx.liveness.get(fridge.id)?.connections, 2)
})

test('the key of one device keeps no other out, however many connections it has', async (t) => {
  const lab = await startLab(t, { settings: { MAX_CONNECTIONS: 4 } })
  const [fridge, oven] = [await lab.controller('fridge'), await lab.controller('oven')]
  const fridges = []
  for (let count = 0; count < 4; count++) fridges.push(await connect(t, lab, fridge.key))
  await (await connect(t, lab, oven.key)).tell('ping')
  await fridges[0]?.closed
  assert.equal(lab.ctx.liveness.get(fridge.id)?.connections, 3)
  await fridges[1]?.tell('ping')
  assert.equal((await refused(lab, { headers: { authorization: basic(fridge.key) } })).status, 503)
  assert.equal((await refused(lab)).status, 503, 'nobody gives way to strangers')
  await (await connect(t, lab, oven.key)).tell('ping')
  // Two and two: now there is no room for any of them.
  assert.equal((await refused(lab, { headers: { authorization: basic(oven.key) } })).status, 503)
})

test('subscriptions are limited; the same one again costs nothing', async (t) => {
  const lab = await startLab(t, { settings: { MAX_SUBSCRIPTIONS: 2 } })
  const peer = await connect(t, lab, lab.key)
  await peer.subscribe('/lab')
  await peer.subscribe('/lab')
  await peer.tell('subscribe', { subscriptions: [{ folder: '/lab' }, { folder: '/lab', message_type: 'a' }] })
  assert.match(
    messageOf(await peer.ask('subscribe', { subscriptions: [{ folder: '/lab', message_type: 'b' }] })),
    /at most 2 are allowed \(MAX_SUBSCRIPTIONS\)/,
  )
})

test('too many messages end the connection, and say so', async (t) => {
  const lab = await startLab(t, { settings: { MAX_MESSAGE_RATE: 3 } })
  const peer = await connect(t, lab, lab.key)
  for (let n = 0; n < 31; n++) peer.send({ type: 'ping', id: n })
  const error = await peer.hear('error')
  assert.match(messageOf(error), /more than 3 a second, as a mean over 10 seconds \(MAX_MESSAGE_RATE\)/)
  assert.deepEqual(await peer.closed, { code: 1008, reason: 'Too many messages.' })
  assert.equal(peer.heard.filter(({ type }) => type === 'ack').length, 30)
})

test('frames that mean nothing are answered with an error; a hundred in a row end the connection', async (t) => {
  const lab = await startLab(t)
  const peer = await connect(t, lab, lab.key)
  const frames: [frame: string | Buffer, message: RegExp][] = [
    ['hello', /^The message is not JSON/],
    ['', /^The message is not JSON/],
    ['[1]', /^A message must be a JSON object/],
    ['null', /^A message must be a JSON object/],
    ['{}', /^type is missing/],
    ['{"type":7}', /^type must be text/],
    ['{"type":"ping","id":{}}', /^id must be a number or text/],
    ['{"type":"ping","parameters":[]}', /^parameters must be a JSON object/],
    [`{"type":"x","parameters":{"a":${'['.repeat(100)}${']'.repeat(100)}}}`, /^parameters is nested deeper than 32 levels/],
    [
      `{"type":"update_sequence","parameters":{"sequence":"a","value":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`,
      /^value is nested deeper than 32 levels/,
    ],
    [Buffer.from([1, 2, 3]), /^Binary messages are not understood/],
    [Buffer.from('{"type":"ping"}'), /^Binary messages are not understood/],
  ]
  for (const [at, [frame, message]] of frames.entries()) {
    peer.send(frame)
    const errors = (): typeof peer.heard => peer.heard.filter(({ type }) => type === 'error')
    await peer.hear(() => errors().length > at)
    assert.match(messageOf(errors()[at] ?? { type: '', parameters: {} }), message)
  }
  await peer.tell('ping')
  for (let n = 0; n < 100; n++) peer.send('hello')
  assert.deepEqual(await peer.closed, { code: 1008, reason: '100 malformed messages in a row.' })
})

test('a message larger than MAX_FRAME_SIZE ends its connection, with a reason', async (t) => {
  const lab = await startLab(t, { settings: { MAX_FRAME_SIZE: 1_000 } })
  const peer = await connect(t, lab, lab.key)
  peer.send({ type: 'ping', parameters: { x: 'x'.repeat(1_000) } })
  assert.deepEqual(await peer.closed, { code: 1009, reason: 'That message is larger than MAX_FRAME_SIZE allows.' })
})

test('a peer that answers no ping is cut off', async (t) => {
  const lab = await startLab(t, { settings: { PING_INTERVAL: 1 } })
  const fridge = await lab.controller('fridge')
  const [deaf, fine] = [await connect(t, lab, fridge.key, { autoPong: false }), await connect(t, lab, lab.key)]
  assert.equal((await deaf.closed).code, 1006)
  await fine.tell('ping')
  assert.equal(lab.ctx.liveness.get(fridge.id)?.connections, 0)
})

test('a controller that moves to another organization loses what the old one let it do, on its open connection too', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/secret')
  await lab.post('/resources', { path: '/', name: 'other', type: 11, full_name: 'The Other' })
  await lab.sequence('/other/shared')
  const peer = await connect(t, lab, fridge.key)
  await peer.tell('update_sequence', { sequence: '/lab/secret', value: 1 })
  assert.equal((await lab.put('/resources/lab/fridge', { parent: '/other' })).status, 200)
  assert.match(messageOf(await peer.ask('update_sequence', { sequence: '/lab/secret', value: 2 })), /You may not read or change/)
  await peer.tell('update_sequence', { sequence: '/other/shared', value: 3 })
})

test('counting through ids tells a stranger nothing', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('hidden-fridge')
  const file = await lab.sequence('/lab/hidden-sequence')
  const peer = await connect(t, lab, '')
  for (const id of [fridge.id, file.id])
    assert.match(messageOf(await peer.ask('subscribe', { subscriptions: [{ folder: id }] })), /or it is not there\. Send a key/)
  const reply = await lab.as('').get('/keys', { access_as_controller_id: fridge.id })
  assert.equal(reply.status, 403)
  assert.doesNotMatch(reply.text, /hidden/)
})

test('strangers do not take all connections', async (t) => {
  const lab = await startLab(t, { settings: { MAX_CONNECTIONS: 4 } })
  for (const key of ['', '']) await connect(t, lab, key)
  assert.equal((await refused(lab)).status, 503)
  await (await connect(t, lab, lab.key)).tell('ping')
})

test('a connection ends with its session, when nobody used that for its lifetime', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock, settings: { SESSION_LIFETIME: 3_600 } })
  const signIn = await fetch(`${lab.url}/api/v1/sessions`, {
    method: 'POST',
    body: new URLSearchParams({ user: 'admin@example.com', password: 'correct-horse-9' }),
  })
  const cookie = signIn.headers.get('set-cookie')?.split(';')[0] ?? ''
  const peer = await connect(t, lab, '', { headers: { cookie } })
  await endExpiredSessions(lab.ctx)
  await peer.tell('ping')
  clock.advance(3_601)
  await endExpiredSessions(lab.ctx)
  assert.deepEqual(await peer.closed, { code: 1008, reason: 'The session ended.' })
})
