/** Stands between a client and an S3 server, and does what networks and overloaded servers do. */
import { once } from 'node:events'
import { createServer, request as forward, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import type { S3Place } from '../../src/storage/s3/s3-place.ts'

/**
 * cut: the connection breaks before an answer. halves: it breaks in the middle of the answer. lost: the server does what it was
 * asked, and its answer is lost. busy: 503 SlowDown. silent: no answer, ever.
 */
export type Trouble = 'cut' | 'halves' | 'lost' | 'busy' | 'silent'

export interface S3Proxy {
  readonly place: S3Place
  /** Asked for each request. */
  trouble: (incoming: IncomingMessage) => Trouble | undefined
  /** Method and address of each request. */
  readonly seen: string[]
}

const BUSY = '<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>'

export async function startS3Proxy(t: TestContext, place: S3Place): Promise<S3Proxy> {
  const target = new URL(place.endpoint)
  const server = createServer((incoming, outgoing) => {
    proxy.seen.push(`${incoming.method ?? ''} ${incoming.url ?? ''}`)
    const trouble = proxy.trouble(incoming)
    if (trouble === 'silent') return
    if (trouble === 'cut') {
      incoming.socket.destroy()
      return
    }
    if (trouble === 'busy') {
      incoming.resume()
      incoming.once('end', () => outgoing.writeHead(503, { 'content-type': 'application/xml' }).end(BUSY))
      return
    }
    const { method, url, headers } = incoming
    const asked = forward({ host: target.hostname, port: target.port, method, path: url, headers }, (answer) => {
      if (trouble === 'lost') {
        answer.resume()
        answer.once('end', () => incoming.socket.destroy())
        return
      }
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers)
      if (trouble !== 'halves') {
        answer.pipe(outgoing)
        return
      }
      answer.once('data', (chunk: Buffer) => {
        answer.pause()
        outgoing.write(chunk.subarray(0, Math.ceil(chunk.length / 2)), () => incoming.socket.destroy())
      })
    })
    asked.on('error', () => incoming.socket.destroy())
    incoming.pipe(asked)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const proxy: S3Proxy = { place: { ...place, endpoint: `http://127.0.0.1:${port}` }, trouble: () => undefined, seen: [] }
  return proxy
}
