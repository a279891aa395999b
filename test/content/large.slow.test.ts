import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import test from 'node:test'
import { startLab, type Lab } from '../support/lab.ts'

const PIECE = 1_000_000
const PIECES = 400
/** How much more memory may be in use at any moment; a part of what would be if the file were held anywhere. */
const BOUND = 150_000_000

/** Watches the memory of this process, in which daemon and client both run. */
class Memory {
  readonly #start = process.memoryUsage().rss
  #peak = 0
  look(): void {
    this.#peak = Math.max(this.#peak, process.memoryUsage().rss - this.#start)
  }
  assertSmall(what: string): void {
    assert.ok(this.#peak < BOUND, `${what} took ${this.#peak} bytes of memory`)
  }
}

async function respond(outgoing: ReturnType<typeof request>): Promise<IncomingMessage> {
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  return response
}

const open = (lab: Lab, method: string, path: string, headers: Record<string, string> = {}): ReturnType<typeof request> =>
  request(`${lab.url}/api/v1${path}`, { method, headers: { authorization: `Bearer ${lab.key}`, ...headers } })

test('a file of hundreds of megabytes goes in and out, alone and in a zip, without being held in memory', async (t) => {
  const lab = await startLab(t)
  const hash = createHash('sha1')
  const memory = new Memory()
  const pieces = function* (): Generator<Buffer> {
    for (let piece = 0; piece < PIECES; piece++) {
      memory.look()
      const bytes = Buffer.alloc(PIECE, piece)
      hash.update(bytes)
      yield bytes
    }
  }
  const upload = open(lab, 'POST', '/resources/lab/large.mp4', { 'content-type': 'application/octet-stream' })
  Readable.from(pieces()).pipe(upload)
  const answer = await respond(upload)
  assert.equal(answer.statusCode, 200)
  answer.resume()
  memory.assertSmall('taking it in')
  const info = (await lab.get('/resources/lab/large.mp4', { meta: 1 })).json as { id: number; size: number; hash: string }
  const sent = hash.digest('hex')
  assert.equal(info.size, PIECE * PIECES)
  assert.equal(info.hash, sent)

  for (const path of ['/resources/lab/large.mp4', `/resources/lab?ids=${info.id}&download=1`]) {
    const download = open(lab, 'GET', path)
    download.end()
    const response = await respond(download)
    const received = createHash('sha1')
    let size = 0
    for await (const chunk of response as AsyncIterable<Buffer>) {
      received.update(chunk)
      size += chunk.length
      // A slow reader: whatever the daemon reads ahead of it would pile up in memory.
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
      memory.look()
    }
    memory.assertSmall(path)
    if (path.includes('ids')) assert.ok(size > PIECE * PIECES)
    else assert.equal(received.digest('hex'), sent)
  }
})
