/**
 * From update to subscriber: one sender sends numbered values at a steady rate, N subscribers receive them; all share this process and
 * therefore its clock. Argument: a job as JSON; output: its result as JSON.
 */
import { WebSocket } from 'ws'
import { quantile } from '../numbers.ts'

export interface SubscriberJob {
  port: number
  /** Of another daemon, for the subscribers. */
  subscriberPort?: number
  path: string
  /** Different callers for sender and subscribers, since a sender doesn't receive its own messages. */
  senderAuthorization: string
  subscriberAuthorization: string
  folder: string
  paths: string[]
  subscribers: number
  updatesPerSecond: number
  seconds: number
}

export interface SubscriberResult {
  /** Milliseconds from the send call to the arrival of the message, over all subscribers. */
  p50: number
  p99: number
  max: number
  heard: number
  /** Messages that never arrived. */
  missing: number
}

const TICK = 10
/** Milliseconds that the last messages may take. */
const PATIENCE = 5_000

async function open(port: number, job: SubscriberJob, authorization: string): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${job.path}`, { headers: { authorization }, perMessageDeflate: false })
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  return socket
}

/** Sends a subscription with an id and waits for its ack, so that nothing is sent before it is in effect. */
async function subscribe(job: SubscriberJob): Promise<WebSocket> {
  const socket = await open(job.subscriberPort ?? job.port, job, job.subscriberAuthorization)
  const acked = new Promise<void>((resolve, reject) => {
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString('utf8')) as { type: string; id?: number }
      if (message.type === 'ack') resolve()
      if (message.type === 'error') reject(new Error(data.toString('utf8')))
    })
  })
  socket.send(JSON.stringify({ type: 'subscribe', id: 1, parameters: { subscriptions: [{ folder: job.folder, include_children: true }] } }))
  await acked
  return socket
}

async function run(job: SubscriberJob): Promise<SubscriberResult> {
  const sender = await open(job.port, job, job.senderAuthorization)
  const subscribers = await Promise.all(Array.from({ length: job.subscribers }, () => subscribe(job)))
  const total = job.updatesPerSecond * job.seconds
  const expected = total * job.subscribers
  const sentAt = new Float64Array(total)
  const delays: number[] = []
  let finish = (): void => {}
  const finished = new Promise<void>((resolve) => (finish = resolve))
  for (const subscriber of subscribers) {
    subscriber.on('message', (data: Buffer) => {
      const now = performance.now()
      const message = JSON.parse(data.toString('utf8')) as { type: string; parameters?: { value?: number | string } }
      if (message.type !== 'sequence_update') return
      delays.push(now - (sentAt[Number(message.parameters?.value)] ?? Number.NaN))
      if (delays.length === expected) finish()
    })
  }
  const began = performance.now()
  let n = 0
  const timer = setInterval(() => {
    const due = Math.min(total, Math.floor(((performance.now() - began) / 1000) * job.updatesPerSecond) + 1)
    for (; n < due; n++) {
      sentAt[n] = performance.now()
      sender.send(JSON.stringify({ type: 'update_sequence', parameters: { sequence: job.paths[n % job.paths.length], value: n } }))
    }
    if (n === total) {
      clearInterval(timer)
      setTimeout(finish, PATIENCE).unref()
    }
  }, TICK)
  await finished
  for (const socket of [sender, ...subscribers]) socket.terminate()
  return {
    p50: quantile(delays, 0.5),
    p99: quantile(delays, 0.99),
    max: quantile(delays, 1),
    heard: delays.length,
    missing: expected - delays.length,
  }
}

console.log(JSON.stringify(await run(JSON.parse(process.argv[2] ?? '') as SubscriberJob)))
process.exit(0)
