/** WebSockets of callers who have not said who they are. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { test } from 'node:test'
import { WebSocket } from 'ws'
import { LoopWatch } from '../../daemon/loop-watch.ts'
import { Metrics } from '../../daemon/metrics.ts'
import { AnswerMemory } from '../../daemon/replies/answer-memory.ts'
import { UnreadAnswers } from '../../daemon/replies/unread-answers.ts'
import { SharedMemory } from '../../daemon/requests/shared-memory.ts'
import { Strangers } from '../../daemon/requests/strangers.ts'
import { WebSocketTransport } from '../../daemon/websocket/websocket.ts'
import { silentLog } from '../../src/base/log.ts'
import { Turns } from '../../src/base/turns.ts'
import { startLab } from '../support/lab.ts'
import { websocketFrame, websocketHandshake } from '../support/raw-samples.ts'
import { waitFor } from '../support/waiting.ts'

test('a stranger may send some hundred messages in ten seconds, and none of more than 100 kB', async (t) => {
  const lab = await startLab(t)
  const url = `${lab.url.replace('http', 'ws')}/api/v1/websocket`
  const chatty = new WebSocket(url)
  await once(chatty, 'open')
  for (let count = 0; count < 1_000; count++) chatty.send('{"type":"ping","parameters":{}}')
  const [code] = (await once(chatty, 'close')) as [number]
  assert.equal(code, 1008)
  const large = new WebSocket(url)
  await once(large, 'open')
  large.send('x'.repeat(300_000))
  await once(large, 'close')
  // Who is known goes on as before.
  const known = new WebSocket(url, { headers: { authorization: `Bearer ${lab.key}` } })
  await once(known, 'open')
  for (let count = 0; count < 1_000; count++) known.send('{"type":"ping","parameters":{}}')
  known.send(
    JSON.stringify({ type: 'subscribe', id: 1, parameters: { subscriptions: [{ folder: '/lab' }], filling: 'x'.repeat(300_000) } }),
  )
  for (;;) {
    const [data] = (await once(known, 'message')) as [Buffer]
    if (data.toString().includes('ack')) break
  }
  known.close()
})

test('of each stranger one message is taken a turn, and of a chunk with too many none', async (t) => {
  const lab = await startLab(t)
  const metrics = new Metrics()
  let [turn, ended] = [0, false]
  const next = (): void => {
    turn++
    if (!ended) setImmediate(next)
  }
  next()
  t.after(() => (ended = true))
  /** The turns in which messages were taken. */
  const taken: number[] = []
  const loop = new LoopWatch({ log: silentLog, onHeld: () => {} })
  t.mock.method(loop, 'works', () => taken.push(turn))
  const answers = new UnreadAnswers({ memory: new AnswerMemory(), log: silentLog })
  const desk = { metrics, strangers: new Strangers(lab.settings), bodies: new SharedMemory(), answers, loop, messageTurns: new Turns() }
  const transport = new WebSocketTransport(lab.ctx, desk)
  const server = createServer().on('upgrade', (request, socket, head) => transport.upgrade(request, socket as Socket, head))
  t.after(async () => {
    await transport.stop()
    server.close()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  /** Sends pings at one stretch, which the system hands over in few chunks. @returns the connection */
  const send = async (count: number, key?: string): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1')
    t.after(() => socket.destroy())
    socket.on('error', () => {})
    socket.write(websocketHandshake(key))
    await once(socket, 'data')
    socket.write(Buffer.concat(Array.from({ length: count }, () => websocketFrame('{"type":"ping","parameters":{}}'))))
    return socket
  }
  await send(150)
  await waitFor('all are taken', () => taken.length === 150)
  assert.equal(new Set(taken).size, 150)

  taken.length = 0
  const flood = await send(1_000)
  flood.resume()
  await once(flood, 'close')
  assert.ok(taken.length <= 200, `${taken.length} were taken`)
  assert.equal(new Set(taken).size, taken.length)

  taken.length = 0
  await send(1_000, lab.key)
  await waitFor('all of one who is known are taken', () => taken.length === 1_000)
  assert.ok(new Set(taken).size < 500)
})

test('unfinished messages of strangers hold a share of a fixed sum, and it is given back', async (t) => {
  const lab = await startLab(t)
  const held = async (): Promise<number> => {
    const metrics = await (await fetch(`${lab.url}/metrics`)).text()
    return Number(/^rhizo_strangers_bytes (\d+)/m.exec(metrics)?.[1])
  }
  const sockets = Array.from({ length: 60 }, () => {
    const socket = connect(Number(new URL(lab.url).port), '127.0.0.1')
    t.after(() => socket.destroy())
    socket.on('error', () => {})
    socket.write(websocketHandshake())
    return socket
  })
  await Promise.all(sockets.map((socket) => once(socket, 'data')))
  for (const socket of sockets) socket.write(websocketFrame('x'.repeat(90_000)).subarray(0, 80_000))
  await waitFor('all of it is counted', async () => (await held()) >= 60 * 80_000)
  assert.ok((await held()) <= 12_000_000)
  for (const socket of sockets) socket.destroy()
  await waitFor('all of it is given back', async () => (await held()) === 0)
})

test('what strangers leave unfinished is freed when they give way', async (t) => {
  const lab = await startLab(t, { settings: { TRUSTED_PROXIES: '127.0.0.1', MAX_CONNECTIONS: 1_000 } })
  const begun = websocketFrame('x'.repeat(99_000)).subarray(0, 98_000)
  const before = process.memoryUsage().arrayBuffers
  let [most, ended] = [0, 0]
  for (let count = 0; count < 300; count++) {
    const socket = connect(Number(new URL(lab.url).port), '127.0.0.1')
    t.after(() => socket.destroy())
    // Each is from an address of its own, as far as the server knows.
    const handshake = websocketHandshake()
      .toString()
      .replace('\r\n', `\r\nX-Forwarded-For: 192.0.2.${count % 250}\r\n`)
    socket.on('error', () => {}).on('close', () => ended++)
    socket.write(handshake)
    socket.once('data', () => socket.write(begun))
    socket.on('data', () => (most = Math.max(most, process.memoryUsage().arrayBuffers - before)))
  }
  await waitFor('those who hold too much have given way', () => ended >= 300 - 12_000_000 / 90_000)
  assert.ok(most < 17_000_000, `${most} bytes`)
})
