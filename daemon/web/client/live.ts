/**
 * The page's only WebSocket: receives the messages of folders, reconnects after a loss, and reports how long it received nothing, so that
 * pages can fetch what they missed.
 */
import { ApiError } from './api.ts'
import { showConnection } from './connection-banner.ts'
import { signInAgain } from './sign-in-again.ts'

export interface LiveMessage {
  type: string
  timestamp: string
  parameters: Record<string, unknown>
}

export interface ValueMessage {
  id: number
  /** The sequence's full path. */
  name: string
  timestamp: string
  /** Missing for images, which have `revision_id`. */
  value?: string
  revision_id?: number
  thumbnail_revision_id?: number
}

export interface LiveOptions {
  /** Path of the folder. */
  folder: string
  includeChildren?: boolean
  /** Only messages of that type. */
  type?: string
  onMessage: (message: LiveMessage) => void
  /** Called when messages are received again after a loss. @param since when the last message was certainly received, in milliseconds */
  onGap?: (since: number) => void
}

const FIRST_DELAY = 1_000
const LONGEST_DELAY = 30_000
/** Milliseconds before a loss is shown: a restart of the server takes no longer. */
const PATIENCE = 2_500
/** Milliseconds between pings, since a dead network reports nothing; and the maximum wait for an answer. */
const PROBE_INTERVAL = 20_000
const PROBE_PATIENCE = 10_000
/** Milliseconds to wait for the server's confirmation of a message. */
const SEND_PATIENCE = 10_000

interface Waiting {
  resolve: () => void
  reject: (error: ApiError) => void
  timer: number
}

class Connection {
  readonly #subscriptions = new Set<LiveOptions>()
  #socket: WebSocket | undefined
  #delay = FIRST_DELAY
  #lostAt: number | undefined
  #retry: number | undefined
  #notice: number | undefined
  /** When anything was last received from the server, in milliseconds. */
  #heardAt = Date.now()
  #probe: number | undefined
  #count = 0
  /** Messages that were sent and not confirmed yet. */
  readonly #waiting = new Map<string, Waiting>()

  constructor() {
    setInterval(() => this.#check(), PROBE_INTERVAL)
    addEventListener('online', () => {
      this.#hurry()
      this.#check()
    })
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') this.#hurry()
    })
    // A page in the back-forward cache must not keep a connection.
    addEventListener('pagehide', () => this.#socket?.close())
    addEventListener('pageshow', (event) => {
      if (event.persisted) this.#hurry()
    })
  }

