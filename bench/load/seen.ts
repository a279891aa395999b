/**
 * When what one daemon was told is seen at another: writes at one of several daemons, one after the other, and asks the other at once until
 * it shows. Argument: a job as JSON; output: its result as JSON.
 */
import { randomBytes } from 'node:crypto'
import { WebSocket } from 'ws'
import { quantile } from '../numbers.ts'

export interface SeenJob {
  /** Of the daemon that is told, and of the one that is asked. */
  port: number
  otherPort: number
  /** Of a user who may do all of it, and of the same in a browser. */
  authorization: string
  cookie: string
  folder: string
  /** A sequence in that folder. */
  sequence: string
  /** Of each kind. */
  count: number
}

/** Milliseconds from the answer to the write until the other daemon has shown it, by kind. */
export type SeenResult = Record<string, { p50: number; p99: number; max: number }>

/** Milliseconds until what does not show counts as never shown. */
const PATIENCE = 10_000

const job = JSON.parse(process.argv[2] ?? '') as SeenJob
const here = `http://127.0.0.1:${job.port}`
const there = `http://127.0.0.1:${job.otherPort}`
const known = { authorization: job.authorization }

async function tell(method: string, target: string, body?: object): Promise<Record<string, unknown>> {
  const headers = { ...known, 'content-type': 'application/json' }
  const reply = await fetch(`${here}/api/v1${target}`, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) })
  const text = await reply.text()
  if (!reply.ok) throw new Error(`${method} ${target} was answered with ${reply.status}: ${text.slice(0, 300)}`)
  return text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {}
}

async function ask(target: string, headers: Record<string, string> = known): Promise<{ status: number; text: string }> {
  const reply = await fetch(`${there}${target}`, { headers })
  return { status: reply.status, text: await reply.text() }
}

/** Writes, then asks until it shows. @returns milliseconds from the answer to the write until the answer that shows it */
async function timeToSee(write: () => Promise<unknown>, shows: () => Promise<boolean>): Promise<number> {
  await write()
  const began = performance.now()
  while (!(await shows()))
    if (performance.now() - began > PATIENCE) throw new Error('What was written at one daemon did not show at another')
  return performance.now() - began
}

/** Messages that a subscriber at the other daemon has heard, by their number. */
async function listen(): Promise<{ heard: Set<number>; close(): void }> {
  const socket = new WebSocket(`ws://127.0.0.1:${job.otherPort}/api/v1/websocket`, { headers: known, perMessageDeflate: false })
  const heard = new Set<number>()
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.once('open', () =>
      socket.send(
        JSON.stringify({ type: 'subscribe', id: 1, parameters: { subscriptions: [{ folder: job.folder, include_self: true }] } }),
      ),
    )
    socket.on('message', (data: Buffer) => {
      const { type, parameters } = JSON.parse(data.toString('utf8')) as { type: string; parameters?: { number?: number } }
      if (type === 'ack') resolve()
      if (type === 'seen' && parameters?.number !== undefined) heard.add(parameters.number)
    })
  })
  return { heard, close: () => socket.terminate() }
}

const nextTurn = (): Promise<boolean> => new Promise((resolve) => setImmediate(() => resolve(false)))

async function run(): Promise<SeenResult> {
  const times = new Map<string, number[]>()
  const measure = async (kind: string, write: () => Promise<unknown>, shows: () => Promise<boolean>): Promise<void> => {
    const list = times.get(kind) ?? []
    times.set(kind, [...list, await timeToSee(write, shows)])
  }
  const listener = await listen()
  const controller = await ask(`/api/v1/resources${job.folder}?meta=1`)
  const { id } = JSON.parse(controller.text) as { id: number }
  for (let n = 0; n < job.count; n++) {
    await measure(
      'value',
      () => tell('PUT', '/resources', { values: { [job.sequence]: n } }),
      async () => Number((await ask(`/api/v1/resources${job.sequence}`)).text) === n,
    )
    await measure(
      'message',
      () => tell('POST', '/messages', { folder_path: job.folder, type: 'seen', parameters: JSON.stringify({ number: n }) }),
      async () => listener.heard.has(n) || (await nextTurn()),
    )
    const file = { path: job.folder, name: `seen-${n}.txt`, content: randomBytes(2_000).toString('hex') }
    const path = `${file.path}/${file.name}`
    const made = { path: file.path, name: file.name, type: 'file', data: Buffer.from(file.content).toString('base64') }
    await measure(
      'file',
      () => tell('POST', '/resources', made),
      async () => (await ask(`/api/v1/resources${path}`)).text === file.content,
    )
    await measure(
      'permission',
      () => tell('PUT', `/resources${path}`, { permissions: [[100, 0, 10]] }),
      async () => (await ask(`/api/v1/resources${path}`, {})).text === file.content,
    )
    await measure(
      'page',
      () => tell('POST', '/resources', { ...made, name: `page-${n}.txt` }),
      async () => (await ask(job.folder, { cookie: job.cookie, accept: 'text/html' })).text.includes(`page-${n}.txt`),
    )
    let key: Record<string, unknown> = {}
    const withKey = (): Promise<{ status: number }> =>
      ask(`/api/v1/resources${job.sequence}`, {
        authorization: `Basic ${Buffer.from(`seen:${String(key['secret_key'])}`).toString('base64')}`,
      })
    await measure(
      'key',
      async () => (key = await tell('POST', '/keys', { access_as_controller_id: id })),
      async () => (await withKey()).status === 200,
    )
    await measure(
      'revocation',
      () => tell('DELETE', `/keys/${String(key['id'])}`),
      async () => (await withKey()).status === 401,
    )
    for (const name of [path, `${job.folder}/page-${n}.txt`]) await tell('DELETE', `/resources${name}`)
  }
  listener.close()
  return Object.fromEntries(
    [...times].map(([kind, list]) => [kind, { p50: quantile(list, 0.5), p99: quantile(list, 0.99), max: quantile(list, 1) }]),
  )
}

console.log(JSON.stringify(await run()))
process.exit(0)
