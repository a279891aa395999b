/** Pongs, pings and parts of messages are counted as messages are, and who sends too many is not listened to any more. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { PeerSocket } from '../../daemon/websocket/peer-socket.ts'
import { startLab, type Lab } from '../support/lab.ts'
import { openRawWebSocket } from '../support/raw-exchange.ts'
import { websocketFrame } from '../support/raw-samples.ts'

const RATE = 10
/** In the ten seconds over which the rate is taken. */
const MOST = 10 * RATE

interface Peer {
  readonly socket: Socket
  /** Resolves when the server has said so much. */
  readonly hears: (what: RegExp) => Promise<void>
}

async function open(t: TestContext, lab: Lab): Promise<Peer> {
  const { socket, heard } = await openRawWebSocket(t, lab)
  return {
    socket,
    hears: async (what) => {
      while (!what.test(heard())) await once(socket, 'data')
    },
  }
}

const times = (count: number, frame: Buffer): Buffer => Buffer.concat(Array.from({ length: count }, () => frame))

const parts = Buffer.concat([
  websocketFrame('"', { isFinal: false }),
  times(18, websocketFrame('a', { isFinal: false, opcode: 0 })),
  websocketFrame('"', { opcode: 0 }),
])

for (const [what, frames] of [
  ['pongs', times(2 * MOST, websocketFrame('', { opcode: 10 }))],
  ['parts of messages', times(20, parts)],
] as const)
  test(`too many ${what} end the connection`, async (t) => {
    const lab = await startLab(t, { settings: { MAX_MESSAGE_RATE: RATE } })
    const { socket, hears } = await open(t, lab)
    socket.write(frames)
    // What came with the end of a message is counted when more comes.
    if (what === 'parts of messages') {
      await hears(/"type":"error"/)
      socket.write(websocketFrame('{"type":"ping"}'))
    }
    await hears(/Too many messages\./)
    socket.destroy()
  })

test('as many as there may be do not, nor does a long message in a few parts', async (t) => {
  const lab = await startLab(t, { settings: { MAX_MESSAGE_RATE: RATE } })
  const { socket, hears } = await open(t, lab)
  socket.write(times(MOST - 5, websocketFrame('x', { opcode: 10 })))
  const long = JSON.stringify({ type: 'ping', id: 1, more: 'x'.repeat(200_000) })
  socket.write(websocketFrame(long.slice(0, 100_000), { isFinal: false }))
  socket.write(websocketFrame(long.slice(100_000), { opcode: 0 }))
  await hears(/"type":"ack"/)
  socket.write(websocketFrame('{"type":"ping","id":2}'))
  await hears(/"type":"ack"[^]*"type":"ack"/)
  socket.destroy()
})

test('what comes after too many is dropped as it is', async (t) => {
  const lab = await startLab(t, { settings: { MAX_MESSAGE_RATE: RATE } })
  let taken = 0
  const emit = Reflect.get(PeerSocket.prototype, 'emit')
  t.mock.method(PeerSocket.prototype, 'emit', function (this: PeerSocket, ...given: Parameters<typeof emit>) {
    if (given[0] === 'pong') taken++
    return Reflect.apply(emit, this, given)
  })
  const { socket, hears } = await open(t, lab)
  const pong = websocketFrame('', { opcode: 10 })
  socket.write(times(MOST + 1, pong))
  await hears(/Too many messages\./)
  const before = taken
  const closed = once(socket, 'close')
  socket.end(times(100_000, pong))
  await closed
  assert.ok(before > MOST)
  assert.equal(taken, before)
})