  subscribe(options: LiveOptions): () => void {
    this.#subscriptions.add(options)
    if (this.#socket?.readyState === WebSocket.OPEN) this.#ask([options])
    else if (!this.#socket) this.#open()
    return () => this.#subscriptions.delete(options)
  }

  /** Resolves when the server has passed it on. @throws ApiError */
  send(type: string, folder: string, parameters: unknown): Promise<void> {
    const socket = this.#socket
    if (socket?.readyState !== WebSocket.OPEN)
      return Promise.reject(
        new ApiError(0, 'There is no connection to the server at the moment, so nothing was sent. Try again when it is back.'),
      )
    const id = `send-${++this.#count}`
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => this.#fail(id, new ApiError(0, 'The server did not say that it has the message: it may or may not have been passed on.')),
        SEND_PATIENCE,
      )
      this.#waiting.set(id, { resolve, reject, timer })
      socket.send(JSON.stringify({ type, folder, parameters, id }))
    })
  }

  #fail(id: string, error: ApiError): void {
    const waiting = this.#waiting.get(id)
    if (!waiting) return
    this.#waiting.delete(id)
    clearTimeout(waiting.timer)
    waiting.reject(error)
  }

  /** Checks whether the server is still there, unless it was just heard. */
  #check(): void {
    const socket = this.#socket
    if (socket?.readyState !== WebSocket.OPEN || this.#probe !== undefined || document.visibilityState !== 'visible') return
    if (Date.now() - this.#heardAt < PROBE_INTERVAL / 2) return
    this.#probe = setTimeout(() => {
      this.#probe = undefined
      if (this.#socket !== socket) return
      this.#lost()
      socket.close()
    }, PROBE_PATIENCE)
    socket.send(JSON.stringify({ type: 'ping', id: 'probe', parameters: {} }))
  }

  #open(): void {
    clearTimeout(this.#retry)
    this.#retry = undefined
    const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/v1/websocket`)
    this.#socket = socket
    socket.addEventListener('open', () => {
      this.#delay = FIRST_DELAY
      this.#ask([...this.#subscriptions])
    })
    socket.addEventListener('message', (event: MessageEvent<unknown>) => this.#hear(event.data))
    socket.addEventListener('close', () => {
      if (this.#socket === socket) this.#lost()
    })
  }

  #ask(subscriptions: readonly LiveOptions[]): void {
    const list = subscriptions.map(({ folder, includeChildren, type }) => ({
      folder,
      ...(includeChildren === true ? { include_children: true } : {}),
      ...(type === undefined ? {} : { message_type: type }),
    }))
    this.#socket?.send(JSON.stringify({ type: 'subscribe', id: 'subscribe', parameters: { subscriptions: list } }))
  }

  #hear(data: unknown): void {
    this.#heardAt = Date.now()
    clearTimeout(this.#probe)
    this.#probe = undefined
    if (typeof data !== 'string') return
    const message = JSON.parse(data) as LiveMessage & { id?: string }
    const { type, id } = message
    if (type === 'ack' && id !== undefined) {
      if (id === 'subscribe') this.#found()
      const waiting = this.#waiting.get(id)
      this.#waiting.delete(id)
      clearTimeout(waiting?.timer)
      waiting?.resolve()
      return
    }
    if (type === 'error' && id !== undefined) {
      const text = typeof message.parameters['message'] === 'string' ? message.parameters['message'] : 'The server refused it.'
      if (id === 'subscribe') this.#refused(text)
      else this.#fail(id, new ApiError(403, text))
      return
    }
    for (const { type, onMessage } of this.#subscriptions) if (type === undefined || type === message.type) onMessage(message)
  }

  /** Subscribed: from here on no message is missed. */
  #found(): void {
    document.documentElement.dataset['live'] = 'on'
    const since = this.#lostAt
    if (since === undefined) return
    this.#lostAt = undefined
    clearTimeout(this.#notice)
    showConnection('back')
    for (const { onGap } of this.#subscriptions) onGap?.(since)
  }

  /** Connected, but the subscription was refused, mostly because the session has ended. */
  #refused(reason: string): void {
    document.documentElement.dataset['live'] = 'off'
    this.#lostAt ??= this.#heardAt
    clearTimeout(this.#notice)
    showConnection('refused', reason, () => {
      void signInAgain().then((token) => {
        // The next connection uses the new session's cookie.
        if (token !== undefined) this.#socket?.close()
      })
    })
  }

  #lost(): void {
    this.#socket = undefined
    document.documentElement.dataset['live'] = 'off'
    for (const id of [...this.#waiting.keys()])
      this.#fail(id, new ApiError(0, 'The connection broke off before the server said that it has the message.'))
    if (this.#lostAt === undefined) {
      this.#lostAt = this.#heardAt
      this.#notice = setTimeout(() => showConnection('lost'), PATIENCE)
    }
    if (this.#subscriptions.size === 0) return
    // Add jitter, so that many screens don't reconnect at the same instant.
    this.#retry = setTimeout(() => this.#open(), this.#delay * (0.75 + Math.random() / 2))
    this.#delay = Math.min(this.#delay * 2, LONGEST_DELAY)
  }

  #hurry(): void {
    if (this.#socket || this.#subscriptions.size === 0) return
    this.#delay = FIRST_DELAY
    this.#open()
  }
}

let connection: Connection | undefined

/** Receives the messages of a folder from now on. @returns a function that unsubscribes */
export function listen(options: LiveOptions): () => void {
  connection ??= new Connection()
  return connection.subscribe(options)
}

/**
 * Sends a message to the subscribers of a folder. The page needs a subscription, which keeps the connection. Resolves when the server has
 * passed it on. @throws ApiError
 */
export function send(type: string, folder: string, parameters: unknown): Promise<void> {
  connection ??= new Connection()
  return connection.send(type, folder, parameters)
}

/** Receives the values of sequences directly in a folder, or anywhere below it. */
export function listenToValues(options: Omit<LiveOptions, 'type' | 'onMessage'> & { onValue: (value: ValueMessage) => void }): () => void {
  const { onValue, ...rest } = options
  return listen({ ...rest, type: 'sequence_update', onMessage: ({ parameters }) => onValue(asValue(parameters)) })
}

function asValue({
  id,
  name,
  timestamp,
  value,
  revision_id: revisionId,
  thumbnail_revision_id: thumbnailId,
}: Record<string, unknown>): ValueMessage {
  return {
    id: Number(id),
    name: String(name),
    timestamp: String(timestamp),
    ...(typeof value === 'string' ? { value } : {}),
    ...(typeof revisionId === 'number' ? { revision_id: revisionId } : {}),
    ...(typeof thumbnailId === 'number' ? { thumbnail_revision_id: thumbnailId } : {}),
  }
}
