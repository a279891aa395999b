/**
 * What a client has subscribed to, and the messages of QoS 1 and 2 that it has not confirmed yet. It lives as long as the
 * connection, or beyond it for a client that asked for that (`clean=false`).
 */
import type { Actor } from '../../src/actor.ts'
import type { Context } from '../../src/context.ts'
import { canRead } from '../../src/permissions.ts'
import type { Delivery } from './delivery.ts'
import { encodePublish, encodePubrel, type QoS } from './frames.ts'
import type { Peer } from './peer.ts'

/** Messages of QoS 1 and 2 that a client may have without having confirmed them. */
const MAX_IN_FLIGHT = 100
const MAX_MESSAGE_ID = 65_535

/** A message of QoS 1 or 2 until it is confirmed, or one of QoS 0 that waits behind such. */
export interface Outgoing {
  readonly topic: string
  payload: Buffer
  readonly qos: QoS
  readonly retain: boolean
  /** What must still be readable when it is sent. */
  readonly resourceId: number
  /** Set when it was sent. */
  messageId: number | undefined
  /** Of QoS 2: the client has it, and is to forget its id. */
  isReleased: boolean
}

export interface SessionOptions {
  /** Messages of QoS 1 and 2 that may wait. */
  readonly maxQueued: number
  readonly maxBytes: number
  dropped(session: Session): void
}

export class Session {
  /** Unique among all clients: whom it acts as, then the id that it gave itself. */
  readonly id: string
  readonly isClean: boolean
  /** Changes with a reconnection. */
  actor: Actor
  readonly filters = new Map<string, QoS>()
  /** Ids of messages of QoS 2 that were taken in and whose ids the client has not released. */
  readonly received = new Set<number>()
  peer: Peer | undefined
  readonly #ctx: Context
  readonly #options: SessionOptions
  #waiting: Outgoing[] = []
  #waitingBytes = 0
  readonly #inFlight = new Map<number, Outgoing>()
  #lastMessageId = 0

  constructor(ctx: Context, id: string, actor: Actor, isClean: boolean, options: SessionOptions) {
    this.#ctx = ctx
    this.id = id
    this.actor = actor
    this.isClean = isClean
    this.#options = options
  }

  /** Messages that wait or are unconfirmed. */
  get queued(): number {
    return this.#waiting.length + this.#inFlight.size
  }

  /** Hands on a message, if it may be read. @param granted the QoS of the subscription */
  deliver(delivery: Delivery, granted: QoS): void {
    if (!canRead(this.#ctx, this.actor, delivery.resource)) return
    const qos = Math.min(delivery.qos, granted) as QoS
    if (qos > 0) this.#enqueue(delivery, qos)
    // One of QoS 0 doesn't overtake those that wait, lest an older value come after a newer one.
    else if (this.#waiting.length > 0 && this.peer) this.#enqueue(delivery, qos)
    else this.peer?.push(delivery.frame, delivery.sequenceId)
  }

  #enqueue({ topic, payload, resource, retain }: Delivery, qos: QoS): void {
    const { maxQueued, maxBytes } = this.#options
    this.#waiting.push({ topic, payload, qos, retain, resourceId: resource.id, messageId: undefined, isReleased: false })
    this.#waitingBytes += payload.length
    this.#pump()
    while (this.#waiting.length > 0 && (this.#waiting.length > maxQueued || this.#waitingBytes > maxBytes)) {
      // Newer ones are worth more.
      this.#shift()
      this.#options.dropped(this)
    }
  }

  #shift(): Outgoing | undefined {
    const first = this.#waiting.shift()
    this.#waitingBytes -= first?.payload.length ?? 0
    return first
  }

  /** Sends what may be sent. */
  #pump(): void {
    const { peer } = this
    if (!peer?.isReady) return
    while (this.#inFlight.size < MAX_IN_FLIGHT) {
      const next = this.#shift()
      if (!next) return
      const resource = this.#ctx.tree.byId(next.resourceId)
      if (!resource || !canRead(this.#ctx, this.actor, resource)) continue
      if (next.qos > 0) {
        next.messageId = this.#nextMessageId()
        this.#inFlight.set(next.messageId, next)
      }
      peer.write(encodePublish(next))
    }
  }

  #nextMessageId(): number {
    do this.#lastMessageId = (this.#lastMessageId % MAX_MESSAGE_ID) + 1
    while (this.#inFlight.has(this.#lastMessageId))
    return this.#lastMessageId
  }

  /** The client is there (again): sends what it has not confirmed, then what waits. */
  resume(): void {
    for (const outgoing of this.#inFlight.values()) {
      if (outgoing.isReleased) this.peer?.write(encodePubrel(outgoing.messageId ?? 0))
      else this.peer?.write(encodePublish({ ...outgoing, dup: true }))
    }
    this.#pump()
  }

  /** The client has confirmed a message: PUBACK or PUBCOMP. */
  confirmed(messageId: number): void {
    if (this.#inFlight.delete(messageId)) this.#pump()
  }

  /** The client has got a message of QoS 2: PUBREC. */
  released(messageId: number): void {
    const outgoing = this.#inFlight.get(messageId)
    if (!outgoing) return
    outgoing.isReleased = true
    outgoing.payload = Buffer.alloc(0)
  }
}
