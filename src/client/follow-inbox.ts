/** Receives the live values of a sequence over a WebSocket, for follow.ts. */
import type { Fault } from '../base/fault.ts'
import { splitLast } from '../base/path.ts'
import { faultOfMessage } from './message-fault.ts'
import { ReconnectingSocket } from './socket.ts'
import type { ServerMessage, SocketOptions } from './socket.ts'
import type { Reading } from './types.ts'
import type { Unreachable } from './unreachable.ts'

/** `subscribed`: values arrive live from now on, and earlier ones have to be read. `check`: some may have been left out. */
export type FollowEvent =
  | { kind: 'subscribed' }
  | { kind: 'check' }
  | { kind: 'value'; reading: Reading }
  | { kind: 'refused'; reason: Fault }

/** Live values that wait for a slow reader; beyond it they are dropped and read from the server again. */
const MAX_WAITING = 10_000
/**
 * How often received values are checked against stored ones, in milliseconds. For a subscriber that reads slowly (a paused terminal, a
 * pager) the server passes on only the newest value of each sequence, without saying that it left others out.
 */
const CHECK_INTERVAL = 10_000

export interface InboxOptions {
  signal?: AbortSignal
  onOutage?: (reason: Unreachable) => void
}

/** Turns the socket's callbacks into a stream of events of bounded length. */
export class FollowInbox {
  readonly #path: string
  readonly #folder: string
  readonly #isNumeric: boolean
  readonly #socket: ReconnectingSocket
  readonly #signal: AbortSignal | undefined
  #waiting: FollowEvent[] = []
  #overflowed = false
  #heard = false
  #checks: NodeJS.Timeout | undefined
  #wake: (() => void) | undefined

  constructor(path: string, isNumeric: boolean, socketOptions: SocketOptions, options: InboxOptions) {
    this.#path = path
    this.#isNumeric = isNumeric
    this.#folder = splitLast(path)[0]
    this.#signal = options.signal
    this.#socket = new ReconnectingSocket(
      { longestWait: 5_000, ...socketOptions },
      {
        onOpen: () => this.#subscribe(),
        onMessage: (message) => this.#received(message),
        onDown: (reason) => options.onOutage?.(reason),
        onRefused: (reason) => this.#push({ kind: 'refused', reason }),
      },
    )
    options.signal?.addEventListener('abort', () => this.#wake?.())
  }

  start(): void {
    this.#socket.start()
    this.#checks = setInterval(() => {
      if (this.#heard) this.#push({ kind: 'check' })
      this.#heard = false
    }, CHECK_INTERVAL)
  }

  async close(): Promise<void> {
    clearInterval(this.#checks)
    await this.#socket.close()
  }

  async *events(): AsyncGenerator<FollowEvent> {
    const isOver = (): boolean => this.#signal?.aborted === true
    while (!isOver()) {
      const batch = this.#waiting
      this.#waiting = []
      if (this.#overflowed) {
        // Everything that was dropped is stored: one more catch-up reads it.
        this.#overflowed = false
        yield { kind: 'check' }
      }
      yield* batch
      if (this.#waiting.length === 0 && !isOver()) await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  #subscribe(): void {
    const subscriptions = [{ folder: this.#folder, message_type: 'sequence_update' }]
    this.#socket.send(JSON.stringify({ type: 'subscribe', parameters: { subscriptions }, id: 'follow' }))
  }

  #received(message: ServerMessage): void {
    if (message.type === 'ack' && message.id === 'follow') return this.#push({ kind: 'subscribed' })
    if (message.type === 'error' && message.id === 'follow') return this.#push({ kind: 'refused', reason: faultOfMessage(message) })
    if (message.type !== 'sequence_update' || message.parameters.name !== this.#path) return
    const { timestamp, value, revision_id: revision } = message.parameters
    const shown = value ?? revision
    if (typeof timestamp !== 'string' || (typeof shown !== 'string' && typeof shown !== 'number')) return
    this.#heard = true
    // Messages carry every value as text.
    this.#push({ kind: 'value', reading: { timestamp, value: this.#isNumeric ? Number(shown) : shown } })
  }

  #push(event: FollowEvent): void {
    if (this.#waiting.length >= MAX_WAITING) {
      this.#waiting = this.#waiting.filter(({ kind }) => kind !== 'value')
      this.#overflowed = true
    }
    this.#waiting.push(event)
    this.#wake?.()
  }
}
