/** What callers get who have not said who they are: little of anything, and never what others need. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { createServer } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { test } from 'node:test'
import { StrangerConnections, type Endable } from '../../daemon/requests/stranger-connections.ts'
import { Strangers } from '../../daemon/requests/strangers.ts'
import { SharedMemory } from '../../daemon/requests/shared-memory.ts'
import { FrameGuard } from '../../daemon/peers/frame-guard.ts'
import type { Fault } from '../../src/base/fault.ts'
import { Turns } from '../../src/base/turns.ts'
import { startLab } from '../support/lab.ts'
import { websocketFrame } from '../support/raw-samples.ts'
import { waitFor } from '../support/waiting.ts'

test('without a key a body has 100 kB at most, with one what it had before', async (t) => {
  const lab = await startLab(t)
  const form = (bytes: number): RequestInit => ({ method: 'POST', body: new URLSearchParams({ a: 'x'.repeat(bytes) }) })
  for (const path of ['/api/v1/sessions', '/-/sign-in', '/api/v1/resources/lab/x'])
    assert.equal((await fetch(lab.url + path, form(100_001))).status, 413, path)
  assert.notEqual((await fetch(`${lab.url}/api/v1/sessions`, form(90_000))).status, 413)
  assert.notEqual((await lab.post('/keys', { a: 'x'.repeat(200_000) })).status, 413)
  // A raw upload, whether it says its size or not.
  const upload = await fetch(`${lab.url}/api/v1/resources/lab/x`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: new Uint8Array(200_000),
  })
  assert.equal(upload.status, 403)
})

test('values of many sequences are not read before the caller has said who they are', async (t) => {
  const lab = await startLab(t)
  const socket = connect(Number(new URL(lab.url).port), '127.0.0.1')
  t.after(() => socket.destroy())
  // Of the 4 MB nothing is sent.
  socket.write('POST /api/v1/sequences/values HTTP/1.1\r\nHost: a\r\nContent-Type: text/csv\r\nContent-Length: 4000000\r\n\r\n')
  const [answer] = (await once(socket, 'data')) as [Buffer]
  assert.match(answer.toString(), /^HTTP\/1.1 403 /)
})

test('files in forms are taken where a route uses them, with permission and token, and otherwise not', async (t) => {
  const lab = await startLab(t, { settings: { STORAGE_THRESHOLD: 0 } })
  const outsider = await lab.user('outsider@example.com', { member: false })
  const send = async (key: string, path: string, fields: Record<string, string> = {}): Promise<number> => {
    const body = new FormData()
    for (const [name, value] of Object.entries(fields)) body.set(name, value)
    body.set('file', new Blob([new Uint8Array(100_000)]), 'f')
    const reply = await fetch(`${lab.url}/api/v1${path}`, { method: 'POST', body, headers: { authorization: `Bearer ${key}` } })
    await reply.arrayBuffer()
    return reply.status
  }
  const writes = t.mock.method(lab.ctx.storage, 'write')
  assert.equal(await send(lab.key, '/keys'), 400)
  assert.equal(await send(outsider.key, '/resources/lab/x'), 403)
  assert.equal(await send(outsider.key, '/resources', { path: '/lab' }), 403)
  assert.equal(await send(outsider.key, '/resources'), 403)
  assert.equal(writes.mock.callCount(), 0)
  assert.equal(await send(lab.key, '/resources/lab/x'), 200)
  assert.equal(await send(lab.key, '/resources', { path: '/lab' }), 200)
  assert.equal(writes.mock.callCount(), 2)
  // With a session, the token comes before the file.
  const signedIn = await fetch(`${lab.url}/api/v1/sessions`, {
    method: 'POST',
    body: new URLSearchParams({ email_address: 'admin@example.com', password: 'correct-horse-9' }),
  })
  const cookie = signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const body = new FormData()
  body.set('file', new Blob([new Uint8Array(100_000)]), 'f')
  assert.equal((await fetch(`${lab.url}/api/v1/resources/lab/y`, { method: 'POST', body, headers: { cookie } })).status, 403)
  assert.equal(writes.mock.callCount(), 2)
  assert.deepEqual(
    (await readdir(lab.folder, { recursive: true })).filter((name) => name.endsWith('.part')),
    [],
  )
})

test('when the memory for strangers is used up, who holds most gives way, and of several who began first', () => {
  const memory = new SharedMemory({ sum: 1_000 })
  const cut: string[] = []
  const open = (name: string): ReturnType<SharedMemory['share']> => {
    const share = memory.share()
    share.onCut((fault: Fault) => cut.push(`${name} ${fault.code}`))
    return share
  }
  const [first, second, third] = [open('first'), open('second'), open('third')]
  first.hold(400)
  second.hold(400)
  first.hold(500)
  third.hold(200)
  assert.deepEqual(cut, ['first busy'])
  assert.equal(memory.held, 600)
  second.release()
  third.hold(1_000)
  assert.equal(memory.held, 1_000)
  third.hold(1_001)
  assert.deepEqual(cut, ['first busy', 'third busy'])
  assert.equal(memory.held, 0)
  const [small, large, alike, other] = [open('small'), open('large'), open('alike'), open('other')]
  small.hold(100)
  large.hold(400)
  alike.hold(400)
  other.hold(200)
  assert.deepEqual(cut.slice(2), ['large busy'])
})

test('what strangers have sent is counted while they wait, and its memory is free as soon as it is of no use', async (t) => {
  const lab = await startLab(t, { settings: { TRUSTED_PROXIES: ['127.0.0.1'] } })
  const [sum, count] = [12_000_000, 300]
  for (const path of ['/api/v1/sessions', '/api/v1/resources/lab/none']) {
    const head = `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n`
    const request = Buffer.concat([Buffer.from(head), Buffer.alloc(99_000, 97)])
    const before = process.memoryUsage().arrayBuffers
    let [most, ended] = [0, 0]
    const sockets = Array.from({ length: count }, () => {
      const socket = connect(Number(new URL(lab.url).port), '127.0.0.1', () => socket.write(request))
      t.after(() => socket.destroy())
      socket.on('error', () => {}).on('close', () => ended++)
      socket.on('data', () => (most = Math.max(most, process.memoryUsage().arrayBuffers - before)))
      return socket
    })
    await waitFor('those who hold too much have given way', () => ended >= count - sum / 90_000)
    assert.ok(most < sum + 5_000_000, `${path}: ${most} bytes`)
    for (const socket of sockets) socket.destroy()
    await waitFor('all is given back', async () => /^rhizo_strangers_bytes 0$/m.test(await (await fetch(`${lab.url}/metrics`)).text()))
  }
})

test('of the connections of strangers the quietest give way: past the count, and past some tens of one address after a moment', () => {
  let time = 0
  const connections = new StrangerConnections({ most: 10, mostOfAddress: 3, now: () => time })
  const ended: number[] = []
  const open = (name: number, address: string | undefined): Endable => {
    const connection = { once: () => connection, destroy: () => void ended.push(name) }
    connections.add(connection, address)
    return connection
  }
  const first = open(1, '2001:db8::1')
  for (const name of [2, 3, 4, 5]) open(name, `2001:db8::${name}`)
  assert.deepEqual(ended, [])
  time = 5_000
  connections.heard(first)
  open(6, '2001:db8::6')
  assert.deepEqual(ended, [2])
  // Of a proxy there may be many, up to all.
  for (const name of [7, 8, 9, 10, 11]) open(name, undefined)
  assert.deepEqual(ended, [2])
  open(12, undefined)
  assert.deepEqual(ended, [2, 3])
  connections.known(first)
  assert.equal(connections.size, 9)
})

test('many connections of strangers are a crowd until they are half as many', () => {
  const news: boolean[] = []
  const connections = new StrangerConnections({ most: 1_000, onCrowd: (isCrowd) => void news.push(isCrowd) })
  const all = Array.from({ length: 400 }, () => {
    const connection: Endable = { once: () => connection, destroy: () => {} }
    return connection
  })
  for (const one of all.slice(0, 199)) connections.add(one, undefined)
  assert.deepEqual(news, [])
  for (const one of all.slice(199)) connections.add(one, undefined)
  assert.deepEqual(news, [true])
  for (const one of all.slice(0, 300)) connections.known(one)
  assert.deepEqual(news, [true])
  for (const one of all.slice(300)) connections.known(one)
  assert.deepEqual(news, [true, false])
})

test('who is known is answered in between, however many strangers ask for pages', async (t) => {
  const lab = await startLab(t)
  const port = Number(new URL(lab.url).port)
  const open = async (): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1')
    t.after(() => socket.destroy())
    await once(socket, 'connect')
    return socket
  }
  const ask = (path: string, header = ''): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n${header}\r\n`
  // The loop takes one connection in each of its turns: those that asked once are taken.
  const opened = await Promise.all(Array.from({ length: 61 }, open))
  await Promise.all(
    opened.map((socket) => {
      const answer = once(socket, 'data')
      socket.write(ask('/ping'))
      return answer
    }),
  )
  const [known, ...strangers] = opened
  assert.ok(known)
  let answered = 0
  const all = Promise.all(
    strangers.map(async (socket) => {
      const answer = once(socket, 'data') as Promise<[Buffer]>
      socket.write(ask('/-/sign-in'))
      const [data] = await answer
      answered++
      assert.match(data.toString(), /^HTTP\/1.1 200 /)
    }),
  )
  const answer = once(known, 'data')
  known.write(ask('/api/v1/resources/self?meta=1', `Authorization: Bearer ${lab.key}\r\n`))
  await answer
  assert.ok(answered < 40, `${answered} strangers were answered before`)
  await all
  // Who sends many requests at once over one connection is no browser.
  const [pipe] = strangers
  assert.ok(pipe)
  const closed = once(pipe, 'close')
  pipe.on('error', () => {}).write(ask('/-/sign-in').repeat(100))
  await closed
})

test('requests of strangers whose connection ends while they wait for their turn are kept no longer', async (t) => {
  // A turn comes after so many of the loop's, and each request waits for one.
  const turns = new Turns({ longest: -1, between: 50_000 })
  const strangers = new Strangers({ MAX_CONNECTIONS: 100 }, { turns })
  const outcomes: string[] = []
  const server = createServer((incoming, outgoing) => {
    strangers.takeTurn(strangers.turnsFor(outgoing), incoming, strangers.memory.share()).then(
      () => outcomes.push('had its turn'),
      ({ code }: Fault) => outcomes.push(code),
    )
  })
  t.after(() => server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const sockets = Array.from({ length: 50 }, () => connect(port, '127.0.0.1').on('error', () => {}))
  for (const socket of sockets) socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await waitFor('all wait', () => turns.waiting === 50)
  for (const socket of sockets) socket.destroy()
  await waitFor('none waits', () => turns.waiting === 0)
  assert.deepEqual([...new Set(outcomes)], ['busy'])
})

test('what waits for the end of a WebSocket message is known from headers alone, wherever the network cuts', () => {
  const parts = [
    websocketFrame('x'.repeat(70_000), { isFinal: false }),
    websocketFrame('', { opcode: 9 }),
    websocketFrame('y'.repeat(200), { opcode: 0 }),
  ]
  const stream = Buffer.concat([websocketFrame('short'), ...parts])
  for (const size of [1, 7, 1_000, stream.length]) {
    const guard = new FrameGuard()
    let waiting = 0
    let most = 0
    for (let at = 0; at < stream.length; at += size) most = Math.max(most, (waiting = guard.follow(stream.subarray(at, at + size))))
    assert.equal(waiting, 0)
    if (size < 70_000) assert.ok(most >= 70_000 && most < 72_000, `${most} in pieces of ${size}`)
  }
})

test('of HTTP connections of those who are known, whoever has most gives up the quietest when there are too many', async (t) => {
  const lab = await startLab(t, { settings: { MAX_CONNECTIONS: 20 } })
  const fridge = await lab.controller('fridge')
  const ended: string[] = []
  const open = async (name: string, path: string, key: string): Promise<Socket> => {
    const socket = connect(Number(new URL(lab.url).port), '127.0.0.1')
    t.after(() => socket.destroy())
    socket.on('error', () => {}).once('close', () => ended.push(name))
    socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${key}\r\n\r\n`)
    await once(socket, 'data')
    return socket
  }
  const person = await Promise.all(Array.from({ length: 6 }, (_, at) => open(`person ${at}`, '/api/v1/whoami', lab.key)))
  // Also where credentials are not asked for.
  for (let at = 0; at < 30; at++) await open(`device ${at}`, at % 2 === 0 ? '/api/v1/whoami' : '/health?live=1', fridge.key)
  await waitFor('the device has lost what is too much', () => ended.length === 16)
  assert.deepEqual(
    ended,
    Array.from({ length: 16 }, (_, at) => `device ${at}`),
  )
  const [first] = person
  first?.write(`GET /api/v1/whoami HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${lab.key}\r\n\r\n`)
  const [answer] = (await once(first as Socket, 'data')) as [Buffer]
  assert.match(answer.toString(), /^HTTP\/1.1 200 /)
  await open('another', '/api/v1/whoami', lab.key)
  await waitFor('there is room for it', () => ended.length === 17)
  assert.equal(ended[16], 'device 16')
})
