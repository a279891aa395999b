/**
 * What a client has subscribed to, and the messages of QoS 1 and 2 that it has not confirmed yet. It lives as long as the
 * connection, or beyond it, and beyond a restart, for a client that asked for that (`clean=false`).
 */
import { actorIdentity, type Actor } from '../../src/tree/actor.ts'
import type { Context } from '../../src/context.ts'
import type { MqttQueueRow } from '../../src/database/mqtt-tables.ts'
import type { MqttRecords } from '../../src/messages/mqtt-records.ts'
import { cutPayload } from '../../src/messages/cut-updates.ts'
import { canRead } from '../../src/tree/permissions.ts'
import { isFolder } from '../../src/tree/tree.ts'
import type { Micros } from '../../src/base/time.ts'
import type { Delivery } from './delivery.ts'
import { encodePublish, encodePubrel, type QoS } from './frames.ts'
import type { Peer } from './peer.ts'
import type { Replay } from './replay.ts'

/** Messages of QoS 1 and 2 that a client may have without having confirmed them. */
const MAX_IN_FLIGHT = 100
const MAX_MESSAGE_ID = 65_535
const NOTHING = Buffer.alloc(0)

/** A message of QoS 1 or 2 until it is confirmed, or one of QoS 0 that waits behind such. */
export interface Outgoing {
  readonly topic: string
  payload: Buffer
  readonly qos: QoS
  readonly retain: boolean
  /** What must still be readable when it is sent. */
  readonly resourceId: number
  /** Of the tree when it was cut to what the client may read; -1: it is to be looked at again. */
  treeVersion: number
  /** Its place in the records; undefined: it is in none. */
  readonly position: number | undefined
  /** Set when it was sent. */
  messageId: number | undefined
  /** Of QoS 2: the client has it, and is to forget its id. */
  isReleased: boolean
}

export interface SessionOptions {
  /** Messages of QoS 1 and 2 that may wait. */
  readonly maxQueued: number
  readonly maxBytes: number
  readonly records: MqttRecords
  dropped(session: Session): void
}

export class Session {
  /** Unique among all clients: whom it acts as, then the id that it gave itself. */
  readonly id: string
  /** Of its record; undefined: it ends with its connection. */
  readonly recordId: number | undefined
  /** Changes with a reconnection. */
  actor: Actor
  readonly filters = new Map<string, QoS>()
  /** Ids of messages of QoS 2 that were taken in and whose ids the client has not released. */
  readonly received = new Set<number>()
  peer: Peer | undefined
  /** Since when it has no connection. */
  goneSince: Micros | undefined
  /** Under way to a new subscriber. */
  replay: Replay | undefined
  readonly #ctx: Context
  readonly #options: SessionOptions
  #waiting: Outgoing[] = []
  #waitingBytes = 0
  readonly #inFlight = new Map<number, Outgoing>()
  #lastMessageId = 0
  #lastPosition = 0

  constructor(ctx: Context, id: string, actor: Actor, recordId: number | undefined, options: SessionOptions) {
    this.#ctx = ctx
    this.id = id
    this.actor = actor
    this.recordId = recordId
    this.#options = options
  }

  /** Whether it is kept while its client is away. */
  get isKept(): boolean {
    return this.recordId !== undefined
  }

  /** Whom it belongs to, for limits. */
  get owner(): string {
    return actorIdentity(this.actor)
  }

  /** Messages that wait or are unconfirmed. */
  get queued(): number {
    return this.#waiting.length + this.#inFlight.size
  }

  /** Takes back what was on the disk when the daemon started, in order. */
  restore(rows: readonly MqttQueueRow[]): void {
    for (const { topic, payload, qos, resource_id: resourceId, position, message_id: messageId, released } of rows) {
      const outgoing: Outgoing = {
        topic,
        payload: Buffer.from(payload),
        qos: qos as QoS,
        retain: false,
        resourceId,
        treeVersion: -1,
        position,
        messageId: messageId ?? undefined,
        isReleased: released === 1,
      }
      this.#lastPosition = Math.max(this.#lastPosition, position)
      if (messageId === null) {
        this.#waiting.push(outgoing)
        this.#waitingBytes += payload.length
      } else {
        this.#inFlight.set(messageId, outgoing)
        this.#lastMessageId = messageId
      }
    }
  }

