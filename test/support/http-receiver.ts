/** A real HTTP server for tests, standing where Twilio or the receiver of a webhook would. */
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { waitFor } from './waiting.ts'

export interface Received {
  method: string
  path: string
  headers: IncomingHttpHeaders
  body: string
}

export interface HttpReceiver {
  url: string
  requests: Received[]
  /** What it answers. */
  answer: (request: Received) => { status: number; body?: string; headers?: Record<string, string> }
  /** The request that came as the n-th, from 1. */
  request(n: number): Promise<Received>
}

export async function startReceiver(t: TestContext): Promise<HttpReceiver> {
  const http = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const request = {
        method: incoming.method ?? '',
        path: incoming.url ?? '',
        headers: incoming.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      }
      receiver.requests.push(request)
      const { status, body = '', headers = {} } = receiver.answer(request)
      outgoing.writeHead(status, headers).end(body)
    })
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const receiver: HttpReceiver = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    requests: [],
    answer: () => ({ status: 200 }),
    request: (n) => waitFor(`request ${n} came`, () => receiver.requests[n - 1]),
  }
  t.after(async () => {
    http.closeAllConnections()
    await new Promise((resolve) => http.close(resolve))
  })
  return receiver
}
