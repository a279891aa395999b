/** The ports of daemons that share a database: what comes in reaches the one that leads, as it came. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type Socket } from 'node:net'
import test, { type TestContext } from 'node:test'
import { text } from 'node:stream/consumers'
import { Front } from '../../daemon/cluster/front.ts'
import { Fault } from '../../src/base/fault.ts'
import { sign } from '../../src/base/secrets.ts'
import { silentLog } from '../../src/base/log.ts'
import { waitFor } from '../support/waiting.ts'

async function startFront(t: TestContext, { secret = 'of the lab', patienceMs = 60_000 } = {}): Promise<Front> {
  const inner = { host: '127.0.0.1', port: 0 }
  const options = {
    ...{ log: silentLog, secret, listenAddress: '127.0.0.1', httpPort: 0, mqttPort: 0, inner, mostConnections: 100, patienceMs },
    mayAnswer: () => true,
  }
  const front = new Front(options)
  t.after(() => front.stop())
  await front.start()
  return front
}

/** Answers with the address that it sees and what it was sent. */
function serveHttp(t: TestContext, front: Front): void {
  const server = createServer((request, response) => {
    void text(request).then((body) => response.end(`${request.socket.remoteAddress} ${request.socket.remotePort} ${body.length}`))
  })
  t.after(() => server.closeAllConnections())
  front.open('http', (socket) => {
    server.emit('connection', socket)
    socket.resume()
  })
}

