/** WebSockets of callers who have not said who they are. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { WebSocket } from 'ws'
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
