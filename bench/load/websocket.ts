/**
 * Load over WebSocket: N connections send `update_sequence` frames, either as fast as the sockets take them, with one last frame that asks
 * for an ack, or each with an `id` and a bounded number without their ack. Argument: a job as JSON; output: its result as JSON.
 */
import { maskedFrame, openFrameSocket, type FrameSocket } from './frames.ts'
import { converse, writeUntil } from './pace.ts'
import { nthValue } from './requests.ts'

export interface WebSocketJob {
  port: number
  path: string
  authorization: string
  connections: number
  seconds: number
  /** Maximum number of frames that wait for their ack on each connection; 0 sends frames without `id`. */
  window: number
  /** Frames in one write when there is no window. A controller's is 1; more shows the cost without system calls. */
  burst: number
  paths: string[]
}

export interface WebSocketResult {
  /** Frames sent until the end, divided by the time until all of them were known to be handled. */
  framesPerSecond: number
  sent: number
  /** Bytes over the wire, both ways. */
  sentBytes: number
  receivedBytes: number
}

const POOL = 1_000

const updateFrame = (paths: string[], n: number, id?: number): Buffer =>
  maskedFrame(
    JSON.stringify({
      type: 'update_sequence',
      ...(id === undefined ? {} : { id }),
      parameters: { sequence: paths[n % paths.length], value: nthValue(n) },
    }),
  )

/** Resolves when `count` acks have arrived. Anything else that arrives is an error. */
function awaitAcks(frames: FrameSocket, count: number): Promise<void> {
  return new Promise((resolve, reject) => {
    frames.onText = (payload) => {
      if (!payload.includes('"ack"')) reject(new Error(`The server sent: ${payload.toString('utf8')}`))
      else if (--count === 0) resolve()
    }
  })
}

async function flood(frames: FrameSocket, job: WebSocketJob, until: number): Promise<number> {
  const bursts = Array.from({ length: POOL / job.burst }, (_, burst) =>
    Buffer.concat(Array.from({ length: job.burst }, (_, n) => updateFrame(job.paths, burst * job.burst + n))),
  )
  const acked = awaitAcks(frames, 1)
  const sent = (await writeUntil(frames.socket, bursts, until, acked)) * job.burst
  frames.socket.write(updateFrame(job.paths, sent, 1))
  await acked
  return sent + 1
}

function sendInWindow(frames: FrameSocket, job: WebSocketJob, until: number): Promise<number> {
  const pool = Array.from({ length: POOL }, (_, n) => updateFrame(job.paths, n, n))
  const { acknowledge, done } = converse(frames.socket, pool, job.window, until)
  return new Promise((resolve, reject) => {
    frames.onText = (payload) => {
      if (payload.includes('"ack"')) acknowledge()
      else reject(new Error(`The server sent: ${payload.toString('utf8')}`))
    }
    done.then(resolve, reject)
  })
}

const job = JSON.parse(process.argv[2] ?? '') as WebSocketJob
const sockets = await Promise.all(Array.from({ length: job.connections }, () => openFrameSocket(job)))
const began = performance.now()
const until = began + job.seconds * 1000
const counts = await Promise.all(sockets.map((frames) => (job.window === 0 ? flood(frames, job, until) : sendInWindow(frames, job, until))))
const seconds = (performance.now() - began) / 1000
const sent = counts.reduce((sum, count) => sum + count, 0)
const sum = (of: (frames: FrameSocket) => number): number => sockets.reduce((total, one) => total + of(one), 0)
const result: WebSocketResult = {
  framesPerSecond: sent / seconds,
  sent,
  sentBytes: sum(({ socket }) => socket.bytesWritten),
  receivedBytes: sum(({ socket }) => socket.bytesRead),
}
for (const { socket } of sockets) socket.destroy()
console.log(JSON.stringify(result))
process.exit(0)
