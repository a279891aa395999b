/**
 * What aedes asks of its persistence, answered from our sessions. It is how the broker tells of acknowledgements; queues,
 * subscriptions and retained messages are the sessions' own affair.
 */
import type { Client } from 'aedes'
import { Readable } from 'node:stream'
import type { QoS } from './frames.ts'
import type { MqttTransport } from './transport.ts'

interface Identified {
  readonly cmd?: string
  readonly messageId?: number | undefined
}

interface Filter {
  readonly topic: string
  readonly qos: QoS
}

/** The broker takes it for "not there"; it is no error. */
const UNKNOWN = new Error('no such packet')

export class BrokerPersistence {
  readonly #transport: MqttTransport

  constructor(transport: MqttTransport) {
    this.#transport = transport
  }

  async setup(): Promise<void> {}

  // ---- Sessions

  /** A client with a clean session has come. */
  async cleanSubscriptions(client: Client): Promise<void> {
    this.#transport.openSession(client, true)
  }

  /** A client that continues its session has come. */
  async subscriptionsByClient({ id }: Pick<Client, 'id'>): Promise<Filter[]> {
    return this.#transport.continueSession(id)
  }

  /** Done when the client's subscriptions, which were noted when they were authorized, would survive a crash. */
  addSubscriptions(): Promise<void> {
    return this.#transport.durable()
  }

  removeSubscriptions(client: Client, filters: readonly string[]): Promise<void> {
    this.#transport.unsubscribe(client, filters)
    return this.#transport.durable()
  }

  // ---- Messages to clients

  async outgoingClearMessageId(client: Client, { messageId }: Identified): Promise<undefined> {
    if (messageId !== undefined) this.#transport.sessionOf(client)?.confirmed(messageId)
  }

  /** Called for a PUBREL, in answer to a PUBREC. */
  async outgoingUpdate(client: Client, { messageId }: Identified): Promise<void> {
    if (messageId !== undefined) this.#transport.sessionOf(client)?.released(messageId)
  }

  outgoingStream(): Readable {
    return Readable.from([])
  }

  createRetainedStreamCombi(): Readable {
    return Readable.from([])
  }

  // ---- Messages of QoS 2 from clients

  incomingGetPacket(client: Client, { messageId }: Identified): Promise<Identified> {
    return messageId !== undefined && this.#transport.sessionOf(client)?.received.has(messageId) ? Promise.resolve({ messageId }) : Promise.reject(UNKNOWN)
  }

  async incomingStorePacket(client: Client, { messageId }: Identified): Promise<void> {
    if (messageId !== undefined) this.#transport.sessionOf(client)?.received.add(messageId)
  }

  async incomingDelPacket(client: Client, { messageId }: Identified): Promise<void> {
    if (messageId !== undefined) this.#transport.sessionOf(client)?.received.delete(messageId)
  }

  // ---- Wills live as long as the connection

  async putWill(): Promise<void> {}

  async delWill(): Promise<void> {}

  streamWill(): Readable {
    return Readable.from([])
  }
}
