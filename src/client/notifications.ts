/** Notifications (mails, text messages and webhooks) that the server sent or should have sent. For system administrators. */
import type { NotificationRecord } from '../wire/answers.ts'
import type { HttpClient } from './http-client.ts'

export interface NotificationQuery {
  state?: string | undefined
  kind?: string | undefined
  /** Part of a recipient. */
  recipient?: string | undefined
  /** Path of a controller. */
  controller?: string | undefined
  start?: string | undefined
  end?: string | undefined
  /** At most this many, the newest. */
  count?: number | undefined
}

/** The most that the server returns at a time. */
const PAGE = 1_000

export class Notifications {
  readonly #http: HttpClient

  constructor(http: HttpClient) {
    this.#http = http
  }

  /** Newest first. */
  async list({ start, end, count = 100, ...query }: NotificationQuery = {}): Promise<NotificationRecord[]> {
    const records: NotificationRecord[] = []
    for (let before: number | undefined; records.length < count; ) {
      const size = Math.min(PAGE, count - records.length)
      const page = (await this.#http.json('GET', '/notifications', {
        query: { ...query, start_timestamp: start, end_timestamp: end, before, count: size },
      })) as NotificationRecord[]
      records.push(...page)
      before = page.at(-1)?.id
      if (page.length < size) break
    }
    return records
  }

  async get(id: number): Promise<NotificationRecord & { body: string | null }> {
    return (await this.#http.json('GET', `/notifications/${id}`)) as NotificationRecord & { body: string | null }
  }

  /** Queues a message to an e-mail address, a phone number or a URL, to test whether sending works. @returns its id */
  async send(message: {
    recipient: string
    kind?: string | undefined
    subject?: string | undefined
    body?: string | undefined
  }): Promise<number> {
    return ((await this.#http.json('POST', '/notifications', { json: { ...message } })) as { id: number }).id
  }

  /** Cancels a message that waits to be sent. */
  async cancel(id: number): Promise<void> {
    await this.#http.json('DELETE', `/notifications/${id}`)
  }
}
