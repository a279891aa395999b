/**
 * Strangers, each from an address of its own, who send as much as they can in one way, until the process is ended. Argument: a job as JSON;
 * output: `open` once they have begun.
 */
import { connect } from 'node:net'
import { ATTACKS, isMqtt, type Attack, type Way } from './attacks.ts'

export interface StrangersJob {
  port: number
  mqttPort: number
  way: Way
  count: number
  /** Of those who have a key. */
  authorization: string
}

/** 127.1.0.1, 127.1.0.2, …: of this machine, and each another one for the server. */
const addressOf = (at: number): string => `127.${1 + (at >> 16)}.${(at >> 8) & 255}.${1 + (at % 250)}`

function attack(job: StrangersJob, at: number): void {
  const { way, authorization } = job
  const { begin, again, more, drip, cutAfter }: Attack = ATTACKS[way](authorization, at)
  const socket = connect({ host: '127.0.0.1', port: isMqtt(way) ? job.mqttPort : job.port, localAddress: addressOf(at) })
  const fill = (): void => {
    while (more !== undefined && !socket.destroyed && socket.write(more));
  }
  const timers: NodeJS.Timeout[] = []
  socket.on('connect', () => {
    socket.write(begin)
    fill()
    if (drip !== undefined) timers.push(setInterval(() => socket.write(drip), 250))
    if (cutAfter !== undefined) timers.push(setTimeout(() => socket.destroy(), cutAfter))
  })
  socket.on('drain', fill)
  socket.on('data', () => {
    if (again !== undefined) socket.write(again)
  })
  socket.on('error', () => {})
  // Thrown out, they come back.
  socket.on('close', () => {
    for (const timer of timers) clearTimeout(timer)
    setTimeout(() => attack(job, at), 200)
  })
}

const job = JSON.parse(process.argv[2] ?? '') as StrangersJob
for (let at = 0; at < job.count; at++) attack(job, at)
setTimeout(() => console.log(`open ${job.count}`), 500)
process.stdin.on('end', () => process.exit(0)).resume()
