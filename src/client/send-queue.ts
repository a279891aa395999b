/**
 * Outgoing messages: kept in memory until the server has acknowledged them, sent again after a reconnect, and bounded. Beyond the bound the
 * oldest is dropped, since for a lab the newest reading is worth most.
 */
import { Fault } from '../base/fault.ts'

export interface Outgoing {
  type: string
  parameters: Record<string, unknown>
  folder?: string
}

interface Pending {
  id: number
  message: Outgoing
  sent: boolean
  /** What goes out, by what clock and counter show then. */
  redate: (() => Outgoing) | undefined
  resolve: () => void
  reject: (error: Error) => void
}

/** Unacknowledged messages in transit at once: enough to keep a connection busy, few enough not to flood the server. */
const WINDOW = 256

export class SendQueue {
  readonly #bound: number
  /** By id, in order of arrival. */
  readonly #pending = new Map<number, Pending>()
  /** The pending messages that were not sent on this connection yet; a Set, so that removing one is cheap. */
  #unsent = new Set<number>()
  #nextId = 1
  #emptied: (() => void)[] = []

  constructor(bound: number) {
    this.#bound = bound
  }

  get size(): number {
    return this.#pending.size
  }

  /**
   * Adds a message. Its promise resolves on the server's ack and rejects with the Fault of the server's error; callers may ignore it.
   * @param redate what to send in its place each time that it goes out: the clock may have been set while it waited. Since the server may
   *   have what went out before, it has to mean the same time from then on
   * @returns also the message that was dropped for it, if the bound was reached
   */
  add(message: Outgoing, redate?: () => Outgoing): { done: Promise<void>; dropped: Outgoing | undefined } {
    const dropped = this.#pending.size >= this.#bound ? this.#dropOldest() : undefined
    const id = this.#nextId++
    const done = new Promise<void>((resolve, reject) => this.#pending.set(id, { id, message, sent: false, redate, resolve, reject }))
    // Callers that ignore the promise must not crash from an unhandled rejection; the controller's events report the failure.
    done.catch(() => {})
    this.#unsent.add(id)
    return { done, dropped }
  }

  /** After a reconnect: queues all unacknowledged messages again. */
  rewind(): void {
    this.#unsent = new Set(this.#pending.keys())
    for (const pending of this.#pending.values()) pending.sent = false
  }

  /** Sends as many messages as may go out now, oldest first. */
  flush(isReady: () => boolean, send: (text: string) => void): void {
    for (const id of this.#unsent) {
      if (this.#pending.size - this.#unsent.size >= WINDOW || !isReady()) return
      this.#unsent.delete(id)
      const pending = this.#pending.get(id)
      if (pending === undefined) continue
      pending.sent = true
      if (pending.redate) pending.message = pending.redate()
      send(JSON.stringify({ ...pending.message, id }))
    }
  }

  /** Handles the server's answer to one message; ignores answers to messages that are not in the queue. */
  settle(id: number, error?: Error): Outgoing | undefined {
    const pending = this.#remove(id)
    if (pending === undefined) return undefined
    if (error === undefined) pending.resolve()
    else pending.reject(error)
    return pending.message
  }

  /** Puts a message back in the queue that the server could not take just now. */
  postpone(id: number): void {
    const pending = this.#pending.get(id)
    if (pending === undefined) return
    pending.sent = false
    this.#unsent.add(id)
  }

  failAll(error: Error): void {
    for (const id of [...this.#pending.keys()]) this.settle(id, error)
  }

  async whenEmpty(): Promise<void> {
    if (this.#pending.size > 0) await new Promise<void>((resolve) => this.#emptied.push(resolve))
  }

  #dropOldest(): Outgoing | undefined {
    const [oldest] = this.#pending.keys()
    return oldest === undefined
      ? undefined
      : this.settle(oldest, new Fault('busy', `Given up: more than ${this.#bound} messages were waiting for the server.`))
  }

  #remove(id: number): Pending | undefined {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    this.#unsent.delete(id)
    if (this.#pending.size === 0) for (const resolve of this.#emptied.splice(0)) resolve()
    return pending
  }
}
