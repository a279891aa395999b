/** Messages of long connections share the event loop: by a clock that the tests move, so that a busy machine changes nothing. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test, type TestContext } from 'node:test'
import { WebSocket } from 'ws'
import { LoopWatch } from '../../daemon/loop-watch.ts'
import { Turns } from '../../src/base/turns.ts'
import { startLab, type Lab } from '../support/lab.ts'
import { connectDevice } from '../support/mqtt-client.ts'
import { openRawWebSocket } from '../support/raw-exchange.ts'
import { websocketFrame } from '../support/raw-samples.ts'
import { waitFor } from '../support/waiting.ts'

/** Messages that a turn of the loop has time for, by a clock that is a millisecond later each time that somebody looks. */
const LONGEST = 16
/** Small WebSocket messages between two looks at the clock. */
const EACH_LOOK = 16

/** Has messages take turns by that clock. @returns how many were taken in each turn of the loop that took any */
function countTurns(t: TestContext, route: string, longest = LONGEST): number[] {
  let now = 0
  const turns = new Turns({ longest, areMany: true, now: () => now++ })
  const own = turns.of.bind(turns)
  t.mock.method(Turns.prototype, 'of', own)
  const counts: number[] = []
  let [turn, last, isOver] = [0, -1, false]
  const next = (): void => {
    turn++
    if (!isOver) setImmediate(next)
  }
  next()
  t.after(() => (isOver = true))
  t.mock.method(LoopWatch.prototype, 'works', ({ route: working }: { route: string }) => {
    if (working !== route) return
    if (turn !== last) counts.push(0)
    last = turn
    counts[counts.length - 1] = (counts.at(-1) ?? 0) + 1
  })
  return counts
}

const sumOf = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0)

/** How many values the sequence has. */
const stored = async (lab: Lab): Promise<number> => {
  const { values } = (await lab.get('/resources/lab/n', { count: 10_000 })).json as { values: unknown[] }
  return values.length
}

const COUNT = 1_000
const timeOf = (at: number): string => new Date(Date.UTC(2026, 0, 31) + at * 1_000).toISOString()

test('WebSocket messages that come together are taken some in each turn, in order, also when the peer ends at once', async (t) => {
  const counts = countTurns(t, 'websocket')
  const lab = await startLab(t)
  await lab.sequence('/lab/n')
  const peer = new WebSocket(`${lab.url.replace('http', 'ws')}/api/v1/websocket`, { headers: { authorization: `Bearer ${lab.key}` } })
  await once(peer, 'open')
  for (let at = 0; at < COUNT; at++)
    peer.send(JSON.stringify({ type: 'update_sequence', parameters: { sequence: '/lab/n', value: at, timestamp: timeOf(at) } }))
  peer.close()
  await once(peer, 'close')
  await waitFor('all are stored', async () => (await stored(lab)) === COUNT)
  assert.ok(sumOf(counts) >= COUNT)
  assert.ok(Math.max(...counts) <= (LONGEST + 2) * EACH_LOOK, `${Math.max(...counts)} messages in one turn`)
})

test('what came before too many messages is answered, also where it waits for its turn', async (t) => {
  countTurns(t, 'websocket', 2)
  const lab = await startLab(t, { settings: { MAX_MESSAGE_RATE: 10 } })
  const peer = new WebSocket(`${lab.url.replace('http', 'ws')}/api/v1/websocket`, { headers: { authorization: `Bearer ${lab.key}` } })
  await once(peer, 'open')
  const answers: string[] = []
  peer.on('message', (data: Buffer) => answers.push((JSON.parse(data.toString()) as { type: string }).type))
  for (let id = 0; id < 150; id++) peer.send(JSON.stringify({ type: 'ping', id }))
  assert.equal(((await once(peer, 'close')) as [number])[0], 1008)
  assert.deepEqual(answers, [...Array.from({ length: 100 }, () => 'ack'), 'error'])
})

test('MQTT packets that come together are taken some in each turn of the loop, in order, also when the client ends at once', async (t) => {
  const counts = countTurns(t, 'mqtt')
  const lab = await startLab(t, { mqtt: true })
  await lab.sequence('/lab/n')
  const device = await connectDevice(t, lab, lab.key, { over: 'tcp' })
  const topic = Buffer.from('\0\u0003lab')
  const packets = Array.from({ length: COUNT }, (_, at) => {
    const rest = Buffer.concat([topic, Buffer.from(`s,n,${timeOf(at)},${at}`)])
    return Buffer.concat([Buffer.from([0x30, rest.length]), rest])
  })
  device.client.stream.end(Buffer.concat([...packets, Buffer.from([0xe0, 0])]))
  await waitFor('all are stored', async () => (await stored(lab)) === COUNT)
  assert.ok(sumOf(counts) >= COUNT)
  assert.ok(Math.max(...counts) <= LONGEST + 2, `${Math.max(...counts)} messages in one turn`)
})

test('a message in more than a thousand parts is not taken', async (t) => {
  const lab = await startLab(t)
  const { socket, heard } = await openRawWebSocket(t, lab)
  const part = websocketFrame(' ', { isFinal: false, opcode: 0 })
  socket.write(Buffer.concat([websocketFrame(' ', { isFinal: false }), ...Array.from({ length: 1_001 }, () => part)]))
  await once(socket, 'close')
  assert.match(heard(), /A message comes in 1,000 parts at most/)
})
