/** A WebSocket to the server that reconnects after an outage, a restart, or a dead peer, until it is closed or refused for good. */
import type { WebSocket as Socket } from 'ws'
import { Fault, faultCodeOf } from '../base/fault.ts'
import { trustOf } from './own-machine.ts'
import { backoff } from './backoff.ts'
import { basicAuthorization, reasonOf } from './http-client.ts'
import { Unreachable } from './unreachable.ts'

export interface ServerMessage {
  type: string
  timestamp?: string
  parameters: Record<string, unknown>
  folder?: string
  /** Id of the message that an `ack` or `error` answers. */
  id?: number | string
}

export interface SocketHandlers {
  onOpen: () => void
  onMessage: (message: ServerMessage) => void
  /** The connection ended, or an attempt failed; another follows automatically. */
  onDown: (reason: Unreachable) => void
  /** The server refused the connection (wrong or revoked key); no further attempt is made. */
  onRefused: (reason: Fault) => void
}

export interface SocketOptions {
  url: string
  key?: string | undefined
  /** Shown as the controller's client_version. */
  version?: string | undefined
  /** Longest wait between attempts, milliseconds. */
  longestWait?: number
}

/** A peer that sends nothing for this long is asked with a ping, and counts as dead if it doesn't answer. Milliseconds. */
const SILENCE = 45_000
const HANDSHAKE_TIMEOUT = 15_000
/** Bytes waiting in our end of the connection; beyond it the sender waits. */
const MAX_BUFFERED = 4 * 1024 * 1024
/** RFC 6455, section 7.4.1: refused on policy. The server closes with it when a key is revoked. */
const POLICY_VIOLATION = 1008

export class ReconnectingSocket {
  readonly #options: SocketOptions
  readonly #handlers: SocketHandlers
  #socket: Socket | undefined
  #closed = false
  #attempt = 0
  #retryTimer: NodeJS.Timeout | undefined
  #silenceTimer: NodeJS.Timeout | undefined
  #ended: (() => void) | undefined

  constructor(options: SocketOptions, handlers: SocketHandlers) {
    this.#options = options
    this.#handlers = handlers
  }

  get isOpen(): boolean {
    return this.#socket !== undefined && this.#socket.readyState === this.#socket.OPEN
  }

  /** Whether a message may be sent now without piling up in memory. */
  get isReady(): boolean {
    return this.isOpen && (this.#socket?.bufferedAmount ?? 0) < MAX_BUFFERED
  }

  start(): void {
    void this.#connect()
  }

  send(text: string): void {
    this.#socket?.send(text)
  }

  /** Ends the connection and waits until it has ended. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#retryTimer)
    const socket = this.#socket
    if (socket === undefined || socket.readyState === socket.CLOSED) return
    const ended = new Promise<void>((resolve) => (this.#ended = resolve))
    socket.close(1000)
    const impatience = setTimeout(() => socket.terminate(), 2_000)
    await ended
    clearTimeout(impatience)
  }

  async #connect(): Promise<void> {
    const { WebSocket } = await import('ws')
    if (this.#closed) return
    const url = `${this.#options.url.replace(/^http/, 'ws')}/api/v1/websocket`
    const { key, version } = this.#options
    const socket = new WebSocket(url, {
      headers: key === undefined ? {} : { authorization: basicAuthorization(key, version) },
      handshakeTimeout: HANDSHAKE_TIMEOUT,
      perMessageDeflate: false,
      ...trustOf(url),
    })
    this.#socket = socket
    let failure: Error | undefined
    socket.on('open', () => {
      this.#attempt = 0
      this.#watchSilence(socket)
      this.#handlers.onOpen()
    })
    socket.on('message', (data, isBinary) => {
      this.#watchSilence(socket)
      const message = isBinary ? undefined : parseMessage(data)
      if (message !== undefined) this.#handlers.onMessage(message)
    })
    socket.on('ping', () => this.#watchSilence(socket))
    socket.on('pong', () => this.#watchSilence(socket))
    socket.on('unexpected-response', (_request, response) => {
      const status = response.statusCode ?? 0
      failure = refusal(status, this.#options.url) ?? new Error(`it answered ${status}`)
      response.resume()
      // Once there is a listener for this event, the attempt must be ended by hand.
      socket.terminate()
    })
    socket.on('error', (error) => (failure ??= error))
    socket.on('close', (code, reason) => this.#down(code, reason.toString(), failure))
  }

  #down(code: number, reason: string, failure: Error | undefined): void {
    clearTimeout(this.#silenceTimer)
    this.#socket = undefined
    this.#ended?.()
    if (this.#closed) return
    const refused =
      failure instanceof Fault
        ? failure
        : code === POLICY_VIOLATION
          ? new Fault('unauthenticated', reason === '' ? 'The server ended the connection.' : reason)
          : undefined
    if (refused !== undefined) {
      this.#closed = true
      this.#handlers.onRefused(refused)
      return
    }
    const why = failure === undefined ? (reason === '' ? `the connection ended (${code})` : reason) : reasonOf(failure)
    this.#retryTimer = setTimeout(() => void this.#connect(), backoff(this.#attempt++, this.#options.longestWait))
    this.#handlers.onDown(new Unreachable(`${this.#options.url} is out of reach: ${why}`, failure))
  }

  /** Called on every sign of life. Pings after a silence, and ends the connection if no answer comes. */
  #watchSilence(socket: Socket): void {
    clearTimeout(this.#silenceTimer)
    this.#silenceTimer = setTimeout(() => {
      if (socket.readyState === socket.OPEN) socket.ping()
      this.#silenceTimer = setTimeout(() => socket.terminate(), SILENCE / 3)
    }, SILENCE)
  }
}

/** The Fault for a handshake that will not succeed later either. */
function refusal(status: number, url: string): Fault | undefined {
  if (status === 401) return new Fault('unauthenticated', 'The key is wrong, or has been revoked.')
  if (status === 403) return new Fault('forbidden', 'The server lets only callers with a key open a WebSocket.')
  if (status === 404) return new Fault('not_found', `${url} has no WebSocket; is it a rhizo server?`)
  return status >= 300 && status < 500 && status !== 408 && status !== 429
    ? new Fault(faultCodeOf(status), `${url} answered the WebSocket handshake with ${status}.`)
    : undefined
}

function parseMessage(data: unknown): ServerMessage | undefined {
  try {
    const message: unknown = JSON.parse(String(data))
    if (typeof message !== 'object' || message === null || !('type' in message) || typeof message.type !== 'string') return undefined
    const { parameters } = message as { parameters?: unknown }
    return {
      ...(message as ServerMessage),
      parameters: typeof parameters === 'object' && parameters !== null ? (parameters as Record<string, unknown>) : {},
    }
  } catch {
    return undefined
  }
}
