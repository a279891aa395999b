/**
 * Load over HTTP/1.1: each of N keep-alive connections sends its next request when the last one is answered. Written on bare sockets, since
 * it shares the machine with what it measures. Argument: a job as JSON; output: its result as JSON.
 */
import { connect } from 'node:net'
import { quantile } from '../numbers.ts'
import { createRequests, type RequestKind } from './requests.ts'

export interface HttpJob {
  port: number
  /** The Authorization header's value. */
  authorization: string
  /** Header lines besides, each with its line end. */
  headers?: string
  connections: number
  /** Seconds that count, and before them seconds that don't. */
  seconds: number
  warmUp: number
  kind: RequestKind
  /** Paths of the sequences that get values, in turns. */
  paths: string[]
}

export interface HttpResult {
  requestsPerSecond: number
  /** Milliseconds from request to answer. */
  p50: number
  p99: number
  /** Number of requests answered with 200, including the warm-up. */
  answered: number
  /** Bytes over the wire, both ways, and seconds of this process's processor time, for all of them. */
  sent: number
  received: number
  processor: number
}

const HEAD_END = '\r\n\r\n'

/** Length of the complete answer at the start of `text`, or 0 if it is not complete yet. */
function answerLength(text: string): number {
  const headEnd = text.indexOf(HEAD_END)
  if (headEnd < 0) return 0
  const bodyStart = headEnd + HEAD_END.length
  const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1]
  if (length !== undefined) return text.length >= bodyStart + Number(length) ? bodyStart + Number(length) : 0
  const end = text.indexOf('\r\n0\r\n\r\n', bodyStart - 2)
  return end < 0 ? 0 : end + 7
}

async function run(job: HttpJob): Promise<HttpResult> {
  const next = createRequests(
    job.kind,
    job.paths,
    `Host: 127.0.0.1:${job.port}\r\nAuthorization: ${job.authorization}\r\n${job.headers ?? ''}`,
  )
  const countFrom = performance.now() + job.warmUp * 1000
  const until = countFrom + job.seconds * 1000
  const times: number[] = []
  let [answered, sent, received] = [0, 0, 0]

  const converse = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port: job.port, noDelay: true })
      let sentAt = 0
      let pending = ''
      const send = (): void => {
        sentAt = performance.now()
        socket.write(next())
      }
      socket.on('connect', send)
      socket.on('data', (chunk: Buffer) => {
        pending = pending === '' ? chunk.toString('latin1') : pending + chunk.toString('latin1')
        const length = answerLength(pending)
        if (length === 0) return
        if (!pending.startsWith('HTTP/1.1 200')) {
          reject(new Error(`The server answered: ${pending.slice(0, 600)}`))
          socket.destroy()
          return
        }
        pending = pending.slice(length)
        const now = performance.now()
        answered++
        if (now >= countFrom && now < until) times.push(now - sentAt)
        if (now < until) send()
        else {
          sent += socket.bytesWritten
          received += socket.bytesRead
          socket.end(resolve)
        }
      })
      socket.on('error', reject)
      socket.on('close', () => reject(new Error('The server closed a connection')))
    })

  const before = process.cpuUsage()
  await Promise.all(Array.from({ length: job.connections }, converse))
  const { user, system } = process.cpuUsage(before)
  return {
    requestsPerSecond: times.length / job.seconds,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    answered,
    sent,
    received,
    processor: (user + system) / 1e6,
  }
}

console.log(JSON.stringify(await run(JSON.parse(process.argv[2] ?? '') as HttpJob)))
