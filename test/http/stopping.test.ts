/** A stop waits for requests under way, and for no connection by which none came: browsers open some to have them ready. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { certificate, certificateKey } from '../support/certificate.ts'
import { startLab } from '../support/lab.ts'
import { RecordingLog } from '../support/recording-log.ts'

/** Far longer than a test may take: a stop that waits for it fails. */
const SHUTDOWN_TIMEOUT = 600
const LIMIT = { timeout: 60_000 }

async function open(url: string, start = ''): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  await once(socket, 'connect')
  socket.on('error', () => {})
  if (start !== '') await new Promise<void>((resolve) => void socket.write(start, () => resolve()))
  return socket
}

async function textOf(socket: Socket): Promise<string> {
  let text = ''
  for await (const chunk of socket) text += String(chunk)
  return text
}

test('connections that said nothing, or began a request and went no further, do not hold a stop up', LIMIT, async (t) => {
  const lab = await startLab(t, { settings: { SHUTDOWN_TIMEOUT } })
  const sockets = [await open(lab.url), await open(lab.url, 'GET /health HTTP/1.1\r\nHos')]
  const again = await open(lab.url, 'GET /health?live=1 HTTP/1.1\r\nHost: lab\r\n\r\n')
  await once(again, 'data')
  again.write('GET /health?live=1 HTTP/1.1\r\nHo')
  // The server has read what came before this was answered.
  assert.equal((await lab.get('/whoami')).status, 200)
  const ended = [...sockets, again].map((socket) => once(socket.resume(), 'close'))
  await lab.stop()
  await Promise.all(ended)
})

test('a request that comes by such a connection while the server stops is answered', LIMIT, async (t) => {
  const lab = await startLab(t, { settings: { SHUTDOWN_TIMEOUT } })
  const socket = await open(lab.url)
  assert.equal((await lab.get('/whoami')).status, 200)
  const stopping = lab.stop()
  socket.write('GET /health?live=1 HTTP/1.1\r\nHost: lab\r\n\r\n')
  assert.match(await textOf(socket), /^HTTP\/1\.1 200 /)
  await stopping
})

test('a client that never agrees on a key does not hold a stop up', LIMIT, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'rhizo-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'tls.crt'), certificate)
  await writeFile(join(folder, 'tls.key'), certificateKey, { mode: 0o600 })
  const log = new RecordingLog()
  const lab = await startLab(t, { folder, log, settings: { SHUTDOWN_TIMEOUT, TLS_CERTIFICATE: 'tls.crt', TLS_KEY: 'tls.key' } })
  const socket = await open(lab.url)
  await lab.stop()
  await textOf(socket)
  const reasons = log.lines.filter(({ message }) => message === 'a TLS handshake failed').map(({ reason }) => reason)
  assert.ok(!reasons.some((reason) => /timeout/i.test(String(reason))), `it was the time for handshakes that ended it: ${reasons.join()}`)
})
