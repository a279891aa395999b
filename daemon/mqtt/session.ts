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
import { SECOND, type Micros } from '../../src/base/time.ts'
import type { Delivery } from './delivery.ts'
import { encodePubrel, type QoS } from './frames.ts'
import { NO_PROPERTIES } from './packets/properties.ts'
import { isNamed, mountOf } from './mount.ts'
import type { Peer } from './peer.ts'
import type { Replay } from './replay.ts'
import type { Queue, SessionMemory } from './session-memory.ts'
import type { Grant, Subscription } from './topic-tree.ts'

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
  /** Of MQTT 5, as its publisher gave them. */
  readonly properties: Buffer
  /** When it is not worth sending any more. */
  readonly expires: Micros | undefined
  /** The client's names of the subscriptions that it is for. */
  readonly subscriptionIds: readonly number[]
}

export interface SessionOptions {
  /** Messages of QoS 1 and 2 that may wait. */
  readonly maxQueued: number
  readonly maxBytes: number
  readonly records: MqttRecords
  readonly memory: SessionMemory
  /** More waits than did. */
  grew(): void
  dropped(session: Session): void
}

export class Session implements Queue {
  /** Unique among all clients: whom it acts as, then the id that it gave itself. */
  readonly id: string
  /** Of its record; undefined: it ends with its connection. */
  readonly recordId: number | undefined
  /** Changes with a reconnection. */
  actor: Actor
  readonly filters = new Map<string, Subscription>()
  /** Ids of messages of QoS 2 that were taken in and whose ids the client has not released. */
  readonly received = new Set<number>()
  peer: Peer | undefined
  /** Since when it has no connection. */
  goneSince: Micros | undefined
  /** Seconds for which it is kept without a connection; undefined: as long as the setting says. Only of one that is kept. */
  expiry: number | undefined
  /** Under way to a new subscriber. */
  replay: Replay | undefined
  readonly #ctx: Context
  readonly #options: SessionOptions
  #waiting: Outgoing[] = []
  #waitingBytes = 0
  readonly #inFlight = new Map<number, Outgoing>()
  #inFlightBytes = 0
  /** Of those in flight: sent on a former connection, and waiting to be sent again until this one takes more. */
  #unsent: number[] = []
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

  /** Bytes of messages that wait or are unconfirmed. */
  get heldBytes(): number {
    return this.#waitingBytes + this.#inFlightBytes
  }

  /** Messages that wait or are unconfirmed. */
  get queued(): number {
    return this.#waiting.length + this.#inFlight.size
  }

  /** Takes back what was on the disk when the daemon started, in order. */
  restore(rows: readonly MqttQueueRow[]): void {
    for (const row of rows) {
      const { topic, payload, qos, resource_id: resourceId, position, message_id: messageId, released } = row
      const outgoing: Outgoing = {
        topic,
        payload: Buffer.from(payload),
        qos: qos as QoS,
        retain: row.retain === 1,
        resourceId,
        treeVersion: -1,
        position,
        messageId: messageId ?? undefined,
        isReleased: released === 1,
        properties: row.properties ? Buffer.from(row.properties) : NO_PROPERTIES,
        expires: row.expires ?? undefined,
        subscriptionIds: row.subscription_ids === null ? [] : (JSON.parse(row.subscription_ids) as number[]),
      }
      this.#lastPosition = Math.max(this.#lastPosition, position)
      this.#options.memory.hold(outgoing.payload)
      if (messageId === null) {
        this.#waiting.push(outgoing)
        this.#waitingBytes += payload.length
      } else {
        this.#inFlight.set(messageId, outgoing)
        this.#inFlightBytes += payload.length
        this.#lastMessageId = messageId
      }
    }
    this.#options.grew()
  }

  /** Of the connection that it has now. */
  get connectionId(): string | undefined {
    return this.peer?.connectionId
  }

