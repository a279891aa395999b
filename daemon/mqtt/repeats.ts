/**
 * Knows messages of QoS 1 that come again because their acknowledgement went with a connection that was lost: a broker
 * sends them under the same id, marked as repeated.
 */
import { createHash } from 'node:crypto'

interface Seen<T> {
  readonly digest: string
  readonly about: T
}

export class Repeats<T> {
  readonly #limit: number
  readonly #seen = new Map<number, Seen<T>>()

  /** @param limit messages that may be unacknowledged at a time: no older one comes again */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** @returns what was noted with the message when it came first; its content is compared, since ids are used again */
  find(messageId: number, topic: string, payload: Buffer): T | undefined {
    const seen = this.#seen.get(messageId)
    return seen?.digest === digestOf(topic, payload) ? seen.about : undefined
  }

  note(messageId: number, topic: string, payload: Buffer, about: T): void {
    this.#seen.delete(messageId)
    this.#seen.set(messageId, { digest: digestOf(topic, payload), about })
    if (this.#seen.size <= this.#limit) return
    const [oldest] = this.#seen.keys()
    if (oldest !== undefined) this.#seen.delete(oldest)
  }

  forget(messageId: number): void {
    this.#seen.delete(messageId)
  }

  /** The broker knows of no session: ids begin anew. */
  clear(): void {
    this.#seen.clear()
  }
}

const digestOf = (topic: string, payload: Buffer): string => createHash('sha1').update(topic).update('\0').update(payload).digest('base64')
