/**
 * Opens WebSockets, each with one subscription, and keeps them open and idle until its input ends. Argument: a job as JSON. Prints `open N`
 * when all are connected.
 */
import { WebSocket } from 'ws'

export interface IdleJob {
  port: number
  path: string
  authorization: string
  folder: string
  count: number
}

/** Connections being opened at the same time, about as many as when a lab's controllers come back after a power cut. */
const AT_ONCE = 50

async function open(job: IdleJob): Promise<void> {
  const socket = new WebSocket(`ws://127.0.0.1:${job.port}${job.path}`, {
    headers: { authorization: job.authorization },
    perMessageDeflate: false,
  })
  await new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.on('message', resolve)
    socket.once('open', () =>
      socket.send(JSON.stringify({ type: 'subscribe', id: 1, parameters: { subscriptions: [{ folder: job.folder }] } })),
    )
  })
  socket.on('close', (code, reason) => {
    console.error(`The server closed an idle WebSocket: ${code} ${reason.toString('utf8')}`)
    process.exit(1)
  })
}

const job = JSON.parse(process.argv[2] ?? '') as IdleJob
for (let opened = 0; opened < job.count; opened += AT_ONCE) {
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, job.count - opened) }, () => open(job)))
}
console.log(`open ${job.count}`)
process.stdin.on('end', () => process.exit(0)).resume()