  /** Hands on a message, if it may be read. */
  deliver(delivery: Delivery, grant: Grant): void {
    if (!canRead(this.#ctx, this.actor, delivery.resource) || !isNamed(mountOf(this.#ctx, this.actor), delivery.topic)) return
    if (delivery.replaces !== undefined) this.replay?.heard(delivery.replaces)
    const qos = Math.min(delivery.qos, grant.qos) as QoS
    if (qos > 0) this.#enqueue(delivery, qos, grant)
    // One of QoS 0 doesn't overtake those that wait, lest an older value come after a newer one.
    else if (this.#waiting.length > 0 && this.peer) this.#enqueue(delivery, qos, grant)
    else this.peer?.hear(delivery, grant)
  }

  #enqueue(delivery: Delivery, qos: QoS, { asPublished, ids }: Grant): void {
    const { maxQueued, maxBytes } = this.#options
    const { topic, resource, retain, properties, expires } = delivery
    // What a new subscriber is told anyway is on the disk elsewhere.
    const isRecorded = this.isKept && qos > 0 && !retain
    const outgoing: Outgoing = {
      topic,
      payload: this.isKept ? delivery.kept : delivery.payload,
      qos,
      retain: retain || (asPublished && delivery.asksToBeRetained),
      resourceId: resource.id,
      treeVersion: this.#ctx.tree.version,
      position: isRecorded ? ++this.#lastPosition : undefined,
      messageId: undefined,
      isReleased: false,
      properties,
      expires,
      subscriptionIds: ids,
    }
    this.#options.memory.hold(outgoing.payload)
    this.#waiting.push(outgoing)
    this.#waitingBytes += outgoing.payload.length
    this.#record(outgoing, true)
    this.#pump()
    while (this.#waiting.length > 0 && (this.#waiting.length > maxQueued || this.#waitingBytes > maxBytes)) this.dropOldest()
    if (this.#waiting.length > 0) this.#options.grew()
  }

  /** Newer ones are worth more. Of those that were sent only those of a client that is away are dropped. */
  dropOldest(): boolean {
    const waiting = this.#shift()
    const sent = waiting || this.peer ? undefined : [...this.#inFlight].find(([, { isReleased }]) => !isReleased)
    if (waiting) this.#erase(waiting)
    else if (sent) this.#discard(sent[0])
    else return false
    this.#options.dropped(this)
    return true
  }

  #shift(): Outgoing | undefined {
    const first = this.#waiting.shift()
    this.#waitingBytes -= first?.payload.length ?? 0
    return first
  }

  #record(outgoing: Outgoing, isNew: boolean): void {
    const { topic, payload, qos, resourceId, position, messageId, isReleased, retain, properties, expires, subscriptionIds } = outgoing
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
        retain: retain ? 1 : 0,
        properties: properties.length > 0 ? new Uint8Array(properties) : null,
        expires: expires ?? null,
        subscription_ids: subscriptionIds.length > 0 ? JSON.stringify(subscriptionIds) : null,
      },
      isNew,
    )
  }

  /** It is done with, whether it was sent or not. */
  #erase({ payload, position }: Outgoing): void {
    this.#options.memory.release(payload)
    if (this.recordId !== undefined && position !== undefined) this.#options.records.removeQueued(this.recordId, position)
  }

