/**
 * The page's one WebSocket: hears what happens in folders, comes back by itself after a loss, and says for how long it
 * was deaf, so that pages can fetch what they missed.
 */
import { need } from './dom.ts'

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
  /** Missing for images, which say `revision_id`. */
  value?: string
  revision_id?: number
}

export interface LiveOptions {
  /** Path of the folder. */
  folder: string
  includeChildren?: boolean
  /** Only messages of that type. */
  type?: string
  onMessage: (message: LiveMessage) => void
  /** It hears again after a loss. @param since when it last heard something for sure, in milliseconds */
  onGap?: (since: number) => void
}

const FIRST_DELAY = 1_000
const LONGEST_DELAY = 30_000
/** How long a loss stays unmentioned: a restart of the server takes no longer. */
const PATIENCE = 2_500

class Connection {
  readonly #subscriptions = new Set<LiveOptions>()
  #socket: WebSocket | undefined
  #delay = FIRST_DELAY
  #lostAt: number | undefined
  #retry: number | undefined
  #notice: number | undefined

  constructor() {
    addEventListener('online', () => this.#hurry())
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') this.#hurry()
    })
    // A page in the back-forward cache must not hold a connection.
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
    const list = subscriptions.map(({ folder, includeChildren, type }) => ({ folder, ...(includeChildren === true ? { include_children: true } : {}), ...(type === undefined ? {} : { message_type: type }) }))
    this.#socket?.send(JSON.stringify({ type: 'subscribe', id: 'subscribe', parameters: { subscriptions: list } }))
  }

  #hear(data: unknown): void {
    if (typeof data !== 'string') return
    const message = JSON.parse(data) as LiveMessage & { id?: string }
    if (message.type === 'ack') {
      if (message.id === 'subscribe') this.#found()
      return
    }
    for (const { type, onMessage } of this.#subscriptions) if (type === undefined || type === message.type) onMessage(message)
  }

  /** Subscribed, so that from here on nothing is missed. */
  #found(): void {
    document.documentElement.dataset['live'] = 'on'
    const since = this.#lostAt
    if (since === undefined) return
    this.#lostAt = undefined
    clearTimeout(this.#notice)
    const banner = need('#connection', HTMLElement)
    if (banner.textContent !== '') {
      banner.textContent = 'Connected again.'
      banner.classList.add('is-back')
      setTimeout(() => {
        if (this.#lostAt === undefined) banner.textContent = ''
      }, 2_000)
    }
    for (const { onGap } of this.#subscriptions) onGap?.(since)
  }

  #lost(): void {
    this.#socket = undefined
    document.documentElement.dataset['live'] = 'off'
    if (this.#lostAt === undefined) {
      this.#lostAt = Date.now()
      this.#notice = setTimeout(() => {
        const banner = need('#connection', HTMLElement)
        banner.classList.remove('is-back')
        banner.textContent = 'The server is out of reach. This page comes back to life by itself.'
      }, PATIENCE)
    }
    if (this.#subscriptions.size === 0) return
    // Scattered, so that a room full of screens does not come back in the same instant.
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

/** Hears what happens in a folder from now on. @returns its own unsubscribe */
export function listen(options: LiveOptions): () => void {
  connection ??= new Connection()
  return connection.subscribe(options)
}

/** Hears the values of sequences right in a folder, or anywhere below it. */
export function listenToValues(options: Omit<LiveOptions, 'type' | 'onMessage'> & { onValue: (value: ValueMessage) => void }): () => void {
  const { onValue, ...rest } = options
  return listen({ ...rest, type: 'sequence_update', onMessage: ({ parameters }) => onValue(asValue(parameters)) })
}

function asValue({ id, name, timestamp, value, revision_id: revisionId }: Record<string, unknown>): ValueMessage {
  return {
    id: Number(id),
    name: String(name),
    timestamp: String(timestamp),
    ...(typeof value === 'string' ? { value } : {}),
    ...(typeof revisionId === 'number' ? { revision_id: revisionId } : {}),
  }
}
