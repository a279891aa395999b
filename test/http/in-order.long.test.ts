/** Many requests over one connection, many connections of one caller, and many parts of one form: each gets its turn, and no more. */
import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { Busboy } from '@fastify/busboy'
import { startLab, type Lab } from '../support/lab.ts'
import { waitFor } from '../support/waiting.ts'

async function open(t: TestContext, lab: Lab): Promise<{ socket: Socket; received: () => string }> {
  const socket = connect(Number(new URL(lab.url).port), '127.0.0.1')
  t.after(() => socket.destroy())
  let text = ''
  socket.on('error', () => {}).on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
  await once(socket, 'connect')
  return { socket, received: () => text }
}

const countOf = (text: string, part: string): number => text.split(part).length - 1

const requestOf = (lab: Lab, line: string, body = ''): string =>
  `${line} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${lab.key}\r\n` +
  (body === '' ? '\r\n' : `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`)

/** Holds each batch of values back until it is let go. */
function holdValues(t: TestContext, lab: Lab): { waiting: (() => void)[]; begun: () => number } {
  const waiting: (() => void)[] = []
  const append = lab.ctx.sequences.append.bind(lab.ctx.sequences)
  const mock = t.mock.method(lab.ctx.sequences, 'append', async (...args: Parameters<typeof append>) => {
    await new Promise<void>((resolve) => waiting.push(resolve))
    return append(...args)
  })
  return { waiting, begun: () => mock.mock.callCount() }
}

const putOf = (lab: Lab, value: number): string => requestOf(lab, 'PUT /api/v1/resources', JSON.stringify({ values: { '/lab/x': value } }))

test('requests that come over one connection without waiting for answers are handled one after the other', async (t) => {
  const lab = await startLab(t)
  await lab.sequence('/lab/x')
  const { socket, received } = await open(t, lab)
  const count = 200
  let all = ''
  for (let at = 1; at <= count; at++) all += putOf(lab, at) + requestOf(lab, 'GET /api/v1/resources/lab/x?count=1')
  socket.write(all)
  await waitFor('all are answered', () => countOf(received(), 'HTTP/1.1 200 ') === 2 * count)
  // Each read what was written before it.
  const read = [...received().matchAll(/\r\n\r\n(\d+)/g)].map(([, value]) => Number(value))
  assert.deepEqual(
    read,
    Array.from({ length: count }, (_, at) => at + 1),
  )
})

test('a stop waits for the request under way of each connection, and for none that its client sends afterwards', async (t) => {
  const lab = await startLab(t, { settings: { SHUTDOWN_TIMEOUT: 600 } })
  await lab.sequence('/lab/x')
  const { waiting } = holdValues(t, lab)
  const { socket, received } = await open(t, lab)
  socket.write(putOf(lab, 1))
  await waitFor('it is under way', () => waiting.length === 1)
  const ended = once(socket, 'close')
  const stopped = lab.stop()
  socket.write(putOf(lab, 2))
  waiting[0]?.()
  await Promise.all([stopped, ended])
  assert.match(received(), /^HTTP\/1\.1 200 .*connection: close/is)
  assert.deepEqual([countOf(received(), 'HTTP/1.1'), waiting.length], [1, 1])
})

test('requests behind one whose connection ends are not begun', async (t) => {
  const lab = await startLab(t)
  await lab.sequence('/lab/x')
  const { waiting, begun } = holdValues(t, lab)
  const taken = new Promise<Socket>((resolve) => {
    const take = (message: unknown): void => resolve((message as { socket: Socket }).socket)
    subscribe('net.server.socket', take)
    t.after(() => unsubscribe('net.server.socket', take))
  })
  const { socket } = await open(t, lab)
  socket.write(putOf(lab, 1) + putOf(lab, 2))
  await waitFor('the first is under way', () => begun() === 1)
  const closed = once(await taken, 'close')
  socket.destroy()
  await closed
  for (const goOn of waiting.splice(0)) goOn()
  const other = lab.put('/resources', { values: { '/lab/x': 3 } })
  await waitFor('one of another connection is under way', () => waiting.length > 0)
  for (const goOn of waiting.splice(0)) goOn()
  assert.equal((await other).status, 200)
  assert.equal(begun(), 2)
})

test('of a form with too many parts nothing is read that comes behind them', async (t) => {
  const lab = await startLab(t)
  let bytes = 0
  const parser = Busboy.prototype as { _write: (chunk: Buffer, ...rest: [BufferEncoding, () => void]) => void }
  const { _write: write } = parser
  t.mock.method(parser, '_write', function (this: unknown, chunk: Buffer, ...rest: [BufferEncoding, () => void]) {
    bytes += chunk.length
    write.call(this, chunk, ...rest)
  })
  const body = `${'--b\r\n\r\n\r\n'.repeat(9_000)}--b--\r\n`
  for (const headers of [{}, { authorization: `Bearer ${lab.key}` }]) {
    bytes = 0
    const reply = await fetch(`${lab.url}/api/v1/keys`, {
      method: 'POST',
      body,
      headers: { ...headers, 'content-type': 'multipart/form-data; boundary=b' },
    })
    assert.equal(reply.status, 400)
    assert.match(await reply.text(), /more than 1010 parts/)
    assert.ok(bytes > 9_000 && bytes < 12_000, `${bytes} bytes were read`)
  }
})

test('what strangers ask for takes no turn of those who are known', async (t) => {
  const lab = await startLab(t)
  const paths = Array.from({ length: 600 }, (_, at) => ({ path: '/lab', name: `f${at}`, type: 'folder' }))
  for (const one of paths) await lab.post('/resources', one)
  const asked = t.mock.method(lab.ctx.turns, 'isOver')
  const ask = async (key?: string): Promise<number> => {
    const before = asked.mock.callCount()
    const headers = key === undefined ? {} : { authorization: `Bearer ${key}` }
    for (const path of ['/api/v1/resources/lab', '/-/sign-in', '/']) await (await fetch(lab.url + path, { headers })).arrayBuffer()
    return asked.mock.callCount() - before
  }
  assert.equal(await ask(), 0)
  assert.ok((await ask(lab.key)) > 0)
})