  #changePayload(outgoing: Outgoing, payload: Buffer): void {
    const { memory } = this.#options
    memory.hold(payload)
    memory.release(outgoing.payload)
    if (outgoing.messageId !== undefined) this.#inFlightBytes += payload.length - outgoing.payload.length
    outgoing.payload = payload
  }

  /** Sends what may be sent. */
  #pump(): void {
    while (this.peer?.isReady && this.#inFlight.size - this.#unsent.length < this.peer.maxInFlight) {
      const again = this.#unsent.shift()
      if (again !== undefined) {
        this.#sendAgain(again)
        continue
      }
      if (this.#inFlightBytes >= this.#options.maxBytes) return
      const next = this.#shift()
      if (!next) return
      if (this.#isOver(next) || !this.#isStillReadable(next) || !this.peer.takes(this.#encode(next, this.peer))) this.#erase(next)
      else if (next.qos === 0) {
        this.peer.write(this.#encode(next, this.peer))
        this.#erase(next)
      } else this.#dispatch(next, this.peer)
    }
  }

  /** Nobody wants to hear it any more. */
  #isOver({ expires }: Outgoing): boolean {
    return expires !== undefined && expires <= this.#ctx.believed.now()
  }

  #encode({ topic, payload, qos, retain, messageId, properties, expires, subscriptionIds }: Outgoing, peer: Peer, dup = false): Buffer {
    const seconds = expires === undefined ? undefined : Math.max(1, Math.ceil((expires - this.#ctx.believed.now()) / SECOND))
    return peer.encode({ topic, payload, qos, retain, messageId, properties, dup }, seconds, subscriptionIds)
  }

  /** Permissions may have changed while it waited: it is cut again then to what its client may read. */
  #isStillReadable(outgoing: Outgoing): boolean {
    const { tree } = this.#ctx
    const resource = tree.byId(outgoing.resourceId)
    if (!resource || !canRead(this.#ctx, this.actor, resource)) return false
    if (outgoing.treeVersion === tree.version || !isFolder(resource)) return true
    const payload = cutPayload(this.#ctx, this.actor, resource, outgoing.payload)
    if (!payload) return false
    this.#changePayload(outgoing, payload)
    outgoing.treeVersion = tree.version
    return true
  }

  #dispatch(next: Outgoing, peer: Peer): void {
    next.messageId = this.#nextMessageId()
    this.#inFlight.set(next.messageId, next)
    this.#inFlightBytes += next.payload.length
    if (next.qos === 1 || next.position === undefined) {
      // Sent again after a crash it may come twice, under whatever id; recorded with its id it is known to be sent again.
      peer.write(this.#encode(next, peer))
      this.#record(next, false)
      return
    }
    // That it comes once depends on its id, which has to outlive us first.
    this.#record(next, false)
    const { messageId } = next
    this.#options.records.durable().then(
      () => {
        if (this.peer === peer && this.#inFlight.get(messageId) === next && !next.isReleased) peer.write(this.#encode(next, peer))
      },
      () => peer.end('The disk refuses what must be recorded before a message of QoS 2 is sent.'),
    )
  }

  #nextMessageId(): number {
    do this.#lastMessageId = (this.#lastMessageId % MAX_MESSAGE_ID) + 1
    while (this.#inFlight.has(this.#lastMessageId))
    return this.#lastMessageId
  }

  /** The client is there (again): sends what it has not confirmed, then what waits. What it may not read any more goes. */
  resume(): void {
    this.#unsent = [...this.#inFlight.keys()]
    this.#pump()
  }

  #sendAgain(messageId: number): void {
    const { peer } = this
    const outgoing = this.#inFlight.get(messageId)
    if (!outgoing || !peer) return
    if (outgoing.isReleased) peer.write(encodePubrel(messageId))
    else if (this.#isStillReadable(outgoing)) peer.write(this.#encode(outgoing, peer, true))
    else this.#discard(messageId)
  }

  #discard(messageId: number): void {
    const outgoing = this.#inFlight.get(messageId)
    if (!outgoing) return
    this.#inFlight.delete(messageId)
    this.#inFlightBytes -= outgoing.payload.length
    if (this.#unsent.length > 0) this.#unsent = this.#unsent.filter((one) => one !== messageId)
    this.#erase(outgoing)
  }

  /** The client has confirmed a message: PUBACK or PUBCOMP, or has refused it by MQTT 5. */
  confirmed(messageId: number): void {
    if (!this.#inFlight.has(messageId)) return
    this.#discard(messageId)
    this.#pump()
    this.replay?.goOn()
  }

  /** The client has got a message of QoS 2: PUBREC. @returns whether there is such a message */
  released(messageId: number): boolean {
    const outgoing = this.#inFlight.get(messageId)
    if (!outgoing) return false
    if (outgoing.isReleased) return true
    outgoing.isReleased = true
    this.#changePayload(outgoing, NOTHING)
    this.#record(outgoing, false)
    return true
  }

  /** It is over: nothing of it is in memory any more. */
  ended(): void {
    for (const { payload } of [...this.#waiting, ...this.#inFlight.values()]) this.#options.memory.release(payload)
    this.#waiting = []
    this.#inFlight.clear()
    this.#unsent = []
    this.#waitingBytes = this.#inFlightBytes = 0
  }
}
