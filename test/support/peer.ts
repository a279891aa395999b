/** A WebSocket client for tests: the real `ws`, with what came in kept in order so that a test can wait for it. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { WebSocket, type ClientOptions } from 'ws'
import type { Lab } from './lab.ts'

export interface Heard {
  type: string
  id?: number | string
  timestamp?: string
  parameters: Record<string, unknown>
}

export interface Peer {
  socket: WebSocket
  /** Everything heard so far, in order. */
  heard: Heard[]
  /** A frame as it is: objects as JSON. */
  send(frame: unknown): void
  /** Sends with a fresh id and waits for the answer, whatever it is. */
  ask(type: string, parameters?: unknown, more?: Record<string, unknown>): Promise<Heard>
  /** As {@link ask}; fails unless it is an ack. */
  tell(type: string, parameters?: unknown, more?: Record<string, unknown>): Promise<void>
  subscribe(folder: unknown, more?: Record<string, unknown>): Promise<void>
  /** The first message, heard already or still to come, that fits. */
  hear(fits: string | ((message: Heard) => boolean)): Promise<Heard>
  /** Resolves when the connection is closed. */
  closed: Promise<{ code: number; reason: string }>
}

export const basic = (key: string, version = 'test'): string => `Basic ${Buffer.from(`${version}:${key}`).toString('base64')}`

export const websocketUrl = (lab: Lab, path = '/api/v1/websocket'): string => lab.url.replace('http', 'ws') + path

/** Connects with a key; '' for none. */
export async function connect(
  t: TestContext,
  lab: Lab,
  key: string,
  options: ClientOptions & { path?: string; protocol?: string; version?: string } = {},
): Promise<Peer> {
  const { path, protocol, version, ...rest } = options
  const headers = { ...(key === '' ? {} : { authorization: basic(key, version) }), ...rest.headers }
  const socket = new WebSocket(websocketUrl(lab, path), protocol === undefined ? [] : [protocol], {
    perMessageDeflate: false,
    ...rest,
    headers,
  })
  t.after(() => socket.terminate())
  const heard: Heard[] = []
  const waiting = new Set<(message: Heard) => void>()
  socket.on('message', (data) => {
    assert.ok(Buffer.isBuffer(data))
    const message = JSON.parse(data.toString('utf8')) as Heard
    heard.push(message)
    for (const look of waiting) look(message)
  })
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString('utf8') })),
  )
  await once(socket, 'open')
  let lastId = 0
  const hear: Peer['hear'] = (fits) => {
    const test = typeof fits === 'string' ? (message: Heard) => message.type === fits : fits
    return new Promise((resolve, reject) => {
      const found = heard.find(test)
      if (found) return resolve(found)
      const look = (message: Heard): void => {
        if (!test(message)) return
        waiting.delete(look)
        resolve(message)
      }
      waiting.add(look)
      void closed.then(({ code, reason }) => reject(new Error(`the connection was closed (${code} ${reason}) before the message came`)))
    })
  }
  const send: Peer['send'] = (frame) => socket.send(typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame))
  const ask: Peer['ask'] = (type, parameters, more = {}) => {
    const id = `ask-${++lastId}`
    send({ type, ...(parameters === undefined ? {} : { parameters }), ...more, id })
    return hear((message) => message.id === id)
  }
  const tell: Peer['tell'] = async (type, parameters, more) => {
    const answer = await ask(type, parameters, more)
    assert.equal(answer.type, 'ack', JSON.stringify(answer))
  }
  return {
    socket,
    heard,
    send,
    ask,
    tell,
    hear,
    closed,
    subscribe: (folder, more = {}) => tell('subscribe', { subscriptions: [{ folder, ...more }] }),
  }
}

/** Tries to connect and returns the HTTP answer that refused it. */
export async function refused(lab: Lab, options: ClientOptions & { path?: string } = {}): Promise<{ status: number; message: string }> {
  const { path, ...rest } = options
  const socket = new WebSocket(websocketUrl(lab, path), rest)
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, AsyncIterable<Buffer> & { statusCode: number }]
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { status: string; message: string }
  assert.equal(body.status, 'error')
  return { status: response.statusCode, message: body.message }
}

/** The message of an error. */
export function messageOf(heard: Heard): string {
  assert.equal(heard.type, 'error', JSON.stringify(heard))
  assert.equal(typeof heard.parameters['message'], 'string')
  return String(heard.parameters['message'])
}
