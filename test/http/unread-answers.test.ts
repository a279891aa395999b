/** What answers hold until they are read has a bound for all readers, whatever they read; who takes nothing loses an answer. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { estimateBytes } from '../../src/base/answer-room.ts'
import type { Fault } from '../../src/base/fault.ts'
import { AnswerMemory, type Holding } from '../../daemon/replies/answer-memory.ts'
import { UnreadAnswers } from '../../daemon/replies/unread-answers.ts'
import { startLab } from '../support/lab.ts'
import { RecordingLog } from '../support/recording-log.ts'
import { waitFor } from '../support/waiting.ts'

function startMemory(): {
  at: { time: number }
  cut: string[]
  memory: AnswerMemory
  open: (owner: string, bytes: number, how?: { isStranger?: boolean; isBegun?: boolean }) => Holding
} {
  const at = { time: 0 }
  const cut: string[] = []
  const memory = new AnswerMemory({ sum: 1_000, sumOfStrangers: 100, now: () => at.time })
  const open = (owner: string, bytes: number, { isStranger = false, isBegun = true } = {}): Holding => {
    const holding = memory.holding({
      owner,
      isStranger,
      cut: ({ code }: Fault, held) => cut.push(`${owner} ${held} ${code}`),
      mayComeAgain: () => !isBegun,
    })
    holding.hold(bytes)
    return holding
  }
  return { at, cut, memory, open }
}

test('of readers who take nothing the one who holds most gives up the largest, and nobody who keeps up gives way for them', () => {
  const { at, cut, memory, open } = startMemory()
  const quick = open('quick', 500)
  open('slow', 100)
  open('slow', 200)
  open('tired', 150)
  at.time = 3_000
  quick.moved()
  open('new', 100)
  assert.deepEqual(cut, ['slow 200 busy'])
  assert.equal(memory.held, 850)
  quick.release()
  assert.equal(memory.held, 350)
})

test('when all keep up a newcomer comes again, unless somebody holds far more', () => {
  const { cut, memory, open } = startMemory()
  open('fleet 1', 400)
  open('fleet 2', 400)
  open('fleet 3', 300, { isBegun: false })
  assert.deepEqual(cut, ['fleet 3 300 busy'])
  assert.equal(memory.held, 800)
  open('fleet 3', 200, { isBegun: false })
  open('person', 100, { isBegun: false })
  assert.deepEqual(cut.slice(1), ['fleet 1 400 busy'])
})

test('what many readers hold in common is no more than what buffers hold', async () => {
  let buffers = 500
  const at = { time: 0 }
  const cut: string[] = []
  const memory = new AnswerMemory({ sum: 1_000, now: () => at.time, buffers: () => buffers })
  const open = (owner: string): Holding => {
    const holding = memory.holding({ owner, isStranger: false, isShared: true, cut: () => cut.push(owner) })
    holding.hold(100)
    return holding
  }
  const readers = Array.from({ length: 50 }, (_, at) => open(`reader ${at}`))
  assert.deepEqual(cut, [])
  assert.equal(memory.held, 5_000)
  // Less than is counted, and more than all may hold.
  at.time = 3_000
  buffers = 2_000
  for (const reader of readers.slice(25)) reader.moved()
  readers[49]?.hold(110)
  // First those who have taken nothing, and no more than are needed.
  await waitFor('enough have given way', () => memory.held * (2_000 / 5_010) <= 1_000)
  assert.deepEqual(new Set(cut.slice(0, 25)), new Set(readers.slice(0, 25).map(({ owner }) => owner)))
  assert.ok(cut.length < 40, `${cut.length} were cut`)
})

test('strangers have a bound of their own', () => {
  const { cut, memory, open } = startMemory()
  open('known', 950)
  open('192.0.2.1', 60, { isStranger: true })
  open('192.0.2.2', 50, { isStranger: true })
  assert.deepEqual(cut, ['192.0.2.1 60 busy'])
  assert.equal(memory.held, 1_000)
})

test('what values take in memory is about known, by some of their items', () => {
  const points = Array.from({ length: 100_000 }, (_, at) => ({ time: at, value: at / 2 }))
  assert.equal(estimateBytes(points), 32 + 100_000 * (32 + 2 * 24))
  assert.equal(estimateBytes(Array.from({ length: 1_000 }, () => 'x'.repeat(100))), 32 + 1_000 * 132)
  assert.equal(estimateBytes(new Float64Array(1_000)), 8_032)
})

/** Asks, and reads nothing. */
function ask(t: TestContext, url: string, path: string, key: string): Socket {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  t.after(() => socket.destroy())
  socket.on('error', () => {}).pause()
  socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${key}\r\n\r\n`)
  return socket
}

test('many answers that one key does not read hold no more than the bound, and others are answered meanwhile', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  const sequence = await lab.sequence('/lab/fridge/temperature')
  const [count, readers] = [200_000, 40]
  await lab.ctx.sequences.append(
    Array.from({ length: count }, (_, at) => ({ sequence: { id: sequence.id, isText: false }, time: at * 1_000_000, value: at / 8 })),
  )
  const path = '/api/v1/resources/lab/fridge/temperature'
  const held = async (): Promise<number> =>
    Number(/^rhizo_answers_bytes (\d+)/m.exec(await (await fetch(`${lab.url}/metrics`)).text())?.[1] ?? 0)
  assert.equal(await held(), 0)
  const sockets = Array.from({ length: readers }, () => ask(t, lab.url, `${path}?count=${count}`, fridge.key))
  await waitFor('they hold what they can', async () => {
    const now = await held()
    assert.ok(now <= 64_000_000, `${now} bytes`)
    return now > 40_000_000
  })
  const answer = await lab.get('/resources/lab/fridge/temperature', { count: 1_000 })
  assert.equal(answer.status, 200)
  for (const socket of sockets) socket.destroy()
  await waitFor('all is given back', async () => (await held()) === 0)
})

/** An HTTP server with the answers of which it says when they are handed over. */
async function serve(
  t: TestContext,
  answers: UnreadAnswers,
  handle: (outgoing: ServerResponse) => void,
): Promise<{ url: string; ended: Promise<void> }> {
  let tell: () => void
  const ended = new Promise<void>((resolve) => (tell = resolve))
  const server = createServer((incoming: IncomingMessage, outgoing) => {
    outgoing.once('close', () => tell())
    const answer = answers.begin(outgoing, { owner: 'u1*', isStranger: false, address: '127.0.0.1', route: `GET ${incoming.url}` })
    handle(outgoing)
    answer.handedOver()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, ended }
}

test('a reader who takes nothing for too long loses the answer, and the log says so', async (t) => {
  const log = new RecordingLog()
  const memory = new AnswerMemory()
  const answers = new UnreadAnswers({ memory, log, patienceMs: 50 })
  const { url, ended } = await serve(t, answers, (outgoing) => outgoing.end(Buffer.alloc(30_000_000)))
  const socket = ask(t, url, '/large', '')
  await ended
  let read = 0
  socket.on('data', (chunk: Buffer) => (read += chunk.length)).resume()
  await new Promise((resolve) => socket.once('close', resolve))
  assert.ok(read < 30_000_000)
  assert.equal(memory.held, 0)
  const [line] = log.warnings
  assert.match(String(line?.['message']), /^cut off a reader who took nothing for 0\.05 seconds$/)
  assert.deepEqual([line?.['caller'], line?.['route']], ['u1*', 'GET /large'])
  assert.ok(Number(line?.['bytes']) > 10_000_000)
})

test('an answer that is itself late is waited for', async (t) => {
  const log = new RecordingLog()
  const answers = new UnreadAnswers({ memory: new AnswerMemory(), log, patienceMs: 20 })
  let late: ServerResponse | undefined
  const { url } = await serve(t, answers, (outgoing) => {
    outgoing.write('begun ')
    late = outgoing
  })
  const response = await fetch(url)
  const looked = t.mock.method(late as ServerResponse, 'setTimeout')
  await waitFor('it is looked at again', () => looked.mock.callCount() >= 2)
  late?.end('and done')
  assert.equal(await response.text(), 'begun and done')
  assert.deepEqual(log.warnings, [])
})
