/**
 * A client of the server's WebSocket for pages of the lab's own: `import { connect } from '/-/messages.js'`. It needs nothing of the page,
 * uses the visitor's session, and connects again by itself.
 */

export interface Message {
  readonly type: string
  /** As the server writes it: ISO 8601, UTC. */
  readonly timestamp: string
  readonly parameters: Readonly<Record<string, unknown>>
}

export interface Value {
  readonly path: string
  readonly timestamp: string
  /** As text; undefined for images. */
  readonly value: string | undefined
}

export interface ListenOptions {
  /** Also from folders below. */
  readonly children?: boolean
  /** Only messages of this type. */
  readonly type?: string
}

export interface ConnectOptions {
  /** `refused`: the visitor has to sign in, or may not read a folder. What came while it was `lost` is not sent again: read it. */
  readonly onState?: (state: 'open' | 'lost' | 'refused') => void
}

export interface Lab {
  /** Messages don't say which folder they are of: to tell several apart, use a connection for each. @returns its end */
  onMessage(folder: string, listener: (message: Message) => void, options?: ListenOptions): () => void
  /** Values of sequences, as they are stored. @returns its end */
  onValue(folder: string, listener: (value: Value) => void, options?: Pick<ListenOptions, 'children'>): () => void
  /** Resolves when the server has passed it on. @throws Error in the server's words */
  send(folder: string, type: string, parameters?: unknown): Promise<void>
  /** Stores a value; resolves when it is durable. @throws Error in the server's words */
  store(sequence: string, value: number | string): Promise<void>
  close(): void
}

interface Listener extends ListenOptions {
  readonly folder: string
  readonly hear: (message: Message) => void
}

interface Waiting {
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** Milliseconds before it connects again; the wait doubles up to the longest. */
const FIRST_DELAY = 1_000
const LONGEST_DELAY = 30_000

export function connect({ onState }: ConnectOptions = {}): Lab {
  const listeners = new Set<Listener>()
  const waiting = new Map<string, Waiting>()
  let delay = FIRST_DELAY
  let count = 0
  let isClosed = false
  let socket = open()

  function open(): WebSocket {
    const opened = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/v1/websocket`)
    opened.addEventListener('open', () => {
      delay = FIRST_DELAY
      onState?.('open')
      for (const listener of listeners) subscribe(listener)
    })
    opened.addEventListener('message', ({ data }: MessageEvent<unknown>) => hear(String(data)))
    opened.addEventListener('close', () => {
      for (const { reject } of waiting.values()) reject(new Error('The connection broke off: it may or may not have reached the server.'))
      waiting.clear()
      if (isClosed) return
      onState?.('lost')
      setTimeout(() => (socket = open()), delay * (0.75 + Math.random() / 2))
      delay = Math.min(delay * 2, LONGEST_DELAY)
    })
    return opened
  }

  const sendFrame = (frame: Readonly<Record<string, unknown>>): Promise<void> => {
    if (socket.readyState !== WebSocket.OPEN) return Promise.reject(new Error('There is no connection to the server at the moment.'))
    const id = String(++count)
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject })
      socket.send(JSON.stringify({ ...frame, id }))
    })
  }

  function subscribe({ folder, type, children = false }: Listener): void {
    const subscription = { folder, include_children: children, ...(type === undefined ? {} : { message_type: type }) }
    sendFrame({ type: 'subscribe', parameters: { subscriptions: [subscription] } }).catch(() => {
      if (socket.readyState === WebSocket.OPEN) onState?.('refused')
    })
  }

  function hear(text: string): void {
    const message = JSON.parse(text) as Message & { readonly id?: string }
    const answered = message.id === undefined ? undefined : waiting.get(message.id)
    if (answered && (message.type === 'ack' || message.type === 'error')) {
      waiting.delete(message.id ?? '')
      if (message.type === 'ack') answered.resolve()
      else answered.reject(new Error(textOf(message.parameters['message']) ?? 'The server refused it.'))
      return
    }
    for (const listener of listeners) if (fits(listener, message)) listener.hear(message)
  }

  const listen = (listener: Listener): (() => void) => {
    listeners.add(listener)
    if (socket.readyState === WebSocket.OPEN) subscribe(listener)
    return () => listeners.delete(listener)
  }

  return {
    onMessage: (folder, listener, options = {}) => listen({ ...options, folder, hear: listener }),
    onValue: (folder, listener, options = {}) =>
      listen({
        ...options,
        folder,
        type: 'sequence_update',
        hear: ({ parameters, timestamp }) => {
          const { name, value, timestamp: time } = parameters
          const path = String(name)
          if (!isBelow(path, folder, options.children === true)) return
          listener({ path, timestamp: textOf(time) ?? timestamp, value: textOf(value) })
        },
      }),
    send: (folder, type, parameters = {}) => sendFrame({ type, folder, parameters }),
    store: (sequence, value) => sendFrame({ type: 'write_resource', parameters: { path: sequence, data: String(value) } }),
    close: () => {
      isClosed = true
      socket.close()
    },
  }
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** Messages name no folder. */
const fits = ({ type }: Listener, message: Message): boolean => type === undefined || type === message.type

const isBelow = (path: string, folder: string, children: boolean): boolean => {
  const above = folder === '/' ? '/' : `${folder}/`
  return path.startsWith(above) && (children || !path.slice(above.length).includes('/'))
}
