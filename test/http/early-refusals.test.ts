/** A refusal that comes before a body has been read reaches its client, who may still be sending. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import test from 'node:test'
import { startLab } from '../support/lab.ts'

const BODY = Buffer.alloc(6_000_000, 65)

/** Sends all of a request before it reads anything, as simple clients do. @returns the reply, whole */
async function sendThenRead(url: string, head: string, body: Uint8Array): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.pause()
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.write(head)
    socket.write(body, () => resolve())
  })
  const pieces: Buffer[] = []
  socket.on('data', (piece: Buffer) => pieces.push(piece))
  socket.resume()
  await once(socket, 'end')
  socket.destroy()
  return Buffer.concat(pieces).toString()
}

const headOf = (path: string, length: number, lines: readonly string[]): string =>
  [`POST /api/v1${path} HTTP/1.1`, 'host: 127.0.0.1', 'connection: close', `content-length: ${length}`, ...lines, '', ''].join('\r\n')

test('who sends megabytes where they may not reads why, each time', async (t) => {
  const lab = await startLab(t)
  const stranger = await lab.user('stranger@example.com', { member: false })
  const bytes = 'content-type: application/octet-stream'
  const form = Buffer.concat([Buffer.from('--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'), BODY])
  const ways: [status: number, path: string, lines: string[], body: Uint8Array][] = [
    [403, '/resources/lab/big.bin', [`authorization: Bearer ${stranger.key}`, bytes], BODY],
    [403, '/resources/lab/big.bin', [`authorization: Bearer ${stranger.key}`, 'content-type: multipart/form-data; boundary=b'], form],
    [404, '/none', [`authorization: Bearer ${lab.key}`, bytes], BODY],
    [401, '/resources/lab/big.bin', ['authorization: Bearer RHIZOWRONG', bytes], BODY.subarray(0, 900_000)],
  ]
  for (const [status, path, lines, body] of ways)
    for (let time = 0; time < 3; time++) {
      const reply = await sendThenRead(lab.url, headOf(path, body.length, lines), body)
      assert.ok(reply.startsWith(`HTTP/1.1 ${status} `), `${path}: ${reply.slice(0, 300)}`)
      assert.match(reply, /"status":"error"/)
    }
})

test('who declares a body and sends none is answered all the same', async (t) => {
  const lab = await startLab(t)
  const reply = await sendThenRead(lab.url, headOf('/none', 1_000, ['content-type: text/plain']), Buffer.from('x'))
  assert.match(reply, /^HTTP\/1\.1 404 /)
})
