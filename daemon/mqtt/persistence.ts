/**
 * What aedes asks of its persistence, answered from our sessions. It is how the broker tells of acknowledgements; queues,
 * subscriptions and retained messages are our own affair.
 */
import type { Client } from 'aedes'
import { Readable } from 'node:stream'
import type { QoS } from './frames.ts'
import type { Packet } from './publication.ts'
import type { MqttTransport } from './transport.ts'

interface Identified {
  readonly cmd?: string
  readonly messageId?: number | undefined
}

/** A subscription of a session that goes on: not to be authorized or answered anew. */
export class RestoredFilter {
  readonly topic: string
  readonly qos: QoS
  constructor(topic: string, qos: QoS) {
    this.topic = topic
    this.qos = qos
  }
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
    this.#transport.sessions.begin(client.id)
  }

  /** A client that continues its session has come. */
  async subscriptionsByClient({ id }: Pick<Client, 'id'>): Promise<RestoredFilter[]> {
    const former = this.#transport.sessions.continue(id)
    await this.#transport.records.durable()
    if (!former) return []
    const filters = [...former.filters].map(([topic, qos]) => new RestoredFilter(topic, qos))
    // The broker tells by them that there was a session.
    return filters.length > 0 ? filters : [new RestoredFilter('$none', 0)]
  }

  /** Done when the client's subscriptions, which were noted when they were authorized, would survive a crash. */
  addSubscriptions(): Promise<void> {
    return this.#transport.records.durable()
  }

  removeSubscriptions(client: Client, filters: readonly string[]): Promise<void> {
    this.#transport.unsubscribe(client, filters)
    return this.#transport.records.durable()
  }

  // ---- Messages to clients

  async outgoingClearMessageId(client: Client, { messageId }: Identified): Promise<undefined> {
    if (messageId !== undefined) this.#transport.sessionOf(client)?.confirmed(messageId)
  }

  /** Called for a PUBREL, in answer to a PUBREC. */
  async outgoingUpdate(client: Client, { messageId }: Identified): Promise<void> {
    if (messageId !== undefined) this.#transport.sessionOf(client)?.released(messageId)
    await this.#transport.records.durable()
  }

  outgoingStream(): Readable {
    return Readable.from([])
  }

  createRetainedStreamCombi(): Readable {
    return Readable.from([])
  }

  // ---- Messages of QoS 2 from clients

  incomingGetPacket(client: Client, { messageId }: Identified): Promise<Identified> {
    return messageId !== undefined && this.#transport.sessionOf(client)?.received.has(messageId)
      ? Promise.resolve({ messageId })
      : Promise.reject(UNKNOWN)
  }

  async incomingStorePacket(client: Client, { messageId }: Identified): Promise<void> {
    if (messageId !== undefined)
      await this.#transport.sessions.noteReceived(this.#transport.sessionOf(client), (received) => received.add(messageId))
  }

  async incomingDelPacket(client: Client, { messageId }: Identified): Promise<void> {
    if (messageId !== undefined)
      await this.#transport.sessions.noteReceived(this.#transport.sessionOf(client), (received) => received.delete(messageId))
  }

  // ---- Wills: the peer knows when its own is to go

  async putWill(client: Client, will: Packet): Promise<void> {
    await this.#transport
      .peerOf(client)
      ?.keepWill({ topic: will.topic, payload: Buffer.from(will.payload), qos: will.qos, retain: will.retain })
  }

  async delWill(): Promise<void> {}

  streamWill(): Readable {
    return Readable.from([])
  }
}