  /** Hands on a message, if it may be read. @param granted the QoS of the subscription */
  deliver(delivery: Delivery, granted: QoS): void {
    if (!canRead(this.#ctx, this.actor, delivery.resource)) return
    if (delivery.replaces !== undefined) this.replay?.heard(delivery.replaces)
    const qos = Math.min(delivery.qos, granted) as QoS
    if (qos > 0) this.#enqueue(delivery, qos)
    // One of QoS 0 doesn't overtake those that wait, lest an older value come after a newer one.
    else if (this.#waiting.length > 0 && this.peer) this.#enqueue(delivery, qos)
    else this.peer?.push(delivery.frame, delivery.sequenceId)
  }

  #enqueue(delivery: Delivery, qos: QoS): void {
    const { maxQueued, maxBytes } = this.#options
    const { topic, resource, retain } = delivery
    // What a new subscriber is told anyway is on the disk elsewhere.
    const isRecorded = this.isKept && qos > 0 && !retain
    const outgoing: Outgoing = {
      topic,
      payload: this.isKept ? delivery.kept : delivery.payload,
      qos,
      retain,
      resourceId: resource.id,
      treeVersion: this.#ctx.tree.version,
      position: isRecorded ? ++this.#lastPosition : undefined,
      messageId: undefined,
      isReleased: false,
    }
    this.#waiting.push(outgoing)
    this.#waitingBytes += outgoing.payload.length
    this.#record(outgoing, true)
    this.#pump()
    while (this.#waiting.length > 0 && (this.#waiting.length > maxQueued || this.#waitingBytes > maxBytes)) {
      // Newer ones are worth more.
      this.#erase(this.#shift())
      this.#options.dropped(this)
    }
  }

  #shift(): Outgoing | undefined {
    const first = this.#waiting.shift()
    this.#waitingBytes -= first?.payload.length ?? 0
    return first
  }

  #record({ topic, payload, qos, resourceId, position, messageId, isReleased }: Outgoing, isNew: boolean): void {
    if (this.recordId === undefined || position === undefined) return
    this.#options.records.putQueued(
      {
        session_id: this.recordId,
        position,
        topic,
        payload,
        qos,
        resource_id: resourceId,
        message_id: messageId ?? null,
        released: isReleased ? 1 : 0,
      },
      isNew,
    )
  }

  #erase(outgoing: Outgoing | undefined): void {
    if (this.recordId !== undefined && outgoing?.position !== undefined)
      this.#options.records.removeQueued(this.recordId, outgoing.position)
  }

  /** Sends what may be sent. */
  #pump(): void {
    while (this.peer?.isReady && this.#inFlight.size < MAX_IN_FLIGHT) {
      const next = this.#shift()
      if (!next) return
      if (!this.#isStillReadable(next)) this.#erase(next)
      else if (next.qos === 0) this.peer.write(encodePublish(next))
      else this.#dispatch(next)
    }
  }

  /** Permissions may have changed while it waited: it is cut again then to what its client may read. */
  #isStillReadable(outgoing: Outgoing): boolean {
    const { tree } = this.#ctx
    const resource = tree.byId(outgoing.resourceId)
    if (!resource || !canRead(this.#ctx, this.actor, resource)) return false
    if (outgoing.treeVersion === tree.version || !isFolder(resource)) return true
    const payload = cutPayload(this.#ctx, this.actor, resource, outgoing.payload)
    if (!payload) return false
    outgoing.payload = payload
    outgoing.treeVersion = tree.version
    return true
  }

  #dispatch(next: Outgoing): void {
    const { peer } = this
    next.messageId = this.#nextMessageId()
    this.#inFlight.set(next.messageId, next)
    if (next.qos === 1 || next.position === undefined) {
      // Sent again after a crash it may come twice, under whatever id; recorded with its id it is known to be sent again.
      peer?.write(encodePublish(next))
      this.#record(next, false)
      return
    }
    // That it comes once depends on its id, which has to outlive us first.
    this.#record(next, false)
    const { messageId } = next
    this.#options.records.durable().then(
      () => {
        if (this.peer === peer && this.#inFlight.get(messageId) === next && !next.isReleased) peer?.write(encodePublish(next))
      },
      () => peer?.end('The disk refuses what must be recorded before a message of QoS 2 is sent.'),
    )
  }

  #nextMessageId(): number {
    do this.#lastMessageId = (this.#lastMessageId % MAX_MESSAGE_ID) + 1
    while (this.#inFlight.has(this.#lastMessageId))
    return this.#lastMessageId
  }

  /** The client is there (again): sends what it has not confirmed, then what waits. What it may not read any more goes. */
  resume(): void {
    for (const [messageId, outgoing] of this.#inFlight) {
      if (outgoing.isReleased) this.peer?.write(encodePubrel(messageId))
      else if (this.#isStillReadable(outgoing)) this.peer?.write(encodePublish({ ...outgoing, dup: true }))
      else this.#discard(messageId, outgoing)
    }
    this.#pump()
  }

  #discard(messageId: number, outgoing: Outgoing): void {
    this.#inFlight.delete(messageId)
    this.#erase(outgoing)
  }

  /** The client has confirmed a message: PUBACK or PUBCOMP. */
  confirmed(messageId: number): void {
    const outgoing = this.#inFlight.get(messageId)
    if (!outgoing) return
    this.#discard(messageId, outgoing)
    this.#pump()
    this.replay?.goOn()
  }

  /** The client has got a message of QoS 2: PUBREC. */
  released(messageId: number): void {
    const outgoing = this.#inFlight.get(messageId)
    if (!outgoing || outgoing.isReleased) return
    outgoing.isReleased = true
    outgoing.payload = NOTHING
    this.#record(outgoing, false)
  }
}
