/**
 * Strangers, each from an address of its own, who send as much as they can in one way, until the process is ended. Argument: a job as JSON;
 * output: `open` once they have begun.
 */
import { connect } from 'node:net'
import { ATTACKS, type Attack, type Way } from './attacks.ts'

export interface StrangersJob {
  port: number
  way: Way
  count: number
}

/** 127.1.0.1, 127.1.0.2, …: of this machine, and each another one for the server. */
const addressOf = (at: number): string => `127.${1 + (at >> 16)}.${(at >> 8) & 255}.${1 + (at % 250)}`

function attack({ port, way }: Omit<StrangersJob, 'count'>, at: number): void {
  const { begin, again, more }: Attack = ATTACKS[way]
  const socket = connect({ host: '127.0.0.1', port, localAddress: addressOf(at) })
  const fill = (): void => {
    while (more !== undefined && !socket.destroyed && socket.write(more));
  }
  socket.on('connect', () => {
    socket.write(begin)
    fill()
  })
  socket.on('drain', fill)
  socket.on('data', () => {
    if (again !== undefined) socket.write(again)
  })
  socket.on('error', () => {})
  // Thrown out, they come back.
  socket.on('close', () => setTimeout(() => attack({ port, way }, at), 200))
}

const job = JSON.parse(process.argv[2] ?? '') as StrangersJob
for (let at = 0; at < job.count; at++) attack(job, at)
setTimeout(() => console.log(`open ${job.count}`), 500)
process.stdin.on('end', () => process.exit(0)).resume()
