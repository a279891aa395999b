/**
 * How long an event loop blocks, seen from outside: requests a small page every few milliseconds and measures the time. Argument: a job as
 * JSON; output: its result as JSON.
 */
import { connect } from 'node:net'
import { quantile } from '../numbers.ts'

export interface ProbeJob {
  port: number
  path: string
  /** Milliseconds from one answer to the next request. */
  interval: number
  seconds: number
  /** Of a client that is known. */
  authorization?: string
}

export interface ProbeResult {
  /** Milliseconds from request to answer. */
  p50: number
  p99: number
  max: number
  asked: number
}

async function run(job: ProbeJob): Promise<ProbeResult> {
  const times: number[] = []
  const header = job.authorization === undefined ? '' : `Authorization: ${job.authorization}\r\n`
  const until = performance.now() + job.seconds * 1000
  await new Promise<void>((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: job.port, noDelay: true })
    let askedAt = 0
    const ask = (): void => {
      askedAt = performance.now()
      socket.write(`GET ${job.path} HTTP/1.1\r\nHost: 127.0.0.1:${job.port}\r\n${header}\r\n`)
    }
    socket.on('connect', ask).on('error', reject)
    socket.on('data', (chunk: Buffer) => {
      if (!chunk.toString('latin1', 0, 12).startsWith('HTTP/1.1 200'))
        reject(new Error(`The server answered: ${chunk.toString('latin1', 0, 300)}`))
      times.push(performance.now() - askedAt)
      if (performance.now() < until) setTimeout(ask, job.interval)
      else socket.end(resolve)
    })
    socket.on('close', () => reject(new Error('The server ended the connection of the probe.')))
  })
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99), max: quantile(times, 1), asked: times.length }
}

console.log(JSON.stringify(await run(JSON.parse(process.argv[2] ?? '') as ProbeJob)))