async function open(t: TestContext, front: Front, protocol: 'http' | 'mqtt' = 'http'): Promise<Socket> {
  const socket = connect({ port: front.portOf(protocol) ?? 0, host: '127.0.0.1' })
  t.after(() => socket.destroy())
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

const request = (body: string): string =>
  `POST / HTTP/1.1\r\nhost: lab\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`

test('what one daemon passes on reaches the other whole, with the address of the client', async (t) => {
  const [leader, other] = [await startFront(t), await startFront(t)]
  serveHttp(t, leader)
  other.follow(leader.innerAddress)
  for (const front of [leader, other]) {
    const socket = await open(t, front)
    await waitFor('it is counted', () => front.connections === 1)
    const { localPort } = socket
    socket.write(request('x'.repeat(1_000_000)))
    assert.match(await text(socket), new RegExp(`\r\n127\\.0\\.0\\.1 ${localPort} 1000000`))
  }
})

test('a connection waits until somebody leads, here or there', async (t) => {
  const [leader, other] = [await startFront(t), await startFront(t)]
  const sockets = [await open(t, leader), await open(t, other)]
  for (const socket of sockets) socket.write(request('early'))
  serveHttp(t, leader)
  other.follow(leader.innerAddress)
  for (const socket of sockets) assert.match(await text(socket), /^HTTP\/1.1 200.* 5$/s)
})

test('a daemon that leads no more ends at once what came to it, here and by another, and takes nothing', async (t) => {
  const [leader, other] = [await startFront(t), await startFront(t)]
  const taken: Socket[] = []
  leader.open('mqtt', (socket) => taken.push(socket.resume()))
  other.follow(leader.innerAddress)
  const sockets = [await open(t, leader, 'mqtt'), await open(t, other, 'mqtt')]
  await waitFor('both are taken', () => taken.length === 2)
  const ended = sockets.map((socket) => once(socket.resume(), 'close'))
  leader.cut()
  await Promise.all(ended)
  const late = await open(t, leader, 'mqtt')
  leader.follow(undefined)
  assert.equal(taken.length, 2)
  leader.open('mqtt', (socket) => taken.push(socket.end('later')))
  assert.equal(await text(late), 'later')
})

test('what ends on one side ends on the other, and with the leader that it was passed on to', async (t) => {
  const [leader, other] = [await startFront(t), await startFront(t)]
  const taken: Socket[] = []
  leader.open('mqtt', (socket) => {
    taken.push(socket)
    socket.end('hello')
    socket.resume()
  })
  other.follow(leader.innerAddress)
  const first = await open(t, other, 'mqtt')
  assert.equal(await text(first), 'hello')
  leader.open('mqtt', (socket) => {
    socket.allowHalfOpen = false
    socket.write('well')
    socket.resume()
  })
  const second = await open(t, other, 'mqtt')
  await once(second, 'data')
  const closed = once(second, 'close')
  second.resume()
  other.follow(undefined)
  await closed
  assert.equal(taken.length, 1)
})

test('without a leader who can be reached and has the same secrets, who speaks HTTP is told to try again', async (t) => {
  const stranger = await startFront(t, { secret: 'of another lab' })
  serveHttp(t, stranger)
  const other = await startFront(t, { patienceMs: 300 })
  for (const leader of [undefined, stranger.innerAddress]) {
    other.follow(leader)
    const socket = await open(t, other)
    socket.write(request('lost'))
    const answer = await text(socket)
    assert.match(answer, /^HTTP\/1.1 503 /)
    assert.match(answer, /retry-after: 5\r\n.*nothing was stored/s)
  }
})

test('who has not the secrets reaches nobody by the port for other daemons', async (t) => {
  const leader = await startFront(t)
  let count = 0
  leader.open('http', (socket) => {
    count++
    socket.destroy()
  })
  const port = Number(leader.innerAddress.split(':').at(-1))
  for (const said of [
    'GET / HTTP/1.1\r\n\r\n',
    '{"protocol":"http","address":"10.0.0.1","port":1,"nonce":"n","proof":"p"}\n',
    `${'x'.repeat(5_000)}`,
  ]) {
    const socket = connect({ port, host: '127.0.0.1' })
    t.after(() => socket.destroy())
    socket.on('error', () => {})
    socket.write(said)
    const closed = once(socket, 'close')
    socket.resume()
    await closed
  }
  assert.equal(count, 0)
})

test('a client has the address of a machine, whatever the other side proves, and a nonce is one part of what is signed', async (t) => {
  const secret = 'of the lab'
  const leader = await startFront(t, { secret })
  let count = 0
  leader.open('http', (socket) => {
    count++
    socket.end('taken')
  })
  const port = Number(leader.innerAddress.split(':').at(-1))
  const nonce = 'n'.repeat(43)
  const ask = async (address: string, from: number, own: string): Promise<string> => {
    const socket = connect({ port, host: '127.0.0.1' })
    t.after(() => socket.destroy())
    const [theirs] = (await once(socket, 'data')) as [Buffer]
    const proof = sign(`cluster link asks ${theirs.toString().trim()} ${own} http ${from} ${address}`, secret)
    socket.write(`${JSON.stringify({ protocol: 'http', address, port: from, nonce: own, proof })}\n`)
    return text(socket)
  }
  for (const address of ['', 'localhost', '10.0.0.1 x', '999.1.1.1']) assert.equal(await ask(address, 1, nonce), '', address)
  for (const from of [-1, 1.5, 70_000]) assert.equal(await ask('10.0.0.1', from, nonce), '')
  assert.equal(await ask('10.0.0.1', 1, `${nonce} http 1`), '')
  assert.equal(count, 0)
  assert.match(await ask('10.0.0.1', 1, nonce), /taken$/)
  assert.match(await ask('2001:db8::1', 1, nonce), /taken$/)
})

test('connections that only wait at the port for other daemons keep none of these out', async (t) => {
  const [leader, other] = [await startFront(t), await startFront(t)]
  serveHttp(t, leader)
  const port = Number(leader.innerAddress.split(':').at(-1))
  const waiting = Array.from({ length: 300 }, () => connect({ port, host: '127.0.0.1' }))
  t.after(() => waiting.forEach((socket) => socket.destroy()))
  await Promise.all(
    waiting.map((socket) =>
      once(
        socket.on('error', () => {}),
        'connect',
      ),
    ),
  )
  other.follow(leader.innerAddress)
  const socket = await open(t, other)
  socket.write(request('hello'))
  assert.match(await text(socket), / 5$/)
  // They would wait for seconds until they are refused: it did not have to.
  assert.ok(waiting.filter((one) => one.readyState === 'open').length > 0)
})

test('a port that is taken is told with the setting that names it', async (t) => {
  const first = await startFront(t)
  const inner = { host: '127.0.0.1', port: 0 }
  const options = {
    log: silentLog,
    secret: 's',
    listenAddress: '127.0.0.1',
    mqttPort: undefined,
    inner,
    mostConnections: 1,
    mayAnswer: () => true,
  }
  const second = new Front({ ...options, httpPort: first.portOf('http') ?? 0 })
  t.after(() => second.stop())
  await assert.rejects(second.start(), (error) => error instanceof Fault && error.code === 'conflict' && /setting PORT/.test(error.message))
})
